"""Trains a small transformer on the CPU and appends the seconds of its steps, but for the first, to a file.

usage: torch_transformer.py [--describe] [--debug-mode] [--steps N] [--layers N] [--width N] [--batch N] [--length N] TIMES
"""
import argparse
import contextlib
import time

import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.before_attention, self.before_mixing = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.projection = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mixing = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x):
        batch, length, width = x.shape
        q, k, v = self.qkv(self.before_attention(x)).view(
            batch, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        mixed = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.projection(mixed.transpose(1, 2).reshape(batch, length, width))
        return x + self.mixing(self.before_mixing(x))


def hashing():
    from torch.utils._debug_mode import DebugMode

    stack = contextlib.ExitStack()
    stack.enter_context(DebugMode(record_nn_module=True, record_stack_trace=False))
    stack.enter_context(DebugMode.log_tensor_hashes(hash_inputs=True))
    return stack


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("times")
    parser.add_argument("--debug-mode", action="store_true")
    for name, value in (("steps", 5), ("layers", 4), ("width", 512), ("batch", 8), ("length", 256)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--describe", action="store_true")
    asked = parser.parse_args()
    if asked.describe:
        print(f"transformer: {asked.layers} layers of width {asked.width}, {asked.batch * asked.length} tokens a "
              f"step, AdamW, float32, {torch.get_num_threads()} threads, PyTorch {torch.__version__}")
        return
    torch.manual_seed(0)
    vocabulary = 1024
    model = nn.Sequential(nn.Embedding(vocabulary, asked.width),
                          *(Block(asked.width, 8) for _ in range(asked.layers)),
                          nn.LayerNorm(asked.width), nn.Linear(asked.width, vocabulary))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
    tokens = torch.randint(0, vocabulary, (asked.batch, asked.length + 1))
    seconds = []
    with hashing() if asked.debug_mode else contextlib.nullcontext():
        for _ in range(asked.steps):
            begun = time.perf_counter()
            loss = nn.functional.cross_entropy(model(tokens[:, :-1]).flatten(0, 1), tokens[:, 1:].flatten())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            seconds.append(time.perf_counter() - begun)
    print(loss.item())
    with open(asked.times, "a") as times:
        times.write(" ".join(f"{each:.4f}" for each in seconds[1:]) + "\n")


main()
