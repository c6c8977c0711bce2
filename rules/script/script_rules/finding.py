"""A hazard at a place in a script."""
import ast
from dataclasses import dataclass, field
from typing import Any, List


@dataclass
class Finding:
    code: str  # "DET301"; its severity is the code's
    cause: str  # a word of the contract
    node: Any  # of the tree: where it is
    message: str  # "`numpy.random.default_rng()` takes its seed from the system"
    label: str  # what is wrong at the place
    fix: str  # in the framework's own terms
    evidence: List[str] = field(default_factory=list)
    replacement: str = ""
    call: str = ""  # what is called there, by its whole name, where calling it is the hazard

    def begin(self):
        """(line, column): of a method that is called on what began in a line before, the method's name."""
        called = self.node.func if isinstance(self.node, ast.Call) else None
        if isinstance(called, ast.Attribute) and called.end_lineno > self.node.lineno:
            return called.end_lineno, called.end_col_offset - len(called.attr.encode())
        return self.node.lineno, self.node.col_offset

    def members(self, module):
        """As auditor/scan/reading.h has it; columns count bytes from 1."""
        line, column = self.begin()
        place = {"file": module.file(), "line": line, "column": column + 1,
                 "end_line": self.node.end_lineno, "end_column": self.node.end_col_offset + 1,
                 "function": module.function_around(self.node)}
        return {**place, "callers": [], "code": self.code, "cause": self.cause, "message": self.message,
                "label": self.label, "evidence": self.evidence, "fix": self.fix,
                "replacement": self.replacement, "call": self.call,
                "in_kernel": False}
