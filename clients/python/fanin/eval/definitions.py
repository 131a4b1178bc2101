"""Where names are defined that other files can use, from text alone: the gold of completion samples."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from fanin.eval.rtl_text import RtlFile, Span, identifiers

_TYPEDEF = re.compile(r"\btypedef\b\s*(?P<body>(?:[^;{}]|\{[^{}]*\})*?)\b(?P<name>\w+)\s*(?:\[[^\]]*\]\s*)*;")
_FUNCTION = re.compile(r"^[ \t]*(?:virtual\s+)?(?:function|task)\b[^;(]*?\b(\w+)\s*[(;]", re.MULTILINE)
_MACRO = re.compile(r"^[ \t]*`define[ \t]+(\w+)(?:[^\n\\]|\\.|\\\r?\n)*", re.MULTILINE)
_PACKAGE_PARAMETER = re.compile(r"\b(?:localparam|parameter)\b[^=;]*?\b(\w+)\s*(?:\[[^\]]*\]\s*)*=", re.MULTILINE)
_MEMBER = re.compile(r"(\w+)\s*(?:\[[^\]]*\]\s*)?(?:=[^,{}]*)?(?:,|$)")
# What a file declares for itself, in whatever scope, macros that make types included.
_OWN = re.compile(
    r"\b(?:localparam|parameter)\b[^=;,()]*?\b(\w+)\s*(?:\[[^\]]*\]\s*)*=|\btype\s+(\w+)\s*=|`\w*TYPEDEF\w*\s*\(\s*(\w+)"
    r"|\b(?:input|output|inout|wire|reg|logic|genvar|integer|int|bit)\b[^=;,()]*?\b(\w+)\s*(?:\[[^\]]*\]\s*)*[=;,)]"
)
_NOT_MODULES = frozenset("if for while case casex casez assign always assert property function task module input output return".split())
# A name with more meanings than this says too little to be gold.
MAX_CANDIDATES = 4


@dataclass(frozen=True)
class DefinitionSite:
    """`span` is what a context must show; its first line suffices. `container`: the package or module it is in, or ""."""

    name: str
    kind: str  # module, package, typedef, member, function, macro, parameter, port
    span: Span
    container: str


@dataclass(frozen=True)
class Gold:
    """A name of the target line, and the sites in other files that may be what it means."""

    name: str
    sites: tuple[DefinitionSite, ...]


class DefinitionTable:
    """All names of a checkout that cross files. Immutable once made."""

    def __init__(self, files: Sequence[RtlFile]):
        self.files = {file.path: file for file in files}
        self._sites: dict[str, list[DefinitionSite]] = defaultdict(list)
        self._headers: dict[str, list[tuple[RtlFile, int, int]]] = defaultdict(list)
        self._own: dict[RtlFile, set[str]] = {}
        for file in files:
            self._add_definitions(file)
            self._add_types(file)
            self._add_rest(file)

    def _add(self, file: RtlFile, name: str, kind: str, begin: int, end: int, container: str = "") -> None:
        span = Span(file.path, file.line_of(begin), file.line_of(max(begin, end - 1)))
        self._sites[name].append(DefinitionSite(name, kind, span, container))

    def _package_at(self, file: RtlFile, offset: int) -> str:
        """The package around an offset; other definitions hide their names from other files."""
        around = next((one for one in file.definitions if one.begin <= offset < one.end), None)
        if around is None:
            return ""
        return around.name if file.code[around.begin : around.end].lstrip().startswith("package") else "/"

    def _add_definitions(self, file: RtlFile) -> None:
        for one in file.definitions:
            header_end = one.begin + len(file.header_of(one))
            kind = "package" if file.code[one.begin : one.end].lstrip().startswith("package") else "module"
            self._add(file, one.name, kind, one.begin, header_end)
            if kind == "module":
                self._headers[one.name].append((file, one.begin, header_end))

    def _add_types(self, file: RtlFile) -> None:
        for match in _TYPEDEF.finditer(file.code):
            package = self._package_at(file, match.start())
            if package == "/":
                continue
            self._add(file, match.group("name"), "typedef", match.start(), match.end(), package)
            body = match.group("body")
            if body.lstrip().startswith("enum") and "{" in body:
                begin = match.start("body") + body.index("{") + 1
                for member in _MEMBER.finditer(file.code[begin : match.start("body") + body.rindex("}")]):
                    place = begin + member.start(1)
                    self._add(file, member.group(1), "member", place, place + 1, package)

    def _add_rest(self, file: RtlFile) -> None:
        for pattern, kind in ((_FUNCTION, "function"), (_MACRO, "macro"), (_PACKAGE_PARAMETER, "parameter")):
            for match in pattern.finditer(file.code):
                package = self._package_at(file, match.start())
                if kind != "macro" and (package == "/" or (kind == "parameter" and not package)):
                    continue
                end = match.end() if kind == "macro" else match.end(1)
                self._add(file, match.group(1), kind, match.start(1), end, "" if kind == "macro" else package)

    def _own_names(self, file: RtlFile) -> set[str]:
        if file not in self._own:
            names = {name for groups in _OWN.findall(file.code) for name in groups if name}
            for pattern in (_TYPEDEF, _FUNCTION, _MACRO):
                names.update(match.groupdict().get("name") or match.group(1) for match in pattern.finditer(file.code))
            self._own[file] = names | {one.name for one in file.definitions}
        return self._own[file]

    def _port_sites(self, module: str, port: str) -> list[DefinitionSite]:
        sites = []
        for file, begin, end in self._headers.get(module, []):
            places = [match.start() for match in re.finditer(rf"\b{re.escape(port)}\b", file.code[begin:end])]
            if places:  # a parameter's name may recur in ranges: the first is its declaration
                line = file.line_of(begin + places[0])
                sites.append(DefinitionSite(port, "port", Span(file.path, line, line), module))
        return sites

    def gold_of_line(self, file: RtlFile, line: int) -> list[Gold]:
        """Cross-file names of a line. A name that its own file defines, or that may mean too much, is none."""
        code = file.line_code(line)
        prefix = "".join(file.slice_lines(file.code, max(1, line - 400), line - 1)) if line > 1 else ""
        gold: dict[str, Gold] = {}
        for match in re.finditer(r"(?P<before>[.`]|::\s*)?\b(?P<name>[A-Za-z_]\w*)", code):
            name, before = match.group("name"), match.group("before") or ""
            if before == ".":
                module = _open_instance(prefix + code[: match.start()])
                sites = self._port_sites(module, name) if module else []
            else:
                sites = [site for site in self._sites.get(name, []) if (before == "`") == (site.kind == "macro")]
                if not before.startswith(":") and name in self._own_names(file) or name == "new":
                    sites = []
                if before.startswith(":"):
                    package = (identifiers(code[: match.start()]) or [""])[-1]
                    sites = [site for site in sites if site.container == package]
            if sites and len(sites) <= MAX_CANDIDATES and all(site.span.path != file.path for site in sites):
                gold.setdefault(name, Gold(name, tuple(sites)))
        return list(gold.values())


def _open_instance(code: str) -> str | None:
    """Module of the instantiation whose connections or overrides are open at the end of `code`."""
    depth = 0
    for i in range(len(code) - 1, -1, -1):
        if code[i] == ";" and depth <= 0:
            return None
        depth += (code[i] == ")") - (code[i] == "(")
        if depth < 0:
            return _module_before(code[:i].rstrip())
    return None


def _module_before(head: str) -> str | None:
    if head.endswith("#"):
        words = identifiers(head[-200:])
        return words[-1] if words and words[-1] not in _NOT_MODULES else None
    match = re.search(r"(\w+)\s*(?:\[[^\]]*\]\s*)?$", head)
    if not match:
        return None
    rest = head[: match.start()].rstrip()
    if rest.endswith(")"):  # overrides between the module and the instance
        depth = 0
        for i in range(len(rest) - 1, -1, -1):
            depth += (rest[i] == ")") - (rest[i] == "(")
            if depth == 0:
                rest = rest[:i].rstrip().removesuffix("#").rstrip()
                break
    module = re.search(r"(\w+)$", rest)
    return module.group(1) if module and module.group(1) not in _NOT_MODULES else None
