"""What a switch is set to, where a script writes it down: `True`, `not False`, `bool(1)`, a constant's name."""
import ast

DEEPEST = 8


def truth(module, node, depth=0):
    """True or False; None where it is not known."""
    node = None if node is None or depth > DEEPEST else written(module, node)
    deeper = lambda each: truth(module, each, depth + 1)  # noqa: E731
    if isinstance(node, ast.Constant):
        return bool(node.value)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        operand = deeper(node.operand)
        return None if operand is None else not operand
    if isinstance(node, ast.BoolOp):
        return either([deeper(each) for each in node.values], isinstance(node.op, ast.Or))
    if isinstance(node, ast.IfExp):
        test = deeper(node.test)
        return None if test is None else deeper(node.body if test else node.orelse)
    if module.builtin(node) in ("bool", "int") and len(node.args) == 1:
        return deeper(node.args[0])
    return None


def either(parts, deciding):
    """Of `a or b` one that is true decides, of `a and b` one that is false."""
    if deciding in parts:
        return deciding
    return None if None in parts else not deciding


def written(module, node):
    """The expression behind a name, or behind `settings["name"]` where the dictionary is written down."""
    node = module.value(node)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        for each in module.entries(node.value):
            if each.arg == node.slice.value:
                return module.value(each.value)
    if module.builtin(node) == "" and isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and (
            node.func.attr == "get" and node.args and isinstance(node.args[0], ast.Constant)):
        for each in module.entries(node.func.value):
            if each.arg == node.args[0].value:
                return module.value(each.value)
    return node
