"""tests/device/audits without a GPU: its rows, judgements and table, on the driver in software."""
import argparse
import collections
import contextlib
import io
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
BUILD = pathlib.Path(os.environ["DETAUDIT_BUILD"])
SOFT = BUILD / "test" / "soft_cuda" / "libcuda.so.1"
ROW = re.compile(r"^(.{58}) (.{22}) (passed|failed|skipped|measured) *(.*)$")
sys.path.insert(0, str(HERE))

import judging
from auditing import Audit, Machine, MemoryWatch
from figures import Figures, WorkloadFigures
from rows import audited
from table import Budget, Section, Table


class WholeTable(unittest.TestCase):
    def audits(self, *options, code):
        process = subprocess.run([HERE / "audits", "--programs", BUILD, *options], capture_output=True,
                                 text=True, timeout=500)
        self.assertEqual(process.returncode, code, process.stdout + process.stderr)
        rows = [match.groups() for match in map(ROW.match, process.stdout.splitlines()) if match]
        self.rows = {name.strip(): (status, found) for name, _, status, found in rows}
        counts = collections.Counter(row[2] for row in rows)
        summary = process.stdout.splitlines()[-1]
        self.assertEqual(summary, ", ".join(f"{counts[status]} {status}"
                                            for status in ("passed", "failed", "skipped", "measured")
                                            if status != "measured" or counts[status]))
        return process.stdout

    def test_the_software_drivers_programs(self):
        self.audits("--driver", SOFT, code=0)
        self.assertRegex(self.rows["ordered sums"][1], r"^3 of 3 alike, \d+ events a run, 40 of 40")
        for detail in ("fine", "coarse"):
            status, found = self.rows[f"one launch of 400, {detail}"]
            self.assertEqual(status, "passed")
            self.assertIn("add_atomic(float*)", found)
        self.assertRegex(self.rows["windows: fine against alone"][1], r"x: .* ms a step, .* ms alone$")
        self.assertEqual(self.rows["windows: launches digested, fine"][1], "100.0%: 2000 of 2000")
        for row in ("torch index_add_", "torch, deterministic algorithms", "gpt: coarse against alone",
                    "resnet block: compute-sanitizer memcheck against alone"):
            self.assertEqual(self.rows[row][0], "skipped")
            self.assertRegex(self.rows[row][1], "PyTorch|nothing to compare with")

    def test_without_time_all_rows_are_there_and_say_so(self):
        self.audits("--driver", SOFT, "--seconds", "0", code=0)
        self.assertGreater(len(self.rows), 25)
        self.assertEqual({found for _, found in self.rows.values()}, {"no time left"})

    @unittest.skipIf(pathlib.Path("/dev/nvidiactl").exists(), "a GPU may answer")
    def test_without_a_gpu_all_rows_say_why(self):
        self.audits(code=77)
        self.assertGreater(len(self.rows), 25)
        for status, found in self.rows.values():
            self.assertEqual(status, "skipped")
            self.assertRegex(found, "no GPU answers|was not built")


class Judged(unittest.TestCase):
    """What is not as wanted is shown as failed."""

    def setUp(self):
        self.budget = Budget(300)
        self.machine = Machine(BUILD, self.budget, {"DETAUDIT_CUPTI": str(SOFT)})
        self.addCleanup(shutil.rmtree, self.machine.scratch)

    def shown(self, section):
        out = io.StringIO()
        Table(out).fill(section, self.budget)
        return [ROW.match(line).groups()[2:] for line in out.getvalue().splitlines()[1:]]

    def one(self, what, judged):
        program = [self.machine.program("gpu_windows"), what]
        return self.shown(audited(self.machine, ("a row", ""), 0, judged, [], lambda: program))[0]

    def test_a_clean_program_is_no_find(self):
        status, found = self.one("clean", lambda audit: judging.origin_at(audit, "add"))
        self.assertEqual(status, "failed")
        self.assertIn("reproducible", found)

    def test_a_find_is_not_alike(self):
        status, found = self.one("atomic", lambda audit: judging.alike(audit, 2))
        self.assertEqual(status, "failed")
        self.assertIn("add_atomic", found)

    def test_another_kernel_or_cause_is_no_find(self):
        seen = []

        def judged(audit):
            seen.append(judging.origin_at(audit, "step"))
            return judging.origin_at(audit, "add_atomic", "data-order")
        self.assertEqual(self.one("atomic", judged)[0], "failed")
        self.assertEqual(seen[0][0], "failed")
        self.assertIn("origins elsewhere: add_atomic", seen[0][1])

    def test_what_the_gpu_did_must_have_been_seen(self):
        blind = Machine(BUILD, self.budget, {"DETAUDIT_CUPTI": "/nowhere"})
        self.addCleanup(shutil.rmtree, blind.scratch)
        status, found = judging.alike(blind.audit([], ["/bin/true"]), 2)
        self.assertEqual(status, "failed")
        self.assertIn("0 of 0 launches", found)

    def test_a_ratio_above_the_most_fails(self):
        self.assertEqual(judging.ratio(2.1, 1, 2)[0], "failed")
        self.assertEqual(judging.ratio(1.9, 1, 2)[0], "passed")
        self.assertEqual(judging.ratio(1.9, 1)[0], "measured")

    def test_a_program_that_tells_no_figures_fails_once(self):
        figures = Figures(self.machine, "true", lambda: ["/bin/true"], None, None)
        self.assertEqual([status for status, _ in self.shown(figures.section(0))],
                         ["failed"] + 7 * ["skipped"])

    def test_the_workload_is_measured_by_its_steps(self):
        class Steady:
            """5 s and 10 ms a step; 20 ms under fine, 15 ms under coarse audits, 1 s under a tool."""
            bin = pathlib.Path("bin")
            watched = iter([(None, 100 << 20), (None, 164 << 20), (5 << 20, None)])

            @contextlib.contextmanager
            def memory_of(self, program):
                watch = argparse.Namespace()
                yield watch
                watch.device_bytes, watch.host_bytes = next(self.watched)

            def wall(self, argv, limit=None):
                return 5 + (1 if "tool" in argv else 0.01) * int(argv[-1])

            def audit(self, options):
                seconds = 5 + (0.02 if "fine" in options else 0.015) * int(options[-1])
                report = {"runs": [{"wall_seconds": seconds + 1, "events": 9}, {"wall_seconds": seconds}],
                          "coverage": {"gpu": ["gpu: 200 kernel launches, 180 digested"]}}
                return Audit(None, 0, report, "")
        figures = WorkloadFigures(Steady(), "workload", [], (100, 400), 3, 1.2)
        self.assertEqual(self.shown(figures.section(0)),
                         [("passed", "2.00x: 20 ms a step, 10 ms alone"),
                          ("failed", "90.0%: 180 of 200"),
                          ("measured", "1.12, at the pace of its steps"),
                          ("measured", "could not be seen"),
                          ("measured", "+64.0 MiB"),
                          ("failed", "1.50x: 15 ms a step, 10 ms alone"),
                          ("measured", "could not be seen"),
                          ("measured", "could not be seen")])
        tool = figures.against("tool", lambda: ["tool"], (5, 20), 0, 90)
        self.assertEqual(self.shown(tool), [("measured", "100.00x: 1000 ms a step, 10 ms alone")])

    def test_memory_is_seen_from_outside(self):
        hold = "import time; x = bytearray(200 << 20); time.sleep(0.5)"
        name = os.path.basename(os.path.realpath(sys.executable))
        with self.machine.memory_of(name) as watch:
            self.machine.wall([sys.executable, "-c", hold])
        self.assertGreater(watch.host_bytes, 200 << 20)
        with self.machine.memory_of("nobody") as watch:
            self.machine.wall(["/bin/true"])
        self.assertIsNone(watch.host_bytes)
        if not pathlib.Path("/dev/nvidiactl").exists():
            self.assertIsNone(watch.device_bytes)
        counter = ["/bin/sh", "-c", "echo begun; cat; echo 4096"]
        with MemoryWatch("nobody", counter) as watch:
            pass
        self.assertEqual(watch.device_bytes, 4096)

    def told(self, script):
        rows = [(name, "") for name in ("one", "two", "three")]
        return self.shown(Section(rows, 0, lambda: self.machine.rows_of(["/bin/sh", "-c", script])))

    def test_rows_that_a_program_tells(self):
        line = "printf 'a name\\ta want\\t%s\\t%s\\n' "
        self.assertEqual(self.told(f"{line} passed '3 us'; {line} failed '9 us'; {line} passed x; exit 1"),
                         [("passed", "3 us"), ("failed", "9 us"), ("passed", "x")])
        self.assertEqual(self.told(f"{line} passed y; kill -SEGV $$"),
                         [("passed", "y"), ("failed", "exit -11: a name\ta want\tpassed\ty"),
                          ("skipped", "after the failure above")])
        self.assertEqual(self.told("echo 'skipped: no GPU answers: why'; exit 77"),
                         3 * [("skipped", "no GPU answers: why")])
        self.budget.end -= 298
        self.assertEqual(self.told(f"{line} passed y; exec sleep 60")[1:], 2 * [("skipped", "no time left")])


if __name__ == "__main__":
    unittest.main()
