"""Arguments of a call."""
import ast


def is_constant(node, *values):
    return isinstance(node, ast.Constant) and any(node.value is value or (
        type(node.value) is type(value) and node.value == value) for value in values)


def is_open(call):
    """`*arguments`: anything may be among them."""
    return any(isinstance(each, ast.Starred) for each in call.args) or any(k.arg is None for k in call.keywords)


def keyword(call, *names):
    for each in call.keywords:
        if each.arg in names:
            return each.value
    return None


def argument(call, position, *names):
    """By position or name; None where it is not given, or is None itself, and the call for `*arguments`."""
    found = keyword(call, *names)
    if found is None and position is not None and len(call.args) > position:
        found = call.args[position]
    if found is None and is_open(call):
        return call
    return None if is_constant(found, None) else found


def method(call):
    """"shuffle" of `dataset.shuffle(8)`, or ""."""
    return call.func.attr if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) else ""
