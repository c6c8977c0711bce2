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
    def hazard(self, name):
        text = (SUBJECTS / f"{name}.py").read_text()
        line, cause = expectation(text)
        (self.folder / f"{name}.py").write_text(text)
        report = self.audit("--", PYTHON, f"{name}.py", check=1, timeout=1800)
        self.expect(report, f"{name}.py", line, cause)
        return report["findings"][0]

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

    def clean(self, name):
        (self.folder / "twin.py").write_text(clean_twin((SUBJECTS / f"{name}.py").read_text()))
        report = self.audit("--", PYTHON, "twin.py", check=0, timeout=1800)
        self.assertEqual(report["audit"]["verdict"], "reproducible")
        return report

    def both(self, name):
        finding = self.hazard(name)
        self.clean(name)
        return finding


class NumPy(FrameworkTest):
    def test_a_generator_without_a_seed(self):
        finding = self.both("numpy_default_rng")
        self.assertIn("default_rng(seed)", finding["fix"]["summary"])

    def test_the_same_under_another_script(self):
        self.wrapped("numpy_default_rng")

    def test_the_global_generator_unseeded(self):
        finding = self.both("numpy_global")
        self.assertIn("numpy.random.seed(seed)", finding["fix"]["summary"])

    def test_a_seed_of_the_time(self):
        self.both("numpy_time_seed")


class Random(FrameworkTest):
    def test_the_global_generator_unseeded(self):
        finding = self.both("random_global")
        self.assertIn("random.seed(seed)", finding["fix"]["summary"])

    def test_a_generator_without_a_seed(self):
        self.both("random_instance")


class PyTorch(FrameworkTest):
    def test_the_system_s_entropy_for_a_seed(self):
        finding = self.both("torch_seed")
        self.assertIn("torch.manual_seed", finding["fix"]["summary"])

    def test_an_order_of_samples_without_a_seed(self):
        self.both("torch_loader")

    def test_memory_that_nobody_wrote(self):
        self.both("torch_empty")

    def test_an_order_of_hashes(self):
        self.both("torch_set_order")

    def test_the_same_under_another_script(self):
        self.wrapped("torch_set_order")

    def test_a_seed_of_the_time(self):
        self.both("torch_time_seed")

    def test_additions_in_the_order_of_threads(self):
        finding = self.both("torch_accumulate")
        self.assertIn("use_deterministic_algorithms", finding["fix"]["summary"])


if __name__ == "__main__":
    if not PYTHON or subprocess.run([PYTHON, "-c", "pass"], capture_output=True, check=False).returncode:
        print(f"SKIP: no interpreter with the frameworks of {SUBJECTS / 'requirements.txt'} at {PYTHON!r}; "
              "`./bootstrap test` installs them where it can")
        sys.exit(77)
    unittest.main()
