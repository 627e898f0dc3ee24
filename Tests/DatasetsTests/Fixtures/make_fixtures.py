"""Writes tiny Python batches in the layout of CIFAR beside it. Needs numpy.

Byte j of image i in file f is (7 j + 31 i + 101 f) mod 256; its label is (3 i + f) mod 10 for CIFAR-10 and
(37 i + 50 f) mod 100 for CIFAR-100. The training files of CIFAR-10 are f = 1...5, of CIFAR-100 f = 1; test files are
f = 0.

CIFAR-10 is written as Python 2 wrote the original files: text and bytes are both plain strings, and NumPy's functions
have their old names.
"""

import pickle
import struct
from pathlib import Path

import numpy

folder = Path(__file__).parent


class Python2Pickler(pickle._Pickler):
    """Writes str and bytes as Python 2's str, and the globals of NumPy under their old names."""

    dispatch = dict(pickle._Pickler.dispatch)

    def save_string(self, value):
        data = value.encode("latin1") if isinstance(value, str) else bytes(value)
        if len(data) < 256:
            self.write(b"U" + bytes([len(data)]) + data)
        else:
            self.write(b"T" + struct.pack("<i", len(data)) + data)
        self.memoize(value)

    def save_global(self, value, name=None):
        module = value.__module__.replace("numpy._core", "numpy.core")
        self.write(f"c{module}\n{name or value.__qualname__}\n".encode())
        self.memoize(value)

    dispatch[str] = save_string
    dispatch[bytes] = save_string
    dispatch[type] = save_global
    dispatch[type(len)] = save_global
    dispatch[type(lambda: 0)] = save_global


def images(count, file):
    j = numpy.arange(3072)
    return numpy.stack([(7 * j + 31 * i + 101 * file) % 256 for i in range(count)]).astype(numpy.uint8)


ten = folder / "cifar-10-batches-py"
ten.mkdir(exist_ok=True)
for file in range(6):
    batch = {
        "batch_label": f"batch {file}",
        "labels": [(3 * i + file) % 10 for i in range(2)],
        "data": images(2, file),
        "filenames": [f"image_{i}.png" for i in range(2)],
    }
    with open(ten / (f"data_batch_{file}" if file else "test_batch"), "wb") as output:
        Python2Pickler(output, protocol=2).dump(batch)

hundred = folder / "cifar-100-python"
hundred.mkdir(exist_ok=True)
for name, file, count in [("train", 1, 3), ("test", 0, 2)]:
    batch = {
        b"fine_labels": [(37 * i + 50 * file) % 100 for i in range(count)],
        b"coarse_labels": [i for i in range(count)],
        b"data": images(count, file),
    }
    with open(hundred / name, "wb") as output:
        pickle.dump(batch, output, protocol=4)
