"""Keras 3, on whichever backend: steps, losses and metrics, weights, and seeds that nobody gave."""

import atexit
import ctypes
import sys

from . import guard, location, native, phases


def attach(module):
    version = getattr(module, "__version__", "unknown version")
    native.adapter(b"keras", version.encode())
    if version.partition(".")[0] != "3":
        native.unseen(b"Keras %s: only version 3 is known; steps, metrics and layers' seeds"
                      % version.encode())
        return
    for part in (_watch_seeds, _watch_loops, _watch_phases, _watch_settings):
        try:
            part()
        except Exception as error:
            guard.failed("Keras %s, %s" % (version, part.__name__), error)


def _watch_seeds():
    """Layers and initialisers without a seed take one here, from Python's global generator. The one that is set for
    all is kept as a global attribute, before it is handed on to Python, NumPy and the backend."""
    from keras.src.backend.common import global_state
    from keras.src.random import seed_generator
    from keras.src.utils import rng_utils

    keep = global_state.set_global_attribute

    def set_global_attribute(name, value):
        if name == rng_utils.GLOBAL_RANDOM_SEED:
            _seeded(value)
        return keep(name, value)

    set_global_attribute.__wrapped__ = keep
    global_state.set_global_attribute = set_global_attribute

    make = seed_generator.make_default_seed

    def make_default_seed():
        _unseeded()
        return make()

    make_default_seed.__wrapped__ = make
    for name, module in list(sys.modules.items()):
        if name.startswith("keras.") and getattr(module, "make_default_seed", None) is make:
            module.make_default_seed = make_default_seed


@guard.quietly
def _seeded(seed):
    native.state(b"keras.utils.set_random_seed", None, location.where(), repr(seed).encode())


@guard.quietly
def _unseeded():
    from keras.src.utils import rng_utils

    if rng_utils.get_random_seed() is None:
        native.entropy(b"%s(seed=None)" % _maker(sys._getframe(3)), location.where())


def _maker(frame):
    """Who is being made: the outermost of Keras's own constructors that are running."""
    name = "keras.random"
    while frame is not None and location.users_file(frame.f_code.co_filename) is None:
        made = frame.f_locals.get("self") if frame.f_code.co_name == "__init__" else None
        kind = type(made)
        if made is not None and kind.__module__.startswith("keras."):
            room = next((room for room in ("layers", "initializers") if "." + room in kind.__module__),
                        "random")
            name = "keras.%s.%s" % (room, kind.__qualname__)
        frame = frame.f_back
    return name.encode()


def _watch_loops():
    from keras.src.callbacks import callback_list

    kind = callback_list.CallbackList
    for phase in ("train", "test", "predict"):
        _after(kind, "on_%s_begin" % phase, _begun)
        _after(kind, "on_%s_end" % phase, _ended)
        _before(kind, "on_%s_batch_begin" % phase, _next_step)
        _before(kind, "on_%s_batch_end" % phase, _batch_end(phase))
    _before(kind, "on_epoch_end", _epoch_end)


def _watch_phases():
    from keras.src.models.model import Model
    from keras.src.optimizers.optimizer import Optimizer

    for name, phase in (("fit", native.TRAINING), ("train_on_batch", native.TRAINING),
                        ("evaluate", native.EVALUATION), ("test_on_batch", native.EVALUATION),
                        ("predict", native.EVALUATION), ("predict_on_batch", native.EVALUATION)):
        phases.watch(Model, name, phase, b"keras.Model.%s" % name.encode())
    phases.watch(Optimizer, "apply", native.TRAINING, b"keras.optimizers.Optimizer.apply")


def _before(kind, name, function):
    method = getattr(kind, name)

    def watched(self, *arguments, **named):
        function(self, *arguments, **named)
        return method(self, *arguments, **named)

    watched.__name__, watched.__qualname__ = method.__name__, method.__qualname__
    watched.__doc__, watched.__wrapped__ = method.__doc__, method
    setattr(kind, name, watched)


def _after(kind, name, function):
    method = getattr(kind, name)

    def watched(self, *arguments, **named):
        try:
            return method(self, *arguments, **named)
        finally:
            function(self, *arguments, **named)

    watched.__name__, watched.__qualname__ = method.__name__, method.__qualname__
    watched.__doc__, watched.__wrapped__ = method.__doc__, method
    setattr(kind, name, watched)


def _tensorflow():
    """Our adapter of TensorFlow, where that is what counts steps beside us."""
    return sys.modules.get(__package__ + ".tensorflow_adapter")


@guard.quietly
def _begun(callbacks, *arguments, **named):
    if _tensorflow():
        _tensorflow().steps_are_counted(+1)


@guard.quietly
def _ended(callbacks, *arguments, **named):
    _record_weights(callbacks)
    if _tensorflow():
        _tensorflow().steps_are_counted(-1)


@guard.quietly
def _next_step(callbacks, *arguments, **named):
    native.next_step()


def _batch_end(phase):
    @guard.quietly
    def ended(callbacks, batch, logs=None):
        if phase != "predict":
            _record_metrics(phase, logs)
        model = getattr(callbacks, "_model", None)
        if getattr(model, "jit_compile", False):
            _record_weights(callbacks)  # what XLA reads and writes is not seen

    return ended


@guard.quietly
def _epoch_end(callbacks, epoch, logs=None):
    _record_metrics("epoch", logs)


def _record_metrics(phase, logs):
    if not logs:
        return
    where = location.where(3)
    for name, value in logs.items():
        try:
            native.metric(("%s %s" % (phase, name)).encode(), where, float(value))
        except (TypeError, ValueError):
            native.unseen(b"a metric that is no number", name.encode())


def _record_weights(callbacks):
    """Read once more, each under its name: what the last step made of them has no other reader."""
    from keras.src import backend

    model = getattr(callbacks, "_model", None)
    if model is None or backend.backend() != "tensorflow" or not model.built:
        return
    name_as = ctypes.PyDLL(None).detaudit_tensorflow_as
    name_as.restype, name_as.argtypes = None, (ctypes.c_char_p, ctypes.c_char_p)
    for weight in model.weights:
        path = weight.path.encode()
        name_as(b"keras.weight", path)
        try:
            weight.value.read_value()
        finally:
            name_as(None, None)


def _watch_settings():
    atexit.register(guard.quietly(_tell_settings))


def _tell_settings():
    from keras.src.utils import rng_utils

    seed = rng_utils.get_random_seed()
    native.setting(b"keras.utils.set_random_seed", b"not called" if seed is None else b"%d" % seed)
    native.setting(b"keras.backend.backend", sys.modules["keras"].backend.backend().encode())
