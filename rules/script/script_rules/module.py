"""A Python source as the rules see it: its tree, what names stand for, and where things are."""
import ast
import builtins
import os
import sys
import warnings

from .names import canonical

MODULE = "<module>"
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
IMPORTERS = {"importlib.import_module", "pytest.importorskip"}
CHANGING = {"update", "setdefault", "pop", "popitem", "clear"}
DEEPEST = 8  # names that stand for names


class Unreadable(Exception):
    """Why there is no tree."""


def parse(path):
    try:
        with open(path, "rb") as file:
            text = file.read()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text, path)
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror}") from None
    except SyntaxError as error:
        version = "%d.%d" % sys.version_info[:2]
        place = f"line {error.lineno}: " if error.lineno else ""
        raise Unreadable(f"is no Python {version}: {place}{error.msg}") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise Unreadable(f"cannot be parsed: {error or type(error).__name__}") from None


class Binding:
    """What a statement makes a name stand for: an import's dotted name, an expression, or neither."""

    def __init__(self, node, dotted=None, value=None, annotation=None):
        self.node, self.dotted, self.value, self.annotation = node, dotted, value, annotation


class Module:
    """One file. `parents` leads from each node to the one around it, `nodes` is in no special order."""

    def __init__(self, path):
        self.path = path
        self.tree = parse(path)
        self.nodes = list(ast.walk(self.tree))
        self.parents = {child: node for node in self.nodes for child in ast.iter_child_nodes(node)}
        self._bindings = {}  # (scope, name) to bindings
        self._members = {}  # (class, attribute of self) to bindings
        self._star = []
        self._calls = None  # once they are asked for
        self.functions = {}  # of this file, by plain name
        for node in self.nodes:
            self._learn(node)
        self._uses = {}  # (scope, name) to where it is read
        for node in self.nodes:
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                self._uses.setdefault((self.home(node), node.id), []).append(node)
        for node in self.nodes:
            if isinstance(node, ast.Call):
                self._complete(node)

    def _complete(self, call):
        """Makes of a call of `functools.partial(f, a)`, and of `f(**{"b": c})`, the plain call that it stands for."""
        made = self.value(call.func)
        if isinstance(made, ast.Call) and made.args and self._dotted(made.func, 0) == "functools.partial":
            given = {each.arg for each in call.keywords}
            call.args = made.args[1:] + call.args
            call.keywords = [each for each in made.keywords if each.arg not in given] + call.keywords
        if any(each.arg is None for each in call.keywords):
            call.keywords = [part for each in call.keywords for part in self._unpacked(each)]

    def _unpacked(self, given):
        """The keywords of `**settings`, where they are all written down and never changed."""
        return [given] if given.arg is not None else self.entries(given.value) or [given]

    def entries(self, node):
        """The entries of a dictionary as keywords, where they are all written down and never changed, or none."""
        if self._is_changed(node):
            return []
        made = self.value(node)
        if isinstance(made, ast.Call) and self.builtin(made) == "dict" and not made.args:
            return made.keywords
        if not isinstance(made, ast.Dict) or not all(
                isinstance(key, ast.Constant) and isinstance(key.value, str) for key in made.keys):
            return []
        return [ast.copy_location(ast.keyword(key.value, value), value) for key, value in zip(made.keys, made.values)]

    def _is_changed(self, node):
        if not isinstance(node, ast.Name):
            return isinstance(node, ast.Attribute)
        around = [self.parents[use] for use in self.uses(node)]
        return len(self.bindings(node)) != 1 or any(
            isinstance(each, ast.Subscript) and not isinstance(each.ctx, ast.Load)
            or isinstance(each, ast.Attribute) and each.attr in CHANGING for each in around)

    def _bind(self, scope, name, binding):
        self._bindings.setdefault((scope, name), []).append(binding)

    def _learn(self, node):
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.split(".")[0]
                self._bind(self.scope_of(node), name, Binding(node, alias.name if alias.asname else name))
        elif isinstance(node, ast.ImportFrom):
            self._learn_from(node)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                self._learn_target(node, target, node.value)
        elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)):
            self._learn_target(node, node.target, node.value, getattr(node, "annotation", None))
        elif isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
            self._learn_target(node, node.target, None)
        elif isinstance(node, ast.withitem) and node.optional_vars is not None:
            self._learn_target(node, node.optional_vars, node.context_expr)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            self._bind(self.scope_of(node), node.name, Binding(node))
            self.functions.setdefault(node.name, node)
        elif isinstance(node, ast.arg):
            arguments = self.parents[node]
            function = self.parents[arguments] if isinstance(arguments, ast.arguments) else arguments
            self._bind(function, node.arg, Binding(node, annotation=node.annotation))

    def _learn_from(self, node):
        for alias in node.names:
            # A relative import leads into a package that is not read.
            dotted = f"{node.module}.{alias.name}" if node.module and not node.level else None
            if alias.name != "*":
                self._bind(self.scope_of(node), alias.asname or alias.name, Binding(node, dotted))
            elif dotted:
                self._star.append(node.module)

    def _learn_target(self, node, target, value, annotation=None):
        if isinstance(target, ast.Name):
            self._bind(self.scope_of(node), target.id, Binding(node, value=value, annotation=annotation))
            if isinstance(self.parents.get(node), ast.ClassDef):
                self._members.setdefault((self.parents[node], target.id), []).append(
                    Binding(node, value=value, annotation=annotation))
        elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "self":
            self._members.setdefault((self.class_around(node), target.attr), []).append(
                Binding(node, value=value, annotation=annotation))
        elif isinstance(target, (ast.Tuple, ast.List)):
            parts = target.elts
            values = value.elts if isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(parts) else None
            for i, part in enumerate(parts):
                self._learn_target(node, part, values[i] if values else None)
        elif isinstance(target, ast.Starred):
            self._learn_target(node, target.value, None)

    def scope_of(self, node):
        """The function (or the module) whose names the node's are."""
        while node in self.parents:
            node = self.parents[node]
            if isinstance(node, FUNCTIONS):
                return node
        return self.tree

    def class_around(self, node):
        while node in self.parents and not isinstance(node, ast.ClassDef):
            node = self.parents[node]
        return node

    def home(self, name):
        """The scope that binds a name which is read here."""
        scope = self.scope_of(name)
        while (scope, name.id) not in self._bindings and scope is not self.tree:
            scope = self.scope_of(scope)
        return scope

    def bindings(self, node):
        """What a name, or an attribute of self or of a class of this file, may stand for."""
        if isinstance(node, ast.Name):
            return self._bindings.get((self.home(node), node.id), [])
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            return self._members.get((self._class_of(node.value), node.attr), [])
        return []

    def _class_of(self, name):
        """The class whose attributes `self`, `cls` or its own name has."""
        if name.id in ("self", "cls"):
            return self.class_around(name)
        bound = self._bindings.get((self.home(name), name.id), [])
        return bound[0].node if len(bound) == 1 and isinstance(bound[0].node, ast.ClassDef) else None

    def uses(self, node):
        """Where a name is read, wherever it is bound."""
        return self._uses.get((self.home(node), node.id), [])

    def value(self, node):
        """The expression that a name was last given above it, or the node itself."""
        for _ in range(DEEPEST):
            known = [b for b in self.bindings(node) if b.value is not None]
            if not known:
                return node
            above = [b for b in known if b.node in self.parents and getattr(b.value, "lineno", 0) <= node.lineno]
            node = (above or known)[-1].value
        return node

    def resolve(self, node, depth=0):
        """`np.random.default_rng` as "numpy.random.default_rng"; None for what no import leads to."""
        dotted = self._dotted(node, depth)
        return dotted and canonical(dotted)

    def _dotted(self, node, depth):
        if depth > DEEPEST:
            return None
        if isinstance(node, ast.Attribute):
            base = self._dotted(node.value, depth + 1)
            if base:
                return f"{base}.{node.attr}"
        if isinstance(node, (ast.Name, ast.Attribute)):
            return self._name(node, depth)
        return self._imported(node, depth) if isinstance(node, ast.Call) else None

    def _name(self, node, depth):
        bound = self.bindings(node)
        imports = [b.dotted for b in bound if isinstance(b.node, (ast.Import, ast.ImportFrom))]
        if imports:
            return imports[-1]
        for binding in bound:
            value = self._only_base(binding.node) if isinstance(binding.node, ast.ClassDef) else binding.value
            if isinstance(value, (ast.Name, ast.Attribute, ast.Call)):
                dotted = self._dotted(value, depth + 1)
                if dotted:
                    return dotted
        if not bound and isinstance(node, ast.Name) and len(self._star) == 1 and not hasattr(builtins, node.id):
            return f"{self._star[0]}.{node.id}"
        return None

    def _only_base(self, made):
        """Of a class that is made as its base is."""
        own = any(isinstance(node, ast.FunctionDef) and node.name in ("__init__", "__new__") for node in made.body)
        return made.bases[0] if len(made.bases) == 1 and not own else None

    def _imported(self, call, depth):
        """`importlib.import_module("numpy")`, `getattr(numpy.random, "rand")`, `partial(numpy.random.rand, 3)`."""
        plain = call.func.id if isinstance(call.func, ast.Name) else ""
        text = [a.value if isinstance(a, ast.Constant) and isinstance(a.value, str) else "" for a in call.args]
        if plain == "getattr" and len(text) >= 2 and text[1]:
            base = self._dotted(call.args[0], depth + 1)
            return base and f"{base}.{text[1]}"
        if call.args and not text[0] and self._dotted(call.func, depth + 1) == "functools.partial":
            return self._dotted(call.args[0], depth + 1)
        if text and text[0] and (plain == "__import__" or self._dotted(call.func, depth + 1) in IMPORTERS):
            return text[0]
        return None

    def calls(self):
        """Every call, with what its function resolves to (None where that is not known)."""
        if self._calls is None:
            self._calls = [(node, self.resolve(node.func)) for node in self.nodes if isinstance(node, ast.Call)]
        return self._calls

    def each(self, node):
        """What a name resolves to; of the variable of `for f in (numpy.random.seed, torch.manual_seed)` all."""
        for binding in self.bindings(node):
            loop = binding.node
            if isinstance(loop, (ast.For, ast.comprehension)) and isinstance(loop.iter, (ast.Tuple, ast.List)):
                return [self.resolve(part) for part in loop.iter.elts]
        return [self.resolve(node)]

    def builtin(self, call):
        """The name of the builtin that is called, or ""."""
        if not isinstance(call, ast.Call):
            return ""
        return self.builtin_named(call.func)

    def builtin_named(self, node):
        """The builtin that a name, or `functools.partial` of one, stands for, or ""."""
        function = self.value(node)
        if isinstance(function, ast.Call) and function.args and (
                self._dotted(function.func, 0) == "functools.partial"):
            function = self.value(function.args[0])
        if isinstance(function, ast.Name) and not self.bindings(function):
            return function.id
        dotted = self._dotted(function, 0) if isinstance(function, ast.Attribute) else None
        return dotted.partition(".")[2] if dotted and dotted.startswith("builtins.") else ""

    def imports(self, root):
        """Whether anything of a package is imported."""
        return any(canonical(b.dotted).split(".")[0] == root
                   for bound in self._bindings.values() for b in bound if b.dotted)

    def spelling(self, name):
        """A canonical name as this file would write it: "tf.random.set_seed"."""
        best = ("", "")
        for (scope, alias), bound in self._bindings.items():
            for binding in bound:
                if binding.dotted and scope is self.tree:
                    stands_for = canonical(binding.dotted)
                    if (name + ".").startswith(stands_for + ".") and len(stands_for) > len(best[0]):
                        best = (stands_for, alias)
        if best[0]:
            return best[1] + name[len(best[0]):]
        if name.startswith("keras.") and self.imports("tensorflow"):
            return self.spelling("tensorflow." + name)
        return name

    def function_around(self, node):
        """"Trainer.fit", or "<module>" outside of functions."""
        names = []
        while node in self.parents:
            node = self.parents[node]
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                names.append(node.name)
        return ".".join(reversed(names)) or MODULE

    def file(self):
        """The real path, each byte as the code point of its number."""
        return os.fsencode(os.path.realpath(self.path)).decode("latin-1")
