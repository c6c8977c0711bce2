"""What a stored audit gives: the same again, in every format, and comparisons."""
import json

import sqlite3
import subprocess
import unittest

from command import BIN, SMALL, CommandTest

DETERMINISTIC = ["--kernels", "deterministic", *SMALL]

class Stored(CommandTest):
    def newest(self):
        return self.detaudit("list", check=0).out.splitlines()[1].split()[0]

    def test_renderings_are_byte_identical(self):
        first = self.detaudit("run", "--format", "json", *SMALL, check=1).out
        self.assertEqual(self.detaudit("report", "--format", "json", check=0).out, first)
        for form in ("text", "json", "html"):
            once = self.detaudit("report", "--format", form, check=0).out
            self.assertEqual(self.detaudit("report", "--format", form, check=0).out, once)
            self.detaudit("report", "--format", form, "-o", "file", check=0)
            self.assertEqual((self.folder / "file").read_text(), once)

    def test_report_option_writes_the_page(self):
        self.detaudit("run", *DETERMINISTIC, "--report", "page.html", check=0)
        page = (self.folder / "page.html").read_text()
        self.assertIn("reproducible", page)
        self.assertNotIn("src=\"http", page)

    def test_show_and_again(self):
        self.detaudit("run", *DETERMINISTIC, check=0)
        audit = self.newest()
        self.assertIn("reproducible", self.detaudit("show", audit, check=0).out)
        before = self.detaudit("report", audit, "--format", "json", check=0).report
        again = self.audit("--again", audit, check=0)
        self.assertEqual([r["digest"] for r in again["runs"]], [r["digest"] for r in before["runs"]])
        self.assertNotEqual(again["audit"]["id"], before["audit"]["id"])

    def test_again_runs_where_it_ran(self):
        inner = self.folder / "inner"
        inner.mkdir()
        (inner / "train").write_text("#!/bin/sh\npwd\n")
        (inner / "train").chmod(0o755)
        subprocess.run([BIN / "detaudit", "run", "--db", "../a.db", "--", "./train"], cwd=inner,
                       check=True, capture_output=True)
        listing = self.detaudit("list", "--db", "a.db", check=0).out
        self.audit("--db", "a.db", "--again", listing.splitlines()[1].split()[0], check=0)

    def test_diff(self):
        self.detaudit("run", *DETERMINISTIC, check=0)
        first = self.newest()
        self.detaudit("run", *DETERMINISTIC, check=0)
        second = self.newest()
        self.detaudit("diff", first, second, check=0)
        self.detaudit("run", *DETERMINISTIC, "--seed", "77", check=0)
        other = self.newest()
        result = self.detaudit("diff", first, other, "--format", "json", check=1)
        self.assertTrue(json.loads(result.out)["findings"])
        trace = self.folder / ".detaudit" / "audits" / first / "run-0"
        self.detaudit("diff", str(trace), second, check=0)

    def test_diff_of_unequal_lengths(self):
        self.detaudit("run", *DETERMINISTIC, check=0)
        short = self.newest()
        self.detaudit("run", "--kernels", "deterministic", "--steps", "8", "--batch", "32", check=0)
        result = self.detaudit("diff", short, self.newest(), "--format", "json", check=1)
        report = json.loads(result.out)
        self.assertGreater(report["coverage"]["unaligned"], 0)
        self.assertGreater(report["coverage"]["events_compared"], 0)

    def test_queries_by_hand(self):
        self.detaudit("run", *SMALL, check=1)
        database = sqlite3.connect(self.folder / ".detaudit" / "audits.db")
        causes = {row[0] for row in database.execute("select cause from findings")}
        self.assertEqual(causes, {"float-atomics"})

class Goals(CommandTest):
    def test_metrics_within_tolerance(self):
        report = self.audit(*SMALL, "--goal", "metrics", "--metric", "loss:10", check=0)
        self.assertEqual(report["audit"]["verdict"], "within-tolerance")
        self.assertTrue(report["findings"], "divergences are still shown")

    def test_metrics_outside(self):
        report = self.audit("--steps", "30", "--batch", "32", "--goal", "metrics",
                            "--metric", "loss:0", check=1)
        self.assertEqual(report["audit"]["verdict"], "divergent")

    def test_metrics_missing(self):
        report = self.audit(*DETERMINISTIC, "--goal", "metrics", "--metric", "beauty:1", check=3)
        self.assertEqual(report["audit"]["verdict"], "inconclusive")

    def test_metrics_without_divergence(self):
        report = self.audit(*DETERMINISTIC, "--goal", "metrics", "--metric", "loss:0", check=0)
        self.assertEqual(report["audit"]["verdict"], "reproducible")

    def test_documented(self):
        report = self.audit(*DETERMINISTIC, "--goal", "documented", check=0)
        for fact in ("os.name", "os.kernel", "cpu.model"):
            self.assertTrue(report["environment"].get(fact), fact)

    def test_no_fail(self):
        self.assertEqual(self.audit(*SMALL, "--no-fail", check=0)["audit"]["verdict"], "divergent")

class Environment(CommandTest):
    def test_diff(self):
        (self.folder / "a.json").write_text(self.detaudit("env", "--format", "json", check=0).out)
        self.detaudit("env", "diff", "a.json", "a.json", check=0)
        changed = self.detaudit("env", "--format", "json", env={"OMP_NUM_THREADS": "17"}, check=0).out
        (self.folder / "b.json").write_text(changed)
        result = self.detaudit("env", "diff", "a.json", "b.json", check=1)
        self.assertIn("OMP_NUM_THREADS", result.out)
        self.assertIn("17", result.out)

    def test_secrets_are_redacted(self):
        out = self.detaudit("env", env={"MKL_SECRET_TOKEN": "hunter2hunter2"}, check=0).out
        self.assertNotIn("hunter2", out)

if __name__ == "__main__":
    unittest.main()
