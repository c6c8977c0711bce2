"""DET314: functions for others to call."""
import torch.utils.data as tud


class Module:
    def __init__(self, data, workers=4):
        self.data, self.workers = data, workers

    def train_dataloader(self):
        return tud.DataLoader(self.data, batch_size=4, shuffle=True, num_workers=self.workers)  # expect: DET314

    def val_dataloader(self):
        return tud.DataLoader(self.data, batch_size=4)


def loader(data, generator, worker_init_fn):
    return tud.DataLoader(data, shuffle=True, num_workers=2, generator=generator, worker_init_fn=worker_init_fn)


def shuffled(data):
    return tud.DataLoader(data, shuffle=True)  # expect: DET314


class DataLoader:
    def __init__(self, data, shuffle):
        self.data = data


def own(data):
    return DataLoader(data, shuffle=True)
