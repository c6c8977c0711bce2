"""What a model is doing while an op runs: training, evaluation, or inference, as far as that can be told.

An op of a backward pass or of an optimizer's step trains. One of a module's forward pass trains where its module
is in training mode and gradients are kept; a `torch.autograd.Function` (what torch.compile made is one) turns them off
for its own ops, which go with those before it. Outside of modules an op trains where autograd made a node for it; of
any other nothing is said.
"""

import atexit
import sys
import threading

import torch

from . import guard, native

_grad_enabled = torch.is_grad_enabled
_CALL = torch.nn.Module._wrapped_call_impl.__code__
_Context = torch.autograd.function.FunctionCtx
_UNKNOWN, _TRAINING, _EVALUATION, _GRADIENTS_OFF = (
    native.UNKNOWN, native.TRAINING, native.EVALUATION, native.GRADIENTS_OFF)
_BACKWARD = 4  # to us alone: gradients are computed


class _Thread(threading.local):
    def __init__(self):
        self.phase = _UNKNOWN
        self.stepping = False  # in an optimizer's step


_thread = _Thread()
_trained = _used = _inferred = False  # this process


def in_backward():
    if _thread.phase != _BACKWARD:
        _thread.phase = _BACKWARD
        native.phase(_TRAINING)
        if not _trained:
            _first_training(b"torch.autograd: a backward pass")


def in_forward(module, makes_a_node):
    thread = _thread
    if module is None:
        phase = _TRAINING if makes_a_node or thread.stepping else _UNKNOWN
    elif _grad_enabled():
        phase = _TRAINING if module.training or _outermost_trains() else _EVALUATION
    elif not module.training:
        phase = _EVALUATION
    else:
        phase = _TRAINING if thread.phase != _GRADIENTS_OFF and _in_a_function() else _GRADIENTS_OFF
    if phase != thread.phase:
        thread.phase = phase
        native.phase(phase)
        if module is not None:
            _module_used(phase)


def _outermost_trains():
    """A frozen part of a model that trains is part of that."""
    frame, outermost = sys._getframe(2), None
    while frame is not None:
        if frame.f_code is _CALL:
            outermost = frame.f_locals["self"]
        frame = frame.f_back
    return outermost is not None and outermost.training


def _in_a_function():
    """By its `forward(context, ...)`; one without a context is not told from any other function."""
    frame = sys._getframe(2)
    while frame is not None:
        code = frame.f_code
        if code.co_name == "forward" and code.co_argcount:
            if isinstance(frame.f_locals.get(code.co_varnames[0]), _Context):
                return True
        frame = frame.f_back
    return False


def _module_used(phase):
    global _used, _inferred
    _used = True
    if phase != _TRAINING and not _inferred:
        _inferred = True
        native.inferred(b"torch.nn.Module: evaluation mode" if phase == _EVALUATION
                        else b"torch.nn.Module: gradients off")


def _first_training(shown):
    global _trained
    _trained = True
    native.trained(shown)


def step_begins(optimizer, arguments, named):
    _thread.stepping = True


def step_ended(optimizer):
    _thread.stepping = False
    if not _trained:
        _first_training(b"torch.optim.%s.step" % type(optimizer).__name__.encode())


def watch_the_end():
    """A model that was used, and never trained, whatever its mode."""
    atexit.register(guard.quietly(_tell))


def _tell():
    if _used and not _trained and not _inferred:
        native.inferred(b"torch.nn.Module: no gradient was computed")
