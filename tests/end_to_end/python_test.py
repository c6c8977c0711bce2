"""Scripts of Python's frameworks, which know nothing of an audit: each hazard is caught with its cause, at its
line, also under another script and with other names; each clean twin is certified.

A subject marks the line of its hazard, what stands there in the clean twin, and the line of the finding:
    total = torch.empty(64)  # hazard | clean: total = torch.zeros(64)
    total += 1  # finding: uninitialized-memory
"""
import io
import keyword
import os
import pathlib
import re
import subprocess
import sys
import tokenize
import unittest

from command import CommandTest

SUBJECTS = pathlib.Path(__file__).parent.parent / "subjects" / "python"
PYTHON = os.environ.get("DETAUDIT_FRAMEWORKS", "")
# A proof takes twenty runs of seconds each. Of the hazards that one and the same factor decides, some are proven in
# every test run, and all when this is set; of the others, what two runs recorded must name the place.
THOROUGH = bool(os.environ.get("DETAUDIT_THOROUGH"))


def expectation(text):
    """(line, cause) of the finding."""
    for number, line in enumerate(text.splitlines(), 1):
        found = re.search(r"# (?:finding|hazard): ([a-z-]+)", line)
        if found:
            return number, found[1]
    raise AssertionError("the subject marks no finding")


def clean_twin(text):
    lines = []
    for line in text.splitlines():
        indent = line[:len(line) - len(line.lstrip())]
        found = re.search(r"# (?:hazard.*\| )?clean: (.*)", line)
        lines.append(indent + found[1] if found else line)
    twin = "\n".join(lines) + "\n"
    if twin == text or "clean:" in twin:
        raise AssertionError("a mark of the clean twin cannot be read: the subject would be its own twin")
    return twin


def renamed(text):
    """The same script with every name that it gives itself replaced."""
    given = set(re.findall(r"^\s*(?:def|class) (\w+)|^\s*(\w+) = |for (\w+)(?:, (\w+))? in", text, re.M))
    names = {name for group in given for name in group if name and not keyword.iskeyword(name)}
    tokens, previous = [], ""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        string = token.string
        if token.type == tokenize.NAME and string in names and previous != ".":
            string = "zz" + string[::-1]
        previous = token.string
        tokens.append((token.type, string))
    return tokenize.untokenize(tokens)


class FrameworkTest(CommandTest):
    def script(self, name, text):
        (self.folder / name).write_text(text)

    def hazard(self, name, fix="", proven=True):
        proven = proven or THOROUGH
        text = (SUBJECTS / f"{name}.py").read_text()
        line, cause = expectation(text)
        (self.folder / f"{name}.py").write_text(text)
        budget = [] if proven else ["--budget", "0"]
        report = self.audit(*budget, "--", PYTHON, f"{name}.py", check=1, timeout=1800)
        if not proven:
            return self.expect_place(report, f"{name}.py", line)
        self.expect(report, f"{name}.py", line, cause)
        self.assertIn(fix, report["findings"][0]["fix"]["summary"])
        return report["findings"][0]

    def expect_place(self, report, file, line):
        first = report["findings"][0]
        location = first["location"] or {"file": "", "line": 0}
        told = [f"{location['file']}:{location['line']}", *first["evidence"]]
        self.assertTrue([each for each in told if re.search(rf"\b{re.escape(file)}:{line}\b", each)], first)
        return first

    def expect(self, report, file, line, cause):
        first = report["findings"][0]
        self.assertEqual(first["cause"], cause, report["findings"])
        self.assertNotEqual(first["proof"], "inferred", first)
        self.assertIsNotNone(first["location"], first)
        place = (pathlib.Path(first["location"]["file"]).name, first["location"]["line"])
        self.assertEqual(place, (file, line), first)

    def wrapped(self, name):
        """Under another script, with other names and another file name."""
        text = (SUBJECTS / f"{name}.py").read_text()
        line, cause = expectation(text)
        other = renamed(text)
        self.assertNotEqual(other, text)
        (self.folder / "inner").mkdir()
        (self.folder / "inner" / "job.py").write_text(other)
        (self.folder / "start.py").write_text("import runpy\n\nrunpy.run_path('inner/job.py', run_name='job')\n")
        report = self.audit("--", PYTHON, "start.py", check=1, timeout=1800)
        self.expect(report, "job.py", line, cause)
        return report["findings"][0]

    def clean(self, name):
        (self.folder / "twin.py").write_text(clean_twin((SUBJECTS / f"{name}.py").read_text()))
        report = self.audit("--", PYTHON, "twin.py", check=0, timeout=1800)
        self.assertEqual(report["audit"]["verdict"], "reproducible")
        return report

    def nothing_more_is_imported(self, imports):
        """Than alone, but for the adapter itself: start-up takes what it takes."""
        self.script("modules.py", f"{imports}\nimport sys\nopen('modules.txt', 'w').write('\\n'.join(sorted("
                    "name for name in sys.modules if 'detaudit' not in name)))\n")
        subprocess.run([PYTHON, "modules.py"], cwd=self.folder, capture_output=True, check=True)
        alone = (self.folder / "modules.txt").read_text().splitlines()
        self.audit("--", PYTHON, "modules.py", check=0, timeout=1800)
        audited = (self.folder / "modules.txt").read_text().splitlines()
        self.assertGreater(len(alone), 200)
        self.assertEqual(sorted(set(audited) - set(alone)), [])

    def both_wrapped(self, name):
        finding = self.wrapped(name)
        self.clean(name)
        return finding

    def both(self, name, fix="", proven=True):
        finding = self.hazard(name, fix, proven)
        self.clean(name)
        return finding


class NumPy(FrameworkTest):
    def test_generators_do_what_they_do_alone(self):
        self.script("behaviour.py", (SUBJECTS / "numpy_behaviour.py").read_text())
        alone = subprocess.run([PYTHON, "behaviour.py"], cwd=self.folder, capture_output=True, check=True).stdout
        self.audit("--", PYTHON, "-c", "import contextlib, runpy\nwith open('audited', 'w') as out, "
                   "contextlib.redirect_stdout(out):\n    runpy.run_path('behaviour.py')", check=0)
        self.assertEqual((self.folder / "audited").read_text(), alone.decode())

    def test_a_generator_without_a_seed(self):
        finding = self.both("numpy_default_rng", "default_rng(seed)")
        told = " ".join(finding["evidence"])
        self.assertIn("`numpy.random.default_rng()` read 1 time", told)
        self.assertNotIn("SystemRandom", told)
        self.assertNotIn("generators had no seed", told)

    def test_the_same_under_another_script(self):
        self.wrapped("numpy_default_rng")

    def test_the_global_generator_unseeded(self):
        finding = self.both("numpy_global")
        self.assertIn("numpy.random.seed(seed)", finding["fix"]["summary"])

    def test_the_global_generator_by_its_name(self):
        self.both("numpy_global_by_name", "`random_state=seed`")

    def test_a_generator_that_a_library_makes_without_a_seed(self):
        self.both("numpy_in_a_library", "`rng=seed`")

    def test_a_seed_of_the_time(self):
        finding = self.both("numpy_time_seed")
        self.assertIn("`numpy.random.seed(seed)` here", finding["fix"]["summary"])
        self.assertIn("`time.time()` reads at", finding["fix"]["summary"])

    def test_a_seed_of_the_time_for_a_generator_of_its_own(self):
        self.both("numpy_time_rng", "`numpy.random.default_rng(seed)` here")

    def test_a_seed_of_the_time_for_a_legacy_generator(self):
        self.both("numpy_legacy_time", proven=False)

    def test_a_legacy_generator_with_a_seed_is_not_the_one_without(self):
        finding = self.both("numpy_legacy_beside", "default_rng(seed)")
        self.assertNotIn("RandomState", " ".join(finding["evidence"]))

    def test_a_value_of_the_time_is_no_printed_time_though_numpy_computes_while_it_is_imported(self):
        self.both("numpy_time_value")


class Random(FrameworkTest):
    def test_the_global_generator_unseeded(self):
        finding = self.both("random_global")
        self.assertIn("random.seed(seed)", finding["fix"]["summary"])

    def test_a_generator_without_a_seed(self):
        self.both("random_instance")


class SystemEntropy(FrameworkTest):
    def test_bytes_of_the_system(self):
        finding = self.both("system_urandom")
        self.assertIn("`os.urandom` takes none", finding["fix"]["summary"])

    def test_a_seed_of_secrets_and_a_name_that_decides_nothing(self):
        finding = self.both("system_secrets")
        self.assertIn("`secrets` gives takes no seed", finding["fix"]["summary"])

    def test_identifiers_that_decide(self):
        finding = self.both("system_uuid")
        self.assertIn("uuid.uuid5", finding["fix"]["summary"])


class PyTorch(FrameworkTest):
    def test_the_system_s_entropy_for_a_seed(self):
        finding = self.both("torch_seed")
        self.assertIn("torch.manual_seed", finding["fix"]["summary"])

    def test_no_seed_at_all(self):
        finding = self.both("torch_unseeded")
        self.assertIn("torch.manual_seed(seed)", finding["fix"]["summary"])

    def test_no_part_of_it_is_imported_for_an_audit(self):
        self.nothing_more_is_imported("import torch\ntorch.manual_seed(1)\ntorch.rand(3) + 1")

    def test_a_split_without_a_generator(self):
        self.both("torch_split", "torch.manual_seed(seed)", proven=False)

    def test_a_seed_of_the_weights_alone(self):
        self.both("torch_dropout", "torch.manual_seed(seed)", proven=False)

    def test_an_order_of_samples_without_a_seed(self):
        finding = self.both("torch_loader", "generator.manual_seed(seed)", proven=False)
        if THOROUGH:
            self.assertTrue(any("first draw" in line for line in finding["evidence"]), finding["evidence"])

    def test_a_worker_that_draws_without_a_seed(self):
        self.both("torch_workers", "default_rng(seed)", proven=False)

    def test_memory_that_nobody_wrote(self):
        self.both("torch_empty")

    def test_memory_that_only_a_backward_pass_takes(self):
        self.both("torch_workspaces")

    def test_an_order_of_hashes_under_another_script(self):
        self.both_wrapped("torch_set_order")

    def test_a_seed_of_the_time(self):
        self.both("torch_time_seed", "`torch.manual_seed(seed)` here")

    def test_additions_in_the_order_of_threads(self):
        finding = self.both("torch_accumulate")
        self.assertIn("use_deterministic_algorithms", finding["fix"]["summary"])

    def test_what_happened_in_training_and_what_in_evaluation(self):
        text = (SUBJECTS / "torch_modes.py").read_text()
        self.script("evaluates.py", text)
        report = self.audit("--budget", "0", "--", PYTHON, "evaluates.py", check=1, timeout=1800)
        self.assertIn("happened in evaluation", report["findings"][0]["evidence"])
        self.assertEqual(self.clean("torch_modes")["environment"]["run.mode"], "training and evaluation")
        self.script("trains.py", clean_twin(text).replace("loss = model(torch.randn(4, 8))",
                                                          "loss = model(torch.empty(4, 8))"))
        finding = self.audit("--budget", "0", "--", PYTHON, "trains.py", check=1, timeout=1800)["findings"][0]
        self.assertIn("happened in training", finding["evidence"], finding)

    def test_a_function_of_autograd_turns_gradients_off_for_itself_alone(self):
        for gradients, mode in (("enable_grad", "training"), ("no_grad", "inference")):
            with self.subTest(mode=mode):
                text = (SUBJECTS / "torch_function.py").read_text()
                self.script("function.py", text.replace("enable_grad", gradients))
                report = self.audit("--", PYTHON, "function.py", check=0, timeout=1800)
                self.assertEqual(report["environment"]["run.mode"], mode)

    def test_inference_is_no_training(self):
        """In evaluation mode, and where the script forgot it."""
        used = "import torch\ntorch.manual_seed(1)\nmodel = torch.nn.Sequential(torch.nn.Linear(8, 4)){}\n" \
               "print(model(torch.{}(4, 8)).sum().item())\n"
        for mode in (".eval()", ""):
            with self.subTest(mode=mode):
                self.script("used.py", used.format(mode, "ones"))
                report = self.audit("--", PYTHON, "used.py", check=0, timeout=1800)
                self.assertEqual(report["environment"]["run.mode"], "inference")
        self.script("used.py", used.format(".eval()", "empty"))
        finding = self.audit("--budget", "0", "--", PYTHON, "used.py", check=1, timeout=1800)["findings"][0]
        self.assertIn("happened in inference", finding["evidence"], finding)


class PyTorchRanks(FrameworkTest):
    def launched(self, name, ranks, *options, check):
        return self.audit(*options, "--", PYTHON, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node",
                          str(ranks), name, check=check, timeout=1800)

    def events(self, report):
        return {row["op"]: row["events"] for row in report["operations"] if row["kind"] == "collective"}

    def test_every_collective(self):
        self.script("every.py", (SUBJECTS / "torch_collectives.py").read_text())
        seen = self.events(self.launched("every.py", 4, check=0))
        self.assertEqual(len(seen), 11, seen)
        self.assertEqual(seen["c10d::allreduce_"], 4 * 7 + 2)
        self.assertEqual(seen["c10d::send_recv"], 8)

    def test_a_sum_in_the_order_of_arrival(self):
        # Forty rounds in which three ranks race: were every message as early in both runs with a chance of
        # 8 in 10, all of them would be in 1 of 7000 audits.
        text = (SUBJECTS / "torch_sum_by_arrival.py").read_text()
        line, cause = expectation(text)
        self.script("arrival.py", text)
        report = self.launched("arrival.py", 4, check=1)
        self.expect(report, "arrival.py", line, cause)
        finding = report["findings"][0]
        self.assertTrue(finding["lane"].endswith(".r0"), finding)
        self.assertIn("src=rank", finding["fix"]["summary"])
        self.script("arrival.py", clean_twin(text))
        self.launched("arrival.py", 4, check=0)

    def test_operations_inside_of_tensor_subclasses(self):
        self.hazard("torch_subclasses", proven=False)
        self.script("twin.py", clean_twin((SUBJECTS / "torch_subclasses.py").read_text()))
        report = self.launched("twin.py", 2, check=0)
        seen = self.events(report)
        self.assertEqual(seen["_c10d_functional::all_reduce"], 4)
        self.assertEqual(seen["_c10d_functional::all_gather_into_tensor"], 4)
        unseen = [line for line in report["coverage"]["unseen"] if "collective" in line or "subclass" in line]
        self.assertEqual(unseen, [])

    def test_training_by_torchrun_is_certified(self):
        self.script("ddp.py", (SUBJECTS / "torch_ddp.py").read_text())
        report = self.launched("ddp.py", 2, "--runs", "3", check=0)
        self.assertEqual(self.events(report)["c10d::allreduce_"], 16)
        self.assertEqual(report["environment"]["run.mode"], "training")

    def test_training_of_spawned_processes_is_certified(self):
        self.script("ddp.py", (SUBJECTS / "torch_ddp.py").read_text())
        report = self.audit("--runs", "3", "--", PYTHON, "ddp.py", "2", check=0, timeout=1800)
        self.assertEqual(self.events(report)["c10d::allreduce_"], 16)


if __name__ == "__main__":
    if not PYTHON or subprocess.run([PYTHON, "-c", "pass"], capture_output=True, check=False).returncode:
        print(f"SKIP: no interpreter with the frameworks of {SUBJECTS / 'requirements.txt'} at {PYTHON!r}; "
              "`./bootstrap test` installs them where it can")
        sys.exit(77)
    unittest.main()
