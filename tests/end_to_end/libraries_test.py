"""Programs that call BLAS, LAPACK or MPI and know nothing of detaudit: seen, certified, or caught
with the right cause."""
import os
import shutil
import subprocess
import sys
import unittest

from command import BIN, CommandTest

SUBJECTS = BIN.parent / "subjects"
SYSTEM_PYTHON = "/usr/bin/python3"


def subject(name):
    path = SUBJECTS / name
    if not path.exists():
        raise unittest.SkipTest(f"`{name}` was not built: its library is not installed")
    return str(path)


def operations(report):
    return {o["op"]: o["events"] for o in report["operations"]
            if o["kind"] in ("operation", "collective")}


class Blas(CommandTest):
    def test_a_sum_in_the_order_of_threads_is_caught(self):
        # Sixty sums a run, of 400 additions each by four threads: some nine in ten part.
        report = self.audit("--runs", "3", "--", subject("dots_hazard"), check=1)
        [finding] = [f for f in report["findings"] if f["op"] == "cblas_ddot"]
        self.assertEqual((finding["cause"], finding["proof"]), ("float-atomics", "counterfactual"))

    def test_replays_find_it_in_one_run(self):
        report = self.audit("--runs", "1", "--replay", "32", "--", subject("dots_hazard"),
                            check=1)
        [finding] = report["findings"]
        self.assertEqual((finding["op"], finding["cause"]), ("cblas_ddot", "float-atomics"), finding)
        self.assertIn(finding["proof"], ("replay", "counterfactual"))

    def test_its_twin_is_certified(self):
        report = self.audit("--runs", "3", "--replay", "8", "--", subject("dots_clean"), check=0)
        self.assertEqual(operations(report), {"cblas_ddot": 60})

    def test_threads_by_the_clock(self):
        # The second run is a day, an hour, a minute and a second later: the other number of threads.
        report = self.audit("--", subject("threads_by_clock_hazard"), check=1)
        finding = report["findings"][0]
        self.assertEqual((finding["op"], finding["cause"]), ("cblas_dgemv", "time-dependence"), finding)
        self.audit("--", subject("threads_by_clock_clean"), check=0)

    def test_what_lies_between_columns_is_not_read(self):
        # Fresh memory holds another byte in each run: only the corners that are used were written.
        report = self.audit("--runs", "3", "--", subject("dense"), check=0)
        self.assertEqual(operations(report), {"cblas_dgemm": 1, "cblas_dsyrk": 1, "cblas_dgemv": 1,
                                              "cblas_ddot": 1, "dpotrf_": 1, "dgesv_": 1})

    def test_numpy_shows_operations(self):
        found = subprocess.run([SYSTEM_PYTHON, "-c", "import numpy"], capture_output=True)
        if found.returncode != 0:
            self.skipTest("python3-numpy is not installed")
        script = self.folder / "script.py"
        script.write_text("import numpy as np\n"
                          "a = np.arange(400.0).reshape(20, 20) % 7 + 30 * np.eye(20)\n"
                          "print((a @ (a + 1)).sum(), np.dot(a[0], a[:, 1]), np.linalg.solve(a, a[0]))\n")
        seen = operations(self.audit("--", SYSTEM_PYTHON, str(script), check=0))
        for part in ("gemm", "ddot", "gesv"):
            self.assertTrue(any(part in name for name in seen), (part, seen))


@unittest.skipUnless(shutil.which("mpirun"), "no mpirun")
class Ranks(CommandTest):
    """Four ranks of Open MPI."""

    def mpi(self, name, *options, check):
        # As many ranks as there are, whatever the machine; root may be all that a container has.
        environment = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
                       "OMPI_MCA_rmaps_base_oversubscribe": "1"}
        return self.audit(*options, "--", "mpirun", "-n", "4", subject(name), check=check,
                          env=environment)

    def lanes(self, report):
        traces = self.folder / ".detaudit" / "audits" / report["audit"]["id"] / "run-0"
        return sorted(p.name.split(".dtrace")[0] for p in traces.glob("p*.dtrace*"))

    def test_lanes_are_named_by_rank(self):
        report = self.mpi("reduces_clean", check=0)
        for rank in range(4):
            self.assertIn(f"p0.r{rank}", self.lanes(report))
        self.assertEqual(operations(report), {"MPI_Allreduce": 240})

    def test_every_collective_is_recorded_and_certified(self):
        report = self.mpi("collectives", "--runs", "3", check=0)
        seen = operations(report)
        self.assertEqual(len(seen), 15, seen)
        self.assertEqual(seen["MPI_Allreduce"], 8)
        self.assertEqual(seen["MPI_Exscan"], 4)
        self.assertEqual(seen["MPI_Iallreduce"], 4)

    def test_a_sum_in_order_of_arrival_is_caught(self):
        # Sixty rounds in which three ranks race, each after a wait of its own luck: were every message as early in both
        # runs with a chance of 9 in 10, all of them would be in 1 of 10^8 audits.
        report = self.mpi("rank_sum_hazard", check=1)
        finding = report["findings"][0]
        self.assertEqual((finding["op"], finding["cause"]), ("MPI_Recv", "collective-order"), finding)
        self.assertIn(finding["proof"], ("recorded", "counterfactual"))
        self.assertIn("p0.r0", finding["lane"])

    def test_its_twin_in_the_order_of_ranks_is_certified(self):
        self.mpi("rank_sum_clean", "--runs", "3", check=0)

    def test_a_collective_that_folds_as_ranks_arrive(self):
        report = self.mpi("reduces_hazard", "--runs", "3", check=1)
        finding = report["findings"][0]
        self.assertEqual((finding["op"], finding["cause"]), ("MPI_Allreduce", "collective-order"),
                         finding)

    def test_a_rank_s_other_input_is_not_the_collective_s_fault(self):
        report = self.mpi("reduces_drawn", check=1)
        finding = report["findings"][0]
        self.assertEqual(finding["cause"], "unseeded-rng", finding)
        self.assertIn("p0.r2", finding["lane"])
        self.assertNotIn("collective-order", self.causes(report))


class Processes(CommandTest):
    """Processes of one program that start in no fixed order keep their names."""

    SPAWNS = """
import multiprocessing, sys, time

def work(i):
    open(f"part{i}", "w").write(str(i * i))
    time.sleep(0.02 * (3 - i))

if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    processes = [context.Process(target=work, args=(i,)) for i in range(4)]
    for process in processes: process.start()
    for process in processes: process.join()
"""
    RANKS = """
import os, subprocess, sys, time
if len(sys.argv) > 1:
    time.sleep(0.05 * (3 - int(os.environ["RANK"])))      # the last to start is the first
    subprocess.run(["/bin/true"])                          # inherits the variable
    sys.exit()
ranks = [subprocess.Popen([sys.executable, __file__, "rank"],
                          env={**os.environ, "RANK": str(r), "WORLD_SIZE": "4"}) for r in (2, 0, 3, 1)]
sys.exit(any(rank.wait() for rank in ranks))
"""

    def lanes(self, report, run):
        traces = self.folder / ".detaudit" / "audits" / report["audit"]["id"] / f"run-{run}"
        return sorted(p.name.split(".dtrace")[0] for p in traces.glob("p*.dtrace*"))

    def run_python(self, text, *arguments):
        (self.folder / "script.py").write_text(text)
        return self.audit("--", sys.executable, "script.py", *arguments, check=0)

    def test_multiprocessing(self):
        for method in ("fork", "spawn"):
            with self.subTest(method=method):
                report = self.run_python(self.SPAWNS, method)
                self.assertEqual(self.lanes(report, 0), self.lanes(report, 1))
                if method == "spawn":
                    self.assertIn("p0.c1", self.lanes(report, 0))

    STARTED = """
import os, subprocess, sys
if len(sys.argv) > 2:
    open("part" + sys.argv[2], "w").write(sys.argv[2])
    sys.exit()
how = sys.argv[1]
words = [[sys.executable, __file__, how, str(i)] for i in range(8)]
if how == "spawn":
    for child in [os.posix_spawn(w[0], w, os.environ) for w in words]:
        os.waitpid(child, 0)
elif how == "missing":
    for i in range(3):
        try: os.posix_spawn("/no/such/program", ["x"], os.environ)
        except FileNotFoundError: pass
        os.waitpid(os.posix_spawn(words[i][0], words[i], os.environ), 0)
else:
    for w in words: os.system(" ".join(w))
"""

    def test_programs_that_the_c_library_starts(self):
        for how, count in (("spawn", 8), ("system", 8), ("missing", 3)):
            with self.subTest(how=how):
                report = self.run_python(self.STARTED, how)
                lanes = self.lanes(report, 0)
                self.assertEqual(lanes, self.lanes(report, 1))
                self.assertFalse([lane for lane in lanes if ".s" in lane], lanes)
                self.assertEqual(len([lane for lane in lanes if lane.count(".c") == 1]), count, lanes)
                if how == "spawn":  # the nth started wrote the nth file
                    for run in (0, 1):
                        traces = self.folder / ".detaudit" / "audits" / report["audit"]["id"] / f"run-{run}"
                        for i in range(8):
                            self.assertIn(b"part%d" % i, next(traces.glob(f"p0.c{i}.dtrace*")).read_bytes())

    def test_ranks_by_their_variable(self):
        lanes = self.lanes(self.run_python(self.RANKS), 0)
        self.assertEqual([lane for lane in lanes if lane.count(".") == 1],
                         ["p0.r0", "p0.r1", "p0.r2", "p0.r3"])
        # Their children are theirs.
        self.assertEqual(len([lane for lane in lanes if lane.startswith("p0.r3.")]), 1, lanes)

    def test_torchrun(self):
        python = os.environ.get("DETAUDIT_FRAMEWORKS_PYTHON", sys.executable)
        if subprocess.run([python, "-c", "import torch.distributed"], capture_output=True).returncode:
            self.skipTest("no PyTorch")
        (self.folder / "script.py").write_text("print(end='')\n")
        report = self.audit("--", python, "-m", "torch.distributed.run", "--nproc-per-node", "2",
                            "script.py")
        for run in (0, 1):
            ranks = [lane for lane in self.lanes(report, run) if ".r" in lane]
            self.assertEqual(len([lane for lane in ranks if lane.endswith(".r0")]), 1, ranks)
            self.assertEqual(len([lane for lane in ranks if lane.endswith(".r1")]), 1, ranks)


if __name__ == "__main__":
    unittest.main()
