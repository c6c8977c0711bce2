"""How long one of Python's threads computes before another may: five milliseconds, in which whole jobs end, so that
threads take turns in one order however a machine is loaded. Runs that perturb the schedule have other, shorter turns;
the first has those that the script has alone."""

import sys

from . import guard, native

_SHORTEST_SECONDS = 50e-6
_LENGTHS = 4  # from run to run
_FIRST_RUN = 1


@guard.quietly
def perturb():
    seed = native.schedule_seed()
    if seed <= _FIRST_RUN:
        return
    read = sys.getswitchinterval
    alone = read()
    sys.setswitchinterval(_SHORTEST_SECONDS * (1 + (seed - _FIRST_RUN - 1) % _LENGTHS))
    ours = read()

    def getswitchinterval():
        """Return the current thread switch interval; see sys.setswitchinterval()."""
        seconds = read()
        return alone if seconds == ours else seconds

    sys.getswitchinterval = getswitchinterval
