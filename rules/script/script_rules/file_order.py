"""Folders that are read where the order of their entries shows: the file system decides it."""
import ast

from .call import method
from .finding import Finding
from .ordering import places_of

LISTINGS = {"os.listdir", "os.scandir", "os.walk", "os.fwalk", "glob.glob", "glob.iglob", "pathlib.Path.glob",
            "pathlib.Path.rglob", "pathlib.Path.iterdir", "tensorflow.io.gfile.listdir",
            "tensorflow.io.gfile.walk", "pathlib.Path.walk"}
WALKS = {"os.walk", "os.fwalk", "tensorflow.io.gfile.walk"}


def listing(call, name):
    """How a call lists a folder, or ""."""
    if name in LISTINGS:
        return name
    if name:
        return ""
    called = method(call)
    if called == "iterdir" and not call.args:
        return "Path.iterdir"
    if called in ("glob", "rglob") and len(call.args) == 1 and not call.keywords:
        return f"Path.{called}"
    return ""


def sorts_folders(module, call):
    """`dirs.sort()` in a loop over `os.walk`, which then descends in that order."""
    loop = module.parents.get(call)
    if not isinstance(loop, ast.For) or not isinstance(loop.target, ast.Tuple):
        return False
    names = {each.id for each in loop.target.elts if isinstance(each, ast.Name)}
    for node in ast.walk(loop):
        if method(node) == "sort" and isinstance(node.func.value, ast.Name) and node.func.value.id in names:
            return True
        if module.builtin(node) == "sorted" and node.args and isinstance(node.args[0], ast.Name) and (
                node.args[0].id in names):
            return True
    return False


def judge(module):
    for call, name in module.calls():
        by = listing(call, name)
        if not by or by in WALKS and sorts_folders(module, call) or not places_of(module, call):
            continue
        fix = "sort what it yields: `dirs.sort()` and `sorted(files)` in the loop" if by in WALKS else \
            "put `sorted(...)` around it"
        yield Finding("DET321", "data-order", call,
                      message=f"entries of a folder are used in the order of `{by}`",
                      label="the file system decides the order", fix=fix)
