"""What a network of the coverage table is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy
from torch import nn


@dataclass(frozen=True)
class Input:
    """One input of a network: random numbers of a shape, or whole numbers below a bound."""

    shape: tuple[int, ...]
    below: int | None = None
    """For token numbers: the size of the vocabulary."""

    ones: bool = False
    """For attention masks: nothing is masked."""

    def draw(self, generator: numpy.random.Generator) -> numpy.ndarray:
        if self.ones:
            return numpy.ones(self.shape, numpy.int64)
        if self.below is not None:
            return generator.integers(0, self.below, self.shape, numpy.int64)
        return generator.standard_normal(self.shape, numpy.float32)


@dataclass(frozen=True)
class Network:
    """A network, how it is exported, and what it stands for."""

    name: str
    family: str
    build: Callable[[], nn.Module]
    inputs: dict[str, Input]
    opset: int = 17
    exporter: str = "torchscript"
    keeps_batch_norms: bool = True
    """Whether the exporter leaves batch-norms as they are; it folds them into convolutions otherwise."""

    dynamic_batch: bool = False
    external_data: bool = False
    note: str = ""
    """How the network differs from the published one, and why."""

    fixture: Callable[[], nn.Module] | None = None
    """A version of the same wiring that is a few kilobytes in size."""

    fixture_inputs: dict[str, Input] | None = None

    def by(self, exporter: str, opset: int, **changes) -> "Network":
        """Returns the network exported in another way; only the newer exporter's version has a fixture of its own."""
        extra = "".join(f"-{key}" for key, value in changes.items() if value and key in ("dynamic_batch", "external_data"))
        name = f"{self.name}@{exporter}{opset}{extra}"
        fixture = self.fixture if exporter == "dynamo" else None
        return replace(self, name=name, exporter=exporter, opset=opset, fixture=fixture, **changes)


def image(size: int, channels: int = 3, batch: int = 1) -> dict[str, Input]:
    """An image as the only input."""
    return {"images": Input((batch, channels, size, size))}


def tokens(length: int, vocabulary: int, batch: int = 1) -> dict[str, Input]:
    """A text as the only input."""
    return {"input_ids": Input((batch, length), below=vocabulary)}


@dataclass
class Catalogue:
    """All networks, in the order in which they are exported."""

    networks: list[Network] = field(default_factory=list)

    def add(self, *networks: Network) -> None:
        self.networks.extend(networks)
