"""ATen ops as operations, forward and backward, whoever calls them.

Every op reaches the one mode of each thread below autograd. Views write no bytes and are no events, nor
are allocations, whose bytes nobody has written: what reads them is.
"""

import struct

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from . import guard, imports, native, torch_generators, torch_phase, torch_place, torch_subclasses

_Tensor = torch.Tensor
_TENSORS = frozenset((torch.Tensor, torch.nn.Parameter, torch.nn.Buffer))
_PLAIN = frozenset((int, float, bool, type(None), str, torch.dtype, torch.device, torch.layout,
                    torch.memory_format))
_DTYPES = {getattr(torch, name): kind for name, kind in native.DTYPES.items() if hasattr(torch, name)}
_strided = torch.strided

# Whose first argument is written without being read.
_OVERWRITING = frozenset((
    "copy_", "fill_", "zero_", "normal_", "uniform_", "exponential_", "random_", "cauchy_", "geometric_",
    "log_normal_", "bernoulli_", "set_", "resize_", "eye_", "_foreach_zero_", "_foreach_copy_",
))
# Whose result holds what nobody wrote, or nothing new.
_ALLOCATING = frozenset((
    "empty", "empty_strided", "empty_like", "empty_permuted", "new_empty", "new_empty_strided", "resize_",
    "resize_as_", "_efficientzerotensor", "set_", "_resize_output_",
    "_unsafe_view",  # a view in all but its schema
))
# Whose first argument gives a shape and a type, and no values.
_MADE_LIKE = frozenset((
    "zeros_like", "ones_like", "full_like", "rand_like", "randn_like", "randint_like", "new_zeros",
    "new_ones", "new_full",
))
# Op -> which of its results is for its backward op alone, with bytes in it that nobody wrote or reads.
_WORKSPACES = {"mkldnn_rnn_layer": 3, "_ctc_loss": 1}
# The backward op's arguments that take it: what it holds shows in what that op gives.
_WORKSPACE_NAMES = frozenset(("workspace", "log_alpha"))
# Python's own data become a tensor: what is a view to ATen is where bytes come from to us.
_MADE_OF_DATA = frozenset(("lift_fresh", "lift"))

_double = struct.Struct("=d").pack
_word = struct.Struct("=q").unpack


class _Plan:
    """What there is to know of an op, whatever its arguments."""

    __slots__ = ("call", "name", "mutated", "unread", "workspace", "made", "random", "names", "collective")

    def __init__(self, func):
        schema = func._schema
        base = schema.name.rpartition("::")[2]
        self.call = func._op
        self.collective = None  # who makes the call, of torch.distributed's
        self.name = b"torch.tensor" if base in _MADE_OF_DATA else schema.name.encode()
        self.made = base in _MADE_OF_DATA
        self.random = torch.Tag.nondeterministic_seeded in func.tags
        self.mutated, self.unread = [], []
        for index, argument in enumerate(schema.arguments):
            alias = argument.alias_info
            where = argument.name if argument.kwarg_only else index
            if argument.name in _WORKSPACE_NAMES:
                self.unread.append(where)
            if alias is None or not alias.is_write:
                continue
            self.mutated.append(where)
            if argument.is_out or (index == 0 and base in _OVERWRITING):
                self.unread.append(where)
        if base in _MADE_LIKE:
            self.unread.append(0)
        self.workspace = _WORKSPACES.get(base)
        names = [argument.name for argument in schema.arguments
                 if argument.alias_info is not None and argument.alias_info.is_write]
        fresh = [r for r in schema.returns if r.alias_info is None]
        names += [r.name or ("result%d" % i if len(fresh) > 1 else "result") for i, r in enumerate(fresh)]
        self.names = b"".join(name.encode() + b"\0" for name in names)


def _plan_of(func):
    """None for what is no event."""
    schema = func._schema
    base = schema.name.rpartition("::")[2]
    if base in _MADE_OF_DATA:
        return _Plan(func)
    if _collectives is not None:
        distributed, collective = _collectives.handler_of(schema, _describe)
        if distributed:
            plan = _Plan(func) if collective else None
            if plan:
                plan.collective = collective
            return plan
    if base in _ALLOCATING or schema.name.startswith(("prim::", "profiler::", "debug_mode_ops::")):
        return None
    returns = schema.returns
    aliases = [r.alias_info for r in returns]
    writes = any(a.alias_info is not None and a.alias_info.is_write for a in schema.arguments)
    if returns and not writes and all(a is not None and not a.is_write for a in aliases):
        return None  # a view
    return _Plan(func)


def _holds_bytes(tensor):
    """Not of a class that stands for a tensor elsewhere, or for none."""
    return type(tensor).__torch_dispatch__ is torch._C._disabled_torch_dispatch_impl


def _describe(tensor, words):
    """Adds the tensor's bytes as they lie in memory. 0: there are none that can be read here."""
    if type(tensor) not in _TENSORS and not _holds_bytes(tensor):
        return 0
    if not tensor.is_cpu or tensor.layout is not _strided:
        if tensor.layout is _strided and tensor.is_cuda:
            _on_a_device(tensor)
        return 0
    kind = _DTYPES.get(tensor.dtype)
    if kind is None:
        kind = (0, tensor.element_size())
    item = kind[1]
    if tensor.is_contiguous():
        words += (tensor.data_ptr(), kind[0], item, 1, tensor.numel(), item)
        return 1
    # In the order of memory, and what is repeated once: it has to be the same in both runs, no more.
    shape = [(step, size) for step, size in zip(tensor.stride(), tensor.shape) if step or not size]
    shape.sort(reverse=True)
    words += (tensor.data_ptr(), kind[0], item, len(shape))
    words += [size for _, size in shape]
    words += [step * item for step, _ in shape]
    return 1


@guard.quietly
def _on_a_device(tensor):
    """Once: launches are the GPU probe's."""
    if not _devices:
        _devices.append(str(tensor.device))
        native.unseen(b"tensors of operations on a GPU (its launches are seen by the GPU probe)")


_devices = []


def describe_in_order(tensor, words):
    """Adds the tensor with its dimensions as they are: the first one counts samples."""
    if not tensor.is_cpu or tensor.layout is not _strided:
        return 0
    kind = _DTYPES.get(tensor.dtype) or (0, tensor.element_size())
    words += native.words(tensor.data_ptr(), kind, tensor.shape,
                          [step * kind[1] for step in tensor.stride()])
    return 1


def _describe_inputs(plan, args, kwargs, words):
    count, unread, scalars = 0, plan.unread, None
    for index, value in enumerate(args):
        kind = type(value)
        if kind in _TENSORS:
            if not unread or index not in unread:
                count += _describe(value, words)
        elif kind is float:
            scalars = scalars or []
            scalars += _word(_double(value))
        elif kind is int:
            scalars = scalars or []
            scalars.append(value if -(1 << 62) < value < 1 << 62 else hash(value))
        elif kind is list or kind is tuple:
            if unread and index in unread:
                continue
            for each in value:
                if isinstance(each, _Tensor):
                    count += _describe(each, words)
        elif kind not in _PLAIN and isinstance(value, _Tensor) and index not in unread:
            count += _describe(value, words)
    for name, value in kwargs.items():
        if isinstance(value, _Tensor):
            if name not in unread:
                count += _describe(value, words)
        elif type(value) is float:
            scalars = scalars or []
            scalars += _word(_double(value))
    if scalars:
        words += native.inline_words(scalars)
        count += 1
    return count


def _describe_outputs(plan, args, kwargs, result, words):
    count = 0
    for where in plan.mutated:
        value = kwargs.get(where) if type(where) is str else args[where] if where < len(args) else None
        if isinstance(value, _Tensor):
            count += _describe(value, words)
        elif type(value) in (list, tuple):
            for each in value:
                count += _describe(each, words)
    if plan.mutated:
        return count
    if isinstance(result, _Tensor):
        return count + _describe(result, words)
    if type(result) in (list, tuple):
        for index, each in enumerate(result):
            if isinstance(each, _Tensor) and index != plan.workspace:
                count += _describe(each, words)
    return count


_plans = {}
_of_op = torch_place.of_op
_begin, _end = native.begin, native.end
_NOTHING = {}


class Watch(TorchDispatchMode):
    """The mode of every thread."""

    def __init__(self):
        super().__init__()
        self.seen = 0  # ops that were events
        self.passed_on = None  # the op that a tensor subclass is about to be given

    @classmethod
    def ignore_compile_internals(cls):
        return True  # torch.compile works as without us; its kernels are told as unseen

    @classmethod
    def _should_skip_dynamo(cls):
        return False  # it would wrap every call; _leave_alone does it for nothing

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if _collectives is not None and _collectives.pending:
            _collectives.finish_completed()
        try:
            plan = _plans[func]
        except KeyError:
            plan = _plans[func] = _planned(func)
        if types:
            return torch_subclasses.call(self, plan is not None, func, types, args, kwargs or _NOTHING)
        if plan is None:
            return func._op(*args, **kwargs) if kwargs else func._op(*args)
        self.seen += 1
        kwargs = kwargs or _NOTHING
        if plan.collective is not None:
            return plan.collective(func, args, kwargs)
        if _run_replays and not plan.random and native.replays(plan.name):
            done, result = _replayed(plan, args, kwargs)
            if done:
                return result
        handle = _begun(plan, args, kwargs)
        if not handle:
            return plan.call(*args, **kwargs)
        result = None
        try:
            result = plan.call(*args, **kwargs)
        finally:
            _ended(plan, args, kwargs, result, handle)
        return result


_collectives = None  # where torch.distributed is there


def _watch_collectives(module):
    global _collectives
    from . import torch_collectives

    _collectives = torch_collectives


imports.when_imported("torch.distributed.distributed_c10d", guard.quietly(_watch_collectives))
_run_replays = native.replays()


def _replayed(plan, args, kwargs):
    from . import torch_replay

    words = []
    if plan.made:
        return False, None
    _describe_inputs(plan, args, kwargs, words)
    return torch_replay.run(plan, args, kwargs, _of_op(), words, _describe_outputs)


def _begun(plan, args, kwargs):
    try:
        words, count, state = [], 0, None
        if not plan.made:
            count = _describe_inputs(plan, args, kwargs, words)
        key, where = _of_op()
        if plan.random:
            state = torch_generators.before(args, kwargs, words)
            count += state is not None
        return _begin(plan.name, key, where, words, count)
    except Exception as error:
        guard.failed(plan.name.decode(), error)
        return None


def _ended(plan, args, kwargs, result, handle):
    words, count = [], 0
    try:
        count = _describe_outputs(plan, args, kwargs, result, words)
        if plan.random:
            torch_generators.after(args, kwargs)
    except Exception as error:
        guard.failed(plan.name.decode(), error)
    _end(handle, words, count, plan.names)


def _planned(func):
    try:
        return _plan_of(func)
    except Exception as error:
        guard.failed(str(func), error)
        return None


def _leave_alone(eval_frame):
    """The compiler, where it is used, does not look into our functions."""
    for function in (Watch.__torch_dispatch__, torch_subclasses.call, _begun, _ended, _describe, _describe_inputs,
                     _describe_outputs, _of_op, torch_place._walk, torch_place._module_name,
                     torch_phase.in_backward, torch_phase.in_forward,
                     torch_generators.before, torch_generators.after, native.begin, native.end):
        eval_frame.skip_code(function.__code__)


imports.when_imported("torch._dynamo.eval_frame", guard.quietly(_leave_alone))


def enter():
    """Makes the calling thread's ops seen."""
    Watch().__enter__()
