import asyncio, time, random
from multiprocessing.pool import ThreadPool
from concurrent.futures import ThreadPoolExecutor
import concurrent.futures
def work(x):
    return x * .1
def a(items):
    acc = 0
    for v in ThreadPool(4).imap_unordered(work, items, chunksize=2):
        acc = acc + v  # expect: DET323
    return acc
def b(items):
    with ThreadPoolExecutor() as ex:
        fs = {ex.submit(work, i): i for i in items}
        return [f.result() for f in concurrent.futures.as_completed(fs)]  # expect: DET323
async def c(tasks):
    out = []
    for t in asyncio.as_completed(tasks):
        out.append(await t)  # expect: DET323
    return out
def ok(items):
    with ThreadPoolExecutor() as ex:
        fs = {ex.submit(work, i): i for i in items}
        out = {}
        for f in concurrent.futures.as_completed(fs):
            i = fs[f]
            out[i] = f.result()
    pairs = []
    for i, r in ThreadPool(2).imap_unordered(work, items):
        pairs.append((i, r))
    pairs.sort()
    return out, pairs
def s():
    now = time.time()
    rnd = random.Random(now)  # expect: DET304
    s2 = int(time.perf_counter() * 1000)
    random.seed(a=s2)  # expect: DET304
    return rnd


class Collector:
    def __init__(self):
        self.rows, self.by_job = [], {}

    def keep(self, future):
        self.rows.append(future.result())  # expect: DET323

    def note(self, future):
        self.by_job[future.job] = future.result()

    def run(self, pool, jobs):
        for job in jobs:
            pool.submit(str, job).add_done_callback(self.keep)
            pool.submit(str, job).add_done_callback(self.note)
