"""TensorFlow: where its operations come from in the script, its seeds, and its input pipelines.

The kernels themselves are seen below (instrument/libraries/tensorflow.cc), eager ones and those of
functions alike. What they cannot know is told from here: the line that made a node, the line that calls
an eager operation, the step, and what was asked for without a seed or without an order."""

import atexit
import ctypes
import os
import sys

from . import guard, imports, location, native, phases

_library = ctypes.PyDLL(None)
_keep = []  # callbacks that the probe calls as long as the process lives


def attach(module):
    version = getattr(module, "__version__", "unknown version")
    native.adapter(b"tensorflow", version.encode())
    for part in (_watch_kernels, _watch_nodes, _watch_seeds, _watch_pipelines, _watch_iterators,
                 _watch_phases, _watch_settings):
        try:
            part()
        except Exception as error:
            guard.failed("TensorFlow %s, %s" % (version, part.__name__), error)


def _watch_kernels():
    if _library.detaudit_tensorflow_watch() != 1:
        native.unseen(b"TensorFlow's operations: this build shows none of its kernels")
        return
    kind = ctypes.CFUNCTYPE(None, ctypes.POINTER(ctypes.c_char_p), ctypes.POINTER(ctypes.c_uint32))

    def locate(file, line):
        file[0], line[0] = location.where(2)

    callback = kind(locate)
    _keep.append(callback)
    _library.detaudit_tensorflow_locate.restype = None
    _library.detaudit_tensorflow_locate(callback)


def _watch_nodes():
    """The line in the script that made each node of a function's graph."""
    from tensorflow.python.framework import ops

    place = _library.detaudit_tensorflow_place
    place.restype, place.argtypes = None, (ctypes.c_char_p, ctypes.c_char_p, ctypes.c_uint32)
    create = ops.Graph._create_op_internal

    def _create_op_internal(self, *arguments, **named):
        op = create(self, *arguments, **named)
        try:
            file, line = where_traced(op)
            if file is not None:
                place(op.name.encode(), file, line)
        except Exception as error:
            guard.failed("a node's line", error)
        return op

    ops.Graph._create_op_internal = _create_op_internal


def where_traced(op=None):
    """The script's innermost line; that of what AutoGraph rewrote is known to the op alone."""
    where, rewritten = location.where_or_rewritten(2)
    if not rewritten or op is None:
        return where
    for file, line, *_ in reversed(op.traceback):
        file = location.users_file(file)
        if file is not None:
            return file, line
    return where


def _watch_seeds():
    """Every random operation and shuffle asks here for its seeds; none: the system's entropy. The one that is set
    for all comes through the context."""
    from tensorflow.python.eager import context
    from tensorflow.python.framework import random_seed
    from tensorflow.python.ops import stateful_random_ops

    get_seed = random_seed.get_seed

    def watched_get_seed(op_seed):
        seeds = get_seed(op_seed)
        if seeds == (None, None):
            _unseeded()
        return seeds

    _stand_in(random_seed, "get_seed", get_seed, watched_get_seed)
    set_seed = context.set_global_seed

    def set_global_seed(seed):
        set_seed(seed)
        _seeded(seed)

    _stand_in(context, "set_global_seed", set_seed, set_global_seed)
    ints = getattr(stateful_random_ops, "non_deterministic_ints", None)
    if ints is not None:

        def non_deterministic_ints(*arguments, **named):
            _of_entropy()
            return ints(*arguments, **named)

        _stand_in(stateful_random_ops, "non_deterministic_ints", ints, non_deterministic_ints)


@guard.quietly
def _seeded(seed):
    native.state(b"tf.random.set_seed", None, location.where(), repr(seed).encode())


@guard.quietly
def _unseeded():
    frame, where = sys._getframe(3), location.where()
    asker = frame.f_code.co_filename
    if asker.endswith("random_seed.py"):  # of tf.data, which asks on behalf of a dataset
        shuffles = frame.f_back.f_code.co_filename.endswith("shuffle_op.py")
        what = b"tf.data.Dataset.shuffle()" if shuffles else b"tf.data.Dataset without a seed"
    else:
        what = b"tf.random: %s()" % frame.f_code.co_name.encode()
    native.entropy(what, where)


@guard.quietly
def _of_entropy():
    native.entropy(b"tf.random.Generator.from_non_deterministic_state()", location.where())


def _watch_pipelines():
    """Datasets whose order nothing fixes."""
    from tensorflow.python.data.ops import dataset_ops

    dataset = dataset_ops.DatasetV2
    for name in ("map", "interleave", "batch", "padded_batch", "flat_map"):
        method = dataset.__dict__.get(name)
        if method is not None:
            setattr(dataset, name, _watched_order(name, method))
    with_options = dataset.with_options

    def watched_with_options(self, options, *arguments, **named):
        _options_given(options)
        return with_options(self, options, *arguments, **named)

    _stand_in(dataset, "with_options", with_options, watched_with_options)


def _watched_order(name, method):
    def watched(self, *arguments, **named):
        if named.get("deterministic") is False:
            _unordered(b"tf.data.Dataset.%s(deterministic=False)" % name.encode())
        return method(self, *arguments, **named)

    return _like(watched, method)


@guard.quietly
def _unordered(what):
    native.unordered(what, location.where())


@guard.quietly
def _options_given(options):
    if options.deterministic is False:
        native.unordered(b"tf.data.Options.deterministic = False", location.where())


def _watch_iterators():
    """A batch that the script's own loop asks for begins a step."""
    from tensorflow.python.data.ops import iterator_ops

    iterator = iterator_ops.OwnedIterator
    advance = iterator.__next__

    def __next__(self):
        if not steps_are_counted():
            native.next_step()
        return advance(self)

    _stand_in(iterator, "__next__", advance, __next__)


_counted = 0


def steps_are_counted(change=0):
    """Whether someone who knows better counts the steps: Keras, in its own loops."""
    global _counted
    _counted += change
    return _counted > 0


def _watch_phases():
    """What a gradient is kept of, and its computation, train."""
    from tensorflow.python.eager import backprop

    tape = backprop.GradientTape
    for name in ("gradient", "jacobian"):
        phases.watch(tape, name, native.TRAINING, b"tf.GradientTape.%s" % name.encode())
    begin, end = tape.__enter__, tape.__exit__

    def __enter__(self):
        phases.enter(native.TRAINING)
        return begin(self)

    def __exit__(self, *arguments):
        phases.leave()
        return end(self, *arguments)

    _stand_in(tape, "__enter__", begin, __enter__)
    _stand_in(tape, "__exit__", end, __exit__)


def _watch_settings():
    atexit.register(guard.quietly(_tell_settings))


def _tell_settings():
    from tensorflow.python.eager import context
    from tensorflow.python.framework import config

    seed = context.global_seed()
    native.setting(b"tf.random.set_seed", b"not called" if seed is None else b"%d" % seed)
    native.setting(b"tf.config.experimental.enable_op_determinism",
                   b"on" if config.is_op_determinism_enabled() else b"not called")
    for name in ("TF_ENABLE_ONEDNN_OPTS", "TF_DETERMINISTIC_OPS"):
        if name in os.environ:
            native.setting(name.encode(), os.environ[name].encode())


def _like(function, original):
    function.__wrapped__ = original
    for attribute in ("__module__", "__name__", "__qualname__", "__doc__", "__annotations__"):
        try:
            setattr(function, attribute, getattr(original, attribute))
        except AttributeError:
            pass
    return function


def _stand_in(owner, name, original, function):
    setattr(owner, name, _like(function, original))
