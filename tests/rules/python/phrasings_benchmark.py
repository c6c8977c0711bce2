"""DET312 in a trainer's settings."""
import torch
from lightning.pytorch import Trainer
import pytorch_lightning as pl


class Settings:
    benchmark = True


def trainer(args):
    torch.backends.cudnn.benchmark = not args.deterministic
    if args.fast:
        torch.backends.cudnn.benchmark = True  # expect: DET312
    config = {"max_epochs": 3, "benchmark": True}
    first = pl.Trainer(**config)  # expect: DET312
    second = Trainer(benchmark=True, accelerator="gpu")  # expect: DET312
    third = Trainer(benchmark=False)
    return first, second, third, Settings.benchmark
