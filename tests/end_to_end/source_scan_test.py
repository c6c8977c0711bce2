"""`detaudit scan` on sources: what is common to all languages. The rules themselves: tests/rules."""
import json
import os
import unittest

from command import BIN, CommandTest

HAZARD = "import numpy as np\ngenerator = np.random.default_rng()\n"
KERNEL = "__global__ void sum(float* out, float v) { atomicAdd(out, v); }\n"


class SourceTest(CommandTest):
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
        self.assertEqual(self.places(self.scan("--rule", "DET402,DET408", ".", check=0)), [])
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


class Sarif(SourceTest):
    """What code hosts need of SARIF 2.1.0, by hand: the schema itself is not ours to ship."""

    def sarif(self, *arguments, check=1):
        text = self.detaudit("scan", "--format", "sarif", *arguments, check=check).out
        document = json.loads(text)
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
    unittest.main()
