"""Every collective, also asynchronous, in a part of the ranks, and of which not all have an input."""
import torch
import torch.distributed as dist

dist.init_process_group("gloo")
rank, ranks = dist.get_rank(), dist.get_world_size()
torch.manual_seed(rank)
own = torch.randn(8)
every = [torch.empty(8) for _ in range(ranks)]
parts = [torch.randn(8) for _ in range(ranks)]
dist.all_reduce(own)
dist.broadcast(own, 1)
dist.reduce(own, 2)
dist.all_gather(every, own)
dist.all_gather_into_tensor(torch.empty(8 * ranks), own)
dist.reduce_scatter(own, parts)
dist.reduce_scatter_tensor(own, torch.cat(parts))
dist.gather(own, every if rank == 3 else None, 3)
dist.scatter(own, parts if rank == 0 else None, 0)
dist.all_to_all_single(torch.empty(8), own)
work = [dist.all_reduce(part, async_op=True) for part in parts]
for each in work:
    each.wait()
later = dist.all_reduce(own, async_op=True)
while not later.is_completed():
    pass
own += 1
half = dist.new_group(range(0, ranks, 2))
if rank % 2 == 0:
    dist.all_reduce(own, op=dist.ReduceOp.MAX, group=half)
del half  # gloo's threads end with their group
# A message around the ring.
message = dist.isend(own, (rank + 1) % ranks, tag=7)
dist.recv(every[0], (rank - 1) % ranks, tag=7)
message.wait()
total = own.sum() + every[0].sum()
dist.all_reduce(total)
if rank == 0:
    print(total.item())
dist.destroy_process_group()
