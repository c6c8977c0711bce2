"""The JSON of real audits and scans against the schemas that docs/ ships, and what the contract says
of each member by hand. Run with tests/with_jsonschema."""
import copy
import json
import os
import pathlib
import shutil
import unittest

import jsonschema

from command import BIN, SMALL, CommandTest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CUBINS = ROOT / "tests" / "unit" / "instrument" / "cubins"
SUBJECTS = BIN.parent / "subjects"
DETERMINISTIC = ["--kernels", "deterministic", *SMALL]

# contract.md's picture of a report: members that each object has at least.
CONTRACT = {
    "": {"schema", "audit", "runs", "coverage", "confidence", "findings", "environment"},
    "audit": {"id", "verdict", "scope", "subject", "started"},
    "runs": {"index", "exit_code", "signal", "events", "lossy", "wall_seconds", "digest"},
    "coverage": {"events_compared", "lanes", "unaligned", "unseen"},
    "confidence": {"comparisons", "divergence_probability_upper_95"},
    "findings": {"id", "code", "severity", "cause", "proof", "op", "kernel", "lane", "step", "event", "origin",
                 "occurrences", "magnitude", "location", "evidence", "fix"},
    "fix": {"summary", "replacement", "cost_ratio"},
    "magnitude": {"elements", "differing", "max_ulp", "max_abs"},
}


def validator(name):
    return jsonschema.Draft202012Validator(json.loads((ROOT / "docs" / name).read_text()))


def no_number(*_):
    raise ValueError("a number that JSON does not have")


class Schema(CommandTest):
    def valid(self, text, schema):
        document = json.loads(text, parse_constant=no_number)
        errors = [f"{error.json_path}: {error.message}" for error in schema.iter_errors(document)]
        self.assertEqual(errors, [], text[:2000])
        # The schema is not one that takes anything.
        broken = copy.deepcopy(document)
        broken["invented"] = 1
        self.assertFalse(schema.is_valid(broken))
        return document


class ReportSchema(Schema):
    schema = validator("report.schema.json")

    def has(self, value, name):
        self.assertLessEqual(CONTRACT[name], set(value), name)

    def keeps_the_contract(self, report):
        self.assertEqual(report["schema"], "detaudit.report/1")
        self.has(report, "")
        for part in ("audit", "coverage", "confidence"):
            self.has(report[part], part)
        self.assertRegex(report["audit"]["started"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertTrue(report["audit"]["id"])
        self.assertEqual([run["index"] for run in report["runs"]], list(range(len(report["runs"]))))
        self.assertEqual(report["confidence"]["comparisons"], len(report["runs"]) - 1)
        for run in report["runs"]:
            self.has(run, "runs")
            self.assertEqual(run["exit_code"] is None, run["signal"] is not None or run["timed_out"])
        for finding in report["findings"]:
            self.has(finding, "findings")
            self.has(finding["fix"], "fix")
            if finding["magnitude"]:
                self.has(finding["magnitude"], "magnitude")
            explained = self.detaudit("explain", finding["code"], check=0).out
            self.assertIn(finding["code"], explained)
        steps = [finding["step"] for finding in report["findings"] if finding["kind"] != "output"]
        self.assertEqual(steps, sorted(steps))

    def of_audit(self, verdict, *arguments, **more):
        text = self.detaudit("run", "--format", "json", *arguments, **more).out
        report = self.valid(text, self.schema)
        self.assertEqual(report["audit"]["verdict"], verdict, text[:2000])
        self.keeps_the_contract(report)
        self.assertEqual(self.detaudit("report", "--format", "json", check=0).out, text)
        return report

    def test_reproducible(self):
        report = self.of_audit("reproducible", *DETERMINISTIC)
        self.assertEqual(report["findings"], [])
        self.of_audit("reproducible", *DETERMINISTIC, "--scope", "thread-count", "--runs", "3")

    def test_divergent(self):
        report = self.of_audit("divergent", *SMALL, "--replay", "8")
        self.assertTrue(all(f["magnitude"] and f["fix"]["replacement"] for f in report["findings"]))
        self.of_audit("divergent", *DETERMINISTIC, "--hazard", "time-seed")

    def test_one_run(self):
        self.of_audit("inconclusive", "--runs", "1", "--replay", "2", *DETERMINISTIC)

    def test_goals(self):
        report = self.of_audit("within-tolerance", *SMALL, "--goal", "metrics", "--metric", "loss:10")
        self.assertTrue(report["metrics"] and report["findings"])
        self.of_audit("reproducible", *DETERMINISTIC, "--goal", "documented")
        # Not a number: JSON has none, and the schema says what stands for it.
        self.of_audit("inconclusive", "--goal", "metrics", "--metric", "loss:1", "--",
                      str(SUBJECTS / "declares"), "not_a_number")

    def test_programs(self):
        self.of_audit("reproducible", "--", "echo", "same")
        report = self.of_audit("divergent", "--", "sh", "-c", "date +%N > stamp; date +%N")
        self.assertEqual({f["kind"] for f in report["findings"]}, {"output"})
        self.of_audit("divergent", "--", str(SUBJECTS / "time_dependence_hazard"))
        self.of_audit("reproducible", "--", str(SUBJECTS / "printed_time"))

    def test_runs_that_end_badly(self):
        self.of_audit("inconclusive", "--", "sh", "-c", "exit 7")
        report = self.of_audit("inconclusive", "--", "sh", "-c", "kill -SEGV $$")
        self.assertEqual(report["runs"][0]["signal"], "SIGSEGV")
        report = self.of_audit("inconclusive", "--timeout", "0.5", "--", "sleep", "60")
        self.assertTrue(report["runs"][0]["timed_out"])
        self.of_audit("divergent", "--", "sh", "-c", "if [ -e m ]; then exit 1; fi; touch m")

    def test_names_that_are_no_text(self):
        script = self.folder / "train"
        script.write_bytes(b"#!/bin/sh\necho $$ > \"$(printf 'out\\377\\033[31m\"<b>')\"\n")
        script.chmod(0o755)
        self.of_audit("divergent", "--", "./train", os.fsdecode(b"an\xffargument"))

    def test_diff(self):
        audits = []
        for arguments in (DETERMINISTIC, [*DETERMINISTIC, "--seed", "77"]):
            audits.append(self.of_audit("reproducible", *arguments)["audit"]["id"])
        text = self.detaudit("diff", *audits, "--format", "json", check=1).out
        self.assertTrue(self.valid(text, self.schema)["findings"])


class ScanSchema(Schema):
    schema = validator("scan.schema.json")

    def of_scan(self, *paths, check=1):
        text = self.detaudit("scan", "--format", "json", *paths, check=check).out
        report = self.valid(text, self.schema)
        self.assertEqual(report["schema"], "detaudit.scan/1")
        for finding in report["findings"]:
            self.assertLessEqual({"code", "severity", "cause", "kernel", "location", "evidence", "fix"}, set(finding))
            self.assertIsInstance(finding["kernel"], str)
        places = [(f["file"], (f["location"] or {}).get("line", 0)) for f in report["findings"]]
        self.assertEqual(places, sorted(places))
        self.assertIn("files", report["coverage"])
        return report

    def test_fixtures(self):
        for fixture in sorted(CUBINS.glob("*.*in")):
            with self.subTest(fixture=fixture.name):
                self.assertTrue(self.of_scan(fixture)["findings"])

    def test_a_folder_with_damage(self):
        whole = (CUBINS / "small_zstd.fatbin").read_bytes()
        (self.folder / "cut.fatbin").write_bytes(whole[: len(whole) - 600])
        shutil.copy(CUBINS / "lines.90.cubin", self.folder)
        (self.folder / os.fsdecode(b"\xff.cubin")).write_bytes((CUBINS / "lines.90.cubin").read_bytes()[:64])
        report = self.of_scan(".")
        self.assertTrue({"scanned", "degraded"} <= {f["status"] for f in report["coverage"]["files"]})

    def test_with_an_audit_at_hand(self):
        (self.folder / "train.py").write_text("import random\n\nprint(random.Random().random())\n")
        audit = self.detaudit("run", "--format", "json", "--", "python3", "train.py", check=1).report["audit"]["id"]
        report = self.of_scan("--audit", audit, "train.py")
        self.assertEqual([f["audit"]["outcome"] for f in report["findings"]], ["diverged"])
        self.assertEqual(report["audit"]["diverged"], 1)

    def test_nothing_found(self):
        (self.folder / "clean.ptx").write_bytes(
            b".version 9.0\n.target sm_90\n.visible .entry k(.param .u64 p)\n{\n ret;\n}\n")
        self.assertEqual(self.of_scan("clean.ptx", check=0)["findings"], [])


if __name__ == "__main__":
    unittest.main()
