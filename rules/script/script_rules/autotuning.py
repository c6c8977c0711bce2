"""Libraries that time their algorithms in every run, and take the one that was fastest."""
import ast

from .call import is_constant, keyword
from .finding import Finding
from .truth import truth

CUDNN = "torch.backends.cudnn"
BENCHMARK = f"{CUDNN}.benchmark"


def settings(module):
    """(node, value) of what sets `benchmark`."""
    for node in module.nodes:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Attribute) and module.resolve(target) == BENCHMARK:
                    yield node, node.value
                elif isinstance(target, ast.Subscript) and is_constant(target.slice, "benchmark"):
                    if is_dictionary(module, target.value):  # `vars(cudnn)["benchmark"] = True`
                        yield node, node.value
                elif isinstance(target, (ast.Tuple, ast.List)):
                    yield from parts(module, node, target)
        elif isinstance(node, ast.AugAssign) and isinstance(node.op, ast.BitOr):
            if isinstance(node.target, ast.Attribute) and module.resolve(node.target) == BENCHMARK:
                yield node, node.value
    for call, name in module.calls():
        if module.builtin(call) == "setattr" and len(call.args) == 3:
            if module.resolve(call.args[0]) == CUDNN:
                yield from set_by_name(module, call, *call.args[1:])
        elif name == f"{CUDNN}.__setattr__" and len(call.args) == 2:
            yield from set_by_name(module, call, *call.args)
        elif name in ("torch.backends.cudnn.flags", "torch.backends.cudnn.set_flags", "lightning.Trainer"):
            yield call, keyword(call, "benchmark", "_benchmark")


def is_dictionary(module, node):
    """`vars(cudnn)` or `cudnn.__dict__`"""
    if isinstance(node, ast.Attribute) and node.attr == "__dict__":
        return module.resolve(node.value) == CUDNN
    return module.builtin(node) == "vars" and bool(node.args) and module.resolve(node.args[0]) == CUDNN


def set_by_name(module, call, name, value):
    """`setattr(cudnn, "benchmark", True)`, and in `for name, value in {"benchmark": True}.items()`."""
    if is_constant(module.value(name), "benchmark"):
        yield call, value
    for binding in module.bindings(name):
        loop = binding.node
        if isinstance(loop, ast.For) and isinstance(loop.iter, ast.Call) and isinstance(
                loop.iter.func, ast.Attribute) and loop.iter.func.attr == "items":
            for entry in module.entries(loop.iter.func.value):
                if entry.arg == "benchmark":
                    yield call, entry.value


def parts(module, node, target):
    values = node.value.elts if isinstance(node.value, (ast.Tuple, ast.List)) else []
    for part, value in zip(target.elts, values):
        if isinstance(part, ast.Attribute) and module.resolve(part) == BENCHMARK:
            yield node, value


def judge(module):
    for node, value in settings(module):
        if value is None:
            continue
        on = truth(module, value)
        # `not args.deterministic` is as it should be, `args.benchmark` is not known to be off.
        if on or on is None and not isinstance(module.value(value), (ast.Constant, ast.UnaryOp)):
            yield Finding(
                "DET312", "library-selection", node,
                message="cuDNN times its algorithms in every run, and takes the fastest",
                label="timings decide which algorithm rounds the results",
                fix=f"set `{module.spelling(BENCHMARK)} = False`, and "
                    f"`{module.spelling('torch.backends.cudnn.deterministic')} = True`")
