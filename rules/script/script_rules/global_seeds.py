"""Scripts that draw from a global generator, and never seed it, or seed only others, or seed too late."""
import ast

from .finding import Finding
from .ordering import facts_of
from .script import script_of

STREAMS = {
    "random": ("Python's `random`", "random.seed"),
    "numpy": ("NumPy's global generator", "numpy.random.seed"),
    "cupy": ("CuPy's global generator", "cupy.random.seed"),
    "torch": ("PyTorch's global generator", "torch.manual_seed"),
    "tensorflow": ("TensorFlow's global generator", "tensorflow.random.set_seed"),
    "keras": ("Python's `random`, from which Keras seeds its layers", "keras.utils.set_random_seed"),
}


def seed_call(module, stream):
    """Keras' own function seeds all that a Keras script draws from."""
    if module.imports("keras") and stream != "cupy" or stream == "tensorflow":
        return f"{module.spelling('keras.utils.set_random_seed')}(seed)"
    return f"{module.spelling(STREAMS[stream][1])}(seed)"


def comes_before(module, draw, seeds):
    """Whether some seed may be set before the draw: false only where both run straight down one body."""
    for seed in seeds:
        for moment in moments(module, seed):
            if module.scope_of(moment) is not module.scope_of(draw) or moment.lineno <= draw.lineno:
                return True
    return False


def moments(module, seed):
    """Where a seed is set: in a function of this file, where that is called."""
    function = module.scope_of(seed)
    calls = facts_of(module).calls.get(getattr(function, "name", ""), [])
    return [call for call in calls if isinstance(call.func, ast.Name)] or [seed]


def finding(module, script, stream, call, name, code, why):
    place = script.where(call, "the first draw")
    return Finding(code, "unseeded-rng", call,
                   message=f"`{name}` draws from {STREAMS[stream][0]}, {why}",
                   label="the first draw: its seed comes from the system's entropy",
                   fix=f"add `{seed_call(module, stream)}` {place}")


def judge(module):
    script = script_of(module)
    if script.begins is None:
        return
    judged = set()
    for stream, call, name in script.draws:
        if stream in judged:
            continue
        judged.add(stream)
        seeds = script.seeds_of(stream)
        if seeds and comes_before(module, call, seeds):
            continue
        if seeds:
            yield finding(module, script, stream, call, name, "DET303",
                          f"which is seeded only later, in line {moments(module, seeds[0])[0].lineno}")
        elif script.seeds:
            line = script.seeds[0][1].lineno
            yield finding(module, script, stream, call, name, "DET303",
                          f"which the seed of line {line} does not reach")
        else:
            yield finding(module, script, stream, call, name, "DET302", "which nothing seeds")
