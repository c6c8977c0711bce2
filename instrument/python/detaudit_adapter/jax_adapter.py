"""JAX: keys, operations called from Python, and compiled functions, each of which is one piece."""

import functools
import sys
import threading

from . import guard, location, native, phases


def attach(module):
    version = getattr(module, "__version__", "unknown version")
    native.adapter(b"jax", version.encode())
    for part in (_watch_keys, _watch_gradients, _watch_operations):
        try:
            part(module)
        except Exception as error:
            guard.failed("JAX %s, %s" % (version, part.__name__), error)


def _watch_keys(module):
    for name in ("key", "PRNGKey"):
        make = getattr(module.random, name)
        setattr(module.random, name, _watched_key(name, make))


def _watched_key(name, make):
    @functools.wraps(make)
    def watched(seed, *arguments, **named):
        _made(name, seed)
        return make(seed, *arguments, **named)

    return watched


@guard.quietly
def _made(name, seed):
    native.state(b"jax.random.%s" % name.encode(), None, location.where(), repr(seed).encode())


def _watch_gradients(module):
    for name in ("grad", "value_and_grad", "jacrev"):
        setattr(module, name, _making_gradients(getattr(module, name)))
    module.vjp = _in_training(module.vjp)


def _making_gradients(transform):
    @functools.wraps(transform)
    def watched(*arguments, **named):
        return _in_training(transform(*arguments, **named))

    return watched


def _in_training(function):
    @functools.wraps(function)
    def training(*arguments, **named):
        _tell_training()
        phases.enter(native.TRAINING)
        try:
            return function(*arguments, **named)
        finally:
            phases.leave()

    return training


def _tell_training():
    phases.tell(native.TRAINING, b"jax.grad")


_MOST_FUNCTIONS = 512
_gradients = {}  # id of a compiled function's jaxpr -> itself, and whether a backward pass is in it


def _takes_gradients(parameters):
    """Of a compiled function: JAX says of each of its operations by which transformation it came about."""
    closed = parameters.get("jaxpr")
    if closed is None:
        return False
    known = _gradients.get(id(closed))
    if known is None:
        if len(_gradients) >= _MOST_FUNCTIONS:
            del _gradients[next(iter(_gradients))]
        known = _gradients[id(closed)] = (closed, _is_transposed(getattr(closed, "jaxpr", closed)))
    return known[1]


def _is_transposed(jaxpr):
    for equation in jaxpr.eqns:
        if "transpose(" in str(equation.source_info.name_stack):
            return True
        for parameter in equation.params.values():
            for part in parameter if isinstance(parameter, (list, tuple)) else (parameter,):
                inner = getattr(part, "jaxpr", part)
                if hasattr(inner, "eqns") and _is_transposed(inner):
                    return True
    return False


def _watch_operations(module):
    global _Array
    from jax._src import core, pjit
    from jax._src.array import ArrayImpl

    # Calls of a compiled function go by Python when C++ knows no shorter way; JAX's own ways below that,
    # and those of single operations, stay.
    shortcut = pjit._get_fastpath_data

    @functools.wraps(shortcut)
    def _get_fastpath_data(*arguments, **named):
        caller = sys._getframe(1)
        if caller.f_code.co_name == "cache_miss" and not getattr(
                caller.f_locals.get("fun"), "_apply_primitive", False):
            return None
        return shortcut(*arguments, **named)

    evaluate = core.EvalTrace.process_primitive
    run = pjit._run_python_pjit

    @functools.wraps(evaluate)
    def process_primitive(self, primitive, arguments, parameters, /):
        operation = _begin(_name_of(primitive, parameters), arguments, parameters)
        results = None
        try:
            results = evaluate(self, primitive, arguments, parameters)
            return results
        finally:
            _end(operation, results)

    @functools.wraps(run)
    def _run_python_pjit(p, arguments, *others, **named):
        if not core.trace_state_clean():
            return run(p, arguments, *others, **named)
        operation = _begin(_compiled(p.params), arguments, p.params)
        results = None
        try:
            answer = run(p, arguments, *others, **named)
            results = answer[1]
            return answer
        finally:
            _end(operation, results)

    _Array = ArrayImpl
    pjit._get_fastpath_data = _get_fastpath_data
    pjit._run_python_pjit = _run_python_pjit
    core.EvalTrace.process_primitive = process_primitive


def _name_of(primitive, parameters):
    if "jaxpr" in parameters and "name" in parameters:
        return _compiled(parameters)
    return b"jax.lax.%s" % primitive.name.encode()


def _compiled(parameters):
    return b"jax.jit: %s" % str(parameters.get("name", "")).encode()


_Array = None
_seen_compiled = set()


class _Depth(threading.local):
    """How many operations the calling thread is in."""

    now = 0


_depth = _Depth()


def _begin(op, arguments, parameters):
    """None where nothing is recorded: within another operation, which is recorded whole."""
    _depth.now += 1
    if _depth.now > 1:
        return None
    try:
        words, count = _words(arguments)
        where = location.where(3)
        compiled = op.startswith(b"jax.jit: ")
        if compiled and where[0] is not None and op not in _seen_compiled:
            _seen_compiled.add(op)
            native.unseen(b"operations inside of what jax.jit compiled", op[len(b"jax.jit: "):])
        if not compiled or not _takes_gradients(parameters):
            return native.begin(op, None, where, words, count)
        _tell_training()
        phases.enter(native.TRAINING)
        try:
            return native.begin(op, None, where, words, count)
        finally:
            phases.leave()
    except Exception as error:
        guard.failed("an operation of JAX", error)
        return None


def _end(operation, results):
    _depth.now -= 1
    if not operation:
        return
    words, count = (), 0
    try:
        if results is not None:
            words, count = _words(results if isinstance(results, (list, tuple)) else [results])
    except Exception as error:
        guard.failed("a result of JAX", error)
        words, count = (), 0
    native.end(operation, words, count)


def _words(values):
    words, count = [], 0
    for value in values:
        found = _array_words(value)
        if found is not None:
            words += found
            count += 1
    return words, count


def _array_words(value):
    base = getattr(value, "_base_array", value)  # of a key
    if type(base) is _Array:
        base.block_until_ready()
        if len(base.devices()) != 1 or next(iter(base.devices())).platform != "cpu":
            native.unseen(b"arrays of JAX that are not on the processor")
            return None
        dtype = native.DTYPES.get(base.dtype.name, (0, base.dtype.itemsize))
        if dtype[1] == 0:
            return None
        strides, step = [], dtype[1]
        for size in reversed(base.shape):
            strides.append(step)
            step *= size
        return native.words(base.unsafe_buffer_pointer(), dtype, base.shape, strides[::-1])
    if hasattr(base, "__array_interface__"):
        import numpy

        return native.array_words(numpy.asarray(base))
    return None
