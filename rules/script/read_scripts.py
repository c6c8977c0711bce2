"""Reads Python sources for `detaudit scan`: a request a line on stdin, its reading a line on stdout, as
auditor/scan/reading.h has them. Nothing of a source is executed or imported."""
import json
import os
import resource
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from script_rules.module import Module, Unreadable  # noqa: E402
from script_rules.rules import judge  # noqa: E402

MOST_MEMORY = 2 << 30


def read(path):
    try:
        module = Module(path)
        findings = [finding.members(module) for finding in judge(module)]
    except Unreadable as reason:
        return {"status": "skipped", "reasons": [str(reason)], "includes": [], "findings": []}
    except RecursionError:
        return {"status": "skipped", "reasons": ["its expressions are nested too deeply"], "includes": [], "findings": []}
    return {"status": "scanned", "reasons": [], "includes": [], "findings": findings}


def main():
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
    for line in sys.stdin:
        # Paths are bytes: each is the code point of its number.
        path = os.fsdecode(json.loads(line)["path"].encode("latin-1"))
        sys.stdout.write(json.dumps(read(path)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
