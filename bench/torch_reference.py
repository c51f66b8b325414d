"""The networks of examples/mlp.dl and examples/lenet.dl in PyTorch: same layers, batch, optimiser and data.

    python torch_reference.py mlp|lenet --data-dir DATA [--epochs 10] [--threads 2] [--seed 0]
Prints one line for each epoch: seconds of training, accuracy on the held-out images.
"""
import argparse
import gzip
import math
import os
import time

import numpy
import torch
from torch import nn


def read_idx(path):
    with gzip.open(path) as file:
        raw = file.read()
    rank = raw[3]
    shape = [int.from_bytes(raw[4 + 4 * i:8 + 4 * i], "big") for i in range(rank)]
    return numpy.frombuffer(raw, numpy.uint8, offset=4 + 4 * rank).reshape(shape)


def network(name):
    if name == "mlp":
        net = nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10))
    else:
        net = nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(),
                            nn.MaxPool2d(2), nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(),
                            nn.Linear(84, 10))
    for layer in net:
        if isinstance(layer, (nn.Linear, nn.Conv2d)):
            nn.init.kaiming_normal_(layer.weight)
            nn.init.zeros_(layer.bias)
    return net


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("network", choices=["mlp", "lenet"])
    parser.add_argument("--data-dir", required=True)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)

    def images(part):
        pixels = read_idx(os.path.join(arguments.data_dir, part + "-images-idx3-ubyte.gz"))
        labels = read_idx(os.path.join(arguments.data_dir, part + "-labels-idx1-ubyte.gz"))
        return torch.tensor(pixels).float().div(255).unsqueeze(1), torch.tensor(labels.astype(numpy.int64))

    (x, y), (held_x, held_y) = images("train"), images("test")
    net = network(arguments.network)
    optimiser = torch.optim.Adam(net.parameters(), lr=1e-3 if arguments.network == "mlp" else 2e-3)
    loss = nn.CrossEntropyLoss()
    best = math.inf
    for epoch in range(arguments.epochs):
        start = time.perf_counter()
        order = torch.randperm(len(x))
        for first in range(0, len(x), 64):
            rows = order[first:first + 64]
            optimiser.zero_grad()
            loss(net(x[rows]), y[rows]).backward()
            optimiser.step()
        seconds = time.perf_counter() - start
        best = min(best, seconds)
        with torch.no_grad():
            accuracy = (net(held_x).argmax(1) == held_y).float().mean().item()
        print("epoch %2d  %.3f s  accuracy %.4f" % (epoch + 1, seconds, accuracy))
    print("best epoch %.3f s" % best)


if __name__ == "__main__":
    main()
