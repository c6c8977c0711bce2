"""Seeds that are made of the time, the process or the system's entropy."""
import ast
import re

from .call import argument, method
from .finding import Finding
from .script import SEEDS
from .unseeded_generators import GENERATORS

CLOCKS = re.compile(r"^(time\.(time|perf_counter|monotonic|process_time|clock_gettime)(_ns)?|"
                    r"time\.(ctime|strftime|localtime|gmtime)|datetime\.datetime\.(now|utcnow|today)|"
                    r"datetime\.date\.today)$")
ENTROPY = re.compile(r"^(os\.(urandom|getrandom|getpid|getppid)|secrets\.\w+|uuid\.uuid[14]|random\.SystemRandom"
                     r"|threading\.get_(ident|native_id)|multiprocessing\.current_process)$")
KEYS = {"jax.random.PRNGKey", "jax.random.key"}
RESEEDS = {"torch.seed", "torch.cuda.seed", "torch.cuda.seed_all",
           "tensorflow.random.Generator.from_non_deterministic_state"}
SEED_WORDS = re.compile(r"(^|_)(seed|random_state|rng_seed)$", re.I)
SEED_METHODS = {"manual_seed", "manual_seed_all", "seed", "set_seed", "set_random_seed", "seed_everything",
                "PRNGKey", "reseed"}
DEEPEST = 4


def source(module, node, depth=0):
    """(name, is a clock) of what a value is made of that every run has anew, or None."""
    if depth > DEEPEST:
        return None
    for part in ast.walk(node):
        if isinstance(part, ast.Call):
            found = called_source(module, part, depth)
            if found:
                return found
        elif isinstance(part, (ast.Name, ast.Attribute)):
            for binding in module.bindings(part):
                value = default_of(module, binding.node) if isinstance(binding.node, ast.arg) else binding.value
                found = value is not None and source(module, value, depth + 1)
                if found:
                    return found
    return None


def default_of(module, parameter):
    """Of `def run(seed=time.time())`, or None."""
    arguments = module.parents[parameter]
    named = arguments.posonlyargs + arguments.args
    defaults = dict(zip(reversed(named), reversed(arguments.defaults)))
    defaults.update(zip(arguments.kwonlyargs, arguments.kw_defaults))
    return defaults.get(parameter)


def called_source(module, call, depth):
    name = module.resolve(call.func) or ""
    if CLOCKS.match(name):
        return name, True
    if ENTROPY.match(name):
        return name, False
    if name in GENERATORS and argument(call, *GENERATORS[name]) is None:
        return None  # DET301 is at that place
    if isinstance(call.func, ast.Name) and call.func.id in module.functions and not name:
        function = module.functions[call.func.id]
        for each in ast.walk(function):
            if isinstance(each, ast.Return) and each.value is not None and module.scope_of(each) is function:
                found = source(module, each.value, depth + 1)
                if found:
                    return found
    return None


def seeds(module, call, name):
    """Expressions that the call uses as a seed."""
    if name in GENERATORS:
        yield argument(call, *GENERATORS[name])
    elif name in SEEDS or name in KEYS or method(call) in SEED_METHODS or (
            isinstance(call.func, ast.Name) and call.func.id in SEED_METHODS | {"Random"}):
        yield from call.args[:1]
    for each in call.keywords:
        if each.arg and SEED_WORDS.search(each.arg) or each.arg == "a" and name == "random.seed":
            yield each.value


# Which an audit sees at their line whenever they are called, seed or none.
SEEN = {"random.seed", "numpy.random.seed", "random.Random"}


def finding(node, called, what, name, is_clock):
    return Finding("DET304", "time-dependence" if is_clock else "unseeded-rng", node,
                   message=f"{what} comes from `{name}`",
                   label="every run has another seed", call=called if called in SEEN else "",
                   fix="take the seed from the run's configuration, and log it: "
                       "`parser.add_argument(\"--seed\", type=int, default=0)`")


def without_seed(module, call, name):
    """`random.seed()`, `torch.seed()`, `torch.Generator().seed()`, `random.SystemRandom()`."""
    if name in RESEEDS or name == "random.SystemRandom":
        return True
    if name in ("random.seed", "numpy.random.seed", "cupy.random.seed"):
        return argument(call, 0, "a", "seed") is None
    if method(call) == "seed" and not call.args and not call.keywords and not name:
        made = module.value(call.func.value)
        return isinstance(made, ast.Call) and module.resolve(made.func) == "torch.Generator"
    return False


def judge(module):
    for call, name in module.calls():
        if without_seed(module, call, name):
            yield finding(call, name, "a seed", f"{name or 'torch.Generator.seed'}()", False)
            continue
        for seed in seeds(module, call, name):
            found = None if seed is None or seed is call else source(module, seed)
            if found:
                yield finding(call, name, "a seed", *found)
                break
