"""Prune a ResNet20 with intrafusion and train it on in PyTorch for a few epochs.

    intrafusion data cifar10 --to data
    python Examples/pytorch/fine_tune.py models/cifar-resnet20.safetensors data/cifar-10-batches-bin

The pruned network keeps its batch-norms (--keep-batch-norms), so that it trains as the original did: stochastic gradient
descent with momentum, a cosine schedule, flips and shifted crops. It starts from a network that still works, so that a low
rate and few epochs are enough.

Needs torch. INTRAFUSION names the command, if it is not on the path.
"""

import argparse
import os
import subprocess
import sys
import tempfile

import torch
from torch import nn
from torch.nn import functional

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from load_pruned import load_pruned  # noqa: E402

# The constants that the checkpoint was trained with.
MEAN = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
DEVIATION = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)


class Block(nn.Module):
    """Two 3x3 convolutions beside a shortcut."""

    def __init__(self, inputs, width, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.shortcut = nn.Sequential()
        if stride != 1 or inputs != width:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, width, 1, stride, bias=False), nn.BatchNorm2d(width))

    def forward(self, x):
        return torch.relu(self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x))))) + self.shortcut(x))


class ResNet20(nn.Module):
    """The module of models/cifar-resnet20.safetensors."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = nn.Sequential(Block(16, 16, 1), Block(16, 16, 1), Block(16, 16, 1))
        self.layer2 = nn.Sequential(Block(16, 32, 2), Block(32, 32, 1), Block(32, 32, 1))
        self.layer3 = nn.Sequential(Block(32, 64, 2), Block(64, 64, 1), Block(64, 64, 1))
        self.linear = nn.Linear(64, 10)

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.linear(x.mean((2, 3)))


def read_cifar(folder, names, limit=None):
    """Return the images, normalised, and the labels of files of the binary version of CIFAR-10."""
    parts = []
    for name in names:
        path = os.path.join(folder, name)
        if os.path.exists(path):
            with open(path, "rb") as file:
                parts.append(torch.frombuffer(bytearray(file.read()), dtype=torch.uint8).view(-1, 3073))
    if not parts:
        raise SystemExit(f"{folder} has none of {', '.join(names)}: `intrafusion data cifar10` downloads them")
    records = torch.cat(parts)[:limit]
    images = records[:, 1:].view(-1, 3, 32, 32).float() / 255
    return (images - MEAN) / DEVIATION, records[:, 0].long()


def accuracy(model, images, labels):
    """Return the share of images that are classified right."""
    model.eval()
    with torch.no_grad():
        found = torch.cat([model(part).argmax(1) for part in images.split(500)])
    return (found == labels).double().mean().item()


def varied(images):
    """Return images flipped at random and shifted by up to four pixels."""
    flips = torch.rand(len(images)) < 0.5
    images = torch.where(flips.view(-1, 1, 1, 1), images.flip(3), images)
    padded = functional.pad(images, (4, 4, 4, 4))
    down, right = torch.randint(0, 9, (2,)).tolist()
    return padded[:, :, down : down + 32, right : right + 32]


def fine_tune(model, images, labels, epochs, rate, batch_size=128):
    """Train a model on labelled images."""
    steps = epochs * (len(images) // batch_size)
    optimiser = torch.optim.SGD(model.parameters(), lr=rate, momentum=0.9, weight_decay=5e-4, nesterov=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, max(steps, 1))
    for _ in range(epochs):
        model.train()
        order = torch.randperm(len(images))
        for part in order[: len(order) // batch_size * batch_size].split(batch_size):
            loss = functional.cross_entropy(model(varied(images[part])), labels[part])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", help="weights of a ResNet20")
    parser.add_argument("data", help="the folder of CIFAR-10's binary version")
    parser.add_argument("--sparsity", default="0.5", help="the share of channels that goes")
    parser.add_argument("--effort", default="normal")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--rate", type=float, default=0.02)
    parser.add_argument("--images", type=int, help="train on so many images only")
    parser.add_argument("--output", help="where the state dict goes")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        small = os.path.join(folder, "small.safetensors")
        subprocess.run(
            [os.environ.get("INTRAFUSION", "intrafusion"), "prune", options.checkpoint, "-o", small, "--quiet",
             "--sparsity", options.sparsity, "--effort", options.effort, "--calibrate", options.data,
             "--keep-batch-norms"], check=True)
        model = load_pruned(ResNet20(), small)
    train = read_cifar(options.data, [f"data_batch_{number}.bin" for number in range(1, 6)], options.images)
    test = read_cifar(options.data, ["test_batch.bin"])
    print(f"{sum(value.numel() for value in model.parameters()):,} parameters")
    print(f"pruned: {accuracy(model, *test):.4f}", flush=True)
    torch.manual_seed(0)
    fine_tune(model, *train, options.epochs, options.rate)
    print(f"after {options.epochs} epochs: {accuracy(model, *test):.4f}")
    if options.output:
        torch.save(model.state_dict(), options.output)


if __name__ == "__main__":
    main()
