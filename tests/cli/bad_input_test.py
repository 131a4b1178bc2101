"""Bad input: each has a clear error that names the thing and the fix, and nothing is lost."""

import os

import harness
from harness import BAD_DATA, UNREACHABLE, USAGE, Server


class Folder(harness.FaninTest):
    def test_a_path_that_does_not_exist(self):
        outcome = self.run_fanin("index", self.folder / "nowhere", code=BAD_DATA)
        self.assert_names(outcome.err, self.folder / "nowhere", "No such file")

    def test_a_file_is_no_folder(self):
        outcome = self.run_fanin("index", self.rtl / "README.md", code=BAD_DATA)
        self.assert_names(outcome.err, "README.md", "folder")

    def test_a_folder_without_hdl(self):
        empty = self.folder / "empty"
        empty.mkdir()
        (empty / "notes.txt").write_text("nothing\n")
        outcome = self.run_fanin("index", empty, code=BAD_DATA)
        self.assert_names(outcome.err, empty, ".sv")

    def test_a_name_that_is_none(self):
        self.assert_names(self.index("--name", "Not A Name", code=USAGE).err, "Not A Name", "1 to 63 of a-z")

    def test_a_file_list_that_is_missing(self):
        self.assert_names(self.index("--filelist", "missing.f", code=USAGE).err, "missing.f")

    def test_a_define_that_is_none(self):
        self.assert_names(self.index("--define", "=1", code=USAGE).err, "=1")


class Files(harness.FaninTest):
    """A file that fails costs itself only, and the summary names it with its reason."""

    def index_with(self, lost):
        summary = self.index("--json").json["job"]["summary"]
        self.assertEqual([entry["path"] for entry in summary["lostFiles"]], lost)
        for entry in summary["lostFiles"]:
            self.assertTrue(entry["reason"])
        self.assertEqual(summary["nodes"]["module"], 3 + summary["files"] - 6)
        return summary

    def test_a_binary_file(self):
        (self.rtl / "rtl/blob.v").write_bytes(bytes(range(256)) * 64)
        self.index_with(["rtl/blob.v"])
        self.assert_names(self.run_fanin("status").out, "rtl/blob.v")

    def test_parse_errors_are_named_with_their_place(self):
        for i in range(12):
            self.write(f"rtl/broken{i:02}.v", f"module broken{i}(input wire a);\n  assign = a;\nendmodule\n")
        outcome = self.index()
        self.assert_names(outcome.out, "12 files with parse errors", "rtl/broken00.v:2: expected", "and 2 more; --json lists all")
        self.assertNotIn("rtl/broken10.v", outcome.out)
        problems = self.index("--json").json["job"]["summary"]["parseProblems"]
        self.assertEqual([problem["path"] for problem in problems], [f"rtl/broken{i:02}.v" for i in range(12)])
        self.assertEqual({problem["line"] for problem in problems}, {2})
        self.assert_names(self.run_fanin("status").out, "12 files with parse errors", "rtl/broken09.v:2: expected")

    def test_latin_1_comments_do_not_lose_a_file(self):
        self.write("rtl/gruss.v", "// Gr\u00fc\u00dfe\nmodule gruss(input wire a, output wire b);\n  assign b = a;\nendmodule\n", "latin-1")
        self.index_with([])
        answer = self.run_fanin("show", "gruss", "--json").json
        self.assertEqual(answer["node"]["name"], "gruss")

    def test_one_line_of_50_megabytes(self):
        self.write("rtl/long.v", "module long; wire a" + ", a" * (50 << 20 >> 2) + "; endmodule\n")
        summary = self.index_with(["rtl/long.v"])
        self.assert_names(summary["lostFiles"][0]["reason"], "bytes")

    def test_ten_thousand_nested_parentheses_and_begins(self):
        self.write("rtl/parens.v", "module parens(output wire a);\n  assign a = " + "(" * 10_000 + "1" + ")" * 10_000 + ";\nendmodule\n")
        self.write("rtl/begins.v", "module begins;\n  initial " + "begin " * 10_000 + "end " * 10_000 + "\nendmodule\n")
        self.index_with(["rtl/begins.v", "rtl/parens.v"])

    def test_includes_in_a_circle_and_macros_of_themselves(self):
        self.write("rtl/a.svh", '`include "b.svh"\n')
        self.write("rtl/b.svh", '`include "a.svh"\n')
        self.write("rtl/circle.sv", '`include "a.svh"\n`define LOOP `LOOP\n`define PING `PONG\n`define PONG `PING\n'
                   "module circle(output wire a);\n  assign a = `LOOP;\n  wire b = `PING;\nendmodule\n")
        summary = self.index("--json").json["job"]["summary"]
        self.assertEqual(summary["lostFiles"], [])
        self.assertEqual(summary["nodes"]["module"], 4)

    def test_links_in_a_circle_and_out_of_the_root(self):
        (self.rtl / "rtl/loop").symlink_to(self.rtl)
        secret = self.folder / "secret.v"
        secret.write_text("module secret; endmodule\n")
        (self.rtl / "rtl/out.v").symlink_to(secret)
        (self.rtl / "rtl/dangling.v").symlink_to(self.folder / "nowhere.v")
        summary = self.index("--json").json["job"]["summary"]
        self.assertEqual(summary["files"], 6)
        self.assert_names(str(summary["lostFiles"]), "rtl/loop", "rtl/out.v")

    def test_a_fifo_is_never_opened(self):
        os.mkfifo(self.rtl / "rtl/pipe.v")
        self.index()


class DataDirectory(harness.FaninTest):
    def test_in_use_by_another_process(self):
        self.index("--quiet")
        with Server(self) as server:
            for arguments in (("index", self.rtl), ("search", "pointer"), ("status",)):
                outcome = self.run_fanin(*arguments, code=BAD_DATA)
                self.assert_names(outcome.err, str(server.process.pid), "--server")

    def test_read_only_still_answers_and_says_why_it_cannot_write(self):
        self.index("--quiet")
        read_only = {"LD_PRELOAD": os.environ["FANIN_FAULT_PRELOAD"], "FANIN_FAULT": f"erofs:{self.data}"}
        self.assertTrue(self.run_fanin("search", "pointer", "--json", env=read_only).json["results"])
        self.run_fanin("doctor", env=read_only)
        outcome = self.index(env=read_only, code=BAD_DATA)
        self.assert_names(outcome.err, self.data, "Read-only")

    def test_a_folder_that_holds_other_things(self):
        self.data.mkdir()
        (self.data / "thesis.tex").write_text("years of work\n")
        self.index(code=BAD_DATA)
        self.assertEqual((self.data / "thesis.tex").read_text(), "years of work\n")

    def test_a_full_disk_leaves_the_old_snapshot(self):
        self.index("--quiet")
        for number in range(40):
            self.write(f"rtl/m{number}.v", f"module m{number}(input wire a, output wire b);\n  assign b = a;\nendmodule\n" * 20)
        for limit in (0, 1000, 20_000, 100_000):
            full = {"LD_PRELOAD": os.environ["FANIN_FAULT_PRELOAD"], "FANIN_FAULT": f"enospc:{limit}:{self.data}"}
            outcome = self.index(env=full, code=BAD_DATA)
            self.assert_names(outcome.err, "No space left on device")
            status = self.run_fanin("status", "--json").json
            self.assertEqual(status["repositories"][0]["latestSnapshot"]["name"], "repositories/mailbox/snapshots/1")
            self.run_fanin("doctor")
        self.assert_names(self.index().out, "46 (")

    def test_none_yet(self):
        for arguments in (("search", "x"), ("status",), ("trace", "fanin", "x")):
            self.assert_names(self.run_fanin(*arguments, code=BAD_DATA).err, self.data, "index")


class Questions(harness.FaninTest):
    def setUp(self):
        super().setUp()
        self.index("--quiet")

    def test_query_syntax_is_marked_at_its_position(self):
        err = self.run_fanin("search", "pointer kind:", code=USAGE).err
        lines = err.splitlines()
        marked = next(i for i, line in enumerate(lines) if line.strip().startswith("^"))
        self.assertEqual(lines[marked - 1].lstrip(), "pointer kind:", err)
        self.assertEqual(lines[marked].index("^") - lines[marked - 1].index("pointer"), len("pointer "), err)
        self.run_fanin("search", "/(unclosed/", code=USAGE)
        self.run_fanin("search", "kind:modul", code=USAGE)

    def test_an_unknown_repository_names_those_that_exist(self):
        for arguments in (("search", "x"), ("trace", "fanin", "full"), ("tree",), ("show", "x"), ("context", "complete", "a.v:1")):
            self.assert_names(self.run_fanin(*arguments, "--repo", "mailbax", code=BAD_DATA).err, "mailbax", "mailbox")

    def test_a_budget_of_zero(self):
        outcome = self.run_fanin("context", "complete", "rtl/mailbox.sv:1", "--budget", 0, code=USAGE)
        self.assert_names(outcome.err, "budget", "at least 1")

    def test_a_line_past_the_end(self):
        for arguments in (("context", "complete", "rtl/mailbox.sv:9999"), ("show", "rtl/mailbox.sv:9999")):
            self.assert_names(self.run_fanin(*arguments, code=USAGE).err, "9999", "rtl/mailbox.sv", "past the end")

    def test_a_position_without_a_line(self):
        self.assert_names(self.run_fanin("context", "complete", "rtl/mailbox.sv", code=USAGE).err, "FILE:LINE")

    def test_a_file_that_no_repository_has(self):
        outcome = self.run_fanin("context", "complete", "rtl/nothing.v:1", code=BAD_DATA)
        self.assert_names(outcome.err, "rtl/nothing.v")


class ServerDown(harness.FaninTest):
    def test_is_exit_code_4_for_every_command(self):
        for arguments in (("search", "x"), ("status",), ("index", self.rtl), ("trace", "fanin", "x"), ("repo", "list")):
            outcome = self.run_fanin(*arguments, "--server", "127.0.0.1:1", code=UNREACHABLE)
            self.assert_names(outcome.err, "127.0.0.1:1", "fanin serve")

    def test_a_listen_address_that_cannot_be_had(self):
        with Server(self) as server:
            outcome = self.run_fanin("serve", "--listen", server.address, "--data-dir", self.folder / "other", code=BAD_DATA)
            self.assert_names(outcome.err, server.address)


if __name__ == "__main__":
    harness.main()
