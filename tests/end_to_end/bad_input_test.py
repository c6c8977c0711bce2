"""Every wrong input: one clear error that names the thing and the way out, the right exit code,
nothing lost or half-written."""
import json
import os
import signal
import struct
import subprocess
import time
import unittest

from command import BIN, SMALL, CommandTest


class BadInput(CommandTest):
    def refuses(self, *arguments, names, code=2, wrote_nothing=True):
        result = self.detaudit(*arguments)
        self.assertEqual(result.code, code, f"{arguments}: {result}")
        self.assertEqual(result.out, "", f"{arguments}: {result}")
        self.assertTrue(result.err.startswith("error"), f"{arguments}: {result}")
        self.assertEqual(result.err.count("error["), 1, f"{arguments}: {result}")
        self.assertIn(names, result.err, f"{arguments}: {result}")
        self.assertIn("help:", result.err, f"{arguments}: {result}")
        if wrote_nothing:
            self.assertEqual(list(self.folder.glob(".detaudit*")), [], arguments)
        return result


class CommandLine(BadInput):
    def test_an_empty_name_is_not_the_default(self):
        for command in (["run", "--db", ""], ["run", "--report", ""], ["show", ""], ["report", ""]):
            result = self.detaudit(*command, check=2)
            self.assertIn("an empty value for", result.err)
        self.assertIn("comes after `--`", self.detaudit("run", "./prog", check=2).err)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_words(self):
        self.refuses(names="no command")
        self.refuses("frobnicate", names="frobnicate")
        self.refuses("run", "--frobnicate", names="frobnicate")
        self.refuses("run", "--step", "3", names="step")
        self.refuses("run", "surplus", names="detaudit run")
        self.refuses("run", "--", names="no program")
        self.refuses("run", "--runs", "1", names="--runs 1")
        self.refuses("run", "--runs", "x", names="runs")
        self.refuses("run", "--replay", "-1", names="--replay")
        self.refuses("run", "--format", "sarif", names="sarif")
        self.refuses("run", "--goal", "metrics", names="--metric")
        self.refuses("run", "--goal", "good", names="good")
        self.refuses("run", "--goal", "metrics", "--metric", "loss", names="loss")
        self.refuses("run", "--perturb", "gravity", names="gravity")
        self.refuses("run", "--scope", "world", names="world")
        self.refuses("run", "--timeout", "0", names="--timeout")
        self.refuses("run", "--timeout", "inf", names="--timeout")
        self.refuses("run", "--timeout", "3s", names="timeout")
        self.refuses("run", "--budget", "-1", names="--budget")
        self.refuses("run", "--budget", "nan", names="--budget")
        self.refuses("run", "--budget", "much", names="budget")
        self.refuses("run", "--runs", "2x", names="runs")
        for threads in ("abc", "-3", "0", "2x", "99999999999"):
            self.refuses("run", "--scope", "thread-count", f"--threads={threads}", names=threads)
        self.refuses("run", "--steps", "3", "--", "true", names="--steps")
        self.refuses("explain", "DET000", names="DET000")
        self.refuses("kernels", "juggle", names="juggle")
        self.refuses("kernels", "list", "--op", "nonsense", names="nonsense")

    def test_workload(self):
        self.refuses("run", "--workload", "resnet", names="resnet")
        self.refuses("run", "--hazard", "gremlins", names="gremlins")
        self.refuses("run", "--hazard", "time-seed,gremlins", names="gremlins")
        self.refuses("run", "--kernels", "magic", names="magic")
        self.refuses("run", "--steps", "0", names="steps")
        self.refuses("run", "--steps", "many", names="many")
        self.refuses("run", "--batch", "0", names="batch")
        self.refuses("run", "--batch", "1000000000", names="batch")
        self.refuses("run", "--threads", "0", names="threads")
        self.refuses("run", "--mode", "dream", names="dream")

    def test_data(self):
        self.refuses("run", "--data", "nowhere", names="nowhere")
        folder = self.folder / "data"
        folder.mkdir()
        self.refuses("run", "--data", "data", names="data")
        images, labels = folder / "train-images-idx3-ubyte", folder / "train-labels-idx1-ubyte"
        good = struct.pack(">IIII", 0x803, 100, 28, 28) + bytes(100 * 28 * 28)
        labels.write_bytes(struct.pack(">II", 0x801, 100) + bytes(100))
        (folder / "t10k-images-idx3-ubyte").write_bytes(good)
        (folder / "t10k-labels-idx1-ubyte").write_bytes(labels.read_bytes())
        images.write_bytes(good[:-1])
        self.refuses("run", "--data", "data", names="train-images-idx3-ubyte")
        images.write_bytes(b"PK\x03\x04" + bytes(1000))
        self.refuses("run", "--data", "data", names="train-images-idx3-ubyte")
        images.write_bytes(b"")
        self.refuses("run", "--data", "data", names="train-images-idx3-ubyte")
        images.write_bytes(good)
        labels.write_bytes(struct.pack(">II", 0x801, 99) + bytes(99))
        self.refuses("run", "--data", "data", names="99")
        text = self.folder / "text"
        text.write_bytes(b"")
        self.refuses("run", "--workload", "charlm", "--data", "text", names="text")


class Programs(BadInput):
    def test_cannot_start(self):
        self.refuses("run", "--", "./missing", names="./missing")
        self.refuses("run", "--", "no-such-program-anywhere", names="no-such-program-anywhere")
        plain = self.folder / "plain"
        plain.write_text("hello")
        self.refuses("run", "--", "./plain", names="./plain")
        self.refuses("run", "--", "/usr", names="directory")
        script = self.folder / "script"
        script.write_text("#!/no/such/interpreter\n")
        script.chmod(0o755)
        self.refuses("run", "--", "./script", names="/no/such/interpreter")

    def test_crash(self):
        result = self.detaudit("run", "--", "sh", "-c", "echo before; kill -SEGV $$")
        self.assertEqual(result.code, 3, result)
        self.assertIn("SIGSEGV", result.err)
        self.assertIn("before", result.err)

    def test_fails(self):
        result = self.detaudit("run", "--", "sh", "-c", "echo reason >&2; exit 7")
        self.assertEqual(result.code, 3, result)
        self.assertIn("exit code 7", result.err)
        self.assertIn("reason", result.err)

    def test_hangs(self):
        result = self.detaudit("run", "--timeout", "0.5", "--", "sleep", "60", timeout=60)
        self.assertEqual(result.code, 3, result)
        self.assertIn("timed out", result.err)

    def test_flipping_exit_codes(self):
        marker = self.folder / "marker"
        result = self.detaudit("run", "--", "sh", "-c",
                               f"if [ -e {marker} ]; then exit 1; fi; touch {marker}")
        self.assertEqual(result.code, 1, result)

    def test_a_gigabyte_of_output(self):
        report = self.audit("--", "head", "-c", "1000000000", "/dev/zero", check=0)
        self.assertEqual(report["audit"]["verdict"], "reproducible")
        stored = sum(f.stat().st_size for f in self.folder.rglob("*") if f.is_file())
        self.assertLess(stored, 100_000_000)

    def test_outputs_alone(self):
        self.assertEqual(self.detaudit("run", "--", "echo", "same").code, 0)
        result = self.detaudit("run", "--", "sh", "-c", "head -c 8 /dev/urandom | od -x")
        self.assertEqual(result.code, 1, result)
        written = self.detaudit("run", "--", "sh", "-c", "date +%N > stamp")
        self.assertEqual(written.code, 1, written)

    def test_interrupt(self):
        process = subprocess.Popen([BIN / "detaudit", "run", "--", "sleep", "60"], cwd=self.folder,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        deadline = time.time() + 30
        while not list(self.folder.glob(".detaudit/audits/*/run-0")) and time.time() < deadline:
            time.sleep(0.05)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        self.assertEqual(process.returncode, 3, err)
        self.assertIn("interrupted", err)
        self.assertIn("interrupted", self.detaudit("list", check=0).out)


class Databases(BadInput):
    def test_cannot_be_used(self):
        self.refuses("run", "--db", "no/such/folder/a.db", *SMALL, names="no/such/folder")
        (self.folder / "foreign.db").write_bytes(b"this is no database" * 100)
        self.refuses("list", "--db", "foreign.db", names="foreign.db")
        self.refuses("run", "--db", "foreign.db", *SMALL, names="foreign.db")
        self.refuses("list", "--db", ".", names="directory")
        self.refuses("list", names="audits.db")
        self.refuses("report", names="audits.db")
        self.refuses("show", "20200101-000000-0000", names="audits.db")

    def test_truncated(self):
        self.detaudit("run", "--db", "a.db", "--", "true", check=0)
        whole = (self.folder / "a.db").read_bytes()
        (self.folder / "a.db").write_bytes(whole[: len(whole) // 2])
        for log in self.folder.glob("a.db-*"):
            log.unlink()
        self.refuses("show", "--db", "a.db", "x", names="a.db", wrote_nothing=False)

    def test_unknown_audit(self):
        self.detaudit("run", "--", "true", check=0)
        self.refuses("show", "nonsense", names="nonsense", wrote_nothing=False)
        self.refuses("run", "--again", "nonsense", names="nonsense", wrote_nothing=False)

    @unittest.skipIf(os.geteuid() == 0, "root may write everywhere")
    def test_read_only_folder(self):
        closed = self.folder / "closed"
        closed.mkdir(mode=0o555)
        self.refuses("run", "--db", "closed/a.db", *SMALL, names="closed")

    def test_report_that_cannot_be_written(self):
        self.detaudit("run", "--", "true", check=0)
        self.refuses("report", "-o", "no/such/folder/x.html", names="no/such/folder",
                     wrote_nothing=False)

    def test_run_s_report_that_cannot_be_written_runs_nothing(self):
        self.refuses("run", "--report", "no/such/folder/x.html", "--", "touch", "ran",
                     names="no/such/folder")
        self.refuses("run", "--report", ".", "--", "touch", "ran", names="`.`")
        self.assertFalse((self.folder / "ran").exists())

    def test_a_program_that_is_none_leaves_no_audit(self):
        self.detaudit("run", "--", "true", check=0)
        program = self.folder / "random-bytes"
        program.write_bytes(bytes(range(250)) * 8)
        program.chmod(0o755)
        self.assertIn("random-bytes", self.detaudit("run", "--", str(program), check=2).err)
        self.assertEqual(len(list(self.folder.glob(".detaudit/audits/*"))), 1)
        self.assertNotIn("random-bytes", self.detaudit("list", check=0).out)

    def test_a_damaged_trace_proves_no_divergence(self):
        self.detaudit("run", "--", str(BIN.parent / "subjects" / "dynamic_pool_clean"), check=0)
        [audit] = self.folder.glob(".detaudit/audits/*")
        [trace] = (audit / "run-1").glob("p0.dtrace")
        whole = trace.read_bytes()
        self.detaudit("diff", str(audit / "run-0"), str(audit / "run-1"), check=0)
        for kept in (len(whole) // 2, len(whole) - 100):
            trace.write_bytes(whole[:kept])
            result = self.detaudit("diff", str(audit / "run-0"), str(audit / "run-1"), check=3)
            self.assertIn("inconclusive", result.out)
        trace.write_bytes(b"")
        self.assertIn(self.detaudit("diff", str(audit / "run-0"), str(audit / "run-1")).code, (2, 3))

    def test_full_device(self):
        self.detaudit("run", "--", "true", check=0)
        self.refuses("report", "-o", "/dev/full", names="/dev/full", wrote_nothing=False)
        with open("/dev/full", "w") as full:
            for command in (["detaudit", "report"], ["detaudit", "run", "--help"], ["detaudit", "--help"],
                            ["detaudit-workload", "--steps", "1"]):
                process = subprocess.run([BIN / command[0], *command[1:]], cwd=self.folder, stdout=full,
                                         stderr=subprocess.PIPE, text=True)
                self.assertEqual(process.returncode, 2, process.stderr)
                self.assertIn("stdout", process.stderr)

    def test_a_database_that_cannot_be_looked_at_is_not_said_to_be_missing(self):
        (self.folder / "loop.db").symlink_to("loop.db")
        for command in (["list"], ["run", "--", "true"]):
            self.assertIn("symbolic links", self.refuses(*command[:1], "--db", "loop.db", *command[1:],
                                                         names="loop.db").err)
        self.refuses("list", "--db", "none.db", names="there is no database `none.db`")

    def test_a_program_that_removes_what_the_audit_needs(self):
        result = self.detaudit("run", "--", "sh", "-c", "rm -rf .detaudit; echo gone", check=2)
        self.assertIn("the program removed `", result.err)
        self.assertIn("--db", result.err)
        (self.folder / "store").mkdir()
        self.detaudit("run", "--db", str(self.folder / "store" / "audits.db"), "--", "sh", "-c", "rm -rf .detaudit; echo gone", check=0)
        program = self.folder / "once"
        program.write_text('#!/bin/sh\nrm "$0"\n')
        program.chmod(0o755)
        result = self.detaudit("run", "--", "./once", check=2)
        self.assertIn("it was there when the audit began", result.err)
        self.assertNotIn("loader", result.err)

    def test_a_file_in_the_place_of_a_folder(self):
        (self.folder / ".detaudit").touch()
        self.assertIn("move away", self.refuses("run", "--", "true", names="File exists", wrote_nothing=False).err)
        (self.folder / ".detaudit").unlink()
        (self.folder / ".detaudit").mkdir()
        (self.folder / ".detaudit" / "audits").touch()
        self.assertIn("move away", self.refuses("run", "--", "true", names="Not a directory",
                                                wrote_nothing=False).err)

    def test_a_working_folder_that_is_gone(self):
        for command in ("list", "run -- true"):
            script = f"mkdir gone && cd gone && rmdir ../gone && exec {BIN / 'detaudit'} {command}"
            process = subprocess.run(["sh", "-c", script], cwd=self.folder, capture_output=True, text=True)
            self.assertEqual(process.returncode, 2, process.stderr)
            self.assertIn("the working folder does not exist any more", process.stderr)
            self.assertIn("help:", process.stderr)

    def test_a_page_takes_the_place_of_no_database_and_of_no_link(self):
        self.detaudit("run", "--", "true", check=0)
        before = self.detaudit("list", check=0).out
        database = ".detaudit/audits.db"
        (self.folder / "link.db").symlink_to(database)
        for name in (database, "link.db"):
            self.refuses("run", "--report", name, "--", "true", names="is a database", wrote_nothing=False)
            self.refuses("report", "-o", name, names="is a database", wrote_nothing=False)
        self.assertEqual(self.detaudit("list", check=0).out, before)
        (self.folder / "page.html").write_text("an older page")
        (self.folder / "link.html").symlink_to("page.html")
        self.detaudit("run", "--report", "link.html", "--", "true", check=0)
        self.assertTrue((self.folder / "link.html").is_symlink())
        self.assertIn("<html", (self.folder / "page.html").read_text())

    def test_an_audit_outlives_whoever_reads_its_result(self):
        def newest():
            listed = json.loads(self.detaudit("report", "--format", "json", check=0).out)
            return listed["audit"]["id"], listed["audit"]["verdict"]

        self.detaudit("run", "--", "true", check=0)
        first = newest()
        with open("/dev/full", "w") as full:
            process = subprocess.run([BIN / "detaudit", "run", "--", "echo", "hello"], cwd=self.folder,
                                     stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertEqual(process.returncode, 2, process.stderr)
        second = newest()
        self.assertNotEqual(first, second)
        self.assertIn(f"stored (reproducible): see it with `detaudit report {second[0]}`", process.stderr)
        # A page that cannot be written does not keep the verdict from the terminal, nor the other page.
        result = self.detaudit("run", "--report", "/dev/full", "--", "sh", "-c", "head -c 8 /dev/urandom | od")
        self.assertEqual(result.code, 2, result)
        self.assertIn("/dev/full", result.err)
        self.assertTrue(result.out.startswith("divergent"), result)
        self.assertNotIn("report: ", result.out)
        third, verdict = newest()
        self.assertEqual(verdict, "divergent")
        self.assertTrue((self.folder / f".detaudit/audits/{third}/report.html").exists())
        self.assertNotIn("interrupted", self.detaudit("list", check=0).out)

    def test_a_result_that_cannot_be_stored_is_told_and_its_traces_stay(self):
        # The program itself spoils the database, as a lock or a full disk would for a while.
        (self.folder / "spoil.py").write_text(
            "import os, sqlite3\n"
            "sqlite3.connect('.detaudit/audits.db').execute('DROP TABLE IF EXISTS evidence')\n"
            "print(os.urandom(4))\n")
        result = self.detaudit("run", "--", "python3", "spoil.py")
        self.assertIn(result.code, (2, 4), result)
        self.assertTrue(result.out.startswith("divergent"), result)
        self.assertNotIn("stored as audit", result.out)
        self.assertIn("is not stored; its traces are in `", result.err)
        self.assertEqual(result.err.count("error["), 1, result)
        self.assertEqual(len(list(self.folder.glob(".detaudit/audits/*/run-?/q-outputs.dtrace"))), 2)

    def test_foreign_trace(self):
        folder = self.folder / "trace"
        folder.mkdir()
        self.refuses("diff", "trace", "trace", names="trace")
        (folder / "p0.dtrace").write_bytes(b"\x7fELF" + bytes(5000))
        self.refuses("diff", "trace", "trace", names="p0.dtrace")


if __name__ == "__main__":
    unittest.main()
