"""Results of parallel work that are taken in the order in which they arrive."""
import ast

from .call import is_constant, keyword, method
from .finding import Finding
from .ordering import APPENDING, kept_by, places_of

COMPLETED = {"concurrent.futures.as_completed", "asyncio.as_completed", "distributed.as_completed",
             "dask.distributed.as_completed"}
WAITS = {"concurrent.futures.wait", "asyncio.wait"}


def arrivals(module):
    """(node that yields results as they arrive, by which function)"""
    for call, name in module.calls():
        if method(call) in ("imap_unordered", "map_unordered"):
            yield call, method(call)
        elif name in COMPLETED:
            yield call, name.rpartition(".")[2]
        elif name in ("joblib.Parallel",) and is_constant(keyword(call, "return_as"), "generator_unordered"):
            yield module.parents[call], "generator_unordered"
        elif name in WAITS:
            yield from ((use, "wait") for use in done_of(module, call))


def done_of(module, call):
    """Uses of the set of those that are done."""
    holder = module.parents[call]
    if isinstance(holder, ast.Await):
        holder = module.parents[holder]
    if isinstance(holder, ast.Attribute) and holder.attr == "done":
        yield holder
    elif isinstance(holder, ast.Assign) and isinstance(holder.targets[0], ast.Tuple):
        first = holder.targets[0].elts[0]
        if isinstance(first, ast.Name):
            yield from module.uses(first)


def appending_callback(call):
    """`pool.apply_async(work, callback=results.append)`"""
    callback = keyword(call, "callback") if method(call) in ("apply_async", "map_async") else None
    if method(call) == "add_done_callback" and call.args:
        callback = call.args[0]
    if isinstance(callback, ast.Lambda):
        return any(method(node) in APPENDING for node in ast.walk(callback))
    return isinstance(callback, ast.Attribute) and callback.attr in APPENDING and method(call) != "map_async"


def callback_places(module, call):
    """What a function of this file, called as each result arrives, adds up or appends."""
    callback = keyword(call, "callback") if method(call) == "apply_async" else None
    if method(call) == "add_done_callback" and call.args:
        callback = call.args[0]
    function = module.functions.get(getattr(callback, "attr", getattr(callback, "id", "")))
    if isinstance(function, ast.FunctionDef):
        yield from kept_by(module, function)


def finding(place, by):
    return Finding(
        "DET323", "thread-scheduling", place,
        message=f"results of `{by}` are used in the order in which they arrive",
        label="the scheduler decides the order",
        fix="take them in the order of submission (`map`, `imap`, `[f.result() for f in futures]`), "
            "or store each by its index")


def judge(module):
    for node, by in arrivals(module):
        for place in places_of(module, node):
            yield finding(place, by)
    for call, _ in module.calls():
        if appending_callback(call):
            yield finding(call, method(call))
        for place in callback_places(module, call):
            yield finding(place, method(call))
