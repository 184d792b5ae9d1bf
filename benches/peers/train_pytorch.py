"""NLayers trained by PyTorch on the CPU: one process, one measurement, one line of JSON."""

import argparse
import json
import os
import resource
import time

import torch
from safetensors import safe_open
from torch.nn import BatchNorm1d, LeakyReLU, Linear, Sequential
from torch.nn.functional import cross_entropy


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from", dest="file", required=True, help="the exported workload, a safetensors file")
    parser.add_argument("--epochs", type=int, default=10, help="epochs to train, the first one included")
    parser.add_argument("--compile", action="store_true", help="use torch.compile")
    parser.add_argument("--fused", action="store_true", help="use PyTorch's fused Adam")
    parser.add_argument(
        "--in-order",
        action="store_true",
        help="visit the samples as they lie in memory, without a gather; only for full-batch workloads, where "
        "the order changes nothing but rounding",
    )
    return parser.parse_args()


def network(tensors):
    """The model with the file's initial parameters. Of a block's four layers, Dense is the first, BatchNorm the third."""
    layers = []
    first = 0
    while (weight := tensors.get(f"parameter/L{first}_Dense_W")) is not None:
        units, inputs = weight.shape
        dense, norm = Linear(inputs, units, bias=False), BatchNorm1d(units)
        with torch.no_grad():
            dense.weight.copy_(weight)
            norm.weight.copy_(tensors[f"parameter/L{first + 2}_BatchNormalization_Gamma"].flatten())
            norm.bias.copy_(tensors[f"parameter/L{first + 2}_BatchNormalization_Beta"].flatten())
        layers += [LeakyReLU(0.01), dense, norm]
        first += 4
    return Sequential(*layers[1:])


def trainer(options, tensors, learning_rate, minibatch):
    """A function that trains one epoch, counted from 0, and returns its training and dev cost."""
    x, y, dev_x, dev_y = (tensors[name] for name in ("train_x", "train_y", "dev_x", "dev_y"))
    orders = tensors["order"]
    model = network(tensors)
    forward = torch.compile(model) if options.compile else model
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate, fused=options.fused or None)

    def epoch(number):
        order = orders[min(number, len(orders) - 1)]
        total = torch.zeros(())
        model.train()
        for rows in order.split(minibatch):
            if options.in_order:
                batch, classes = x, y
            else:
                batch, classes = x.index_select(0, rows), y.index_select(0, rows)
            loss = cross_entropy(forward(batch), classes)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(rows)
        model.eval()
        with torch.no_grad():
            dev = cross_entropy(forward(dev_x), dev_y)
        return total.item() / len(order), dev.item()

    return epoch


def main():
    options = arguments()
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    with safe_open(options.file, framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}
        metadata = file.metadata()
    minibatch = int(metadata["minibatch"])
    if options.in_order and minibatch < len(tensors["train_y"]):
        raise SystemExit(f"--in-order: {metadata['workload']} is not full-batch")

    seconds, costs = [], []
    start = time.perf_counter()
    epoch = trainer(options, tensors, float(metadata["learning_rate"]), minibatch)
    for number in range(options.epochs):
        costs.append(epoch(number))
        now = time.perf_counter()
        seconds.append(now - start)
        start = now

    name = "pytorch, compiled" if options.compile else "pytorch"
    name += ", fused Adam" if options.fused else ""
    name += ", in order" if options.in_order else ""
    print(
        json.dumps(
            {
                "name": name,
                "workload": metadata["workload"],
                "epoch_seconds": seconds[1:],
                "first_epoch_seconds": seconds[0],
                "train_cost": [train for train, _ in costs],
                "dev_cost": [dev for _, dev in costs],
                "peak_rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "threads": torch.get_num_threads(),
            }
        )
    )


if __name__ == "__main__":
    main()
