"""`fanin watch`, snapshots of commits, and `fanin diff`."""

import json
import signal
import subprocess

import harness
from harness import BAD_DATA, BINARY, NOTHING_FOUND, USAGE, Server


class Watch:
    """`fanin watch` as a process, for a `with` statement; ends it as a user does and checks that it ended well."""

    def __init__(self, test, *arguments, stop=signal.SIGINT):
        self.test = test
        self.arguments = arguments
        self.stop = stop

    def __enter__(self):
        self.process = subprocess.Popen(
            [BINARY, "watch", str(self.test.rtl), "--no-embed", *map(str, self.arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.test.environment(),
        )
        return self

    def line(self):
        return self.process.stdout.readline()

    def __exit__(self, *_):
        self.process.send_signal(self.stop)
        _, self.err = self.process.communicate(timeout=harness.COMMAND_SECONDS)
        self.test.assertEqual(self.process.returncode, 0, self.err)


class WatchTest(harness.FaninTest):
    def test_each_change_is_indexed_and_told_in_a_line(self):
        with Watch(self) as watch:
            self.assertRegex(watch.line(), r"^\d\d:\d\d:\d\d  start: snapshot 1, 6 files of 6 parsed, [0-9.]+ s\n$")
            self.write("rtl/new.sv", "module new_one; endmodule\n")
            self.assertRegex(watch.line(), r"rtl/new\.sv: snapshot 2, 1 file of 7 parsed")
            (self.rtl / "rtl/new.sv").rename(self.rtl / "rtl/moved.sv")
            self.assertRegex(watch.line(), r"rtl/(new|moved)\.sv.*: snapshot 3, 1 file of 7 parsed")
            (self.rtl / "rtl/moved.sv").unlink()
            self.assertRegex(watch.line(), r"rtl/moved\.sv: snapshot 4, 0 files of 6 parsed")
        self.run_fanin("search", "name:gray_fifo")

    def test_the_server_indexes_what_the_watch_sees(self):
        with Server(self) as server, Watch(self, "--server", server.address, "--json", stop=signal.SIGTERM) as watch:
            self.assertEqual(json.loads(watch.line())["job"]["summary"]["files"], 6)
            self.write("rtl/new.sv", "module new_one; endmodule\n")
            self.assertEqual(json.loads(watch.line())["job"]["summary"]["files"], 7)
            self.run_fanin("search", "name:new_one", "--server", server.address)

    def test_it_serves_what_it_watches(self):
        with Watch(self, "--listen", "127.0.0.1:0") as watch:
            watch.line()
            words = watch.process.stderr.readline().split()
            self.assertEqual(words[:2], ["listening", "on"])
            self.run_fanin("search", "name:gray_fifo", "--server", words[2])

    def test_a_folder_without_rtl_is_an_error(self):
        self.run_fanin("watch", self.folder / "nowhere", code=BAD_DATA)
        self.run_fanin("watch", self.rtl, "--debounce", "0", code=USAGE)


class Revisions(harness.FaninTest):
    def git(self, *arguments):
        subprocess.run(
            ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false", *arguments],
            cwd=self.rtl,
            check=True,
            capture_output=True,
        )

    def setUp(self):
        super().setUp()
        self.git("init", "-q", ".")
        self.write("rtl/first.sv", "module first(input logic a, output logic y); assign y = a; endmodule\n")
        self.git("add", "-A")
        self.git("commit", "-qm", "one")
        self.write("rtl/first.sv", "module first(input logic a, output logic [1:0] y); assign y = {a, a}; endmodule\n")
        self.write("rtl/second.sv", "module second; endmodule\n")
        self.git("add", "-A")
        self.git("commit", "-qm", "two")
        self.index("--quiet")

    def test_a_commit_is_searched_by_its_name(self):
        outcome = self.index("--revision", "HEAD~1")
        self.assert_names(outcome.out, "snapshots/2 of ")
        self.run_fanin("search", "kind:module name:second")
        for snapshot in ("2", "HEAD~1"):
            self.run_fanin("search", "kind:module name:second", "--snapshot", snapshot, code=NOTHING_FOUND)
            self.run_fanin("show", "first.y", "--snapshot", snapshot)
            self.run_fanin("trace", "fanin", "first.y", "--snapshot", snapshot)
        outcome = self.run_fanin("search", "x", "--snapshot", "HEAD~7", code=BAD_DATA)
        self.assert_names(outcome.err, "--revision HEAD~7")

    def test_diff_lists_elements_and_edges(self):
        self.index("--quiet", "--revision", "HEAD~1")
        outcome = self.run_fanin("diff", "HEAD~1", "--edges")
        self.assert_names(outcome.out, "+ mailbox/rtl/second.sv:1  file", "~ mailbox/rtl/first.sv:1  port first.y")
        self.assert_names(outcome.out, "width none → [1:0]", "edges: ", "in 2 files")
        back = self.run_fanin("diff", "1", "HEAD~1", "--json").json
        self.assertEqual(back["nodeCounts"]["removed"], 2)
        self.run_fanin("diff", "1", "1", code=NOTHING_FOUND)
        self.run_fanin("diff", "99", code=BAD_DATA)


if __name__ == "__main__":
    harness.main()
