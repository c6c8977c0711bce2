"""Programs that never heard of us: who wrote what parted, and why; and nothing is changed for them."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from command import BIN, CommandTest

SUBJECTS = BIN.parent / "subjects"
SOURCES = pathlib.Path(__file__).parents[1] / "subjects"


def line_of(source, text):
    lines = (SOURCES / source).read_text().splitlines()
    return next(i for i, line in enumerate(lines, 1) if text in line)


def evidence(finding):
    return " ".join(finding["evidence"])


class Writers(CommandTest):
    def test_a_checkpoint_that_was_written_over_is_judged(self):
        report = self.audit("--", SUBJECTS / "saved_often_hazard", check=1)
        [finding] = report["findings"]
        self.assertTrue(finding["op"].endswith("/checkpoint"), finding)
        self.assertIn("(write 3)", finding["message"])
        self.assertEqual((finding["cause"], finding["proof"]), ("unseeded-rng", "counterfactual"), finding)
        # Who writes, seen through the C++ library.
        self.assertEqual(finding["location"]["line"], line_of("saved_often.cc", "// who writes"), finding)
        self.audit("--", SUBJECTS / "saved_often_clean", check=0)

    def test_a_program_without_debug_information_has_symbols_or_offsets(self):
        source = self.folder / "p.c"
        source.write_text("#include <stdio.h>\n#include <sys/random.h>\n"
                          "__attribute__((noinline)) void draw(unsigned* out)"
                          "{ if (getrandom(out, 4, 0) != 4) *out = 0; }\n"
                          "int main(void) { unsigned n; draw(&n); printf(\"%u\\n\", n); return 0; }\n")
        for flags, name in ([], "(draw)"), (["-s", "-no-pie"], "p+0x"):
            subprocess.run(["cc", "-O1", *flags, "-o", "p", "p.c"], cwd=self.folder, check=True)
            report = self.audit("--", "./p", check=1)
            self.assertIn(name, evidence(report["findings"][0]))
            self.assertNotIn("location", {k: v for k, v in report["findings"][0].items() if v})

    def test_the_call_that_put_out_the_first_byte_that_differs(self):
        source = ("#include <stdio.h>\n#include <sys/random.h>\n#include <unistd.h>\nint main(void) {\n"
                  "  unsigned n = 0;\n  puts(\"training\");\n  BESIDE;\n  printf(\"%d layers\\n\", 3);\n"
                  "  if (getrandom(&n, sizeof n, 0) < 0) return 1;\n  printf(\"%u\\n\", n);\n"
                  "  printf(\"%d done\\n\", 1);\n  return 0;\n}\n")
        (self.folder / "p.c").write_text(source)
        for beside, line in ("n = 1", 10), ("write(1, \"beside\\n\", 7)", 6):
            subprocess.run(["cc", "-g", "-w", f"-DBESIDE={beside}", "-o", "p", "p.c"], cwd=self.folder, check=True)
            [finding] = self.audit("--", "./p", check=1)["findings"]
            self.assertEqual(finding["location"]["line"], line, finding)
            # Beside a system call, a stream's places are not where its bytes come out.
            self.assertEqual("`printf` at p.c:10 (main): the first byte that differs" in evidence(finding),
                             line == 10, finding)

    def test_that_call_where_only_the_third_run_parts(self):
        (self.folder / "p.c").write_text(
            "#include <stdio.h>\nint main(void) {\n  int n = 0;\n  puts(\"training\");\n"
            "  FILE* f = fopen(\"count\", \"r\");\n  if (f && fscanf(f, \"%d\", &n) == 1) fclose(f);\n"
            "  f = fopen(\"count\", \"w\");\n  fprintf(f, \"%d\", n + 1);\n  fclose(f);\n"
            "  printf(\"%d\\n\", n >= 2);\n  return 0;\n}\n")
        subprocess.run(["cc", "-g", "-w", "-o", "p", "p.c"], cwd=self.folder, check=True)
        report = self.audit("--runs", "3", "--budget", "0", "--ignore-output", "*/count", "--", "./p", check=1)
        [finding] = report["findings"]
        self.assertIn("`printf` at p.c:10 (main): the first byte that differs", evidence(finding))

    def test_a_library_that_is_opened_from_the_working_folder(self):
        program = str(SUBJECTS / "borrowed")
        for twin in "hazard", "clean":
            shutil.copy2(SUBJECTS / f"libborrowed_{twin}.so", self.folder)
        report = self.audit("--", program, "./libborrowed_hazard.so", check=1)
        [finding] = report["findings"]
        self.assertEqual(finding["cause"], "time-dependence")
        line = line_of("borrowed_library.c", "clock_gettime")
        self.assertIn(f"`clock_gettime(CLOCK_REALTIME)` at borrowed_library.c:{line} (seed)", evidence(finding))
        self.audit("--", program, "./libborrowed_clean.so", check=0)

    def test_more_reads_than_can_be_kept_are_told(self):
        (self.folder / "p.c").write_text(
            "#include <stdio.h>\n#include <stdlib.h>\n"
            "int main(int n, char** words) { char name[16]; for (int i = 0; i < atoi(words[1]); ++i) {"
            " snprintf(name, sizeof name, \"V%d\", i); if (getenv(name)) puts(name); } return 0; }\n")
        subprocess.run(["cc", "-O1", "-o", "p", "p.c"], cwd=self.folder, check=True)
        for count, told in ("1000", False), ("30000", True):
            unseen = " ".join(self.audit("--", "./p", count, check=0)["coverage"]["unseen"])
            self.assertEqual("more different ones were made than can be kept" in unseen, told, unseen)

    def test_a_program_that_removes_itself(self):
        script = "cp /bin/date ./d && ./d +%N && rm d"
        report = self.audit("--", "sh", "-c", script, check=1)
        self.assertIn("written by", evidence(report["findings"][0]))

    def test_the_order_of_a_folder_is_a_cause(self):
        # A folder in memory gives its entries in the order in which they were made: one of 8!.
        with tempfile.TemporaryDirectory(dir="/dev/shm") as made:
            report = self.audit("--", SUBJECTS / "folder_order_hazard", f"{made}/f", check=1)
            [finding] = report["findings"]
            self.assertEqual((finding["cause"], finding["proof"]), ("data-order", "counterfactual"), finding)
            self.assertIn("the same entries in another order", evidence(finding))
            line = line_of("folder_order.c", "count += puts")
            self.assertEqual(finding["location"]["line"], line, finding)
            self.assertTrue(finding["location"]["file"].endswith("folder_order.c"))
            self.assertIn("written by `puts` at folder_order.c", evidence(finding))
            self.assertIn("`getrandom` at folder_order.c", evidence(finding))
            self.audit("--", SUBJECTS / "folder_order_clean", f"{made}/f", check=0)

    def test_the_order_of_a_folder_that_the_c_library_reads_by_itself(self):
        with tempfile.TemporaryDirectory(dir="/dev/shm") as made:
            for reader in ["scandir", "glob", "fts", "nftw"]:
                with self.subTest(reader):
                    report = self.audit("--", SUBJECTS / "folder_order_hazard", f"{made}/f", reader, check=1)
                    [finding] = report["findings"]
                    self.assertEqual((finding["cause"], finding["proof"]), ("data-order", "counterfactual"), finding)
                    self.assertIn(f"`{made}/f` gave the same entries in another order", evidence(finding))
                    self.assertTrue(finding["location"]["file"].endswith("folder_order.c"), finding)
                    self.audit("--", SUBJECTS / "folder_order_clean", f"{made}/f", reader, check=0)


class Hostile(CommandTest):
    def alone(self, way):
        return subprocess.run([SUBJECTS / "hostile", way], cwd=self.folder, capture_output=True)

    def test_what_a_probe_must_live_with(self):
        for way in ("closes_stdout", "forks_a_thousand", "prints_binary", "threads_at_exit", "clones",
                    "loads", "sandboxed", "waits"):
            with self.subTest(way=way):
                alone = self.alone(way)
                self.assertEqual(alone.returncode, 0)
                report = self.audit("--", SUBJECTS / "hostile", way)
                self.assertEqual([run["exit_code"] for run in report["runs"]], [0, 0], report["runs"])
                self.assertEqual(report["findings"], [], way)
                self.assertEqual(self.stored_output(report), alone.stdout)

    def stored_output(self, report):
        [folder] = self.folder.glob(f".detaudit/audits/{report['audit']['id']}")
        return (folder / "run-0" / "stdout.bin").read_bytes()

    def test_closing_every_descriptor_ends_no_trace(self):
        report = self.audit("--", SUBJECTS / "hostile", "closes_all", check=0)
        self.assertEqual([run["lossy"] for run in report["runs"]], [False, False])

    def test_a_crash_loses_nothing_before_it(self):
        result = self.detaudit("run", "--", SUBJECTS / "hostile", "crashes", check=3)
        self.assertIn("SIGSEGV", result.err)
        self.assertIn("before the crash", result.err)

    def test_leaving_at_once(self):
        self.detaudit("run", "--expect-exit", "5", "--", SUBJECTS / "hostile", "leaves", check=0)

    def test_a_damaged_program(self):
        bad = self.folder / "bad"
        bad.write_bytes(b"\x7fELFand no more\n")
        bad.chmod(0o755)
        result = self.detaudit("run", "--", "./bad", check=2)
        self.assertEqual(result.err.count("error["), 1, result)
        self.assertIn("damaged", result.err)

    def test_a_program_that_changes_its_user(self):
        shutil.copy("/bin/date", self.folder / "privileged")
        (self.folder / "privileged").chmod(0o4755)
        report = self.audit("--", "./privileged", "-u", "-d", "@0", check=3)
        self.assertIn("changes its user", " ".join(report["audit"]["reasons"]))

    def test_a_daemon_that_outlives_its_parent(self):
        report = self.audit("--", "sh", "-c", "(setsid sleep 3 >/dev/null 2>&1 &) ; echo started", check=3)
        self.assertIn("left processes running", " ".join(report["audit"]["reasons"]))

    def test_a_library_that_the_subject_preloads_itself(self):
        library = pathlib.Path("/usr/lib/x86_64-linux-gnu/libjemalloc.so.2")
        if not library.exists():
            self.skipTest("no libjemalloc2")
        for program in (["sort", "-R", "--random-source=/bin/true", "/etc/passwd"], ["python3", "-c", "print(1)"]):
            report = self.audit("--", *program, env={"LD_PRELOAD": str(library)}, check=0)
            self.assertEqual(report["findings"], [])


class Unchanged(CommandTest):
    """What a program says, where, and how it ends are the same under the probe."""

    def test_programs_of_the_distribution(self):
        (self.folder / "in.txt").write_text("pear\napple\nfig\n" * 1000)
        (self.folder / "p.c").write_text("int main(void){return 0;}\n")
        (self.folder / "Makefile").write_text("all: a b\nb: a\na b:\n\t@echo $@ > $@; cat $@\n.PHONY: a b\n")
        commands = [
            "sort in.txt", "gzip -nc in.txt", "gzip -nc in.txt | gunzip", "tar -cf - --mtime=@0 in.txt",
            "awk '{n[$1]++} END {for (k in n) print k, n[k]}' in.txt", "sed -n 1,5p in.txt | tac",
            "ls no-such-file", "cat in.txt no-such-file", "false", "sh -c 'exit 9'", "sh -c 'kill -TERM $$'",
            "bash -c 'cat in.txt | (read a; echo $a) | tr a-z A-Z; echo err >&2'", "head -c 100000 /dev/zero",
            "perl -e 'print join(q(,), sort map {$_ * 2} 1..20); warn q(careful); exit 3'",
            "python3 -c 'import json,sys; print(json.dumps({\"a\": [1, 2]})); sys.exit(4)'",
            "sqlite3 :memory: 'create table t(a); insert into t values (1),(2); select sum(a) from t; bad;'",
            "make -j2 --no-print-directory", "cc -O1 -c p.c -o p.o && sha256sum p.o", "openssl dgst -sha256 in.txt",
            "git init -q g && git -C g status --short && git -C g log", "find . -name 'in*'", "grep -c fig in.txt",
            "xargs -n 100 echo < in.txt | wc", "node -e 'console.log([3,1,2].sort()); process.exit(2)'",
            "java -version", "printf 'a\\0b\\n'", "dd if=in.txt bs=7 count=3 status=none",
        ]
        for command in commands:
            program = command.split()[0]
            if shutil.which(program) is None:
                continue
            with self.subTest(command=command):
                self.assertEqual(self.ends(command, {}), self.ends(command, self.probed()), command)

    def probed(self):
        trace = tempfile.mkdtemp(dir=self.folder)
        return {"LD_PRELOAD": str(BIN.parent / "lib" / "libdetaudit_libc.so"),
                "DETAUDIT_CONTROL": f"trace={trace};run_from_ns=1"}

    def ends(self, command, variables):
        shutil.rmtree(self.folder / "g", ignore_errors=True)
        process = subprocess.run(["bash", "-c", command], cwd=self.folder, capture_output=True,
                                 env={**os.environ, **variables}, stdin=subprocess.DEVNULL)
        return process.returncode, process.stdout, process.stderr


    def test_each_run_reads_the_file_on_stdin_from_where_it_stood(self):
        data = self.folder / "data.txt"
        data.write_text("first\nsecond\nthird\n")
        with open(data, "rb", buffering=0) as stream:
            stream.read(6)
            self.audit("--", "sh", "-c", "cat > out.txt", stdin=stream, check=0)
            self.assertEqual((self.folder / "out.txt").read_text(), "second\nthird\n")
            self.assertEqual(stream.tell(), 6)
        piped = subprocess.Popen(["echo", "once"], stdout=subprocess.PIPE)
        with piped.stdout as stream:
            self.audit("--", "sh", "-c", "cat > out.txt", stdin=stream, check=0)
        piped.wait()
        self.assertEqual((self.folder / "out.txt").read_text(), "")


class TwoSided(CommandTest):
    """Real programs, each with what makes it vary and with what makes it repeat."""

    def judged(self, script, check, cause=None):
        shutil.rmtree(self.folder / "w", ignore_errors=True)
        report = self.audit("--", "sh", "-c", script, check=check)
        if cause:
            self.assertEqual(report["findings"][0]["cause"], cause, (script, report["findings"]))
            self.assertEqual(report["findings"][0]["proof"], "counterfactual", (script, report["findings"]))

    def test_pairs(self):
        pairs = [
            ("openssl rand -hex 8", "echo 1 | openssl dgst -sha256", "unseeded-rng"),
            ("shuf -i 1-1000", "shuf -i 1-1000 --random-source=/bin/sh", "unseeded-rng"),
            ("seq 1000 | sort -R", "seq 1000 | sort -R --random-source=/bin/sh", "unseeded-rng"),
            ("mktemp -u name-XXXXXXXX", "echo name", "unseeded-rng"),
            ("cat /proc/sys/kernel/random/uuid", "echo uuid", "unseeded-rng"),
            ("date +%s%N", "date -u -d @0", "time-dependence"),
            ("echo $$", "echo 17", "environment"),
            ("echo a > f; tar --mtime=now -cf t.tar f", "echo a > f; tar --mtime=@0 -cf t.tar f", "time-dependence"),
            ("awk 'BEGIN {srand(); print rand()}'", "awk 'BEGIN {srand(1); print rand()}'", "time-dependence"),
            ("perl -e 'print rand()'", "perl -e 'srand(1); print rand()'", "unseeded-rng"),
            ("python3 -c 'print(set(map(str, range(50))))'", "python3 -c 'print(sorted(map(str, range(50))))'",
             "hash-order"),
        ]
        for hazard, clean, cause in pairs:
            with self.subTest(program=hazard):
                if shutil.which(hazard.split()[0]) is None:
                    continue
                self.judged(hazard, 1, cause)
                self.judged(clean, 0)

    def test_processes_beside_one_another(self):
        # Each comes late by up to 0.1 ms of its own, in each run another: of 40, never in one order twice.
        jobs = "for i in $(seq 40); do echo $i %s done; wait"
        report = self.audit("--", "sh", "-c", jobs % "&", check=1)
        self.assertEqual(self.causes(report), ["thread-scheduling"], report["findings"])
        self.audit("--", "sh", "-c", jobs % "& wait;", check=0)

    def test_how_long_it_took_is_told_by_any_clock(self):
        report = self.audit("--", SUBJECTS / "printed_took", check=0)
        self.assertEqual([f["severity"] for f in report["findings"]], ["note"], report["findings"])
        self.assertIn("set aside", " ".join(report["audit"]["reasons"]))

    def test_how_often_locks_look_at_a_clock_is_not_told(self):
        """Threads that wait for one interpreter look, and wait, as often as the schedule has it."""
        (self.folder / "waits.py").write_text(
            "import threading, time\nbegin = time.perf_counter()\n"
            "def work(): sum(i * i for i in range(300000))\n"
            "threads = [threading.Thread(target=work) for _ in range(3)]\n"
            "for each in threads: each.start()\nfor each in threads: each.join()\n"
            "print(f'took {time.perf_counter() - begin:.3f} s', time.time())\n")
        self.by_the_clock("python3", "waits.py")

    def test_who_waits_for_a_time_sees_it_come(self):
        (self.folder / "polls.c").write_text(
            "#include <stdio.h>\n#include <time.h>\n#include <unistd.h>\n"
            "int main(void) { time_t end = time(0) + 1; while (time(0) < end) usleep(1000);"
            " printf(\"%ld\\n\", (long)time(0)); return 0; }\n")
        subprocess.run(["cc", "-O1", "-o", "polls", "polls.c"], cwd=self.folder, check=True)
        self.by_the_clock("./polls")

    def by_the_clock(self, *command):
        """Its output differs, and is equal wherever the clocks are pinned."""
        [finding] = self.audit("--", *command, check=1)["findings"]
        self.assertEqual((finding["cause"], finding["proof"]), ("time-dependence", "counterfactual"), finding)


if __name__ == "__main__":
    unittest.main()
