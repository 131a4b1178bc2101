"""Walking on the command line: paths, common sources, hierarchical names, the instance tree, machines, export."""

import csv
import io
import re
import xml.etree.ElementTree

import harness
from harness import NOTHING_FOUND, USAGE

MACHINE = """\
module lamp(input logic clk, rst_n, press, output logic on);
  enum logic [1:0] {Dark, Dim, Bright} s, n;
  always_comb begin
    n = s;
    case (s)
      Dark: if (press) n = Dim;
      Dim: if (press) n = Bright;
      default: n = Dark;
    endcase
  end
  always_ff @(posedge clk or negedge rst_n)
    if (!rst_n) s <= Dark;
    else s <= n;
  assign on = s != Dark;
endmodule
"""


class Walking(harness.FaninTest):
    def setUp(self):
        super().setUp()
        self.index("--quiet")

    def signals(self, *arguments, **keywords):
        """Hierarchical paths in the tree that trace prints."""
        return re.findall(r"(mailbox\.[\w.]+|gray_fifo\.[\w.]+|sync_2ff\.[\w.]+)(?=  |$)",
                          self.run_fanin("trace", *arguments, **keywords).out, re.MULTILINE)

    def test_path_runs_from_the_first_signal_to_the_second_whichever_way(self):
        there = self.signals("path", "mailbox.a_send_valid", "mailbox.a_send_ready")
        self.assertEqual((there[0], there[-1]), ("mailbox.a_send_valid", "mailbox.a_send_ready"))
        self.assertIn("mailbox.u_a_to_b.wr_ok", there)
        self.assertNotIn("mailbox.u_b_to_a.wr_ok", there)
        outcome = self.run_fanin("trace", "path", "mailbox.a_send_ready", "mailbox.a_send_valid")
        self.assert_names(outcome.err, "does not reach")

    def test_no_path_is_nothing_found(self):
        self.run_fanin("trace", "path", "mailbox.b_irq", "mailbox.a_send_ready", code=NOTHING_FOUND)
        self.run_fanin("trace", "path", "mailbox.b_irq", code=USAGE)
        self.run_fanin("trace", "common", "mailbox.b_irq", code=USAGE)

    def test_common_tells_how_far_each_signal_is(self):
        out = self.run_fanin("trace", "common", "gray_fifo.wr_ptr", "gray_fifo.wr_ptr_gray").out
        self.assert_names(out, "0 steps to gray_fifo.wr_ptr; 2 steps, 1 register to gray_fifo.wr_ptr_gray")

    def test_stop_at_ends_the_walk_and_cycles_count_registers(self):
        stopped = self.signals("fanin", "gray_fifo.full", "--depth", 20, "--stop-at", "gray_fifo.wr_ptr_gray")
        self.assertNotIn("gray_fifo.wr_ptr_next", stopped)
        answer = self.run_fanin("trace", "fanin", "gray_fifo.full", "--depth", 40, "--cycles", 2, "--json").json
        self.assertEqual(max(step["registers"] for step in answer["steps"]), 2)

    def test_every_step_has_place_role_assignment_provenance_and_confidence(self):
        answer = self.run_fanin("trace", "fanin", "mailbox.a_send_ready", "--json").json
        for step in answer["steps"][1:]:
            edge = step["edge"]
            self.assertTrue(edge["statement"]["path"] and edge["statement"]["startLine"])
            self.assertNotIn("UNSPECIFIED", edge["role"] + edge["assignment"] + edge["provenance"])
            self.assertEqual(edge["confidence"], 1)

    def test_dot_draws_a_node_for_each_step(self):
        out = self.run_fanin("trace", "fanin", "mailbox.a_send_ready", "--format", "dot").out
        steps = len(self.run_fanin("trace", "fanin", "mailbox.a_send_ready", "--json").json["steps"])
        self.assertEqual(len(re.findall(r"^  n\d+ \[", out, re.MULTILINE)), steps)
        self.assertEqual(len(re.findall(r" -> ", out)), steps - 1)

    def test_tree_shows_parameters_counts_and_instances(self):
        out = self.run_fanin("tree", "mailbox", "--depth", 1, "--parameters").out
        self.assert_names(out, "u_a_to_b: gray_fifo #(WIDTH=$bits(msg_t)*, LOG2=`MAILBOX_DEPTH_LOG2)", "2 instances below")
        out = self.run_fanin("tree", "--instances-of", "sync_2ff").out
        self.assertEqual(len(out.splitlines()), 4)
        self.assert_names(out, "mailbox.u_b_to_a.u_sync_rd")
        self.assert_names(self.run_fanin("tree", "mailbox", "--modules").out, "4  sync_2ff", "not in this repository")

    def test_show_takes_and_tells_hierarchical_paths(self):
        out = self.run_fanin("show", "mailbox.u_a_to_b.u_sync_wr.meta").out
        self.assert_names(out, "sync_2ff.meta", "mailbox.u_b_to_a.u_sync_rd.meta")

    def test_machines_are_shown_as_text_and_as_a_graph(self):
        self.write("rtl/lamp.sv", MACHINE)
        self.index("--quiet")
        out = self.run_fanin("fsm", "lamp").out
        self.assert_names(out, "fsm lamp.s, next n @ rtl/lamp.sv:2", "states Dark, Dim, Bright", "reset Dark",
                          "Dark -> Dim when press @ rtl/lamp.sv:6", "Bright -> Dark @ rtl/lamp.sv:8")
        self.assertEqual(self.run_fanin("fsm").out, out)
        self.assert_names(self.run_fanin("fsm", "lamp", "--format", "dot").out, "digraph", '[label="press"]')
        self.run_fanin("fsm", "mailbox", code=NOTHING_FOUND)

    def test_repository_flag_takes_one_name_wherever_it_stands(self):
        self.run_fanin("trace", "--repo", "mailbox", "fanin", "mailbox.b_irq")


class Export(harness.FaninTest):
    def setUp(self):
        super().setUp()
        self.write("rtl/odd.sv", "// <&> \"quotes\", and\u00e9\nmodule odd; wire \\a,\"b ; endmodule\n")
        self.index("--quiet")

    def query(self, text):
        return self.run_fanin("query", text, "--json").json["rows"][0]["values"][0]["intValue"]

    def test_graphml_is_xml_whose_edges_join_its_nodes(self):
        document = xml.etree.ElementTree.fromstring(self.run_fanin("export", "--format", "graphml").out)
        space = {"g": "http://graphml.graphdrafting.org/xmlns"}
        keys = {key.get("id"): key.get("for") for key in document.findall("g:key", space)}
        nodes = document.findall("g:graph/g:node", space)
        edges = document.findall("g:graph/g:edge", space)
        ids = {node.get("id") for node in nodes}
        self.assertEqual(len(ids), len(nodes))
        self.assertEqual(str(len(nodes)), self.query("MATCH (n) RETURN count(n)"))
        self.assertEqual(str(len(edges)), self.query("MATCH (a)-[r]->(b) RETURN count(r)"))
        for edge in edges:
            self.assertIn(edge.get("source"), ids)
            self.assertIn(edge.get("target"), ids)
        for element, kind in [*((node, "node") for node in nodes), *((edge, "edge") for edge in edges)]:
            for data in element.findall("g:data", space):
                self.assertEqual(keys[data.get("key")], kind)
        self.assertIn('a,"b', {data.text for node in nodes for data in node.findall("g:data", space)})

    def test_csv_has_the_header_and_fields_of_neo4js_importer(self):
        folder = self.folder / "graph"
        self.run_fanin("export", "--format", "neo4j-csv", "--output", folder)
        rows = {name: list(csv.reader(io.StringIO((folder / name).read_text(), newline=""))) for name in ("nodes.csv", "edges.csv")}
        nodes, edges = rows["nodes.csv"], rows["edges.csv"]
        self.assertEqual(nodes[0][:2], ["id:ID", ":LABEL"])
        self.assertEqual(edges[0][:3], [":START_ID", ":END_ID", ":TYPE"])
        for table in (nodes, edges):
            for field in table[0]:
                self.assertRegex(field, r"^\w*(:(ID|LABEL|START_ID|END_ID|TYPE|int|double|boolean))?$")
            self.assertEqual({len(row) for row in table}, {len(table[0])})
            for column, field in enumerate(table[0]):
                kind = field.partition(":")[2]
                if kind == "int":
                    self.assertTrue(all(re.fullmatch(r"-?\d*", row[column]) for row in table[1:]), field)
                if kind == "boolean":
                    self.assertTrue({row[column] for row in table[1:]} <= {"true", "false", ""}, field)
        ids = {row[0] for row in nodes[1:]}
        self.assertEqual(len(ids), len(nodes) - 1)
        self.assertTrue(all(row[0] in ids and row[1] in ids for row in edges[1:]))

    def test_a_server_exports_the_same(self):
        local = self.run_fanin("export", "--format", "graphml").out
        with harness.Server(self) as server:
            self.assertEqual(self.run_fanin("export", "--format", "graphml", "--server", server.address).out, local)

    def test_csv_needs_a_folder(self):
        self.run_fanin("export", "--format", "neo4j-csv", code=USAGE)
        self.run_fanin("export", "--format", "gexf", code=USAGE)


if __name__ == "__main__":
    harness.main()
