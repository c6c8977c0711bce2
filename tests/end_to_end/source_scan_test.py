"""`detaudit scan` on sources: what is common to all languages. The rules themselves: tests/rules."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from command import BIN, CommandTest

HAZARD = "import numpy as np\ngenerator = np.random.default_rng()\n"
KERNEL = "__global__ void sum(float* out, float v) { atomicAdd(out, v); }\n"


class SourceTest(CommandTest):
    def setUp(self):
        super().setUp()
        self.cache = tempfile.mkdtemp(prefix="detaudit-cache-")

    def tearDown(self):
        shutil.rmtree(self.cache, ignore_errors=True)
        super().tearDown()

    def detaudit(self, *arguments, env=None, **more):
        return super().detaudit(*arguments, env={"XDG_CACHE_HOME": self.cache, **(env or {})}, **more)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def scan(self, *arguments, check):
        return self.detaudit("scan", "--format", "json", *arguments, check=check).report

    def places(self, report):
        return [(f["code"], f["file"], f["location"]["line"]) for f in report["findings"]]

    def statuses(self, report):
        return {f["path"]: f["status"] for f in report["coverage"]["files"]}


class Sources(SourceTest):
    def test_a_folder_of_all_kinds(self):
        self.write("train.py", HAZARD)
        self.write("kernels/sum.cu", KERNEL)
        self.write("clean.c", "int main(void) { return 0; }\n")
        self.write("notes.txt", "default_rng()")
        report = self.scan(".", check=1)
        self.assertEqual(self.places(report),
                         [("DET201", "./kernels/sum.cu", 1), ("DET301", "./train.py", 2)])
        kinds = {f["path"]: f["kind"] for f in report["coverage"]["files"]}
        self.assertEqual(kinds, {"./clean.c": "C", "./kernels/sum.cu": "CUDA C++", "./train.py": "Python"})
        self.assertEqual(report["coverage"]["without_gpu_code"], 1)

    def test_clean_sources(self):
        self.write("train.py", "import numpy as np\ngenerator = np.random.default_rng(7)\n")
        self.write("sum.cc", "int sum(int a, int b) { return a + b; }\n")
        result = self.detaudit("scan", ".", check=0)
        self.assertIn("0 errors, 0 warnings, 0 notes", result.out)
        self.assertIn("files: 2 scanned, 0 degraded, 0 skipped", result.out)

    def test_text_shows_the_line_the_place_and_the_fix(self):
        self.write("train.py", HAZARD)
        result = self.detaudit("scan", "train.py", check=1)
        for part in ("error[DET301]", "--> train.py:2:13", "2 | generator = np.random.default_rng()",
                     "cause: unseeded-rng, inferred", "help: pass a seed"):
            self.assertIn(part, result.out)
        self.assertEqual(result.out, self.detaudit("scan", "train.py", check=1).out)

    def test_rules_and_excludes(self):
        self.write("train.py", HAZARD)
        self.write("kernels/sum.cu", KERNEL)
        self.assertEqual(self.places(self.scan("--rule", "DET301", ".", check=1)), [("DET301", "./train.py", 2)])
        self.assertEqual(self.places(self.scan("--rule", "DET402,det408", ".", check=0)), [])
        for glob in ("kernels", "*.cu", "./kernels/*"):
            report = self.scan("--exclude", glob, ".", check=1)
            self.assertEqual(self.places(report), [("DET301", "./train.py", 2)], glob)
            self.assertEqual(report["coverage"]["excluded"], 1)
        report = self.scan("--exclude", "*", "train.py", check=1)  # named: nothing leaves it out
        self.assertEqual(len(report["findings"]), 1)

    def test_what_does_not_parse_is_coverage(self):
        self.write("old.py", 'print "hello"\n')
        self.write("clean.py", "x = 1\n")
        self.write("broken.cc", "int main() { undeclared; }\n")
        self.write("latin.py", b"name = '\xe9'\n")
        report = self.scan(".", check=0)
        self.assertEqual(self.statuses(report), {"./old.py": "skipped", "./clean.py": "scanned",
                                                 "./broken.cc": "degraded", "./latin.py": "skipped"})
        for file in report["coverage"]["files"]:
            self.assertEqual(bool(file["reasons"]), file["status"] != "scanned", file)
        result = self.detaudit("scan", "--strict", ".", check=3)
        self.assertIn("DET908", result.err)
        self.assertIn("broken.cc", result.err)
        self.scan("--strict", "clean.py", check=0)
        self.scan("old.py", check=3)  # nothing at all was read

    def test_names_that_are_no_text(self):
        name = os.fsdecode(b"an\xff\xe9.py")
        self.write(name, HAZARD)
        self.write(os.fsdecode(b"k\xfe.cu"), KERNEL)
        report = self.scan(".", check=1)
        self.assertEqual({f["location"]["file"] for f in report["findings"]}, {r"./an\xff\xe9.py", r"./k\xfe.cu"})


class Builds(SourceTest):
    """-p: sources as a build compiles them."""

    def build(self, *entries):
        self.write("build/compile_commands.json", json.dumps(
            [{"directory": str(self.folder / "build"), "file": str(self.folder / file), "command": command}
             for file, command in entries]))

    def test_macros_and_headers_are_those_of_the_build(self):
        self.write("inc/value.h", "#pragma once\nusing Value = VALUE;\n")
        self.write("sum.cc", "#include <atomic>\n#include \"value.h\"\n"
                             "void add(std::atomic<Value>& total, Value value) { total += value; }\n")
        self.assertEqual(self.statuses(self.scan("sum.cc", check=0)), {"sum.cc": "degraded"})
        self.build(("sum.cc", "g++ -I../inc -DVALUE=int -std=c++20 -c ../sum.cc"))
        self.assertEqual(self.places(self.scan("--strict", "-p", "build", "sum.cc", check=0)), [])
        self.build(("sum.cc", "ccache g++ -I ../inc -D VALUE=float -std=c++20 -c ../sum.cc"))
        self.assertEqual(self.places(self.scan("-p", "build", "sum.cc", check=1)), [("DET204", "sum.cc", 3)])
        # Both: each as it is compiled.
        self.build(("sum.cc", "g++ -I../inc -DVALUE=int -std=c++20 -c ../sum.cc"),
                   ("sum.cc", "g++ -I../inc -DVALUE=double -std=c++20 -ffast-math -c ../sum.cc"))
        report = self.scan("-p", "build/compile_commands.json", "sum.cc", check=1)
        self.assertEqual(self.places(report), [("DET204", "sum.cc", 3)])
        self.assertEqual(report["coverage"]["files"][0]["facts"], ["-ffast-math"])
        self.assertIn("1 file compiled with -ffast-math", self.detaudit("scan", "-p", "build", "sum.cc", check=1).out)

    def test_openmp_only_where_it_is_compiled_with_it(self):
        self.write("sum.cc", "float sum(const float* x, int n) {\n  float total = 0;\n"
                             "#pragma omp parallel for reduction(+ : total)\n"
                             "  for (int i = 0; i < n; ++i) total += x[i];\n  return total;\n}\n")
        self.build(("sum.cc", "g++ -c ../sum.cc"))
        self.scan("-p", "build", "sum.cc", check=0)
        self.build(("sum.cc", "g++ -fopenmp -c ../sum.cc"))
        self.assertEqual(self.places(self.scan("-p", "build", "sum.cc", check=1)), [("DET230", "sum.cc", 3)])

    def test_headers_are_read_with_their_units_or_alone(self):
        self.write("include/add.h", "#pragma once\n#include <atomic>\n"
                                    "template <class T> void add(std::atomic<T>& a, T v) { a += v; }\n")
        self.write("include/other.h", "#pragma once\n#include <random>\nstruct Seeds { std::random_device device; };\n"
                                      "inline unsigned seed() { return std::random_device{}(); }\n")
        self.write("use.cc", "#include \"include/add.h\"\nvoid use(std::atomic<float>& a) { add(a, 1.0f); }\n")
        report = self.scan(".", check=1)
        self.assertEqual(self.places(report), [("DET204", "./include/add.h", 3), ("DET210", "./include/other.h", 4)])
        self.assertEqual(set(self.statuses(report).values()), {"scanned"})
        # Of a header that nobody asked about, the call that makes it add floats is the place.
        report = self.scan("use.cc", check=1)
        self.assertEqual(self.places(report), [("DET204", "use.cc", 2)])
        self.assertIn("by way of `add<float>", report["findings"][0]["evidence"][0])

    def test_broken_databases(self):
        self.write("sum.cc", "int x;\n")
        self.write("build/other.txt", "")
        for text, said in ((None, "does not exist"), ("[{", "no JSON"), ("{}", "no list"), ('[{"file": "a"}]', "entry 1")):
            if text is not None:
                self.write("build/compile_commands.json", text)
            result = self.detaudit("scan", "-p", "build", "sum.cc", check=2)
            self.assertEqual(result.out, "")
            self.assertIn("DET902", result.err)
            self.assertIn(said, result.err)
            self.assertIn("CMAKE_EXPORT_COMPILE_COMMANDS", result.err)
        self.build(("sum.cc", "g++ @missing.rsp --no-such-option -fnonsense=3 -c ../sum.cc"))
        report = self.scan("-p", "build", "sum.cc", check=0)
        self.assertEqual(self.statuses(report), {"sum.cc": "degraded"})
        self.assertIn("missing.rsp", report["coverage"]["files"][0]["reasons"][0])
        self.build(("sum.cc", "g++ --no-such-option -fnonsense=3 -Wl,x -c ../sum.cc"))
        self.scan("--strict", "-p", "build", "sum.cc", check=0)


class ChangedSince(SourceTest):
    def git(self, *arguments):
        subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@t", "-c", "init.defaultBranch=main",
                        *arguments], cwd=self.folder, check=True, capture_output=True)

    def commit(self):
        self.git("add", "-A")
        self.git("commit", "-qm", "step")

    def test_what_a_branch_adds(self):
        self.git("init", "-q")
        self.write("train.py", HAZARD + "a = 1\nb = 2\n")
        self.write("a name.py", HAZARD)
        self.commit()
        self.git("checkout", "-qb", "work")
        self.write("train.py", "import numpy as np\n# more\ngenerator = np.random.default_rng()\n"
                               "++ b/x = 3\na = 1\n".replace("++ b/x = 3", "other = np.random.default_rng()"))
        self.write("a name.py", HAZARD + "x = np.random.default_rng()\n")
        self.write("new.py", HAZARD)
        report = self.scan("--changed-since", "main", ".", check=1)
        self.assertEqual(self.places(report), [("DET301", "./a name.py", 3), ("DET301", "./new.py", 2),
                                               ("DET301", "./train.py", 4)])
        self.commit()
        # The other side's own changes since then are none of the branch's.
        self.git("checkout", "-q", "main")
        self.write("a name.py", "import numpy as np\n\n\ngenerator = np.random.default_rng()\n")
        self.commit()
        self.git("checkout", "-q", "work")
        self.assertEqual(self.places(report), self.places(self.scan("--changed-since", "main", ".", check=1)))
        self.assertEqual(self.scan("--changed-since", "HEAD", ".", check=0)["findings"], [])

    def test_compiled_code(self):
        self.git("init", "-q")
        cubins = pathlib.Path(__file__).resolve().parents[1] / "unit" / "instrument" / "cubins"
        shutil.copy(cubins / "lines.90.cubin", self.folder / "old.cubin")
        self.commit()
        shutil.copy(cubins / "small_lz4.fatbin", self.folder / "new.fatbin")
        report = self.scan("--changed-since", "HEAD", ".", check=1)
        self.assertEqual({f["file"] for f in report["findings"]}, {"./new.fatbin"})

    def test_bad_revisions(self):
        self.write("train.py", HAZARD)
        self.assertIn("no git checkout", self.detaudit("scan", "--changed-since", "main", ".", check=2).err)
        self.git("init", "-q")
        self.commit()
        for revision in ("nonsense", "--output=x", "HEAD:train.py"):
            result = self.detaudit("scan", f"--changed-since={revision}", ".", check=2)
            self.assertIn("names no commit", result.err)
        self.assertFalse((self.folder / "x").exists())


class Cache(SourceTest):
    def both(self, *arguments):
        """A cold scan, and one that finds everything read; byte for byte the same."""
        cold = self.detaudit("scan", "--format", "json", *arguments)
        warm = self.detaudit("scan", "--format", "json", *arguments)
        self.assertEqual((cold.out, cold.err, cold.code), (warm.out, warm.err, warm.code))
        return cold.report

    def set_back(self):
        """As if written before: what changed within the scan is not kept."""
        for path in self.folder.rglob("*"):
            os.utime(path, (1700000000, 1700000000))

    def readings(self):
        return sorted(p.name for p in pathlib.Path(self.cache).rglob("*") if p.is_file() and p.suffix != ".pch")

    def test_the_second_scan_is_the_first(self):
        self.write("train.py", HAZARD)
        self.write("sum.cu", KERNEL)
        self.write("sub/add.h", "#pragma once\n#include <atomic>\ninline void add(std::atomic<float>& a) { a += 1; }\n")
        self.write("use.cc", "#include \"sub/add.h\"\nvoid use(std::atomic<float>& a) { add(a); }\n")
        self.write("broken.cc", "int main() { undeclared; }\n")
        self.set_back()
        before = self.both(".")
        self.assertEqual(len(before["findings"]), 3)
        self.assertTrue(self.readings())
        # Nothing is read again: with no reader at all the answer is the same.
        result = self.detaudit("scan", "--format", "json", ".", env={"PATH": os.environ["PATH"]})
        self.assertEqual(result.report, before)

    def test_every_kind_in_every_format(self):
        """No cache, one that is filled, and a full one with another number of threads: the same bytes."""
        from scan_test import CUBINS
        self.write("train.py", HAZARD + "import os\nfor name in os.listdir('.'): print(name)\n")
        self.write("allowed.py", HAZARD.replace("()\n", "()  # detaudit: allow(DET301) a test's\n"))
        self.write("fill.cu", "template <class T> __global__ void fill(T* p, T v) { atomicAdd(p, v); }\n"
                              "template __global__ void fill<float>(float*, float);\n" + KERNEL)
        self.write("add.h", "#pragma once\n#include <atomic>\ninline void add(std::atomic<float>& a) { a += 1; }\n")
        self.write("use.cc", "#include \"add.h\"\nvoid use(std::atomic<float>& a) { add(a); }\n")
        self.write("broken.cc", "int main() { undeclared; }\n")
        self.write("\u00e9t\u00e9/old.py", 'print "hello"\n')
        shutil.copy(CUBINS / "lines.90.cubin", self.folder / "kernels.cubin")
        shutil.copy(CUBINS / "small_zstd.fatbin", self.folder / "program")
        self.set_back()

        def scan(form, *more):
            result = self.detaudit("scan", "--format", form, *more, ".")
            self.assertEqual(result.code, 1, result)
            return result.out, result.err

        for form in ("text", "json", "sarif"):
            kept = self.folder.parent / f"{self.folder.name}.{form}"
            self.addCleanup(shutil.rmtree, kept, ignore_errors=True)
            plain = scan(form, "--no-cache", "--threads", "2")
            for threads in "121":
                self.assertEqual(scan(form, "--cache", kept, "--threads", threads), plain, form)
            self.assertEqual(len(list(kept.glob("*.pch"))), 1)
        codes = [f["code"] for f in json.loads(scan("json")[0])["findings"]]
        self.assertEqual({code[:4] for code in codes}, {"DET2", "DET3", "DET4"})
        self.assertEqual(codes.count("DET201"), 2)  # one of them by an instantiation

    def test_what_changes_is_read_again(self):
        self.write("sub/kind.h", "#pragma once\nusing Kind = int;\n")
        self.write("use.cc", "#include <atomic>\n#include \"sub/kind.h\"\nvoid use(std::atomic<Kind>& a) { a += 1; }\n")
        self.set_back()
        self.assertEqual(self.both("use.cc")["findings"], [])
        self.write("sub/kind.h", "#pragma once\nusing Kind = float;\n")
        self.set_back()
        self.assertEqual(self.places(self.both("use.cc")), [("DET204", "use.cc", 3)])
        # A header that comes to stand before the one that was found.
        self.write("kind/sub/kind.h", "#pragma once\nusing Kind = int;\n")
        self.write("use.cc", "#include <atomic>\n#include \"kind.h\"\nvoid use(std::atomic<Kind>& a) { a += 1; }\n")
        self.set_back()
        self.assertEqual(self.statuses(self.scan("use.cc", check=0)), {"use.cc": "degraded"})
        self.write("kind.h", "using Kind = double;\n")
        self.set_back()
        self.assertEqual(self.places(self.both("use.cc")), [("DET204", "use.cc", 3)])

    def test_what_lacks_a_header_is_kept_until_it_comes(self):
        self.write("sub/other.h", "#pragma once\n")
        self.write("a/use.cc", "#include <atomic>\n#include \"sub/kind.h\"\n#include <sub/none.h>\n"
                               "void use(std::atomic<Kind>& a) { a += 1; }\n")
        self.set_back()
        self.assertEqual(self.statuses(self.both(".")), {"./a/use.cc": "degraded", "./sub/other.h": "scanned"})
        kept = self.readings()
        self.assertEqual(len(kept), 2)
        self.both(".")
        self.assertEqual(self.readings(), kept)
        self.write("sub/kind.h", "#pragma once\nusing Kind = float;\n")
        self.set_back()
        (file,) = [f for f in self.both("a/use.cc")["coverage"]["files"] if f["path"] == "a/use.cc"]
        self.assertEqual([r.partition(": ")[2] for r in file["reasons"]], ["'sub/none.h' file not found"])
        self.write("a/sub/none.h", "#pragma once\n")  # no place that <> is looked for in
        self.write("sub/none.h", "#pragma once\n")
        self.set_back()
        report = self.both("a/use.cc")
        self.assertEqual(self.statuses(report), {"a/use.cc": "scanned"})
        self.assertEqual(self.places(report), [("DET204", "a/use.cc", 4)])

    def test_a_header_that_is_only_asked_for_is_read_when_it_comes(self):
        self.write("use.cc", "#include <atomic>\n#if __has_include(\"sub/kind.h\")\n#include \"sub/kind.h\"\n#else\n"
                             "using Kind = int;\n#endif\n#if __has_include(<cstddef>)\n#include <cstddef>\n#endif\n"
                             "void use(std::atomic<Kind>& a) { a += 1; }\n")
        self.set_back()
        self.assertEqual(self.places(self.both("use.cc")), [])
        kept = self.readings()
        self.both("use.cc")
        self.assertEqual((len(kept), self.readings()), (1, kept))
        self.write("sub/kind.h", "#pragma once\nusing Kind = float;\n")
        self.set_back()
        self.assertEqual(self.places(self.both("use.cc")), [("DET204", "use.cc", 10)])

    def test_folders(self):
        self.write("train.py", HAZARD)
        self.set_back()
        own = pathlib.Path(self.cache) / "own"
        self.scan("--cache", own, "train.py", check=1)
        self.assertEqual(len(list(own.iterdir())), 1)
        for each in own.iterdir():
            each.write_bytes(b"detaudit reading 2\n{nonsense")
        self.scan("--cache", own, "train.py", check=1)
        self.scan("--no-cache", "train.py", check=1)
        self.assertEqual(self.readings(), [p.name for p in own.iterdir()])
        self.scan("--cache", "/proc/nowhere", "train.py", check=1)
        self.scan("train.py", check=1, env={"XDG_CACHE_HOME": "", "HOME": ""})

    def scan(self, *arguments, check, env=None):
        return self.detaudit("scan", "--format", "json", *arguments, check=check, env=env).report


class MissingParts(SourceTest):
    """What is not there costs what it reads, and the report says so."""

    def elsewhere(self, *without):
        """The program in a place of its own, with all but some of its parts."""
        place = self.folder / "installed"
        (place / "bin").mkdir(parents=True)
        shutil.copy(BIN / "detaudit", place / "bin")
        shutil.copytree(BIN.parent / "lib" / "detaudit" / "scan", place / "lib" / "detaudit" / "scan",
                        ignore=lambda _, names: [n for n in names if n in without])
        return place / "bin" / "detaudit"

    def run_it(self, program, *arguments, env=None):
        process = subprocess.run([program, "scan", "--no-cache", "--format", "json", *arguments], cwd=self.folder,
                                 capture_output=True, text=True, env={**os.environ, **(env or {})}, timeout=300)
        return process.returncode, json.loads(process.stdout), process.stderr

    def sources(self):
        self.write("src/train.py", HAZARD)
        self.write("src/sum.cc", "int main() { return 0; }\n")

    def test_no_libclang(self):
        self.sources()
        code, report, _ = self.run_it(self.elsewhere("detaudit-source-reader"), "src")
        self.assertEqual((code, self.statuses(report)), (1, {"src/sum.cc": "skipped", "src/train.py": "scanned"}))
        self.assertIn("no libclang", report["coverage"]["files"][0]["reasons"][0])
        code, report, said = self.run_it(self.folder / "installed/bin/detaudit", "src/sum.cc")
        self.assertEqual(code, 3)
        self.assertIn("no libclang", said)

    def test_no_python(self):
        self.sources()
        (self.folder / "empty").mkdir()
        code, report, _ = self.run_it(BIN / "detaudit", "src", env={"PATH": str(self.folder / "empty")})
        self.assertEqual((code, self.statuses(report)), (0, {"src/sum.cc": "scanned", "src/train.py": "skipped"}))
        self.assertIn("python3", report["coverage"]["files"][1]["reasons"][0])

    def test_no_toolkit(self):
        self.write("sum.cu", "#include <cuda_fp16.h>\n#include <cuda_runtime.h>\n"
                             "template <class T> __device__ void bump(T* p, T v) { atomicAdd(p, v); }\n"
                             "__global__ void sum(float* f, __half* h, int* i) {\n"
                             "  bump(f, 1.0f);\n  bump(i, 1);\n  atomicAdd(h, __half(1.0f));\n}\n"
                             "void launch(float* f) { sum<<<dim3(2), 3>>>(f, nullptr, nullptr); }\n")
        report = self.scan("--cuda-path", "none", "sum.cu", check=1)
        self.assertEqual(self.places(report), [("DET201", "sum.cu", 3), ("DET201", "sum.cu", 7)])
        (file,) = report["coverage"]["files"]
        self.assertEqual((file["status"], len(file["reasons"])), ("degraded", 1))
        self.assertIn("no CUDA toolkit", file["reasons"][0])
        self.assertIn("--cuda-path", self.detaudit("scan", "--cuda-path", "/nowhere", "sum.cu", check=2).err)


class HostileSources(SourceTest):
    def test_links_in_a_circle(self):
        self.write("a/train.py", HAZARD)
        os.symlink("..", self.folder / "a" / "up")
        os.symlink("loop", self.folder / "loop")
        os.symlink("a", self.folder / "again")
        report = self.scan(".", check=1)
        self.assertEqual(self.places(report), [("DET301", "./a/train.py", 2)])
        result = self.detaudit("scan", "loop", check=2)
        self.assertIn("loop", result.err)

    def test_links_that_lead_nowhere_are_counted(self):
        self.write("a/train.py", HAZARD)
        os.symlink("gone.py", self.folder / "a" / "eval.py")
        report = self.scan("a", check=1)
        files = {file["path"]: file for file in report["coverage"]["files"]}
        self.assertEqual(files["a/eval.py"]["status"], "skipped")
        self.assertIn("No such file", " ".join(files["a/eval.py"]["reasons"]))

    def test_large_and_odd_files(self):
        with open(self.folder / "generated.cc", "wb") as file:
            file.truncate(100 << 20)
        with open(self.folder / "generated.py", "wb") as file:
            file.truncate(100 << 20)
        self.write("zeros.cc", b"\0" * 1000)
        self.write("zeros.py", b"\0" * 1000)
        self.write("bytes.cc", b"const char* s = \"\xff\xfe\"; // \xe9\nint x;\n")
        self.write("bytes.cu", b"// \xff\n" + KERNEL.encode())
        self.write("deep.py", "x = " + "(" * 5000 + ")" * 5000 + "\n")
        self.write("deep.cc", "int x = " + "(" * 100000 + "1" + ")" * 100000 + ";\n")
        self.write("nested.cc", "namespace a {" * 20000 + "}" * 20000 + "\n")
        self.write("long.py", "x = " + " + ".join(["1"] * 20000) + "\n")
        self.write("self.cc", '#include "self.cc"\nint x;\n')
        self.write("empty.cc", "")
        self.write("empty.py", "")
        report = self.scan(".", check=1)
        self.assertEqual(self.places(report), [("DET201", "./bytes.cu", 2)])
        status = self.statuses(report)
        self.assertEqual({status["./generated.cc"], status["./generated.py"], status["./deep.py"],
                          status["./zeros.py"]}, {"skipped"})
        self.assertNotEqual(status["./deep.cc"], "scanned")
        self.assertEqual({status["./bytes.cc"], status["./bytes.cu"], status["./empty.cc"], status["./empty.py"]},
                         {"scanned"})
        self.assertEqual(len(status), 13)
        for file in report["coverage"]["files"]:
            self.assertEqual(bool(file["reasons"]), file["status"] != "scanned", file)

    def test_unreadable_and_special_files(self):
        self.write("clean.py", "x = 1\n")
        os.mkfifo(self.folder / "pipe.py")
        os.mkfifo(self.folder / "pipe.cc")
        self.assertEqual(self.statuses(self.scan(".", check=0)), {"./clean.py": "scanned"})
        for name in ("pipe.py", "pipe.cc", "/dev/null"):
            self.assertIn(name, self.detaudit("scan", name, check=2).err)

    def test_many_files(self):
        for folder in range(50):
            (self.folder / str(folder)).mkdir()
            for number in range(1000):
                (self.folder / str(folder) / f"{number}.txt").touch()
        self.write("7/train.py", HAZARD)
        report = self.scan(".", check=1)
        self.assertEqual(report["coverage"]["without_gpu_code"], 50000)
        self.assertEqual(len(report["findings"]), 1)


class Suppressions(SourceTest):
    def test_on_the_line_or_above_it(self):
        self.write("train.py", "import numpy as np\n"
                               "a = np.random.default_rng()  # detaudit: allow(DET301) a benchmark\n"
                               "# detaudit: allow(DET301) a benchmark,\n"
                               "# and the next line too\n"
                               "b = np.random.default_rng()\n"
                               "c = np.random.default_rng()\n")
        self.write("sum.cu", "__global__ void sum(float* out, float v) {\n"
                             "  /* detaudit: allow(DET301, DET201) one thread */\n"
                             "  atomicAdd(out, v);\n}\n")
        report = self.scan(".", check=1)
        self.assertEqual(self.places(report), [("DET911", "./sum.cu", 2), ("DET301", "./train.py", 6)])
        self.assertEqual([(s["code"], s["line"], s["reason"], s["findings"]) for s in report["suppressions"]],
                         [("DET201", 2, "one thread", 1), ("DET301", 2, "a benchmark", 1),
                          ("DET301", 3, "a benchmark,", 1)])
        self.assertIn("3 findings allowed by comments", self.detaudit("scan", ".", check=1).out)

    def test_without_a_reason_it_is_an_error_and_allows_nothing(self):
        self.write("train.py", HAZARD.rstrip() + "  # detaudit: allow(DET301)\n")
        report = self.scan("train.py", check=1)
        self.assertEqual(self.places(report), [("DET301", "train.py", 2), ("DET910", "train.py", 2)])
        for comment in ("allow DET301 because", "allow() because", "allow(DET101) a run's code", "allow(DET3) what"):
            self.write("train.py", f"# detaudit: {comment}\nx = 1\n")
            self.assertEqual(self.places(self.scan("train.py", check=1)), [("DET910", "train.py", 1)], comment)

    def test_what_matches_nothing_is_told(self):
        self.write("train.py", "# detaudit: allow(DET301) there was something here\nx = 1\n")
        report = self.scan("train.py", check=0)
        self.assertEqual(self.places(report), [("DET911", "train.py", 1)])
        # Of rules that were not asked for nothing is known.
        self.assertEqual(self.scan("--rule", "DET401", "train.py", check=0)["findings"], [])

    def test_in_a_string_it_is_no_comment(self):
        self.write("train.py", HAZARD.rstrip() + "; text = '# detaudit: allow(DET301) no'\n")
        self.assertEqual(self.places(self.scan("train.py", check=1)), [("DET301", "train.py", 2)])
        self.write("sum.cu", 'const char* text = "// detaudit: allow(DET201) no";\n'
                             'const char* raw = R"x(\n// detaudit: allow(DET201) no\n)x";\n' + KERNEL)
        self.assertEqual(self.places(self.scan("sum.cu", check=1)), [("DET201", "sum.cu", 5)])


# The official JSON schema of SARIF 2.1.0, which is not ours to ship: where this names a copy of it, all that
# the tests below write is held against it.
SARIF_SCHEMA = os.environ.get("DETAUDIT_SARIF_SCHEMA")


class Sarif(SourceTest):
    """What code hosts need of SARIF 2.1.0, and what its text asks beyond the schema."""

    def sarif(self, *arguments, check=1):
        text = self.detaudit("scan", "--format", "sarif", *arguments, check=check).out
        document = json.loads(text)
        if SARIF_SCHEMA:
            import jsonschema
            schema = json.loads(pathlib.Path(SARIF_SCHEMA).read_text())
            jsonschema.validators.validator_for(schema)(schema).validate(document)
        self.assertEqual(text, self.detaudit("scan", "--format", "sarif", *arguments, check=check).out)
        self.assertEqual(document["version"], "2.1.0")
        self.assertIn("sarif-2.1.0", document["$schema"])
        (run,) = document["runs"]
        self.driver(run["tool"]["driver"])
        for result in run["results"]:
            self.result(result, run["tool"]["driver"]["rules"])
        return run

    def driver(self, driver):
        self.assertEqual(driver["name"], "detaudit")
        for rule in driver["rules"]:
            self.assertRegex(rule["id"], r"^DET\d{3}$")
            for part in ("shortDescription", "fullDescription", "help"):
                self.assertTrue(rule[part]["text"], rule["id"])
            self.assertLessEqual(len(rule["shortDescription"]["text"]), 1024)
        self.assertEqual(len({rule["id"] for rule in driver["rules"]}), len(driver["rules"]))

    def result(self, result, rules):
        self.assertEqual(rules[result["ruleIndex"]]["id"], result["ruleId"])
        self.assertIn(result["level"], ("error", "warning", "note"))
        self.assertIn("Fix: ", result["message"]["text"])
        (location,) = result["locations"]
        place = location["physicalLocation"]
        self.assertFalse(place["artifactLocation"]["uri"].startswith("/"))
        region = place["region"]
        self.assertGreaterEqual(region["startLine"], 1)
        if "startColumn" in region:
            self.assertLess((region["startLine"], region["startColumn"]), (region["endLine"], region["endColumn"]))
        self.assertTrue(all(result["partialFingerprints"].values()))

    def test_results(self):
        self.write("a folder/train.py", "import numpy as np\nx = '\u00e9\u00e9'; g = np.random.default_rng()\n")
        self.write("sum.cu", KERNEL)
        run = self.sarif(".")
        first, second = [r["locations"][0]["physicalLocation"] for r in run["results"]]
        self.assertEqual(first["artifactLocation"], {"uri": "a%20folder/train.py", "uriBaseId": "%SRCROOT%"})
        # Columns are characters there.
        self.assertEqual(first["region"], {"startLine": 2, "startColumn": 15, "endLine": 2, "endColumn": 38})
        self.assertEqual(second["region"], {"startLine": 1, "startColumn": 44, "endLine": 1, "endColumn": 61})

    def test_no_path_has_dots_in_it(self):
        """A reader should refuse those; and `link/..` is not where its name says."""
        self.write("far/away/train.py", HAZARD)
        self.write("far/other.py", HAZARD)
        here = self.folder / "here"
        here.mkdir()
        (here / "link").symlink_to(self.folder / "far" / "away")
        run = self.sarif("here/../far/other.py", "here/link/../other.py", "here/link/train.py")
        self.assertEqual([r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in run["results"]],
                         ["far/other.py", "here/link/train.py"])
        process = subprocess.run([BIN / "detaudit", "scan", "--no-cache", "--format", "sarif", "../far/other.py"],
                                 cwd=here, capture_output=True, text=True, timeout=300)
        (result,) = json.loads(process.stdout)["runs"][0]["results"]
        self.assertEqual(result["locations"][0]["physicalLocation"]["artifactLocation"],
                         {"uri": (self.folder / "far/other.py").resolve().as_uri()})

    def test_fingerprints_stay_when_lines_move_and_differ_where_lines_repeat(self):
        line = "g = np.random.default_rng()\n"
        self.write("train.py", "import numpy as np\n" + line + line)
        prints = [r["partialFingerprints"] for r in self.sarif("train.py")["results"]]
        self.write("train.py", "import numpy as np\n\n\nx = 1\n" + line + line)
        self.assertEqual(prints, [r["partialFingerprints"] for r in self.sarif("train.py")["results"]])
        self.assertNotEqual(prints[0], prints[1])

    def test_nothing_found_and_what_was_not_read(self):
        self.write("clean.py", "x = 1\n")
        self.write("old.py", 'print "hello"\n')
        run = self.sarif(".", check=0)
        self.assertEqual(run["results"], [])
        (told,) = run["invocations"][0]["toolExecutionNotifications"]
        self.assertIn("old.py: skipped", told["message"]["text"])

    def test_compiled_code(self):
        from scan_test import CUBINS
        run = self.sarif(CUBINS / "lines.90.cubin")
        self.assertEqual({r["ruleId"] for r in run["results"]}, {"DET401", "DET402", "DET408"})


if __name__ == "__main__":
    if not (BIN.parent / "lib" / "detaudit" / "scan" / "detaudit-source-reader").exists():
        print("SKIP: this build of detaudit has no libclang")
        sys.exit(77)
    unittest.main()
