"""Generators that are made without a seed, and take one from the system's entropy."""
import ast

from .call import argument, keyword, method
from .finding import Finding

# Where the seed stands, by position and by name.
GENERATORS = {
    "numpy.random.default_rng": (0, "seed"),
    "numpy.random.RandomState": (0, "seed"),
    "numpy.random.SeedSequence": (0, "entropy"),
    "numpy.random.PCG64": (0, "seed"),
    "numpy.random.PCG64DXSM": (0, "seed"),
    "numpy.random.MT19937": (0, "seed"),
    "numpy.random.Philox": (0, "seed"),
    "numpy.random.SFC64": (0, "seed"),
    "cupy.random.default_rng": (0, "seed"),
    "cupy.random.RandomState": (0, "seed"),
    "random.Random": (0, "x"),
}


SEEDING = {"seed", "setstate", "set_state"}


def is_seeded_later(module, call):
    """`rng = random.Random()`, then `rng.seed(7)`, or a state that was kept."""
    holder = module.parents[call]
    targets = holder.targets if isinstance(holder, ast.Assign) else [getattr(holder, "target", None)]
    names = {ast.unparse(target) for target in targets if isinstance(target, (ast.Name, ast.Attribute))}
    return any(method(node) in SEEDING and node.args and ast.unparse(node.func.value) in names for node in module.nodes)


def factories(module):
    """(node, name) of generators' functions that others call: `field(default_factory=numpy.random.default_rng)`."""
    for call, name in module.calls():
        made = keyword(call, "default_factory")
        if name == "collections.defaultdict" and call.args:
            made = call.args[0]
        by = made is not None and not isinstance(made, ast.Call) and module.resolve(made)
        if by in GENERATORS:
            yield made, by


def judge(module):
    for node, name in factories(module):
        yield Finding(
            "DET301", "unseeded-rng", node,
            message=f"`{name}` is handed on, and makes generators without a seed",
            label="each takes its seed from the system's entropy",
            fix=f"hand on what passes a seed of the run's configuration: `lambda: {module.spelling(name)}(seed)`")
    for call, name in module.calls():
        if name not in GENERATORS or argument(call, *GENERATORS[name]) is not None:
            continue
        if is_seeded_later(module, call):
            continue
        if name.endswith("Philox") and argument(call, 2, "key") is not None:
            continue
        yield Finding(
            "DET301", "unseeded-rng", call,
            message=f"`{name}` is made without a seed",
            label="takes its seed from the system's entropy",
            call=name,
            fix=f"pass a seed of the run's configuration: `{module.spelling(name)}(seed)`")
