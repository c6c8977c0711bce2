"""Libraries that time their algorithms in every run, and take the one that was fastest."""
import ast

from .call import is_constant, keyword
from .finding import Finding

BENCHMARK = "torch.backends.cudnn.benchmark"


def settings(module):
    """(node, value) of what sets `benchmark`."""
    for node in module.nodes:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Attribute) and module.resolve(target) == BENCHMARK:
                    yield node, node.value
                elif isinstance(target, (ast.Tuple, ast.List)):
                    yield from parts(module, node, target)
    for call, name in module.calls():
        if module.builtin(call) == "setattr" and len(call.args) == 3:
            if module.resolve(call.args[0]) == "torch.backends.cudnn" and is_constant(call.args[1], "benchmark"):
                yield call, call.args[2]
        elif name in ("torch.backends.cudnn.flags", "torch.backends.cudnn.set_flags", "lightning.Trainer"):
            yield call, keyword(call, "benchmark", "_benchmark")


def parts(module, node, target):
    values = node.value.elts if isinstance(node.value, (ast.Tuple, ast.List)) else []
    for part, value in zip(target.elts, values):
        if isinstance(part, ast.Attribute) and module.resolve(part) == BENCHMARK:
            yield node, value


def judge(module):
    for node, value in settings(module):
        if value is None:
            continue
        value = module.value(value)
        if is_constant(value, True, 1) or not (isinstance(value, ast.Constant) or isinstance(value, ast.UnaryOp)):
            yield Finding(
                "DET312", "library-selection", node,
                message="cuDNN times its algorithms in every run, and takes the fastest",
                label="timings decide which algorithm rounds the results",
                fix=f"set `{module.spelling(BENCHMARK)} = False`, and "
                    f"`{module.spelling('torch.backends.cudnn.deterministic')} = True`")
