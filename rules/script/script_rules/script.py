"""What a script does when it runs: where it begins, what it seeds, what it draws from global generators."""
import ast
import re

from .call import argument, is_constant, is_open, keyword, method

ALL = frozenset({"random", "numpy", "torch", "tensorflow", "cupy"})
MOST = frozenset({"random", "numpy", "torch"})

# What each call seeds.
SEEDS = {
    "random.seed": {"random"}, "random.setstate": {"random"},
    "numpy.random.seed": {"numpy"}, "numpy.random.set_state": {"numpy"},
    "cupy.random.seed": {"cupy"},
    "torch.manual_seed": {"torch"}, "torch.set_rng_state": {"torch"}, "torch.seed": {"torch"},
    "tensorflow.random.set_seed": {"tensorflow"}, "tensorflow.set_random_seed": {"tensorflow"},
    "tensorflow.random.set_random_seed": {"tensorflow"},
    "keras.utils.set_random_seed": ALL - {"cupy"},
    "lightning.seed_everything": MOST, "transformers.set_seed": MOST,
    "transformers.enable_full_determinism": MOST, "accelerate.utils.set_seed": MOST,
}
FRAMEWORKS = {"random", "numpy", "torch", "tensorflow", "keras", "jax", "cupy", "os"}
# A helper of some other file that sets seeds, by its name.
HELPER = re.compile(r"^_*(seed|(set|fix|init|setup|set_up|manual|enable|make|apply|initiali[sz]e|configure|ensure|"
                    r"reset|control|use)_?.*(seed|determin|reproduc))", re.I)

PYTHON = set("random randint uniform choice choices sample shuffle gauss normalvariate randrange betavariate "
             "expovariate getrandbits triangular randbytes lognormvariate vonmisesvariate gammavariate "
             "paretovariate weibullvariate binomialvariate".split())
NUMPY_OTHER = set("seed set_state get_state default_rng get_bit_generator set_bit_generator test".split())
TORCH = set("rand randn randint randperm normal bernoulli multinomial poisson rand_like randn_like randint_like "
            "dropout".split())
TORCH_LAYERS = re.compile(r"^torch\.nn\.(Lazy)?(Linear|Bilinear|Conv\w+|Embedding\w*|LSTM|GRU|RNN|LSTMCell|GRUCell|"
                          r"RNNCell|Transformer\w*|MultiheadAttention|\w*Dropout\w*|RReLU)$")
TORCH_IN_PLACE = set("normal_ uniform_ bernoulli_ random_ cauchy_ exponential_ geometric_ log_normal_".split())
TORCH_FILLS = {"zeros_", "ones_", "constant_", "eye_", "dirac_", "calculate_gain"}
TENSORFLOW = re.compile(r"^tensorflow\.(random\.(normal|uniform|truncated_normal|shuffle|gamma|poisson|categorical)|"
                        r"nn\.dropout|image\.random_\w+|random_(normal|uniform|shuffle))$")
KERAS_WEIGHTS = re.compile(r"^keras\.layers\.(Dense|EinsumDense|Conv\w+|SeparableConv\w+|DepthwiseConv\w+|Embedding|"
                           r"LSTM|GRU|SimpleRNN|ConvLSTM\w+|LSTMCell|GRUCell|MultiHeadAttention|"
                           r"GroupQueryAttention)$")
KERAS_DRAWS = re.compile(r"^keras\.(random\.(normal|uniform|randint|truncated_normal|dropout|shuffle|categorical|"
                         r"gamma|binomial|beta)|initializers\.(Random\w+|Glorot\w+|He[NU]\w+|Lecun\w+|Orthogonal|"
                         r"TruncatedNormal|VarianceScaling))$")
SKLEARN = re.compile(r"^sklearn\.(model_selection\.(train_test_split|ShuffleSplit|StratifiedShuffleSplit|"
                     r"RandomizedSearchCV)|utils\.(shuffle|resample)|datasets\.make_(?!circles)\w+|"
                     r"ensemble\.(Random|ExtraTrees)\w+|cluster\.(MiniBatch)?KMeans|"
                     r"neural_network\.MLP\w+)$")
TRAINING = {"fit", "train_on_batch", "backward", "fit_generator", "minimize", "apply_gradients"}


def keras_weights(call):
    initializer = keyword(call, "kernel_initializer", "embeddings_initializer")
    return initializer is None or (isinstance(initializer, ast.Constant)
                                   and initializer.value not in ("zeros", "ones", "identity"))


def loads_in_no_order(call):
    """A DataLoader that shuffles, or has workers, by torch's global generator."""
    shuffles = keyword(call, "shuffle") or (call.args[2] if len(call.args) > 2 else None)
    return (not is_open(call) and shuffles is not None and not is_constant(shuffles, False, None)
            and argument(call, None, "generator") is None and argument(call, None, "sampler") is None)


def drawn(module, call, name):
    """Which global generator a call draws from, or ""."""
    name = name or ""
    root, _, last = name.partition(".")
    if root == "random" and last in PYTHON:
        return "random"
    if name.startswith(("numpy.random.", "cupy.random.")) and name.count(".") == 2:
        attribute = name.rpartition(".")[2]
        return root if attribute.islower() and attribute not in NUMPY_OTHER else ""
    if SKLEARN.match(name):
        return "" if argument(call, None, "random_state") is not None or is_constant(
            keyword(call, "shuffle"), False) else "numpy"
    if TENSORFLOW.match(name):
        return "" if argument(call, None, "seed") is not None else "tensorflow"
    if KERAS_WEIGHTS.match(name):
        return "keras" if keras_weights(call) else ""
    if KERAS_DRAWS.match(name):
        return "" if argument(call, None, "seed") is not None or is_seeded_keras(call, name) else "keras"
    return "torch" if draws_from_torch(module, call, name) else ""


def is_seeded_keras(call, name):
    return name.startswith("keras.random.") and len(call.args) > 3


def draws_from_torch(module, call, name):
    if argument(call, None, "generator") is not None:
        return False
    if name.startswith("torch.nn.init."):
        return name.rpartition(".")[2] not in TORCH_FILLS
    if name.startswith("torch.nn.functional.") and "dropout" in name:
        return not is_constant(keyword(call, "training"), False)
    if name.startswith("torchvision.transforms."):
        return re.match(r"(Random|AutoAugment|ColorJitter|TrivialAug|RandAug)", name.rpartition(".")[2]) is not None
    if name.startswith("torch.") and name[6:] in TORCH:
        return True
    if TORCH_LAYERS.match(name):
        return True
    return method(call) in TORCH_IN_PLACE and module.imports("torch")


class Script:
    """Draws and seeds by line. `begins` is the node where it starts to run, None for a library."""

    def __init__(self, module):
        self.module = module
        self.draws = []  # (stream, call, name)
        self.seeds = []  # (streams, call)
        self.trains = []
        for call, name in sorted(module.calls(), key=lambda each: (each[0].lineno, each[0].col_offset)):
            stream = drawn(module, call, name)
            if stream:
                self.draws.append((stream, call, name or method(call)))
            seeded = self._seeded(call, name)
            if seeded and not self._never_called(call):
                self.seeds.append((seeded, call))
            if method(call) in TRAINING or (name or "").startswith("torch.autograd.backward"):
                self.trains.append(call)
        self.begins = self._beginning()

    def _seeded(self, call, name):
        seeded = [SEEDS[each] for each in self.module.each(call.func) if each in SEEDS]
        if seeded:
            return frozenset().union(*seeded)
        last = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        known = name and name.split(".")[0] in FRAMEWORKS or last in self.module.functions
        if known or not name and last in ("seed", "manual_seed"):  # of one generator
            return set()
        return ALL if HELPER.match(last) else set()

    def _never_called(self, call):
        """Whether a seed is set only by a function of this script that nothing mentions."""
        scope = self.module.scope_of(call)
        if not isinstance(scope, (ast.FunctionDef, ast.AsyncFunctionDef)) or scope.decorator_list:
            return False
        if not isinstance(self.module.parents.get(scope), ast.Module):
            return False
        return not any(isinstance(node, ast.Name) and node.id == scope.name
                       or is_constant(node, scope.name) for node in self.module.nodes)

    def _beginning(self):
        for node in self.module.tree.body:
            if isinstance(node, ast.If) and self._is_guard(node.test):
                return node
        working = [call for _, call, _ in self.draws] + self.trains
        for call in sorted(working, key=lambda each: each.lineno):
            if self.at_top(call):
                return call
        names = {"main", "train", "run", "fit", "run_training"} & set(self.module.functions) | self._working(working)
        for call in (node for node in self.module.nodes if isinstance(node, ast.Call)):
            if self._called(call) in names and self.at_top(call):
                return call
        return None

    def _called(self, call):
        """The function or method of this file that a call leads to, by its plain name; of a class its `__init__`."""
        if isinstance(call.func, ast.Attribute):
            return "" if self.module.resolve(call.func) else call.func.attr
        name = getattr(call.func, "id", "")
        made = self.module.functions.get(name)
        begins = [node for node in made.body if getattr(node, "name", "") == "__init__"] if isinstance(
            made, ast.ClassDef) else []
        return f"{name}.__init__" if begins else name

    def _name(self, function):
        around = self.module.parents[function]
        return f"{around.name}.__init__" if function.name == "__init__" and isinstance(around, ast.ClassDef) else \
            function.name

    def _working(self, working):
        """Names of the functions and methods of this file that draw or train, themselves or through others of it."""
        around = {}  # function to the names that it calls
        for call in (node for node in self.module.nodes if isinstance(node, ast.Call)):
            scope = self.module.scope_of(call)
            if isinstance(scope, (ast.FunctionDef, ast.AsyncFunctionDef)):
                around.setdefault(scope, set()).add(self._called(call))
        scopes = {self.module.scope_of(call) for call in working}
        names = {self._name(each) for each in scopes if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))}
        while True:
            more = {self._name(function) for function, called in around.items() if called & names} - names
            if not more:
                return names
            names |= more

    def _is_guard(self, test):
        return any(isinstance(node, ast.Name) and node.id == "__name__" for node in ast.walk(test)) and any(
            is_constant(node, "__main__") for node in ast.walk(test))

    def at_top(self, node):
        """Runs as the file is: in no function or class."""
        while node in self.module.parents:
            node = self.module.parents[node]
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
                return False
        return True

    def runs(self, call):
        """Whether it runs as the script does, and is not only for others to call."""
        return self.begins is not None or self.at_top(call)

    def seeds_of(self, stream):
        """Calls that seed it. Keras takes the seeds of its layers from Python's generator."""
        wanted = "random" if stream == "keras" else stream
        return [call for streams, call in self.seeds if wanted in streams]

    def is_seeded(self, stream):
        return bool(self.seeds_of(stream))

    def where(self, node, what):
        """Where a line belongs that has to come before a node: "before line 12, the first draw"."""
        if isinstance(self.begins, ast.If) and not self.at_top(node):
            return f"first under `if __name__ == \"__main__\":` (line {self.begins.lineno})"
        if self.begins is not None and not self.at_top(node):
            return f"before line {self.begins.lineno}, where the script begins to run"
        return f"before line {node.lineno}, {what}"


def script_of(module):
    if not hasattr(module, "script"):
        module.script = Script(module)
    return module.script
