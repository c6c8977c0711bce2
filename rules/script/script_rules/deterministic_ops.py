"""Training scripts that never ask TensorFlow or PyTorch for deterministic operations on a GPU."""
import ast
import re
import sys

from .call import is_constant, keyword, method
from .finding import Finding
from .script import script_of
from .truth import truth

TENSORFLOW = {"tensorflow.config.experimental.enable_op_determinism",
              "tensorflow.experimental.numpy.enable_op_determinism"}
TORCH = {"torch.use_deterministic_algorithms", "torch.set_deterministic", "torch.set_deterministic_debug_mode",
         "transformers.enable_full_determinism"}


# Which put no tensor on a device of their own.
PLAIN = {"torch", "torchvision", "torchaudio", "torchtext", "numpy", "scipy", "pandas", "sklearn", "matplotlib", "PIL",
         "tqdm", "yaml", "gym", "gymnasium", *getattr(sys, "stdlib_module_names", ())}
DEVICES = re.compile(r"cuda|cudnn|gpu|device|accelerator|\bmps\b|\b[xhnt]pu\b", re.I)


def environment(module):
    """What the script sets in `os.environ`, as far as it is constant."""
    settings = {}
    for node in module.nodes:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Subscript):
            target = node.targets[0]
            if module.resolve(target.value) == "os.environ" and isinstance(target.slice, ast.Constant):
                settings[target.slice.value] = getattr(node.value, "value", "?")
        elif isinstance(node, ast.Call) and (module.resolve(node.func) or "") in (
                "os.environ.setdefault", "os.putenv") and len(node.args) == 2:
            name, value = node.args
            settings[getattr(name, "value", "?")] = getattr(value, "value", "?")
    return settings


def calls_helper(script):
    """A helper of another file that makes things reproducible may do this too."""
    module = script.module
    return any("determin" in (getattr(call.func, "attr", "") or getattr(call.func, "id", "")).lower()
               or "reproduc" in (getattr(call.func, "attr", "") or getattr(call.func, "id", "")).lower()
               for call, name in module.calls() if not name or name.split(".")[0] not in ("torch", "tensorflow"))


def only_cpu(module, settings):
    if str(settings.get("CUDA_VISIBLE_DEVICES", "0")) in ("", "-1") or settings.get("JAX_PLATFORMS") == "cpu":
        return True
    for call, name in module.calls():
        if name in ("tensorflow.config.set_visible_devices", "tensorflow.config.experimental.set_visible_devices"):
            if call.args and isinstance(call.args[0], ast.List) and not call.args[0].elts:
                return True
        if name == "torch.set_default_device" and call.args and is_constant(call.args[0], "cpu"):
            return True
        if name == "torch.device" and call.args and is_constant(call.args[0], "cpu"):
            return not any(is_constant(node, "cuda") or method(node) == "cuda" for node in module.nodes)
    return False


def names_no_device(module):
    """Tensors of PyTorch are on the CPU unless a script, or what else it imports, says otherwise."""
    if any(root not in PLAIN for root in roots(module)):
        return False
    words = (getattr(node, "id", "") or getattr(node, "attr", "") or getattr(node, "arg", "") or
             getattr(node, "value", "")
             for node in module.nodes if not isinstance(module.parents.get(node), ast.Expr))  # docstrings
    return not any(isinstance(word, str) and DEVICES.search(word) for word in words)


def roots(module):
    """The packages that are imported."""
    for node in module.nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." if node.level else node.module.split(".")[0]


def is_on(module, names):
    """Whether one of the functions is called, other than by `False`."""
    for call, name in module.calls():
        if name in names:
            mode = call.args[0] if call.args else keyword(call, "mode", "debug_mode", "d")
            if truth(module, mode) is not False and not is_constant(module.value(mode) if mode else None, "default"):
                return True
        if name == "lightning.Trainer" and "torch.use_deterministic_algorithms" in names:
            deterministic = keyword(call, "deterministic")
            if deterministic is not None and not is_constant(deterministic, False, None):
                return True
    return False


def only_warns(module):
    """The call by which PyTorch tells of operations that are not deterministic, and runs them; None where one forbids
    them."""
    found = None
    for call, name in module.calls():
        if name == "torch.use_deterministic_algorithms" and truth(module, keyword(call, "warn_only")):
            found = found or call
        elif name == "torch.set_deterministic_debug_mode" and call.args and is_constant(
                module.value(call.args[0]), "warn", 1):
            found = found or call
        elif name in TORCH:
            return None
    return found


def first_training(module, script, methods):
    for call in script.trains:
        if method(call) in methods:
            return call
    return None


def finding(module, script, code, call, function, argument, what):
    return Finding(
        code, "float-atomics", call,
        message=f"{what} trains, and never calls `{module.spelling(function)}`",
        label="the first step of training: on a GPU some operations add by atomics",
        fix=f"add `{module.spelling(function)}({argument})` {script.where(call, 'where training begins')}")


def judge(module):
    script = script_of(module)
    if script.begins is None or not script.trains:
        return
    settings = environment(module)
    if only_cpu(module, settings) or calls_helper(script):
        return
    keras = module.imports("keras") or module.imports("tensorflow")
    if keras and settings.get("KERAS_BACKEND", "tensorflow") == "tensorflow" and not is_on(module, TENSORFLOW):
        call = first_training(module, script, {"fit", "train_on_batch", "fit_generator", "minimize",
                                               "apply_gradients"})
        if call is not None and str(settings.get("TF_DETERMINISTIC_OPS", "0")) not in ("1", "true"):
            yield finding(module, script, "DET310", call, "tensorflow.config.experimental.enable_op_determinism", "",
                          "a TensorFlow script")
    if module.imports("torch") and not names_no_device(module):
        call = first_training(module, script, {"backward"})
        warning = only_warns(module)
        if call is not None and warning is not None:
            yield Finding("DET311", "float-atomics", warning,
                          message=f"`{ast.unparse(warning)}` only warns of operations that are not deterministic",
                          label="those without a deterministic algorithm run all the same",
                          fix=f"call `{module.spelling('torch.use_deterministic_algorithms')}(True)`, and replace what "
                              "it then refuses")
        elif call is not None and not is_on(module, TORCH):
            yield finding(module, script, "DET311", call, "torch.use_deterministic_algorithms", "True",
                          "a PyTorch script")
