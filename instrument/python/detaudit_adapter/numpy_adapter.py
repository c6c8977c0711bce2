"""NumPy's generators: those made without a seed, which no global seed reaches, and the legacy one."""

import linecache
import os

from . import first_draw, guard, location, native

_DRAWS = ("beta", "binomial", "bytes", "chisquare", "choice", "dirichlet", "exponential", "f", "gamma",
          "geometric", "gumbel", "hypergeometric", "laplace", "logistic", "lognormal", "logseries",
          "multinomial", "multivariate_normal", "negative_binomial", "noncentral_chisquare",
          "noncentral_f", "normal", "pareto", "permutation", "poisson", "power", "rand", "randint",
          "randn", "random", "random_integers", "random_sample", "ranf", "rayleigh", "sample", "shuffle",
          "standard_cauchy", "standard_exponential", "standard_gamma", "standard_normal", "standard_t",
          "triangular", "uniform", "vonmises", "wald", "weibull", "zipf")

# What makes a generator of its own, when it is given no seed.
_MAKERS = ("default_rng", "RandomState", "PCG64DXSM", "PCG64", "MT19937", "Philox", "SFC64", "SeedSequence")


def attach(module):
    import numpy

    native.adapter(b"numpy", numpy.__version__.encode())
    watch = first_draw.Watch(module, _DRAWS, _drawn_unseeded)
    _watch_seeds(module, watch)
    _watch_entropy(module)


@guard.quietly
def _drawn_unseeded(name):
    native.entropy(b"numpy.random.%s() unseeded" % name.encode(), location.where())


def _watch_seeds(module, watch):
    """The legacy generator's seeds."""
    seed = module.seed

    class Seed(first_draw.StandIn):
        __slots__ = ()

        def __call__(self, *arguments, **named):
            watch.stop()
            result = seed(*arguments, **named)
            given = arguments[0] if arguments else named.get("seed")
            _seeded(module, given is None)
            return result

    module.seed = Seed(seed, watch)


@guard.quietly
def _seeded(module, from_entropy):
    where = location.where()
    if from_entropy:
        native.entropy(b"numpy.random.seed()", where)
        return
    state = module.get_state()
    native.state(b"numpy.random.seed", None, where, state[1].tobytes() + repr(state[2:]).encode())


def _watch_entropy(module):
    """Every seed that NumPy draws for want of one comes through here, whatever asked for it."""
    sequences = module.bit_generator
    randbits = sequences.randbits

    def watched_randbits(bits):
        _read_entropy()
        return randbits(bits)

    sequences.randbits = watched_randbits


@guard.quietly
def _read_entropy():
    if not location.made_by_user():
        return
    where = location.where()
    line = linecache.getline(os.fsdecode(where[0]), where[1]) if where[0] is not None else ""
    maker = next((name for name in _MAKERS if name in line), None)
    if maker is None:
        # Seeding the legacy generator without a seed is told where that is called.
        if "seed(" not in line:
            native.entropy(b"numpy.random generator without a seed", where)
        return
    native.entropy(b"numpy.random.%s()" % maker.encode(), where)
