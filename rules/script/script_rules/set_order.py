"""Sets that are iterated where the order shows. Strings hash anew in every process, objects by address."""
import ast

from .call import method
from .finding import Finding
from .module import FUNCTIONS
from .ordering import facts_of, places_of

OPERATORS = (ast.BitOr, ast.BitAnd, ast.Sub, ast.BitXor)
MAKING = {"union", "intersection", "difference", "symmetric_difference"}
ANNOTATIONS = {"set", "frozenset", "typing.Set", "typing.FrozenSet", "typing.AbstractSet", "collections.abc.Set"}
NUMBERS = {"int", "bool", "float"}
DEEPEST = 6


class Sets:
    def __init__(self, module):
        self.module = module
        self._returning = {}  # functions of this file: whether they return sets
        self._asked = set()  # names of which it is being found out what they hold

    def is_set(self, node, depth=0):
        if depth > DEEPEST:
            return False
        if isinstance(node, (ast.Set, ast.SetComp)):
            return True
        if isinstance(node, ast.Call):
            if self.module.builtin(node) in ("set", "frozenset"):
                return True
            if method(node) in MAKING | {"copy"}:
                return self.is_set(node.func.value, depth + 1)
            if method(node) in ("keys", "values", "items") and not node.args:
                return self.is_made_of_set(node.func.value, depth + 1)
            return self.returns_set(node, depth)
        if isinstance(node, ast.Subscript):
            return self.is_table_of_sets(node.value)
        if isinstance(node, ast.BinOp) and isinstance(node.op, OPERATORS):
            sides = (node.left, node.right)
            return any(self.is_set(side, depth + 1) for side in sides) or all(method(s) == "keys" for s in sides)
        if isinstance(node, ast.IfExp):
            return self.is_set(node.body, depth + 1) and self.is_set(node.orelse, depth + 1)
        if isinstance(node, ast.NamedExpr):
            return self.is_set(node.value, depth + 1)
        return isinstance(node, (ast.Name, ast.Attribute)) and self.is_bound(node, depth)

    def returns_set(self, call, depth):
        """A function of this file that says so, or returns nothing else."""
        function = self.module.functions.get(call.func.id) if isinstance(call.func, ast.Name) else None
        if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return False
        if function not in self._returning:
            self._returning[function] = False  # of one that calls itself
            self._returning[function] = self.says_or_returns_set(function, depth)
        return self._returning[function]

    def says_or_returns_set(self, function, depth):
        if function.returns is not None:
            return self.is_annotated(function.returns)
        returned = [node.value for node in ast.walk(function) if isinstance(node, ast.Return)
                    and self.module.scope_of(node) is function]
        return bool(returned) and all(value is not None and self.is_set(value, depth + 1) for value in returned)

    def is_made_of_set(self, node, depth=0):
        """A dictionary whose keys came in a set's order: `dict.fromkeys(names, 0)`, `{name: 0 for name in names}`."""
        if depth > DEEPEST:
            return False
        return self.keys_of(node) is not None and self.is_set(self.keys_of(node), depth + 1)

    def keys_of(self, node):
        """What the keys of a dictionary came from, one after the other, or None."""
        if isinstance(node, (ast.Name, ast.Attribute)):
            bound = self.module.bindings(node)
            return self.keys_of(bound[0].value) if len(bound) == 1 and isinstance(
                bound[0].value, (ast.DictComp, ast.Call)) else None
        if isinstance(node, ast.DictComp):
            return node.generators[0].iter
        made = method(node) == "fromkeys" and isinstance(node.func.value, ast.Name) and node.func.value.id == "dict"
        return node.args[0] if made and node.args else None

    def is_table_of_sets(self, node):
        """`collections.defaultdict(set)`"""
        made = self.module.value(node)
        return isinstance(made, ast.Call) and self.module.resolve(made.func) == "collections.defaultdict" and (
            bool(made.args) and isinstance(made.args[0], ast.Name) and made.args[0].id in ("set", "frozenset"))

    def is_bound(self, node, depth):
        """All that the name may stand for are sets."""
        bound = self.in_force(node)
        return bool(bound) and all(
            self.is_annotated(b.annotation) if b.annotation is not None else
            b.value is not None and not isinstance(b.node, (ast.With, ast.AsyncWith, ast.withitem))
            and self.is_set(b.value, depth + 1) for b in bound)

    def in_force(self, node):
        """Without the parameter, and what went before, where a set takes their name: `rows = set(rows)`."""
        bound = sorted(self.module.bindings(node), key=lambda each: getattr(each.node, "lineno", 0))
        for i, binding in enumerate(bound):
            statement = binding.node
            if i and isinstance(statement, ast.Assign) and statement.end_lineno < node.lineno and (
                    isinstance(self.module.parents.get(statement), FUNCTIONS)) and self.is_made(binding.value):
                return bound[i:]
        return bound

    def is_made(self, node):
        return isinstance(node, (ast.Set, ast.SetComp)) or self.module.builtin(node) in ("set", "frozenset")

    def is_annotated(self, annotation):
        if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
            return annotation.value.lower().startswith(("set[", "frozenset[")) or annotation.value == "set"
        node = annotation.value if isinstance(annotation, ast.Subscript) else annotation
        name = self.module.resolve(node) or (node.id if isinstance(node, ast.Name) else "")
        return name in ANNOTATIONS

    def holds_numbers(self, node, depth=0):
        """Small whole numbers hash to themselves: their order repeats."""
        if depth > DEEPEST:
            return False
        if isinstance(node, (ast.Set, ast.List, ast.Tuple)):
            return bool(node.elts) and all(self.is_number(each) for each in node.elts)
        if isinstance(node, (ast.SetComp, ast.ListComp, ast.GeneratorExp)):
            return self.is_number(node.elt)
        if isinstance(node, ast.Call):
            name = self.module.builtin(node) or (self.module.resolve(node.func) or "")
            if name in ("set", "frozenset", "list", "tuple", "sorted"):
                return all(self.holds_numbers(each, depth + 1) for each in node.args)
            if name == "map":
                return isinstance(node.args[0], ast.Name) and node.args[0].id in NUMBERS if node.args else False
            if method(node) in MAKING | {"copy"}:
                return self.holds_numbers(node.func.value, depth + 1)
            if method(node) in ("keys", "values", "items") and self.keys_of(node.func.value) is not None:
                return self.holds_numbers(self.keys_of(node.func.value), depth + 1)
            return name in ("range", "numpy.arange", "bytes", "bytearray") or method(node) == "tolist"
        if isinstance(node, ast.BinOp):
            left, right = (self.holds_numbers(side, depth + 1) for side in (node.left, node.right))
            return left and right if isinstance(node.op, (ast.BitOr, ast.BitXor)) else left or right
        if isinstance(node, (ast.Name, ast.Attribute)):
            return self.name_holds_numbers(node, depth)
        return False

    def name_holds_numbers(self, node, depth):
        text = ast.unparse(node)
        if text in self._asked:  # what a name is made of may name it again: `rows = rows - used`
            return True
        self._asked.add(text)
        try:
            return self.all_hold_numbers(node, text, depth)
        finally:
            self._asked.remove(text)

    def all_hold_numbers(self, node, text, depth):
        bound = self.module.bindings(node)
        if any(self.annotates_numbers(b.annotation) for b in bound):
            return True
        added = [each for each in facts_of(self.module).calls.get("add", [])
                 if isinstance(each.func, ast.Attribute) and ast.unparse(each.func.value) == text]
        if any(not self.is_number(call.args[0]) for call in added if call.args):
            return False
        if not added and all(isinstance(b.value, ast.Call) and not b.value.args for b in bound):
            return False
        return bool(bound) and all(b.value is not None and self.holds_numbers(b.value, depth + 1) for b in bound)

    def are_reckoned_with(self, node):
        """`for i in rows: total += x[i + 1]`: only numbers are added to numbers, or are below one."""
        around = self.module.parents[node]
        if not isinstance(around, (ast.For, ast.comprehension)) or around.iter is not node or not isinstance(
                around.target, ast.Name):
            return False
        whole = around if isinstance(around, ast.For) else self.module.parents[around]
        for part in ast.walk(whole):
            sides = [part.left, part.right] if isinstance(part, ast.BinOp) and isinstance(
                part.op, (ast.Add, ast.Sub, ast.FloorDiv)) else \
                [part.left, *part.comparators] if isinstance(part, ast.Compare) and isinstance(
                    part.ops[0], (ast.Lt, ast.LtE, ast.Gt, ast.GtE)) else []
            if any(isinstance(side, ast.Name) and side.id == around.target.id for side in sides) and any(
                    isinstance(side, ast.Constant) and type(side.value) is int for side in sides):
                return True
        return False

    def annotates_numbers(self, annotation):
        return isinstance(annotation, ast.Subscript) and isinstance(annotation.slice, ast.Name) and (
            annotation.slice.id in NUMBERS)

    def is_number(self, node):
        if isinstance(node, ast.Constant):
            return isinstance(node.value, (int, float))
        if isinstance(node, ast.UnaryOp):
            return self.is_number(node.operand)
        if isinstance(node, ast.Subscript):
            return isinstance(node.value, ast.Attribute) and node.value.attr == "shape"
        if isinstance(node, ast.BinOp):
            if isinstance(node.op, ast.Mod) and isinstance(node.left, (ast.Constant, ast.JoinedStr)):
                return self.is_number(node.left)
            return self.is_number(node.left) or self.is_number(node.right)
        if isinstance(node, ast.Call):
            return self.module.builtin(node) in ("len", "int", "ord", "round", "abs", "sum")
        if isinstance(node, ast.Tuple):
            return all(self.is_number(each) for each in node.elts)
        if isinstance(node, ast.Name):
            return any(self.counts(b) for b in self.module.bindings(node))
        return False

    def counts(self, binding):
        """`for i in range(n)`, `i: int`."""
        if isinstance(binding.annotation, ast.Name):
            return binding.annotation.id in NUMBERS
        if binding.value is not None:
            return isinstance(binding.value, ast.Constant) and isinstance(binding.value.value, (int, float)) or (
                isinstance(binding.value, ast.Call) and self.module.builtin(binding.value) in ("len", "int"))
        node = binding.node
        if isinstance(node, (ast.For, ast.comprehension)) and isinstance(node.iter, ast.Call):
            if self.module.builtin(node.iter) == "enumerate":
                first = node.target.elts[0] if isinstance(node.target, ast.Tuple) else None
                return isinstance(first, ast.Name) and binding in self.module.bindings(first)
            return self.module.builtin(node.iter) == "range"
        return False


def is_single(node):
    return isinstance(node, ast.Set) and len(node.elts) == 1 and not isinstance(node.elts[0], ast.Starred)


def judge(module):
    sets = Sets(module)
    lines = set()
    for node in module.nodes:
        if not isinstance(node, ast.expr) or isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del)):
            continue
        by = node
        if not sets.is_set(node):
            asked = isinstance(module.parents[node], ast.Subscript)  # by a key
            by = sets.keys_of(node) if not asked and sets.is_made_of_set(node) else None
        if by is None or is_single(by):
            continue
        places = places_of(module, node, raw=True)
        if not places or sets.holds_numbers(by) or sets.are_reckoned_with(node):
            continue
        for place in places:
            if place.lineno in lines:
                continue
            lines.add(place.lineno)
            yield Finding(
                "DET320", "hash-order", place,
                message=f"the order of the set `{shown(by)}` goes into the result",
                label="strings hash anew in every process, other objects by their address",
                fix=f"iterate over `sorted({shown(by)})`, or keep the elements in a list or "
                    "`dict.fromkeys(...)`, which keep their order")


def shown(node):
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 40 else text[:37] + "..."
