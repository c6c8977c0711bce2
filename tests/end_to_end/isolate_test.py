"""What one run of an audit leaves to the next: it is told of, it is no cause of anything else, and
--isolate keeps runs from it. And exit codes that are not 0."""
import pathlib
import tempfile
import unittest

from command import SMALL, CommandTest

COUNTER = "n=$(cat count 2>/dev/null || echo 0); echo $((n + 1)) > count; echo $n"


class Folder(CommandTest):
    def sh(self, script, *options, check=None):
        return self.audit(*options, "--", "sh", "-c", script, check=check)

    def told(self, report):
        return " ".join(report["audit"]["reasons"])

    def opened(self, name, reader=2, writer=1):
        return f"run {reader} opened `{self.folder.resolve() / name}` as run {writer} had left it"

    def entries(self, folder):
        return sorted(path.name for path in folder.iterdir() if path.name != ".detaudit")


class EarlierFiles(Folder):
    def test_a_counter_is_the_file_s_doing_and_nothing_else_s(self):
        # Also where the file was there before the audit: its first content is lost by the second run.
        for before in (None, "7\n"):
            with self.subTest(before=before):
                if before:
                    (self.folder / "count").write_text(before)
                report = self.sh(COUNTER, check=1)
                self.assertIn(self.opened("count"), self.told(report))
                self.assertEqual({f["op"] for f in report["findings"]},
                                 {"stdout", str(self.folder.resolve() / "count")})
                for finding in report["findings"]:
                    self.assertEqual((finding["cause"], finding["proof"]), ("environment", "counterfactual"))
                    self.assertEqual(finding["code"], "DET109")
                    self.assertIn(self.opened("count"), " ".join(finding["evidence"]))
                    self.assertIn("files left by earlier runs alone freed", " ".join(finding["evidence"]))
                self.assertFalse(list(self.folder.parent.glob(f".{self.folder.name}.*")), "copies are gone")

    def test_a_counter_that_no_probe_sees_written(self):
        # Found in the arms' copies by comparing them, as in the folder.
        report = self.sh("n=$(cat count 2>/dev/null || echo 0); exec env -i /bin/sh -c \"echo $((n + 1)) > count\"",
                         check=1)
        [finding] = report["findings"]
        self.assertEqual(finding["op"], str(self.folder.resolve() / "count"))
        self.assertEqual((finding["cause"], finding["proof"]), ("environment", "counterfactual"))

    def test_arms_leave_the_folder_as_the_runs_left_it(self):
        self.sh(COUNTER, check=1)
        self.assertEqual((self.folder / "count").read_text(), "2\n")

    def test_a_cache_that_only_the_first_run_lacks(self):
        report = self.sh("if [ -e cache ]; then cat cache; else echo slow; echo fast > cache; fi", check=1)
        [printed] = [f for f in report["findings"] if f["op"] == "stdout"]
        self.assertEqual((printed["cause"], printed["proof"]), ("environment", "counterfactual"))

    def test_a_cache_outside_of_the_folder(self):
        # No arm can take it away: it is what the runs saw, and no proof.
        with tempfile.TemporaryDirectory() as home:
            cache = pathlib.Path(home).resolve() / "cache"
            script = f"[ -e {cache} ] || echo fast > {cache}; cat {cache}"
            [finding] = self.sh(script, check=1)["findings"]
            self.assertEqual((finding["op"], finding["cause"], finding["proof"]),
                             (str(cache), "environment", "inferred"))
            self.assertIn("audit again", finding["fix"]["summary"])
            self.sh(script, check=0)
            # Left by the first run too, but nothing looks at it.
            count = pathlib.Path(home).resolve() / "count"
            [finding] = self.sh(f"[ -d {count} ] || echo 1 > {count}.txt; mkdir -p {count}", check=1)["findings"]
            self.assertEqual((finding["op"], finding["cause"]), (f"{count}.txt", "unknown"))

    def test_what_differs_by_itself_is_not_blamed_on_a_file(self):
        report = self.sh("[ -e log ] && cat log > /dev/null; date +%s%N > log; date +%s%N", check=1)
        self.assertIn(self.opened("log"), self.told(report))
        [printed] = [f for f in report["findings"] if f["op"] == "stdout"]
        self.assertNotEqual(printed["cause"], "environment")

    def test_agreement_on_what_an_earlier_run_left_is_none(self):
        report = self.sh("[ -e model ] || echo trained > model; cat model", check=None)
        self.assertIn(self.opened("model"), self.told(report))
        self.assertNotEqual(report["audit"]["verdict"], "reproducible")
        # The file was there before, and is written anew each time.
        (self.folder / "data").write_text("5\n")
        report = self.sh("n=$(cat data); echo $n > data; echo $n", check=3)
        self.assertIn(self.opened("data"), self.told(report))
        self.assertIn("--isolate", self.told(report))

    def test_every_way_to_open(self):
        ways = {"cat f": "read", "printf x >> f": "append", "dd if=/dev/zero of=f bs=1 count=1 conv=notrunc": "part",
                "sh -c 'cat < f'": "child"}
        for way, name in ways.items():
            with self.subTest(way=way):
                report = self.sh(f"rm -f g; {way} > /dev/null 2>&1; echo x > g; mv g f", check=None)
                self.assertIn(self.opened("f"), self.told(report))

    def test_what_is_not_an_earlier_run_s(self):
        (self.folder / "input").write_text("1\n")
        for script in ("cat input",                                # was there before
                       "echo 1 > own; cat own",                    # its own
                       "echo 1 > own; mv own other; cat other",
                       "rm -f kept; echo 1 > kept; cat kept",
                       "echo 1 > emptied"):
            with self.subTest(script=script):
                report = self.sh(script, check=0)
                self.assertNotIn("opened", self.told(report))

    def test_the_third_run_names_the_second(self):
        report = self.sh(COUNTER, "--runs", "3", check=1)
        self.assertIn(self.opened("count"), self.told(report))
        self.assertIn(self.opened("count", 3, 2), self.told(report))


class Isolate(Folder):
    def test_a_counter_is_reproducible(self):
        (self.folder / "count").write_text("7\n")
        report = self.sh(COUNTER, "--isolate", "--runs", "3", check=0)
        self.assertNotIn("opened", self.told(report))
        self.assertIn("fresh folder", report["runs"][0]["conditions"])
        self.assertEqual((self.folder / "count").read_text(), "7\n")
        self.assertEqual(self.entries(self.folder), ["count"])
        self.assertFalse(list(self.folder.parent.glob(f".{self.folder.name}.*")))

    def test_outputs_have_the_names_of_the_folder(self):
        report = self.sh("mkdir out; date +%N > out/stamp; pwd", "--isolate", check=1)
        [finding] = report["findings"]
        self.assertEqual(finding["op"], str(self.folder.resolve() / "out" / "stamp"))
        self.assertEqual(self.entries(self.folder), [])
        # The same files, in an audit that is not isolated too.
        (self.folder / "out").mkdir()
        other = self.sh("date +%N > out/stamp", check=1)
        self.assertEqual(other["findings"][0]["op"], finding["op"])

    def test_causes_are_found_in_copies(self):
        report = self.sh("mkdir out; date +%Y-%m-%d-%T > out/stamp", "--isolate", check=1)
        [finding] = report["findings"]
        self.assertEqual((finding["cause"], finding["proof"]), ("time-dependence", "counterfactual"))

    def test_ignored_and_unreadable_names(self):
        report = self.sh("date +%N > stamp", "--isolate", "--ignore-output", "*/stamp", check=0)
        self.assertIn(str(self.folder.resolve() / "stamp"), " ".join(report["coverage"]["unseen"]))
        self.assertNotIn(f".{self.folder.name}.", " ".join(report["coverage"]["unseen"]))

    def test_a_name_to_ignore_that_none_has(self):
        for pattern, said in (("*/stmap", True), ("*/stamp", False)):
            result = self.detaudit("run", "--format", "json", "--ignore-output", pattern, "--", "sh", "-c",
                                   "echo x > stamp", check=0)
            line = f"`--ignore-output {pattern}` matched no output"
            self.assertEqual(line in result.err, said, result)
            self.assertEqual(line in result.report["coverage"]["unseen"], said, result)

    def test_the_program_and_what_lies_around_it(self):
        inner = self.folder / "inner"
        inner.mkdir()
        (self.folder / "data").write_text("near\n")
        train = inner / "train"
        train.write_text('#!/bin/sh\ncat ../data "$(dirname "$0")/beside"; echo x > "$(dirname "$0")/out"\n')
        train.chmod(0o755)
        (inner / "beside").write_text("beside\n")
        home, self.folder = self.folder, inner
        report = self.audit("--isolate", "--", "./train", check=0)
        self.folder = home
        self.assertEqual(report["findings"], [])
        self.assertFalse((inner / "out").exists(), "a program in the folder is run from the copy")

    def test_what_is_written_around_the_copy_is_told_of(self):
        # By an absolute path into the folder itself: the next copy has it.
        script = f"cat state 2>/dev/null; echo x >> {self.folder.resolve() / 'state'}; echo done"
        report = self.sh(script, "--isolate", check=1)
        self.assertIn(self.opened("state"), self.told(report))

    def test_without_a_program(self):
        report = self.audit("--isolate", "--kernels", "deterministic", *SMALL, check=0)
        self.assertEqual(report["audit"]["verdict"], "reproducible")

    def test_a_folder_that_cannot_be_copied(self):
        result = self.detaudit("run", "--db", str(self.folder / "a.db"), "--isolate", "--", "/bin/sh", "-c",
                               "echo x", check=None)
        self.assertEqual(result.code, 0, result)
        home, self.folder = self.folder, pathlib.Path("/")
        result = self.detaudit("run", "--db", str(home / "a.db"), "--isolate", "--", "/bin/echo", "x", check=2)
        self.folder = home
        self.assertIn("cannot copy `/`", result.err)
        self.assertIn("help:", result.err)
        self.assertEqual(len(self.detaudit("list", "--db", "a.db", check=0).out.splitlines()), 2)


class ExpectExit(Folder):
    def test_another_code_than_0(self):
        self.sh("echo x; exit 3", check=3)
        report = self.sh("echo x; exit 3", "--expect-exit", "3", check=0)
        self.assertIn("every run ended with exit code 3, as expected", self.told(report))
        self.assertEqual(report["runs"][0]["exit_code"], 3)

    def test_0_is_then_a_failure(self):
        result = self.detaudit("run", "--expect-exit", "3", "--", "true", check=3)
        self.assertIn("exit code 0, where 3 was expected", result.err)

    def test_flipping_codes_are_a_divergence(self):
        flip = "if [ -e m ]; then exit 3; fi; : > m"
        report = self.sh(flip, "--expect-exit", "3", check=1)
        self.assertIn("ended differently", self.told(report))

    def test_differences_are_found_all_the_same(self):
        report = self.sh("date +%N; exit 3", "--expect-exit", "3", check=1)
        self.assertEqual([f["op"] for f in report["findings"]], ["stdout"])
        self.sh("kill -SEGV $$", "--expect-exit", "139", check=3)

    def test_bad_codes(self):
        for code in ("-1", "256", "x", "3.5"):
            result = self.detaudit("run", f"--expect-exit={code}", "--", "true", check=2)
            self.assertIn("expect-exit", result.err)


if __name__ == "__main__":
    unittest.main()
