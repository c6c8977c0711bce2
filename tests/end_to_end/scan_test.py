"""`detaudit scan` on compiled GPU code, and what is common to all it scans: findings, coverage, exit codes, and every wrong input."""
import os
import pathlib
import shutil
import unittest

from command import CommandTest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CUBINS = ROOT / "tests" / "unit" / "instrument" / "cubins"
EXPECTED = {"float_sum": "DET401", "swap_loop": "DET402", "integer": "DET408"}


class Scan(CommandTest):
    def scan(self, *paths, check):
        return self.detaudit("scan", "--format", "json", *paths, check=check).report

    def test_each_kernel_has_the_finding_that_its_source_says(self):
        for name in ("small_zstd.fatbin", "small_lz4.fatbin"):
            report = self.scan(CUBINS / name, check=1)
            self.assertEqual(
                {f["symbol"]: f["code"] for f in report["findings"]},
                {"add__float_sum": "DET401", "loop__swap_loop": "DET402",
                 "count__integer": "DET408"})
            for finding in report["findings"]:
                self.assertEqual(finding["sms"], [75, 86, 90, 120])
            (file,) = report["coverage"]["files"]
            self.assertEqual((file["status"], file["cubins"], file["ptx"], file["kernels"]),
                             ("scanned", 4, 1, 4))

    def test_lines(self):
        report = self.scan(CUBINS / "lines.90.cubin", check=1)
        lines = {f["symbol"]: f["location"]["line"] for f in report["findings"]}
        self.assertEqual(lines, {"add__float_sum": 3, "loop__swap_loop": 10, "count__integer": 14})

    def test_ptx_alone(self):
        report = self.scan(CUBINS / "ptx_only.fatbin", check=1)
        self.assertEqual({f["symbol"]: (f["code"], f["severity"]) for f in report["findings"]},
                         {"add__float_sum": ("DET405", "warning"),
                          "loop__swap_loop": ("DET406", "note"),
                          "count__integer": ("DET408", "note")})

    def test_text(self):
        result = self.detaudit("scan", CUBINS / "small_zstd.fatbin", check=1)
        self.assertIn("error[DET401]: `add__float_sum`", result.out)
        self.assertIn("sm_75, sm_86, sm_90, sm_120", result.out)
        self.assertIn("2 errors, 0 warnings, 1 note", result.out)
        self.assertEqual(result.err.count("error"), 2, result)  # `error: found 2 errors ...`
        again = self.detaudit("scan", CUBINS / "small_zstd.fatbin", check=1)
        self.assertEqual(result.out, again.out)

    def test_no_fail(self):
        self.detaudit("scan", "--no-fail", CUBINS / "small_zstd.fatbin", check=0)

    def test_directory(self):
        (self.folder / "below").mkdir()
        shutil.copy(CUBINS / "small_zstd.fatbin", self.folder / "below" / "a.fatbin")
        os.link(self.folder / "below" / "a.fatbin", self.folder / "below" / "b.fatbin")
        os.symlink("a.fatbin", self.folder / "below" / "c.fatbin")
        (self.folder / "notes.txt").write_text("no code")
        report = self.scan(".", check=1)
        self.assertEqual(len(report["coverage"]["files"]), 1)
        self.assertEqual(report["coverage"]["without_gpu_code"], 1)

    def test_embedded_in_anything(self):
        blob = b"some host code" * 999 + (CUBINS / "small_lz4.fatbin").read_bytes() + b"x" * 77
        (self.folder / "program").write_bytes(blob)
        self.assertEqual(len(self.scan("program", check=1)["findings"]), 3)

    def test_bytes_that_only_look_like_code_are_no_wrong_use(self):
        magic = (CUBINS / "small_lz4.fatbin").read_bytes()[:8]
        (self.folder / "program").write_bytes(b"host code" * 999 + magic + b"more host code" * 99)
        result = self.detaudit("scan", "--format", "json", "program", check=3)
        self.assertEqual(result.report["findings"], [])
        self.assertIn("DET908", result.err)
        self.assertIn("no image after them", result.err)
        (self.folder / "program.fatbin").write_bytes(magic + b"more host code" * 99)
        self.assertIn("cannot be used", self.detaudit("scan", "program.fatbin", check=2).err)

    def test_what_was_not_read_is_told(self):
        whole = (CUBINS / "small_zstd.fatbin").read_bytes()
        (self.folder / "cut.fatbin").write_bytes(whole[: len(whole) - 600])
        report = self.scan("cut.fatbin", check=1)
        (file,) = report["coverage"]["files"]
        self.assertEqual(file["status"], "degraded")
        self.assertTrue(file["reasons"])

    def test_nothing_found_in_code_half_read_is_inconclusive(self):
        # Of the first image, which holds all findings, half is lost, in a directory of two files.
        whole = bytearray((CUBINS / "ptx_only.fatbin").read_bytes())
        clean = b".version 9.0\n.target sm_90\n.visible .entry k(.param .u64 p)\n{\n ret;\n}\n"
        (self.folder / "clean.ptx").write_bytes(clean)
        self.assertEqual(self.scan("clean.ptx", check=0)["findings"], [])
        (self.folder / "cut.fatbin").write_bytes(whole[: len(whole) // 2])
        result = self.detaudit("scan", ".", check=3)
        self.assertIn("DET908", result.err)
        (self.folder / "clean.ptx").write_bytes(clean[:-8])
        self.assertIn("PTX that is cut short", self.detaudit("scan", "clean.ptx", check=3).err)


    def test_what_a_damaged_file_lost_is_told(self):
        """Kernels that were found do not hide that others may be gone with the file's end."""
        cubin = (CUBINS / "lines.90.cubin").read_bytes()

        def archive(*members):
            head = b"!<arch>\n"
            for i, (size, data) in enumerate(members):
                head += f"{f'k{i}.o/':<16}{0:<12}{0:<6}{0:<6}{644:<8}{size:<10}`\n".encode() + data
                head += b"\n" * (size % 2)
            return head

        whole = archive((len(cubin), cubin), (len(cubin), cubin))
        (self.folder / "whole.a").write_bytes(whole)
        (file,) = self.scan("whole.a", check=1)["coverage"]["files"]
        self.assertEqual((file["status"], file["reasons"]), ("scanned", []))
        damaged = {"cut.a": whole[:-100],
                   "ended.a": whole[:68 + len(cubin) + 30],
                   "broken.a": whole[:68 + len(cubin) + 60] + b"x" * 200,
                   "member.a": archive((len(cubin), cubin), (70, cubin[:70])),
                   "cut.cubin": cubin[:-10]}
        for name, data in damaged.items():
            (self.folder / name).write_bytes(data)
            with self.subTest(name=name):
                (file,) = self.scan(name, check=1)["coverage"]["files"]
                self.assertEqual(file["status"], "degraded", file)
                self.assertRegex(" ".join(file["reasons"]), "cut short|damaged")

    def test_a_damaged_file_in_a_folder_is_counted(self):
        (self.folder / "clean.ptx").write_bytes(b".version 9.0\n.target sm_90\n.visible .entry k()\n{\n ret;\n}\n")
        (self.folder / "libops.so").write_bytes(pathlib.Path("/bin/true").read_bytes()[:64])
        result = self.detaudit("scan", "--format", "json", ".", check=3)
        self.assertEqual({f["path"]: f["status"] for f in result.report["coverage"]["files"]},
                         {"./clean.ptx": "scanned", "./libops.so": "skipped"})
        self.assertIn("cut short", result.err)
        (self.folder / "libops.so").write_bytes(pathlib.Path("/bin/true").read_bytes())
        self.detaudit("scan", ".", check=0)


class ScanBadInput(CommandTest):
    def refuses(self, *arguments, names):
        result = self.detaudit("scan", *arguments, check=2)
        self.assertEqual(result.out, "", result)
        self.assertTrue(result.err.startswith("error[DET9"), result)
        self.assertEqual(result.err.count("error["), 1, result)
        self.assertIn(names, result.err, result)
        self.assertIn("help:", result.err, result)

    def test_command_line(self):
        self.refuses(names="no path")
        self.refuses("--frobnicate", "x", names="frobnicate")
        self.refuses("--format", "junit", "x", names="junit")
        self.refuses("--rule", "DET101", "x", names="DET101")
        self.refuses("--rule", "DET401,nonsense", "x", names="nonsense")
        self.refuses("--threads", "0", "x", names="--threads")

    def test_files(self):
        self.refuses("missing.so", names="missing.so")
        (self.folder / "plain.bin").write_bytes(b"not GPU code")
        self.refuses("plain.bin", names="plain.bin")
        (self.folder / "empty.cubin").write_bytes(b"")
        self.refuses("empty.cubin", names="empty.cubin")
        self.refuses("/bin/true", names="holds no GPU code")
        self.refuses("/dev/null", names="/dev/null")
        cubin = (CUBINS / "lines.90.cubin").read_bytes()
        (self.folder / "cut.cubin").write_bytes(cubin[:64])
        self.refuses("cut.cubin", names="cut.cubin")
        (self.folder / "corrupt.cubin").write_bytes(cubin[:64] + bytes(len(cubin) - 64))
        self.refuses("corrupt.cubin", names="corrupt.cubin")

    def test_files_cut_short(self):
        host = pathlib.Path("/bin/true").read_bytes()
        fatbin = (CUBINS / "small_zstd.fatbin").read_bytes()
        for data in (host[:4], host[:40], host[:64], host[:1000], host[:-1], fatbin[:4], fatbin[:15], b"!<arch>\n   "):
            (self.folder / "cut").write_bytes(data)
            self.refuses("cut", names="cut short")
        cubin = (CUBINS / "lines.90.cubin").read_bytes()
        for bytes_left in (10, 64, 1000, 2000):
            (self.folder / "cut").write_bytes(cubin[:bytes_left])
            self.refuses("cut", names="cut short")
        (self.folder / "thin.a").write_bytes(b"!<thin>\nk.o/            0           0     0     644     200       `\n")
        self.refuses("thin.a", names="thin archive")

    def test_directories(self):
        (self.folder / "nothing").mkdir()
        self.refuses("nothing", names="nothing")
        (self.folder / "nothing" / "text.so").write_text("no library")
        self.refuses("nothing", names="nothing")

    @unittest.skipIf(os.geteuid() == 0, "root may read everywhere")
    def test_unreadable(self):
        closed = self.folder / "closed.cubin"
        closed.write_bytes(b"x")
        closed.chmod(0)
        self.refuses("closed.cubin", names="closed.cubin")


if __name__ == "__main__":
    unittest.main()
