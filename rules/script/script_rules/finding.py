"""A hazard at a place in a script."""
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

    def members(self, module):
        """As auditor/scan/reading.h has it; columns count bytes from 1."""
        place = {"file": module.file(), "line": self.node.lineno, "column": self.node.col_offset + 1,
                 "end_line": self.node.end_lineno, "end_column": self.node.end_col_offset + 1,
                 "function": module.function_around(self.node)}
        return {**place, "callers": [], "code": self.code, "cause": self.cause, "message": self.message,
                "label": self.label, "evidence": self.evidence, "fix": self.fix,
                "replacement": self.replacement, "call": self.call,
                "in_kernel": False}
