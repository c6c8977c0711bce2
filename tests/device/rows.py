"""What is checked on a device, in order of importance."""
import os
import shutil
import sys

from figures import Figures, WorkloadFigures
from judging import alike, judge, origin_at, verdict_of
from table import Section, Skip

# Names of kernels below torch.Tensor.index_add_ and scatter_add_.
INDEX_ADD, SCATTER_ADD = r"index_?(func|add|put)", r"scatter"
REDUCE_BY_KEY = r"reduce_?by_?key"
KERNEL_AND_CAUSE = "kernel, float-atomics"


def audited(machine, row, needs, judged, options, program=None, limit=300):
    """One row, of one audit. `program()`: its words, or Skip."""
    def run():
        yield judged(machine.audit(options, program() if program else None, limit=limit))
    return Section([row], needs, run)


def told(machine, program, *arguments, needs):
    """The rows that a program tells by itself, a line each: name, wanted, status, found."""
    def run():
        yield from machine.rows_of([machine.program(program), "--rows", *arguments])
    try:
        _, out, _ = machine.start([machine.program(program), "--list", *arguments], 60)
        rows = [tuple(line.split("\t")) for line in out.splitlines()]
    except Skip:
        rows = []
    return Section(rows or [(" ".join([program, *arguments]), "")], needs, run)


def torch_missing(machine):
    """Why PyTorch cannot be used here, or None."""
    try:
        code, _, err = machine.start([sys.executable, "-c", "import torch; torch.cuda.init()"], 180)
    except Skip as why:
        return str(why)
    return None if code == 0 else f"PyTorch: {err.strip().splitlines()[-1]}"


def torch_program(machine, folder, missing):
    def words(*arguments):
        def checked():
            if missing:
                raise Skip(missing)
            return [sys.executable, folder / arguments[0], *arguments[1:]]
        return checked
    return words


def torch_sections(machine, folder, missing):
    """(audits, figures, other tools)."""
    program = torch_program(machine, folder, missing)

    def found():
        audit = machine.audit([], program("scatter.py", "free")(), limit=300)
        yield origin_at(audit, INDEX_ADD, "float-atomics")
        yield origin_at(audit, SCATTER_ADD, "float-atomics")

    audits = [Section([("torch index_add_", KERNEL_AND_CAUSE), ("torch scatter_add_", KERNEL_AND_CAUSE)],
                      30, found),
              audited(machine, ("torch, deterministic algorithms", "3 of 3 alike"), 30,
                      lambda audit: alike(audit, 3), ["--runs", "3"],
                      program("scatter.py", "deterministic"))]
    models = {"gpt": Figures(machine, "gpt", program("train.py", "gpt", "20"), 2.0, 1.05),
              "resnet": Figures(machine, "resnet block", program("train.py", "resnet", "100"), 3.5,
                                1.05)}
    figures = [model.section(70) for model in models.values()]

    def train(model, *more):
        return lambda steps: [*program("train.py", model, steps)(), *more]

    def sanitized(model):
        return lambda steps: [*memcheck(), *train(model)(steps)]

    others = []
    for name, model in models.items():
        others.append(model.against("DebugMode with tensor hashes", train(name, "debug-mode"), "3", 30,
                                    90))
        others.append(model.against("compute-sanitizer memcheck", sanitized(name), "1", 40, 120))
    return audits, figures, others


def memcheck():
    folders = os.environ.get("PATH", "") + ":/usr/local/cuda/bin"
    tool = shutil.which("compute-sanitizer", path=folders)
    if not tool:
        raise Skip("compute-sanitizer is not there")
    return [tool, "--tool", "memcheck"]


def on_a_device(machine, torch_folder):
    """Groups of sections in the order in which they are worth their time. Those of one group measure no
    time and run side by side."""
    audits, figures, others = torch_sections(machine, torch_folder, torch_missing(machine))

    def subject(name, *arguments):
        return lambda: [machine.program(name), *arguments]

    def workload(name, judged, wanted, *options):
        return audited(machine, (f"workload, {name}", wanted), 20, judged, options)

    yield [told(machine, "device_questions", needs=5)]
    yield [told(machine, "device_checks", "digest", needs=10)]
    yield [workload("atomic kernels", lambda audit: origin_at(audit, "run_kernel", "float-atomics"),
                    KERNEL_AND_CAUSE, "--device", "cuda", "--kernels", "atomic"),
           workload("deterministic kernels", lambda audit: alike(audit, 10), "10 of 10 alike",
                    "--device", "cuda", "--kernels", "deterministic", "--runs", "10"),
           workload("deterministic kernels, --scope device", same_on_both, "reproducible",
                    "--kernels", "deterministic", "--scope", "device"),
           audited(machine, ("thrust::reduce_by_key of floats", "its kernel"), 20,
                   lambda audit: origin_at(audit, REDUCE_BY_KEY), [], subject("cuda_reduce_by_key")),
           audited(machine, ("thrust::reduce_by_key of whole numbers", "10 of 10 alike"), 20,
                   lambda audit: alike(audit, 10), ["--runs", "10"],
                   subject("cuda_reduce_by_key_clean")),
           *[audited(machine, (f"captured graphs, {detail}", "3 of 3 alike"), 20,
                     lambda audit: alike(audit, 3), ["--runs", "3", "--gpu-detail", detail],
                     subject("cuda_graphs")) for detail in ("fine", "coarse")],
           *audits]
    figures_of_workload = WorkloadFigures(
        machine, "workload", ["--device", "cuda", "--kernels", "deterministic"], (100, 400), 3.5, 1.05)
    yield [figures_of_workload.section(40)]
    yield [Figures(machine, "short launches", subject("cuda_launches", "50000"), 3.5, 1.05).section(30)]
    for section in figures:
        yield [section]
    yield [told(machine, "device_checks", "twins", needs=15)]
    yield [told(machine, "device_checks", "training", needs=30)]
    others.append(figures_of_workload.against("compute-sanitizer memcheck", memcheck, (5, 20), 30, 90))
    for section in others:
        yield [section]


def same_on_both(audit):
    verdict, said = verdict_of(audit)
    return judge(verdict == "reproducible" and audit.report["audit"]["scope"] == "device", said)


def on_the_software_driver(machine, torch_folder):
    """The same kinds of rows on tests/subjects/gpu's programs. No time is judged."""
    def subject(name, *arguments):
        return lambda: [machine.program(name), *arguments]

    yield [audited(machine, ("one launch of 400, fine", "its kernel"), 0,
                   lambda audit: origin_at(audit, "^add_atomic"), ["--gpu-detail", "fine"],
                   subject("gpu_windows", "atomic")),
           audited(machine, ("ordered sums", "3 of 3 alike"), 0, lambda audit: alike(audit, 3),
                   ["--runs", "3"], subject("gpu_training", "ordered")),
           audited(machine, ("one launch of 400, coarse", "its kernel"), 0,
                   lambda audit: origin_at(audit, "^add_atomic"),
                   ["--gpu-detail", "coarse", "--gpu-sweep-every", "64"],
                   subject("gpu_windows", "atomic"))]
    yield [Figures(machine, "windows", subject("gpu_windows", "clean", "2000"), None, None, None,
                   coarse_options=("--gpu-sweep-every", "64")).section(0)]
    missing = torch_missing(machine) or "the software driver has no kernels for PyTorch"
    for sections in torch_sections(machine, torch_folder, missing):
        for section in sections:
            yield [section]
