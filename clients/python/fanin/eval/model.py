"""Next lines predicted by a model behind an OpenAI-compatible endpoint, in RTL-Repo's layout, scored with its ES and EM."""

import json
import re
import urllib.request
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from fanin.eval import metrics
from fanin.eval.completion import ContextMethods, Sample, estimate_tokens
from fanin.eval.server import Passage

# RTL-Repo lets a model write 50 tokens and keeps room for 80.
NEW_TOKENS = 50
RESERVED_TOKENS = 80
REQUEST_SECONDS = 300


def build_prompt(repository: str, context: Iterable[Passage], sample: Sample, max_tokens: int) -> str:
    """RTL-Repo's prompt: the repository, each snippet under its path, the file up to the cursor.

    When it is too long, lines of the snippets are dropped from their end, then lines of the prefix from its start.
    """
    snippets = f"// Repo Name: {repository}\n"
    for passage in context:
        snippets += f"// Path: {passage.path}\n{passage.text}\n\n"
    prefix = sample.prefix.removesuffix("\n")
    room = max_tokens - RESERVED_TOKENS
    lines = snippets.split("\n")
    while len(lines) > 1 and estimate_tokens("\n".join(lines)) + estimate_tokens(prefix) > room:
        lines.pop()
    if len(lines) < len(snippets.split("\n")):
        snippets = "\n".join(lines) + "\n\n"
    code = prefix.split("\n")
    while len(code) > 1 and estimate_tokens(snippets) + estimate_tokens("\n".join(code)) > room:
        code = code[max(1, len(code) // 20) :]
    prompt = snippets + f"// Path: {sample.path}\n" + "\n".join(code) + "\n"
    return re.sub(r"\n{4,}", "\n\n", prompt)


def first_code_line(prediction: str) -> str:
    """The first line that is neither empty nor a comment; if there is none, the last comment."""
    lines = [line for line in prediction.split("\n") if line.strip()]
    code = [line for line in lines if not line.strip().startswith("//")]
    return code[0] if code else (lines[-1] if lines else "")


class Endpoint:
    """`url` is the API's base, such as http://127.0.0.1:8000/v1. Raises OSError where it does not answer."""

    def __init__(self, url: str, model: str, key: str = ""):
        self._url = f"{url.rstrip('/')}/completions"
        self._model = model
        self._headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})}

    def complete(self, prompt: str) -> str:
        body = {"model": self._model, "prompt": prompt, "max_tokens": NEW_TOKENS, "temperature": 0}
        request = urllib.request.Request(self._url, json.dumps(body).encode(), self._headers)
        with urllib.request.urlopen(request, timeout=REQUEST_SECONDS) as answer:
            return json.load(answer)["choices"][0]["text"]


def predict(
    endpoint: Endpoint,
    methods: ContextMethods,
    samples: Sequence[Sample],
    repository: str,
    budget: int,
    max_tokens: int,
    results: Path,
) -> list[dict[str, Any]]:
    """A row per sample and method, appended to `results` as it comes; rows that are there already are not asked again."""
    rows = [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()] if results.exists() else []
    done = {(row["sample"], row["method"], row["budget"]) for row in rows}
    results.parent.mkdir(parents=True, exist_ok=True)
    with results.open("a", encoding="utf-8") as file:
        for sample in samples:
            for method, choose in methods.methods.items():
                if (sample.identity, method, budget) in done:
                    continue
                prompt = build_prompt(repository, choose(sample, budget), sample, max_tokens)
                generated = first_code_line(endpoint.complete(prompt))
                row = {"sample": sample.identity, "setting": sample.setting, "method": method, "budget": budget}
                row |= {"generated": generated, "label": sample.next_line}
                row["es"] = metrics.edit_similarity(generated, sample.next_line)
                row["em"] = metrics.exact_match(generated, sample.next_line)
                rows.append(row)
                file.write(json.dumps(row) + "\n")
                file.flush()
    return rows
