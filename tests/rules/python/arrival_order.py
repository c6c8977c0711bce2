import concurrent.futures as cf
import multiprocessing
from concurrent.futures import as_completed


def collect(work, items):
    results, total = [], 0.0
    with multiprocessing.Pool() as pool:
        for result in pool.imap_unordered(work, items):
            results.append(result)  # expect: DET323
        every = list(pool.imap_unordered(work, items))  # expect: DET323
        pool.apply_async(work, items, callback=results.append)  # expect: DET323
    with cf.ThreadPoolExecutor() as pool:
        futures = [pool.submit(work, item) for item in items]
        for future in as_completed(futures):
            total += future.result()  # expect: DET323
        done, _ = cf.wait(futures)
        late = [future.result() for future in done]  # expect: DET323
    return results, every, total, late


def clean(work, items):
    results = [None] * len(items)
    with cf.ProcessPoolExecutor() as pool:
        futures = {pool.submit(work, item): i for i, item in enumerate(items)}
        for future in cf.as_completed(futures):
            results[futures[future]] = future.result()
        mapped = list(pool.map(work, items))
    with multiprocessing.Pool() as pool:
        ordered = sorted(pool.imap_unordered(work, items))
        by_name = dict(pool.imap_unordered(work, items))
    return results, mapped, ordered, by_name["a"]
