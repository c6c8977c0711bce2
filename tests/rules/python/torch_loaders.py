import torch
import torch.utils.data as data


def seed_worker(worker):
    return worker


def main(dataset):
    first, second = data.random_split(dataset, (3, 1))  # expect: DET313
    loader = data.DataLoader(first, shuffle=True)  # expect: DET313
    workers = data.DataLoader(second, num_workers=2)  # expect: DET313
    generator = torch.Generator().manual_seed(3)
    clean = data.DataLoader(first, shuffle=True, num_workers=2, generator=generator, worker_init_fn=seed_worker)
    plain = data.DataLoader(first, shuffle=False)
    parts = data.random_split(dataset, (3, 1), generator=generator)
    return loader, workers, clean, plain, parts


if __name__ == "__main__":
    main(list(range(4)))
