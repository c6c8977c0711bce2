"""Programs that no probe reaches: what they do to files is seen from outside, and judged."""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from command import BIN, CommandTest

OUTSIDE = str(BIN.parent / "subjects" / "outside")
HOW = ["fork", "vfork", "spawn", "spawnp", "system", "popen", "become", "cleared", "unprobed_system",
       "unprobed_popen"]
WAYS = ["plain", "created", "moved_over", "nameless_linked", "openat2", "descriptor", "grandchild", "thread",
        "through_link", "symlinked", "int80", "under_signals"]


# Runs a program where the system call that installs filters is refused, as some containers do.
FORBIDDING = """
import ctypes, os, struct, sys
SECCOMP, REFUSED, ALLOWED = 317, 0x50001, 0x7fff0000
steps = [(0x20, 0, 0, 0), (0x15, 0, 1, SECCOMP), (6, 0, 0, REFUSED), (6, 0, 0, ALLOWED)]
class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("steps", ctypes.c_char_p)]
program = Program(len(steps), b"".join(struct.pack("HBBI", *step) for step in steps))
libc = ctypes.CDLL(None)
assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, ctypes.byref(program), 0, 0) == 0
os.execv(sys.argv[1], sys.argv[1:])
"""


class Outside(CommandTest):
    def setUp(self):
        super().setUp()
        # Neither the subject's folder nor a place named on its command line is where it writes.
        self.place = tempfile.TemporaryDirectory(prefix="detaudit-elsewhere-", dir="/var/tmp")
        self.elsewhere = pathlib.Path(self.place.name).resolve()
        (self.elsewhere / "in").mkdir()
        self.away = f"{self.elsewhere}/in/../in"

    def tearDown(self):
        self.place.cleanup()
        super().tearDown()

    def start(self, how, way, what, check, *options):
        # A folder that is named otherwise than by a word of the command line is not watched.
        script = f"exec {OUTSIDE} {how} {way} $(cat place) {what}"
        for file in (self.elsewhere / "in").iterdir():
            file.unlink()
        (self.folder / "place").write_text(str(self.elsewhere / "in"))
        return self.audit(*options, "--", "sh", "-c", script, check=check)

    def assert_at_the_file(self, report):
        self.assertEqual({finding["op"] for finding in report["findings"]}, {str(self.elsewhere / "in" / "final")})

    def test_a_random_file_diverges_however_its_writer_was_started(self):
        for how in HOW:
            with self.subTest(how=how):
                self.assert_at_the_file(self.start(how, "plain", "random", 1))

    def test_the_same_file_is_certified_however_its_writer_was_started(self):
        for how in HOW:
            with self.subTest(how=how):
                report = self.start(how, "plain", "same", 0)
                self.assertEqual(report["findings"], [])
                self.assertIn("whose files alone were seen", " ".join(report["coverage"]["unseen"]))

    def test_a_random_file_diverges_however_it_is_written(self):
        for way in WAYS:
            with self.subTest(way=way):
                self.assert_at_the_file(self.start("fork", way, "random", 1))

    def test_the_same_file_is_certified_however_it_is_written(self):
        for way in WAYS + ["nothing", "gone_again", "failing"]:
            with self.subTest(way=way):
                self.start("vfork", way, "same", 0)

    def test_what_an_earlier_run_left_is_seen(self):
        for way in ("appended", "kept"):
            with self.subTest(way=way):
                report = self.start("spawn", way, "same", 1)
                self.assertIn("as run 1 had left it", str(report))

    def test_a_static_subject_is_not_certified_and_its_files_are_judged(self):
        words = [f"{OUTSIDE}_static", "do", "plain"]
        report = self.audit("--", *words, self.away, "random", check=1)
        self.assert_at_the_file(report)
        self.audit("--", *words, self.away, "same", check=3)

    def test_where_filters_are_forbidden_it_stays_open(self):
        words = [sys.executable, "-c", FORBIDDING, BIN / "detaudit", "run", "--", OUTSIDE, "fork", "plain",
                 self.away, "same"]
        process = subprocess.run(words, cwd=self.folder, capture_output=True, text=True)
        self.assertEqual(process.returncode, 3, process.stdout + process.stderr)
        said = " ".join(process.stdout.split())
        self.assertIn("(statically linked) wrote outside of the watched folders", said)
        self.assertIn("not watched from outside either: seccomp: Operation not permitted", said)

    def test_a_program_that_its_file_gives_rights_is_left_alone(self):
        su = shutil.which("su")
        if not su or not os.stat(su).st_mode & 0o4000:
            self.skipTest("no set-user-id program here")
        report = self.audit("--", "sh", "-c", "su --version", check=3)
        self.assertIn("(it changes its user or group)", " ".join(report["audit"]["reasons"]))

    def test_a_thousand(self):
        self.start("thousand", "plain", "same", 0)

    def test_python(self):
        script = self.folder / "start.py"
        for close in ("True", "False"):  # by fork and exec, and by posix_spawn
            for what, code in (("random", 1), ("same", 0)):
                with self.subTest(close=close, what=what):
                    script.write_text(
                        "import subprocess, pathlib\n"
                        f"subprocess.run(['{OUTSIDE}_static', 'do', 'plain', '{self.elsewhere}/in', '{what}'],"
                        f" check=True, close_fds={close}, env={{'LC_ALL': 'C'}})\n")
                    self.audit("--", "python3", "start.py", check=code)

    def test_io_uring_is_beyond_sight(self):
        script = "import ctypes, subprocess; ctypes.CDLL(None).syscall(425, 0, 0)"
        report = self.audit("--", "env", "-i", "python3", "-c", script, check=3)
        self.assertIn("io_uring_setup", " ".join(report["audit"]["reasons"]))

    def test_a_killed_audit_leaves_nothing_that_hangs_or_fails(self):
        marks = self.elsewhere / "in"
        loop = (f"{OUTSIDE}_static do plain {marks} same; echo $$ > {marks}/ready; read line < {marks}/go; "
                f"{OUTSIDE}_static do moved_over {marks} same && echo well > {marks}/end")
        os.mkfifo(marks / "go")
        # Not the subject, which is killed with its audit, but what it left behind.
        (self.folder / "leave").write_text(f"setsid env -i /bin/sh -c '{loop}' & wait")
        audit = subprocess.Popen([BIN / "detaudit", "run", "--", "sh", "leave"], cwd=self.folder,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.wait_for(marks / "ready")
        audit.send_signal(signal.SIGKILL)
        audit.wait()
        (marks / "final").unlink()
        with open(marks / "go", "w") as go:
            go.write("\n")
        self.wait_for(marks / "end")
        self.assertTrue((marks / "final").exists())

    def wait_for(self, path):
        for _ in range(6000):
            if path.exists():
                return
            time.sleep(0.01)
        self.fail(f"{path} did not come")


if __name__ == "__main__":
    unittest.main()
