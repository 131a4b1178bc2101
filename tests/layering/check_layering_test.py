"""check_layering.py reports each kind of violation, and nothing in a tree that obeys the rules."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))
import check_layering  # noqa: E402


class CheckLayering(unittest.TestCase):
    def check(self, files):
        """The violations of a tree of the given files."""
        with tempfile.TemporaryDirectory() as root:
            for name, text in files.items():
                file = Path(root, name)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
            return list(check_layering.violations(root))

    def assert_one(self, files, *parts):
        found = self.check(files)
        self.assertEqual(len(found), 1, found)
        for part in parts:
            self.assertIn(part, found[0])

    def test_obedient_tree_has_no_violation(self):
        self.assertEqual(
            self.check(
                {
                    "base/file.cc": '#include "base/file.h"\n#include <unistd.h>\n',
                    "graph/rocks_store.cc": '#include "base/error.h"\n#include <rocksdb/db.h>\n',
                    "indexer/parse.cc": '#include "graph/shard.h"\n#include <slang/syntax/SyntaxTree.h>\n',
                    "retriever/vector_index.cc": "#include <faiss/IndexFlat.h>\n",
                    "retriever/embedder_openvino.cc": "#include <openvino/openvino.hpp>\n",
                    "service/server.cc": '#include "indexer/index.h"\n#include "retriever/search.h"\n'
                    '#include "fanin/v1/search.pb.h"\n#include <grpcpp/grpcpp.h>\n',
                    "service/CMakeLists.txt": "fanin_library(service LINKS PUBLIC fanin_indexer fanin_proto)\n",
                    "clients/cli/main.cc": '#include "service/local.h"\n#include "base/error.h"\n',
                    "tests/graph/rocks_store_test.cc": '#include "graph/store.h"\n#include <rocksdb/db.h>\n',
                }
            ),
            [],
        )

    def test_violation_names_file_line_and_both_folders(self):
        self.assert_one(
            {"base/file.cc": '#include "base/file.h"\n\n#include "graph/shard.h"\n'},
            "base/file.cc:3: base/ may not include graph/",
        )

    def test_indexer_and_retriever_never_meet(self):
        self.assert_one({"indexer/a.cc": '#include "retriever/search.h"\n'}, "indexer/ may not include retriever/")
        self.assert_one({"retriever/a.h": '#include "indexer/index.h"\n'}, "retriever/ may not include indexer/")

    def test_lower_layers_know_no_wire_messages(self):
        found = self.check({"graph/a.cc": '#include "fanin/v1/node.pb.h"\n'})
        self.assertIn("graph/ may not include proto/", found[0])

    def test_service_does_not_know_its_clients(self):
        self.assert_one({"service/a.cc": '#include "clients/cli/main.h"\n'}, "service/ may not include clients/")

    def test_clients_reach_the_graph_only_through_the_service(self):
        self.assert_one({"clients/cli/a.cc": '#include "graph/store.h"\n'}, "clients/ may not include graph/")

    def test_each_confined_library_is_refused_elsewhere(self):
        for include in (
            "slang/text/SourceManager.h",
            "fmt/format.h",
            "faiss/IndexFlat.h",
            "rocksdb/db.h",
            "grpcpp/grpcpp.h",
            "google/protobuf/message.h",
            "openvino/openvino.hpp",
            "cblas.h",
        ):
            self.assert_one({"graph/linker.cc": f"#  include <{include}>\n"}, f"graph/linker.cc:1: {include} belongs in")

    def test_confinement_is_to_files_not_just_folders(self):
        self.assert_one({"retriever/search.cc": "#include <faiss/IndexFlat.h>\n"}, "retriever/vector_index*")
        self.assert_one({"graph/linker.cc": "#include <rocksdb/db.h>\n"}, "graph/rocks_*")
        self.assert_one({"retriever/bm25.cc": "#include <cblas.h>\n"}, "retriever/embed*")

    def test_tests_obey_the_rules_of_what_they_test(self):
        self.assert_one({"tests/graph/a_test.cc": '#include "indexer/index.h"\n'}, "graph/ may not include indexer/")
        self.assert_one({"tests/service/a_test.cc": "#include <rocksdb/db.h>\n"}, "graph/rocks_* only")

    def test_linking_follows_the_same_rules(self):
        self.assert_one(
            {"retriever/CMakeLists.txt": "fanin_library(retriever LINKS\n  PUBLIC fanin_graph fanin_indexer)\n"},
            "retriever/CMakeLists.txt:2: retriever/ may not link fanin_indexer",
        )

    def test_comments_and_strings_are_not_includes(self):
        self.assertEqual(self.check({"base/a.cc": '// #include "graph/a.h"\nconst char* s = "slang/ast.h";\n'}), [])


if __name__ == "__main__":
    unittest.main()
