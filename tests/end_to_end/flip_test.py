"""One bit of any output of any operation of the workload, flipped: always caught, at that operation."""
import json
import os
import subprocess
import unittest

from command import BIN, CommandTest

SHIM = BIN / "test" / "libprobe_shim.so"


class Flip(CommandTest):
    def setUp(self):
        super().setUp()
        # A short text: charlm is judged on a tenth of it in every execution.
        (self.folder / "text").write_text("these threads count that buffer before the barrier. " * 200)

    def record(self, workload, name, **shim):
        trace = self.folder / name
        trace.mkdir()
        subprocess.run(
            [BIN / "detaudit-workload", "--workload", workload, "--kernels", "deterministic",
             "--steps", "1", "--batch", "8", *(["--data", "text"] if workload == "charlm" else [])],
            cwd=self.folder,
            env={**os.environ, "DETAUDIT_CONTROL": f"trace={trace}", "LD_PRELOAD": str(SHIM), **shim},
            stdout=subprocess.DEVNULL, check=True)
        return trace

    def flip_everywhere(self, workload):
        listing = self.folder / "operations"
        base = self.record(workload, "base", SHIM_LIST=str(listing))
        tried, seen = 0, set()
        for event, line in enumerate(listing.read_text().splitlines()):
            op, key, outputs = line.split("\t")
            if (op, key) in seen:
                continue
            seen.add((op, key))
            for output in range(int(outputs)):
                bit = (event * 7919 + output * 104729) % 1000003
                name = f"flip-{event}-{output}"
                trace = self.record(workload, name, SHIM_FLIP=f"{event}:{output}:{bit}")
                result = self.detaudit("diff", str(base), str(trace), "--format", "json", check=1)
                first = json.loads(result.out)["findings"][0]
                self.assertEqual((first["op"], first["key"]), (op, key), f"{line}, output {output}")
                tried += 1
        self.assertGreater(tried, 60)

    def test_convnet(self):
        self.flip_everywhere("convnet")

    def test_charlm(self):
        self.flip_everywhere("charlm")

    def test_nothing_flipped(self):
        for workload in ("convnet", "charlm"):
            base, again = self.record(workload, workload + "-a"), self.record(workload, workload + "-b")
            self.detaudit("diff", str(base), str(again), check=0)


if __name__ == "__main__":
    unittest.main()
