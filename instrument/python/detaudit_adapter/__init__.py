"""detaudit's adapters of Python's frameworks: what they record, and what they build on.

An adapter is a module of this package with `attach(module)`, called once, right after the framework
that it stands for was imported (ADAPTERS below says which). It changes what it must of the framework,
and tells `native` what happens. Nothing here imports a framework, prints, or raises into the
subject; what an adapter cannot see it says with `native.unseen`.

The interface for adapters, all of it:

  location.where(depth=1) -> (file, line)
      The innermost frame that is neither in the standard library nor in an installed package nor
      ours. `file` is bytes, or None when there is no such frame; line an int. Cheap.
  location.site(where) -> b"train.py:12"
  native.begin(op, key, where, words, count, names=None) -> handle
  native.end(handle, words, count, names=None)
      One operation: inputs are digested in begin(), outputs in end(). Texts are bytes (or None), and
      `names` (b"self\\0other\\0", a name for each buffer) must stay alive until end(): keep it.
      `words` is a flat list of ints that describes `count` buffers, as native.words() and
      native.array_words() make it. An op that fails still needs end(handle, (), 0).
  native.words(address, (dtype, item_bytes), sizes, strides_in_bytes) -> list of ints, one buffer
      native.DTYPES["float32"] is such a pair, by NumPy's name of the type (also "bfloat16").
      Strides may be any: the library gathers in row-major order, in place.
  native.array_words(array) -> the same for a NumPy array, or None for one of objects
  native.inline_words(ints) -> the same for arguments that are no arrays
  native.begin_collective(op, key, where, words, count) -> handle, for native.end: all ranks have op and key in common
  native.phase(native.TRAINING)               what the model is doing in this thread from now on
  native.trained(shown), native.inferred(shown)   what this process did at all: b"torch.optim.SGD.step"
  native.schedule_seed()                      what the run perturbs the schedule of threads by, or 0
  native.replays(op), native.run(...)         whether the run executes `op` again; an op that can be
  native.state(stream, key, where, data)      a generator's state (bytes): an event
  native.batch(dataset, key, where, words, count)   buffers whose first dimension counts samples
  native.metric(name, where, value)           a value that users watch: an event
  native.step(number), native.next_step()     events that follow are of that step
  native.entropy(what, where)                 a generator made without a seed: b"numpy.random.default_rng()"
  native.clock(what, where)                   the time was asked for: b"time.time()"
  native.unordered(what, where)               an order that nothing fixes was asked for
  native.setting(what, text)                  what was asked of a framework: (b"tf.random.set_seed", b"not called")
  native.adapter(what, version)               an adapter is at work on what
  native.printed(what, where)                 a line that prints: b"OFFSET HEX"
  native.opened(path, where)                  a line that opens a file to write it
  native.unseen(what, of=None, count=1)       what was not seen
  native.aside(1), native.aside(0)            what this thread calls in between is a library's own doing, and no event
  imports.when_imported(name, function)       function(module) after `name` was imported, or at once
  guard.quietly(function)                     a decorator: an error of ours is told as unseen, not raised

Ops are named in the framework's words, and keyed by the module or layer where one is known. A generator
is recorded as a state only where it was given a seed; one without is a source (native.entropy), since
reading entropy is no divergence as long as nothing follows from it.
"""

import sys

# Framework module -> the module of this package that attaches to it.
ADAPTERS = {
    "os": "entropy_adapter",
    "time": "clock_adapter",
    "random": "random_adapter",
    "numpy": "numpy_adapter",
    "torch": "torch_adapter",
    "tensorflow": "tensorflow_adapter",
    "keras": "keras_adapter",
    "jax": "jax_adapter",
}

OLDEST = (3, 9)


def start():
    """Called once by sitecustomize, in a process under audit."""
    if sys.version_info < OLDEST or sys.implementation.name != "cpython":
        _only_announce()
        return
    from . import native

    if not native.open_library():
        return
    from . import guard, imports, outputs_adapter, turns

    outputs_adapter.start()
    turns.perturb()
    for framework, name in ADAPTERS.items():
        imports.when_imported(framework, guard.attaching(framework, name))


def _only_announce():
    """Too old for the adapters: says so in the way that needs least."""
    try:
        import ctypes

        library = ctypes.CDLL(None)
        version = "%d.%d" % sys.version_info[:2]
        library.detaudit_adapter_note(
            22, ("Python %s: no adapter, %d.%d is the oldest that has one" % ((version,) + OLDEST)).encode(),
            None, ctypes.c_uint64(1))
        library.detaudit_adapter_open(3, ("%s %s" % (sys.implementation.name, version)).encode())
    except Exception:
        pass
