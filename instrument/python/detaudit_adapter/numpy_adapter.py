"""NumPy's generators: the seeds that they are given, those made without one, which no global seed reaches, and the
legacy ones."""

import linecache
import os
import sys
import threading
import types

from . import first_draw, guard, imports, location, native

_DRAWS = ("beta", "binomial", "bytes", "chisquare", "choice", "dirichlet", "exponential", "f", "gamma",
          "geometric", "gumbel", "hypergeometric", "laplace", "logistic", "lognormal", "logseries",
          "multinomial", "multivariate_normal", "negative_binomial", "noncentral_chisquare",
          "noncentral_f", "normal", "pareto", "permutation", "poisson", "power", "rand", "randint",
          "randn", "random", "random_integers", "random_sample", "ranf", "rayleigh", "sample", "shuffle",
          "standard_cauchy", "standard_exponential", "standard_gamma", "standard_normal", "standard_t",
          "triangular", "uniform", "vonmises", "wald", "weibull", "zipf")

# What makes a generator of its own, when it is given no seed.
_MAKERS = ("default_rng", "RandomState", "PCG64DXSM", "PCG64", "MT19937", "Philox", "SFC64", "SeedSequence")

_drawn = {}  # what NumPy drew for want of a seed, oldest first: no seed that was given
_MOST_DRAWN = 256
_making_legacy = threading.local()


def attach(module):
    """`module` is numpy: before 2.0 it imports numpy.random while it is not whole itself."""
    native.adapter(b"numpy", module.__version__.encode())
    imports.when_imported("numpy.random", guard.quietly(_watch_random))


def _watch_random(module):
    watch = first_draw.Watch(module, _DRAWS, _drawn_unseeded)
    _watch_seeds(module, watch)
    _watch_name(module.mtrand, watch)
    _watch_entropy(module)
    _watch_own_seeds(module)
    _watch_legacy(module)


@guard.quietly
def _drawn_unseeded(name):
    native.entropy(b"numpy.random.%s() unseeded" % name.encode(), location.where())


def _watch_name(module, watch):
    """Libraries that are given no seed take the global generator by its name in `module`, numpy.random.mtrand."""
    kind = type(module)
    if not issubclass(kind, types.ModuleType):
        return

    class Module(kind):
        @property
        def _rand(self):
            if watch.waiting:
                _taken_unseeded()
            return self.__dict__["_rand"]

    Module.__name__, Module.__qualname__, Module.__module__ = kind.__name__, kind.__qualname__, kind.__module__
    module.__class__ = Module


@guard.quietly
def _taken_unseeded():
    if not location.importing() and not _asks_for_seed(sys._getframe(2)):
        native.entropy(b"numpy.random.mtrand._rand unseeded", location.where())


def _asks_for_seed(frame):
    """SciPy asks of the global generator whether it has a seed, and draws nothing of it."""
    while frame.f_code.co_filename.startswith(location.OURS):
        frame = frame.f_back
    return "._seed_seq" in linecache.getline(frame.f_code.co_filename, frame.f_lineno or 0)


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
        drawn = randbits(bits)
        _drawn[drawn] = True
        if len(_drawn) > _MOST_DRAWN:
            del _drawn[next(iter(_drawn))]
        return drawn

    sequences.randbits = watched_randbits


@guard.quietly
def _read_entropy():
    if getattr(_making_legacy, "now", False):
        return  # tells itself
    where = location.where()
    if not location.made_by_user():
        if where[0] is not None and not location.importing():
            native.entropy(b"numpy.random generator of a library without a seed", where)
        return
    line = _line(where)
    maker = _maker(line)
    if maker is None:
        # Seeding the legacy generator without a seed is told where that is called.
        if "seed(" not in line:
            native.entropy(b"numpy.random generator without a seed", where)
        return
    native.entropy(b"numpy.random.%s()" % maker.encode(), where)


def _line(where):
    return linecache.getline(os.fsdecode(where[0]), where[1]) if where[0] is not None else ""


def _maker(line):
    return next((name for name in _MAKERS if name in line), None)


def _watch_own_seeds(module):
    """Seeds that are given to anything but a legacy generator: all become words of a sequence here, and so do the
    places of spawned ones among others."""
    sequences = module.bit_generator
    as_words = sequences._coerce_to_uint32_array

    def watched_words(given):
        _given(given)
        return as_words(given)

    sequences._coerce_to_uint32_array = watched_words


@guard.quietly
def _given(seed):
    # Parts of a seed that is a list come here again, and are told once more: that says nothing new.
    if isinstance(seed, tuple) and not seed or isinstance(seed, int) and seed in _drawn:
        return
    if getattr(_making_legacy, "now", False) or not location.made_by_user():
        return
    where = location.where()
    maker = _maker(_line(where))
    data = seed.tobytes() if hasattr(seed, "tobytes") else repr(seed).encode()
    native.state(b"numpy.random.%s" % maker.encode() if maker else b"numpy.random generator", None, where, data)


def _watch_legacy(module):
    """`RandomState` takes a seed after its generator was made, or none. NumPy also asks by this name whether a
    generator is of the kind, which every one is that was before."""
    generator = module.mtrand._MT19937

    class Kind(type(generator)):
        def __instancecheck__(cls, instance):
            return isinstance(instance, generator)

    class MT19937(generator, metaclass=Kind):
        __module__, __qualname__, __doc__ = generator.__module__, generator.__qualname__, generator.__doc__

        def __init__(self, *arguments):
            _making_legacy.now = True
            try:
                super().__init__(*arguments)
            finally:
                _making_legacy.now = False
            self._is_told = False

        def _legacy_seeding(self, seed):
            super()._legacy_seeding(seed)
            self._is_told = True
            _legacy_seeded(self, seed)

        @property
        def capsule(self):  # asked for by what draws from it
            if not self._is_told:
                self._is_told = True
                _legacy_unseeded()
            return super().capsule

        def __reduce__(self):
            make, given, *state = super().__reduce__()
            return (make, tuple(generator if each is MT19937 else each for each in given), *state)

    module.mtrand._MT19937 = MT19937


@guard.quietly
def _legacy_seeded(generator, seed):
    if not location.made_by_user():
        return
    where = location.where()
    if seed is None:
        native.entropy(b"numpy.random.RandomState()", where)
    else:
        native.state(b"numpy.random.RandomState", None, where, generator.state["state"]["key"].tobytes())


@guard.quietly
def _legacy_unseeded():
    if location.made_by_user():
        native.entropy(b"numpy.random.RandomState()", location.where())
