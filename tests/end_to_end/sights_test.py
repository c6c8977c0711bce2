"""What an audit saw of the hazards that a scan finds, and what a scan finds where an audit's findings are."""
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import unittest

from command import BIN, CommandTest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = BIN.parent
SUBJECT = ROOT / "tests/subjects/scanned.cc"
KERNELS = ROOT / "tests/subjects/gpu/kernels.cu"
CUBIN = BUILD / "tests/subjects/gpu/kernels.cubin"
TRAINING = BUILD / "test/gpu_training"

# One generator decides what is printed, one is never made; what iterating over a set gives leaves no record.
SCRIPT = """import random


def drawn():
    generator = random.Random()  # diverges
    return generator.random()


def never():
    return random.Random()  # never made


def listed():
    total = 0
    for name in {"a", "b", "c"}:
        total = total * 31 + len(name)
    return total


print(drawn(), listed())
"""
# The same, where nothing follows from the first.
CLEAN = SCRIPT.replace("return generator.random()", "return generator is None")


def line_of(text, mark):
    (number,) = [n for n, line in enumerate(text.splitlines(), 1) if mark in line]
    return number


class SightTest(CommandTest):
    def setUp(self):
        super().setUp()
        self.cache = self.folder / "cache"

    def detaudit(self, *arguments, env=None, **more):
        return super().detaudit(*arguments, env={"XDG_CACHE_HOME": str(self.cache), **(env or {})}, **more)

    def write(self, name, text):
        (self.folder / name).write_text(text)
        return name

    def scan(self, *arguments, check=1):
        return self.detaudit("scan", "--format", "json", *arguments, check=check).report

    def sights(self, audit, *paths, check=1):
        """(outcome, the audit's findings, why) by line."""
        report = self.scan("--audit", audit, *paths, check=check)
        counts = {name.replace("_", "-"): report["audit"][name] for name in ("diverged", "ran", "did_not_run", "not_seen")}
        sights = {}
        for finding in report["findings"]:
            sight = finding["audit"]
            counts[sight["outcome"]] -= 1
            sights[finding["location"]["line"]] = (sight["outcome"], sight["findings"], sight["why"])
        self.assertEqual(set(counts.values()), {0}, "the counts are those of the findings")
        return sights

    def script_audit(self, text, check):
        self.write("train.py", text)
        return self.audit("--", "python3", "train.py", check=check)


class ScriptSights(SightTest):
    def test_what_diverged_what_never_ran_and_what_leaves_no_record(self):
        report = self.script_audit(SCRIPT, check=1)
        sights = self.sights(report["audit"]["id"], "train.py")
        self.assertEqual(sights[line_of(SCRIPT, "# diverges")], ("diverged", ["F1"], None))
        self.assertEqual(sights[line_of(SCRIPT, "# never made")], ("did-not-run", [], None))
        (outcome, findings, why) = sights[line_of(SCRIPT, "total = total * 31")]
        self.assertEqual((outcome, findings), ("not-seen", []))
        self.assertIn("leaves no record", why)
        self.assertIn(f"the scan finds DET301 at {report['findings'][0]['location']['file']}:"
                      f"{line_of(SCRIPT, '# diverges')}", report["findings"][0]["evidence"])

    def test_of_an_output_the_scan_says_where_to_look(self):
        # All of an address decides: its lowest bits alone are often those of another run.
        text = "class Thing:\n    def __hash__(self): return id(self) ** 3 % 1000003\n\n\n" \
               "made = [Thing() for _ in range(64)]\n" \
               "order = [made.index(thing) for thing in set(made)]\nprint(order)\n"
        report = self.script_audit(text, check=1)
        finding = report["findings"][0]
        self.assertEqual((finding["cause"], finding["proof"]), ("hash-order", "counterfactual"))
        self.assertEqual(finding["location"]["line"], 7)
        self.assertTrue([line for line in finding["evidence"]
                         if line.startswith("the scan finds DET320") and "train.py:6, of the same cause" in line],
                        finding["evidence"])
        self.script_audit(text.replace("set(made)", "made"), check=0)

    def test_what_ran_and_decided_nothing(self):
        report = self.script_audit(CLEAN, check=0)
        sights = self.sights(report["audit"]["id"], "train.py")
        self.assertEqual(sights[line_of(SCRIPT, "# diverges")], ("ran", [], None))
        self.assertEqual(sights[line_of(SCRIPT, "# never made")], ("did-not-run", [], None))

    def test_seeds_that_are_given_are_seen_too(self):
        text = ("import random\nimport time\n\n\ndef never():\n    random.seed(time.time())  # never seeded\n\n\n"
                "random.seed(time.time())  # diverges\nprint(random.random())\n")
        sights = self.sights(self.script_audit(text, check=1)["audit"]["id"], "train.py")
        self.assertEqual(sights[line_of(text, "# diverges")], ("diverged", ["F1"], None))
        self.assertEqual(sights[line_of(text, "# never seeded")], ("did-not-run", [], None))

    def test_runs_in_copies_of_the_folder(self):
        self.write("train.py", SCRIPT)
        report = self.audit("--isolate", "--", "python3", "train.py", check=1)
        sights = self.sights(report["audit"]["id"], "train.py")
        self.assertEqual(sights[line_of(SCRIPT, "# diverges")], ("diverged", ["F1"], None))
        self.assertEqual(sights[line_of(SCRIPT, "# never made")], ("did-not-run", [], None))
        place = report["findings"][0]["location"]
        self.assertEqual(pathlib.Path(self.folder, place["file"]).resolve(), (self.folder / "train.py").resolve())
        self.assertIn(f"the scan finds DET301 at {place['file']}:{line_of(SCRIPT, '# diverges')}",
                      report["findings"][0]["evidence"])

    def test_of_two_that_ran_neither_is_acquitted(self):
        text = SCRIPT.replace("print(drawn(), listed())", "other = random.Random()\nprint(drawn(), listed())")
        report = self.script_audit(text, check=1)
        sights = self.sights(report["audit"]["id"], "train.py")
        (outcome, findings, why) = sights[line_of(text, "other =")]
        self.assertEqual((outcome, findings), ("ran", ["F1"]))
        self.assertIn("whether F1 came of it is not known", why)

    def test_text_and_sarif_say_the_same(self):
        audit = self.script_audit(SCRIPT, check=1)["audit"]["id"]
        text = self.detaudit("scan", "--audit", audit, "train.py", check=1).out
        self.assertIn(f"= note: seen to diverge in audit {audit} (F1)", text)
        self.assertIn(f"= note: did not run in audit {audit}", text)
        self.assertIn(f"= note: not seen by audit {audit}: what happens there", text)
        self.assertIn(f"in audit {audit} (divergent): 1 seen to diverge, 0 ran, 1 did not run, 1 not seen", text)
        run = self.detaudit("scan", "--format", "sarif", "--audit", audit, "train.py", check=1).report["runs"][0]
        outcomes = [(r["properties"]["audit"]["id"], r["properties"]["audit"]["outcome"]) for r in run["results"]]
        self.assertEqual(outcomes, [(audit, "diverged"), (audit, "did-not-run"), (audit, "not-seen")])
        self.assertIn(f"seen to diverge in audit {audit}", run["results"][0]["message"]["text"])

    def test_without_an_audit_nothing_is_said_of_one(self):
        self.write("train.py", SCRIPT)
        report = self.scan("train.py")
        self.assertNotIn("audit", report)
        self.assertTrue(all("audit" not in finding for finding in report["findings"]))

    def test_a_script_that_changed_is_not_seen(self):
        audit = self.script_audit(SCRIPT, check=1)["audit"]["id"]
        path = self.folder / "train.py"
        self.write("train.py", SCRIPT + "# more\n")
        os.utime(path, (1, 1))  # what it holds counts, not when it was written
        for sight in self.sights(audit, "train.py").values():
            self.assertEqual((sight[0], sight[1]), ("not-seen", []))
            self.assertIn("has changed since", sight[2])
        self.write("train.py", SCRIPT)  # the same bytes again, and newer
        self.assertEqual(self.sights(audit, "train.py")[line_of(SCRIPT, "# diverges")][0], "diverged")

    def test_a_module_that_was_written_since_is_not_seen(self):
        self.write("model.py", SCRIPT.replace("print(drawn(), listed())", ""))
        self.write("train.py", "import model\n\nprint(model.drawn())\n")
        audit = self.audit("--", "python3", "train.py", check=1)["audit"]["id"]
        mark = line_of(SCRIPT, "# diverges")
        self.assertEqual(self.sights(audit, "model.py")[mark][0], "diverged")
        later = (self.folder / "model.py").stat().st_mtime + 3600
        os.utime(self.folder / "model.py", (later, later))
        (outcome, _, why) = self.sights(audit, "model.py")[mark]
        self.assertEqual(outcome, "not-seen")
        self.assertIn("was written since", why)

    def test_a_script_that_was_no_part_of_it_is_not_seen(self):
        audit = self.script_audit(SCRIPT, check=1)["audit"]["id"]
        shutil.copy2(self.folder / "train.py", self.folder / "other.py")
        os.utime(self.folder / "other.py", (1, 1))
        for sight in self.sights(audit, "other.py").values():
            self.assertEqual(sight, ("not-seen", [], "nothing was recorded in `other.py`"))

    def test_nothing_is_said_not_to_run_where_an_interpreter_ran_unseen(self):
        self.write("train.py", SCRIPT)
        self.write("start.py", "import subprocess, sys\nimport train\n"
                               "subprocess.run([sys.executable, '-I', '-c', '0'])\n")
        audit = self.audit("--", "python3", "start.py", check=1)["audit"]["id"]
        (outcome, _, why) = self.sights(audit, "train.py")[line_of(SCRIPT, "# never made")]
        self.assertEqual(outcome, "not-seen", why)

    def test_without_traces_findings_alone_are_known(self):
        audit = self.script_audit(SCRIPT, check=1)["audit"]["id"]
        shutil.rmtree(self.folder / ".detaudit/audits" / audit)
        sights = self.sights(audit, "train.py")
        self.assertEqual(sights[line_of(SCRIPT, "# diverges")], ("diverged", ["F1"], None))
        self.assertEqual(sights[line_of(SCRIPT, "# never made")], ("not-seen", [], "its traces are gone"))


class ProgramSights(SightTest):
    """A program of C++ with debug information: only what is recorded with a place is known to have run."""

    def both(self, twin, check):
        report = self.audit("--", str(BUILD / f"subjects/scanned_{twin}"), check=check)
        return report, self.sights(report["audit"]["id"], str(SUBJECT))

    def test_a_source_that_alone_can_explain_what_diverged(self):
        text = SUBJECT.read_text()
        report, sights = self.both("hazard", check=1)
        self.assertEqual(sights[line_of(text, "// diverges")], ("diverged", ["F1"], None))
        self.assertEqual(sights[line_of(text, "// runs")], ("ran", [], None))
        (outcome, _, why) = sights[line_of(text, "// never runs")]
        self.assertEqual(outcome, "not-seen")
        self.assertIn("leaves no record", why)
        self.assertIn(f"the scan finds DET210 at {report['findings'][0]['location']['file']}:"
                      f"{line_of(text, '// diverges')}", report["findings"][0]["evidence"])

    @unittest.skipUnless(shutil.which("c++"), "no C++ compiler")
    def test_what_a_library_does_as_it_is_loaded_is_not_said_not_to_run(self):
        text = ("#include <stdlib.h>\n#include <time.h>\n#include <unistd.h>\n"
                "__attribute__((constructor)) static void seed(void) { srand(time(NULL)); }  // runs, perhaps unseen\n"
                "int draw(void) { return rand() > getpid(); }\n")
        self.write("draw.c", text)
        self.write("main.c", "int draw(void);\nint main(void) { return draw() < 0; }\n")
        subprocess.run(["c++", "-x", "c", "-g", "-shared", "-fPIC", "-o", "libdraw.so", "draw.c"],
                       cwd=self.folder, check=True)
        subprocess.run(["c++", "-x", "c", "-g", "-o", "draw", "main.c", "-x", "none", "./libdraw.so"],
                       cwd=self.folder, check=True)
        audit = self.audit("--", "./draw", check=0)["audit"]["id"]
        self.assertNotEqual(self.sights(audit, "draw.c")[line_of(text, "// runs")][0], "did-not-run")

    @unittest.skipUnless(shutil.which("c++"), "no C++ compiler")
    def test_a_source_that_is_newer_than_the_program_is_not_seen(self):
        text = SUBJECT.read_text()
        self.write("scanned.cc", text)
        built = self.folder / "scanned"
        subprocess.run(["c++", "-g", "-o", built, "scanned.cc"], cwd=self.folder, check=True)
        edited = built.stat().st_mtime - 3600
        os.utime(self.folder / "scanned.cc", (edited, edited))
        audit = self.audit("--", "./scanned", check=1)["audit"]["id"]
        self.assertEqual(self.sights(audit, "scanned.cc")[line_of(text, "// diverges")][0], "diverged")
        os.utime(built, (edited - 3600, edited - 3600))
        audit = self.audit("--", "./scanned", check=1)["audit"]["id"]
        for sight in self.sights(audit, "scanned.cc").values():
            self.assertEqual(sight, ("not-seen", [], "`scanned.cc` is newer than the program that ran"))

    def test_the_clean_twin(self):
        text = SUBJECT.read_text()
        report, sights = self.both("clean", check=0)
        for mark in ("// diverges", "// never runs"):  # no entropy was read, wherever
            self.assertEqual(sights[line_of(text, mark)], ("did-not-run", [], None))
        self.assertEqual(sights[line_of(text, "// runs")], ("ran", [], None))


@unittest.skipUnless(TRAINING.exists() and CUBIN.exists(), "built without the headers of CUDA and CUPTI, or no nvcc")
class KernelSights(SightTest):
    """Kernels by their names, on a driver in software."""

    def gpu_audit(self, what, check):
        return self.audit("--runs", "3", "--", str(TRAINING), what, check=check,
                          env={"DETAUDIT_CUPTI": str(BUILD / "test/soft_cuda/libcuda.so.1")})

    def kernels(self, audit, path):
        report = self.scan("--audit", audit, str(path))
        return {(f["kernel"].split("(")[0], f["code"]): (f["audit"]["outcome"], f["audit"]["findings"])
                for f in report["findings"]}

    def test_a_kernel_that_diverges_and_one_that_is_never_launched(self):
        report = self.gpu_audit("atomic", check=1)
        audit = report["audit"]["id"]
        self.assertEqual(self.kernels(audit, CUBIN), {("atomic_sum", "DET401"): ("diverged", ["F1"]),
                                                      ("stateful_sum", "DET401"): ("did-not-run", []),
                                                      ("stateful_sum", "DET408"): ("did-not-run", [])})
        sources = self.kernels(audit, KERNELS)
        self.assertEqual(sources["atomic_sum", "DET201"], ("diverged", ["F1"]))
        self.assertEqual(sources["stateful_sum", "DET201"], ("did-not-run", []))
        line = line_of(KERNELS.read_text(), "atomicAdd(out, in[i])")
        self.assertIn(f"the scan finds DET201 at {report['findings'][0]['location']['file']}:{line}",
                      report["findings"][0]["evidence"])

    def test_a_kernel_that_runs_and_agrees(self):
        audit = self.gpu_audit("exact", check=0)["audit"]["id"]
        self.assertEqual(self.kernels(audit, CUBIN)["atomic_sum", "DET401"], ("ran", []))
        self.assertEqual(self.kernels(audit, KERNELS)["atomic_sum", "DET201"], ("ran", []))

    def test_kernels_are_not_seen_where_no_gpu_was(self):
        audit = self.audit("--", "/bin/true", check=0)["audit"]["id"]
        self.assertEqual({sight[0] for sight in self.kernels(audit, CUBIN).values()}, {"not-seen"})


class SightBadInput(SightTest):
    def refused(self, *arguments, says):
        result = self.detaudit("scan", *arguments, "train.py", check=2)
        self.assertEqual(result.out, "")
        self.assertIn(says, result.err)

    def test_audits_that_are_not_there(self):
        self.write("train.py", SCRIPT)
        self.refused("--audit", "20200101", says="there is no database")
        self.audit("--", "/bin/true", check=0)
        self.refused("--audit", "20200101", says="there is no audit `20200101`")
        self.refused("--audit", "train.py", says="is not a detaudit database")
        self.refused("--audit", "none.db", says="there is no database `none.db`")
        self.refused("--db", ".detaudit/audits.db", says="--audit")
        self.refused("--audit", ".detaudit/audits.db", "--db", ".detaudit/audits.db", says="and so does --db")
        sqlite3.connect(self.folder / "other.db").execute("create table t (x)").connection.commit()
        self.refused("--audit", "other.db", says="database of another program")

    def test_a_database_stands_for_its_newest_audit(self):
        self.script_audit(SCRIPT, check=1)
        newest = self.script_audit(CLEAN, check=0)["audit"]["id"]
        self.assertEqual(self.scan("--audit", ".detaudit/audits.db", "train.py")["audit"]["id"], newest)
        self.assertEqual(self.scan("--audit", newest, "--db", ".detaudit/audits.db", "train.py")["audit"]["id"], newest)

    def test_a_damaged_trace(self):
        audit = self.script_audit(SCRIPT, check=1)["audit"]["id"]
        for trace in (self.folder / ".detaudit/audits" / audit / "run-0").glob("*.dtrace"):
            trace.write_bytes(b"no trace")
        self.refused("--audit", audit, says="DET904")


if __name__ == "__main__":
    if not (BUILD / "lib" / "detaudit" / "scan" / "detaudit-source-reader").exists():
        print("SKIP: this build of detaudit has no libclang")
        sys.exit(77)
    unittest.main()
