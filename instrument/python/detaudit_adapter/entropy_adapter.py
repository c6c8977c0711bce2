"""What a script itself asks the system's entropy for, by no generator: `os.urandom`, `uuid.uuid4`, `secrets` and
`random.SystemRandom`. What libraries ask on their own behalf is recorded as that of the process, by the libc probe."""

import sys

from . import guard, location, native
from .passed_on import PassedOn

# Whose functions ask for their callers; what is recorded is the outermost of them.
_BEHALF = {location.LIBRARY + name: name[:-3] for name in ("uuid.py", "secrets.py", "random.py")}


class _Asked(PassedOn):
    __slots__ = ()
    __module__ = "os"  # where pickle finds it

    def __call__(self, *arguments, **named):
        _asked()
        return self._function(*arguments, **named)


def attach(module):
    """`module` is os, before any other that takes its function is imported, or after: those are given it too."""
    original = module.urandom
    asked = module.urandom = _Asked(original)
    for name, attribute in (("random", "_urandom"), ("uuid", "urandom")):
        other = sys.modules.get(name)
        if other is not None and getattr(other, attribute, None) is original:
            setattr(other, attribute, asked)


@guard.quietly
def _asked():
    frame, what = sys._getframe(3), b"os.urandom()"
    while frame is not None:
        name = frame.f_code.co_filename
        if name in _BEHALF:
            what = _BEHALF[name].encode() + b"." + frame.f_code.co_name.encode() + b"()"
            if what.startswith(b"random."):
                what = b"random.SystemRandom()"
        else:  # another adapter, such as NumPy's, tells itself what asked
            file = None if name.startswith(location.OURS) else location.users_file(name)
            if file is not None:
                native.entropy(what, (file, frame.f_lineno or 0))
            return
        frame = frame.f_back
