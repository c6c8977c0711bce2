"""DET323 by other roads."""
import asyncio
import multiprocessing as mp
from concurrent import futures as cf
from concurrent.futures import FIRST_COMPLETED, wait
from multiprocessing import Pool as P

import numpy as np


class Runner:
    def __init__(self):
        self.results = []
        self.total = 0.0

    def done(self, value):
        self.total += value  # expect: DET323

    def run(self, work, items):
        with mp.get_context("spawn").Pool(4) as pool:
            for _, loss in enumerate(pool.imap_unordered(func=work, iterable=items)):
                self.results.append(loss)  # expect: DET323
        with P() as pool:
            pool.apply_async(work, (1,), callback=self.done)
        return np.mean(self.results)


def completed(work, items):
    out, losses = {}, []
    with cf.ThreadPoolExecutor(max_workers=4) as ex:
        pending = {ex.submit(work, i) for i in items}
        while pending:
            finished, pending = wait(pending, return_when=FIRST_COMPLETED)
            losses.extend(f.result() for f in finished)  # expect: DET323
        jobs = dict((ex.submit(work, i), i) for i in items)
        total = sum(f.result() for f in cf.as_completed(jobs))  # expect: DET323
        for f in cf.as_completed(jobs):
            out[jobs[f]] = f.result()
    return out, losses, total


async def gathered(tasks, work):
    together = await asyncio.gather(*tasks)
    out = []
    async for result in work():
        out.append(result)
    for next_done in asyncio.as_completed(tasks):
        result = await next_done
        out.append(result)  # expect: DET323
    return together, out


def silent(work, items):
    with P(4) as pool:
        first = pool.map(work, items)
        second = list(pool.imap(work, items))
        third = sorted(pool.imap_unordered(work, items), key=lambda r: r.index)
        fourth = {name: value for name, value in pool.imap_unordered(work, items)}
        count = sum(1 for _ in pool.imap_unordered(work, items))
    with cf.ProcessPoolExecutor() as ex:
        fs = [ex.submit(work, i) for i in items]
        for f in cf.as_completed(fs):
            f.result()
        fifth = [f.result() for f in fs]
        wait(fs)
        best = max(f.result() for f in cf.as_completed(fs))
    return first, second, third, fourth, count, fifth, best
