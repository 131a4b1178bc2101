"""Completion: gold definitions, samples, contexts within a budget, prompts, and predictions from a fake endpoint."""

import json
import subprocess
import tempfile
import threading
import unittest
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import support
from fanin.eval.__main__ import main
from fanin.eval.checkouts import Source
from fanin.eval.completion import Sample, build_samples, estimate_tokens, pack, pack_files, score_context
from fanin.eval.definitions import DefinitionTable
from fanin.eval.extractive import predict_line
from fanin.eval.history import changed_lines
from fanin.eval.model import build_prompt, first_code_line
from fanin.eval.rtl_text import RtlFile
from fanin.eval.server import Passage

PACKAGE = """\
package bus_pkg;
  typedef enum logic [1:0] {
    IDLE,
    BUSY = 2'd2
  } state_e;
  typedef struct packed { logic valid; } req_t;
  localparam int unsigned Depth = 4;
  function automatic int log2(int x);
    return x;
  endfunction
endpackage
`define BUS_ASSERT(x) \\
  assert (x)
"""
UNIT = """\
module unit #(
  parameter W = 8
) (
  input  logic         go_i,
  output logic [W-1:0] sum_o
);
  typedef logic hidden_t;
endmodule
"""
TOP = """\
module top;
  // one comment
  logic go;
  localparam Own = 1;
  bus_pkg::req_t req;
  state_e state = IDLE;
  unit #(.W(Depth)) u_unit (
    .go_i (go),
    .sum_o(log2(Own))
  );
  `BUS_ASSERT(go)
  hidden_t nothing;
  unit #(.W(2)) u_again (.go_i(go), .sum_o());
endmodule
"""


def table(**files):
    texts = {"pkg.sv": PACKAGE, "unit.sv": UNIT, "top.sv": TOP, **files}
    return DefinitionTable([RtlFile(path, text) for path, text in texts.items()])


class Definitions(unittest.TestCase):
    def gold(self, line):
        made = table()
        return {(gold.name, gold.sites[0].kind, gold.sites[0].span.start_line) for gold in made.gold_of_line(made.files["top.sv"], line)}

    def test_names_of_packages_are_found_where_they_are_declared(self):
        self.assertEqual(self.gold(5), {("bus_pkg", "package", 1), ("req_t", "typedef", 6)})
        self.assertEqual(self.gold(6), {("state_e", "typedef", 2), ("IDLE", "member", 3)})

    def test_connections_and_overrides_mean_the_ports_of_the_instance_that_is_open(self):
        self.assertEqual(self.gold(7), {("unit", "module", 1), ("W", "port", 2), ("Depth", "parameter", 7)})
        self.assertEqual(self.gold(8), {("go_i", "port", 4)})
        self.assertEqual(self.gold(9), {("sum_o", "port", 5), ("log2", "function", 8)})

    def test_macros_are_found_by_their_mark(self):
        self.assertEqual(self.gold(11), {("BUS_ASSERT", "macro", 12)})

    def test_own_names_and_names_hidden_in_modules_are_no_gold(self):
        self.assertEqual(self.gold(4), set())
        self.assertEqual(self.gold(12), set())

    def test_a_name_with_too_many_meanings_is_no_gold(self):
        many = {f"m{i}.sv": UNIT for i in range(5)}
        made = table(**many)
        self.assertEqual([gold.name for gold in made.gold_of_line(made.files["top.sv"], 8)], [])


class Samples(unittest.TestCase):
    def samples(self, **keywords):
        return {sample.line: sample for sample in build_samples(table(), 50, 1, **keywords) if sample.path == "top.sv"}

    def test_settings_follow_from_what_the_prefix_has_used(self):
        settings = {line: sample.setting for line, sample in self.samples().items()}
        self.assertEqual(settings[6], "cross-file-first")
        self.assertEqual(settings[13], "cross-file-random")
        self.assertEqual(settings[12], "in-file")

    def test_gold_of_a_first_use_leaves_out_what_the_prefix_has(self):
        self.assertEqual([gold.name for gold in self.samples()[7].gold], ["unit", "W", "Depth"])

    def test_container_is_named_by_an_open_instance_but_not_by_itself(self):
        self.assertTrue(self.samples()[8].container_is_named)
        self.assertFalse(self.samples()[7].container_is_named)

    def test_time_split_takes_only_lines_that_were_added(self):
        later = {"top.sv": RtlFile("top.sv", TOP)}
        self.assertEqual(set(self.samples(texts=later, lines={"top.sv": {8, 9}})), {8, 9})


class Contexts(unittest.TestCase):
    def test_tokens_are_counted_as_fanin_counts(self):
        # 5 letters, 3 digits, an underscore, a mark, a line with its indentation, a run of blanks: one each.
        self.assertEqual(estimate_tokens("clock_i <= 1234;"), 1 + 1 + 1 + 2 + 2 + 1)
        self.assertEqual(estimate_tokens("a\n    b"), 3)
        self.assertEqual(estimate_tokens("a   b"), 3)

    def test_packing_never_exceeds_the_budget_and_passes_over_what_does_not_fit(self):
        small, large = Passage("a", 1, 1, "x;"), Passage("b", 1, 1, "y;" * 100)
        self.assertEqual(pack([large, small], 10), [small])
        cut = pack_files([RtlFile("a.v", "x;\n" * 10)], 10)
        self.assertEqual((cut[0].start_line, cut[0].end_line, cut[0].text), (1, 3, "x;\n" * 3))

    def test_score_is_of_gold_lines_shown(self):
        made = table()
        sample = Sample("cross-file-first", "top.sv", 6, "", "state_e state = IDLE;", tuple(made.gold_of_line(made.files["top.sv"], 6)))
        scores = score_context(sample, [Passage("unit.sv", 1, 1, "module unit #("), Passage("pkg.sv", 2, 2, "  typedef enum {")])
        self.assertEqual((scores["recall"], scores["reciprocal_rank"]), (0.5, 0.5))
        self.assertEqual(score_context(sample, [])["recall"], 0)
        everything = score_context(sample, [Passage("pkg.sv", 1, 14, PACKAGE)])
        self.assertEqual(everything["recall"], 1)
        self.assertAlmostEqual(everything["covered"], 2 / 3)


    def test_lines_left_out_of_a_passage_are_not_shown(self):
        made = table()
        sample = Sample("cross-file-first", "top.sv", 6, "", "state_e state = IDLE;", tuple(made.gold_of_line(made.files["top.sv"], 6)))
        text = "package bus_pkg;\n// ... 1 line\n    IDLE,\n"
        elided = Passage("pkg.sv", 1, 3, text, shown=((1, 1), (3, 3)))
        self.assertEqual(list(elided.numbered_lines()), [(1, "package bus_pkg;\n"), (3, "    IDLE,\n")])
        self.assertEqual(score_context(sample, [elided])["recall"], 0.5)


class CopiedLines(unittest.TestCase):
    def test_the_line_after_the_likest_lines_is_copied_and_renamed(self):
        prefix = "module top;\n  logic rd_ptr, rd_en;\n  always @(posedge clk) begin\n    if (rd_en) rd_ptr <= rd_ptr + 1;\n"
        block = "  always @(posedge clk) begin\n    if (wr_en) wr_ptr <= wr_ptr + 1;\n    else wr_ptr <= other;\n  end\n"
        self.assertEqual(predict_line(prefix, [Passage("a.v", 1, 4, block)]).strip(), "else rd_ptr <= other;")

    def test_the_file_itself_is_a_source_and_nothing_alike_gives_nothing(self):
        self.assertEqual(predict_line("a <= b;\nc <= d;\nx;\na <= b;\n", []), "c <= d;")
        self.assertEqual(predict_line("", []), "")
        self.assertEqual(predict_line("alpha\n", [Passage("a.v", 1, 2, "1;\n2;\n")]), "")


class Prompts(unittest.TestCase):
    def sample(self, prefix):
        return Sample("in-file", "rtl/top.v", 3, prefix, "", ())

    def test_layout_is_that_of_rtl_repo(self):
        prompt = build_prompt("soc", [Passage("a.v", 1, 1, "wire a;")], self.sample("module top;\nwire b;\n"), 1000)
        self.assertEqual(prompt, "// Repo Name: soc\n// Path: a.v\nwire a;\n\n// Path: rtl/top.v\nmodule top;\nwire b;\n")

    def test_long_prompts_lose_snippets_from_their_end_first_then_the_start_of_the_prefix(self):
        context = [Passage("a.v", 1, 9, "wire first;\n" + "wire more;\n" * 200)]
        prompt = build_prompt("soc", context, self.sample("module top;\n"), 300)
        self.assertLessEqual(estimate_tokens(prompt), 300)
        self.assertIn("wire first;", prompt)
        self.assertTrue(prompt.endswith("// Path: rtl/top.v\nmodule top;\n"))
        prompt = build_prompt("soc", [], self.sample("wire first;\n" + "wire more;\n" * 200 + "wire last;\n"), 300)
        self.assertLessEqual(estimate_tokens(prompt), 300)
        self.assertNotIn("first", prompt)
        self.assertTrue(prompt.endswith("wire last;\n"))

    def test_prediction_is_the_first_line_of_code(self):
        self.assertEqual(first_code_line("\n// why\n  q <= d;\nmore"), "  q <= d;")
        self.assertEqual(first_code_line("// only\n// this\n"), "// this")
        self.assertEqual(first_code_line(""), "")


class FakeEndpoint:
    """Answers each completion with the same line, and after `fail_after` requests with an error."""

    def __init__(self):
        self.prompts = []
        self.fail_after = None
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                failing = endpoint.fail_after is not None and len(endpoint.prompts) >= endpoint.fail_after
                if not failing:
                    endpoint.prompts.append(body["prompt"])
                answer = json.dumps({"choices": [{"text": "assign a = b;\n"}]}).encode()
                self.send_response(500 if failing else 200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class EndToEnd(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="fanin_eval_")
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)

    def run_completion(self, *arguments, sources=(f"mailbox={support.CORPORA / 'mailbox'}",), code=0):
        places = ["--work", f"{self.root}/work", "--out", f"{self.root}/out"]
        self.assertEqual(main(["completion", *places, "--no-embed", "--seed", "1", *arguments, *sources]), code)

    def rows(self, name):
        head, *rows = [json.loads(line) for line in (self.root / "out" / name).read_text().splitlines()]
        return head, rows

    def test_contexts_stay_within_their_budget_and_the_oracle_is_the_bound(self):
        self.run_completion("--per-setting", "5")
        _, rows = self.rows("completion-mailbox.jsonl")
        self.assertGreater(len(rows), 0)
        recall = {}
        for row in rows:
            self.assertLessEqual(row["tokens"], row["budget"], row)
            self.assertEqual(row["recall"] is None, row["setting"] == "in-file")
            if row["recall"] is not None:
                recall.setdefault(row["method"], []).append(row["recall"])
            self.assertEqual("es" in row, row["budget"] == 2048)
        self.assertEqual(set(recall["none"]), {0})
        for values in recall.values():
            self.assertLessEqual(sum(values), sum(recall["oracle"]))
        self.assertGreater(sum(recall["Fanin"]), 0)

    def test_interrupted_predictions_resume_where_they_stopped(self):
        with FakeEndpoint() as endpoint:
            arguments = ("--per-setting", "1", "--endpoint", endpoint.url, "--model", "fake")
            endpoint.fail_after = 4
            self.run_completion(*arguments, code=3)
            self.assertEqual(len(endpoint.prompts), 4)
            endpoint.fail_after = None
            self.run_completion(*arguments)
            head, rows = self.rows("model-mailbox.jsonl")
            self.assertEqual(len(endpoint.prompts), len(rows))
            self.assertEqual(len({(row["sample"], row["method"]) for row in rows}), len(rows))
            self.assertTrue(all(prompt.startswith("// Repo Name: mailbox\n") for prompt in endpoint.prompts))
            self.assertTrue(all(row["generated"] == "assign a = b;" for row in rows))
            self.run_completion(*arguments)
            self.assertEqual(len(endpoint.prompts), len(rows))

    def git(self, *arguments):
        identity = ["-c", "user.name=t", "-c", "user.email=t@t", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", "-C", self.root / "repo", *identity, *arguments], check=True, capture_output=True)

    def test_time_split_indexes_the_older_commit_and_completes_what_was_added(self):
        repo = self.root / "repo"
        repo.mkdir()
        self.git("init", "-q")
        for name, text in (("pkg.sv", PACKAGE), ("unit.sv", UNIT), ("top.sv", "\n".join(TOP.split("\n")[:6] + ["endmodule\n"]))):
            (repo / name).write_text(text)
        self.git("add", ".")
        self.git("commit", "-qm", "older")
        self.git("tag", "older")
        (repo / "top.sv").write_text(TOP)
        self.git("commit", "-qam", "newer")
        changed = changed_lines(Source("repo", repo), "older", "HEAD")
        self.assertEqual(set(changed), {"top.sv"})
        self.assertEqual(changed["top.sv"].new, frozenset(range(7, 14)))
        self.assertEqual(changed["top.sv"].old, frozenset({6}))
        self.run_completion("--since", "older", sources=(f"repo={repo}@HEAD",))
        head, rows = self.rows("completion-repo.jsonl")
        self.assertEqual(head["since"], "older")
        self.assertEqual({int(row["sample"].rsplit(":")[-1]) for row in rows}, {7, 8, 9, 11, 12, 13})


if __name__ == "__main__":
    unittest.main()
