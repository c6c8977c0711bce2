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


if __name__ == "__main__":
    unittest.main()
