"""Starts detaudit's adapters in an interpreter under audit, and steps out of the way.

The launcher puts this folder first on PYTHONPATH, so that the interpreter's start-up hook finds this
file before the user's own sitecustomize, which then runs as it would have without us.
"""

import sys


def _start(folder):
    # What the script sees of its path is what it would see alone.
    if folder in sys.path:
        sys.path.remove(folder)
    import os

    if "DETAUDIT_CONTROL" not in os.environ:
        return
    sys.path.insert(0, folder)
    try:
        import detaudit_adapter
    finally:
        sys.path.remove(folder)
    detaudit_adapter.start()


try:
    _start(__file__.rpartition("/")[0])
except Exception:
    pass  # an audit without an adapter says so; the script must not notice
finally:
    # The module of this name is the user's from here on. Where there is none, that is an ImportError
    # of this name, which the interpreter expects.
    del sys.modules["sitecustomize"]
    del _start, sys
import sitecustomize
