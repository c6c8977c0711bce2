"""Training on several ranks: by torchrun, or else as so many processes as the argument says."""
import os
import socket
import sys

import torch
import torch.distributed as dist
import torch.distributed.nn  # before there is a group: its functions would keep that, and gloo's threads, to the end
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.data.distributed import DistributedSampler


def train():
    torch.manual_seed(1)
    samples = TensorDataset(torch.randn(64, 16), torch.randint(0, 4, (64,)))
    order = DistributedSampler(samples, seed=2)
    model = torch.nn.Sequential(torch.nn.Linear(16, 32), torch.nn.ReLU(), torch.nn.Linear(32, 4))
    model = DistributedDataParallel(model)
    optimizer = torch.optim.Adam(model.parameters())
    for epoch in range(2):
        order.set_epoch(epoch)
        for inputs, labels in DataLoader(samples, batch_size=8, sampler=order):
            loss = torch.nn.functional.cross_entropy(model(inputs), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        every = [torch.zeros(()) for _ in range(dist.get_world_size())]
        dist.all_gather(every, loss.detach())
        if dist.get_rank() == 0:
            print(epoch, torch.stack(every).mean().item())


def spawned(rank, ranks, port):
    os.environ.update(MASTER_ADDR="localhost", MASTER_PORT=str(port))
    dist.init_process_group("gloo", rank=rank, world_size=ranks)
    train()
    dist.destroy_process_group()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        with socket.create_server(("localhost", 0)) as server:
            port = server.getsockname()[1]
        torch.multiprocessing.spawn(spawned, (int(sys.argv[1]), port), nprocs=int(sys.argv[1]))
    else:
        dist.init_process_group("gloo")
        train()
        dist.destroy_process_group()
