"""Damaged data: found, said, never answered from silently; what can be rebuilt is."""

import random

import harness
from harness import BAD_DATA


class VectorFiles(harness.FaninTest):
    """FAISS files are a cache of what RocksDB holds."""

    QUERY = ("search", "crossing between clocks", "--json")

    def setUp(self):
        super().setUp()
        self.run_fanin("index", self.rtl, "--quiet")
        self.before = self.run_fanin(*self.QUERY).json["results"]
        self.files = list((self.data / "vectors").iterdir())
        self.assertEqual(len(self.files), 1)

    def assert_rebuilt(self):
        outcome = self.run_fanin(*self.QUERY)
        self.assertEqual(outcome.json["results"], self.before)
        self.assert_names(" ".join(outcome.json["warnings"]), "rebuilt")
        again = self.run_fanin(*self.QUERY).json
        self.assertEqual(again["results"], self.before)
        self.assertEqual(again["warnings"], [])
        self.run_fanin("doctor")

    def test_status_and_doctor_find_a_missing_file(self):
        self.files[0].unlink()
        self.assert_names(self.run_fanin("status").out, "degraded", self.files[0].name)
        self.assert_names(self.run_fanin("doctor").out, self.files[0].name)

    def test_a_missing_file_is_rebuilt(self):
        self.files[0].unlink()
        self.assert_rebuilt()

    def test_a_changed_byte_is_found_and_the_file_rebuilt(self):
        content = bytearray(self.files[0].read_bytes())
        content[len(content) // 2] ^= 1
        self.files[0].write_bytes(content)
        self.assert_names(self.run_fanin("doctor").out, self.files[0].name)
        self.assert_rebuilt()

    def test_a_file_cut_short_is_found_and_rebuilt(self):
        content = self.files[0].read_bytes()
        self.files[0].write_bytes(content[: len(content) // 2])
        self.assert_rebuilt()

    def test_unchanged_passages_are_not_embedded_twice(self):
        self.write("doc/note.md", "# Note\n\nA note on reset.\n")
        summary = self.run_fanin("index", self.rtl, "--json").json["job"]["summary"]
        self.assertEqual(summary["semanticCoverage"], 1)
        self.assertLessEqual(summary["chunksEmbedded"], 2)
        self.assertGreater(summary["chunksEmbedded"], 0)


class RocksDb(harness.FaninTest):
    def files(self, pattern):
        files = sorted((self.data / "rocksdb").glob(pattern))
        self.assertTrue(files, pattern)
        return files

    def damage(self, pattern):
        for file in self.files(pattern):
            content = bytearray(file.read_bytes())
            for position in range(len(content) // 4, len(content), max(1, len(content) // 7)):
                content[position] ^= 0xFF
            file.write_bytes(content)


class SmallRocksDb(RocksDb):
    def setUp(self):
        super().setUp()
        self.index("--quiet")

    def test_a_damaged_log_is_never_taken_for_a_shorter_one(self):
        self.damage("*.log")
        self.run_fanin("search", "mailbox", code=BAD_DATA)
        self.run_fanin("doctor", code=BAD_DATA)

    def test_a_damaged_manifest_is_an_error_that_says_what_to_do(self):
        self.damage("MANIFEST-*")
        self.assert_names(self.run_fanin("search", "pointer", code=BAD_DATA).err, self.data, "fanin doctor --repair")
        self.assert_names(self.run_fanin("doctor", code=BAD_DATA).out, "fix:")

    def test_a_missing_current_file_is_an_error_that_says_what_to_do(self):
        (self.data / "rocksdb/CURRENT").unlink()
        self.assert_names(self.run_fanin("search", "pointer", code=BAD_DATA).err, self.data)


    def test_doctor_repairs_what_does_not_open(self):
        before = self.run_fanin("search", "pointer", "--json").json["results"]
        (self.data / "rocksdb/CURRENT").unlink()
        self.assert_names(self.run_fanin("doctor", code=BAD_DATA).out, "fix: fanin doctor --repair")
        repaired = self.run_fanin("doctor", "--repair")
        self.assert_names(repaired.err, "repaired", "quarantine")
        # With embeddings: a repair brings all that the repository can have.
        names = [result["node"]["name"] for result in before]
        after = self.run_fanin("search", "pointer", "--limit", 100, "--json").json["results"]
        self.assertLessEqual(set(names), {result["node"]["name"] for result in after})
        self.assert_names(self.run_fanin("status").out, "warning", "put aside")

    def test_a_server_repairs_what_it_finds_damaged_when_it_starts(self):
        (self.data / "rocksdb/CURRENT").unlink()
        with harness.Server(self) as server:
            self.assert_names(self.run_fanin("repo", "list", "--server", server.address).out, "mailbox")


class LargeRocksDb(RocksDb):
    """Large enough that RocksDB has written tables, not only its log."""

    def setUp(self):
        super().setUp()
        text = random.Random(1)
        for number in range(200):
            names = [f"w{text.getrandbits(64):x}" for _ in range(200)]
            body = "".join(f"  wire [7:0] {name};\n" for name in names)
            self.write(f"rtl/m{number}.v", f"module m{number};\n{body}endmodule\n")
        self.index("--quiet")

    def test_one_changed_byte_of_a_table_is_found(self):
        positions = random.Random(2)
        for file in self.files("*.sst"):
            content = file.read_bytes()
            position = positions.randrange(len(content))
            file.write_bytes(content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :])
            outcome = self.run_fanin("doctor", code=BAD_DATA)
            self.assert_names(outcome.out, "error", "fix:")
            file.write_bytes(content)
        self.run_fanin("doctor")

    def test_tables_damaged_all_over_are_an_error_that_says_what_to_do(self):
        self.damage("*.sst")
        self.assert_names(self.run_fanin("search", "pointer", code=BAD_DATA).err, self.data, "fanin doctor --repair")


if __name__ == "__main__":
    harness.main()
