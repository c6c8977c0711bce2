"""Where an ATen op belongs: the module whose forward runs it, and the line of the user's that asked.

Both come from one walk over the frames, so that modules need no hooks. An op of a backward pass
belongs to the module and line of the forward op that autograd made its node for; nodes and ops share a
sequence number.
"""

import sys
import threading
import weakref

import torch

from . import location, torch_phase

_get_sequence_nr = torch.autograd._get_sequence_nr
_current_node = torch._C._current_autograd_node
_CALL = torch.nn.Module._wrapped_call_impl.__code__
_MOST_NODES = 200_000

_names = {}  # id of a module -> (weak reference, its name as bytes)
_backward_keys = {}


class _Forward(threading.local):
    """Of one thread, whose sequence numbers are its own."""

    def __init__(self):
        self.places = {}  # sequence number of an autograd node -> (key, where)
        self.last = _get_sequence_nr()


_forward = _Forward()


def forget_nodes():
    """After a step: the graphs of earlier ones are gone."""
    if len(_forward.places) > _MOST_NODES // 2:
        _forward.places.clear()


def _name_all(root):
    for path, module in root.named_modules(prefix=type(root).__name__):
        _names[id(module)] = (weakref.ref(module), path.encode())


def _module_name(frame, module):
    """The name of the module whose call `frame` is: from the outermost module that holds it."""
    known = _names.get(id(module))
    if known is not None and known[0]() is module:
        return known[1]
    root = module
    while frame is not None:
        if frame.f_code is _CALL:
            outer = frame.f_locals["self"]
            if any(inner is module for inner in outer.modules()):
                root = outer
        frame = frame.f_back
    _name_all(root)
    return _names[id(module)][1]


def _walk(frame):
    files = location._files
    file, key, module, line = None, None, None, 0
    while frame is not None:
        code = frame.f_code
        if file is None:
            name = code.co_filename
            file = files[name] if name in files else location._classify(name)
            if file is not None:
                line = frame.f_lineno or 0
                if key is not None:
                    break
        if key is None and code is _CALL:
            module = frame.f_locals["self"]
            key = _module_name(frame, module)
            if file is not None:
                break
        frame = frame.f_back
    return key, (file, line), module


def of_op():
    """(key, where) of the op that the calling frame dispatches."""
    node = _current_node()
    if node is not None:
        torch_phase.in_backward()
        made = _forward.places.get(node._sequence_nr())
        if made is not None:
            key, where = made
            backward = _backward_keys.get(key)
            if backward is None:
                backward = _backward_keys[key] = (key + b" (backward)") if key else b"(backward)"
            return backward, where
    key, where, module = _walk(sys._getframe(2))
    place = key, where
    sequence = _get_sequence_nr()
    forward = _forward
    torch_phase.in_forward(module, sequence != forward.last)
    if sequence != forward.last:
        forward.last = sequence
        if len(forward.places) >= _MOST_NODES:
            forward.places.clear()
        forward.places[sequence - 1] = place
    return place
