from concurrent.futures import ThreadPoolExecutor as TPE, as_completed as done, wait, FIRST_COMPLETED
import concurrent.futures as cf
import asyncio, queue, threading
from multiprocessing import Pool, get_context
def f(x): return x * .1
with TPE(4) as ex:
    fs = [ex.submit(f, i) for i in range(4)]
    out = [q.result() for q in done(fs)]  # expect: DET323
    tot = sum(q.result() for q in cf.as_completed(fs))  # expect: DET323
    by = {q: q.result() for q in done(fs)}
    srt = sorted(q.result() for q in done(fs))
    ok = [q.result() for q in fs]
    fut = {ex.submit(f, i): i for i in range(3)}
    res = [0] * 3
    for q in done(fut): res[fut[q]] = q.result()
    finished, _ = wait(fs, return_when=FIRST_COMPLETED)
    for q in finished: print(q.result())  # expect: DET323
    for q in wait(fs).done: print(q.result())  # expect: DET323
with Pool(2) as p:
    for r in p.imap_unordered(f, range(3)): print(r)  # expect: DET323
    l = list(p.imap(f, range(3)))
    acc = []
    p.apply_async(f, (1,), callback=acc.append)  # expect: DET323
with get_context("spawn").Pool() as p2:
    u = list(p2.imap_unordered(f, [1]))  # expect: DET323
async def main():
    for c in asyncio.as_completed([asyncio.sleep(1)]): print(await c)  # expect: DET323
    r = await asyncio.gather(asyncio.sleep(1), asyncio.sleep(2))
    print(r)
print(out, tot, by, srt, ok, res, l, acc, u)
