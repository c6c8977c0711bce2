"""What a program leaves behind is judged however it was written, and what cannot be judged is said."""
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from command import BIN, CommandTest

PUBLISH = str(BIN.parent / "subjects" / "publish")
WAYS = ["plain", "folder_renamed", "reopened", "linked", "temporary_linked", "nameless_linked", "spawned",
        "raw_call", "bare_call", "exchanged", "mapped", "sent", "copied", "gathered", "all_closed",
        "truncated", "cleared", "static_child", "late", "symlinked", "folder_named"]


class FreshFolders(CommandTest):
    def setUp(self):
        super().setUp()
        self.all = self.folder

    def tearDown(self):
        self.folder = self.all
        super().tearDown()

    def fresh(self):
        """A folder in which no audit has been yet."""
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=self.all))


class Written(FreshFolders):
    def test_a_random_file_diverges_however_it_is_written(self):
        for way in WAYS:
            with self.subTest(way=way):
                self.fresh()
                # One number in four thousand million, or in a thousand where only a size shows.
                report = self.audit("--runs", "3", "--", PUBLISH, way, "random", check=1)
                self.assertEqual(report["audit"]["verdict"], "divergent")

    def test_the_same_file_is_certified_however_it_is_written(self):
        for way in WAYS:
            with self.subTest(way=way):
                self.fresh()
                report = self.audit("--runs", "3", "--", PUBLISH, way, "same", check=0)
                self.assertEqual(report["findings"], [])

    def test_what_is_written_outside_of_the_folder_diverges(self):
        with tempfile.TemporaryDirectory(dir="/var/tmp") as elsewhere:
            script = f"head -c 8 /dev/urandom > {elsewhere}/out"
            self.audit("--", "env", "-i", "/bin/sh", "-c", script, check=1)
            self.fresh()
            self.audit("--", "sh", "-c", script, check=1)

    def test_shared_memory_is_made_of_files(self):
        with tempfile.TemporaryDirectory(dir="/dev/shm") as shared:
            name = pathlib.Path(shared).name
            self.audit("--", "sh", "-c", f"head -c 8 /dev/urandom > {shared}/out", check=1)
            self.audit("--", "sh", "-c", f"echo same > {shared}/out", check=0)
            opened = ("import _posixshmem, os; f = _posixshmem.shm_open('/{0}-object', os.O_CREAT | os.O_RDWR, "
                      "mode=0o600); os.ftruncate(f, 8); os.pwrite(f, {1}, 0)")
            try:
                self.fresh()
                self.audit("--", "python3", "-c", opened.format(name, "os.urandom(8)"), check=1)
            finally:
                pathlib.Path(f"/dev/shm/{name}-object").unlink(missing_ok=True)

    def test_when_every_output_is_ignored_nothing_was_compared(self):
        report = self.audit("--ignore-output", "stdout", "--", PUBLISH, "nothing", "same", check=3)
        self.assertIn("nothing was compared", " ".join(report["audit"]["reasons"]))

    def test_a_file_in_one_run_only_is_no_operation(self):
        report = self.audit("--", "sh", "-c", "mkdir d$(od -An -N4 -tu4 /dev/urandom)", check=1)
        self.assertIn("was there after the", report["findings"][0]["message"])

    def test_what_folders_alone_show_is_tested_for_its_cause(self):
        report = self.audit("--", PUBLISH, "raw_call", "random", check=1)
        [finding] = report["findings"]
        self.assertTrue(finding["op"].endswith("final"))
        self.assertEqual((finding["cause"], finding["proof"]), ("unseeded-rng", "counterfactual"), finding)

    def test_shell_idioms(self):
        for number, code in (("date +%N", 1), ("echo same", 0)):
            for script in ("rm -f f; {} > t; mv t f", "{} > t; mv t f", "mkdir -p o; {} > o/f",
                           "rm -rf o; mkdir o; {} > o/t; mv o/t o/f; ln -sf f o/l"):
                with self.subTest(script=script.format(number)):
                    self.fresh()
                    self.audit("--", "sh", "-c", script.format(number), check=code)

    def test_a_program_that_no_probe_sees_is_named(self):
        report = self.audit("--", PUBLISH, "static_child", "same", check=0)
        self.assertIn("publish_static` (statically linked)", " ".join(report["coverage"]["unseen"]))
        report = self.audit("--", PUBLISH, "cleared", "same", check=0)
        self.assertIn("(its environment was cleared)", " ".join(report["coverage"]["unseen"]))

    def test_a_child_that_outlives_the_run_leaves_it_open(self):
        report = self.audit("--", PUBLISH, "later", "same", check=3)
        self.assertIn("left processes running", " ".join(report["audit"]["reasons"]))
        self.assertIn("publish later", " ".join(report["audit"]["reasons"]))

    def test_a_file_elsewhere_that_went_unseen_leaves_it_open(self):
        # Outside of the watched folders, written in sight and renamed out of it.
        with tempfile.TemporaryDirectory() as elsewhere:
            rename = (f"import ctypes,os; os.chdir('{elsewhere}'); open('t','w').write('x'); "
                      "ctypes.CDLL(None).syscall(82, b't', b'f')")
            script = self.folder / "rename.py"
            script.write_text(rename)
            report = self.audit("--", "python3", "rename.py", check=3)
            self.assertIn("where it went was not seen", " ".join(report["audit"]["reasons"]))

    def test_what_another_program_writes_is_not_the_subjects(self):
        log = self.folder / "log"
        with subprocess.Popen(["sh", "-c", "while sleep 0.02; do date +%N; done > log"], cwd=self.folder) as other:
            while not log.exists():
                pass
            report = self.audit("--", "sh", "-c", "sleep 0.3; echo done", check=0)
            self.assertIn("another program holds open", " ".join(report["coverage"]["unseen"]))
            other.kill()


class Sparse(FreshFolders):
    """A hole and written zeros are the same bytes; a large hole costs what a small one does."""

    def audited(self, first, other, check):
        """Two runs that write `out` in two ways, in Python, given an open file `f`."""
        self.fresh()
        program = self.folder.parent / f"{self.folder.name}.py"
        program.write_text("import os\nfirst = not os.path.exists('ran')\n"
                           "if first: open('ran', 'w').write('x')\n"
                           f"with open('out', 'wb') as f:\n  if first: {first}\n  else: {other}\n")
        report = self.audit("--ignore-output", "ran", "--", "python3", str(program), check=check)
        return report, [f for f in report["findings"] if f["op"].endswith("out")]

    def test_the_same_bytes_are_equal(self):
        for chunks in (4, 16, 300):
            size = chunks << 16
            report, findings = self.audited(f"f.write(b'a' + bytes({size}) + b'b')",
                                            f"(f.write(b'a'), f.seek({size} + 1), f.write(b'b'))", check=0)
            self.assertEqual(findings, [])

    def test_a_byte_in_a_hole_and_another_length_differ(self):
        hole = "f.truncate(100 << 20)"
        for other in ("(f.seek(50 << 20), f.write(b'x'), f.truncate(100 << 20))", "f.truncate((100 << 20) - 65536)",
                      "f.truncate((100 << 20) - 1)", "f.truncate(8 << 16)"):
            report, findings = self.audited(hole, other, check=1)
            [finding] = findings
            self.assertEqual(report["audit"]["verdict"], "divergent")
            self.assertIn("from chunk", finding["message"])

    def test_a_hole_of_100_gigabytes_is_one_event(self):
        report, findings = self.audited("f.truncate(100 << 30)", "f.truncate(100 << 30)", check=0)
        self.assertLess(report["coverage"]["events_compared"], 10)


class Probe(CommandTest):
    def test_a_static_program_that_diverges_does(self):
        report = self.audit("--", f"{PUBLISH}_static", "plain", "random", check=1)
        self.assertEqual(report["audit"]["verdict"], "divergent")

    def test_the_cache_of_python_modules_is_no_output(self):
        (self.folder / "local_module.py").write_text("answer = 42\n")
        (self.folder / "main.py").write_text("import local_module\nprint(local_module.answer)\n")
        report = self.audit("--", "python3", "main.py", check=0)
        self.assertEqual(report["audit"]["verdict"], "reproducible")
        self.assertFalse((self.folder / "__pycache__").exists())

    def test_an_install_without_the_gpu_probe(self):
        program = self.install(self.folder / "place")
        (self.folder / "place" / "lib" / "libdetaudit_cupti.so").unlink(missing_ok=True)
        process = self.audit_by(program)
        self.assertEqual(process.returncode, 1, process.stdout + process.stderr)

    def install(self, place):
        for folder in ("bin", "lib"):
            shutil.copytree(BIN.parent / folder, place / folder, symlinks=True,
                            ignore=shutil.ignore_patterns("test"))
        return place / "bin" / "detaudit"

    def audit_by(self, program):
        return subprocess.run([program, "run", "--", PUBLISH, "plain", "random"], cwd=self.folder,
                              capture_output=True, text=True, timeout=300)

    def test_an_install_path_with_a_space(self):
        process = self.audit_by(self.install(self.folder / "a place"))
        self.assertEqual(process.returncode, 1, process.stdout + process.stderr)
        self.assertNotIn("was not loaded", process.stdout)

    def test_a_probe_that_is_not_loaded_voids_the_claim(self):
        report = self.audit("--", f"{PUBLISH}_static", "plain", "same", check=3)
        self.assertIn("the libc probe was not loaded: the program is statically linked",
                      " ".join(report["audit"]["reasons"]))


if __name__ == "__main__":
    unittest.main()
