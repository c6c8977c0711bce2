"""Collectives of torch.distributed, Python's and those that C++ asks for (DDP's reducer): each is an event of every
rank. Inputs are what this rank sends, outputs what it receives; the key is the group, as all its ranks know it.

A collective is over when its work is waited for, or seen to be complete before the thread's next op: its outputs
are digested then. Messages between two ranks are collectives of these two. A receive from any rank is one too, of
nobody else: who answers is what it gives.
"""

import atexit
import ctypes
import sys
import threading

import torch
from torch._C import _distributed_c10d as c10d

from . import guard, native, torch_place

_ALL, _ROOT, _OTHERS = range(3)


class _Shape:
    """Which arguments of an op are read and written, and by which ranks."""

    def __init__(self, inputs, outputs, group, root=None, read_by=_ALL, written_by=_ALL):
        self.inputs, self.outputs, self.group, self.root = inputs, outputs, group, root
        self.read_by, self.written_by = read_by, written_by


_IN_PLACE, _FROM_TO = _Shape(0, 0, 1), _Shape(1, 0, 2)
_SHAPES = {
    "allreduce_": _IN_PLACE,
    "allreduce_coalesced_": _IN_PLACE,
    "broadcast_": _Shape(0, 0, 1, 2, _ROOT, _OTHERS),
    "reduce_": _Shape(0, 0, 1, 3, _ALL, _ROOT),
    "allgather_": _FROM_TO,
    "_allgather_base_": _FROM_TO,
    "allgather_coalesced_": _FROM_TO,
    "allgather_into_tensor_coalesced_": _FROM_TO,
    "reduce_scatter_": _FROM_TO,
    "_reduce_scatter_base_": _FROM_TO,
    "reduce_scatter_tensor_coalesced_": _FROM_TO,
    "gather_": _Shape(1, 0, 2, 3, _ALL, _ROOT),
    "gather_into_tensor_": _Shape(1, 0, 2, 3, _ALL, _ROOT),
    "scatter_": _Shape(1, 0, 2, 3, _ROOT, _ALL),
    "alltoall_": _FROM_TO,
    "alltoall_base_": _FROM_TO,
}
_WITHOUT_DATA = frozenset(("barrier", "monitored_barrier_", "check_for_nan", "_wrap_tensor_autograd"))
# Functions that return a tensor which is to be waited for: of their first argument.
_FUNCTIONAL = frozenset((
    "all_reduce", "all_reduce_", "all_reduce_coalesced", "all_reduce_coalesced_", "broadcast", "broadcast_",
    "all_gather_into_tensor", "all_gather_into_tensor_coalesced", "all_gather_into_tensor_out",
    "reduce_scatter_tensor", "reduce_scatter_tensor_coalesced", "reduce_scatter_tensor_out", "all_to_all_single",
))
_MESSAGE = b"c10d::send_recv"


class _Open:
    """A collective that was begun."""

    __slots__ = ("handle", "work", "tensors", "thread", "any_source", "future")

    def __init__(self, handle, work, tensors, any_source=None):
        self.handle, self.work, self.tensors, self.any_source = handle, work, tensors, any_source
        self.thread = threading.get_ident()
        self.future = None
        try:
            self.future = work.get_future()
        except (AttributeError, RuntimeError):
            pass  # messages have none, nor have functions

    def is_over(self):
        """For someone in C++ who waits for either: the future is done some time before the work says that it is."""
        return self.work is not None and (self.work.is_completed() or
                                          self.future is not None and self.future.done())


_held = {}  # id of a tensor -> (the tensor, C++'s reference to it), the last used last
_MOST_HELD = 256
_OURS = 2  # C++'s references to a tensor that only _held has: its Python object's, and that of _held
pending = []  # of all threads, in the order in which they were begun
_describe = None  # torch_ops's


def handler_of(schema, describe):
    """(True, function(func, args, kwargs) or None) for an op of torch.distributed's; (False, None) for others."""
    global _describe
    space, _, name = schema.name.partition("::")
    if space not in ("c10d", "_c10d_functional"):
        return False, None
    if _describe is None:
        _describe = describe
        _watch_waits()
        atexit.register(guard.quietly(_at_the_end))
    handler = _handler(schema, space, name)

    def handle(func, args, kwargs):
        _hold(args)
        return handler(func, args, kwargs)

    return True, handle


def _handler(schema, space, name):
    named = schema.name.encode()
    if space == "_c10d_functional":
        if name in ("wait_tensor", "wait_tensors"):
            return _wait_tensor
        if name in _FUNCTIONAL:
            where = next(i for i, each in enumerate(schema.arguments) if each.name == "group_name")
            return lambda func, args, kwargs: _functional(named, where, func, args, kwargs)
    if name in _SHAPES:
        shape = _SHAPES[name]
        return lambda func, args, kwargs: _collective(named, shape, func, args, kwargs)
    if name in _MESSAGES:
        return _MESSAGES[name]
    if name not in _WITHOUT_DATA:
        native.unseen(b"a collective that the adapter does not know", named)
    return lambda func, args, kwargs: _made(func, args, kwargs, None)


def _described(tensors):
    words, count = [], 0
    for each in _flat(tensors):
        count += _describe(each, words)
    return words, count


def _flat(value):
    if isinstance(value, torch.Tensor):
        return [value]
    found = []
    if isinstance(value, (list, tuple)):
        for each in value:
            found += _flat(each)
    return found


def _key(group):
    return ("group %s of %d ranks" % (group.group_name, group.size())).encode()


def _begin(name, key, tensors):
    words, count = _described(tensors)
    return native.begin_collective(name, key, torch_place.of_op()[1], words, count)


def _collective(name, shape, func, args, kwargs):
    """Begins the event, makes the call, and leaves the end to who waits."""
    begun = _try(name, _began, name, shape, args)
    result = _made(func, args, kwargs, begun and begun[0])
    if begun:
        _try(name, _left_open, begun, result)
    return result


def _began(name, shape, args):
    group = c10d.ProcessGroup.unbox(args[shape.group])
    at_root = shape.root is None or group.rank() == args[shape.root]
    takes_part = {_ALL: True, _ROOT: at_root, _OTHERS: not at_root}
    handle = _begin(name, _key(group), args[shape.inputs] if takes_part[shape.read_by] else ())
    return handle, _flat(args[shape.outputs]) if takes_part[shape.written_by] else []


def _made(func, args, kwargs, handle):
    try:
        return func._op(*args, **kwargs)
    except BaseException:
        native.end(handle, (), 0)
        raise


@guard.quietly
def _hold(args):
    """Tensors of C++'s own have a Python object since they passed through here. A thread of the backend's that is the
    last to hold one beside that object needs the interpreter's lock, which kills the process once the interpreter
    ends. So C++ holds them here as well; tensors that Python made are as they are without us."""
    for key, (tensor, _) in list(_held.items()):
        if tensor._use_count() <= _OURS:
            _held.pop(key, None)
    for each in _flat(args):
        known = _held.pop(id(each), None)
        if known or sys.getrefcount(each) <= _references:
            _held[id(each)] = known or (each, torch._C.ScriptList([each]))
    for key in list(_held)[:-_MOST_HELD]:
        _held.pop(key, None)


def _references_of_one():
    """To the Python object of a tensor among an op's arguments that nobody but C++ holds."""
    arguments = ([torch.empty(0)],)
    held = torch._C.ScriptList(arguments[0])  # since PyTorch 2.10 that is a reference to the object
    references = [sys.getrefcount(each) for each in _flat(arguments)][0]
    del held
    return references


_references = _references_of_one()


def _left_open(begun, result, any_source=None):
    handle, tensors = begun
    if not handle:
        return
    if not tensors:
        native.end(handle, (), 0)
        return
    work = result[-1] if isinstance(result, (tuple, list)) else result
    pending.append(_Open(handle, c10d.Work.unbox(work), tensors, any_source))


def _functional(name, where, func, args, kwargs):
    handle = _try(name, _began_functional, name, where, args)
    result = _made(func, args, kwargs, handle)
    if handle:
        pending.append(_Open(handle, None, _flat(result)))
    return result


def _began_functional(name, where, args):
    group = args[where]
    if isinstance(group, str):
        group = c10d._resolve_process_group(group)
    elif not hasattr(group, "group_name"):
        group = c10d.ProcessGroup.unbox(group)
    return _begin(name, _key(group), args[0])


def _wait_tensor(func, args, kwargs):
    result = _made(func, args, kwargs, None)
    places = {each.data_ptr() for each in _flat(args[0])}
    for each in list(pending):
        if each.work is None and any(tensor.data_ptr() in places for tensor in each.tensors):
            _finish(each)
    return result


def _between(group, source, destination, tag):
    return b"%s: %d to %d, tag %d" % (_key(group), source, destination, tag)


def _send(func, args, kwargs):
    begun = _try(_MESSAGE, _began_sending, args)
    result = _made(func, args, kwargs, begun)
    native.end(begun, (), 0)
    return result


def _began_sending(args):
    group = c10d.ProcessGroup.unbox(args[1])
    return _begin(_MESSAGE, _between(group, group.rank(), args[2], args[3]), args[0])


def _receive(func, args, kwargs):
    begun = _try(_MESSAGE, _began_receiving, args)
    result = _made(func, args, kwargs, begun and begun[0])
    if begun:
        _try(_MESSAGE, _left_open, begun, result)
    return result


def _began_receiving(args):
    group = c10d.ProcessGroup.unbox(args[1])
    return _begin(_MESSAGE, _between(group, args[2], group.rank(), args[3]), ()), _flat(args[0])


def _receive_from_any(func, args, kwargs):
    begun = _try(_MESSAGE, _began_receiving_from_any, args)
    result = _made(func, args, kwargs, begun and begun[0][0])
    if begun:
        _try(_MESSAGE, _left_open, begun[0], result, begun[1])
    return result


def _began_receiving_from_any(args):
    group, tag = c10d.ProcessGroup.unbox(args[1]), args[2]
    where = torch_place.of_op()[1]
    handle = native.begin_collective(b"c10d::recv_any_source_", _key(group), where, native.inline_words([tag]), 1)
    return (handle, _flat(args[0])), (group, tag, where)


_MESSAGES = {"send": _send, "recv_": _receive, "recv_any_source_": _receive_from_any}


def _try(name, function, *arguments):
    try:
        return function(*arguments)
    except Exception as error:
        guard.failed(name.decode(), error)
        return None


def _watch_waits():
    """Whoever waits from Python: outputs are as the collective left them."""
    wait = c10d.Work.wait

    def waiting(self, *arguments, **named):
        try:
            result = wait(self, *arguments, **named)
        except BaseException:
            _failed(self)
            raise
        if pending:
            _waited(self)
        return result

    waiting.__doc__, waiting.__name__, waiting.__qualname__ = wait.__doc__, wait.__name__, "Work.wait"
    c10d.Work.wait = waiting


@guard.quietly
def _waited(work):
    for each in list(pending):
        if each.work is work:
            _finish(each)


@guard.quietly
def _failed(work):
    for each in list(pending):
        if each.work is work:
            pending.remove(each)
            native.end(each.handle, (), 0)


@guard.quietly
def finish_completed():
    """Before an op of this thread, which might write over what a collective gave."""
    own = threading.get_ident()
    for each in list(pending):
        if each.thread == own and each.is_over():
            _finish(each)


def _finish(each):
    if each not in pending:
        return
    pending.remove(each)
    if each.any_source is None:
        native.end(each.handle, *_described(each.tensors))
        return
    group, tag, where = each.any_source
    source = each.work._source_rank()
    native.end(each.handle, native.inline_words([source]), 1)
    data = native.begin_collective(_MESSAGE, _between(group, source, group.rank(), tag), where, (), 0)
    native.end(data, *_described(each.tensors))


def _at_the_end():
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(_held))  # for ever
    finish_completed()
    for each in list(pending):
        pending.remove(each)
        native.end(each.handle, (), 0)
        native.unseen(b"what a collective gave that nobody waited for")
