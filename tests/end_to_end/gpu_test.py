"""A program that works on a GPU, audited unchanged: on a driver in software, so without a device."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import unittest

from command import BIN, CommandTest

TEST = BIN.parent / "test"
SOFT_CUDA = TEST / "soft_cuda" / "libcuda.so.1"
PROGRAM = TEST / "gpu_training"
LIBRARIES = TEST / "gpu_libraries"
PLUGIN = TEST / "gpu_plugin"
SOURCE = (pathlib.Path(__file__).parents[1] / "subjects/gpu/kernels.cu").read_text().splitlines()
WINDOWS = TEST / "gpu_windows"
FAULTS = TEST / "gpu_faults"


@unittest.skipUnless(PROGRAM.exists(), "built without the headers of CUDA and CUPTI")
class Gpu(CommandTest):
    def audit(self, what, *options, check, **variables):
        result = self.detaudit("run", "--format", "json", *options, "--", PROGRAM, what, check=check,
                               env={"DETAUDIT_CUPTI": str(SOFT_CUDA), **variables})
        return result.report

    def test_ordered_sums_are_reproducible_and_seen(self):
        report = self.audit("ordered", "--runs", "3", check=0)
        self.assertEqual(report["audit"]["verdict"], "reproducible")
        self.assertGreaterEqual(report["coverage"]["events_compared"], 160)
        self.assertEqual(len({run["digest"] for run in report["runs"]}), 1)
        self.assertIn("gpu: 40 kernel launches, 40 digested", report["coverage"]["gpu"])

    def test_tables_of_addresses_that_the_host_made_are_set_aside(self):
        for options in ([], ["--gpu-detail", "coarse", "--gpu-sweep-every", "8"]):
            report = self.audit("table", "--runs", "3", *options, check=0)
            self.assertIn("buffers that hold addresses", "\n".join(report["coverage"]["unseen"]))

    def test_tables_of_addresses_that_kernels_made_differ_unless_addresses_are_held(self):
        report = self.audit("device_table", "--runs", "3", check=1)
        origins = [finding for finding in report["findings"] if finding["op"] == "keep_address"]
        self.assertEqual([(finding["cause"], finding["proof"]) for finding in origins],
                         [("environment", "counterfactual")])
        self.assertIn("setarch -R", origins[0]["fix"]["summary"])
        held = subprocess.run(
            ["setarch", "-R", BIN / "detaudit", "run", "--format", "json", "--runs", "3",
             "--perturb", "schedule,memory,hash,time", "--", PROGRAM, "device_table"],
            capture_output=True, text=True, cwd=self.folder,
            env={**os.environ, "DETAUDIT_CUPTI": str(SOFT_CUDA)})
        if "setarch" in held.stderr:
            self.skipTest("addresses cannot be held here: " + held.stderr.strip())
        self.assertEqual(held.returncode, 0, held.stderr)

    def test_the_manifest_names_the_device(self):
        report = self.audit("ordered", check=0)
        environment = report["environment"]
        self.assertEqual(environment["run.gpu"], "gpu0: Software GPU")
        self.assertEqual(environment["run.cuda"], "13.0")
        # An environment of now has no runs: that is no difference.
        self.detaudit("env", "diff", report["audit"]["id"], check=0,
                      env={"DETAUDIT_CUPTI": str(SOFT_CUDA)})
        plain = self.detaudit("run", "--format", "json", "--", "/bin/true", check=0).report
        self.assertNotIn("run.gpu", plain["environment"])

    def test_atomic_sums_are_named_by_their_kernel(self):
        report = self.audit("atomic", "--runs", "3", check=1)
        first = report["findings"][0]
        self.assertEqual(first["op"], "atomic_sum")
        self.assertEqual(first["kernel"], "atomic_sum(float const*, float*, unsigned long)")
        self.assertTrue(first["origin"])
        self.assertNotIn("scale", {finding["op"] for finding in report["findings"]})
        self.assertEqual((first["code"], first["cause"], first["proof"]),
                         ("DET101", "float-atomics", "replay"))
        evidence = "\n".join(first["evidence"])
        self.assertRegex(evidence, r"1 x RED add.f32 on global memory, at \+0x[0-9a-f]+ "
                                   r"\(.*kernels.cu:\d+\)")
        self.assertTrue(first["location"]["file"].endswith("kernels.cu"))
        self.assertIn("atomicAdd(out", SOURCE[first["location"]["line"] - 1])

    def test_capable_of_is_not_executed(self):
        report = self.audit("exact", "--runs", "3", check=0)
        self.assertEqual(report["audit"]["verdict"], "reproducible")

    def first_finding(self, what):
        return self.audit(what, "--runs", "3", check=1)["findings"][0]

    def test_look_back_without_atomics_is_no_float_atomics(self):
        first = self.first_finding("look_back")
        self.assertEqual(first["op"], "look_back")
        self.assertEqual((first["code"], first["cause"], first["proof"]),
                         ("DET115", "thread-scheduling", "replay"))
        self.assertIn("other blocks may write meanwhile", "\n".join(first["evidence"]))

    def test_what_the_code_does_not_explain_is_unknown(self):
        first = self.first_finding("writer")
        self.assertEqual((first["op"], first["kernel"]),
                         ("last_writer", "last_writer(float const*, float*, unsigned long)"))
        self.assertEqual((first["code"], first["cause"], first["proof"]),
                         ("DET110", "unknown", "replay"))
        self.assertIn("its code has no atomics", "\n".join(first["evidence"]))

    def test_a_kernel_that_reads_the_clock_is_time_dependence(self):
        first = self.first_finding("clock")
        self.assertEqual((first["op"], first["code"], first["cause"], first["proof"]),
                         ("drawn", "DET116", "time-dependence", "replay"))

    def test_what_the_host_brings_is_the_copys(self):
        report = self.audit("host", check=1)
        first = report["findings"][0]
        self.assertEqual(first["op"], "memcpy_htod")

    def test_replay_alone_finds_what_one_run_cannot_show(self):
        report = self.audit("atomic", "--runs", "1", "--replay", "16", check=1)
        first = report["findings"][0]
        self.assertEqual((first["op"], first["cause"], first["proof"], first["origin"]),
                         ("atomic_sum", "float-atomics", "replay", False))
        self.audit("ordered", "--runs", "2", "--replay", "16", check=0)

    def test_a_kernel_with_state_of_its_own_is_not_replayed(self):
        first = self.first_finding("stateful")
        self.assertEqual((first["op"], first["cause"], first["proof"]),
                         ("stateful_sum", "float-atomics", "inferred"))
        self.assertIn("not replayed: variables in device memory", "\n".join(first["evidence"]))

    def test_a_rival_is_named(self):
        report = self.audit("ordered", check=3, SOFT_CUDA_RIVAL="Nsight Systems")
        self.assertIn("Nsight Systems", json.dumps(report["coverage"]["unseen"]))

    def blind(self, *program, **variables):
        """Why nothing of the GPU was seen."""
        result = self.detaudit("run", "--format", "json", "--", *program, check=3,
                               env={"DETAUDIT_CUPTI": str(SOFT_CUDA), **variables})
        return json.dumps(result.report["coverage"]["unseen"] + result.report["audit"]["reasons"])

    def test_an_older_cupti_is_refused(self):
        self.assertIn("older than CUDA 13.0's", self.blind(PROGRAM, "ordered", SOFT_CUDA_OLD_CUPTI="1"))

    def test_a_cupti_newer_than_the_driver_is_named_as_such(self):
        self.assertIn("it is of CUDA 13.2, the driver of 13.0",
                      self.blind(PROGRAM, "ordered", SOFT_CUDA_NEW_CUPTI="1"))

    def test_a_missing_cupti_is_named(self):
        self.assertIn("CUPTI was not found (/nowhere/libcupti.so",
                      self.blind(PROGRAM, "ordered", DETAUDIT_CUPTI="/nowhere/libcupti.so"))

    def test_a_driver_that_lacks_calls_is_named(self):
        self.assertIn("the driver has no cuFuncLoad: it is older than CUDA 12.4's",
                      self.blind(TEST / "gpu_old_driver", "plain"))

    def test_without_a_driver_there_is_nothing_to_observe(self):
        opens = "import ctypes\ntry: ctypes.CDLL('libcuda.so.1')\nexcept OSError: print('none')"
        report = self.detaudit("run", "--format", "json", "--", sys.executable, "-c", opens,
                               check=0).report
        self.assertNotIn("gpu", report["coverage"])


@unittest.skipUnless(LIBRARIES.exists(), "built without the headers of CUDA and CUPTI")
class GpuLibraries(CommandTest):
    """What the host asks of cuDNN, cuBLAS and cuRAND, by libraries in software."""

    def audit(self, what, *options, check, program=(LIBRARIES,)):
        result = self.detaudit("run", "--format", "json", "--runs", "4", *options, "--", program[0],
                               what, *program[1:], check=check, env={"DETAUDIT_CUPTI": str(SOFT_CUDA)})
        return result.report

    def first(self, what, **more):
        first = self.audit(what, check=1, **more)["findings"][0]
        return first, "\n".join(first["evidence"])

    def test_the_clean_twins_are_certified(self):
        for what in ("pinned", "filter1", "no_atomics", "seeded", "light", "dropout", "compiled_ordered"):
            with self.subTest(what):
                self.assertEqual(self.audit(what, check=0)["audit"]["verdict"], "reproducible")

    # Four times either algorithm by chance: all four runs choose alike in 1 of 4096.
    def test_an_algorithm_chosen_by_measuring_is_recorded(self):
        first, evidence = self.first("autotune")
        self.assertEqual(first["op"], "cudnnFindConvolutionForwardAlgorithm")
        self.assertEqual((first["code"], first["cause"], first["proof"]),
                         ("DET117", "library-selection", "recorded"))
        self.assertRegex(evidence, "algorithm [01] for problem [0-9a-f]{8}")

    def test_the_calls_that_frameworks_choose_by_are_seen(self):
        for what, call in (("autotune_ex", "cudnnFindConvolutionForwardAlgorithmEx"),
                           ("heuristic_v7", "cudnnGetConvolutionForwardAlgorithm_v7")):
            first, evidence = self.first(what)
            self.assertEqual((first["op"], first["code"], first["cause"], first["proof"]),
                             (call, "DET117", "library-selection", "recorded"))
            self.assertRegex(evidence, "algorithm [01] for problem [0-9a-f]{8}")

    def test_an_algorithm_of_cublaslt_is_named_and_what_it_was_asked_is_not_known(self):
        first, evidence = self.first("light_heuristic")
        self.assertEqual((first["op"], first["code"], first["cause"], first["proof"]),
                         ("cublasLtMatmulAlgoGetHeuristic", "DET117", "library-selection", "inferred"))
        self.assertRegex(evidence, r"algorithm 1\.0\..* with 4096 bytes of workspace")

    def test_another_seed_of_a_dropout_is_recorded(self):
        first, evidence = self.first("dropout_chance")
        self.assertEqual((first["op"], first["code"], first["cause"], first["proof"]),
                         ("cudnnSetDropoutDescriptor", "DET102", "unseeded-rng", "recorded"))
        self.assertRegex(evidence, r"in one run: seed \d+;.* in another: seed \d+")

    def test_the_options_of_a_compilation_at_run_time_stand_by_its_kernel(self):
        first, evidence = self.first("compiled")
        self.assertEqual((first["op"], first["cause"]), ("atomic_sum", "float-atomics"))
        self.assertIn("nvrtcCompileProgram: --use_fast_math -arch=sm_90", evidence)

    def test_a_nondeterministic_algorithm_is_named_with_its_kernel(self):
        first, evidence = self.first("filter0")
        self.assertEqual((first["op"], first["code"], first["cause"], first["proof"]),
                         ("atomic_sum", "DET101", "float-atomics", "replay"))
        self.assertIn("cudnnConvolutionBackwardFilter (not reproducible: algorithm 0)", evidence)
        self.assertIn("RED add.f32", evidence)
        self.assertIn("BWD_FILTER_ALGO_1", first["fix"]["summary"])

    def test_atomics_that_a_handle_allows_are_named(self):
        first, evidence = self.first("atomics")
        self.assertEqual((first["op"], first["cause"]), ("atomic_sum", "float-atomics"))
        self.assertIn("cublasSsymv_v2 (not reproducible: atomics are allowed", evidence)
        self.assertIn("CUBLAS_WORKSPACE_CONFIG is not set", evidence)

    def test_a_seed_from_the_clock_is_proven(self):
        first, evidence = self.first("seed_time")
        self.assertEqual((first["op"], first["cause"], first["proof"]),
                         ("curandSetPseudoRandomGeneratorSeed", "time-dependence", "counterfactual"))

    def test_another_seed_from_nowhere_is_recorded(self):
        first, evidence = self.first("seed_chance")
        self.assertEqual((first["op"], first["code"], first["cause"], first["proof"]),
                         ("curandSetPseudoRandomGeneratorSeed", "DET102", "unseeded-rng", "recorded"))
        self.assertRegex(evidence, r"in one run: generator 0: seed \d+;.* in another: generator 0: seed")

    def test_libraries_of_a_plugin_are_seen(self):
        plugin = (PLUGIN, str(SOFT_CUDA.parent / "libgpu_library_work.so"))
        first, evidence = self.first("filter0", program=plugin)
        self.assertIn("cudnnConvolutionBackwardFilter (not reproducible: algorithm 0)", evidence)
        self.audit("filter1", check=0, program=plugin)


@unittest.skipUnless(FAULTS.exists(), "built without the headers of CUDA and CUPTI")
class GpuFaults(CommandTest):
    """What goes wrong goes wrong as it would alone, and the trace says what it lacks."""

    def faulty(self, what, verdict, *options, code=0, **variables):
        """The report, after the program was seen to behave as it does alone: in each run the same exit
        and the same bytes on stdout."""
        env = {"DETAUDIT_CUPTI": str(SOFT_CUDA), **variables}
        alone = subprocess.run([FAULTS, what], env={**os.environ, **env}, capture_output=True,
                               cwd=self.folder, timeout=300)
        self.assertEqual(alone.returncode, code)
        result = self.detaudit("run", "--format", "json", *options, "--", FAULTS, what, env=env)
        report = result.report
        for run in report["runs"]:
            self.assertEqual(run["exit_code"] if run["signal"] is None else -signal.Signals[run["signal"]],
                             code, result)
        kept = sorted(self.folder.glob(".detaudit/audits/*/run-*/stdout.bin"))
        self.assertGreaterEqual(len(kept), 2)
        for stdout in kept:
            self.assertEqual(stdout.read_bytes(), alone.stdout)
        self.assertEqual(report["audit"]["verdict"], verdict, result)
        return report

    def unseen(self, report):
        return "\n".join(report["coverage"]["unseen"] + report["audit"]["reasons"])

    def test_leaving_by_exit_loses_nothing(self):
        for detail in ("fine", "coarse"):
            report = self.faulty("exit", "inconclusive", "--gpu-detail", detail, code=5)
            self.assertFalse(report["runs"][0]["lossy"])
            self.assertIn("exit code 5", self.unseen(report))
            if detail == "fine":
                self.assertGreaterEqual(report["runs"][0]["events"], 101)

    def test_an_end_that_nothing_sees_coming_leaves_the_trace_unfinished(self):
        report = self.faulty("killed", "inconclusive", "--gpu-detail", "fine", code=5)
        self.assertGreaterEqual(report["runs"][0]["events"], 40)  # the first half, that was waited for
        self.assertIn("exit code 5", self.unseen(report))

    def test_forked_children_are_left_alone(self):
        report = self.faulty("fork", "reproducible")
        self.assertIn("100 forked processes that used the driver", self.unseen(report))
        self.assertGreaterEqual(report["runs"][0]["events"], 1100)

    def test_a_thousand_streams(self):
        report = self.faulty("streams", "reproducible")
        self.assertGreaterEqual(report["runs"][0]["events"], 1100)
        self.assertGreater(report["coverage"]["lanes"], 1000)

    def test_a_device_that_is_reset_is_seen_again(self):
        report = self.faulty("reset", "reproducible", "--gpu-detail", "fine")
        self.assertFalse(report["runs"][0]["lossy"])
        self.assertGreaterEqual(report["runs"][0]["events"], 100)
        report = self.faulty("reset", "reproducible", "--gpu-detail", "coarse")
        self.assertNotIn("behind the last sweep", self.unseen(report))

    def test_a_crash_keeps_what_was_recorded(self):
        report = self.faulty("crash", "inconclusive", code=-signal.SIGSEGV)
        self.assertGreaterEqual(report["runs"][0]["events"], 40)
        self.assertIn("SIGSEGV", self.unseen(report))

    def test_a_device_that_fails_is_the_subjects_to_tell(self):
        report = self.faulty("broken", "inconclusive", code=6)
        self.assertGreaterEqual(report["runs"][0]["events"], 40)
        self.assertIn("launches that failed", self.unseen(report))

    def test_launches_without_room_for_their_digests_certify_nothing(self):
        report = self.faulty("stalled", "inconclusive", "--gpu-detail", "fine")
        self.assertTrue(report["runs"][0]["lossy"])
        self.assertIn("no room was left for the digests of a launch", self.unseen(report))
        self.assertIn("launches while no room was left for digests", self.unseen(report))

    def test_calls_of_a_later_driver_are_counted(self):
        report = self.faulty("later", "reproducible")
        self.assertIn("1 calls of a CUDA later than the one this was built with", self.unseen(report))

    def test_memory_that_the_driver_refuses_is_refused_as_before(self):
        self.faulty("memory", "reproducible", SOFT_CUDA_MEMORY=str(1 << 30))

    def test_without_memory_for_digests_the_subject_runs_all_the_same(self):
        report = self.faulty("memory", "inconclusive", SOFT_CUDA_MEMORY="65536")
        self.assertIn("no device memory left for digests", self.unseen(report))


@unittest.skipUnless(WINDOWS.exists(), "built without the headers of CUDA and CUPTI")
class Granularity(CommandTest):
    """Coarse: sweeps over all memory, then closer in new runs where two parted."""

    def audit(self, what, *options, check, launches=None, **more):
        if "--gpu-sweep-every" not in options:
            options = ("--gpu-sweep-every", "64", *options)
        options = ("--format", "json", *options)
        return self.detaudit("run", *options, "--", WINDOWS, what, *([launches] if launches else []),
                             check=check, env={"DETAUDIT_CUPTI": str(SOFT_CUDA)}, **more)

    def runs_said(self, result):
        return [line for line in result.err.splitlines() if ": run " in line]

    def test_a_launch_in_the_middle_is_named(self):
        report = self.audit("atomic", "--gpu-detail", "coarse", check=1).report
        first = report["findings"][0]
        self.assertEqual(first["op"], "add_atomic")
        self.assertEqual(first["kernel"], "add_atomic(float*)")
        self.assertTrue(first["origin"])
        self.assertEqual([f["op"] for f in report["findings"] if f["op"] in ("step", "sweep")], [])
        # Launch 201 of 400: behind the third sweep.
        evidence = "\n".join(first["evidence"])
        self.assertIn("windows that parted: launches 193 to 256, 201 to 204", evidence)
        self.assertIn("windows that parted: launches 193 to 256, 201 to 204",
                      "\n".join(report["coverage"]["gpu"]))
        self.assertIn("coarse, as asked", report["coverage"]["gpu"][0])
        rounds = [line for line in report["experiments"] if line.startswith("gpu: ")]
        self.assertIn("sweeps every 4 launches in launches 193 to 256: parted in launches 201 to 204",
                      rounds[0])
        self.assertIn("each launch digested in launches 201 to 204: parted at `add_atomic`", rounds[1])

    def test_its_clean_twin_is_certified_in_as_many_runs_as_asked(self):
        result = self.audit("clean", "--gpu-detail", "coarse", "--runs", "3", check=0)
        report = result.report
        self.assertEqual(report["audit"]["verdict"], "reproducible")
        self.assertEqual(len(self.runs_said(result)), 3)
        self.assertNotIn("looking closer", result.err)
        self.assertNotIn("control arm", result.err)
        self.assertEqual(report["coverage"]["events_compared"], 2 * 8)  # sweeps and stdout
        self.assertIn("at most 64 launches apart", report["coverage"]["gpu"][0])
        unseen = "\n".join(report["coverage"]["unseen"])
        self.assertIn("404 launches, copies and fills were seen by sweeps alone", unseen)

    def test_what_is_overwritten_between_two_sweeps_is_said_not_to_be_seen(self):
        report = self.audit("overwrite", "--gpu-detail", "coarse", check=0).report
        self.assertIn("what was overwritten or freed between two sweeps",
                      "\n".join(report["coverage"]["unseen"]))
        # The same program, each launch digested.
        report = self.detaudit("run", "--format", "json", "--gpu-detail", "fine", "--", WINDOWS,
                               "overwrite", check=1, env={"DETAUDIT_CUPTI": str(SOFT_CUDA)}).report
        self.assertEqual(report["findings"][0]["op"], "add_atomic")

    def test_memory_that_a_kernel_was_not_given_leads_to_its_launch(self):
        report = self.audit("hidden", "--gpu-detail", "coarse", check=1).report
        first = report["findings"][0]
        self.assertEqual(first["op"], "sweep")
        self.assertIn("launch 201 (`add_to_known`)", first["message"])

    def test_windows_that_differ_from_run_to_run_are_all_told(self):
        report = self.audit("turns", "--gpu-detail", "coarse", "--ignore-output", "turn",
                            check=1).report
        first = report["findings"][0]
        self.assertEqual(report["audit"]["verdict"], "divergent")
        self.assertEqual(first["op"], "sweep")
        # The file `turn`, as the run before left it, decides; control arms may prove that.
        self.assertIn(first["cause"], ("unknown", "environment"))
        self.assertEqual(first["message"], "the GPU's memory parted in launches 1 to 64")
        evidence = "\n".join(first["evidence"])
        self.assertIn("launches 1 to 64, 129 to 192, 257 to 320", evidence)
        self.assertIn("ever other windows", evidence)
        self.assertIn("ever other windows", "\n".join(report["coverage"]["gpu"]))

    def test_threads_that_launch_as_they_come_are_not_judged_by_sweeps(self):
        report = self.audit("threads", "--gpu-detail", "coarse", launches="3000", check=3).report
        self.assertIn("threads gave work in no fixed order", "\n".join(report["audit"]["reasons"]))
        self.assertEqual(report["findings"], [])

    def of_threads(self, what, *options):
        return self.audit(what, "--ignore-output", "turn", *options, check=3).report

    def test_a_thread_that_comes_now_early_now_late_is_no_divergence(self):
        report = self.of_threads("late", "--gpu-detail", "coarse")
        self.assertIn("threads gave work in no fixed order", "\n".join(report["audit"]["reasons"]))
        self.assertEqual(report["findings"], [])

    def test_which_of_two_threads_comes_first_is_no_divergence(self):
        report = self.of_threads("swapped", "--gpu-detail", "coarse")
        self.assertIn("threads gave work in no fixed order", "\n".join(report["audit"]["reasons"]))
        self.assertEqual(report["findings"], [])

    def test_launches_of_threads_are_paired_by_thread(self):
        for what, launches in ("late", 500), ("swapped", 800):
            result = self.detaudit("run", "--format", "json", "--gpu-detail", "fine",
                                   "--ignore-output", "turn", "--", WINDOWS, what, check=3,
                                   env={"DETAUDIT_CUPTI": str(SOFT_CUDA)})
            report = result.report
            self.assertEqual(report["findings"], [])
            self.assertEqual(report["coverage"]["events_compared"], launches + 2)
            # The file that says whose turn it is, and nothing else.
            self.assertEqual(len(report["audit"]["reasons"]), 1, report["audit"]["reasons"])
            self.assertIn("turn", report["audit"]["reasons"][0])

    def test_outputs_that_differ_are_not_lost_behind_such_threads(self):
        report = self.audit("printed", "--gpu-detail", "coarse", launches="3000", check=1).report
        self.assertEqual(report["audit"]["verdict"], "divergent")

    def test_auto_is_fine_for_a_small_program(self):
        result = self.audit("clean", check=0)
        self.assertIn("gpu: fine, chosen by size: 400 launches", result.err)
        self.assertIn("gpu: fine, chosen by size", result.report["coverage"]["gpu"][0])
        self.assertGreater(result.report["coverage"]["events_compared"], 400)

    def test_auto_is_coarse_for_a_large_one(self):
        result = self.audit("clean", "--gpu-sweep-every", "2048", check=0, launches="16384")
        self.assertIn("gpu0: coarse from launch 8193 on, chosen by size: 8192 launches", result.err)
        report = result.report
        self.assertEqual(len(self.runs_said(result)), 2)
        self.assertIn("coarse from launch 8193 on", report["coverage"]["gpu"][0])
        self.assertLess(report["coverage"]["events_compared"], 8300)

    def test_what_parts_after_auto_changed_is_named(self):
        report = self.audit("atomic", check=1, launches="20000").report
        self.assertEqual(report["findings"][0]["op"], "add_atomic")
        self.assertIn("launches 9985 to 10048", "\n".join(report["findings"][0]["evidence"]))

    def test_again_looks_as_before(self):
        first = self.audit("clean", "--gpu-detail", "coarse", check=0).report
        again = self.detaudit("run", "--format", "json", "--again", first["audit"]["id"], check=0,
                              env={"DETAUDIT_CUPTI": str(SOFT_CUDA)}).report
        self.assertEqual(again["coverage"]["gpu"], first["coverage"]["gpu"])
        self.assertEqual(again["runs"][0]["digest"], first["runs"][0]["digest"])

    def test_text_and_page_have_it(self):
        page = self.folder / "page.html"
        text = self.detaudit("run", "--gpu-detail", "coarse", "--report", page, "--", WINDOWS, "atomic",
                             check=1, env={"DETAUDIT_CUPTI": str(SOFT_CUDA)}).out
        for shown in (text, page.read_text()):
            self.assertIn("coarse, as asked", shown)
            self.assertIn("windows that parted", " ".join(shown.split()))

    def test_what_does_not_fit_is_refused(self):
        for options in (["--gpu-detail", "medium"], ["--gpu-sweep-every", "0"],
                        ["--gpu-detail", "fine", "--gpu-sweep-every", "9"]):
            self.detaudit("run", *options, "--", WINDOWS, check=2)

    def test_no_gpu_no_word_of_it(self):
        report = self.detaudit("run", "--format", "json", "--", "/bin/true", check=0).report
        self.assertNotIn("gpu", report["coverage"])


if __name__ == "__main__":
    unittest.main()
