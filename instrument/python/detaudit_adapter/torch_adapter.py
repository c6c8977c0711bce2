"""PyTorch: what is watched, and how. Ops are in torch_ops, generators in torch_generators, batches in
torch_data; here are steps, threads, settings and what cannot be seen."""

import atexit
import threading

import torch

from . import guard, imports, native

_KNOWN = (2,)  # major versions whose inner parts are as the adapter takes them


def attach(module):
    version = module.__version__.split("+")[0]
    native.adapter(b"torch", module.__version__.encode())
    if int(version.split(".")[0]) not in _KNOWN:
        native.unseen(b"PyTorch of a version that the adapter does not know", version.encode())
    for part in (_watch_ops, _watch_seeds, _watch_steps, _watch_data, _watch_compiled, _watch_settings):
        try:
            part()
        except Exception as error:
            guard.failed("torch: " + part.__name__.strip("_").replace("_", " "), error)


def _watch_ops():
    from . import torch_ops

    torch_ops.enter()
    guard.hide_frames()
    born = threading.Thread._bootstrap

    # Outside of what a thread's traceback shows.
    def _bootstrap(self):
        guard.quietly(torch_ops.enter)()
        return born(self)

    threading.Thread._bootstrap = _bootstrap


def _watch_seeds():
    from . import torch_generators

    torch_generators.watch_seeds()


def _watch_steps():
    from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook

    from . import torch_phase, torch_place

    def stepped(optimizer, arguments, named):
        torch_phase.step_ended(optimizer)
        torch_place.forget_nodes()
        native.next_step()

    torch_phase.watch_the_end()
    register_optimizer_step_pre_hook(guard.quietly(torch_phase.step_begins))
    register_optimizer_step_post_hook(guard.quietly(stepped))


def _watch_data():
    from . import torch_data

    imports.when_imported("torch.utils.data.dataloader", guard.quietly(torch_data.watch))


def _watch_compiled():
    """What torch.compile makes is one piece to everyone but itself."""
    compile_function = torch.compile

    def compile(model=None, **named):
        _compiled()
        return compile_function(model, **named)

    compile.__wrapped__ = compile_function
    for attribute in ("__module__", "__doc__", "__annotations__"):
        setattr(compile, attribute, getattr(compile_function, attribute))
    torch.compile = compile


@guard.quietly
def _compiled():
    from . import location

    native.unseen(b"operations inside of what torch.compile compiled", location.site(location.where()))


def _watch_settings():
    atexit.register(guard.quietly(_tell_settings))


def _tell_settings():
    native.setting(b"torch.use_deterministic_algorithms",
                   b"on" if torch.are_deterministic_algorithms_enabled() else b"off")
    cudnn = torch.backends.cudnn
    if torch.cuda.is_initialized():
        native.setting(b"torch.backends.cudnn", b"benchmark %s, deterministic %s" % (
            b"on" if cudnn.benchmark else b"off", b"on" if cudnn.deterministic else b"off"))
    native.setting(b"torch.get_num_threads", b"%d" % torch.get_num_threads())
