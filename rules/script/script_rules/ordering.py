"""Where the order of a sequence is seen: what is done with its elements, one after the other."""
import ast
import re

from .call import is_constant, keyword, method

DEEPEST = 6
# Builtins and functions whose result is the same in any order.
BLIND = {"sorted", "set", "dict", "frozenset", "len", "min", "max", "any", "all", "bool", "isinstance", "type", "id",
         "hasattr", "collections.Counter", "math.fsum", "math.prod", "natsort.natsorted", "numpy.sort", "numpy.unique",
         "heapq.heapify",
         "heapq.nsmallest", "heapq.nlargest", "natsorted"}
# Whose result is a sequence in the same order.
HANDING_ON = {"list", "tuple", "enumerate", "iter", "map", "filter", "zip", "reversed", "tqdm.tqdm", "tqdm.auto.tqdm",
              "tqdm.notebook.tqdm", "itertools.chain", "itertools.chain.from_iterable", "itertools.islice",
              "itertools.filterfalse", "fnmatch.filter", "itertools.starmap", "more_itertools.chunked",
              "itertools.combinations", "itertools.permutations", "itertools.product", "itertools.pairwise",
              "itertools.accumulate", "itertools.zip_longest", "itertools.cycle"}
# Which make a sequence of a set that they are given.
TAKING = {"print", "collections.deque", "numpy.array", "numpy.asarray", "numpy.stack", "numpy.concatenate",
          "numpy.fromiter", "jax.numpy.array", "jax.numpy.stack", "torch.tensor", "torch.stack", "torch.cat",
          "tensorflow.constant", "tensorflow.convert_to_tensor", "pandas.Series", "pandas.Index", "pandas.DataFrame",
          "json.dump", "json.dumps"}
SET_METHODS = {"update", "union", "intersection", "difference", "symmetric_difference", "issubset", "issuperset",
               "isdisjoint", "intersection_update", "difference_update", "symmetric_difference_update", "discard",
               "remove", "add", "index", "count", "sort", "clear", "__contains__", "__len__"}
APPENDING = {"append", "extend", "insert", "appendleft", "extendleft", "write", "writelines", "writerow", "writerows",
             "put", "put_nowait", "send", "heappush"}
TRAINING = {"train_on_batch", "fit", "partial_fit", "backward", "train_step"}
# Of a generator, which gives each element the next of its numbers.
DRAWING = {"random", "randint", "randrange", "integers", "uniform", "gauss", "normal", "standard_normal", "choice",
           "choices", "shuffle", "permutation"}
SIZES = {"st_size", "size", "nbytes"}
LOGGING = {"debug", "info", "error", "critical", "exception", "log"}
COUNTS = {"len", "int", "ord", "os.path.getsize", "sum", "math.ceil", "math.floor"}
WHOLE_METHODS = {"nbytes", "numel", "element_size", "bit_length", "bit_count"}
# Which ask of each element of the first argument whether it is in the second.
MEMBERSHIP = {"numpy.isin", "numpy.in1d", "torch.isin", "jax.numpy.isin"}


def asks_for_one(comparison):
    """`len(names) == 1`, `len(names) > 1`; not `len(names) == 0`."""
    asked = comparison.comparators[0]
    if not isinstance(asked, ast.Constant):
        return False
    ones = {1: (ast.Eq, ast.NotEq, ast.Gt, ast.LtE), 2: (ast.Lt, ast.GtE)}
    return isinstance(comparison.ops[0], ones.get(asked.value, ()))


def tells(call, name):
    """`warnings.warn(...)`, `rank_zero_warn(...)`, `logger.info(...)`: what goes to standard error."""
    last = name.rpartition(".")[2] or method(call) or getattr(call.func, "id", "")
    if re.search(r"(^|_)warn(ing)?(_once)?$", last):
        return True
    receiver = getattr(call.func, "value", None)
    logger = getattr(receiver, "attr", "") or getattr(receiver, "id", "")
    return last in LOGGING and logger.lower().strip("_") in ("logger", "log", "logging")


class Facts:
    """What a module sorts and counts, by the scope and the text of the expression."""

    def __init__(self, module):
        self.sorted, self.counted, self.calls = set(), set(), {}
        for node in module.nodes:
            if isinstance(node, ast.Call):
                self.calls.setdefault(method(node) or getattr(node.func, "id", ""), []).append(node)
            if method(node) == "sort":
                self.note(module, self.sorted, node.func.value)
            elif isinstance(node, ast.Assign) and module.builtin(node.value) in ("sorted", "set") and node.value.args:
                self.note_same(module, node)
            elif isinstance(node, ast.Compare) and module.builtin(node.left) == "len" and node.left.args:
                if asks_for_one(node):
                    self.note(module, self.counted, node.left.args[0])

    def note_same(self, module, node):
        """`names = sorted(names)`"""
        text = ast.unparse(node.value.args[0])
        for target in node.targets:
            if ast.unparse(target) == text:
                self.note(module, self.sorted, target)

    def note(self, module, texts, node):
        text = ast.unparse(node)
        texts.update({(module.scope_of(node), text), (module.class_around(node), text)})


def facts_of(module):
    if not hasattr(module, "order_facts"):
        module.order_facts = Facts(module)
    return module.order_facts


class Order:
    """Follows a sequence of a module. `raw`: it is a set, which nothing sees before it is iterated."""

    def __init__(self, module):
        self.module = module
        self.facts = facts_of(module)
        self._seen = set()

    def places(self, node, raw=False, depth=0):
        """Nodes where the order of what `node` evaluates to comes to matter."""
        if depth > DEEPEST or node in self._seen or self.is_for_people(node):
            return []
        self._seen.add(node)
        parent = self.module.parents.get(node)
        go_on = lambda each, still_raw=raw: self.places(each, still_raw, depth + 1)  # noqa: E731
        if isinstance(parent, (ast.For, ast.AsyncFor)) and parent.iter is node:
            return self.body_places(parent, depth)
        if isinstance(parent, ast.comprehension):
            return self.comprehension_places(parent, node, depth)
        if isinstance(parent, ast.Call):
            return self.call_places(parent, node, raw, depth)
        if isinstance(parent, ast.keyword):
            return [] if raw else [node]
        if isinstance(parent, ast.Starred):
            around = self.module.parents[parent]
            if isinstance(around, ast.Call):
                return self.unpacked_places(around, node, depth)
            return [] if isinstance(around, ast.Set) else go_on(around, False)
        if isinstance(parent, (ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.AugAssign)):
            return self.assigned_places(parent, node, raw, depth)
        if isinstance(parent, (ast.Return, ast.Yield, ast.YieldFrom)):
            return [] if raw and not isinstance(parent, ast.YieldFrom) else self.returned_places(parent, node, depth)
        if isinstance(parent, ast.withitem):
            name = parent.optional_vars
            return [node] if name is not None and self.is_seen(name, depth, node) else []
        if isinstance(parent, ast.Subscript) and parent.value is node:
            return [] if self.is_counted(self.made_of(node)) else [node]
        if isinstance(parent, ast.BinOp) and not raw:
            return go_on(parent) if isinstance(parent.op, ast.Add) else [node]
        if isinstance(parent, ast.Attribute):
            return self.method_places(parent, node, raw, depth)
        if isinstance(parent, (ast.IfExp, ast.BoolOp)):
            return [] if getattr(parent, "test", None) is node else go_on(parent)
        if isinstance(parent, (ast.Await, ast.NamedExpr)):
            return go_on(parent)
        if isinstance(parent, ast.FormattedValue):
            return [node] if self.is_written(parent) else []
        if isinstance(parent, (ast.List, ast.Tuple, ast.Dict)):
            return [] if raw else [node]
        return []

    def is_for_people(self, node):
        """In the text of an error or a warning, in an object's own text, or in a regular expression's."""
        while node in self.module.parents:
            if isinstance(node, (ast.Raise, ast.Assert, ast.ExceptHandler)):
                return True
            if isinstance(node, ast.Call):
                name = self.module.resolve(node.func) or ""
                if name in ("re.compile", "re.escape") or name.startswith("logging.") or tells(node, name):
                    return True
            if isinstance(node, ast.FunctionDef):
                return node.name in ("__repr__", "__str__")
            node = self.module.parents[node]
        return False

    def is_written(self, node):
        """Whether a text is printed, or written, as it is made."""
        while isinstance(node, (ast.expr, ast.keyword)):
            if isinstance(node, ast.Call) and (self.module.builtin(node) == "print" or method(node) == "write"):
                return True
            node = self.module.parents[node]
        return False

    def is_counted(self, node):
        """`len(names) == 1`: one element has one order."""
        text = ast.unparse(node)
        return (self.module.scope_of(node), text) in self.facts.counted

    def name_of(self, call):
        return self.module.resolve(call.func) or self.module.builtin(call)

    def last_of(self, call):
        return method(call) or getattr(call.func, "id", "")

    def made_of(self, node):
        """The set of `list(names)` or `iter(names)`."""
        while isinstance(node, ast.Call) and self.module.builtin(node) in HANDING_ON and node.args:
            node = node.args[0]
        return node

    def call_places(self, call, node, raw, depth):
        if call.func is node:
            return []
        name, called = self.name_of(call), method(call)
        if name == "dict" and self.module.builtin(node) in ("zip", "enumerate"):
            return [node]
        if name == "sum" and call.args[0] is node:
            return self.sum_places(node, raw)
        if name in BLIND or called in SET_METHODS or called.startswith("assert") or name == "sum":
            return []
        if name in HANDING_ON:
            return self.places(call, False, depth + 1)
        if self.last_of(call).startswith("assert"):
            return []
        if name in ("str", "repr") and raw:
            return [node] if self.is_written(call) else []
        if name == "next":
            return self.first_places(call, node, depth)
        if called in ("startswith", "endswith") or name in MEMBERSHIP and call.args[0] is not node:
            return []
        if called == "extend" or called == "append" and not raw:
            return [node] if self.is_seen(call.func.value, depth, call) else []
        if called == "join":
            return [] if self.is_only_told(call) else [node]
        if raw:  # who takes a set may never iterate over it
            return [node] if name in TAKING and not is_constant(keyword(call, "sort_keys"), True) else []
        return [node]

    def first_places(self, call, node, depth):
        """`next(iter(names))`; of `next(os.walk(folder))[1]` the whole list."""
        if self.is_counted(self.made_of(node)) or self.is_only_told(call):
            return []
        part = self.module.parents.get(call)
        if isinstance(node, ast.Call) and self.module.resolve(node.func) == "os.walk" and (
                isinstance(part, ast.Subscript) and part.value is call):
            return self.places(part, False, depth + 1)
        return [node]

    def is_only_told(self, node):
        """Kept under a name that only the text of errors and warnings has."""
        while isinstance(node, ast.expr):
            node = self.module.parents.get(node)
        if not isinstance(node, ast.Assign) or not all(isinstance(target, ast.Name) for target in node.targets):
            return False
        uses = [use for target in node.targets for use in self.module.uses(target)]
        return bool(uses) and all(self.is_for_people(use) for use in uses)

    def sum_places(self, node, raw):
        """Whole numbers have the same sum in any order; of names alone it is not known what they are."""
        if isinstance(node, (ast.GeneratorExp, ast.ListComp)):
            return [] if self.is_whole(node.elt) else [node]
        return [] if raw or isinstance(node, ast.Name) else [node]

    def returned_places(self, statement, node, depth):
        """Callers of this file may sort it; without any it is for others to see."""
        function = self.module.scope_of(statement)
        if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return [node]
        calls = [call for call in self.facts.calls.get(function.name, []) if not self.module.resolve(call.func)]
        if calls and not any(self.places(call, False, depth + 1) for call in calls):
            return []
        return [node]

    def unpacked_places(self, call, node, depth):
        """`print(*names)`; what others make of their arguments is not known."""
        if self.name_of(call) in HANDING_ON:
            return self.places(call, False, depth + 1)
        return [node] if self.name_of(call) == "print" or method(call) in APPENDING else []

    def comprehension_places(self, generator, node, depth):
        if generator.iter is not node:  # a condition, which asks whether there are any
            return []
        made = self.module.parents[generator]
        if isinstance(made, (ast.SetComp, ast.DictComp)):
            numbers = isinstance(made, ast.DictComp) and self.module.builtin(node) in ("enumerate", "zip")
            return [node] if numbers else []
        if isinstance(made, ast.ListComp) and isinstance(self.module.parents.get(made), ast.Expr):
            return []
        return self.places(made, False, depth + 1)

    def assigned_places(self, statement, node, raw, depth):
        if isinstance(statement, ast.AugAssign):
            if raw:
                return []
            return [node] if isinstance(statement.op, ast.Add) and self.is_seen(statement.target, depth) else []
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        places = []
        for target in targets:
            if isinstance(target, (ast.Tuple, ast.List)):
                places += [node] if len(target.elts) > 1 else []
            elif isinstance(target, ast.Name) and raw:
                continue  # a name that stands for a set is judged at its uses
            elif raw:
                continue
            elif self.is_seen(target, depth, node, bound_anew=True):
                places.append(node)
        return places

    def is_seen(self, target, depth, leaving_out=None, bound_anew=False):
        """Whether the order of what a name stands for is seen anywhere; attributes may be used elsewhere."""
        text = ast.unparse(target)
        if self.is_sorted(target, text):
            return False
        if not isinstance(target, ast.Name):
            return isinstance(target, ast.Attribute)
        uses = self.module.uses(target)
        # A list that is handed in, or is global, is seen outside.
        bound = self.module.bindings(target)
        if any(isinstance(b.node, ast.arg) for b in bound) and not bound_anew:
            return True
        if any(self.module.scope_of(use) is not self.module.scope_of(target) for use in uses):
            return True
        outside = [use for use in uses if method(self.module.parents.get(self.module.parents.get(use))) not in APPENDING
                   and not self.is_inside(use, leaving_out)]
        return any(self.places(use, False, depth + 1) for use in outside)

    def is_inside(self, node, around):
        while node is not None:
            if node is around:
                return True
            node = self.module.parents.get(node)
        return False

    def is_sorted(self, target, text):
        scope = self.module.class_around(target) if isinstance(target, ast.Attribute) else \
            self.module.scope_of(target)
        return (scope, text) in self.facts.sorted

    def method_places(self, attribute, node, raw, depth):
        call = self.module.parents.get(attribute)
        if not isinstance(call, ast.Call) or call.func is not attribute:
            return []
        if attribute.attr in ("copy", "splitlines"):
            return self.places(call, raw, depth + 1)
        taken = raw and attribute.attr in ("pop", "__iter__") and not call.args and not self.is_counted(node)
        return [node] if taken else []

    def body_places(self, loop, depth):
        places = self.kept_places(loop, depth)
        for statement in loop.body:
            for node in ast.walk(statement):
                if self.is_inside_function(node, loop) or isinstance(node, ast.Call) and self.is_for_people(node):
                    continue
                if self.shows(node, loop, depth):
                    places.append(node)
        return places

    def kept_places(self, loop, depth):
        """Of a loop that ends at the first element that will do, or at any, what is kept of that one."""
        if self.is_counted(self.made_of(loop.iter)):
            return []
        counts = {node.target.id for statement in loop.body for node in ast.walk(statement)
                  if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name)
                  and self.is_whole(node.value)}
        made = self.loop_names(loop)
        for statement in loop.body:
            made |= {each.id for each in ast.walk(statement) if isinstance(getattr(each, "ctx", None), ast.Store)
                     and isinstance(each, ast.Name)} - counts
        places = []
        for end in (node for statement in loop.body for node in ast.walk(statement)):
            if not isinstance(end, (ast.Return, ast.Break)) or self.is_inside_function(end, loop) or (
                    self.loop_around(end) is not loop or self.asks_which(end, loop)):
                continue
            if isinstance(end, ast.Return):
                kept = end.value is not None and not self.is_whole(end.value) and not self.is_truth(end.value) and (
                    bool(self.names_in(end.value) & made)) and not self.is_for_people(end)
                places += [end] if kept and self.returned_places(end, end.value, depth) else []
            elif self.is_used_after(loop, made):
                places.append(end)
        return places

    def loop_around(self, node):
        while not isinstance(node, (ast.For, ast.AsyncFor, ast.While)):
            node = self.module.parents[node]
        return node

    def asks_which(self, end, loop):
        """`if name == wanted: return name`: only one element can be the one."""
        node = end
        while node is not loop:
            node = self.module.parents[node]
            for part in ast.walk(node.test) if isinstance(node, ast.If) else []:
                if isinstance(part, ast.Compare) and isinstance(part.ops[0], (ast.Eq, ast.Is)):
                    return True
        return False

    def is_truth(self, value):
        if isinstance(value, ast.BoolOp):
            return all(self.is_truth(each) for each in value.values)
        if isinstance(value, ast.Call):
            return self.name_of(value) in ("any", "all", "bool", "isinstance", "hasattr", "issubclass", "callable")
        return isinstance(value, (ast.Compare, ast.Constant)) or (
            isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.Not))

    def is_used_after(self, loop, made):
        """Whether what the loop gave names to is read behind it, where no element at all is not all that is asked."""
        named = [each for statement in [loop.target, *loop.body] for each in ast.walk(statement)
                 if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)]
        flags = {target.id for statement in loop.body for node in ast.walk(statement) if isinstance(node, ast.Assign)
                 and self.is_truth(node.value) for target in node.targets if isinstance(target, ast.Name)}
        return any(use.lineno > loop.end_lineno and not self.is_for_people(use) and not self.is_bound_anew(use, loop)
                   for name in named if name.id not in flags for use in self.module.uses(name)
                   if self.module.scope_of(use) is self.module.scope_of(loop))

    def is_bound_anew(self, use, loop):
        """Between the loop and the use, or by the comprehension that the use is in."""
        return any(loop.end_lineno < getattr(b.node, "lineno", 0) <= use.lineno
                   or isinstance(b.node, ast.comprehension) and self.is_inside(use, self.module.parents[b.node])
                   for b in self.module.bindings(use))

    def is_inside_function(self, node, loop):
        return self.module.scope_of(node) is not self.module.scope_of(loop)

    def shows(self, node, loop, depth):
        if isinstance(node, (ast.Yield, ast.YieldFrom)):
            return True
        if isinstance(node, ast.Call):
            return self.call_shows(node, loop, depth)
        if isinstance(node, ast.AugAssign):
            return self.adds_up(node, loop)
        if isinstance(node, ast.Assign):
            return self.assignment_shows(node, loop)
        return False

    def call_shows(self, call, loop, depth):
        name, called = self.name_of(call), method(call)
        if name == "print":
            return True
        if called in TRAINING:
            return not self.is_made_in(call.func.value, loop)
        if called in APPENDING and not self.module.resolve(call.func):
            target = call.func.value
            if self.is_made_in(target, loop) or is_standard_error(target) or not any(
                    self.names_in(each) for each in call.args):
                return False
            return called not in ("append", "extend", "insert", "appendleft") or self.is_seen(target, depth, call)
        if called in DRAWING and not self.module.resolve(call.func):
            return not self.is_made_in(call.func.value, loop)
        if self.is_handed_on(call, loop):
            return True
        drawn = name.rpartition(".")[2]
        return name.startswith(("random.", "numpy.random.")) and name.count(".") < 3 and (
            drawn.islower() and drawn not in ("seed", "default_rng"))

    def is_handed_on(self, call, loop):
        """Whether a function or method of this file, which is called for each element, appends it or adds it up."""
        function = self.own(call)
        if function is None or not any(self.names_in(each) & self.loop_names(loop) for each in call.args):
            return False
        if isinstance(call.func, ast.Attribute) and self.is_made_in(call.func.value, loop):
            return False
        return any(not isinstance(node, ast.AugAssign) and self.is_seen(node.func.value, 0) or
                   isinstance(node, ast.AugAssign) and not self.is_whole(node.value)
                   for node in kept_by(self.module, function))

    def own(self, call):
        """The function of this file that is called: by its name, or as a method of an object of a class of it."""
        if isinstance(call.func, ast.Name):
            function = self.module.functions.get(call.func.id)
            return function if isinstance(function, ast.FunctionDef) and isinstance(
                self.module.parents[function], ast.Module) else None
        if not isinstance(call.func, ast.Attribute):
            return None
        receiver = call.func.value
        if isinstance(receiver, ast.Name) and receiver.id == "self":
            around = self.module.class_around(call)
        else:
            made = self.module.value(receiver)
            around = self.module.functions.get(getattr(made.func, "id", "")) if isinstance(made, ast.Call) else None
        return next((node for node in getattr(around, "body", []) if isinstance(node, ast.FunctionDef)
                     and node.name == call.func.attr), None) if isinstance(around, ast.ClassDef) else None

    def is_made_in(self, target, loop):
        """Whether the object is a new one for each element."""
        root = target
        while isinstance(root, (ast.Attribute, ast.Subscript)):
            if isinstance(root, ast.Subscript) and self.names_in(root.slice) & self.loop_names(loop):
                return True
            root = root.value
        if not isinstance(root, ast.Name):
            # `groups.setdefault(name, []).append(...)`, `open(name).write(...)`
            return not isinstance(root, ast.Name) and bool(self.names_in(root) & self.loop_names(loop))
        if root.id in self.loop_names(loop):
            return True
        return any(self.is_inside(b.node, loop) and b.node is not loop for b in self.module.bindings(root))

    def loop_names(self, loop):
        return self.names_in(loop.target)

    def names_in(self, node):
        return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}

    def adds_up(self, node, loop):
        if not isinstance(node.op, (ast.Add, ast.Sub, ast.Mult, ast.Div)) or self.is_made_in(node.target, loop):
            return False
        value = node.value
        if self.is_whole(value):
            return False
        if isinstance(node.target, ast.Subscript) and self.names_in(node.target.slice) & self.loop_names(loop):
            return False
        if isinstance(value, (ast.List, ast.ListComp, ast.JoinedStr)) or isinstance(value, ast.Constant):
            return self.is_seen(node.target, 0, node)
        return True

    def is_whole(self, value):
        """A count, a size, a truth."""
        if isinstance(value, ast.Constant):
            return not isinstance(value.value, (str, bytes))
        if isinstance(value, ast.Call):
            return self.name_of(value) in COUNTS or method(value) == "count" or (
                method(value) in WHOLE_METHODS and not value.args)
        if isinstance(value, ast.BinOp) and isinstance(value.op, (ast.Add, ast.Sub, ast.Mult, ast.FloorDiv)):
            return self.is_integer(value.left) and self.is_integer(value.right)
        if isinstance(value, ast.IfExp):
            return self.is_whole(value.body) and self.is_whole(value.orelse)
        return isinstance(value, ast.Compare) or isinstance(value, ast.Attribute) and value.attr in SIZES

    def is_integer(self, value):
        value = self.module.value(value)
        return isinstance(value.value, int) if isinstance(value, ast.Constant) else self.is_whole(value)

    def assignment_shows(self, node, loop):
        """`total = total + x`; `index[x] = len(index)`; `out[i] = x` of an enumeration."""
        for target in node.targets:
            if isinstance(target, ast.Name) and isinstance(node.value, ast.BinOp):
                if isinstance(node.value.op, (ast.Add, ast.Mult)) and target.id in self.names_in(node.value) and (
                        not isinstance(node.value.right, ast.Constant)) and not self.is_made_in_before(target, loop):
                    return True
            if isinstance(target, ast.Subscript):
                counts = isinstance(node.value, ast.Call) and self.module.builtin(node.value) == "len"
                if counts and self.names_in(node.value) & self.names_in(target.value):
                    return True
                if self.counter(loop) & (self.names_in(target.slice) | self.names_in(node.value)):
                    return True
        return False

    def is_made_in_before(self, target, loop):
        return any(self.is_inside(b.node, loop) and b.value is not None and target.id not in self.names_in(b.value)
                   for b in self.module.bindings(target))

    def counter(self, loop):
        """The name that counts the elements."""
        if self.module.builtin(loop.iter) == "enumerate" and isinstance(loop.target, ast.Tuple):
            return self.names_in(loop.target.elts[0])
        names = set()
        for statement in loop.body:
            if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name) and is_constant(
                    statement.value, 1):
                names.add(statement.target.id)
        return names


def kept_by(module, function):
    """What a function adds up or appends to something that is there after the call."""
    for node in ast.walk(function):
        if isinstance(node, ast.AugAssign) and isinstance(node.op, (ast.Add, ast.Mult)) and not isinstance(
                node.value, ast.Constant) and is_kept(module, node.target, function):
            yield node
        elif method(node) in APPENDING and is_kept(module, node.func.value, function):
            yield node


def is_kept(module, target, function):
    """Is there after the call."""
    while isinstance(target, (ast.Attribute, ast.Subscript)):
        if isinstance(target, ast.Subscript):
            return False  # by a key, which may be the element's own
        target = target.value
    return isinstance(target, ast.Name) and (target.id == "self" or module.home(target) is not function or any(
        isinstance(node, (ast.Nonlocal, ast.Global)) and target.id in node.names for node in function.body))


def is_standard_error(node):
    return isinstance(node, ast.Attribute) and node.attr == "stderr"


def places_of(module, node, raw=False):
    """In the order of the file, one a line."""
    found = {}
    for place in Order(module).places(node, raw):
        found.setdefault(place.lineno, place)
    return [found[line] for line in sorted(found)]
