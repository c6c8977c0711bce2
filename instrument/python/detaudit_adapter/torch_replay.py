"""ATen ops executed again on their inputs, where a run asks for that: in place, by the recorder.

An op that returns fresh tensors is executed once to learn them, and from then on into them. Ops that draw
from a generator are left out: they take another state each time, and it is an input of theirs.
"""

import ctypes

import torch

from . import native

_ELEMENT_BYTES = (1, 4, 8, 2, 2, 4, 8)  # by detaudit_dtype


class _Buffer(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("data", ctypes.c_void_p), ("elements", ctypes.c_size_t),
                ("dtype", ctypes.c_int)]


def _buffers(words, names):
    """The buffers that `words` describe, and what must outlive them; None where one is not contiguous."""
    found, kept, at = [], [], 0
    while at < len(words):
        address, dtype, item, dimensions = words[at:at + 4]
        if dimensions == -1:
            values = words[at + 5:at + 5 + words[at + 4]]
            kept.append((ctypes.c_int64 * len(values))(*values))
            found.append((ctypes.addressof(kept[-1]), dtype, len(values)))
            at += 5 + len(values)
        elif dimensions == 1 and words[at + 5] == item:
            found.append((address, dtype, words[at + 4] * item // _ELEMENT_BYTES[dtype]))
            at += 6
        else:
            return None, None
    names = names.split(b"\0") if names else ()
    array = (_Buffer * len(found))()
    for i, (address, dtype, elements) in enumerate(found):
        array[i] = _Buffer(names[i] if i < len(names) else b"", address, elements, dtype)
    return array, kept


def _flat(result):
    if isinstance(result, torch.Tensor):
        return [result]
    return [each for each in result if isinstance(each, torch.Tensor)] if type(result) in (tuple, list) else []


def _once(call, args, kwargs):
    """With as many threads as the recorder wants now."""
    wanted = torch.get_num_threads()
    allowed = native.workers(wanted)
    if allowed == wanted:
        return call(*args, **kwargs)
    torch.set_num_threads(allowed)
    try:
        return call(*args, **kwargs)
    finally:
        torch.set_num_threads(wanted)


def run(plan, args, kwargs, place, inputs, describe_outputs):
    """(True, result) when the op was executed and recorded here; (False, None): it was not touched."""
    given, kept = _buffers(inputs, None)
    if given is None:
        return False, None
    result = None if plan.mutated else plan.call(*args, **kwargs)
    fresh = _flat(result)
    words = []
    describe_outputs(plan, args, kwargs, result, words)
    written, _ = _buffers(words, plan.names)
    if written is None or not len(written):
        return (True, result) if not plan.mutated and _recorded_alone(plan, place, inputs, words) else (False, None)
    failed = []

    def body(_):
        nonlocal result
        try:
            again = _once(plan.call, args, kwargs)
            if plan.mutated:
                result = again
            for into, new in zip(fresh, _flat(again)):
                into.copy_(new)
        except BaseException as error:
            failed.append(error)

    key, where = place
    native.run(plan.name, key, where, given, written, body)
    del kept
    if failed:
        raise failed[0]
    return True, result


def _recorded_alone(plan, place, inputs, outputs):
    """An op that was executed already, and cannot be again: an event as ever."""
    key, where = place
    native.end(native.begin(plan.name, key, where, inputs, _count(inputs)), outputs, _count(outputs), plan.names)
    return True


def _count(words):
    count, at = 0, 0
    while at < len(words):
        count += 1
        at += 5 + words[at + 4] if words[at + 3] == -1 else 4 + 2 * words[at + 3]
    return count
