"""What a model is doing while calls run that say so: `fit` trains, `evaluate` and `predict` do not. They nest."""

import threading

from . import native


class _Thread(threading.local):
    def __init__(self):
        self.phases = [native.UNKNOWN]


_thread = _Thread()
_told = set()


def enter(phase):
    _thread.phases.append(phase)
    native.phase(phase)


def leave():
    phases = _thread.phases
    if len(phases) > 1:
        phases.pop()
    native.phase(phases[-1])


def tell(phase, shown):
    """Once each: this process trained, or used a model without."""
    if (phase, shown) not in _told:
        _told.add((phase, shown))
        (native.trained if phase == native.TRAINING else native.inferred)(shown)


def watch(kind, name, phase, shown):
    """Calls of the method `name` of the class are such a phase."""
    owner = next((each for each in kind.__mro__ if name in each.__dict__), None)
    if owner is None:
        native.unseen(b"a method that trains or evaluates", shown)
        return
    method = owner.__dict__[name]

    def watched(self, *arguments, **named):
        tell(phase, shown)
        enter(phase)
        try:
            return method(self, *arguments, **named)
        finally:
            leave()

    watched.__wrapped__ = method
    for attribute in ("__module__", "__name__", "__qualname__", "__doc__", "__annotations__"):
        if hasattr(method, attribute):
            setattr(watched, attribute, getattr(method, attribute))
    setattr(owner, name, watched)
