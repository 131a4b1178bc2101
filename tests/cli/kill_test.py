"""kill -9 during `fanin index`, at random moments: the next open has the previous snapshot or the new one, whole.

FANIN_KILLS: how many kills (default 5). FANIN_SEED: of the moments (default: from the clock, and printed).
"""

import os
import random
import subprocess
import time
import unittest

import harness


class Kill(harness.FaninTest):
    def write_generation(self, generation):
        """Every file says which generation it is of; new names come and old ones go."""
        for number in range(30):
            self.write(
                f"rtl/g{number}.v",
                f"// Generation {generation}.\nmodule g{number}_{generation}(input wire a, output wire b);\n"
                f"  assign b = a;\n  generation_{generation} u(.a(a));\nendmodule\n",
            )

    def start(self):
        return subprocess.Popen(
            [harness.BINARY, "index", str(self.rtl), "--no-embed", "--quiet"],
            env=self.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

    def generation_found(self):
        """The one generation that all files of the newest snapshot are of."""
        self.run_fanin("doctor")
        answer = self.run_fanin("search", "kind:module name:/^g[0-9]+_/", "--limit", 100, "--json").json
        names = sorted(result["node"]["name"] for result in answer["results"])
        generations = {name.split("_")[1] for name in names}
        self.assertEqual(len(generations), 1, names)
        self.assertEqual(len(names), 30, names)
        for result in answer["results"]:
            self.assertIn("_" + result["node"]["name"].split("_")[1], result["text"])
        return int(generations.pop())

    def test_the_next_open_has_a_whole_snapshot(self):
        kills = int(os.environ.get("FANIN_KILLS", "5"))
        seed = int(os.environ.get("FANIN_SEED", time.time_ns() % 1_000_000))
        print(f"seed {seed}")
        moments = random.Random(seed)
        self.write_generation(0)
        begin = time.monotonic()
        self.assertEqual(self.start().wait(harness.COMMAND_SECONDS), 0)
        whole_run_seconds = time.monotonic() - begin
        published = 0
        killed = 0
        for generation in range(1, 100 * kills):
            self.write_generation(generation)
            process = self.start()
            try:
                process.wait(moments.uniform(0, whole_run_seconds * 1.1))
            except subprocess.TimeoutExpired:
                process.kill()
                killed += 1
            process.communicate()
            found = self.generation_found()
            self.assertIn(found, (published, generation))
            if process.returncode == 0:
                self.assertEqual(found, generation)
            published = found
            if killed == kills:
                break
        self.assertEqual(killed, kills)
        self.write_generation(10_000)
        self.assertEqual(self.start().wait(harness.COMMAND_SECONDS), 0)
        self.assertEqual(self.generation_found(), 10_000)


if __name__ == "__main__":
    unittest.main()
