"""Keeps errors of ours out of the subject."""

import functools
import importlib

from . import native


def failed(what, error):
    native.unseen(b"what an adapter could not follow", ("%s: %s: %s" % (what, type(error).__name__, error)).encode())


_hides_frames = False


def hide_frames():
    """What is printed of an error that nobody caught has no frame of ours in it."""
    global _hides_frames
    import sys
    import threading

    if _hides_frames:
        return
    _hides_frames = True
    before, in_threads = sys.excepthook, threading.excepthook

    def excepthook(kind, value, traceback):
        before(kind, value, _hidden(value, traceback))

    def thread_excepthook(arguments):
        _hidden(arguments.exc_value, arguments.exc_traceback)
        in_threads(arguments)

    sys.excepthook, threading.excepthook = excepthook, thread_excepthook


def _hidden(value, traceback):
    from . import location

    seen = set()
    while value is not None and id(value) not in seen:
        seen.add(id(value))
        link = value.__traceback__
        while link is not None:
            while link.tb_next is not None and link.tb_next.tb_frame.f_code.co_filename.startswith(
                    location.OURS):
                link.tb_next = link.tb_next.tb_next
            link = link.tb_next
        value = value.__cause__ or value.__context__
    return traceback


def quietly(function):
    @functools.wraps(function)
    def guarded(*arguments, **named):
        try:
            return function(*arguments, **named)
        except Exception as error:
            failed(function.__name__, error)

    return guarded


def attaching(framework, adapter):
    """The function that attaches one of our modules to a framework once that is imported."""

    def attach(module):
        try:
            importlib.import_module("." + adapter, __package__).attach(module)
        except Exception as error:
            failed(framework, error)

    return attach
