"""The Python package against a real server: answers, paging, errors, pictures, a private server."""

import asyncio
import os
import subprocess
import sys
import unittest
import unittest.mock
import xml.etree.ElementTree as ET
from pathlib import Path

import fanin
import harness
from fanin import AsyncFanin, Fanin
from harness import Server

ROOT = Path(__file__).resolve().parents[2]
GRAY_BLOCKS = "kind:always drives:wr_ptr_gray"


class ClientTest(harness.FaninTest):
    """A server of the fixture and a client of it: self.fanin."""

    def setUp(self):
        super().setUp()
        self.prepare()
        self.index("--quiet")
        self.server = self.enterContext(Server(self))
        self.fanin = self.enterContext(Fanin(self.server.address))

    def prepare(self):
        """What a test wants to be in the fixture."""


class Answers(ClientTest):
    def test_a_search_says_where_and_why(self):
        results = self.fanin.search(GRAY_BLOCKS)
        self.assertEqual(len(results), 1)
        self.assertEqual(results[0].node.path, "rtl/gray_fifo.v")
        self.assertIn("wr_ptr_gray", results[0].text)
        self.assertIn("drives wr_ptr_gray", "; ".join(results[0].reasons))
        self.assertEqual(results.snapshots, ("repositories/mailbox/snapshots/1",))

    def test_explain_adds_up_to_the_score(self):
        result = self.fanin.search("pointer gray", explain=True)[0]
        self.assertAlmostEqual(sum(signal.contribution for signal in result.signals), result.score)

    def test_a_cone_has_steps_that_lead_to_its_root(self):
        cone = self.fanin.trace("gray_fifo.full", depth=2)
        self.assertIsNone(cone[0].parent)
        self.assertIsNone(cone[0].edge)
        for step in cone.steps[1:]:
            self.assertEqual(cone[step.parent].depth, step.depth - 1)
        register = next(step for step in cone if step.edge and step.edge.assignment == "nonblocking")
        self.assertEqual(register.edge.guard, "wr_rst_n")

    def test_a_fanout_goes_the_other_way(self):
        names = [step.node.name for step in self.fanin.trace("gray_fifo.wr_en", direction="fanout")]
        self.assertIn("full", names)

    def test_a_tree_has_parents_and_parameters(self):
        tree = self.fanin.tree("mailbox", parameters=True, counts=True)
        paths = [instance.path for instance in tree]
        self.assertIn("mailbox.u_a_to_b", paths)
        for instance in tree.instances[1:]:
            self.assertTrue(instance.path.startswith(tree[instance.parent].path + "."))
        self.assertIn("gray_fifo", [count.module for count in tree.modules])

    def test_show_by_name_by_place_and_by_id_is_one_element(self):
        by_name = self.fanin.show("gray_fifo.wr_ptr_gray")
        self.assertTrue(by_name.in_edges)
        self.assertIn("wr_ptr_gray", by_name.source.text)
        self.assertEqual(self.fanin.show(by_name.node.id).node, by_name.node)
        block = self.fanin.show(at=("rtl/gray_fifo.v", 35))
        self.assertEqual(block.node.kind, "always")
        with self.assertRaises(TypeError):
            self.fanin.show()

    def test_source_is_the_file(self):
        source = self.fanin.source("rtl/mailbox.sv", lines=(2, 3))
        self.assertEqual(source.text, "".join((self.rtl / "rtl/mailbox.sv").read_text().splitlines(True)[1:3]))

    def test_a_query_has_nodes_scalars_and_parameters(self):
        table = self.fanin.query("MATCH (m:Module) WHERE m.name = $name RETURN m, m.name, m.line", {"name": "mailbox"})
        ((module, name, line),) = table.rows
        self.assertEqual((module.name, module.start_line), (name, line))
        self.assertEqual(table.to_dicts()[0]["m.name"], "mailbox")
        with self.assertRaises(TypeError):
            self.fanin.query("MATCH (n) RETURN n", {"x": object()})

    def test_a_completion_keeps_to_its_budget_and_reads_overlays(self):
        context = self.fanin.complete("rtl/mailbox.sv", 45, budget=200)
        self.assertTrue(context.snippets)
        self.assertLessEqual(context.tokens, 200)
        text = "module probe;\n  gray_fifo u_probe (\n"
        context = self.fanin.complete("rtl/probe.sv", 3, overlays={"rtl/probe.sv": text}, prompt=True)
        self.assertEqual(context[0].name, "gray_fifo")
        self.assertIn("u_probe", context.prompt)

    def test_repositories_snapshots_and_status(self):
        (repository,) = self.fanin.repositories()
        self.assertEqual((repository.name, repository.root), ("mailbox", str(self.rtl)))
        self.assertEqual([repository.latest_snapshot], list(self.fanin.snapshots("mailbox")))
        self.assertEqual(self.fanin.status().repositories, (repository,))
        self.fanin.delete_repository("mailbox")
        self.assertEqual(list(self.fanin.repositories()), [])

    def test_indexing_again_sees_a_change_and_tells_its_progress(self):
        self.write("rtl/late.v", "module late; endmodule\n")
        phases = []
        summary = self.fanin.index(self.rtl, embed=False, on_progress=lambda progress: phases.append(progress.phase))
        self.assertEqual(summary.snapshot, "repositories/mailbox/snapshots/2")
        # Quick phases may pass between two reports.
        order = ["discover", "scan", "parse", "link", "postings"]
        self.assertTrue(phases)
        self.assertEqual(phases, sorted(phases, key=order.index))
        self.assertEqual(self.fanin.search("name:late")[0].node.name, "late")
        with self.assertRaises(fanin.AlreadyExistsError):
            self.fanin.index(self.folder, name="mailbox")


class Paging(ClientTest):
    MODULES = 230

    def prepare(self):
        modules = (f"module unit_{number}(input wire a); endmodule\n" for number in range(self.MODULES))
        self.write("rtl/units.v", "\n".join(modules))

    def test_iterators_pass_over_pages(self):
        names = [result.node.name for result in self.fanin.iter_search("kind:module name:unit_*")]
        self.assertEqual(len(names), self.MODULES)
        self.assertEqual(len(set(names)), self.MODULES)
        rows = list(self.fanin.iter_query("MATCH (m:Module) WHERE m.name STARTS WITH 'unit_' RETURN m.name"))
        self.assertEqual(sorted(name for (name,) in rows), sorted(names))

    def test_an_answer_of_limited_size_says_that_it_was_cut(self):
        results = self.fanin.search("kind:module name:unit_*", limit=7)
        self.assertEqual(len(results), 7)
        self.assertTrue(results.truncated)
        table = self.fanin.query("MATCH (m:Module) RETURN m.name", limit=7)
        self.assertEqual(len(table), 7)
        self.assertTrue(table.truncated)

    def test_asyncio_passes_over_pages_too(self):
        async def count():
            async with AsyncFanin(self.server.address) as client:
                return len([result async for result in client.iter_search("kind:module name:unit_*")])

        self.assertEqual(asyncio.run(count()), self.MODULES)

    def test_a_repository_indexed_between_two_pages_is_an_error(self):
        pages = self.fanin.iter_search("kind:module name:unit_*")
        next(pages)
        self.write("rtl/late.v", "module late; endmodule\n")
        self.fanin.index(self.rtl, embed=False)
        with self.assertRaises(fanin.AbortedError):
            list(pages)


class Errors(ClientTest):
    def prepare(self):
        self.write("rtl/twice.v", "module first; wire shared; endmodule\nmodule second; wire shared; endmodule\n")

    def test_a_bad_query_names_its_field(self):
        with self.assertRaises(fanin.InvalidArgumentError) as caught:
            self.fanin.search("kind:")
        self.assertEqual([field.field for field in caught.exception.fields], ["query"])
        self.assertEqual(caught.exception.code, "INVALID_ARGUMENT")

    def test_what_is_not_there_is_not_found(self):
        for ask in (
            lambda: self.fanin.search("x", repositories=["mailbax"]),
            lambda: self.fanin.trace("gray_fifo.nothing"),
            lambda: self.fanin.source("rtl/nothing.v"),
        ):
            self.assertRaises(fanin.NotFoundError, ask)

    def test_an_ambiguous_name_has_candidates_to_ask_with(self):
        with self.assertRaises(fanin.AmbiguousNameError) as caught:
            self.fanin.trace("shared")
        names = {node.qualified_name for node in caught.exception.candidates}
        self.assertEqual(names, {"first.shared", "second.shared"})
        self.fanin.trace(caught.exception.candidates[0].id)

    def test_with_several_repositories_one_must_be_said(self):
        other = self.folder / "other"
        other.mkdir()
        (other / "a.v").write_text("module other_top; endmodule\n")
        self.fanin.index(other, embed=False)
        with self.assertRaises(fanin.InvalidArgumentError) as caught:
            self.fanin.tree()
        self.assert_names(str(caught.exception), "mailbox", "other")
        self.assertEqual(self.fanin.tree(repository="other")[0].name, "other_top")
        with Fanin(self.server.address, repository="other") as client:
            self.assertEqual(client.tree()[0].name, "other_top")
            self.assertEqual([result.node.name for result in client.search("kind:module")], ["other_top"])

    def test_no_server_is_unavailable(self):
        with Fanin("127.0.0.1:1") as client, self.assertRaises(fanin.UnavailableError):
            client.search("x")


class Notebook(ClientTest):
    def prepare(self):
        self.write("rtl/hostile.v", 'module hostile; // <script>alert("x")</script>\n  wire \\<b>; \nendmodule\n')

    def test_every_answer_shows_itself_as_html(self):
        for answer in (
            self.fanin.search("pointer"),
            self.fanin.search("pointer")[0],
            self.fanin.trace("gray_fifo.full"),
            self.fanin.tree(),
            self.fanin.show("gray_fifo"),
            self.fanin.show("gray_fifo").node,
            self.fanin.source("rtl/mailbox.sv"),
            self.fanin.query("MATCH (a)-[e:DRIVES]->(b) RETURN a, e, b.name, [b.line], null"),
            self.fanin.complete("rtl/mailbox.sv", 45),
            self.fanin.status(),
            self.fanin.diff("1"),
        ):
            html = answer._repr_html_()
            ET.fromstring(f"<html>{html.replace('<br>', '<br/>')}</html>")

    def test_what_matched_is_marked(self):
        html = self.fanin.search("wr_ptr_gray")._repr_html_()
        self.assertIn("<mark>wr_ptr_gray</mark>", html)

    def test_text_of_a_repository_is_never_markup(self):
        for answer in (self.fanin.source("rtl/hostile.v"), self.fanin.search("hostile"), self.fanin.show("hostile")):
            html = answer._repr_html_()
            self.assertIn("&lt;script&gt;", html)
            self.assertNotIn("<script>", html)

    def test_a_cone_is_a_picture_with_a_box_for_each_signal_and_a_line_for_each_flow(self):
        cone = self.fanin.trace("gray_fifo.full")
        svg = ET.fromstring(cone.to_svg())
        space = "{http://www.w3.org/2000/svg}"
        self.assertEqual(len(list(svg.iter(space + "rect"))), len(cone))
        self.assertEqual(len(list(svg.iter(space + "path"))), len(cone) - 1)
        boxes = [(float(box.get("x")), float(box.get("y"))) for box in svg.iter(space + "rect")]
        self.assertEqual(len(set(boxes)), len(boxes))
        self.assertEqual(boxes[0][0], max(x for x, _ in boxes))

    def test_dot_has_flows_in_the_direction_of_values(self):
        cone = self.fanin.trace("gray_fifo.full", depth=1)
        self.assertIn("n1 -> n0", cone.to_dot())
        cone = self.fanin.trace("gray_fifo.wr_en", direction="fanout", depth=1)
        self.assertIn("n0 -> n1", cone.to_dot())


class Changes(ClientTest):
    def test_a_difference_has_elements_that_came_and_went(self):
        text = (self.rtl / "rtl/sync_2ff.v").read_text()
        self.write("rtl/sync_2ff.v", text + "module newcomer (input wire a);\nendmodule\n")
        self.fanin.index(self.rtl, embed=False)
        for difference in (
            self.fanin.diff("1"),
            self.fanin.diff("1", "2", repository="mailbox"),
            self.fanin.diff(next(s for s in self.fanin.snapshots("mailbox") if s.id.endswith("/1"))),
        ):
            added = {change.node.name: change for change in difference if change.change == "added"}
            self.assertEqual(set(added), {"newcomer", "a"})
            self.assertIsNone(added["newcomer"].before)
            self.assertEqual(difference.node_counts.removed, 0)
            self.assertEqual(difference.newer, "repositories/mailbox/snapshots/2")
        back = self.fanin.diff("2", "1")
        self.assertEqual({change.change for change in back if change.node.name == "newcomer"}, {"removed"})
        self.assertTrue(self.fanin.diff("1", limit=1).truncated)

    def test_watching_gives_the_newest_and_each_that_follows(self):
        watched = self.fanin.watch(interval=0.01)
        self.assertTrue(next(watched).id.endswith("/snapshots/1"))
        self.write("rtl/more.v", "module more; endmodule\n")
        self.fanin.index(self.rtl, embed=False)
        self.assertTrue(next(watched).id.endswith("/snapshots/2"))

    def test_unsaved_texts_are_searched_traced_and_shown(self):
        unsaved = {"rtl/more.v": "module more (input wire a, output wire b);\n  assign b = ~a;\nendmodule\n"}
        asked = {"overlays": unsaved}
        question = "kind:module name:more"
        found = self.fanin.search(question, repositories=["mailbox"], **asked)
        self.assertEqual([result.node.name for result in found], ["more"])
        self.assertEqual(len(list(self.fanin.iter_search(question, repositories=["mailbox"], **asked))), 1)
        self.assertEqual([step.node.name for step in self.fanin.trace("more.b", **asked)], ["b", "a"])
        self.assertEqual(self.fanin.show("more.b", **asked).node.path, "rtl/more.v")
        self.assertIn("more", [instance.module for instance in self.fanin.tree(**asked)])
        rows = self.fanin.query("MATCH (m:Module {name: 'more'}) RETURN m.path", repositories=["mailbox"], **asked)
        self.assertEqual(rows.rows, (("rtl/more.v",),))
        self.assertEqual(len(self.fanin.search(question)), 0)

    def test_designs_are_told_and_chosen(self):
        self.fanin.index(self.rtl, tops=["gray_fifo"], embed=False)
        (design,) = self.fanin.repository("mailbox").designs
        self.assertEqual(design.name, "gray_fifo")
        self.assertIn("gray_fifo", design.elaborated)
        self.assertEqual(self.fanin.trace("gray_fifo.full").design, "gray_fifo")
        self.assertEqual(self.fanin.trace("gray_fifo.full", design="-").design, "")
        self.assertEqual(self.fanin.tree("gray_fifo", design="gray_fifo").design, "gray_fifo")

    def test_a_commit_is_indexed_beside_the_folder(self):
        git = ["git", "-C", str(self.rtl), "-c", "user.name=t", "-c", "user.email=t@t.example"]
        for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "one"]):
            subprocess.run([*git, *command], check=True)
        self.write("rtl/more.v", "module more; endmodule\n")
        self.fanin.index(self.rtl, embed=False)
        self.fanin.index(self.rtl, revision="HEAD", embed=False)
        (commit,) = self.fanin.snapshots("mailbox", revision="HEAD")
        changed = [change.node.name for change in self.fanin.diff(commit) if change.node.kind == "module"]
        self.assertEqual(changed, ["more"])


class Asyncio(ClientTest):
    def test_changes_are_those_of_the_other_client(self):
        async def ask():
            async with AsyncFanin(self.server.address) as client:
                watched = client.watch(interval=0.01)
                first = await anext(watched)
                self.write("rtl/more.v", "module more; endmodule\n")
                await client.index(self.rtl, embed=False)
                second = await anext(watched)
                return first.id, second.id, await client.diff(first)

        first, second, difference = asyncio.run(ask())
        self.assertNotEqual(first, second)
        self.assertEqual(difference, self.fanin.diff(first, second))

    def test_answers_are_those_of_the_other_client(self):
        async def ask():
            async with AsyncFanin(self.server.address) as client:
                trace, show = await asyncio.gather(client.trace("gray_fifo.full"), client.show("gray_fifo"))
                summary = await client.index(self.rtl, embed=False)
                with self.assertRaises(fanin.NotFoundError):
                    await client.trace("gray_fifo.nothing")
                return trace.steps, show, summary.up_to_date

        self.assertEqual(
            asyncio.run(ask()), (self.fanin.trace("gray_fifo.full").steps, self.fanin.show("gray_fifo"), True)
        )


class Local(harness.FaninTest):
    def test_a_private_server_lives_as_long_as_its_client(self):
        with Fanin.local(self.rtl, embed=False) as client:
            self.assertEqual(client.search(GRAY_BLOCKS)[0].node.path, "rtl/gray_fifo.v")
            self.assertEqual(client.tree()[0].name, "mailbox")
            address, data = client.server, Path(client.status().data_dir)
        self.assertFalse(data.exists())
        with Fanin(address) as gone, self.assertRaises(fanin.UnavailableError):
            gone.status()

    def test_a_data_directory_that_is_named_is_kept(self):
        for _ in range(2):
            with Fanin.local(self.rtl, data_dir=self.data, embed=False) as client:
                self.assertEqual(client.index(self.rtl, embed=False).up_to_date, True)
                self.assertEqual(len(list(client.snapshots("mailbox"))), 1)
        self.run_fanin("search", "name:gray_fifo")

    def test_the_server_ends_with_the_interpreter(self):
        code = f"import fanin; print(fanin.Fanin.local({str(self.rtl)!r}, embed=False).server)"
        out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        with Fanin(out.strip()) as gone, self.assertRaises(fanin.UnavailableError):
            gone.status()

    def test_what_cannot_be_indexed_leaves_no_server(self):
        empty = self.folder / "empty"
        empty.mkdir()
        with self.assertRaises(fanin.FailedPreconditionError):
            Fanin.local(empty)

    def test_a_data_directory_in_use_is_said(self):
        self.index("--quiet")
        with Server(self), self.assertRaises(fanin.UnavailableError) as caught:
            Fanin.local(self.rtl, data_dir=self.data)
        self.assert_names(str(caught.exception), str(self.data))

    def test_without_the_program_it_says_what_to_do(self):
        self.enterContext(unittest.mock.patch.dict(os.environ, {"FANIN_BINARY": "", "PATH": str(self.folder)}))
        with self.assertRaises(fanin.FaninError) as caught:
            Fanin.local(self.rtl)
        self.assert_names(str(caught.exception), "FANIN_BINARY")


if __name__ == "__main__":
    harness.main()
