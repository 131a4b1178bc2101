"""fanin-eval: measures retrieval on checkouts of RTL. `fanin-eval COMMAND --help`; docs/evaluation.md."""

import argparse
import dataclasses
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import grpc

from fanin.errors import FaninError
from fanin.eval import hdlsearch, report
from fanin.eval.checkouts import Source
from fanin.eval.commit_queries import build_commit_queries
from fanin.eval.completion import ContextMethods, build_samples, evaluate_completion
from fanin.eval.debug import evaluate_mutations
from fanin.eval.definitions import DefinitionTable
from fanin.eval.faults import evaluate_faults
from fanin.eval.fixes import evaluate_fixes, find_fixes
from fanin.eval.history import changed_lines
from fanin.eval.latency import debug_milliseconds
from fanin.eval.model import Endpoint, predict
from fanin.eval.mutations import build_mutations
from fanin.eval.rtl_text import read_checkout
from fanin.eval.search import COMMENTS, MESSAGES, evaluate_search, gold_is_in_corpus
from fanin.eval.search_queries import VARIANTS, QuerySet, build_queries, copy_checkout
from fanin.eval.server import Server, run_index


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _write_rows(path: Path, head: dict, rows: list[dict]) -> None:
    """One JSON object a line: what was measured, then the rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in [head, *rows]), encoding="utf-8")


def _read_rows(paths: list[Path], command: str) -> tuple[list[dict], list[dict]]:
    heads, rows = [], []
    for path in paths:
        first, *others = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        if first["command"] == command:
            heads.append(first)
            rows += others
    return heads, rows


def _data(work: Path, options: argparse.Namespace) -> Path:
    """Vectors are kept by content: one data directory for all that has them, one for all that must not see any."""
    return work / ("data" if options.embed else "data-plain")


def _search(options: argparse.Namespace) -> None:
    for text in options.source:
        source = Source.parse(text)
        work = options.work / source.name
        source.extract(work / "written")
        if options.hdlsearch:
            queries, missing = hdlsearch.read_queries(options.hdlsearch, work / "written")
            _say(f"{source.name}: {missing} descriptions are of nothing in this checkout")
            query_set = QuerySet(queries)
        else:
            query_set = build_queries(work / "written", options.per_level, options.seed)
        commits = build_commit_queries(source, work / "written", options.per_level, options.seed) if source.commit else []
        shutil.rmtree(work / "masked", ignore_errors=True)
        copy_checkout(work / "written", work / "masked", query_set.blanked)
        for variant in VARIANTS:
            summary = run_index(_data(work, options), work / variant, variant, options.embed)
            _say(f"{source.name}, {variant}: {summary['chunks']} passages, {summary.get('chunksEmbedded', 0)} embedded now")
        with Server(_data(work, options)) as server:
            if options.embed and not all(server.has_vectors(variant) for variant in VARIANTS):
                raise FaninError(f"{source.name}: not all passages have vectors; --no-embed measures without any")
            passages = server.all_passages("masked")
            answerable = [query for query in query_set.queries if gold_is_in_corpus(passages, query)]
            lost = len(query_set.queries) - len(answerable)
            corpora = {one: one for one in VARIANTS}
            rows = evaluate_search(server, query_set.queries, corpora, {one: work / one for one in VARIANTS}, COMMENTS)
            # Messages of commits stand nowhere in the sources: nothing is blanked for them.
            plain = {one: "written" for one in VARIANTS}
            rows += evaluate_search(server, commits, plain, {one: work / "written" for one in VARIANTS}, MESSAGES)
        head = {"command": "search", "source": source.name, "commit": source.full_commit(), "seed": options.seed}
        head |= {"per_level": options.per_level, "embedded": options.embed, "passages": len(passages), "unanswerable": lost}
        _write_rows(options.out / f"search-{source.name}.jsonl", head, [{"source": source.name, **row} for row in rows])
        _say(f"{source.name}: {len(query_set.queries)} queries of comments, {len(commits)} of commits, {lost} with gold that no passage shows")


def _completion(options: argparse.Namespace) -> None:
    for text in options.source:
        source = Source.parse(text)
        work = options.work / source.name
        indexed = options.since or source.commit
        name = "since" if options.since else "written"
        source.extract(work / name, indexed)
        table = DefinitionTable(read_checkout(work / name))
        if options.since:
            source.extract(work / "later")
            later = {file.path: file for file in read_checkout(work / "later")}
            added = {path: set(lines.new) for path, lines in changed_lines(source, options.since, source.commit).items()}
            samples = build_samples(table, options.per_setting, options.seed, later, added)
        else:
            samples = build_samples(table, options.per_setting, options.seed)
        run_index(_data(work, options), work / name, name, options.embed)
        with Server(_data(work, options)) as server:
            if options.embed and not server.has_vectors(name):
                raise FaninError(f"{source.name}: not all passages have vectors; --no-embed measures without any")
            methods = ContextMethods(server, name, table, options.embed, options.methods)
            head = {"command": "completion", "source": source.name, "commit": source.full_commit(), "seed": options.seed}
            head |= {"since": options.since, "per_setting": options.per_setting, "embedded": options.embed}
            if options.endpoint:
                key = os.environ.get(options.key_variable, "") if options.key_variable else ""
                endpoint = Endpoint(options.endpoint, options.model, key)
                results = options.out / f"predictions-{source.name}-{options.model.replace('/', '_')}.part"
                rows = predict(endpoint, methods, samples, source.name, options.budget, options.max_tokens, results)
                head |= {"command": "model", "model": options.model, "budget": options.budget}
                out = options.out / f"model-{source.name}.jsonl"
            else:
                rows = evaluate_completion(methods, samples)
                out = options.out / f"completion-{source.name}.jsonl"
        _write_rows(out, head, [{"source": source.name, **row} for row in rows])
        _say(f"{source.name}: {len(samples)} samples, {sum(bool(sample.gold) for sample in samples)} with gold in other files")


def _debug(options: argparse.Namespace) -> None:
    for text in options.source:
        source = Source.parse(text)
        work = options.work / source.name
        rows: list[dict] = []
        if source.commit:
            fixes = find_fixes(source, options.fixes, options.seed)
            rows += evaluate_fixes(source, _data(work, options), work / "fix", fixes, options.embed)
        source.extract(work / "mutant")
        mutations = build_mutations(read_checkout(work / "mutant"), options.per_operator, options.seed)
        rows += evaluate_mutations(_data(work, options), work / "mutant", mutations, options.embed)
        if options.designs:
            source.extract(work / "fault")
            tree = work / "fault"
            rows += evaluate_faults(_data(work, options), tree, read_checkout(tree), work / "simulation", options)
        head = {"command": "debug", "source": source.name, "commit": source.full_commit(), "seed": options.seed}
        head |= {"designs": options.designs, "per_design": options.per_design, "fixes": options.fixes, "per_operator": options.per_operator, "embedded": options.embed}
        _write_rows(options.out / f"debug-{source.name}.jsonl", head, [{"source": source.name, **row} for row in rows])
        kinds = Counter(row["kind"] for row in rows)
        _say(f"{source.name}: {kinds['fix']} fixes, {kinds['mutation']} mutations, {kinds['fault']} faults that show")


def _latency(options: argparse.Namespace) -> None:
    for text in options.source:
        source = Source.parse(text)
        work = options.work / source.name
        source.extract(work / "written")
        run_index(_data(work, options), work / "written", "written", options.embed)
        files = read_checkout(work / "written")
        times = sorted(debug_milliseconds(_data(work, options), "written", files, options.questions, options.seed))
        p50, p95 = times[len(times) // 2], times[len(times) * 95 // 100]
        print(f"{source.name}: {len(times)} signals, p50 {p50:.1f} ms, p95 {p95:.1f} ms, most {times[-1]:.1f} ms")


def _run(options: argparse.Namespace) -> None:
    for step in (_search, _completion, _debug, _report):
        step(options)


def _weights(options: argparse.Namespace) -> None:
    # Needs numpy, which nothing else here does.
    from fanin.eval.weights import Example, Weights, collect, learning_report

    examples: list[Example] = []
    now: dict[str, Weights] = {}
    for text in options.source:
        source = Source.parse(text)
        work = options.work / source.name
        queries = build_queries(work / "written", options.per_level, options.seed).queries
        with Server(_data(work, options)) as server:
            collected, of_source = collect(server, source.name, queries)
        examples += collected
        now |= of_source
        _say(f"{source.name}: {len(collected)} answers")
    options.out.mkdir(parents=True, exist_ok=True)
    with (options.out / "features.jsonl").open("w", encoding="utf-8") as features:
        features.writelines(json.dumps(dataclasses.asdict(example)) + "\n" for example in examples)
    text, learned = learning_report(examples, now)
    (options.out / "weights.json").write_text(json.dumps(learned, indent=2) + "\n", encoding="utf-8")
    (options.out / "weights.md").write_text(text, encoding="utf-8")
    print(text)


# What `report` shows of each command's rows.
_REPORTS: dict[str, tuple[Callable[[list[dict]], str], Callable[[list[dict]], str] | None]] = {
    "search": (report.search_report, report.search_plot),
    "completion": (report.completion_report, report.completion_plot),
    "model": (report.model_report, None),
    "debug": (report.debug_report, report.debug_plot),
}


def _report(options: argparse.Namespace) -> None:
    paths = sorted(options.out.glob("*.jsonl"))
    parts = []
    for command, (render, plot) in _REPORTS.items():
        heads, rows = _read_rows(paths, command)
        if not rows:
            continue
        described = ", ".join(f"{head['source']} {head['commit'][:12]}".strip() for head in heads)
        picture = ""
        if plot:
            (options.out / f"{command}.svg").write_text(plot(rows), encoding="utf-8")
            picture = f"![{command}]({command}.svg)\n\n"
        parts.append(f"## {command}\n\n{described}\n\n{picture}{render(rows)}")
    text = "\n".join(parts)
    (options.out / "report.md").write_text(text, encoding="utf-8")
    print(text)


def _add_search_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--per-level", type=int, default=100, help="queries of each level at most (default: %(default)s)")
    parser.add_argument("--hdlsearch", type=Path, nargs="+", help="take queries from HDLSearch's JSON files instead")


def _add_completion_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--per-setting", type=int, default=100, help="samples of each setting at most (default: %(default)s)")
    parser.add_argument("--since", default="", metavar="COMMIT", help="time split: index this commit, complete lines added after it")
    parser.add_argument("--methods", nargs="+", metavar="NAME", help="only these ways to choose context, by the names of the report")
    parser.add_argument("--endpoint", help="base URL of an OpenAI-compatible API: predict the lines too; an interrupted run resumes")
    parser.add_argument("--model", default="", help="name of the model for the endpoint")
    parser.add_argument("--key-variable", help="environment variable that holds the endpoint's key")
    parser.add_argument("--budget", type=int, default=2048, help="tokens of context given to the model (default: %(default)s)")
    parser.add_argument("--max-tokens", type=int, default=8192, help="tokens of a whole prompt (default: %(default)s)")


def _add_debug_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--fixes", type=int, default=50, help="commits that fix something at most (default: %(default)s)")
    parser.add_argument("--designs", type=int, default=0, help="modules to simulate faults in at most; needs Icarus Verilog (default: none)")
    parser.add_argument("--per-design", type=int, default=10, help="faults that show of each such module (default: %(default)s)")
    parser.add_argument("--per-operator", type=int, default=10, help="faults of each operator at most (default: %(default)s)")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="fanin-eval", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name: str, run: Callable[[argparse.Namespace], None], text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.add_argument("--out", type=Path, default=Path("fanin-eval"), help="folder of results (default: %(default)s)")
        added.set_defaults(run=run)
        return added

    def measuring(name: str, run: Callable[[argparse.Namespace], None], text: str) -> argparse.ArgumentParser:
        added = command(name, run, text)
        added.add_argument("source", nargs="+", help="NAME=PATH[@COMMIT]: a checkout, or without a commit any folder")
        added.add_argument("--work", type=Path, required=True, help="folder of copies and indexes; kept, vectors are costly")
        added.add_argument("--seed", type=int, default=1)
        added.add_argument("--no-embed", dest="embed", action="store_false", help="measure without vectors")
        return added

    search = measuring("search", _search, "Rank of gold for queries made of doc comments, as written and masked.")
    _add_search_options(search)
    completion = measuring("completion", _completion, "Gold definitions within a budget for the next line; with a model, ES and EM.")
    _add_completion_options(completion)
    debug = measuring("debug", _debug, "Rank of the wrong line: fixes from history (with @COMMIT), and seeded faults.")
    _add_debug_options(debug)
    latency = measuring("latency", _latency, "How long suspects take from a signal: p50 and p95 of random outputs.")
    latency.add_argument("--questions", type=int, default=200, help="signals asked for (default: %(default)s)")
    everything = measuring("run", _run, "search, completion, debug and report, one after the other.")
    for add in (_add_search_options, _add_completion_options, _add_debug_options):
        add(everything)
    weights = measuring("weights", _weights, "Learns fusion weights where `search` has been run; each repository is held out in turn.")
    weights.add_argument("--per-level", type=int, default=100, help="as in search (default: %(default)s)")
    command("report", _report, "Tables (Markdown, to report.md and stdout) and plots (SVG) of all results in the folder.")
    return parser


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except (FaninError, ValueError, OSError, subprocess.CalledProcessError) as error:
        _say(f"fanin-eval: {error}")
        return 3
    except grpc.RpcError as error:
        _say(f"fanin-eval: {error.code().name}: {error.details()}")
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
