"""PyTorch's generators: a generator's state is an event where it is not what the last op left, and an
input of the ops that draw from it."""

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from . import guard, location, native


def _as_ops_have_it(generator):
    """The Python object that ops are given for a generator: for the default one another than its own."""

    class Look(TorchDispatchMode):
        seen = generator

        @classmethod
        def _should_skip_dynamo(cls):
            return False  # or the compiler would be imported, a second of its own

        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            self.seen = (kwargs or {}).get("generator", generator)
            return args[0]

    nothing = torch.empty(0)
    with Look() as look:
        nothing.random_(generator=generator)  # looked at, and not executed
    return look.seen


_default = torch.default_generator
_default_given = _as_ops_have_it(_default)
_born_with = _default.initial_seed()  # of the system's entropy, until somebody seeds it
_default_left = None  # the state that its last op left
_told = False  # that nobody seeded it before a draw
# The states that ops left in other generators, oldest first. Known by these alone: a new generator may have
# an old one's address in one run and not in another.
_left = {}
_MOST = 256
_seeded_at = None  # where the default generator was seeded last, until it is drawn from


def _is_on_cpu(args, kwargs):
    device = kwargs.get("device")
    if device is None:
        device = next((value.device for value in args if isinstance(value, torch.Tensor)), None)
    return device is None or device.type == "cpu"


def _generator_of(args, kwargs):
    """What an op draws from; None: nothing here. Of a tensor on `meta` nothing is drawn, and devices have their own."""
    if not _is_on_cpu(args, kwargs):
        return None
    found = kwargs.get("generator")
    if found is None:
        for value in args:
            if type(value) is torch.Generator:
                found = value
    return _default if found is None or found is _default_given else found


def before(args, kwargs, words):
    """The state that an op draws from, as a further input. Returns what must live until it is read."""
    global _seeded_at, _told
    generator = _generator_of(args, kwargs)
    if generator is None or generator.device.type != "cpu":
        return None
    state = generator.get_state()
    data = state.numpy().tobytes()
    if generator is _default:
        if not _told and generator.initial_seed() == _born_with:
            _told = True
            native.entropy(b"torch.default_generator unseeded", location.where())
        if data != _default_left:
            native.state(b"torch.default_generator", None, _seeded_at or location.where(), data)
        _seeded_at = None
    elif _left.pop(data, None) is None:
        native.state(b"torch.Generator", None, location.where(), data)
    words += (state.data_ptr(), 0, 1, 1, state.numel(), 1)
    return state


def after(args, kwargs):
    global _default_left
    generator = _generator_of(args, kwargs)
    if generator is None or generator.device.type != "cpu":
        return
    data = generator.get_state().numpy().tobytes()
    if generator is _default:
        _default_left = data
        return
    if len(_left) >= _MOST:
        del _left[next(iter(_left))]
    _left[data] = True


def watch_seeds():
    """Seeds of the default generator that come from the system, and the place of those that do not."""
    for module in (torch, torch.random):
        _watch(module, "seed", True)
        _watch(module, "manual_seed", False)


def _watch(module, name, from_entropy):
    original = getattr(module, name)

    def seeding(*arguments, **named):
        result = original(*arguments, **named)
        _seeded(from_entropy)
        return result

    seeding.__wrapped__ = original
    for attribute in ("__name__", "__qualname__", "__module__", "__doc__", "__annotations__"):
        setattr(seeding, attribute, getattr(original, attribute))
    setattr(module, name, seeding)


@guard.quietly
def _seeded(from_entropy):
    global _seeded_at
    _seeded_at = location.where()
    if from_entropy:
        native.entropy(b"torch.seed()", _seeded_at)
