"""A verdict is never better than its evidence: what was not compared, not read or not shown to be
harmless is no ground for one."""
import json
import unittest

from command import BIN, SMALL, CommandTest

SUBJECTS = BIN.parent / "subjects"


class OneRun(CommandTest):
    def test_one_run_claims_nothing_about_outputs(self):
        report = self.audit("--runs", "1", "--replay", "4", "--", "/bin/date", "+%N", check=3)
        self.assertIn("nothing was compared", " ".join(report["audit"]["reasons"]))

    def test_one_run_says_what_it_replayed(self):
        report = self.audit("--runs", "1", "--replay", "2", "--kernels", "deterministic", *SMALL, check=3)
        [told] = [reason for reason in report["audit"]["reasons"] if "events were not compared" in reason]
        self.assertRegex(told, "(`[a-z0-9_]+` [0-9]+ times(, )?){4} and [0-9]+ more operations$")


class Budget(CommandTest):
    def told(self, *budget):
        report = self.audit(*budget, "--hazard", "unseeded-dropout", *SMALL, check=1)
        return report["findings"][0], json.dumps(report)

    def test_no_arms_no_proof(self):
        finding, told = self.told("--budget", "0")
        self.assertEqual(finding["proof"], "inferred", finding)
        self.assertIn("no control arm was run: --budget 0", told)

    def test_a_small_budget_is_kept_and_said(self):
        _, told = self.told("--budget", "0.001")
        self.assertIn("the budget for control arms was spent after 1", told)

    def test_enough_is_a_proof(self):
        finding, told = self.told("--budget", "120")
        self.assertEqual(finding["proof"], "counterfactual", finding)
        self.assertNotIn("--budget", told)

    def test_nothing_is_set_aside_without_arms(self):
        report = self.audit("--budget", "0", "--", str(SUBJECTS / "printed_time"), check=1)
        self.assertEqual(report["audit"]["verdict"], "divergent")
        self.assertIn("--budget for control arms", report["findings"][0]["fix"]["summary"])


class SetAside(CommandTest):
    def until_it_differs(self, name):
        """Audits until one in which the line differed: each does in half of them."""
        for _ in range(40):
            report = self.audit("--", str(SUBJECTS / name))
            if report["findings"]:
                return report
        self.fail("the line never differed: odds of 1 to 10^12")

    def test_what_is_not_the_clock_is_not_set_aside(self):
        # Whatever its rate, a coin is taken for the clock in at most 1 audit of 90,000: twelve arms alike, six others
        # not, at best with odds of (2/3)^12 (1/3)^6.
        for name in ("printed_order", "printed_coin"):
            with self.subTest(name=name):
                report = self.until_it_differs(name)
                self.assertEqual(report["audit"]["verdict"], "divergent")
                self.assertEqual([f["severity"] for f in report["findings"]], ["error"])


class NamedByWhatVaries(CommandTest):
    """A log file whose name holds the process's id or the time, as TensorBoard's do."""

    def named(self, name, content, check):
        for earlier in self.folder.glob("log.*"):
            earlier.unlink()
        return self.audit("--", str(SUBJECTS / "named"), name, content, check=check)

    def test_the_id_of_the_process_is_no_part_of_the_name(self):
        report = self.named("pid", "same", 0)
        self.assertEqual((report["audit"]["verdict"], report["findings"]), ("reproducible", []))

    def test_the_clock_alone_is_set_aside(self):
        for name, content in (("pid", "time"), ("both", "same"), ("both", "time")):
            with self.subTest(name=name, content=content):
                report = self.named(name, content, 0)
                self.assertEqual({(f["severity"], f["cause"], f["proof"]) for f in report["findings"]},
                                 {("note", "time-dependence", "counterfactual")})
                self.assertIn("is set aside: it differs by the clock alone", " ".join(report["audit"]["reasons"]))

    def test_what_else_varies_is_not(self):
        causes = {"pid": "environment", "drawn": "unseeded-rng"}
        for name, content in (("pid", "pid"), ("both", "drawn"), ("drawn", "same"), ("same", "drawn")):
            with self.subTest(name=name, content=content):
                report = self.named(name, content, 1)
                self.assertEqual({f["severity"] for f in report["findings"]}, {"error"})
                if name != "both":
                    [cause] = {f["cause"] for f in report["findings"]}
                    self.assertEqual(cause, causes[name if content == "same" else content])


class Declared(CommandTest):
    def test_what_cannot_be_read_is_a_loss(self):
        for what, why in (("nothing", "`layer`: output `y` has no data"),
                          ("too_much", "`layer`: output `y` has an impossible size"),
                          ("late", "a buffer came after its operation had ended")):
            with self.subTest(what=what):
                report = self.audit("--", str(SUBJECTS / "declares"), what, check=3)
                self.assertIn(why, " ".join(report["audit"]["reasons"]))

    def test_what_can_is_none(self):
        self.audit("--", str(SUBJECTS / "declares"), "right", check=0)

    def test_metrics_that_runs_do_not_share(self):
        goal = ["--goal", "metrics", "--metric", "loss:1000"]
        # Eight runs all alike: 1 in 128 a try, 1 in 16384 both.
        for _ in range(2):
            report = self.audit(*goal, "--runs", "8", "--", str(SUBJECTS / "declares"), "extra_metric")
            if report["findings"]:
                break
        self.assertEqual(report["audit"]["verdict"], "divergent")
        self.assertIn("1 value in one run only", " ".join(report["audit"]["reasons"]))
        report = self.audit(*goal, "--", str(SUBJECTS / "declares"), "not_a_number", check=3)
        self.assertIn("is not a number", " ".join(report["audit"]["reasons"]))
        self.audit(*goal, "--", str(SUBJECTS / "declares"), "right", check=0)


class OurVariables(CommandTest):
    """What the audit itself sets in a run's environment is no fault of the program that prints it."""

    def test_an_output_that_shows_the_environment_is_not_accused(self):
        report = self.audit("--", "env", check=3)
        [finding] = report["findings"]
        self.assertEqual((finding["cause"], finding["proof"]), ("environment", "recorded"))
        self.assertIn("MALLOC_PERTURB_", " ".join(finding["evidence"]))
        self.assertIn("that the audit itself sets", " ".join(report["audit"]["reasons"]))
        self.audit("--ignore-output", "stdout", "--", "sh", "-c", "env; echo x > f", check=0)

    def test_what_else_differs_is(self):
        report = self.audit("--", "sh", "-c", "env; od -An -N8 -tx1 /dev/urandom", check=1)
        self.assertNotIn("recorded", [finding["proof"] for finding in report["findings"]])


class HashSeed(CommandTest):
    SCRIPT = ["--", "python3", "-c", "print({c * 3 for c in 'abcdefghij'})"]

    def test_a_seed_that_the_user_set_is_theirs(self):
        report = self.audit(*self.SCRIPT, check=0, env={"PYTHONHASHSEED": "0"})
        self.assertIn("hash: PYTHONHASHSEED is set already", report["coverage"]["unperturbed"])
        self.assertNotIn("hash", report["coverage"]["perturbed"])

    def test_else_it_is_perturbed(self):
        for seed in ("", "random"):
            report = self.audit(*self.SCRIPT, check=1, env={"PYTHONHASHSEED": seed})
            self.assertEqual(self.causes(report), ["hash-order"])
            self.assertIn("hash", report["coverage"]["perturbed"])


if __name__ == "__main__":
    unittest.main()
