"""Writes training.safetensors: a small network before and after some epochs of training in PyTorch.

Every epoch is one batch of all images, so that their order does not matter. "start." and "plain." or "exempt." precede
the keys before and after; "plain" lets batch-norms decay, "exempt" does not. "losses" are those of "plain".
The file in the repository was made with PyTorch 2.13.
"""

import json
import pathlib
import struct

import torch
import torch.nn as nn
import torch.nn.functional as F

EPOCHS, COUNT, CLASSES, SIZE = 6, 12, 3, 8


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(2, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.second = nn.Conv2d(4, 5, 3, stride=2, padding=1, bias=False)
        self.classifier = nn.Linear(5, CLASSES)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.norm(self.first(x))), 2)
        return self.classifier(F.relu(self.second(x)).mean((2, 3)))


def images():
    """The pixels that the test makes too, normalised by mean 0.5 and deviation 0.25."""
    count = COUNT * 2 * SIZE * SIZE
    bytes_ = torch.tensor([(index * index * 7 + index * 13 + index // 128 * 29) % 256 for index in range(count)])
    pixels = (bytes_.to(torch.float32) / 255 - 0.5) / 0.25
    return pixels.reshape(COUNT, 2, SIZE, SIZE), torch.arange(COUNT) % CLASSES


def train(start, decays):
    network = Network()
    network.load_state_dict(start)
    named = dict(network.named_parameters())
    exempt = [] if decays else [named.pop("norm.weight"), named.pop("norm.bias")]
    groups = [{"params": list(named.values()), "weight_decay": 0.01}, {"params": exempt, "weight_decay": 0.0}]
    optimiser = torch.optim.SGD([g for g in groups if g["params"]], lr=0.3, momentum=0.9, nesterov=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, max_lr=0.3, total_steps=EPOCHS, pct_start=0.5, cycle_momentum=False)
    x, y = images()
    losses = []
    for _ in range(EPOCHS):
        optimiser.zero_grad()
        loss = F.cross_entropy(network(x), y, label_smoothing=0.1)
        losses.append(loss.item())
        loss.backward()
        optimiser.step()
        if len(losses) < EPOCHS:
            schedule.step()
    return network.state_dict(), losses


torch.manual_seed(3)
start = {key: value.clone() for key, value in Network().state_dict().items()}
tensors = {f"start.{key}": value for key, value in start.items()}
for name, decays in (("plain", True), ("exempt", False)):
    state, losses = train(start, decays)
    tensors.update({f"{name}.{key}": value for key, value in state.items()})
    if decays:
        tensors["losses"] = torch.tensor(losses, dtype=torch.float64)
header, data = {}, b""
for key, tensor in sorted(tensors.items(), key=lambda item: -item[1].element_size()):
    raw = tensor.contiguous().numpy().tobytes()
    kind = {torch.float32: "F32", torch.float64: "F64", torch.int64: "I64"}[tensor.dtype]
    header[key] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
    data += raw
text = json.dumps(header, separators=(",", ":")).encode()
text += b" " * (-len(text) % 8)
path = pathlib.Path(__file__).with_name("training.safetensors")
path.write_bytes(struct.pack("<Q", len(text)) + text + data)
print(path.stat().st_size, "bytes,", tensors["losses"].tolist())
