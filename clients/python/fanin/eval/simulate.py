"""Designs simulated with Icarus Verilog under generated stimulus, and faulty copies compared with them.

What is simulated is found, not listed: every module of a checkout that the simulator compiles with the files it names, that
has a clock, and whose outputs change under random inputs. The stimulus is a reset, then random inputs from a fixed seed,
driven at falling edges and compared just before rising ones.
"""

import random
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fanin.errors import FaninError
from fanin.eval.rtl_text import Definition, RtlFile, identifiers

CYCLES = 300
RESET_CYCLES = 6
RUN_SECONDS = 30
SCOPE = "fanin_tb.dut"
_TEST_FOLDERS = re.compile(r"(^|/)(tb|test|tests|testbench|testbenches|dv|bench|sim|verif|formal|fpv|syn)(/|$)")
_PORT = re.compile(r"\b(input|output|inout)\b(?P<rest>[^;]*?)(?=\b(?:input|output|inout)\b|\)\s*;|;|$)", re.DOTALL)
_WORDS = {"wire", "reg", "logic", "signed", "unsigned", "var", "tri", "bit", "input", "output", "inout"}
_CLOCK = re.compile(r"(^|_)(a?clk|clock)(_|$|\d)|clk", re.I)
_RESET = re.compile(r"(^|_)(a?rst|a?reset|n?rst)|rst|reset", re.I)
_LOW = re.compile(r"(rst|reset)(_?n|_ni|n|_l|_b)$|^n_?(rst|reset)|resetn", re.I)
# A design with more is too slow to run hundreds of times.
_MAX_FILES = 60
_MAX_OUTPUT_BITS = 4096


@dataclass(frozen=True)
class Port:
    name: str
    direction: str
    width: int


@dataclass(frozen=True)
class Design:
    top: str
    files: tuple[str, ...]  # relative to the tree, packages first
    ports: tuple[Port, ...]
    golden: tuple[tuple[str, ...], ...]  # of each compared moment: time, then outputs in binary

    @property
    def outputs(self) -> list[Port]:
        return [port for port in self.ports if port.direction == "output"]


@dataclass(frozen=True)
class Failure:
    """The first moment at which outputs of a faulty copy differ."""

    time: int  # in the unit of the wave
    failing: tuple[str, ...]
    passing: tuple[str, ...]  # known, and right up to then
    expected: str  # of the first failing output
    got: str
    wave: Path


class Sources:
    """Definitions of a checkout by name. Where a name is defined twice, the first by path outside of test folders."""

    def __init__(self, tree: Path, files: list[RtlFile]):
        self.tree = tree
        self.files = {file.path: file for file in files}
        self._defined: dict[str, tuple[RtlFile, Definition]] = {}
        for file in sorted(files, key=lambda one: (bool(_TEST_FOLDERS.search(one.path)), one.path)):
            for definition in file.definitions:
                self._defined.setdefault(definition.name, (file, definition))
        self.include_folders = sorted({str(Path(path).parent) for path in self.files if path.endswith((".vh", ".svh"))})

    def tops(self) -> Iterator[str]:
        for name, (file, definition) in sorted(self._defined.items()):
            head = file.code[definition.begin : definition.begin + 40]
            if not _TEST_FOLDERS.search(file.path) and "module" in head:
                yield name

    def closure(self, top: str) -> tuple[dict[str, Definition], list[str]]:
        """The definitions below a module by name, and their files, packages first."""
        reached: dict[str, Definition] = {}
        open_names = [top]
        while open_names:
            name = open_names.pop()
            if name in reached or name not in self._defined:
                continue
            file, definition = self._defined[name]
            reached[name] = definition
            open_names += sorted(set(identifiers(file.code[definition.begin : definition.end])) & self._defined.keys())
            # Files of packages import others above the definition.
            open_names += re.findall(r"\bimport\s+(\w+)\s*::", file.code)
        files = {self._defined[name][0].path for name in reached}

        def is_package(path: str) -> bool:
            return bool(re.search(r"^\s*package\b", self.files[path].code, re.MULTILINE))

        return reached, sorted(files, key=lambda path: (not is_package(path), path))

    def defining(self, name: str) -> tuple[RtlFile, Definition]:
        return self._defined[name]


def simulator() -> str:
    """The simulator's path; raises FaninError where there is none."""
    found = shutil.which("iverilog")
    if not found or not shutil.which("vvp"):
        raise FaninError("Icarus Verilog (iverilog, vvp) is not installed: Debian's package is iverilog")
    return found


def _compile(tree: Path, folders: list[str], files: tuple[str, ...], bench: Path, out: Path, replaced: dict[str, Path]) -> bool:
    command = [simulator(), "-g2012", "-o", str(out), "-s", "fanin_tb"]
    command += [f"-I{tree / folder}" for folder in folders]
    command += [str(bench), *(str(replaced.get(path, tree / path)) for path in files)]
    process = subprocess.run(command, capture_output=True, timeout=RUN_SECONDS, check=False)
    return process.returncode == 0


def _run(image: Path, folder: Path) -> bool:
    try:
        process = subprocess.run(["vvp", "-n", str(image)], cwd=folder, capture_output=True, timeout=RUN_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return False
    return process.returncode == 0


def _directions(file: RtlFile, definition: Definition) -> dict[str, str]:
    code = file.code[definition.begin : definition.end]
    names = set(identifiers(file.header_of(definition)))
    found: dict[str, str] = {}
    for match in _PORT.finditer(code):
        rest = re.sub(r"\[[^\]]*\]", " ", match.group("rest"))
        for part in rest.split(","):
            words = [word for word in re.findall(r"[A-Za-z_]\w*", part.split("=")[0]) if word not in _WORDS]
            if words and words[-1] in names:
                found.setdefault(words[-1], match.group(1))
    return found


def _probe(sources: Sources, top: str, files: tuple[str, ...], work: Path) -> tuple[Port, ...]:
    """Ports with the widths that the simulator gives them; none where it does not compile the module."""
    bench = work / "probe.v"
    bench.write_text(f'module fanin_tb; {top} dut(); initial begin $dumpfile("probe.vcd"); $dumpvars(1, dut); #1 $finish; end endmodule\n')
    if not _compile(sources.tree, sources.include_folders, files, bench, work / "probe", {}) or not _run(work / "probe", work):
        return ()
    directions = _directions(*sources.defining(top))
    widths = {}
    for line in (work / "probe.vcd").read_text(errors="replace").splitlines():
        match = re.match(r"\$var (?:wire|reg|logic) (\d+) \S+ (\S+)", line)
        if match:
            widths.setdefault(match.group(2), int(match.group(1)))
    if set(directions) - set(widths):
        return ()  # arrays and structs are not driven
    return tuple(Port(name, direction, widths[name]) for name, direction in directions.items())


def testbench(top: str, ports: tuple[Port, ...], seed: int) -> str:
    """A reset, then random inputs; outputs go to out.txt, the wave to dump.vcd."""
    inputs = [port for port in ports if port.direction == "input"]
    clocks = [port.name for port in inputs if port.width == 1 and _CLOCK.search(port.name)]
    resets = [port.name for port in inputs if port.width == 1 and _RESET.search(port.name) and port.name not in clocks]
    driven = [port for port in inputs if port.name not in (*clocks, *resets)]
    source = random.Random(f"{seed}:{top}")
    lines = ["`timescale 1ns/1ns", "module fanin_tb;", "  integer seed, cycle, file;"]
    for port in ports:
        kind = "reg" if port.direction == "input" else "wire"
        lines.append(f"  {kind} [{port.width - 1}:0] {port.name};")
    lines.append(f"  {top} dut ({', '.join(f'.{port.name}({port.name})' for port in ports)});")
    lines += [f"  initial begin {name} = 0; forever #5 {name} = ~{name}; end" for name in clocks]
    lines += ["  initial begin", f"    seed = {source.randrange(1, 2**30)};", '    file = $fopen("out.txt");']
    lines += ['    $dumpfile("dump.vcd");', "    $dumpvars(0, dut);"]
    lines += [f"    {port.name} = 0;" for port in driven]
    lines += [f"    {name} = 1'b{0 if _LOW.search(name) else 1};" for name in resets]
    lines.append(f"    for (cycle = 0; cycle < {CYCLES}; cycle = cycle + 1) begin")
    lines.append("      #10;" if not clocks else f"      @(negedge {clocks[0]});")
    for name in resets:
        active = 0 if _LOW.search(name) else 1
        lines.append(f"      {name} = cycle < {RESET_CYCLES} || cycle == {CYCLES // 2} ? 1'b{active} : 1'b{1 - active};")
    for port in driven:
        if port.width == 1:
            rare = source.choice((2, 4, 4, 8))
            lines.append(f"      {port.name} = ($unsigned($random(seed)) % {rare}) {source.choice(('==', '!='))} 0;")
        else:
            words = ", ".join(["$random(seed)"] * ((port.width + 31) // 32))
            lines.append(f"      case ($unsigned($random(seed)) % 4) 0, 1: ; 2: {port.name} = $unsigned($random(seed)) % 4;")
            lines.append(f"      default: {port.name} = {{{words}}}; endcase")
    outputs = [port.name for port in ports if port.direction == "output"]
    lines.append("      #4;")
    lines.append(f'      $fwrite(file, "%0d{" %b" * len(outputs)}\\n", $time, {", ".join(outputs)});')
    lines += ["    end", "    $finish;", "  end", "endmodule"]
    return "\n".join(lines) + "\n"


def _outputs(folder: Path) -> tuple[tuple[str, ...], ...]:
    path = folder / "out.txt"
    return tuple(tuple(line.split()) for line in path.read_text().splitlines()) if path.exists() else ()


def find_designs(sources: Sources, work: Path, count: int, seed: int) -> list[Design]:
    """At most `count` modules that can be simulated and do something, drawn by `seed`."""
    work.mkdir(parents=True, exist_ok=True)
    tops = list(sources.tops())
    random.Random(f"{seed}:designs").shuffle(tops)
    designs: list[Design] = []
    for top in tops:
        if len(designs) == count:
            break
        _, closure = sources.closure(top)
        files = tuple(closure)
        if len(files) > _MAX_FILES:
            continue
        ports = _probe(sources, top, files, work)
        outputs = [port for port in ports if port.direction == "output"]
        has_clock = any(port.direction == "input" and port.width == 1 and _CLOCK.search(port.name) for port in ports)
        if not outputs or not has_clock or sum(port.width for port in outputs) > _MAX_OUTPUT_BITS:
            continue
        if any(port.direction == "inout" for port in ports):
            continue
        (work / f"{top}_tb.v").write_text(testbench(top, ports, seed))
        if not _compile(sources.tree, sources.include_folders, files, work / f"{top}_tb.v", work / "golden", {}):
            continue
        (work / "out.txt").unlink(missing_ok=True)
        if not _run(work / "golden", work):
            continue
        golden = _outputs(work)
        # Registers behind the inputs: outputs must have taken many values, mostly known.
        values = {row[1:] for row in golden}
        known = sum("x" not in value and "z" not in value for row in golden for value in row[1:])
        if len(golden) == CYCLES and len(values) >= CYCLES // 10 and known * 2 >= CYCLES * len(outputs):
            designs.append(Design(top, files, ports, golden))
    return designs


def simulate(sources: Sources, design: Design, path: str, text: str, work: Path) -> Failure | None:
    """Runs a design with one file changed; None: it does not compile, or no output differs."""
    changed = work / f"changed{Path(path).suffix}"
    changed.write_text(text, encoding="utf-8", newline="")
    bench = work / f"{design.top}_tb.v"
    try:
        if not _compile(sources.tree, sources.include_folders, design.files, bench, work / "faulty", {path: changed}):
            return None
    except subprocess.TimeoutExpired:
        return None
    (work / "out.txt").unlink(missing_ok=True)
    if not _run(work / "faulty", work):
        return None
    names = [port.name for port in design.outputs]
    for expected, got in zip(design.golden, _outputs(work), strict=False):
        failing = [i for i, name in enumerate(names) if _differs(expected[i + 1], got[i + 1])]
        if not failing:
            continue
        passing = [name for i, name in enumerate(names) if i not in failing and not set("xz") & set(expected[i + 1])]
        first = failing[0] + 1
        wave = work / "dump.vcd"
        return Failure(
            int(expected[0]) * _units_in_ns(wave),
            tuple(names[i] for i in failing),
            tuple(passing),
            expected[first],
            got[first],
            wave,
        )
    return None


def _differs(expected: str, got: str) -> bool:
    """Bits that the golden design does not know are no evidence."""
    if set(expected) & set("xz"):
        wide = expected.rjust(len(got), "0")
        return any(a in "01" and a != b for a, b in zip(wide, got.rjust(len(wide), "0"), strict=True))
    return expected != got


def _units_in_ns(wave: Path) -> int:
    with wave.open(errors="replace") as file:
        head = file.read(4000)
    match = re.search(r"\$timescale\s+(\d+)\s*(ns|ps|fs)", head)
    scale = {"ns": 1, "ps": 1000, "fs": 1_000_000}
    return scale[match.group(2)] // int(match.group(1)) if match else 1
