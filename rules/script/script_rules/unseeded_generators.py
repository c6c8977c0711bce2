"""Generators that are made without a seed, and take one from the system's entropy."""
from .call import argument
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


def judge(module):
    for call, name in module.calls():
        if name not in GENERATORS or argument(call, *GENERATORS[name]) is not None:
            continue
        if name.endswith("Philox") and argument(call, 2, "key") is not None:
            continue
        yield Finding(
            "DET301", "unseeded-rng", call,
            message=f"`{name}` is made without a seed",
            label="takes its seed from the system's entropy",
            fix=f"pass a seed of the run's configuration: `{module.spelling(name)}(seed)`")
