"""Runs the built `detaudit` as a user would, in a folder of its own."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

BIN = pathlib.Path(os.environ["DETAUDIT_BIN"])
TEST_LIB = pathlib.Path(os.environ.get("DETAUDIT_TEST_LIB", BIN.parent / "test"))
SMALL = ["--steps", "6", "--batch", "32"]


class Result:
    def __init__(self, process):
        self.code = process.returncode
        self.out = process.stdout
        self.err = process.stderr

    @property
    def report(self):
        return json.loads(self.out)

    def __str__(self):
        return f"exit {self.code}\n--- stdout\n{self.out[-4000:]}\n--- stderr\n{self.err[-4000:]}"


class CommandTest(unittest.TestCase):
    """A folder for each test; a failing test keeps it and says where it is."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="detaudit-test-"))

    def tearDown(self):
        outcome = self._outcome.result
        failed = any(test is self for test, _ in outcome.failures + outcome.errors)
        if failed:
            print(f"kept {self.folder}; run again there: {BIN / 'detaudit'} ...")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    def detaudit(self, *arguments, timeout=300, env=None, check=None, stdin=subprocess.DEVNULL):
        process = subprocess.run(
            [BIN / "detaudit", *arguments],
            cwd=self.folder,
            env={**os.environ, **(env or {})},
            stdin=stdin,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
        )
        result = Result(process)
        if check is not None:
            self.assertEqual(result.code, check, f"{arguments}: {result}")
        return result

    def audit(self, *arguments, check=None, **more):
        """`detaudit run` with JSON; the report."""
        result = self.detaudit("run", "--format", "json", *arguments, check=check, **more)
        try:
            return result.report
        except ValueError:
            self.fail(f"no JSON from {arguments}: {result}")

    def causes(self, report):
        return [finding["cause"] for finding in report["findings"]]
