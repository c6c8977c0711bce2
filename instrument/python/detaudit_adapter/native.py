"""The recorder's C interface (instrument/api/adapter.h), as the adapters call it.

Calls keep the interpreter's lock: they are short, and giving it up would be a place where threads
change turns that the script alone does not have.
"""

import ctypes
import struct
import sys
from _thread import _local

VERSION = 3

_U8, _I32, _I64, _F16, _BF16, _F32, _F64 = range(7)

# By name: the element type in which differences are told, and the bytes of an item.
DTYPES = {
    "bool": (_U8, 1), "int8": (_U8, 1), "uint8": (_U8, 1), "int16": (_U8, 2), "uint16": (_U8, 2),
    "int32": (_I32, 4), "uint32": (_I32, 4), "int64": (_I64, 8), "uint64": (_I64, 8),
    "float16": (_F16, 2), "bfloat16": (_BF16, 2), "float32": (_F32, 4), "float64": (_F64, 8),
    "complex64": (_F32, 8), "complex128": (_F64, 16),
}

_ENTROPY, _CLOCK, _SETTING, _ADAPTER, _UNSEEN, _UNORDERED, _MODE, _PRINTED, _OPENED = 1, 2, 18, 21, 22, 29, 30, 32, 33

# What the model is doing, for phase().
UNKNOWN, TRAINING, EVALUATION, GRADIENTS_OFF = range(4)

_BODY = ctypes.PYFUNCTYPE(None, ctypes.c_void_p)

_packers = {}
phase = None  # one of the above: events of this thread say so from now on
aside = None  # aside(1): what this thread calls is a library's own doing, until aside(0)
_collective = _begin = _end = _state = _batch = _metric = _note = _step = _location = _run = _replays = None
schedule_seed = None  # what the run perturbs the schedule of threads by; 0: it does not
workers = None  # how many threads an op may use now, of so many
_steps = _local()  # a thread that has steps counts its own


def open_library():
    """Finds the recorder in this process. False: there is none of our version, or it records nothing."""
    try:
        return _open(ctypes.PyDLL(None))
    except (OSError, AttributeError):
        return False


def _open(library):
    global phase, aside, workers, schedule_seed
    global _collective, _begin, _end, _state, _batch, _metric, _note, _step, _location, _run, _replays
    text, word = ctypes.c_char_p, ctypes.c_uint32

    def function(name, result, *arguments):
        found = getattr(library, name)
        found.restype, found.argtypes = result, arguments
        return found

    opened = function("detaudit_adapter_open", ctypes.c_int, word, text)
    _begin = function("detaudit_adapter_begin", ctypes.c_void_p, text, text, text, word, text, word, text)
    _collective = function("detaudit_adapter_begin_collective", ctypes.c_void_p, text, text, text, word, text, word)
    phase = function("detaudit_adapter_phase", None, word)
    aside = function("detaudit_adapter_aside", None, ctypes.c_int)
    _end = function("detaudit_adapter_end", None, ctypes.c_void_p, text, word, text)
    _state = function("detaudit_adapter_state", None, text, text, text, word, text, ctypes.c_size_t)
    _batch = function("detaudit_adapter_batch", None, text, text, text, word, text, word)
    _metric = function("detaudit_adapter_metric", None, text, text, word, ctypes.c_double)
    _note = function("detaudit_adapter_note", None, word, text, text, ctypes.c_uint64)
    _step = function("detaudit_step", None, ctypes.c_uint64)
    _location = function("detaudit_location", None, text, word)
    pointer = ctypes.c_void_p
    _run = function("detaudit_op_run", None, text, text, pointer, ctypes.c_size_t, pointer, ctypes.c_size_t, _BODY,
                    pointer)
    _replays = function("detaudit_adapter_replays", ctypes.c_int, text)
    workers = function("detaudit_workers", word, word)
    schedule_seed = function("detaudit_adapter_schedule_seed", ctypes.c_uint64)
    who = "CPython %d.%d.%d" % sys.version_info[:3]
    return opened(VERSION, who.encode()) == 1


_hooks = []  # the interpreter calls them for as long as it lives


def when_opening(told):
    """told(path, mode, flags) before a file is opened."""
    library, pointer = ctypes.PyDLL(None), ctypes.c_void_p
    hook = ctypes.PYFUNCTYPE(None, ctypes.py_object)(lambda arguments: told(*arguments))
    _hooks.append(hook)
    add = library.PySys_AddAuditHook
    add.argtypes = pointer, pointer
    add(ctypes.cast(library.detaudit_adapter_audit, pointer), ctypes.cast(hook, pointer))


def _packed(words):
    count = len(words)
    pack = _packers.get(count)
    if pack is None:
        pack = _packers[count] = struct.Struct("=%dq" % count).pack
    return pack(*words)


def words(address, dtype, sizes, strides):
    return [address, dtype[0], dtype[1], len(sizes), *sizes, *strides]


def inline_words(values):
    """A buffer that holds these ints: arguments that are no arrays."""
    return [0, _I64, 8, -1, len(values), *values]


def array_words(array):
    dtype = array.dtype
    kind = DTYPES.get(dtype.name)
    if kind is None:
        if dtype.hasobject:
            return None
        kind = (_U8, dtype.itemsize)
    if not kind[1]:
        return None
    return [array.ctypes.data, kind[0], kind[1], array.ndim, *array.shape, *array.strides]


def begin(op, key, where, words, count, names=None):
    return _begin(op, key, where[0], where[1], _packed(words), count, names)


def begin_collective(op, key, where, words, count):
    return _collective(op, key, where[0], where[1], _packed(words), count)


def end(handle, words, count, names=None):
    if handle:
        _end(handle, _packed(words), count, names)


def replays(op=None):
    """Whether this run executes `op`, or anything, again."""
    return _replays(op) != 0


def run(op, key, where, inputs, outputs, body):
    """body(None) as an op that is executed again where the run asks for it (detaudit_op_run)."""
    _location(where[0], where[1])
    _run(op, key, ctypes.addressof(inputs), len(inputs), ctypes.addressof(outputs), len(outputs), _BODY(body), None)


def state(stream, key, where, data):
    _state(stream, key, where[0], where[1], data, len(data))


def batch(dataset, key, where, words, count):
    _batch(dataset, key, where[0], where[1], _packed(words), count)


def metric(name, where, value):
    _metric(name, where[0], where[1], value)


def step(number):
    _steps.current = number
    _step(number)


def next_step():
    step(getattr(_steps, "current", 0) + 1)


def entropy(what, where):
    from . import location

    _note(_ENTROPY, what, location.site(where), 1)


def clock(what, where):
    from . import location

    _note(_CLOCK, what, location.site(where), 1)


def unordered(what, where):
    from . import location

    _note(_UNORDERED, what, location.site(where), 1)


def printed(what, where):
    """Text for stdout: b"OFFSET HEX", its first bytes; nothing of it and no place: what follows is not known."""
    from . import location

    _note(_PRINTED, what, location.site(where), 1)


def opened(path, where):
    """A file, to be written."""
    from . import location

    _note(_OPENED, path, location.site(where), 1)


def trained(shown):
    """Gradients were computed, or applied."""
    _note(_MODE, b"training", shown, 1)


def inferred(shown):
    """A model was used without any."""
    _note(_MODE, b"inference", shown, 1)


def setting(what, text):
    _note(_SETTING, what, text, 1)


def adapter(what, version):
    _note(_ADAPTER, what, version, 1)


def unseen(what, of=None, count=1):
    _note(_UNSEEN, what, of, count)
