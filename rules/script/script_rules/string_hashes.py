"""`hash()` of strings as a number: Python hashes them anew in every process."""
import ast

from .call import method
from .finding import Finding

ARITHMETIC = (ast.Mod, ast.BitAnd, ast.FloorDiv, ast.Div, ast.Mult, ast.RShift)
KEEPING = {"str", "int", "abs", "hex", "bin", "repr", "format", "float", "oct"}


def hashed(module, node):
    """What is hashed, or None."""
    if module.builtin(node) == "hash" and len(node.args) == 1:
        return node.args[0]
    if method(node) == "__hash__" and not node.args:
        return node.func.value
    return None


def names_numbers(annotation):
    """`int`, `list[int]`, `tuple[int, ...]`"""
    if isinstance(annotation, ast.Subscript) and isinstance(annotation.slice, ast.Tuple):
        elements = annotation.slice.elts
        return all(isinstance(each, ast.Constant) and each.value is ... or names_numbers(each) for each in elements)
    if isinstance(annotation, ast.Subscript):
        return names_numbers(annotation.slice)
    return isinstance(annotation, ast.Name) and annotation.id in ("int", "float", "bool")


def may_be_text(module, node):
    node = module.value(node)
    if isinstance(node, ast.Constant):
        return isinstance(node.value, (str, bytes))
    if isinstance(node, (ast.Tuple, ast.List)):
        return not node.elts or any(may_be_text(module, each) for each in node.elts)
    if module.builtin(node) in ("tuple", "list", "frozenset") and len(node.args) == 1 and (
            any(names_numbers(binding.annotation) for binding in module.bindings(node.args[0]))):
        return False
    if isinstance(node, ast.Call):
        clock = (module.resolve(node.func) or "").startswith("time.")
        return not clock and module.builtin(node) not in ("int", "float", "len", "id", "round", "ord", "type", "super")
    if isinstance(node, ast.BinOp):
        return not any(isinstance(side, ast.Constant) and isinstance(side.value, (int, float))
                       for side in (node.left, node.right))
    return not any(names_numbers(binding.annotation) or walks_numbers(module, binding.node, node)
                   for binding in module.bindings(node))


def walks_numbers(module, loop, node):
    """`for n in numbers`, around a node, where `numbers: list[int]`."""
    if not isinstance(loop, (ast.For, ast.comprehension)):
        return False
    whole = loop if isinstance(loop, ast.For) else module.parents[loop]
    while node in module.parents and node is not whole:
        node = module.parents[node]
    return node is whole and any(names_numbers(each.annotation) for each in module.bindings(loop.iter))


def is_used(module, node):
    """Whether the number goes somewhere other than into a hash table or a comparison."""
    parent = module.parents.get(node)
    if isinstance(parent, ast.BinOp):
        return isinstance(parent.op, ARITHMETIC) or is_used(module, parent)
    if isinstance(parent, (ast.FormattedValue, ast.UnaryOp)):
        return True
    if isinstance(parent, ast.Call) and node in parent.args:
        name = module.builtin(parent)
        if name in KEEPING:
            return True
        resolved = module.resolve(parent.func) or ""
        return "seed" in resolved.lower() or "seed" in method(parent) or resolved.split(".")[0] in (
            "numpy", "torch", "tensorflow", "jax", "random") and "testing" not in resolved or (
                name == "print" or method(parent) == "to_bytes")
    if isinstance(parent, ast.Lambda):
        return is_key(module, parent)
    if isinstance(parent, ast.keyword):
        return "seed" in (parent.arg or "") or parent.arg == "random_state"
    if isinstance(parent, ast.Assign):
        return any(is_used(module, use) for target in parent.targets if isinstance(target, ast.Name)
                   for use in module.uses(target))
    return False


def is_key(module, function):
    """`sort(key=lambda row: hash(row))`"""
    given = module.parents[function]
    return isinstance(given, ast.keyword) and given.arg == "key"


def is_for_tables(module, node):
    """Within `__hash__` and its like, the number never leaves the process."""
    name = module.function_around(node).rpartition(".")[2].lower()
    return name in ("__hash__", "__eq__", "__repr__", "__str__")


def sorting(module, node):
    """`sorted(names, key=hash)`, `key=str.__hash__`"""
    for each in node.keywords:
        if each.arg != "key":
            continue
        by = module.builtin_named(each.value)
        if by in ("hash", "id"):
            return by
        if isinstance(each.value, ast.Attribute) and each.value.attr == "__hash__" and (
                module.builtin_named(each.value.value) in ("str", "bytes", "object")):
            return "hash"
    return ""


# Whose result is a sequence of the same numbers, or one that is reckoned from them.
GATHERING = {"list", "tuple", "sum", "min", "max", "sorted", "iter", "next", "zip", "enumerate"}


def maps_hashes(module, call):
    """`sum(map(hash, names)) % 8`: hashes of strings that are used as numbers."""
    if module.builtin(call) != "map" or len(call.args) != 2 or module.builtin_named(call.args[0]) != "hash":
        return False
    if not holds_text(module, call.args[1]):
        return False
    node = call
    while isinstance(module.parents.get(node), (ast.Call, ast.Subscript, ast.Starred)):
        around = module.parents[node]
        if isinstance(around, ast.Call) and (
                node is around.func or module.builtin(around) not in GATHERING):
            break
        node = around
    around = module.parents.get(node)
    if isinstance(around, (ast.comprehension, ast.For)) and around.iter is node:
        names = [part for part in ast.walk(around.target) if isinstance(part, ast.Name)]
        return any(is_used(module, use) for use in module.nodes if isinstance(use, ast.Name) and isinstance(
            use.ctx, ast.Load) and any(use.id == name.id for name in names) and module.scope_of(
                use) is module.scope_of(node))
    return is_used(module, node)


def holds_text(module, node):
    """Not where each element is written down, or annotated, as a number."""
    made = module.value(node)
    if isinstance(made, (ast.List, ast.Tuple, ast.Set)):
        return any(may_be_text(module, each) for each in made.elts)
    return module.builtin(made) != "range" and not any(
        names_numbers(binding.annotation) for binding in module.bindings(node))


def is_reckoned_with(module, node):
    """`id(node) % 16`, or a seed; as a key or a part of a name an address only tells objects apart."""
    around = module.parents.get(node)
    while isinstance(around, ast.Call) and module.builtin(around) in ("int", "abs"):
        node, around = around, module.parents.get(around)
    return isinstance(around, ast.BinOp) and isinstance(around.op, (ast.Mod, ast.BitAnd, ast.RShift, ast.FloorDiv)) or (
        isinstance(around, ast.Call) and "seed" in (module.resolve(around.func) or method(around)).lower())


def judge(module):
    for node in module.nodes:
        if not isinstance(node, ast.Call):
            continue
        if module.builtin(node) == "id" and len(node.args) == 1 and not is_for_tables(module, node) and (
                is_reckoned_with(module, node)):
            yield Finding("DET322", "hash-order", node,
                          message=f"`{ast.unparse(node)}` is an address, another number in every process",
                          label="where an object lies differs between runs",
                          fix="number the objects as they are made")
        of = hashed(module, node)
        if of is not None and not is_for_tables(module, node) and may_be_text(module, of) and is_used(module, node):
            yield Finding("DET322", "hash-order", node,
                          message=f"`{ast.unparse(node)}` is another number in every process",
                          label="strings are hashed with a random key, unless PYTHONHASHSEED is set",
                          fix="take a hash of the bytes: `zlib.crc32(text.encode())`, or `hashlib`")
        if maps_hashes(module, node):
            yield Finding("DET322", "hash-order", node,
                          message=f"`{ast.unparse(node)}` gives other numbers in every process",
                          label="strings are hashed with a random key, unless PYTHONHASHSEED is set",
                          fix="take a hash of the bytes: `zlib.crc32(text.encode())`, or `hashlib`")
        by = sorting(module, node)
        if by:
            yield Finding("DET322", "hash-order", node,
                          message=f"the order is by `{by}`, another number in every process",
                          label="hashes and addresses differ between runs", fix="sort by a value of the elements")
