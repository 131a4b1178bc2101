"""Where the cursor is in a request, and where context goes into it. Pure functions over parsed JSON bodies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from fanin import results as r


@dataclass(frozen=True)
class _Marks:
    """How a family of models marks a gap to fill. The order of prefix and suffix in the prompt is that of the marks."""

    prefix: str
    suffix: str
    # "": the prompt's end.
    middle: str


_FAMILIES = (
    _Marks("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"),  # Qwen, CodeGemma
    _Marks("<fim_prefix>", "<fim_suffix>", "<fim_middle>"),  # StarCoder2
    _Marks("<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"),  # noqa: RUF001 DeepSeek
    _Marks("<PRE>", "<SUF>", "<MID>"),  # CodeLlama
    _Marks("[PREFIX]", "[SUFFIX]", ""),  # Codestral: the suffix comes first
)

_COMMENT = re.compile(r"//[^\n]*|/\*.*?(?:\*/|\Z)|\"(?:\\.|[^\"\\\n])*\"", re.DOTALL)
_DEFINITION = re.compile(
    r"^\s*(?:(?:virtual\s+)?(module|interface|package|program|class)\s+(?:automatic\s+|static\s+)?([A-Za-z_]\w*)"
    r"|(end(?:module|interface|package|program|class))\b)",
    re.MULTILINE,
)
# A line that says which file the text below is of: "// rtl/fifo.sv", "<|file_sep|>rtl/fifo.sv".
_PATH_LINE = re.compile(
    r"^(?:\s*(?://|#)\s*|<\|?file_sep\|?>|<file_sep>)((?:[\w.+-]+/)*[\w.+-]+\.s?vh?)\s*$", re.MULTILINE
)
_WORD = re.compile(r"[A-Za-z_][\w$]*")

# A line of the prefix that is told by its text must be at least so long.
_MIN_TELLING = 16
_MAX_WORDS = 60


@dataclass(frozen=True)
class Gap:
    """Text before and after the cursor, and where in the prompt the former begins."""

    prefix: str
    suffix: str
    start: int


def find_gap(body: dict[str, Any]) -> Gap | None:
    """The gap that a completion request asks to fill. None: its prompt is no text (a list, token numbers)."""
    prompt = body.get("prompt")
    if not isinstance(prompt, str):
        return None
    for marks in _FAMILIES:
        if marks.prefix in prompt and marks.suffix in prompt:
            start = prompt.rindex(marks.prefix) + len(marks.prefix)
            suffix_start = prompt.rindex(marks.suffix) + len(marks.suffix)
            ends = [
                prompt.rindex(mark) for mark in (marks.prefix, marks.suffix, marks.middle) if mark and mark in prompt
            ]
            prefix_end = min([end for end in ends if end >= start], default=len(prompt))
            suffix_end = min([end for end in ends if end >= suffix_start], default=len(prompt))
            return Gap(prompt[start:prefix_end], prompt[suffix_start:suffix_end], start)
    suffix = body.get("suffix")
    return Gap(prompt, suffix if isinstance(suffix, str) else "", 0)


def enclosing_definition(prefix: str) -> str | None:
    """The outermost module, package ... that is open at the end of a text."""
    # Code that is commented out, context of other files for example, is no code.
    code = _COMMENT.sub(lambda match: "\n" * match[0].count("\n"), prefix)
    open_names: list[str] = []
    for match in _DEFINITION.finditer(code):
        if match[3]:
            del open_names[-1:]
        else:
            open_names.append(match[2])
    return open_names[0] if open_names else None


def path_said(prompt: str, gap: Gap) -> str | None:
    """The file that the prompt says it is of: the last line that is nothing but a path, before the cursor."""
    paths = _PATH_LINE.findall(prompt[: gap.start] + "\n" + gap.prefix)
    return paths[-1] if paths else None


def telling_lines(gap: Gap) -> list[str]:
    """Long lines near the cursor, by which a file can be found; longest first."""
    before = gap.prefix.split("\n")[:-1][-20:]
    after = gap.suffix.split("\n")[1:][:20]
    lines = {line.strip() for line in before + after if not line.lstrip().startswith("//")}
    return sorted((line for line in lines if len(line) >= _MIN_TELLING), key=len, reverse=True)[:3]


def phrase(line: str) -> str:
    """A query for exactly this text."""
    escaped = line.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def words_of(text: str) -> str:
    """Words of a text, each once, as a query that has no syntax."""
    words = dict.fromkeys(word.lower() if word in ("OR", "AND", "NOT") else word for word in _WORD.findall(text))
    return " ".join(list(words)[:_MAX_WORDS])


def already_there(snippet_text: str, gap: Gap) -> bool:
    """Most lines of a snippet stand in the text around the cursor: it would tell nothing new."""
    present = {line.strip() for line in (gap.prefix + "\n" + gap.suffix).split("\n")}
    lines = [line.strip() for line in snippet_text.split("\n") if len(line.strip()) > 3]
    return bool(lines) and sum(line in present for line in lines) * 2 > len(lines)


def with_comments(body: dict[str, Any], gap: Gap, comments: Sequence[str]) -> dict[str, Any]:
    """The request with comments before the text of the file, the first one nearest to it."""
    prompt: str = body["prompt"]
    return {**body, "prompt": prompt[: gap.start] + "".join(reversed(comments)) + prompt[gap.start :]}


def commented(snippet: r.Snippet) -> str:
    """A snippet as a comment."""
    lines = [f"{snippet.location} ({snippet.reason})", *snippet.text.rstrip("\n").split("\n")]
    return "".join(f"// {line}".rstrip() + "\n" for line in lines)


def last_question(body: dict[str, Any]) -> str | None:
    """The text of the last message of a chat, if it is the user's."""
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages or not isinstance(messages[-1], dict):
        return None
    if messages[-1].get("role") != "user":
        return None
    content = messages[-1].get("content")
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, dict) and part.get("type") == "text"]
        return "\n".join(part for part in parts if isinstance(part, str)) or None
    return None


def fenced(passage: r.SearchResult) -> str:
    """A passage as a block of code with its place."""
    return f"{passage.location}\n```systemverilog\n{passage.text.rstrip()}\n```\n\n"


def with_passages(body: dict[str, Any], passages: Iterable[str]) -> dict[str, Any]:
    """The chat with passages before the text of its last message."""
    added = "Passages of the repository that may help:\n\n" + "".join(passages)
    *before, last = body["messages"]
    content = last["content"]
    if isinstance(content, str):
        new_content: Any = added + content
    else:
        new_content = [{"type": "text", "text": added}, *content]
    return {**body, "messages": [*before, {**last, "content": new_content}]}
