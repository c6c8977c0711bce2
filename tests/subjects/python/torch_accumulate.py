import torch

torch.manual_seed(1)
torch.set_num_threads(4)
bins = torch.randint(0, 7, (2000000,))
values = torch.randn(2000000)
totals = torch.zeros(7)
# clean: torch.use_deterministic_algorithms(True)
totals.index_put_((bins,), values, accumulate=True)  # finding: float-atomics
print(totals.tolist())
