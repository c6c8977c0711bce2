"""DataLoaders: each batch as it arrives, by the digests of its samples."""

import torch

from . import guard, location, native, torch_ops

_Tensor = torch.Tensor
_MOST_TENSORS = 32
_loaders = 0


def watch(dataloader):
    """`dataloader` is the module torch.utils.data.dataloader."""
    base = dataloader._BaseDataLoaderIter
    following = base.__next__

    def __next__(self):
        batch = following(self)
        _arrived(self, batch)
        return batch

    __next__.__doc__ = following.__doc__
    base.__next__ = __next__
    base.next = __next__
    making = dataloader.DataLoader.__iter__

    def __iter__(self):
        _asked(self)
        return making(self)

    __iter__.__doc__ = making.__doc__
    dataloader.DataLoader.__iter__ = __iter__


@guard.quietly
def _asked(loader):
    """What decides the order of a loader, once each."""
    global _loaders
    if loader.__dict__.get("_detaudit_name"):
        return
    loader.__dict__["_detaudit_name"] = b"torch.utils.data.DataLoader %d" % _loaders
    _loaders += 1
    shuffles = isinstance(loader.sampler, torch.utils.data.RandomSampler)
    said = []
    if shuffles:
        said.append("shuffled by %s" % ("a generator of its own" if loader.generator is not None
                                        else "the default generator"))
    if loader.num_workers:
        said.append("%d workers, %s worker_init_fn" % (loader.num_workers,
                                                       "with a" if loader.worker_init_fn else "no"))
    if said:
        native.setting(loader._detaudit_name + b" at " + location.site(location.where()),
                       "; ".join(said).encode())


def _tensors(batch, found):
    if len(found) >= _MOST_TENSORS:
        return
    if isinstance(batch, _Tensor):
        if batch.dim() and batch.is_cpu:
            found.append(batch)
    elif isinstance(batch, dict):
        for each in batch.values():
            _tensors(each, found)
    elif isinstance(batch, (list, tuple)):
        for each in batch:
            _tensors(each, found)


@guard.quietly
def _arrived(iterator, batch):
    found, words = [], []
    _tensors(batch, found)
    samples = found[0].shape[0] if found else 0
    count = 0
    for tensor in found:
        if tensor.shape[0] == samples:
            count += torch_ops.describe_in_order(tensor, words)
    loader = getattr(iterator, "_loader", None)
    name = getattr(loader, "_detaudit_name", None) or _name_of(iterator)
    native.batch(name, None, location.where(), words, count)


def _name_of(iterator):
    global _loaders
    name = iterator.__dict__.get("_detaudit_name")
    if name is None:
        name = iterator.__dict__["_detaudit_name"] = b"torch.utils.data.DataLoader %d" % (_loaders - 1)
    return name
