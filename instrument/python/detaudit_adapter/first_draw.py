"""Notices the first draw from a global generator that nobody has seeded.

The generator's functions are stood in for until one of them is called, or the generator seeded; then
the module has its own functions back. Who took a stand-in meanwhile keeps one that passes calls on.
What a library draws while it is imported does not count.
"""

from . import location
from .passed_on import PassedOn


class StandIn(PassedOn):
    __slots__ = ("_watch",)

    def __init__(self, function, watch):
        super().__init__(function)
        self._watch = watch

    def __call__(self, *arguments, **named):
        if self._watch.waiting:
            self._watch.drawn(self._function.__name__)
        return self._function(*arguments, **named)


class Watch:
    """Of one module's global generator. `found(name)` is called at the first draw, once."""

    def __init__(self, module, names, found):
        self.waiting = True
        self._found = found
        self._module = module
        self._functions = {}
        for name in names:
            function = getattr(module, name, None)
            if function is not None:
                self._functions[name] = (function, StandIn(function, self))
                setattr(module, name, self._functions[name][1])

    def drawn(self, name):
        if location.importing():
            return
        self.stop()
        self._found(name)

    def stop(self):
        self.waiting = False
        for name, (function, stand_in) in self._functions.items():
            if getattr(self._module, name, None) is stand_in:
                setattr(self._module, name, function)
        self._functions.clear()
