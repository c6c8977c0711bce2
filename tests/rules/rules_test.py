"""Rules over sources: a line with `// expect: CODE[, CODE...]` (`#` in Python) has those findings, and
every other line has none."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

BIN = pathlib.Path(os.environ["DETAUDIT_BIN"])
HERE = pathlib.Path(__file__).resolve().parent
EXPECT = re.compile(r"(?://|#)\s*expect:\s*(DET\d{3}(?:\s*,\s*DET\d{3})*)")


REPLACEMENT = re.compile(r"expect: DET\d{3}, replacement: (\w+/deterministic)")


def replacements(path):
    """(line, replacement) of every finding that has one."""
    found = [(number, REPLACEMENT.search(line)) for number, line in enumerate(path.read_text().splitlines(), 1)]
    return {(number, match[1]) for number, match in found if match}


def expected(path):
    """(line, code) of every expectation."""
    pairs = set()
    for number, line in enumerate(path.read_text().splitlines(), 1):
        found = EXPECT.search(line)
        if found:
            pairs |= {(number, code.strip()) for code in found.group(1).split(",")}
    return pairs


class Rules:
    folder = ""

    def scan(self):
        with tempfile.TemporaryDirectory() as cache:
            process = subprocess.run(
                [BIN / "detaudit", "scan", "--format", "json", "--no-fail", "--cache", cache, self.folder],
                cwd=HERE, capture_output=True, text=True, timeout=600)
        if process.returncode == 3 and "no libclang" in process.stderr:
            self.skipTest("this build of detaudit has no libclang")
        self.assertEqual(process.returncode, 0, process.stderr[-4000:])
        return json.loads(process.stdout)

    def test_each_line_has_what_it_expects_and_nothing_else(self):
        report = self.scan()
        self.complain_of_coverage(report)
        found = {}
        for finding in report["findings"]:
            place = finding["location"]
            found.setdefault(place["file"], {})[(place["line"], finding["code"])] = finding
        files = sorted(p for p in (HERE / self.folder).rglob("*") if p.is_file())
        self.assertTrue(files)
        for path in files:
            name = path.relative_to(HERE).as_posix()
            with self.subTest(file=name):
                here, wanted = found.get(name, {}), expected(path)
                missed = sorted(wanted - set(here))
                false = sorted(set(here) - wanted)
                self.assertEqual((missed, false), ([], []), "(missed, false)")
                fixes = {(line, finding["fix"]["replacement"]) for (line, _), finding in here.items()}
                self.assertEqual({fix for fix in fixes if fix[1]}, replacements(path))

    def complain_of_coverage(self, report):
        for file in report["coverage"]["files"]:
            self.assertEqual(file["status"], "scanned", file)


class Cxx(Rules, unittest.TestCase):
    folder = "cxx"


class Cuda(Rules, unittest.TestCase):
    folder = "cuda"

    def complain_of_coverage(self, report):
        for file in report["coverage"]["files"]:
            if any("no CUDA toolkit" in reason for reason in file["reasons"]):
                self.skipTest("no CUDA toolkit is installed")
        super().complain_of_coverage(report)


class Python(Rules, unittest.TestCase):
    folder = "python"


if __name__ == "__main__":
    program = unittest.main(exit=False)
    skipped = program.result.skipped and not program.result.failures + program.result.errors
    sys.exit(77 if skipped else not program.result.wasSuccessful())
