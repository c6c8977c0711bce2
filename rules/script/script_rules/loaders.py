"""PyTorch's DataLoader, samplers and random_split without a generator of their own."""
from .call import argument, is_constant, is_open, keyword
from .finding import Finding
from .script import loads_in_no_order, script_of

LOADER = "torch.utils.data.DataLoader"
# Where the generator stands, and what is drawn by it.
DRAWING = {
    "torch.utils.data.random_split": (2, "splits"),
    "torch.utils.data.RandomSampler": (3, "shuffles"),
    "torch.utils.data.SubsetRandomSampler": (1, "shuffles"),
    "torch.utils.data.WeightedRandomSampler": (3, "samples"),
}


def has_workers(call):
    workers = argument(call, 5, "num_workers")
    return workers is not None and workers is not call and not is_constant(workers, 0)


def wants(call):
    """What a loader does by a seed that it has not been given, or ""."""
    if is_open(call) or argument(call, None, "generator") is not None:
        return ""
    if has_workers(call) and keyword(call, "worker_init_fn") is None:
        return "shuffles, and seeds its workers," if loads_in_no_order(call) else "seeds its workers"
    return "shuffles" if loads_in_no_order(call) else ""


def fix(module, call):
    generator = f"{module.spelling('torch.Generator')}().manual_seed(seed)"
    workers = " and a `worker_init_fn` that seeds NumPy and `random` from `torch.initial_seed()`"
    return f"pass `generator={generator}`" + (workers if has_workers(call) else "")


def judge(module):
    script = script_of(module)
    seeded = script.is_seeded("torch")
    for call, name in module.calls():
        if name in DRAWING and argument(call, DRAWING[name][0], "generator") is None:
            does = DRAWING[name][1]
        elif name == LOADER:
            does = wants(call)
        else:
            continue
        runs = script.runs(call)
        what = f"`{name.rpartition('.')[2]}` {does} by PyTorch's global generator"
        if does and runs and not seeded:
            yield Finding("DET313", "data-order", call, message=f"{what}, which the script never seeds",
                          label="the samples come in another order in every run", fix=fix(module, call))
        elif does and (not runs or has_workers(call)):
            yield Finding("DET314", "data-order", call, message=what,
                          label="every draw before this one changes the order of the samples",
                          fix=fix(module, call))
