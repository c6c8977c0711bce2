#!/usr/bin/env python3
"""The built-in workload on a GPU, which is emulated here: `--device` and `--scope device`."""
import os
import pathlib
import shutil
import unittest

import command
from command import SMALL, CommandTest

BIN = command.BIN
EMULATED = pathlib.Path(os.environ["DETAUDIT_EMULATED_WORKLOAD"])
TINY = ["--steps", "2", "--batch", "8"]


class EmulatedDevice(CommandTest):
    """A `detaudit` whose workload has an emulated GPU."""

    def setUp(self):
        super().setUp()
        place = self.folder / "installed"
        (place / "bin").mkdir(parents=True)
        shutil.copy2(BIN / "detaudit", place / "bin" / "detaudit")
        shutil.copy2(EMULATED, place / "bin" / "detaudit-workload")
        (place / "lib").symlink_to(BIN.parent / "lib")
        self.text = self.folder / "text"
        self.text.write_text("".join(f"a line of number {i * i}\n" for i in range(300)))
        command.BIN = place / "bin"

    def tearDown(self):
        command.BIN = BIN
        super().tearDown()

    def charlm(self, *arguments, check):
        return self.audit("--workload", "charlm", "--data", str(self.text), "--steps", "2",
                          "--batch", "2", *arguments, check=check)

    def test_scope_device(self):
        report = self.charlm("--kernels", "deterministic", "--scope", "device", check=0)
        self.assertEqual(report["audit"]["scope"], "device")
        self.assertEqual(report["audit"]["verdict"], "reproducible")
        self.assertEqual(len({run["digest"] for run in report["runs"]}), 1)

    def test_atomic_kernels_differ_by_device(self):
        report = self.charlm("--kernels", "atomic", "--scope", "device", check=1)
        self.assertTrue(report["findings"][0]["origin"])

    def test_device_cuda(self):
        report = self.charlm("--kernels", "deterministic", "--device", "cuda", check=0)
        self.assertEqual(report["audit"]["verdict"], "reproducible")


class NoDevice(CommandTest):
    """What is said where no GPU answers."""

    def refuses(self, *arguments, names):
        result = self.detaudit("run", *SMALL, *arguments, check=2)
        self.assertIn(names, result.err)
        self.assertEqual(list(self.folder.iterdir()), [])

    @unittest.skipIf(pathlib.Path("/dev/nvidiactl").exists(), "a GPU may answer")
    def test_cuda_is_refused(self):
        self.refuses("--device", "cuda", names="no GPU answers")
        self.refuses("--scope", "device", names="no GPU answers")

    def test_both_scope_and_device(self):
        self.refuses("--scope", "device", "--device", "cuda", names="leave out --device")

    def test_auto(self):
        self.audit(*TINY, "--device", "auto", "--kernels", "deterministic", check=0)


if __name__ == "__main__":
    unittest.main()
