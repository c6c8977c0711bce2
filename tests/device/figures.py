"""What being audited costs: ratios against the same program alone, in the same run."""
from judging import digested_share, ratio
from table import MEASURED, Failed, Section, Skip


def megabytes(bytes_more):
    return f"{bytes_more / 2**20:+.1f} MiB"


def at_most(most):
    return "measured" if most is None else f"<= {most:.2f}x"


class Figures:
    """One program alone, under fine and under coarse audits, all in one go."""

    def __init__(self, machine, title, program, most_fine, most_coarse, least_digested=0.95,
                 coarse_options=()):
        self.machine, self.title, self.program = machine, title, program
        self.most_fine, self.most_coarse = most_fine, most_coarse
        self.least_digested, self.coarse_options = least_digested, coarse_options
        self.base = None

    def section(self, needs):
        least = self.least_digested
        rows = [("fine against alone", at_most(self.most_fine)),
                ("launches digested, fine", f">= {least:.0%}" if least else "measured"),
                ("events a second, fine", "measured"),
                ("memory added on the device, fine", "measured"),
                ("memory added on the host, fine", "measured"),
                ("coarse against alone", at_most(self.most_coarse)),
                ("memory added on the device, coarse", "measured"),
                ("memory added on the host, coarse", "measured")]
        return Section([(f"{self.title}: {name}", wanted) for name, wanted in rows], needs, self.run)

    def run(self):
        program = self.program()
        alone = [self.machine.alone(program) for _ in range(2)]
        self.base = min(one["seconds_a_step"] for one in alone)
        fine = self.machine.audit(["--gpu-detail", "fine"], program)
        seconds, best = self.best(fine)
        yield ratio(seconds, self.base, self.most_fine)
        yield digested_share(fine, self.least_digested)
        steps = best["steps"] + best["steps_before"]
        yield MEASURED, f"{fine.events() / (seconds * steps):.3g}, at the pace of its loop"
        yield from self.memory_added(best, alone)
        coarse = self.machine.audit(["--gpu-detail", "coarse", *self.coarse_options], program)
        seconds, best = self.best(coarse)
        yield ratio(seconds, self.base, self.most_coarse)
        yield from self.memory_added(best, alone)

    @staticmethod
    def memory_added(audited, alone):
        for what in ("device_bytes", "host_bytes"):
            yield MEASURED, megabytes(audited[what] - max(one[what] for one in alone))

    def best(self, audit):
        """The least of the audit's runs, its control arms aside."""
        found = audit.figures()
        if not found:
            raise Failed(f"no run told its figures: {audit.err.strip()[-300:]}")
        best = min(found, key=lambda one: one["seconds_a_step"])
        return best["seconds_a_step"], best

    def against(self, name, words, steps, needs, limit):
        """Another tool on the same program, a step against a step."""
        def run():
            if self.base is None:
                raise Skip("nothing to compare with: alone, it was not measured")
            yield ratio(self.machine.alone(words(steps), limit)["seconds_a_step"], self.base)
        return Section([(f"{self.title}: {name} against alone", "measured")], needs, run)


class WorkloadFigures:
    """The built-in workload, which tells nothing of itself: what more steps take longer, by whole runs,
    and the memory that is seen from outside meanwhile."""

    PROGRAM = "detaudit-workload"

    def __init__(self, machine, title, options, steps, most_fine, most_coarse):
        self.machine, self.title, self.options, self.steps = machine, title, options, steps
        self.most_fine, self.most_coarse = most_fine, most_coarse
        self.base = None

    def section(self, needs):
        rows = [("fine against alone", at_most(self.most_fine)), ("launches digested, fine", ">= 95%"),
                ("events a second, fine", "measured"),
                ("memory added on the device, fine", "measured"),
                ("memory added on the host, fine", "measured"),
                ("coarse against alone", at_most(self.most_coarse)),
                ("memory added on the device, coarse", "measured"),
                ("memory added on the host, coarse", "measured")]
        return Section([(f"{self.title}: {name}", wanted) for name, wanted in rows], needs, self.run)

    def run(self):
        program = self.machine.bin / self.PROGRAM
        with self.machine.memory_of(self.PROGRAM) as alone:
            self.base = self.a_step(lambda steps: min(self.machine.wall([program, *steps])
                                                      for _ in range(2)), self.steps)
        for detail, most in (("fine", self.most_fine), ("coarse", self.most_coarse)):
            with self.machine.memory_of(self.PROGRAM) as audited:
                seconds, audit = self.under(detail)
            yield ratio(seconds, self.base, most)
            if detail == "fine":
                yield digested_share(audit, 0.95 if most else None)
                yield MEASURED, f"{audit.events() / (seconds * self.steps[-1]):.3g}, at the pace of its steps"
            for now, before in ((audited.device_bytes, alone.device_bytes),
                                (audited.host_bytes, alone.host_bytes)):
                yield MEASURED, megabytes(now - before) if now and before else "could not be seen"

    def against(self, name, words, steps, needs, limit):
        """Another tool on it. `words()`: what comes before the program; fewer steps, as it takes longer."""
        def run():
            if self.base is None:
                raise Skip("nothing to compare with: alone, it was not measured")
            program = [*words(), self.machine.bin / self.PROGRAM]
            yield ratio(self.a_step(lambda options: self.machine.wall([*program, *options], limit), steps),
                        self.base)
        return Section([(f"{self.title}: {name} against alone", "measured")], needs, run)

    def a_step(self, wall, steps):
        few, many = steps
        taken = [wall([*self.options, "--steps", str(steps)]) for steps in (few, many)]
        if taken[1] <= taken[0]:
            raise Failed(f"{many} steps took {taken[1]:.3f} s, {few} took {taken[0]:.3f} s")
        return (taken[1] - taken[0]) / (many - few)

    def under(self, detail):
        """(seconds a step, the longer audit)."""
        audits = []

        def wall(options):
            audits.append(self.machine.audit(["--gpu-detail", detail, *options]))
            if audits[-1].report is None:
                raise Failed(audits[-1].err)
            return min(run["wall_seconds"] for run in audits[-1].report["runs"])
        return self.a_step(wall, self.steps), audits[-1]
