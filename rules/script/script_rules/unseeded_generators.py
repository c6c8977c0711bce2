"""Generators that are made without a seed, and take one from the system's entropy."""
import ast

from .finding import Finding

# Where the seed stands, by position and by name.
GENERATORS = {
    "numpy.random.default_rng": (0, "seed"),
    "numpy.random.RandomState": (0, "seed"),
    "numpy.random.SeedSequence": (0, "entropy"),
    "numpy.random.PCG64": (0, "seed"),
    "numpy.random.MT19937": (0, "seed"),
    "numpy.random.Philox": (0, "seed"),
    "numpy.random.SFC64": (0, "seed"),
    "random.Random": (0, "x"),
}


def is_none(node):
    return isinstance(node, ast.Constant) and node.value is None


def seed_of(call, position, keyword):
    """The seed's expression; None where there is none, or it is None itself."""
    if any(isinstance(each, ast.Starred) for each in call.args) or any(k.arg is None for k in call.keywords):
        return call  # `*arguments`: it may be among them
    found = call.args[position] if len(call.args) > position else None
    for each in call.keywords:
        if each.arg == keyword:
            found = each.value
    return None if found is None or is_none(found) else found


def judge(module):
    for call, name in module.calls():
        if name in GENERATORS and seed_of(call, *GENERATORS[name]) is None:
            yield Finding(
                "DET301", "unseeded-rng", call,
                message=f"`{name}` is made without a seed",
                label="takes its seed from the system's entropy",
                fix=f"pass a seed of the run's configuration: `{name}(seed)`")
