"""Python's own `random`: seeds given and missing, of the global generator and of others."""

from . import first_draw, guard, location, native

_DRAWS = ("betavariate", "binomialvariate", "choice", "choices", "expovariate", "gammavariate", "gauss",
          "getrandbits", "lognormvariate", "normalvariate", "paretovariate", "randbytes", "randint",
          "random", "randrange", "sample", "shuffle", "triangular", "uniform", "vonmisesvariate",
          "weibullvariate")


def attach(module):
    global_generator = module._inst
    watch = first_draw.Watch(module, _DRAWS, _drawn_unseeded)
    seed = module.Random.seed

    def watched_seed(self, a=None, version=2):
        seed(self, a, version)
        if self is global_generator:
            watch.stop()
        _seeded(self, self is global_generator, a is None)

    watched_seed.__doc__ = seed.__doc__
    watched_seed.__name__, watched_seed.__qualname__ = seed.__name__, seed.__qualname__
    watched_seed.__module__ = seed.__module__
    module.Random.seed = watched_seed
    module.seed = global_generator.seed


@guard.quietly
def _drawn_unseeded(name):
    native.entropy(b"random.%s() unseeded" % name.encode(), location.where())


@guard.quietly
def _seeded(generator, is_global, from_entropy):
    if not is_global and not location.made_by_user():
        return  # a library's own, such as the one that names temporary files
    where = location.where()
    if from_entropy:
        native.entropy(b"random.seed()" if is_global else b"random.Random()", where)
    else:
        native.state(b"random.seed" if is_global else b"random.Random", None, where,
                     repr(generator.getstate()).encode())
