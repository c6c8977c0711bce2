"""Rows of checks: what was wanted and what was found, and only as many as there is time for."""
import collections
import concurrent.futures
import sys
import time

PASSED, FAILED, SKIPPED, MEASURED = "passed", "failed", "skipped", "measured"


class Skip(Exception):
    """What is left of a section cannot be asked here; the text says why."""


class NoTime(Skip):
    def __init__(self):
        super().__init__("no time left")


class Failed(Exception):
    """What is left of a section failed; the text says how."""


class Budget:
    """Seconds for everything."""

    def __init__(self, seconds):
        self.end = time.monotonic() + seconds

    def left(self):
        return self.end - time.monotonic()


class Section:
    """Rows that are found together. `rows`: (name, wanted) each; `run()` yields (status, found) for one
    after the other. It is not begun with less than `needs` seconds left."""

    def __init__(self, rows, needs, run):
        self.rows, self.needs, self.run = rows, needs, run


def outcomes(section, budget):
    """Each row of a section with what became of it, as it is known."""
    rows = collections.deque(section.rows)
    try:
        if budget.left() < section.needs:
            raise NoTime()
        for status, found in section.run():
            yield *rows.popleft(), status, found
        if rows:
            raise Failed("nothing was said of it")
    except Skip as why:
        for row in rows:
            yield *row, SKIPPED, str(why)
    except Failed as why:
        if rows:
            yield *rows.popleft(), FAILED, str(why)
        for row in rows:
            yield *row, SKIPPED, "after the failure above"


class Table:
    def __init__(self, out=sys.stdout):
        self.out = out
        self.counts = collections.Counter()
        self.line("check", "wanted", "", "found")

    def line(self, name, wanted, status, found):
        print(f"{name:<58} {wanted:<22} {status:<8} {found}".rstrip(), file=self.out, flush=True)

    def row(self, name, wanted, status, found):
        self.counts[status] += 1
        self.line(name, wanted, status, found)

    def fill(self, section, budget):
        for row in outcomes(section, budget):
            self.row(*row)

    def fill_together(self, sections, budget):
        """Sections that measure no time, side by side; shown in their order."""
        with concurrent.futures.ThreadPoolExecutor(len(sections)) as crew:
            for rows in crew.map(lambda section: list(outcomes(section, budget)), sections):
                for row in rows:
                    self.row(*row)

    def summary(self):
        text = ", ".join(f"{self.counts[status]} {status}" for status in (PASSED, FAILED, SKIPPED))
        return text + (f", {self.counts[MEASURED]} measured" if self.counts[MEASURED] else "")
