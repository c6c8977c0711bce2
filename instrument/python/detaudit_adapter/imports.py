"""Calls functions right after modules were imported, whoever imports them. What a module computes while it is
imported (NumPy checks its BLAS) is its own doing, and no operation of the program."""

import sys

_waiting = {}  # module name -> functions


def when_imported(name, function):
    module = sys.modules.get(name)
    if module is not None and not getattr(getattr(module, "__spec__", None), "_initializing", False):
        function(module)
        return
    _waiting.setdefault(name, []).append(function)
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)


def _call_after(loader, name):
    """Makes this one execution of the module end in the waiting functions."""
    execute = loader.exec_module

    def exec_module(module):
        from . import native

        del loader.exec_module
        native.aside(1)
        try:
            execute(module)
        finally:
            native.aside(0)
        for function in _waiting.pop(name, ()):
            function(module)

    # Tracebacks leave out frames of the import system, and so this one, which stands in its place.
    exec_module.__code__ = exec_module.__code__.replace(co_filename="<frozen importlib._bootstrap>")
    loader.exec_module = exec_module


class _Finder:
    """Asks the other finders, as the import system would have, and marks what is waited for."""

    def find_spec(self, name, path=None, target=None):
        if name not in _waiting:
            return None
        for finder in sys.meta_path:
            if finder is self or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(name, path, target)
            if spec is None:
                continue
            if hasattr(spec.loader, "exec_module"):
                try:
                    _call_after(spec.loader, name)
                except (AttributeError, TypeError):
                    _cannot_follow(name)
            return spec
        return None


def _cannot_follow(name):
    from . import native

    native.unseen(b"a framework whose import could not be followed", name.encode())


_finder = _Finder()
