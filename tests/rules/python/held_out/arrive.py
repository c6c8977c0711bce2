import asyncio, threading, queue
from concurrent import futures
import multiprocessing as mp
def work(x): return x
def gather(jobs):
    results = []
    with futures.ProcessPoolExecutor() as pool:
        todo = {pool.submit(work, j): j for j in jobs}
        for f in futures.as_completed(todo):
            results.append(f.result())  # expect: DET323
    return results
def by_key(jobs):
    out = {}
    with futures.ThreadPoolExecutor() as pool:
        todo = {pool.submit(work, j): j for j in jobs}
        for f in futures.as_completed(todo): out[todo[f]] = f.result()
    return [out[j] for j in jobs]
def total(jobs):
    t = 0.0
    with mp.Pool() as p:
        for r in p.imap_unordered(work, jobs, chunksize=4): t += r  # expect: DET323
    return t
def most(jobs):
    with mp.Pool() as p: return max(p.imap_unordered(work, jobs))
def ordered(jobs):
    with mp.Pool() as p: return sorted(p.imap_unordered(work, jobs))
async def first(tasks):
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    return [t.result() for t in done]  # expect: DET323
class Collector:
    def __init__(self): self.rows = []
    def on_done(self, fut): self.rows.append(fut.result())  # expect: DET323
    def run(self, pool, jobs):
        for j in jobs: pool.submit(work, j).add_done_callback(self.on_done)
