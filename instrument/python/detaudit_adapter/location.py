"""Where in the user's own code we are."""

import os
import sys

LIBRARY = os.path.dirname(os.__file__) + os.sep
OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_RANDOM = LIBRARY + "random.py"
_INSTALLED = (os.sep + "site-packages" + os.sep, os.sep + "dist-packages" + os.sep)
_TYPED_IN = ("<string>", "<stdin>", "<ipython-input", "<console>")  # python -c and the like

_IMPORTING = "<frozen importlib"
_REWRITTEN = "__autograph_generated_file"  # what TensorFlow made of the user's functions

_files = {}  # file name of a code object -> the bytes to record, or None when it is not the user's
NOWHERE = (None, 0)


def _classify(name):
    if name.startswith("<"):
        known = name.encode() if name.startswith(_TYPED_IN) else None
    elif _REWRITTEN in name:
        known = None
    elif name.startswith((LIBRARY, OURS)) or any(part in name for part in _INSTALLED):
        known = None
    else:
        known = os.fsencode(name)
    _files[name] = known
    return known


def where(depth=1):
    frame = sys._getframe(depth)
    files = _files
    while frame is not None:
        name = frame.f_code.co_filename
        try:
            file = files[name]
        except KeyError:
            file = _classify(name)
        if file is not None:
            return file, frame.f_lineno or 0
        frame = frame.f_back
    return NOWHERE


def where_or_rewritten(depth=1):
    """where(), and whether TensorFlow rewrote the function that is further in."""
    frame = sys._getframe(depth)
    rewritten = False
    while frame is not None:
        name = frame.f_code.co_filename
        rewritten = rewritten or _REWRITTEN in name
        file = users_file(name)
        if file is not None:
            return (file, frame.f_lineno or 0), rewritten
        frame = frame.f_back
    return NOWHERE, rewritten


def users_file(name):
    """A code object's file as it is to be recorded; None where it is not the user's."""
    return _files[name] if name in _files else _classify(name)


def made_by_user():
    """Whether the innermost frame that is neither ours nor of the module `random` is the user's, so that
    what happens is not on some library's behalf."""
    frame = sys._getframe(1)
    while frame is not None:
        name = frame.f_code.co_filename
        if not name.startswith(OURS) and name != _RANDOM:
            return (_files[name] if name in _files else _classify(name)) is not None
        frame = frame.f_back
    return False


def importing():
    """Whether the user's innermost frame waits for an import."""
    frame = sys._getframe(1)
    while frame is not None:
        name = frame.f_code.co_filename
        if name.startswith(_IMPORTING):
            return True
        if users_file(name) is not None:
            return False
        frame = frame.f_back
    return False


def site(where):
    return b"%s:%d" % where if where[0] is not None else b""
