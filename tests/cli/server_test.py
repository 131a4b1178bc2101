"""`fanin serve`: the same answers as from local data."""

import re

import harness
from harness import NOTHING_FOUND, USAGE, Server

QUESTIONS = (
    ("search", "gray pointer kind:always", "--explain"),
    ("trace", "fanin", "gray_fifo.full", "--depth", "4"),
    ("trace", "fanout", "gray_fifo.wr_en", "--format", "dot"),
    ("tree", "mailbox"),
    ("show", "gray_fifo.wr_ptr_gray"),
    ("context", "complete", "rtl/mailbox.sv:45"),
    ("repo", "list"),
    ("doctor",),
)
# What no two runs have in common.
TIMES = re.compile(r'[0-9.]+ ms|"[a-zA-Z]*Ms": [0-9.e-]+')


class Remote(harness.FaninTest):
    def test_answers_are_those_of_local_data(self):
        self.index("--quiet")
        local = {}
        for question in QUESTIONS:
            local[question] = [self.run_fanin(*question, *flags) for flags in ((), ("--json",))]
        with Server(self) as server:
            for question in QUESTIONS:
                for flags, expected in zip(((), ("--json",)), local[question]):
                    outcome = self.run_fanin(*question, *flags, "--server", server.address, "--data-dir", "/nowhere")
                    self.assertEqual(TIMES.sub("", outcome.out), TIMES.sub("", expected.out))
                    self.assertEqual(TIMES.sub("", outcome.err), TIMES.sub("", expected.err))

    def test_indexing_on_the_server_while_it_answers(self):
        with Server(self) as server:
            remote = ("--server", server.address)
            self.index(*remote)
            self.run_fanin("search", "name:gray_fifo", *remote)
            self.write("rtl/late.v", "module late; endmodule\n")
            self.run_fanin("search", "name:late", *remote, code=NOTHING_FOUND)
            self.index(*remote)
            self.run_fanin("search", "name:late", *remote)
            self.run_fanin("repo", "delete", "mailbox", *remote)
            self.run_fanin("repo", "list", *remote, code=NOTHING_FOUND)

    def test_a_relative_path_is_refused_by_the_server(self):
        with Server(self) as server:
            outcome = self.run_fanin("index", "mailbox", "--server", server.address, code=USAGE)
            self.assert_names(outcome.err, "absolute")

    def test_the_log_is_key_value_and_has_no_source_text(self):
        self.index("--quiet")
        with Server(self) as server:
            self.run_fanin("search", "wr_ptr_gray", "--server", server.address)
            self.run_fanin("search", "kind:", "--server", server.address, code=USAGE)
        self.assert_names(server.log, "event=start", "event=call method=Search", "code=OK", "code=INVALID_ARGUMENT")
        self.assert_names(server.log, "event=stop")
        self.assertNotIn("wr_ptr_gray", server.log)


if __name__ == "__main__":
    harness.main()
