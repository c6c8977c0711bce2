"""Ops on tensors of a class that has a `__torch_dispatch__` of its own (DTensor, results of functional collectives, a
script's own): the class gets the call while its thread's mode still watches, so that what it computes on plain
tensors is seen.
"""

from . import guard, native

# Tensors of a compiler that traces: nothing is computed.
_TRACING = frozenset(("FakeTensor", "FunctionalTensor"))


def call(watch, computes, func, types, args, kwargs):
    """What the class makes of the call; `computes`: the op would be an event on plain tensors."""
    if watch.passed_on is func:
        watch.passed_on = None
        return NotImplemented  # so the class is asked, as the call below wants
    if any(each.__name__ in _TRACING for each in types):
        return func(*args, **kwargs)
    seen = watch.seen
    watch.passed_on = func
    try:
        with watch:
            return func(*args, **kwargs)
    finally:
        watch.passed_on = None
        if computes and watch.seen == seen:
            _unseen(types)


@guard.quietly
def _unseen(types):
    for each in types:
        native.unseen(b"operations inside of tensor subclasses", each.__name__.encode())
