"""Programs of other people, by the probe API: each hazard caught with its cause, each clean twin
certified."""
import unittest

from command import BIN, CommandTest

CAUSES = {
    "float_atomics": "float-atomics",
    "hash_order": "hash-order",
    "thread_scheduling": "thread-scheduling",
    "time_dependence": "time-dependence",
    "uninitialized_memory": "uninitialized-memory",
    "unseeded_rng": "unseeded-rng",
}


class Subjects(CommandTest):
    def test_hazards_are_caught(self):
        for name, cause in CAUSES.items():
            with self.subTest(subject=name):
                # Six runs of eight steps, 16 replays: each of these parts in most of its steps.
                report = self.audit("--runs", "6", "--replay", "16", "--",
                                    str(BIN.parent / "subjects" / f"{name}_hazard"), check=1)
                self.assertEqual(report["findings"][0]["cause"], cause, report["findings"])
                self.assertNotEqual(report["findings"][0]["proof"], "inferred")

    def test_clean_twins_are_certified(self):
        for name in CAUSES:
            with self.subTest(subject=name):
                report = self.audit("--runs", "4", "--replay", "4", "--",
                                    str(BIN.parent / "subjects" / f"{name}_clean"), check=0)
                self.assertEqual(report["audit"]["verdict"], "reproducible")

    def test_an_output_that_carries_the_clock_alone_is_set_aside(self):
        report = self.audit("--", str(BIN.parent / "subjects" / "printed_time"), check=0)
        self.assertEqual(report["audit"]["verdict"], "reproducible")
        self.assertEqual([f["severity"] for f in report["findings"]], ["note"])
        self.assertIn("set aside", " ".join(report["audit"]["reasons"]))

    def test_an_output_that_carries_anything_else_is_not(self):
        report = self.audit("--", str(BIN.parent / "subjects" / "printed_garbage"), check=1)
        self.assertEqual(report["findings"][0]["op"], "stdout")
        self.assertEqual(report["findings"][0]["severity"], "error")

    def test_an_output_cut_off_by_the_time_limit_proves_nothing(self):
        script = "i=0; while :; do i=$((i+1)); echo $i; done"
        result = self.detaudit("run", "--timeout", "0.3", "--", "sh", "-c", script)
        self.assertEqual(result.code, 3, result)


if __name__ == "__main__":
    unittest.main()
