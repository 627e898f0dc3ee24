"""Writes the small checkpoint files beside it. Needs torch, numpy and safetensors.

Tensor values follow one rule, so that the tests can compute them: element i of a tensor in row-major order is
i - 3 (times 0.5 for floating-point types), unless said otherwise.
"""

import io
import json
import os
import pickle
import struct
import tarfile
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy
import torch
from safetensors.torch import save_file

folder = Path(__file__).parent


def ramp(*shape, dtype=torch.float32):
    count = int(numpy.prod(shape, dtype=numpy.int64)) if shape else 1
    values = torch.arange(count, dtype=torch.float64) - 3
    if dtype.is_floating_point:
        values = values * 0.5
    if dtype == torch.uint8:
        values = values + 3
    if dtype == torch.bool:
        values = values % 2
    return values.to(dtype).reshape(shape)


def save_both(value, name):
    torch.save(value, folder / f"{name}.zip.pt")
    torch.save(value, folder / f"{name}.legacy.pt", _use_new_zipfile_serialization=False)


types = OrderedDict(
    (name, ramp(2, 3, dtype=getattr(torch, name)))
    for name in ["float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"]
)
save_both(types, "types")
save_file(dict(types), folder / "types.safetensors", metadata={"made by": "a \"test\""})

base = ramp(4, 6)
layouts = OrderedDict()
layouts["base"] = base
layouts["transposed"] = base.t()
layouts["slice"] = base[1:3, 2:5]
layouts["step"] = base[::2, ::3]
layouts["expanded"] = torch.tensor([1.0, 2.0]).reshape(2, 1).expand(2, 3)
layouts["scalar"] = torch.tensor(2.5)
layouts["empty"] = torch.zeros(0, 3)
layouts["parameter"] = torch.nn.Parameter(ramp(2, 2))
layouts["again"] = base
layouts["channels_last"] = ramp(1, 2, 2, 3).contiguous(memory_format=torch.channels_last)
save_both(layouts, "layouts")

torch.manual_seed(0)
network = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
with torch.no_grad():
    network[0].weight.copy_(ramp(2, 3))
save_both(
    {
        "model_state_dict": network.state_dict(),
        "optimizer": torch.optim.SGD(network.parameters(), lr=0.1).state_dict(),
        "test_accuracy": numpy.float64(0.75),
        "best": torch.tensor(0.5),
        "epoch": 9,
        "name": "net",
        "done": True,
    },
    "nested",
)
torch.save({"net": {f"module.{k}": v for k, v in network.state_dict().items()}, "acc": numpy.float32(0.25)},
           folder / "parallel.pt")
torch.save({"state_dict": {"weight": ramp(2, 3), "version": 2, "nothing": None}}, folder / "scalars.pt")
torch.save({"weight": ramp(2, 3).numpy()}, folder / "numpy.pt")
torch.save({"weight": ramp(2, 3)}, folder / "protocol4.pt", pickle_protocol=4)
torch.save({"weight": ramp(2, 3)}, folder / "protocol4.legacy.pt", pickle_protocol=4,
           _use_new_zipfile_serialization=False)
torch.save({"epoch": 3, "history": [1, 2]}, folder / "no_state.pt")
torch.save(network, folder / "module.pt")
torch.save({"weight": ramp(2, 3), "tags": ["a"]}, folder / "list_entry.pt")

# A state dictionary saved from a CUDA device differs in the location only.
buffer = io.BytesIO()
torch.save({"weight": ramp(2, 3)}, buffer, _use_new_zipfile_serialization=False)
(folder / "cuda.legacy.pt").write_bytes(buffer.getvalue().replace(b"X\x03\x00\x00\x00cpu", b"X\x06\x00\x00\x00cuda:0"))

# The same records compressed by deflate, under another root, and big endian.
with zipfile.ZipFile(folder / "types.zip.pt") as source:
    records = {n.split("/", 1)[1]: source.read(n) for n in source.namelist()}
with zipfile.ZipFile(folder / "deflated.pt", "w", zipfile.ZIP_DEFLATED) as target:
    for name, data in records.items():
        target.writestr("some/where/" + name, data)
sizes = [4, 8, 2, 2, 8, 4, 2, 1, 1, 1]
with zipfile.ZipFile(folder / "big_endian.pt", "w") as target:
    for name, data in records.items():
        if name == "byteorder":
            data = b"big"
        if name.startswith("data/"):
            size = sizes[int(name[5:])]
            data = b"".join(data[i:i + size][::-1] for i in range(0, len(data), size))
        target.writestr("archive/" + name, data)
with zipfile.ZipFile(folder / "zip64.pt", "w") as target:
    for name, data in records.items():
        with target.open(zipfile.ZipInfo("archive/" + name), "w", force_zip64=True) as entry:
            entry.write(data)


# Plain pickles for the machine: every protocol, and what Python 2 would have written.
plain = OrderedDict(
    numbers=[0, 1, -1, 255, 256, 65535, 65536, 2**31 - 1, -(2**31), 2**31, 2**62, -(2**63), 2**100],
    floats=[0.5, -1.25, 1e300],
    words=["", "abc", "äöü€𝄞", "line\nbreak\\"],
    raw=[b"", b"abc", bytes(range(256))],
    flags=(True, False, None),
    nested={"a": ({"b": [1, (2, 3, 4, 5)]},), 7: set([1]), "f": frozenset([2])},
)
for protocol in range(6):
    # Protocols 0 and 1 write large integers as decimal text, of which only 64 bits are read.
    plain["numbers"][-1] = 2**100 if protocol > 1 else 2**61
    with open(folder / f"plain.{protocol}.pkl", "wb") as file:
        pickle.dump(plain, file, protocol=protocol)
arrays = {
    "matrix": numpy.arange(6, dtype=numpy.int32).reshape(2, 3),
    "big": numpy.arange(3, dtype=">i2"),
    "scalar": numpy.float32(1.5),
    "fortran": numpy.asfortranarray(numpy.arange(6, dtype=numpy.uint8).reshape(2, 3)),
    "empty": numpy.zeros((0, 2)),
}
for protocol in (2, 4, 5):
    with open(folder / f"arrays.{protocol}.pkl", "wb") as file:
        pickle.dump(arrays, file, protocol=protocol)
loop = [1]
loop.append(loop)
with open(folder / "loop.pkl", "wb") as file:
    pickle.dump(loop, file, protocol=2)


class Evil:
    def __init__(self, function, *arguments):
        self.function, self.arguments = function, arguments

    def __reduce__(self):
        return self.function, self.arguments


def evil(value, name):
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("archive/data.pkl", pickle.dumps(value, protocol=2))
        target.writestr("archive/byteorder", b"little")


evil({"weight": Evil(os.system, "touch /tmp/pickle_was_executed")}, "evil_system.pt")
evil({"weight": Evil(eval, "1+1")}, "evil_eval.pt")

with tarfile.open(folder / "old.tar", "w") as target:
    info = tarfile.TarInfo("sys_info")
    info.size = 3
    target.addfile(info, io.BytesIO(b"abc"))
numpy.savez_compressed(folder / "arrays.npz", a=numpy.arange(4))
