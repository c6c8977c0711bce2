"""tf.data pipelines: shuffles without a seed, orders that change each epoch, elements as they arrive."""
import ast

from .call import argument, is_constant, keyword, method
from .finding import Finding
from .script import script_of

FOLDERS = ("image", "text", "audio")
SWITCHES = ("experimental_deterministic", "deterministic")  # of options
CONSUMERS = {"map", "interleave", "batch", "padded_batch", "ragged_batch", "parallel_interleave"}


def makes_dataset(module, node, depth=0):
    """Whether a chain of methods starts at `tf.data.Dataset`, or at a name that does."""
    while depth < 40:
        depth += 1
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            name = module.resolve(node.func) or ""
            if "tensorflow.data" in name or name.startswith(("tensorflow_datasets.", "keras.utils.")):
                return True
            node = node.func.value
            continue
        value = module.value(node)
        if value is node:
            return False
        node = value
    return False


def makes(module, node):
    """What of this file is called to make an object, or None."""
    made = module.value(node)
    return module.functions.get(getattr(made.func, "id", "")) if isinstance(made, ast.Call) else None


def looks_like_dataset(module, call):
    """A `shuffle` of tf.data: its receiver leads there, or its arguments are those of no other library."""
    receiver = call.func.value
    if makes_dataset(module, receiver):
        return True
    if keyword(call, "reshuffle_each_iteration", "buffer_size") is not None:
        return True
    if isinstance(makes(module, receiver), ast.ClassDef) or isinstance(module.parents[call], ast.Expr):
        return False  # a dataset's shuffle returns another one
    made = module.value(receiver)
    if isinstance(made, ast.Call) and (module.resolve(made.func) or "").startswith(("random.", "numpy.", "torch.")):
        return False
    # Parameters, and what other functions return, in a file that uses TensorFlow.
    return module.imports("tensorflow") and bool(call.args) and module.resolve(call.func) is None


def is_of_dataset(module, call):
    """`dataset.shuffle(8)`, and not `Dataset.shuffle(dataset, 8)`."""
    return isinstance(call.func, ast.Attribute) and module.resolve(call.func.value) != "tensorflow.data.Dataset"


def shuffles(module):
    """(call, its seed, what is shuffled)"""
    for call, name in module.calls():
        name = name or ""
        if name.startswith("tensorflow.data.Dataset.list_files"):
            if not is_constant(argument(call, 1, "shuffle"), False):
                yield call, argument(call, 2, "seed"), "`list_files` shuffles by default"
        elif name.startswith("keras.utils.") and name.endswith("_dataset_from_directory"):
            if not is_constant(keyword(call, "shuffle"), False):
                yield call, keyword(call, "seed"), f"`{name.rpartition('.')[2]}` shuffles by default"
        elif name == "tensorflow.data.experimental.shuffle_and_repeat":
            yield call, argument(call, 2, "seed"), "the dataset is shuffled"
        elif name == "tensorflow.data.Dataset.shuffle" and not is_of_dataset(module, call):
            yield call, argument(call, 2, "seed"), "the dataset is shuffled"
        elif method(call) == "shuffle" and (not name or "tensorflow.data" in name) and looks_like_dataset(module, call):
            yield call, argument(call, 1, "seed"), "the dataset is shuffled"


def is_seeded(script, call):
    if method(call).endswith("_from_directory"):
        return script.is_seeded("numpy")  # where Keras takes it from
    return script.is_seeded("tensorflow")


def judge_shuffle(module, script, call, seed, what):
    runs = script.runs(call)
    if not runs and method(call).endswith("_from_directory"):
        return
    if seed is None and not is_seeded(script, call):
        yield Finding(
            "DET305" if runs else "DET306", "data-order", call,
            message=f"{what} without a seed" + ("" if runs else ": the order is left to the caller's global seed"),
            label="the order of the elements is drawn anew in every run" if runs
            else "in no fixed order unless TensorFlow's global seed is set",
            fix="pass `seed=seed`, or add "
                f"`{module.spelling('keras.utils.set_random_seed')}(seed)` {script.where(call, 'the shuffle')}")
    elif is_constant(argument(call, 2, "reshuffle_each_iteration"), True):
        yield Finding(
            "DET307", "data-order", call,
            message="the dataset is shuffled in another order in every epoch",
            label="repeats from run to run, but not in a run that resumes at a later epoch",
            fix="if runs resume, or `take` and `skip` split the data after this, pass "
                "`reshuffle_each_iteration=False` or a seed that depends on the epoch")


def in_arrival_order(module):
    for call, name in module.calls():
        if method(call) in CONSUMERS and is_off(module, keyword(call, "deterministic")):
            yield call, f"`{method(call)}(deterministic=False)`", "pass `deterministic=True` (it stays parallel)"
        elif (name or "").startswith("tensorflow.data.") and is_constant(keyword(call, "sloppy"), True):
            yield call, "`sloppy=True`", "use `Dataset.interleave(..., deterministic=True)`"
        elif name == "tensorflow_datasets.load" and is_constant(keyword(call, "shuffle_files"), True):
            if keyword(call, "read_config") is None:
                yield call, "`shuffle_files=True`", \
                    "pass `read_config=tfds.ReadConfig(shuffle_seed=seed, interleave_cycle_length=1)`"
    for call, _ in module.calls():
        if module.builtin(call) == "setattr" and len(call.args) == 3 and is_off(module, call.args[2]) and is_constant(
                call.args[1], *SWITCHES) and is_options(module, call.args[0]):
            yield call, f"`{ast.unparse(call)}`", "set it to True"
    for node in module.nodes:
        if not isinstance(node, ast.Assign) or not is_off(module, node.value):
            continue
        for target in node.targets:
            if isinstance(target, ast.Attribute) and target.attr in SWITCHES and is_options(module, target.value):
                yield node, f"`{ast.unparse(target)} = False`", f"set `{ast.unparse(target)} = True`"


def is_off(module, given):
    return given is not None and is_constant(module.value(given), False)


def is_options(module, node):
    value = module.value(node)
    name = module.resolve(value.func) if isinstance(value, ast.Call) else None
    if name:
        return name.startswith("tensorflow.data")
    # `dataset.options()`, and options that are handed in.
    return not (module.resolve(node) or "").startswith("torch") and module.imports("tensorflow")


def judge(module):
    if not any(module.imports(each) for each in ("tensorflow", "keras", "tensorflow_datasets")):
        return
    script = script_of(module)
    for call, seed, what in shuffles(module):
        yield from judge_shuffle(module, script, call, seed, what)
    for node, what, fix in in_arrival_order(module):
        yield Finding(
            "DET308", "data-order", node,
            message=f"{what} lets elements pass in the order in which threads finish them",
            label="threads decide the order of the elements", fix=fix)
