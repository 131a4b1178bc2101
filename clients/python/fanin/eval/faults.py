"""Seeded faults that show in simulation: how soon each method gives the faulty line, from what a simulation tells."""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fanin.eval.baselines import Bm25
from fanin.eval.mutations import SWAPPED_PORTS, FaultyText, faulty_texts
from fanin.eval.rtl_text import RTL_SUFFIXES, RtlFile
from fanin.eval.server import DebugAnswer, Server, Suspect, run_index
from fanin.eval.simulate import SCOPE, Design, Failure, Sources, find_designs, simulate

# Tried for each fault that shows, at most.
ATTEMPTS_PER_FAULT = 6
MAX_FAILING = 4
MAX_PASSING = 40
_REPOSITORY = "fault"


@dataclass(frozen=True)
class Fault:
    operator: str
    path: str
    lines: tuple[int, ...]  # of a dropped case item also the head of its case: the item is no more
    text: str  # of the whole file


def _draw(sources: Sources, design: Design, seed: int) -> Iterator[Fault]:
    """Faults in the files of a design, of each operator in turn."""
    reached, _ = sources.closure(design.top)
    by_operator: dict[str, list[tuple[RtlFile, FaultyText]]] = {}
    for path in design.files:
        file = sources.files[path]
        for one in faulty_texts(file):
            if one.module in reached:
                by_operator.setdefault(one.operator, []).append((file, one))
    source = random.Random(f"{seed}:{design.top}")
    for faults in by_operator.values():
        source.shuffle(faults)
    operators = sorted(by_operator)
    source.shuffle(operators)
    while by_operator:
        for operator in [one for one in operators if one in by_operator]:
            file, one = by_operator[operator].pop()
            if not by_operator[operator]:
                del by_operator[operator]
            yield Fault(operator, file.path, _lines_of(file, one), one.text)


def _lines_of(file: RtlFile, one: FaultyText) -> tuple[int, ...]:
    if one.operator == SWAPPED_PORTS:
        return one.line, one.line + 1
    if one.operator != "dropped case item":
        return (one.line,)
    inner = 0
    for line in range(one.line, 0, -1):
        words = re.findall(r"\b(case[xz]?|endcase)\b", file.line_code(line))
        inner += words.count("endcase") - sum(word != "endcase" for word in words)
        if inner < 0:
            return one.line, line
    return (one.line,)


def rank_of(suspects: Sequence[Suspect], fault: Fault) -> int | None:
    for rank, one in enumerate(suspects, start=1):
        if one.path == fault.path and any(one.start_line <= line <= one.end_line for line in fault.lines):
            return rank
    return None


def rank_by_distance(suspects: Sequence[Suspect], fault: Fault) -> float | None:
    """Nearest first; among equally near ones the middle place, since their order says nothing."""
    hits = [one for one in suspects if rank_of([one], fault)]
    if not hits:
        return None
    best = max(one.signals["distance"] for one in hits)
    nearer = sum(one.signals["distance"] > best for one in suspects)
    equal = [one for one in suspects if one.signals["distance"] == best]
    return nearer + (len(equal) + 1) / (sum(one in hits for one in equal) + 1)


def rank_at_random(suspects: Sequence[Suspect], fault: Fault) -> float | None:
    """Of the first of h right ones among n in random order: (n + 1) / (h + 1)."""
    hits = sum(rank_of([one], fault) is not None for one in suspects)
    return (len(suspects) + 1) / (hits + 1) if hits else None


def message_of(design: Design, failure: Failure) -> str:
    name = failure.failing[0]
    return f"Error: {name} of {design.top} is wrong at time {failure.time}: expected {failure.expected}, got {failure.got}"


def _bm25(files: Sequence[RtlFile], fault: Fault, message: str) -> tuple[int | None, int]:
    """Rank of the faulty line among all lines of code of the design, by the message's words."""
    places = []
    texts = []
    for file in files:
        text = fault.text if file.path == fault.path else file.text
        for number, line in enumerate(text.split("\n"), start=1):
            if line.strip() and not line.strip().startswith("//"):
                places.append((file.path, number))
                texts.append(line)
    ranked = Bm25(texts).rank(message, len(texts))
    for rank, i in enumerate(ranked, start=1):
        if places[i][0] == fault.path and places[i][1] in fault.lines:
            return rank, len(texts)
    return None, len(texts)


def evaluate_faults(data: Path, tree: Path, files: list[RtlFile], work: Path, options: Any) -> Iterator[dict[str, Any]]:
    """A row per fault that shows. `tree` is indexed once; faults are laid over it."""
    sources = Sources(tree, [file for file in files if file.path.endswith(RTL_SUFFIXES)])
    designs = find_designs(sources, work, options.designs, options.seed)
    run_index(data, tree, _REPOSITORY, embed=False)
    with Server(data) as server:
        for design in designs:
            shown = 0
            for attempt, fault in enumerate(_draw(sources, design, options.seed)):
                if shown == options.per_design or attempt == options.per_design * ATTEMPTS_PER_FAULT:
                    break
                failure = simulate(sources, design, fault.path, fault.text, work)
                if failure is None:
                    continue
                shown += 1
                yield _row(server, sources, design, fault, failure)


def _row(server: Server, sources: Sources, design: Design, fault: Fault, failure: Failure) -> dict[str, Any]:
    failing = [f"{design.top}.{name}" for name in failure.failing[:MAX_FAILING]]
    passing = [f"{design.top}.{name}" for name in failure.passing[:MAX_PASSING]]
    overlay = (fault.path, fault.text)

    def ask(**more: Any) -> DebugAnswer:
        return server.debug(_REPOSITORY, overlay, **more)

    alone = ask(signals=failing[:1])
    without = ask(signals=failing, passing=passing)
    with_wave = ask(signals=failing, passing=passing, wave=failure.wave, time=failure.time, scope=SCOPE)
    wave_alone = ask(signals=failing[:1], wave=failure.wave, time=failure.time, scope=SCOPE)
    cone = alone.suspects
    bm25, lines = _bm25([sources.files[path] for path in design.files], fault, message_of(design, failure))
    ranks = {
        "random in cone": rank_at_random(cone, fault),
        "cone distance": rank_by_distance(cone, fault),
        "BM25, lines": bm25,
        "Fanin, one signal": rank_of(cone, fault),
        "Fanin": rank_of(without.suspects, fault),
        "Fanin, one signal, wave": rank_of(wave_alone.suspects, fault),
        "Fanin, wave": rank_of(with_wave.suspects, fault),
    }
    sizes = {name: lines if name.startswith("BM25") else max(len(cone), len(without.suspects)) for name in ranks}
    row = {"kind": "fault", "design": design.top, "operator": fault.operator, "path": fault.path, "lines": list(fault.lines)}
    row |= {"failing": failing, "passing": len(passing), "time": failure.time, "cone": len(cone), "ranks": ranks}
    row |= {"exam": {name: min(1.0, rank / sizes[name]) if rank else 1.0 for name, rank in ranks.items()}}
    return row | {"milliseconds": {"Fanin": without.milliseconds, "Fanin, wave": with_wave.milliseconds}}
