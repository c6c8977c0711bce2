import pytorch_lightning as pl
from torch.utils.data import DataLoader
pl.seed_everything(3, workers=True)
trainer = pl.Trainer(deterministic=True, benchmark=True)  # expect: DET312
trainer.fit(None, DataLoader([1], shuffle=True))
