import lightning as L
import torch
L.seed_everything(3)
tr = L.Trainer(max_epochs=3, deterministic=True, benchmark=True)  # expect: DET312
tr2 = L.Trainer(max_epochs=3, deterministic=True)
