"""All rules: each family is a module with `judge(module)`, which yields findings."""
from . import unseeded_generators

FAMILIES = [unseeded_generators]


def judge(module):
    findings = [finding for family in FAMILIES for finding in family.judge(module)]
    return sorted(findings, key=lambda f: (f.node.lineno, f.node.col_offset, f.code))
