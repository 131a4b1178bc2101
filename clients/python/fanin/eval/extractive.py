"""Predicts the next line by copying one: a floor, without a model, of what a context is good for.

The line that follows the lines most like those before the cursor is copied from the context or from the file itself, with
identifiers renamed as the lines before it differ.
"""

import functools
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from fanin.eval.rtl_text import identifier_parts
from fanin.eval.server import Passage

# Lines before the cursor that are compared, and what each weighs: the nearest most.
WEIGHTS = (1.0, 0.5, 0.25, 0.25, 0.125)
# Of all lines, those whose line before is most like the cursor's are compared in full.
SHORTLIST = 40
_TOKEN = re.compile(r"[A-Za-z_$]\w*|\d[\w']*|\S")
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|_+")


@functools.lru_cache(maxsize=200_000)
def _tokens(line: str) -> tuple[str, ...]:
    return tuple(_TOKEN.findall(line))


@functools.lru_cache(maxsize=200_000)
def _features(line: str) -> frozenset[str]:
    """Tokens, and the parts of identifiers, so that `wr_ptr` and `rd_ptr` are alike."""
    features = set(_tokens(line))
    for token in _tokens(line):
        if token[0].isalpha() or token[0] == "_":
            features |= identifier_parts(token)
    return frozenset(features)


def _likeness(a: str, b: str) -> float:
    """Jaccard index of two lines' features."""
    one, other = _features(a), _features(b)
    return len(one & other) / (len(one | other) or 1)


def code_lines(text: str) -> list[str]:
    """The lines that hold code."""
    return [line for line in text.split("\n") if line.strip() and not line.lstrip().startswith("//")]


def _renaming(theirs: Sequence[str], ours: Sequence[str]) -> dict[str, str]:
    """What each identifier, or part of one, of `theirs` is called in `ours`, where lines agree in shape."""
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for one, other in zip(theirs, ours, strict=True):
        their_tokens, our_tokens = _tokens(one), _tokens(other)
        if len(their_tokens) != len(our_tokens):
            continue
        for theirs_one, ours_one in zip(their_tokens, our_tokens, strict=True):
            if not (theirs_one[0].isalpha() and ours_one[0].isalpha()):
                continue
            votes[theirs_one][ours_one] += 1
            their_parts, our_parts = _PARTS.findall(theirs_one), _PARTS.findall(ours_one)
            if len(their_parts) == len(our_parts):
                for part, our_part in zip(their_parts, our_parts, strict=True):
                    votes["/" + part]["/" + our_part] += 1
    return {name: counts.most_common(1)[0][0] for name, counts in votes.items()}


def _rename(line: str, names: dict[str, str], scope: set[str]) -> str:
    def replace(match: re.Match[str]) -> str:
        name = match.group()
        if names.get(name, name) != name:
            return names[name]
        if name in scope:
            return name
        renamed = "".join(names.get("/" + part, "/" + part)[1:] for part in _PARTS.findall(name))
        return renamed if renamed in scope else name

    return re.sub(r"[A-Za-z_]\w*", replace, line)


def predict_line(prefix: str, context: Iterable[Passage]) -> str:
    """The copied line; empty where nothing is like the lines before the cursor. Of equals, the one nearest to the cursor."""
    own = code_lines(prefix)
    if not own:
        return ""
    blocks = [own, *(code_lines(passage.text) for passage in context)]
    places = [(_likeness(block[i - 1], own[-1]), -number, i) for number, block in enumerate(blocks) for i in range(1, len(block))]
    best, best_score = None, 0.0
    for first, number, i in sorted(places, reverse=True)[:SHORTLIST]:
        if first <= 0:
            break
        block = blocks[-number]
        score = sum(
            weight * _likeness(block[i - back], own[-back])
            for back, weight in enumerate(WEIGHTS, start=1)
            if i - back >= 0 and len(own) >= back
        )
        if score > best_score:
            best, best_score = (block, i), score
    if best is None:
        return ""
    block, i = best
    depth = min(i, len(own), len(WEIGHTS))
    names = _renaming(block[i - depth : i], own[-depth:])
    return _rename(block[i], names, {token for line in own for token in _tokens(line)})
