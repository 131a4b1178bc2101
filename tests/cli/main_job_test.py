"""The main job from the command line: index, search, trace, tree, show, context, status, doctor, repo."""

import harness
from harness import BAD_DATA, NOTHING_FOUND, USAGE


class Index(harness.FaninTest):
    def test_summary_says_what_was_found_and_what_was_not(self):
        outcome = self.index()
        self.assert_names(outcome.out, "mailbox: repositories/mailbox/snapshots/1", "6 (6 parsed", "3 module", "5 instance")
        self.assert_names(outcome.out, "tech_clock_gate (definition, 1x)")
        self.assert_names(outcome.err, "parse", "embeddings")

    def test_progress_is_plain_lines_without_a_terminal(self):
        err = self.index().err
        self.assertNotIn("\r", err)
        self.assertNotIn("\x1b", err)

    def test_quiet_prints_no_progress(self):
        self.assertEqual(self.index("--quiet").err, "")

    def test_unchanged_files_are_not_parsed_again(self):
        self.index()
        self.assert_names(self.index().out, "up to date", "6 (0 parsed, 6 unchanged)")
        self.write("doc/note.md", "# Note\n")
        self.assert_names(self.index().out, "7 (1 parsed, 6 unchanged)", "snapshots/2")

    def test_json_is_the_finished_job(self):
        job = self.index("--json").json["job"]
        self.assertEqual(job["state"], "STATE_SUCCEEDED")
        self.assertEqual(job["summary"]["files"], 6)
        self.assertEqual(job["summary"]["nodes"]["module"], 3)

    def test_name_comes_from_the_folder_or_the_flag(self):
        odd = self.folder / "My SoC (v2)"
        self.rtl.rename(odd)
        self.assert_names(self.run_fanin("index", odd, "--no-embed").out, "my-soc--v2: repositories/my-soc--v2/")
        self.assert_names(self.run_fanin("index", odd, "--no-embed", "--name", "soc").out, "soc: repositories/soc/")

    def test_a_name_belongs_to_one_folder(self):
        self.index()
        other = self.folder / "other"
        self.rtl.rename(other)
        outcome = self.run_fanin("index", other, "--name", "mailbox", code=USAGE)
        self.assert_names(outcome.err, self.rtl, "--name", "fanin repo delete mailbox")


class Designs(harness.FaninTest):
    def test_a_top_is_elaborated_and_listed(self):
        outcome = self.index("--top", "mailbox")
        self.assert_names(outcome.out, "snapshots/2", "mailbox: 3 definitions elaborated", "not defined: tech_clock_gate")
        self.assert_names(self.run_fanin("status").out, "mailbox: 3 definitions elaborated")
        tree = self.run_fanin("tree", "mailbox", "--parameters")
        self.assert_names(tree.out, "u_a_to_b: gray_fifo #(LOG2=3, WIDTH=34)", "u_gate: tech_clock_gate")
        self.assert_names(tree.err, "elaborated design mailbox")
        written = self.run_fanin("tree", "mailbox", "--parameters", "--design", "-")
        self.assert_names(written.out, "WIDTH=$bits(msg_t)*")

    def test_what_does_not_elaborate_is_named_and_the_rest_is_there(self):
        (self.rtl / "rtl/mailbox_pkg.sv").unlink()
        outcome = self.index("--top", "mailbox")
        self.assert_names(outcome.out, "mailbox: 2 definitions elaborated", "mailbox left on syntax: rtl/mailbox.sv:")
        self.assert_names(outcome.out, "mailbox_pkg")


class Search(harness.FaninTest):
    def setUp(self):
        super().setUp()
        self.index("--quiet")

    def test_structure_finds_the_one_block(self):
        results = self.run_fanin("search", "kind:always drives:wr_ptr_gray", "--json").json["results"]
        self.assertEqual(len(results), 1)
        node = results[0]["node"]
        self.assertEqual((node["kind"], node["path"]), ("always", "rtl/gray_fifo.v"))
        self.assertEqual((node["startLine"], node["endLine"]), (35, 43))
        self.assertGreater(results[0]["score"], 0)
        self.assertTrue(results[0]["reasons"])

    def test_answer_begins_with_a_place_that_a_terminal_opens(self):
        outcome = self.run_fanin("search", "kind:always drives:wr_ptr_gray", cwd=self.folder)
        self.assertTrue(outcome.out.startswith("mailbox/rtl/gray_fifo.v:"), outcome)
        self.assert_names(outcome.out, "35 │   always @(posedge wr_clk or negedge wr_rst_n) begin")
        outcome = self.run_fanin("search", "kind:always drives:wr_ptr_gray", cwd=self.rtl / "rtl")
        self.assertTrue(outcome.out.startswith("gray_fifo.v:"), outcome)
        elsewhere = self.data
        outcome = self.run_fanin("search", "kind:always drives:wr_ptr_gray", cwd=elsewhere)
        self.assertTrue(outcome.out.startswith(f"{self.rtl}/rtl/gray_fifo.v:"), outcome)

    def test_words_need_no_quotes_and_rank_the_fifo_first(self):
        outcome = self.run_fanin("search", "gray", "coded", "write", "pointer", "--json")
        self.assertEqual(outcome.json["results"][0]["node"]["path"], "rtl/gray_fifo.v")

    def test_explain_shows_plan_and_addends(self):
        outcome = self.run_fanin("search", "gray pointer kind:always", "--explain")
        self.assert_names(outcome.out, "plan: ", " x ")
        answer = self.run_fanin("search", "gray pointer kind:always", "--explain", "--json").json
        for result in answer["results"]:
            self.assertAlmostEqual(result["score"], sum(signal["contribution"] for signal in result["signals"]), places=5)

    def test_limit_is_kept_and_said(self):
        outcome = self.run_fanin("search", "pointer", "--limit", 1, "--json")
        self.assertEqual(len(outcome.json["results"]), 1)
        self.assertTrue(outcome.json["truncated"])
        self.assert_names(self.run_fanin("search", "pointer", "--limit", 1).err, "1 result", "--limit")

    def test_nothing_found_is_exit_code_1(self):
        outcome = self.run_fanin("search", "name:no_such_thing", code=NOTHING_FOUND)
        self.assertEqual(outcome.out, "")
        self.assertEqual(self.run_fanin("search", "name:no_such_thing", "--json", code=NOTHING_FOUND).json["results"], [])

    def test_without_embeddings_the_answer_says_what_it_lacks(self):
        self.assert_names(self.run_fanin("search", "pointer").err, "embeddings")


class Trace(harness.FaninTest):
    def setUp(self):
        super().setUp()
        self.index("--quiet")

    def test_tree_shows_the_way_through_instances(self):
        out = self.run_fanin("trace", "fanin", "gray_fifo.full", "--depth", 6).out
        self.assertTrue(out.startswith("mailbox/rtl/gray_fifo.v:13  "), out)
        self.assert_names(out, "gray_fifo.wr_ptr_gray", "gray_fifo.u_sync_rd.meta", "gray_fifo.rd_ptr_gray", "register")

    def test_stop_at_ports_stays_in_the_module(self):
        out = self.run_fanin("trace", "fanin", "gray_fifo.full", "--stop", "port").out
        self.assertNotIn("sync_2ff", out)

    def test_json_and_dot_have_the_same_signals(self):
        arguments = ("trace", "fanout", "gray_fifo.wr_en", "--depth", 3)
        steps = self.run_fanin(*arguments, "--format", "json").json["steps"]
        self.assertEqual(steps, self.run_fanin(*arguments, "--json").json["steps"])
        dot = self.run_fanin(*arguments, "--format", "dot").out
        self.assertTrue(dot.startswith("digraph"), dot)
        for step in steps:
            self.assertIn(f'label="{step["node"]["qualifiedName"]}"', dot)

    def test_an_ambiguous_name_lists_candidates_with_ids(self):
        self.write("rtl/other.v", "module other(input wire d, output wire meta);\n  assign meta = d;\nendmodule\n")
        self.index("--quiet")
        outcome = self.run_fanin("trace", "fanin", "meta", code=USAGE)
        lines = outcome.out.splitlines()
        self.assertEqual(len(lines), 2, outcome)
        for line in lines:
            chosen = line.split()[-1]
            self.assertRegex(chosen, "^[0-9a-f]{32}$")
            self.assert_names(self.run_fanin("trace", "fanin", chosen).out, "meta")

    def test_an_unknown_name_is_exit_code_1_with_a_suggestion(self):
        outcome = self.run_fanin("trace", "fanin", "gray_fifo.wr_pointer", code=NOTHING_FOUND)
        self.assert_names(outcome.err, "wr_pointer", "wr_ptr")

    def test_a_wrong_direction_is_usage(self):
        self.run_fanin("trace", "sideways", "gray_fifo.full", code=USAGE)


class Tree(harness.FaninTest):
    def setUp(self):
        super().setUp()
        self.index("--quiet")

    def test_tree_of_the_top(self):
        out = self.run_fanin("tree", "mailbox").out
        names = [line.split("  ", 1)[1].strip() for line in out.splitlines()]
        self.assertEqual(
            names,
            [
                "mailbox",
                "├─ u_a_to_b: gray_fifo",
                "│  ├─ u_sync_wr: sync_2ff",
                "│  └─ u_sync_rd: sync_2ff",
                "├─ u_b_to_a: gray_fifo",
                "│  ├─ u_sync_wr: sync_2ff",
                "│  └─ u_sync_rd: sync_2ff",
                "└─ u_gate: tech_clock_gate  not in this repository",
            ],
        )

    def test_without_a_name_all_tops(self):
        self.assertEqual(self.run_fanin("tree").out, self.run_fanin("tree", "mailbox").out)

    def test_depth_is_kept(self):
        self.assertNotIn("u_sync_wr", self.run_fanin("tree", "mailbox", "--depth", 1).out)

    def test_an_unknown_module_is_exit_code_1(self):
        self.assert_names(self.run_fanin("tree", "mailbux", code=NOTHING_FOUND).err, "mailbux", "mailbox")


class Show(harness.FaninTest):
    def setUp(self):
        super().setUp()
        self.index("--quiet")

    def test_by_name(self):
        out = self.run_fanin("show", "gray_fifo.wr_ptr_gray").out
        self.assert_names(out, "mailbox/rtl/gray_fifo.v:23  signal gray_fifo.wr_ptr_gray", "inside", "module gray_fifo")
        self.assert_names(out, "23 │   reg [LOG2:0] wr_ptr_gray;", "← drives")

    def test_by_place_seen_from_here_or_from_the_root(self):
        here = self.run_fanin("show", "mailbox/rtl/sync_2ff.v:14").out
        self.assert_names(here, "sync_2ff")
        self.assertEqual(here, self.run_fanin("show", "rtl/sync_2ff.v:14").out)

    def test_by_id(self):
        node = self.run_fanin("show", "gray_fifo", "--json").json["node"]
        by_id = self.run_fanin("show", node["resourceName"], "--json").json["node"]
        self.assertEqual(node, by_id)

    def test_an_unknown_name_is_exit_code_1(self):
        self.assert_names(self.run_fanin("show", "no_such_thing", code=NOTHING_FOUND).err, "no_such_thing")


class Context(harness.FaninTest):
    def setUp(self):
        super().setUp()
        self.index("--quiet")

    def line_of(self, path, text):
        lines = (self.rtl / path).read_text().splitlines()
        return next(number for number, line in enumerate(lines, 1) if text in line)

    def test_snippets_define_what_the_cursor_needs(self):
        line = self.line_of("rtl/mailbox.sv", ".wr_clk  (b_clk_gated)")
        outcome = self.run_fanin("context", "complete", f"mailbox/rtl/mailbox.sv:{line}", "--budget", 2000)
        self.assert_names(outcome.out, "mailbox/rtl/gray_fifo.v:", "input  wire             rd_rst_n,")
        self.assert_names(outcome.err, "of 2,000 tokens")

    def test_path_may_be_seen_from_the_root(self):
        self.run_fanin("context", "complete", "rtl/mailbox.sv:40")

    def test_nothing_after_the_cursor_leaks(self):
        line = self.line_of("rtl/gray_fifo.v", "The read pointer, likewise")
        answer = self.run_fanin("context", "complete", f"mailbox/rtl/gray_fifo.v:{line}", "--json", "--budget", 4000).json
        for snippet in answer["snippets"]:
            if snippet["path"] == "rtl/gray_fifo.v":
                self.assertLess(snippet["range"]["endLine"], line)

    def test_dirty_text_from_a_file_or_from_standard_input(self):
        dirty = "module fresh(input wire c);\n  sync_2ff u_sync (\n    .clk(c),\n    \n"
        buffer = self.folder / "buffer.txt"
        buffer.write_text(dirty)
        position = "rtl/fresh.v:4"
        by_file = self.run_fanin("context", "complete", position, "--repo", "mailbox", "--overlay", buffer).out
        self.assert_names(by_file, "module sync_2ff #(")
        by_stdin = self.run_fanin("context", "complete", position, "--repo", "mailbox", "--stdin", stdin=dirty).out
        self.assertEqual(by_file, by_stdin)

    def test_prompt_ends_at_the_cursor(self):
        dirty = "module fresh(input wire c);\n  sync_2ff u_sync (\n    .clk(c), .r\n"
        outcome = self.run_fanin(
            "context", "complete", "rtl/fresh.v:3:16", "--repo", "mailbox", "--stdin", "--format", "prompt", stdin=dirty
        )
        self.assertTrue(outcome.out.endswith("// rtl/fresh.v\n" + dirty[:-1]), outcome)
        self.assert_names(outcome.out, "// rtl/sync_2ff.v:", "module sync_2ff #(")

    def test_disk_text_wins_over_the_index(self):
        file = self.rtl / "rtl/sync_2ff.v"
        file.write_text("\n" * 100 + file.read_text())
        self.run_fanin("context", "complete", "mailbox/rtl/sync_2ff.v:110", "--budget", 2000)


class Administration(harness.FaninTest):
    def test_status_lists_repositories(self):
        self.index("--quiet")
        self.assert_names(self.run_fanin("status").out, "mailbox", str(self.rtl), "6 files", "snapshot 1")
        status = self.run_fanin("status", "--json").json
        self.assertEqual(status["repositories"][0]["latestSnapshot"]["files"], 6)

    def test_doctor_finds_whole_data_well(self):
        self.index("--quiet")
        self.assert_names(self.run_fanin("doctor").out, "all is well")

    def test_repo_list_and_delete(self):
        self.index("--quiet")
        self.assert_names(self.run_fanin("repo", "list").out, "mailbox")
        self.run_fanin("repo", "delete", "mailbox")
        self.run_fanin("repo", "list", code=NOTHING_FOUND)
        self.run_fanin("repo", "delete", "mailbox", code=BAD_DATA)
        self.assertTrue((self.rtl / "README.md").exists())

    def test_two_repositories_are_searched_together_or_apart(self):
        self.index("--quiet")
        other = self.folder / "copy"
        (other / "rtl").mkdir(parents=True)
        (other / "rtl/counter.v").write_text("module counter(input wire clk, output reg [3:0] ticks);\n"
                                             "  always @(posedge clk) ticks <= ticks + 1;\nendmodule\n")
        self.run_fanin("index", other, "--name", "copy", "--no-embed", "--quiet")
        both = self.run_fanin("search", "kind:always", "--json", "--limit", 50).json
        self.assertEqual(len(both["snapshots"]), 2)
        paths = {result["node"]["path"] for result in both["results"]}
        self.assertTrue({"rtl/counter.v", "rtl/gray_fifo.v"} <= paths, paths)
        one = self.run_fanin("search", "kind:always", "--json", "--repo", "copy").json
        self.assertEqual({result["node"]["path"] for result in one["results"]}, {"rtl/counter.v"})
        self.assert_names(self.run_fanin("trace", "fanin", "counter.ticks").out, "copy/rtl/counter.v")

    def test_help_names_every_command_and_the_exit_codes(self):
        out = self.run_fanin("--help").out
        for command in ("index", "search", "trace", "tree", "show", "context", "status", "doctor", "repo", "serve"):
            self.assert_names(out, command)
            self.assert_names(self.run_fanin(command, "--help").out, "--help")
        self.assert_names(out, "Exit codes", "--data-dir", "--server")

    def test_no_command_or_an_unknown_one_is_usage(self):
        self.run_fanin(code=USAGE)
        self.run_fanin("frobnicate", code=USAGE)
        self.run_fanin("search", code=USAGE)
        self.run_fanin("search", "x", "--limit", "0", code=USAGE)


if __name__ == "__main__":
    harness.main()
