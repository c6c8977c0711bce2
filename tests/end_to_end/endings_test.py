"""How runs end: differently, all badly, or by Ctrl-C. Each has one diagnostic, and loses nothing."""
import signal
import subprocess
import time
import unittest

from command import BIN, CommandTest

# Ends with 3 in every second run, by a bit of the system's entropy.
FLIPS = ["sh", "-c", "exit $(( ($(od -An -N1 -tu1 /dev/urandom) & 1) * 3 ))"]


class ExitStatus(CommandTest):
    def the_finding(self, report):
        [finding] = [f for f in report["findings"] if f["op"] == "exit status"]
        self.assertEqual((finding["code"], finding["kind"]), ("DET119", "output"))
        self.assertEqual(report["findings"][-1], finding, "what all else came to is last")
        return finding

    def test_a_flipping_exit_code_is_a_finding_with_its_cause(self):
        # Runs end alike in 1 of 8 million audits.
        report = self.audit("--runs", "24", "--", *FLIPS, check=1)
        self.assertEqual(report["audit"]["verdict"], "divergent")
        finding = self.the_finding(report)
        self.assertEqual((finding["cause"], finding["proof"]), ("unseeded-rng", "counterfactual"), finding)
        told = " ".join(finding["evidence"])
        self.assertIn("exit code 0", told)
        self.assertIn("exit code 3", told)
        for form in ("text", "html"):
            self.assertIn("ended differently", self.detaudit("report", "--format", form, check=0).out)
        self.assertIn("exit-status", self.detaudit("explain", finding["code"], check=0).out)

    def test_arms_may_end_with_codes_that_no_run_had(self):
        # One of 200 codes each time: arms hardly ever end as a run did, and 8 runs alike in 1 of 10^16 audits.
        script = "exit $(( ($(od -An -N2 -tu2 /dev/urandom) % 200) + 1 ))"
        report = self.audit("--runs", "8", "--", "sh", "-c", script, check=1)
        finding = self.the_finding(report)
        self.assertEqual((finding["cause"], finding["proof"]), ("unseeded-rng", "counterfactual"), finding)

    def test_a_signal_in_some_runs(self):
        script = FLIPS[2].replace("exit $((", "x=$((") + "; [ $x = 0 ] || kill -SEGV $$"
        report = self.audit("--runs", "24", "--", "sh", "-c", script, check=1)
        finding = self.the_finding(report)
        self.assertIn("SIGSEGV", " ".join(finding["evidence"]))
        self.assertEqual(finding["cause"], "unseeded-rng", finding)

    def test_what_decides_and_is_not_known(self):
        marker = self.folder / "marker"
        report = self.audit("--", "sh", "-c", f"[ -e {marker} ] && exit 1; touch {marker}", check=1)
        finding = self.the_finding(report)
        self.assertEqual((finding["cause"], finding["proof"]), ("unknown", "inferred"), finding)

    def test_an_output_that_differs_too_keeps_its_own_finding(self):
        script = "x=$(od -An -N1 -tu1 /dev/urandom); echo $x; exit $(( (x & 1) * 3 ))"
        report = self.audit("--runs", "24", "--", "sh", "-c", script, check=1)
        self.assertEqual([f["op"] for f in report["findings"]], ["stdout", "exit status"])
        self.assertEqual(set(self.causes(report)), {"unseeded-rng"})

    def test_runs_that_end_alike_have_none(self):
        report = self.audit("--", "sh", "-c", "echo x; exit 4", check=3)
        self.assertEqual(report["findings"], [])
        self.audit("--expect-exit", "4", "--", "sh", "-c", "echo x; exit 4", check=0)


class Failures(CommandTest):
    def test_one_diagnostic_for_all_of_them(self):
        for script, said in (("echo reason >&2; exit 7", "exit code 7"), ("kill -SEGV $$", "SIGSEGV")):
            result = self.detaudit("run", "--runs", "3", "--", "sh", "-c", script, check=3)
            self.assertEqual(result.err.count("error"), 1, result)
            self.assertNotIn("warning", result.err)
            self.assertIn(f"3 of 3 runs of the subject failed, first run 1: {said}", result.err)
        self.assertIn("reason", self.detaudit("run", "--", "sh", "-c", "echo reason >&2; exit 7").err)

    def test_one_where_a_run_alone_fails(self):
        marker = self.folder / "marker"
        result = self.detaudit("run", "--runs", "3", "--", "sh", "-c",
                               f"echo reason; if [ -e {marker} ]; then exit 9; fi; touch {marker}", check=1)
        self.assertEqual(result.err.count("error"), 1, result)
        self.assertIn("2 of 3 runs of the subject failed, first run 2: exit code 9", result.err)


class Interrupted(CommandTest):
    def interrupt(self, awaited, *arguments):
        """The exit code and what was said, of an audit interrupted once `awaited` is there."""
        process = subprocess.Popen([BIN / "detaudit", "run", *arguments], cwd=self.folder,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while process.poll() is None and not list(self.folder.glob(awaited)):
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    def test_what_parted_stays_divergent(self):
        script = "od -An -N8 -tx1 /dev/urandom; sleep 0.3"
        code, out, err = self.interrupt(".detaudit/audits/*/arms/arm-000", "--", "sh", "-c", script)
        self.assertEqual(code, 1, err)
        self.assertEqual((err.count("error"), err.count("DET909")), (1, 1), err)
        self.assertIn("interrupted", err)
        self.assertIn("divergent", out)
        report = self.detaudit("report", "--format", "json", check=0).report
        self.assertEqual(report["audit"]["verdict"], "divergent")
        [finding] = report["findings"]
        self.assertEqual((finding["op"], finding["cause"], finding["proof"]), ("stdout", "unknown", "inferred"))
        self.assertIn("interrupted", " ".join(report["audit"]["reasons"]))
        self.assertIn("divergent", self.detaudit("list", check=0).out)

    def test_runs_that_parted_before_the_last_one_ran(self):
        script = "od -An -N8 -tx1 /dev/urandom; sleep 0.3"
        code, _, err = self.interrupt(".detaudit/audits/*/run-2", "--runs", "50", "--", "sh", "-c", script)
        self.assertEqual(code, 1, err)
        report = self.detaudit("report", "--format", "json", check=0).report
        self.assertEqual(report["audit"]["verdict"], "divergent")
        self.assertGreaterEqual(len(report["runs"]), 2)
        self.assertEqual(report["confidence"]["comparisons"], len(report["runs"]) - 1)

    def test_runs_that_agree_claim_nothing(self):
        code, out, err = self.interrupt(".detaudit/audits/*/run-2", "--runs", "50", "--", "sh", "-c",
                                        "echo same; sleep 0.3")
        self.assertEqual((code, out), (3, ""), err)
        [listed] = self.detaudit("list", check=0).out.splitlines()[1:]
        # Two ended before the third began, which may have left a trace by then.
        self.assertRegex(listed, r" interrupted +[23] +0 ")


if __name__ == "__main__":
    unittest.main()
