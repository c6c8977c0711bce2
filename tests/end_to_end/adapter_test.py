"""How the Python adapters get into an interpreter, and that the script does not notice. No framework needed."""
import json
import os
import subprocess
import sys
import textwrap
import unittest

from command import CommandTest

# Debian's own, and whichever runs this test.
PYTHON = "/usr/bin/python3" if os.access("/usr/bin/python3", os.X_OK) else sys.executable
FACTS = """
    import json, os, pickle, sys, time, warnings
    import random
    print(json.dumps({
        "path": [p for p in sys.path if "detaudit" in p],
        "site": getattr(sys.modules.get("sitecustomize"), "__file__", None),
        "said": os.environ.get("SAID"),
        "filters": len(warnings.filters),
        "urandom": [os.urandom.__name__, len(os.urandom(3)), pickle.loads(pickle.dumps(os.urandom)) is not None],
        "time": [time.time.__name__, repr(time.time_ns), pickle.loads(pickle.dumps(time.time)) is time.time,
                 time.time() < time.time_ns()],
        "told": [os.urandom.__doc__, random.shuffle.__doc__, hash(random.shuffle) != 0],
        "random": [random.Random(1).random(), callable(random.shuffle)],
    }))
    """

PRINTS = """
    import atexit, contextlib, io, os, subprocess, sys, threading

    class Told:
        def __str__(self):
            return "ünïcode"

    atexit.register(print, "at exit")
    print("a", 1, Told(), sep="--", end="|", flush=True)
    print(sys.stdout.write("12345"), repr(sys.stdout), type(sys.stdout).__name__)
    sys.stdout.writelines(["x", "y"])
    for wrong in [(), (5,), ("a", "b")]:
        try:
            sys.stdout.write(*wrong)
        except TypeError as error:
            print(error)
    with contextlib.redirect_stdout(io.StringIO()) as kept:
        print("not yet")
    print(kept.getvalue() * 3)
    sys.stdout.flush()
    os.write(1, b"past the stream")
    subprocess.run(["echo", "from a child"])
    threads = [threading.Thread(target=print, args=("in a thread",)) for _ in range(2)]
    for thread in threads:
        thread.start()
        thread.join()
    if os.fork() == 0:
        print("in a fork")
        sys.exit()
    os.wait()
    sys.stdout = open(1, "w", closefd=False)
    print("by another stream")
    """


class Script(CommandTest):
    def script(self, text, name="script.py"):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(textwrap.dedent(text))
        return name

    def alone(self, *command, env=None):
        return subprocess.run([PYTHON, *command], cwd=self.folder, env={**os.environ, **(env or {})},
                              capture_output=True, text=True)

    def unseen(self, report):
        return [line for line in report["coverage"]["unseen"] if line.startswith("python")]


class Startup(Script):

    def facts(self, env=None, flags=()):
        """What a script sees of its interpreter, alone and under audit, and the report."""
        self.script(FACTS)
        alone = self.alone(*flags, "script.py", env=env).stdout
        self.script(FACTS.replace("print(", "open('facts', 'w').write("))
        report = self.audit("--", PYTHON, *flags, "script.py", env=env)
        return json.loads(alone), json.loads((self.folder / "facts").read_text()), report

    def test_the_path_is_as_alone(self):
        alone, audited, report = self.facts()
        self.assertEqual(alone, audited)
        self.assertEqual(self.unseen(report), [])

    def test_the_users_own_sitecustomize_runs(self):
        self.script("import os\nos.environ['SAID'] = 'hello'\n", "own/sitecustomize.py")
        alone, audited, _ = self.facts(env={"PYTHONPATH": str(self.folder / "own")})
        self.assertEqual(alone["said"], "hello")
        self.assertEqual(alone, audited)

    def test_the_users_own_sitecustomize_fails_as_alone(self):
        self.script("raise ValueError('as it does alone')\n", "own/sitecustomize.py")
        self.script("print(1)\n")
        env = {"PYTHONPATH": str(self.folder / "own")}
        alone = self.alone("script.py", env=env)
        report = self.audit("--judge-stderr", "--", PYTHON, "script.py", env=env)
        self.assertIn("as it does alone", alone.stderr)
        kept = next((self.folder / ".detaudit").rglob("stderr*"), None)
        if kept:
            self.assertEqual(kept.read_text(), alone.stderr)
        self.assertEqual(report["runs"][0]["exit_code"], alone.returncode)

    def test_an_error_looks_as_alone(self):
        self.script("def f():\n    import no_such_module\n\nf()\n")
        alone = self.alone("script.py")
        result = self.detaudit("run", "--", PYTHON, "script.py", check=3)
        self.assertIn(alone.stderr.strip().splitlines()[-1], result.err)
        self.assertNotIn("detaudit_adapter", result.out + result.err)

    def test_an_isolated_interpreter_is_said_to_be_unseen(self):
        self.script("print(1)\n")
        for flag in ("-I", "-E", "-S"):
            with self.subTest(flag=flag):
                report = self.audit("--", PYTHON, flag, "script.py")
                self.assertIn("without an adapter", " ".join(self.unseen(report)))

    def test_children_have_adapters(self):
        self.script("""
            import multiprocessing, random, subprocess, sys

            def draw(_):
                return random.Random().random()

            if __name__ == "__main__":
                for method in ("fork", "spawn"):
                    with multiprocessing.get_context(method).Pool(1) as pool:
                        pool.map(draw, range(1))
                subprocess.run([sys.executable, "-c", "import random; random.Random().random()"], check=True)
            """)
        report = self.audit("--", PYTHON, "script.py", check=0)
        self.assertEqual(self.unseen(report), [])
        self.assertTrue(report["environment"]["run.python"].startswith("CPython"))

    def test_a_virtual_environment(self):
        made = subprocess.run([PYTHON, "-m", "venv", "--without-pip", str(self.folder / "venv")],
                              capture_output=True)
        if made.returncode:
            self.skipTest("no module venv: " + made.stderr.decode())
        self.script("import random\nrandom.Random().random()\nprint(1)\n")
        report = self.audit("--", str(self.folder / "venv" / "bin" / "python"), "script.py", check=0)
        self.assertEqual(self.unseen(report), [])
        self.assertTrue(report["environment"]["run.python"].startswith("CPython"))

    def test_what_the_time_decides_is_placed_where_it_was_asked_for(self):
        self.script("from time import time_ns as now\n\nstart = now()\nprint('started', start)\n")
        finding = self.audit("--", PYTHON, "script.py", check=1)["findings"][0]
        self.assertEqual((finding["cause"], finding["proof"]), ("time-dependence", "counterfactual"))
        self.assertEqual(finding["location"]["line"], 3)
        self.script("import time\n\nstart = time.time()\nprint('started', start > 0)\n")
        self.audit("--", PYTHON, "script.py", check=0)

    def test_an_address_that_is_printed_is_no_matter_of_the_clock(self):
        # Arms of an audit have one heap, whatever they hold.
        self.script("class Thing:\n    pass\n\n\nthing = Thing()\nprint(thing)\n")
        finding = self.audit("--", PYTHON, "script.py", check=1)["findings"][0]
        self.assertEqual((finding["cause"], finding["proof"]), ("environment", "counterfactual"))
        self.assertTrue([line for line in finding["evidence"] if "memory addresses alone freed: 6 of 6" in line])

    def test_what_holds_a_date_may_hold_addresses_besides(self):
        text = "import time\n\nprint(time.time(), {})\n"
        self.script(text.format("id(object())"))
        finding = self.audit("--", PYTHON, "script.py", check=1)["findings"][0]
        self.assertEqual(finding["cause"], "time-dependence")
        self.assertIn("and addresses", finding["fix"]["summary"])
        self.script(text.format("1"))
        finding = self.audit("--", PYTHON, "script.py", check=1)["findings"][0]
        self.assertNotIn("addresses", finding["fix"]["summary"])

    def test_a_name_that_is_drawn_is_drawn_again_in_arms(self):
        self.script("import os, tempfile\n\nfolder = tempfile.mkdtemp(dir='.')\n"
                    "open(os.path.join(folder, 'x'), 'w').write('the same')\n")
        report = self.audit("--", PYTHON, "script.py", check=1)
        self.assertEqual([(each["cause"], each["proof"]) for each in report["findings"]][0],
                         ("unseeded-rng", "counterfactual"))

    def test_numpy_that_imports_its_generators_before_it_is_whole(self):
        # As NumPy before 2.0 does.
        self.script("from . import random\n__version__ = '1.99'\n", "numpy/__init__.py")
        self.script("""
            import functools
            import operator
            import secrets
            import types

            def seed(a=None):
                pass

            bit_generator = types.SimpleNamespace(randbits=secrets.randbits, _coerce_to_uint32_array=list)
            default_rng = functools.partial(operator.methodcaller("randbits", 32), bit_generator)
            mtrand = types.SimpleNamespace(_MT19937=type("MT19937", (), {}))
            """, "numpy/random.py")
        self.script("import numpy.random\n\nprint(numpy.random.default_rng())\n")
        report = self.audit("--", PYTHON, "script.py", check=1)
        self.assertEqual(self.unseen(report), [])
        self.assertEqual(report["environment"]["run.numpy"], "1.99")
        finding = report["findings"][0]
        self.assertEqual((finding["cause"], finding["location"]["line"]), ("unseeded-rng", 3))
        self.assertIn("`numpy.random.default_rng(seed)`", finding["fix"]["summary"])

    def test_a_generator_that_decides_nothing_is_no_crime(self):
        self.script("import random\nrandom.shuffle([1, 2, 3])\nrandom.Random()\nprint('done')\n")
        self.audit("--", PYTHON, "script.py", check=0)

    def test_functions_of_random_can_be_pickled(self):
        self.script("import pickle, random\nprint(type(pickle.loads(pickle.dumps(random.shuffle))))\n")
        self.audit("--", PYTHON, "script.py", check=0)


class Turns(Script):
    """Runs give Python's threads shorter turns than they have alone."""

    TEXT = """
        import sys, threading

        finished = []

        def work(amount):
            total = 0
            for i in range(amount):
                total += i
            finished.append(amount)

        for _ in range(40):  # alone, the long job ends before the other is begun
            threads = [threading.Thread(target=work, args=(amount,)) for amount in (20000, 10)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        print(%s)
        """

    def test_an_order_that_long_turns_hide(self):
        self.script(self.TEXT % "finished")
        report = self.audit("--", PYTHON, "script.py", check=1)
        self.assertEqual(self.causes(report), ["thread-scheduling"], report["findings"])

    def test_what_has_an_order_of_its_own_sees_nothing_of_it(self):
        self.script(self.TEXT % "sorted(finished), sys.getswitchinterval()")
        self.audit("--runs", "4", "--", PYTHON, "script.py", check=0)
        [kept] = (self.folder / ".detaudit").rglob("run-1/stdout.bin")
        self.assertEqual(kept.read_text(), self.alone("script.py").stdout)

    def test_turns_of_the_script_s_own_are_left(self):
        self.script("import sys\n\nsys.setswitchinterval(0.25)\nprint(sys.getswitchinterval())\n")
        self.audit("--", PYTHON, "script.py", check=0)
        [kept] = (self.folder / ".detaudit").rglob("run-1/stdout.bin")
        self.assertEqual(kept.read_text(), "0.25\n")


class Lines(Script):
    """The script's line that wrote an output, whenever the interpreter writes it."""

    def lines(self, text, check):
        self.script(text)
        report = self.audit("--", PYTHON, "script.py", check=check)
        lines = (self.folder / "script.py").read_text().splitlines()
        return {finding["op"].rpartition("/")[2]: finding["location"] and lines[finding["location"]["line"] - 1].strip()
                for finding in report["findings"]}

    def test_printing_is_as_alone(self):
        self.script(PRINTS)
        alone = self.alone("script.py")
        report = self.audit("--", PYTHON, "script.py", check=0)
        self.assertEqual(self.unseen(report), [])
        [kept] = (self.folder / ".detaudit").rglob("run-0/stdout.bin")
        self.assertEqual(kept.read_text(), alone.stdout)

    def test_what_cannot_be_printed_fails_as_alone(self):
        self.script("print('a' * 10)\n")
        command = ["sh", "-c", f"{PYTHON} script.py > /dev/full; echo $?"]
        alone = subprocess.run(command, cwd=self.folder, capture_output=True, text=True)
        self.audit("--judge-stderr", "--", *command, check=0)
        for stream in ("stdout", "stderr"):
            [kept] = (self.folder / ".detaudit").rglob(f"run-0/{stream}.bin")
            self.assertEqual(kept.read_text(), getattr(alone, stream))
        self.assertNotEqual(alone.stdout, "0\n")

    def test_the_line_that_prints(self):
        text = """
            def show(values):
                for value in values:
                    print("value", value)

            print("begins, \u00e4 bit longer than one byte a letter")
            show({%s})
            print("ends", file=None)
            """
        self.assertEqual(self.lines(text % "'a', 'b', 'c', 'd', 'e', 'f'", 1), {"stdout": 'print("value", value)'})
        self.assertEqual(self.lines(text % "1, 2, 3, 4", 0), {})

    def test_the_line_that_opens(self):
        text = """
            import datetime, pathlib

            def save(path, text):
                with open(path, "w") as stream:
                    stream.write(text)

            save("same.txt", "same")
            save("time.txt", str(%s))
            pathlib.Path("other.txt").write_text(str(%s))
            """
        self.assertEqual(self.lines(text % ("datetime.datetime.now()", "datetime.datetime.now().time()"), 1), {
            "time.txt": 'with open(path, "w") as stream:',
            "other.txt": 'pathlib.Path("other.txt").write_text(str(datetime.datetime.now().time()))'})
        self.assertEqual(self.lines(text % (1, 2), 0), {})

    def test_lines_of_a_copy_are_those_of_the_folder(self):
        self.script("import random\n\nprint(random.Random().random())\n")
        report = self.audit("--isolate", "--", PYTHON, "script.py", check=1)
        [finding] = report["findings"]
        path = str(self.folder.resolve() / "script.py")
        self.assertEqual((finding["location"]["file"], finding["location"]["line"]), (path, 3))
        told = " ".join(finding["evidence"])
        self.assertIn(f"printed at {path}:3", told)
        self.assertIn(f"at {path}:3, first", told)
        self.assertNotIn("/.", told.replace("/./", "/"))

    def test_no_line_where_others_print_as_well(self):
        self.assertEqual(self.lines("""
            import datetime, os

            print("a long beginning", flush=True)
            os.write(1, b"of which nobody counts the letters")
            print("then")
            print(datetime.datetime.now())
            print("and an end")
            """, 1), {"stdout": None})


if __name__ == "__main__":
    unittest.main()
