"""Seeded faults in real RTL: one operator at one place, with an output of the module that it reaches as the symptom."""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from fanin.eval.rtl_text import Definition, RtlFile, identifiers

_SWAPPED = {"+": "-", "-": "+", "&": "|", "|": "&", "&&": "||", "||": "&&", "==": "!=", "!=": "==", "<": "<=", ">": ">="}
_OPERATOR = re.compile(r"(?<=[\w\])] )(\+|-|&&|\|\||&|\||==|!=|<|>)(?= [\w(!~{`])")
_IF = re.compile(r"\bif \((?P<condition>[^()]*(?:\([^()]*\)[^()]*)*)\)")
_MINUS = re.compile(r"\b(?P<a>[A-Za-z_]\w*) - (?P<b>[A-Za-z_]\w*)\b")
_CONSTANT = re.compile(r"(?P<before>(?:==|<=|[+<>-]) )(?P<base>\d*'d)?(?P<value>\d+)\b(?!')")
_EDGE = re.compile(r"\b(posedge|negedge)\b")
_RESET = re.compile(r"\bif \((?:!|~)?(?:\w*_)?(?:rst|reset)\w*(?: == 1'b[01])?\)", re.I)
_NONBLOCKING = re.compile(r"^(\s*[A-Za-z_]\w*(?:\[[^\]]*\])*\s*)<=(?=[^;]*;\s*$)")
_RANGE = re.compile(r"(?<=\[)(?P<high>\d+|\w+\s*-\s*1)(?=:0\])")
_DECLARED = re.compile(r"^\s*(?:input|output|wire|reg|logic)\b")
_CASE_ITEM = re.compile(r"^\s*[\w', ]+:\s*[^;?]+;\s*$")
_CONNECTION = re.compile(r"^\s*\.(\w+)\s*\(\s*(\w+)\s*\),\s*$")
_TARGET = re.compile(r"\b([A-Za-z_]\w*)\s*(?:\[[^\]]*\]\s*)*<?=(?!=)")
_OUTPUT = re.compile(r"\boutput\b[^,;()]*?\b(\w+)\s*(?=[,;)=\n])")


@dataclass(frozen=True)
class Mutation:
    operator: str
    path: str
    line: int  # what is wrong; with swapped ports, the first of two lines
    text: str  # of the whole file
    module: str
    symptom: str  # an output of the module that the line reaches


def _replaced(line: str, match: re.Match[str], new: str) -> str:
    return line[: match.start()] + new + line[match.end() :]


def _one(pattern: re.Pattern[str], new: Callable[[re.Match[str]], str]) -> Callable[[str], str | None]:
    def mutate(line: str) -> str | None:
        match = pattern.search(line)
        return _replaced(line, match, new(match)) if match else None

    return mutate


def _narrower(match: re.Match[str]) -> str:
    high = match.group("high")
    return str(int(high) - 1) if high.isdigit() and int(high) else re.sub(r"1$", "2", high)


def _wrong_width(line: str) -> str | None:
    return _one(_RANGE, _narrower)(line) if _DECLARED.match(line) else None


# Each takes one line of code and gives it with the fault, or None where it does not apply.
OPERATORS: dict[str, Callable[[str], str | None]] = {
    "wrong operator": _one(_OPERATOR, lambda match: _SWAPPED[match.group()]),
    "negated condition": _one(_IF, lambda match: f"if (!({match.group('condition')}))"),
    "swapped operands": _one(_MINUS, lambda match: f"{match.group('b')} - {match.group('a')}"),
    "off by one": _one(_CONSTANT, lambda match: f"{match.group('before')}{match.group('base') or ''}{int(match.group('value')) + 1}"),
    "wrong edge": _one(_EDGE, lambda match: "negedge" if match.group() == "posedge" else "posedge"),
    "missing reset": _one(_RESET, lambda _: "if (1'b0)"),
    "blocking for nonblocking": _one(_NONBLOCKING, lambda match: match.group(1) + "="),
    "wrong width": _wrong_width,
    "dropped case item": lambda line: "" if _CASE_ITEM.match(line) and "default" not in line else None,
}
SWAPPED_PORTS = "swapped ports"


class Dataflow:
    """Which signals of a module depend on which, by block, from text alone."""

    def __init__(self, file: RtlFile, module: Definition):
        self._blocks: list[tuple[int, int, set[str], set[str]]] = []  # lines, targets, names used
        for match in re.compile(r"\b(?:always(?:_ff|_comb|_latch)?|assign)\b").finditer(file.code, module.begin, module.end):
            block = file.block_after(match.start())
            if block:
                code = file.code[block[0] : block[1]]
                lines = file.line_of(block[0]), file.line_of(block[1] - 1)
                self._blocks.append((*lines, _targets(code), set(identifiers(code))))
        for line in range(module.start_line, module.end_line + 1):
            code = file.line_code(line)
            if re.match(r"\s*(?:wire|logic)\b[^=;]*\w\s*=[^=;]*;", code):
                self._blocks.append((line, line, _targets(code), set(identifiers(code))))
        self.outputs = set(_OUTPUT.findall(file.header_of(module) + "\n"))

    def targets_at(self, line: int) -> set[str]:
        return set().union(*(targets for first, last, targets, _ in self._blocks if first <= line <= last))

    def reached_outputs(self, names: set[str]) -> list[str]:
        """Outputs that depend on the names, nearest first."""
        reached, seen, found = set(names), set(names), sorted(names & self.outputs)
        while reached:
            reached = set().union(*(targets for _, _, targets, used in self._blocks if used & reached)) - seen
            seen |= reached
            found += sorted(reached & self.outputs)
        return found


def _targets(code: str) -> set[str]:
    """Names assigned outside of parentheses, where `<=` is a comparison; concatenations count whole."""
    depth, flat = 0, []
    for character in code:
        depth -= character == ")"
        flat.append(character if depth <= 0 else " ")
        depth += character == "("
    text = "".join(flat)
    joined = [name for group in re.findall(r"\{([^{}]*)\}\s*<?=(?!=)", text) for name in identifiers(group)]
    return {*_TARGET.findall(text), *joined}


@dataclass(frozen=True)
class FaultyText:
    operator: str
    line: int  # with swapped ports, the first of two
    module: str
    text: str  # of the whole file


def faulty_texts(file: RtlFile) -> Iterator[FaultyText]:
    """Each operator at each place of a file."""
    for one in _candidates(file):
        yield FaultyText(one.operator, one.line, one.module.name, one.text_of(file))


@dataclass(frozen=True)
class _Candidate:
    operator: str
    line: int
    new_lines: tuple[str, ...]  # in place of as many from `line` on; comments are lost with the old ones
    module: Definition
    names: frozenset[str]  # what the fault touches first

    def text_of(self, file: RtlFile) -> str:
        lines = file.text.split("\n")
        lines[self.line - 1 : self.line - 1 + len(self.new_lines)] = self.new_lines
        return "\n".join(lines)


def _candidates(file: RtlFile) -> Iterator[_Candidate]:
    code = file.code.split("\n")
    for module in file.definitions:
        flow = Dataflow(file, module)
        for line in range(module.start_line + 1, module.end_line):
            here = code[line - 1]
            declared = file.declared_on(line)
            targets = flow.targets_at(line) or ({declared} if declared else set())
            if targets:
                for operator, mutate in OPERATORS.items():
                    if (operator == "wrong width") != bool(declared and not flow.targets_at(line)):
                        continue
                    mutated = mutate(here)
                    if mutated is not None and mutated != here:
                        yield _Candidate(operator, line, (mutated,), module, frozenset(targets))
            first, second = _CONNECTION.match(here), _CONNECTION.match(code[line])
            if first and second and first.group(2) != second.group(2):
                swapped = (_replaced_group(here, first, second.group(2)), _replaced_group(code[line], second, first.group(2)))
                yield _Candidate(SWAPPED_PORTS, line, swapped, module, frozenset({first.group(2), second.group(2)}))


def _replaced_group(line: str, match: re.Match[str], new: str) -> str:
    return line[: match.start(2)] + new + line[match.end(2) :]


def build_mutations(files: list[RtlFile], per_operator: int, seed: int) -> list[Mutation]:
    """At most `per_operator` faults of each operator, at most one of it in a file, drawn by `seed`.

    A fault is left out when no output of its module depends on it.
    """
    source = random.Random(f"{seed}:mutations")
    order = sorted(files, key=lambda file: file.path)
    source.shuffle(order)
    taken: dict[str, list[Mutation]] = {operator: [] for operator in (*OPERATORS, SWAPPED_PORTS)}
    for file in order:
        if all(len(mutations) >= per_operator for mutations in taken.values()):
            break
        by_operator: dict[str, list[_Candidate]] = {}
        for candidate in _candidates(file):
            by_operator.setdefault(candidate.operator, []).append(candidate)
        for operator, found in sorted(by_operator.items()):
            source.shuffle(found)
            for one in found if len(taken[operator]) < per_operator else ():
                outputs = Dataflow(file, one.module).reached_outputs(set(one.names))
                if outputs:
                    taken[operator].append(
                        Mutation(operator, file.path, one.line, one.text_of(file), one.module.name, outputs[0])
                    )
                    break
    return [mutation for mutations in taken.values() for mutation in mutations]
