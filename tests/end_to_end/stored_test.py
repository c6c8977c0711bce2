"""What a stored audit gives: the same again, in every format, and comparisons."""
import json
import pathlib
import sqlite3
import subprocess
import time
import unittest

from command import BIN, SMALL, CommandTest

DETERMINISTIC = ["--kernels", "deterministic", *SMALL]

class Store(CommandTest):
    def newest(self):
        return self.detaudit("list", check=0).out.splitlines()[1].split()[0]


class Stored(Store):
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

    def test_show(self):
        self.detaudit("run", *DETERMINISTIC, check=0)
        self.assertIn("reproducible", self.detaudit("show", self.newest(), check=0).out)

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
        self.assertRegex(result.err, r"\Aerror: divergent: [^\n]*\n\Z")
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

class Differences(Store):
    """What parts two audits has the cause that they found themselves, or none."""

    def test_a_cause_is_the_audits_own(self):
        own = {finding["op"] for _ in range(2)
               for finding in self.audit(*SMALL, "--replay", "8", check=1)["findings"]}
        second, first = [line.split()[0] for line in self.detaudit("list", check=0).out.splitlines()[1:3]]
        report = self.detaudit("diff", first, second, "--format", "json", check=1).report
        origins = [finding for finding in report["findings"] if finding["origin"]]
        known = [finding for finding in origins if finding["op"] in own]
        self.assertTrue(known, (own, origins))
        for finding in known:
            self.assertEqual(finding["cause"], "float-atomics", finding)
            self.assertIn(finding["proof"], ("replay", "counterfactual"))
            self.assertIn("for the same origin in runs of its own", " ".join(finding["evidence"]))
        for finding in origins:  # that neither audit came upon
            if finding["op"] not in own:
                self.assertEqual((finding["cause"], finding["proof"]), ("unknown", "inferred"))
        for finding in report["findings"]:
            if finding["proof"] != "replay":
                self.assertIsNone(finding["magnitude"], "no buffers of these two runs were compared")

    def test_a_trace_alone_proves_nothing(self):
        self.audit(*SMALL, "--replay", "8", check=1)
        [audit] = (self.folder / ".detaudit" / "audits").glob("*")
        runs = [str(audit / f"run-{i}") for i in (0, 1)]
        report = self.detaudit("diff", *runs, "--format", "json", check=1).report
        self.assertEqual({(f["cause"], f["proof"]) for f in report["findings"]}, {("unknown", "inferred")})
        text = self.detaudit("diff", *runs, check=1).out
        self.assertIn("cause: unknown", text)
        self.assertNotIn("unknown, ", text)

    def test_another_command_line_is_not_the_cause_of_old(self):
        script = "echo $1; head -c 8 /dev/urandom > drawn"
        audits = [self.audit("--", "sh", "-c", script, "x", word, check=1)["audit"]["id"] for word in "ab"]
        report = self.detaudit("diff", *audits, "--format", "json", check=1).report
        found = {f["op"].rsplit("/")[-1]: f for f in report["findings"]}
        self.assertEqual({f["cause"] for f in found.values()}, {"unknown"}, found)
        self.assertIn("different command lines", " ".join(found["drawn"]["evidence"]))
        same = self.audit("--again", audits[0], check=1)["audit"]["id"]
        report = self.detaudit("diff", audits[0], same, "--format", "json", check=1).report
        self.assertEqual([f["cause"] for f in report["findings"]], ["unseeded-rng"], report["findings"])


class Again(Store):
    def train(self, text, folder="."):
        """A script as the subject, in a folder; the arguments that audit it."""
        script = self.folder / folder / "train"
        script.parent.mkdir(exist_ok=True)
        script.write_text("#!/bin/sh\n" + text)
        script.chmod(0o755)
        return ["--", str(script)]

    def digests(self, report):
        return [run["digest"] for run in report["runs"]]

    def test_repeats_the_options(self):
        before = self.audit(*DETERMINISTIC, "--runs", "3", "--seed", "5", "--report", "page.html", check=0)
        (self.folder / "page.html").unlink()
        again = self.audit("--again", before["audit"]["id"], check=0)
        self.assertEqual(self.digests(again), self.digests(before))
        self.assertEqual(again["audit"]["subject"], before["audit"]["subject"])
        self.assertEqual(again["audit"]["title"], before["audit"]["title"])
        self.assertNotEqual(again["audit"]["id"], before["audit"]["id"])
        self.assertFalse((self.folder / "page.html").exists(), "where a page goes is asked for each time")
        third = self.audit("--again", again["audit"]["id"], "--runs", "2", check=0)
        self.assertEqual(self.digests(third), self.digests(before)[:2])

    def test_what_is_given_beside_it(self):
        before = self.audit("--db", "a.db", "--timeout", "250", *SMALL, "--runs", "4", check=1)
        (self.folder / "elsewhere").mkdir()
        process = subprocess.run(
            [BIN / "detaudit", "run", "--again", before["audit"]["id"], "--db", "../a.db", "--runs=2",
             "--timeout", "200", "--no-fail", "--format", "text", "--report", "page.html"],
            cwd=self.folder / "elsewhere", capture_output=True, text=True)
        self.assertEqual(process.returncode, 0, process.stdout + process.stderr)
        self.assertIn("2 runs", process.stdout)
        self.assertTrue((self.folder / "elsewhere" / "page.html").exists())
        [row] = sqlite3.connect(self.folder / "a.db").execute(
            "select count(*) from runs where audit = (select id from audits order by sequence desc limit 1)")
        self.assertEqual(row[0], 2)

    def test_runs_where_it_ran(self):
        program = self.train("pwd\n", "inner")
        subprocess.run([BIN / "detaudit", "run", "--db", "../a.db", *program], cwd=self.folder / "inner",
                       check=True, capture_output=True)
        listing = self.detaudit("list", "--db", "a.db", check=0).out
        before = listing.splitlines()[1].split()[0]
        again = self.audit("--db", "a.db", "--again", before, check=0)
        self.detaudit("diff", "--db", "a.db", before, again["audit"]["id"], check=0)

    def test_variables_are_as_they_were(self):
        program = self.train('echo "$OMP_NUM_THREADS ${TF_FLAG-unset} ${MKL_CBWR-unset}"\n')
        then = {"OMP_NUM_THREADS": "3", "TF_FLAG": "a b"}
        before = self.audit(*program, env=then, check=0)["audit"]["id"]
        now = {"OMP_NUM_THREADS": "5", "MKL_CBWR": "AVX2"}
        result = self.detaudit("run", "--again", before, "--format", "json", env=now, check=0)
        for line in ("`OMP_NUM_THREADS` is `3` again, not `5`", "`TF_FLAG` is `a b` again, not unset",
                     "`MKL_CBWR` is unset again, not `AVX2`"):
            self.assertIn(line, result.err)
        self.assertNotIn("cannot be restored", result.err)
        self.detaudit("diff", before, result.report["audit"]["id"], check=0)
        # And it is the variables that make the difference.
        other = self.audit(*program, env=now, check=0)["audit"]["id"]
        self.detaudit("diff", before, other, check=1)

    def test_secrets_are_told_of(self):
        program = self.train("echo x\n")
        before = self.audit(*program, env={"MKL_SECRET_TOKEN": "hunter2hunter2"}, check=0)["audit"]["id"]
        result = self.detaudit("run", "--again", before, check=0)
        self.assertIn("`MKL_SECRET_TOKEN` looked like a secret", result.err)
        self.assertNotIn("hunter2", result.err)

    def test_what_cannot_be_restored_is_told_of(self):
        program = self.train("echo first\n")
        before = self.audit(*program, check=0)["audit"]["id"]
        self.assertEqual(self.detaudit("run", "--again", before, check=0).err.count("warning"), 0)
        self.train("echo second\n")
        result = self.detaudit("run", "--again", before, check=0)
        self.assertIn("1 fact that cannot be restored", result.err)
        self.assertIn("`program.digest` was", result.err)

    def refuses(self, *arguments, names):
        audits = self.detaudit("list", check=0).out
        result = self.detaudit("run", "--again", *arguments, check=2)
        self.assertEqual((result.out, result.err.count("error[")), ("", 1), result)
        self.assertIn("help:", result.err, result)
        for name in names:
            self.assertIn(name, result.err, result)
        self.assertEqual(self.detaudit("list", check=0).out, audits)

    def test_contradictions(self):
        program = self.train("echo x\n")
        before = self.audit(*program, check=0)["audit"]["id"]
        for option in (["--replay", "2"], ["--perturb", "none"], ["--steps=3"], ["--seed", "1"],
                       ["--judge-stderr"], ["--ignore-output", "x"], ["--goal", "documented"],
                       ["--scope", "run-to-run"]):
            self.refuses(before, *option, names=[option[0].split("=")[0], "contradicts --again"])
        self.refuses(before, "--", "echo", names=["leave out `--`"])
        self.refuses(before, "--runs", "1", names=["--runs 1", before])
        self.refuses("nonsense", names=["nonsense"])
        self.refuses("2", "--runs", "1", names=["--runs 1"])

    def test_what_is_gone(self):
        program = self.train("echo x\n", "inner")
        (self.folder / ".detaudit").mkdir()
        subprocess.run([BIN / "detaudit", "run", "--db", "../.detaudit/audits.db", *program],
                       cwd=self.folder / "inner", capture_output=True, check=True)
        audit = self.newest()
        script = pathlib.Path(program[1])
        script.chmod(0o644)
        self.refuses(audit, names=[audit, str(script), "not executable"])
        script.unlink()
        self.refuses(audit, names=[audit, str(script), "does not exist", "restore the program"])
        script.parent.rmdir()
        self.refuses(audit, names=[audit, str(script.parent), "restore the folder"])

    def test_an_interrupted_audit(self):
        # Killed before it has a manifest.
        program = self.train('[ -e go ] || sleep 60; echo x\n')
        process = subprocess.Popen([BIN / "detaudit", "run", *program], cwd=self.folder,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not list(self.folder.glob(".detaudit/audits/*/run-0")):
            time.sleep(0.02)
        process.kill()
        process.wait()
        (self.folder / "go").touch()
        result = self.detaudit("run", "--again", self.newest(), check=0)
        self.assertIn("did not get as far as its environment", result.err)


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

    def test_diff_with_the_present(self):
        (self.folder / "train").write_text("#!/bin/sh\necho first\n")
        (self.folder / "train").chmod(0o755)
        audit = self.audit("--", "./train", check=0)["audit"]["id"]
        for operands in ((audit,), (audit, "now"), ("now", audit), ("now",), ("now", "now")):
            self.assertIn("equal", self.detaudit("env", "diff", *operands, check=0).out)
        result = self.detaudit("env", "diff", audit, env={"OMP_NUM_THREADS": "17"}, check=1)
        self.assertEqual(result.out.splitlines()[0], "variable.OMP_NUM_THREADS")
        self.assertIn("+ 17", result.out)
        self.assertIn("- 17", self.detaudit("env", "diff", "now", audit, env={"OMP_NUM_THREADS": "17"}, check=1).out)
        # From anywhere: the subject's facts are taken in its folder.
        (self.folder / "inner").mkdir()
        moved = subprocess.run([BIN / "detaudit", "env", "diff", audit, "--db", "../.detaudit/audits.db"],
                               cwd=self.folder / "inner", capture_output=True, text=True)
        self.assertEqual(moved.returncode, 0, moved.stdout)
        (self.folder / "train").write_text("#!/bin/sh\necho second\n")
        self.assertIn("program.digest", self.detaudit("env", "diff", audit, check=1).out)

    def test_diff_is_explained_and_refuses(self):
        self.assertIn("`now`", self.detaudit("env", "--help", check=0).out)
        self.assertIn("an audit", self.detaudit("env", "diff", check=2).err)
        self.assertIn("audits.db", self.detaudit("env", "diff", "nonsense", check=2).err)

    def test_secrets_are_redacted(self):
        out = self.detaudit("env", env={"MKL_SECRET_TOKEN": "hunter2hunter2"}, check=0).out
        self.assertNotIn("hunter2", out)

if __name__ == "__main__":
    unittest.main()
