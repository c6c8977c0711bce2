"""Tensors whose classes have ops of their own: in shards on all ranks, waiting for a collective, and of the script."""
import os

import torch
import torch.distributed as dist
import torch.distributed._functional_collectives as collectives
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor import Replicate, Shard, distribute_tensor
from torch.utils._pytree import tree_map_only


class Entries(torch.Tensor):
    """A matrix given as entries, of which several may be in one place."""

    @staticmethod
    def __new__(cls, rows, columns, values):
        return torch.Tensor._make_wrapper_subclass(cls, (8, 8), dtype=values.dtype)

    def __init__(self, rows, columns, values):
        self.places, self.values = (rows, columns), values

    def plain(self):
        return torch.zeros(8, 8).index_put_(self.places, self.values, accumulate=True)  # finding: float-atomics

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        args, kwargs = tree_map_only(cls, cls.plain, (args, kwargs or {}))
        return func(*args, **kwargs)


if "RANK" in os.environ:
    dist.init_process_group("gloo")
else:
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
mesh = init_device_mesh("cpu", (dist.get_world_size(),))
torch.manual_seed(1)
torch.set_num_threads(4)  # hazard | clean: torch.set_num_threads(1)
entries = Entries(torch.randint(0, 8, (400000,)), torch.randint(0, 8, (400000,)), torch.randn(400000))
matrix = distribute_tensor(torch.randn(8, 8), mesh, [Shard(0)])
state = torch.full((8, 8), 0.1)
for _ in range(2):
    total = collectives.all_reduce(state, "sum", mesh)
    inputs = (entries @ (total / dist.get_world_size())).tanh()
    update = matrix @ distribute_tensor(inputs, mesh, [Replicate()])
    state = state + update.redistribute(mesh, [Replicate()]).to_local()
if dist.get_rank() == 0:
    print(state.sum().item())
dist.destroy_process_group()
