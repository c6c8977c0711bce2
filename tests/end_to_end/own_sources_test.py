"""Our own sources, as the build compiles them: nothing is found that no comment explains, and every file is
read whole but for those that say why. Readings are kept in the build folder: later scans take seconds."""
import json
import os
import pathlib
import subprocess
import sys
import unittest

BIN = pathlib.Path(os.environ["DETAUDIT_BIN"])
ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ["auditor", "instrument", "kernels", "reports", "rules"]
# GCC takes what clang does not.
DEGRADED = {"instrument/libc/names.cc": "exception specification"}


class OwnSources(unittest.TestCase):
    def scan(self):
        build = BIN.parent
        if not (build / "compile_commands.json").exists():
            self.skipTest("the build wrote no compile_commands.json")
        process = subprocess.run(
            [BIN / "detaudit", "scan", "-p", build, "--cache", build / "scan-cache", "--format", "json", *FOLDERS],
            cwd=ROOT, capture_output=True, text=True)
        report = json.loads(process.stdout)
        reasons = {reason for file in report["coverage"]["files"] for reason in file["reasons"]}
        for part in "no libclang", "no CUDA toolkit":
            if any(part in reason for reason in reasons):
                self.skipTest(f"{part} here, and the sources need it")
        return process, report

    def test_nothing_is_unexplained(self):
        process, report = self.scan()
        found = [(f["code"], f["location"]["file"], f["location"]["line"]) for f in report["findings"]]
        self.assertEqual(found, [])
        self.assertEqual(process.returncode, 0, process.stderr[-2000:])
        self.assertTrue(report["suppressions"])
        files = report["coverage"]["files"]
        self.assertGreater(len(files), 600)
        for file in files:
            said = DEGRADED.get(file["path"])
            with self.subTest(file=file["path"]):
                self.assertEqual(file["status"], "degraded" if said else "scanned", file["reasons"])
                self.assertTrue(not said or all(said in reason for reason in file["reasons"]))


if __name__ == "__main__":
    result = unittest.main(exit=False).result
    sys.exit(77 if result.skipped else not result.wasSuccessful())
