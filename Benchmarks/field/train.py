"""Trains a small vision transformer and a small ConvNeXt on CIFAR-10 and exports them to ONNX.

    train.py vit|convnext DATA OUT [--epochs N]

DATA is the folder with CIFAR-10's binary batches. OUT gets NAME.onnx and NAME.pt, the state after the last finished
epoch, from which an interrupted run goes on.
"""

import argparse
import math
import pathlib
import time

import numpy
import torch
from torch import nn
from torch.nn import functional

MEAN = torch.tensor([0.4914, 0.4822, 0.4465]).view(1, 3, 1, 1)
DEVIATION = torch.tensor([0.2470, 0.2435, 0.2616]).view(1, 3, 1, 1)


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x):
        images, tokens, width = x.shape
        qkv = self.qkv(x).reshape(images, tokens, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        q, k, v = qkv[0], qkv[1], qkv[2]
        weights = (q * (width // self.heads) ** -0.5) @ k.transpose(-2, -1)
        x = weights.softmax(-1) @ v
        return self.proj(x.transpose(1, 2).reshape(images, tokens, width))


class TransformerBlock(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attn = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width)
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.fc2(functional.gelu(self.fc1(self.norm2(x))))


class VisionTransformer(nn.Module):
    def __init__(self, width=96, depth=6, heads=3, patch=8):
        super().__init__()
        self.patches = nn.Conv2d(3, width, patch, patch)
        self.cls = nn.Parameter(torch.zeros(1, 1, width))
        self.positions = nn.Parameter(torch.randn(1, (32 // patch) ** 2 + 1, width) * 0.02)
        self.blocks = nn.Sequential(*[TransformerBlock(width, heads) for _ in range(depth)])
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, 10)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls.expand(x.shape[0], -1, -1), x], 1) + self.positions
        return self.head(self.norm(self.blocks(x))[:, 0])


class MapNorm(nn.LayerNorm):
    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class ConvNeXtBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.filter = nn.Conv2d(width, width, 5, padding=2, groups=width)
        self.norm = nn.LayerNorm(width)
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)
        self.scale = nn.Parameter(torch.full((width,), 0.1))

    def forward(self, x):
        y = self.norm(self.filter(x).permute(0, 2, 3, 1))
        y = self.scale * self.fc2(functional.gelu(self.fc1(y)))
        return x + y.permute(0, 3, 1, 2)


class ConvNeXt(nn.Module):
    def __init__(self, widths=(64, 128), depth=3):
        super().__init__()
        layers = [nn.Conv2d(3, widths[0], 4, 4), MapNorm(widths[0])]
        for index, width in enumerate(widths):
            if index:
                layers += [MapNorm(widths[index - 1]), nn.Conv2d(widths[index - 1], width, 2, 2)]
            layers += [ConvNeXtBlock(width) for _ in range(depth)]
        self.features = nn.Sequential(*layers)
        self.norm = nn.LayerNorm(widths[-1])
        self.head = nn.Linear(widths[-1], 10)

    def forward(self, x):
        return self.head(self.norm(self.features(x).mean((2, 3))))


def records(folder, names):
    raw = numpy.concatenate([numpy.fromfile(folder / name, numpy.uint8).reshape(-1, 3073) for name in names])
    return torch.from_numpy(raw[:, 1:].reshape(-1, 3, 32, 32).copy()), torch.from_numpy(raw[:, 0].astype(numpy.int64))


def normalised(pictures):
    return (pictures.float() / 255 - MEAN) / DEVIATION


def varied(pictures):
    padded = functional.pad(pictures, (4, 4, 4, 4))
    y, x = torch.randint(0, 9, (2,)).tolist()
    pictures = padded[:, :, y : y + 32, x : x + 32].clone()
    mirrored = torch.rand(len(pictures)) < 0.5
    pictures[mirrored] = pictures[mirrored].flip(3)
    return pictures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", choices=["vit", "convnext"])
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--epochs", type=int, default=14)
    options = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(2)
    model = VisionTransformer() if options.network == "vit" else ConvNeXt()
    print(options.network, sum(p.numel() for p in model.parameters()), "parameters", flush=True)
    pictures, labels = records(options.data, [f"data_batch_{i}.bin" for i in range(1, 6)])
    held, truths = records(options.data, ["test_batch.bin"])
    batch, steps = 128, len(pictures) // 128
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.05)
    total = options.epochs * steps
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1, step / (total * 0.1)) * 0.5 * (1 + math.cos(math.pi * min(1, step / total))))
    first, saved = 0, options.out / f"{options.network}.pt"
    if saved.exists():
        state = torch.load(saved)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        schedule.load_state_dict(state["schedule"])
        first = state["epoch"]
    for epoch in range(first, options.epochs):
        began, loss = time.process_time(), 0.0
        model.train()
        order = torch.randperm(len(pictures))
        for step in range(steps):
            chosen = order[step * batch : (step + 1) * batch]
            answer = model(normalised(varied(pictures[chosen])))
            error = functional.cross_entropy(answer, labels[chosen], label_smoothing=0.1)
            optimizer.zero_grad()
            error.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            loss += float(error.detach())
        model.eval()
        with torch.no_grad():
            right = sum(
                int((model(normalised(p)).argmax(1) == t).sum()) for p, t in zip(held.split(500), truths.split(500)))
        print(f"epoch {epoch + 1}: loss {loss / steps:.4f}, right {right / len(held):.4f}, "
              f"{time.process_time() - began:.0f} CPU s", flush=True)
        torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(),
                    "schedule": schedule.state_dict(), "epoch": epoch + 1}, saved)
    torch.onnx.export(
        model.eval(), torch.zeros(1, 3, 32, 32), options.out / f"{options.network}.onnx", dynamo=False,
        opset_version=17, input_names=["input"], output_names=["logits"],
        dynamic_axes={"input": {0: "batch"}, "logits": {0: "batch"}})


if __name__ == "__main__":
    main()
