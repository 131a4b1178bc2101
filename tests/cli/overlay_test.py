"""Unsaved texts: --overlay of the commands that take it."""

import unittest

import harness

FRESH = """module fresh(input wire c, output wire brand_new_o);
  sync_2ff u_sync (.clk(c), .d(c), .q(brand_new_o));
endmodule
"""


class Overlay(harness.FaninTest):
    def setUp(self):
        super().setUp()
        self.index("--quiet")
        self.buffer = self.folder / "buffer.v"
        self.buffer.write_text(FRESH)

    def test_a_text_is_searched_traced_and_shown_as_if_it_were_indexed(self):
        self.run_fanin("search", "name:brand_new_o", code=harness.NOTHING_FOUND)
        overlay = ("--overlay", f"rtl/fresh.v={self.buffer}")
        self.assert_names(self.run_fanin("search", "name:brand_new_o", *overlay).out, "rtl/fresh.v")
        traced = self.run_fanin("trace", "fanin", "fresh.brand_new_o", *overlay)
        self.assert_names(traced.out, "fresh.u_sync.q")
        self.assert_names(self.run_fanin("show", "fresh.brand_new_o", *overlay).out, "rtl/fresh.v:1", "output")
        self.run_fanin("show", "fresh.brand_new_o", code=harness.NOTHING_FOUND)

    def test_the_text_may_come_from_standard_input(self):
        shown = self.run_fanin("show", "fresh.c", "--overlay", "rtl/fresh.v=-", stdin=FRESH)
        self.assert_names(shown.out, "rtl/fresh.v:1", "input")

    def test_wrong_use_says_what_is_wanted(self):
        self.assert_names(self.run_fanin("search", "x", "--overlay", self.buffer, code=harness.USAGE).err, "PATH=FILE")
        missing = self.run_fanin("search", "x", "--overlay", f"rtl/fresh.v={self.buffer}.none", code=harness.BAD_DATA)
        self.assert_names(missing.err, "buffer.v.none")
        twice = ("--overlay", "rtl/a.v=-", "--overlay", "rtl/b.v=-")
        self.assert_names(self.run_fanin("search", "x", *twice, code=harness.USAGE, stdin=FRESH).err, "standard input")


if __name__ == "__main__":
    unittest.main()
