"""Runs programs, alone and under `detaudit run`, within the time that is left."""
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import threading
import time

from table import Failed, NoTime, Skip

FIGURES = re.compile(r"^figures (.*)$", re.MULTILINE)
LAUNCHES = re.compile(r"gpu: (\d+) (?:kernel|graph) launches, (\d+) digested")
# What a tool says that cannot work on this machine (compute-sanitizer under some virtual machines).
REFUSED = re.compile(r"^.*Device not supported.*$", re.MULTILINE)
NO_GPU = 77


class Cut(Exception):
    """A program was ended at its limit."""


def figures_in(text):
    """The numbers that a program told of itself: {"seconds_a_step": ..., ...}; None: it told none."""
    told = FIGURES.findall(text)
    if not told:
        return None
    return {name: float(value) for name, value in (word.split("=") for word in told[-1].split())}


class Audit:
    """One `detaudit run`. `report` is None where it was cut short."""

    def __init__(self, folder, code, report, err):
        self.folder, self.code, self.report, self.err = folder, code, report, err

    def figures(self):
        """Of each of its runs."""
        texts = (path.read_text(errors="replace")
                 for path in sorted(self.folder.glob(".detaudit/audits/*/run-*/stderr.bin")))
        return [found for found in map(figures_in, texts) if found]

    def events(self):
        return self.report["runs"][0]["events"] if self.report else 0

    def launches(self):
        """(seen, digested), of its first run."""
        counts = LAUNCHES.findall("\n".join(self.report["coverage"].get("gpu", []))) if self.report else []
        return sum(int(seen) for seen, _ in counts), sum(int(digested) for _, digested in counts)


class MemoryWatch:
    """The most memory of a program's processes, from outside. `host_bytes`: of any one of them, resident;
    `device_bytes`: in use on the device, more than at the beginning. None: it could not be seen."""

    BETWEEN_LOOKS = 0.01

    def __init__(self, program, counter):
        self.program, self.counter = program, counter
        self.host_bytes = self.device_bytes = None
        self.over = threading.Event()
        self.looks = threading.Thread(target=self.look)

    def __enter__(self):
        self.process = self.counter and subprocess.Popen(
            [str(word) for word in self.counter], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        if self.process:
            self.process.stdout.readline()  # it has begun
        self.looks.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.looks.join()
        if self.process:
            told = self.process.communicate()[0].split()  # the end of its input ends it
            self.device_bytes = int(told[-1]) if told else None

    def look(self):
        while not self.over.wait(self.BETWEEN_LOOKS):
            for status in pathlib.Path("/proc").glob("[0-9]*/status"):
                self.host_bytes = max(self.host_bytes or 0, self.resident(status)) or None

    def resident(self, status):
        try:
            if os.path.basename(os.readlink(status.parent / "exe")) != self.program:
                return 0
            return int(re.search(r"^VmHWM:\s+(\d+) kB", status.read_text(), re.MULTILINE)[1]) * 1024
        except (OSError, TypeError):
            return 0  # not ours, or it ended


class Machine:
    """Where programs lie and how they are run."""

    def __init__(self, programs, budget, variables):
        self.bin = programs / "bin"
        self.test = programs / "test"
        self.budget = budget
        self.environment = {**os.environ, **variables}
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="detaudit-device-"))

    def start(self, argv, limit, folder=None):
        """Its exit code, stdout and stderr. Ended when `limit` seconds are over (Cut) or no time is left."""
        seconds = min(limit, self.budget.left())
        if seconds <= 0:
            raise NoTime()
        process = subprocess.Popen([str(word) for word in argv], cwd=folder or self.scratch,
                                   env=self.environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   errors="replace", start_new_session=True)
        try:
            out, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.end(process)
            raise (NoTime() if seconds < limit else Cut(f"no end within {limit} s"))
        return process.returncode, out, err

    def rows_of(self, argv):
        """(status, found) of each line as it comes: name, wanted, status, found between tabs."""
        if self.budget.left() <= 0:
            raise NoTime()
        process = subprocess.Popen([str(word) for word in argv], cwd=self.scratch,
                                   env=self.environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                   errors="replace", start_new_session=True)
        overdue = threading.Event()
        timer = threading.Timer(self.budget.left(), lambda: (overdue.set(), process.kill()))
        timer.start()
        last = ""
        try:
            for last in process.stdout:
                fields = last.rstrip("\n").split("\t")
                if len(fields) == 4:
                    yield fields[2], fields[3]
            code = process.wait()
        finally:
            timer.cancel()
            process.kill()
            process.wait()
            process.stdout.close()
        if overdue.is_set():
            raise NoTime()
        if code == NO_GPU:
            raise Skip(last.strip().removeprefix("skipped: "))
        if code not in (0, 1):
            raise Failed(f"exit {code}: {last.strip()[-300:]}")

    def end(self, process):
        """An audit ends its subject when it is interrupted."""
        for last_word in (signal.SIGINT, signal.SIGKILL):
            try:
                os.killpg(process.pid, last_word)
                process.communicate(timeout=10)
                return
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue

    def program(self, name):
        path = self.test / name
        if not path.exists():
            raise Skip(f"{name} was not built")
        return path

    def wall(self, argv, limit=120):
        """Seconds of a program that is not audited."""
        begin = time.monotonic()
        try:
            code, out, err = self.start(argv, limit)
        except Cut as cut:
            raise Failed(f"alone: {cut}")
        self.skip_refused(code, out + err)
        if code != 0:
            raise Failed(f"alone: exit {code}: {err.strip()[-300:]}")
        return time.monotonic() - begin

    @staticmethod
    def skip_refused(code, said):
        refused = REFUSED.search(said)
        if code != 0 and refused:
            raise Skip(refused.group().strip())

    def memory_of(self, program):
        """What the program of that name takes on the host, and all take on the device, while this lasts."""
        counter = self.test / "device_checks"
        return MemoryWatch(program, [counter, "--memory"] if counter.exists() else None)

    def alone(self, argv, limit=120):
        """The figures of a program that is not audited."""
        try:
            code, out, err = self.start(argv, limit)
        except Cut as cut:
            raise Failed(f"alone: {cut}")
        if code == NO_GPU:
            raise Skip((out + err).strip().splitlines()[-1])
        self.skip_refused(code, out + err)
        found = figures_in(err)
        if code != 0 or not found:
            raise Failed(f"alone: exit {code}: {(err or out).strip()[-300:]}")
        return found

    def audit(self, options, argv=None, limit=240):
        """`detaudit run` in a folder of its own."""
        if not (self.bin / "detaudit").exists():
            raise Skip("detaudit itself is not there: tests/device/pack builds it for other machines")
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.scratch))
        words = [self.bin / "detaudit", "run", "--format", "json", *options]
        if argv:
            words += ["--", *argv]
        try:
            code, out, err = self.start(words, limit, folder)
        except Cut as cut:
            return Audit(folder, None, None, str(cut))
        try:
            return Audit(folder, code, json.loads(out), err)
        except ValueError:
            raise Failed(f"exit {code}, no report: {err.strip()[-300:]}")
