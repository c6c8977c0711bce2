#!/usr/bin/env python3
"""Holds the house's layering: no include runs upward, and no two files include each other."""
import pathlib
import re
import sys

MAY_USE = {
    "kernels": {"kernels"},
    "reports": {"reports"},
    "instrument": {"instrument", "kernels"},
    "rules": {"rules", "reports", "instrument"},
    "auditor": {"auditor", "instrument", "kernels", "rules", "reports"},
}
# Of reports, instrument and rules use the vocabulary alone; of instrument, rules use the trace and what
# a cubin holds.
ONLY = {
    ("instrument", "reports"): {"reports/diagnostic.h"},
    ("rules", "reports"): {"reports/diagnostic.h", "reports/codes.h"},
    ("rules", "instrument"): {"instrument/trace/", "instrument/cubin/"},
}
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def sources(root):
    for folder in MAY_USE:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in {".h", ".hpp", ".cc", ".cu", ".cuh"}:
                yield folder, path


def faults(root):
    includes = {}
    for folder, path in sources(root):
        name = path.relative_to(root).as_posix()
        includes[name] = INCLUDE.findall(path.read_text(errors="replace"))
        for target in includes[name]:
            top = target.split("/")[0]
            if top not in MAY_USE:
                continue
            narrow = ONLY.get((folder, top))
            allowed = any(target.startswith(t) for t in narrow) if narrow else top in MAY_USE[folder]
            if not allowed:
                yield f"{name} includes {target}: that arrow runs upward"
    for name, targets in includes.items():
        for target in targets:
            if name in includes.get(target, ()):
                yield f"{name} and {target} include each other"
    workload = root / "auditor" / "workload"
    for path in sorted(workload.rglob("*.[hc]*")):
        for target in INCLUDE.findall(path.read_text(errors="replace")):
            if target.startswith("auditor/") and not target.startswith("auditor/workload/"):
                yield f"{path.relative_to(root)} includes {target}: the workload knows no auditor"


def check_sees_faults(scratch):
    """The check itself, two-sided: a planted upward include and a planted cycle are seen."""
    for folder in MAY_USE:
        (scratch / folder).mkdir(parents=True)
    (scratch / "auditor" / "workload").mkdir()
    (scratch / "kernels" / "a.h").write_text('#include "auditor/x.h"\n#include "kernels/b.h"\n')
    (scratch / "kernels" / "b.h").write_text('#include "kernels/a.h"\n')
    found = list(faults(scratch))
    assert any("upward" in f for f in found) and any("each other" in f for f in found), found


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as scratch:
        check_sees_faults(pathlib.Path(scratch))
    problems = list(faults(pathlib.Path(sys.argv[1])))
    print("\n".join(problems) or "no arrow runs upward")
    sys.exit(1 if problems else 0)
