#!/usr/bin/env python3
"""Exports the networks of the coverage table, with seeded random weights, to ONNX files.

    python Tests/Coverage/export_networks.py FOLDER [--only REGEX] [--fixtures FOLDER]

Beside the files it writes `networks.json` (what each file is, and the shape of its inputs) and `operators.json` (the
operators of all files with domain, version of the operator set, and counts). Both grow as files are written; a file
that is there already is not written again. Needs torch, torchvision, transformers, onnx and onnxscript.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import gc
import io
import json
import os
import re
import sys
import time
import traceback
import warnings
from pathlib import Path

import numpy
import onnx
import torch

from architectures import every_network
from architectures.catalogue import Network
from architectures.settling import settle

SEED = 20240501


def build(network: Network, make, inputs) -> tuple[torch.nn.Module, tuple[torch.Tensor, ...]]:
    """Returns the network with settled random weights, and one draw of its inputs."""
    torch.manual_seed(SEED)
    generator = numpy.random.default_rng(SEED)
    tensors = tuple(torch.from_numpy(one.draw(generator)) for one in inputs.values())
    return settle(make().eval(), tensors, SEED), tensors


def export(network: Network, module: torch.nn.Module, tensors, inputs, path: Path) -> None:
    """Writes a network to a file, under another name first."""
    temporary = path.with_suffix(".partial")
    names = list(inputs)
    # The exporters print whole graphs when something fails.
    with torch.no_grad(), warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        if network.exporter == "dynamo":
            shapes = None
            if network.dynamic_batch:
                shapes = tuple({0: torch.export.Dim("batch")} for _ in tensors)
            program = torch.onnx.export(
                module, tensors, input_names=names, opset_version=network.opset, dynamo=True,
                dynamic_shapes=shapes, verbose=False)
            program.save(str(temporary), external_data=False)
        else:
            axes = {name: {0: "batch"} for name in names} if network.dynamic_batch else None
            mode = torch.onnx.TrainingMode
            torch.onnx.export(
                module, tensors, str(temporary), input_names=names, opset_version=network.opset, dynamo=False,
                dynamic_axes=axes, training=mode.PRESERVE if network.keeps_batch_norms else mode.EVAL)
    if network.external_data:
        model = onnx.load(str(temporary))
        onnx.save(
            model, str(path), save_as_external_data=True, location=path.name + ".data", size_threshold=1024)
        temporary.unlink()
    else:
        os.replace(temporary, path)


def operators(path: Path) -> tuple[dict[str, int], int]:
    """Counts the operators of a file, those of subgraphs included, by domain, type and version of the operator set."""
    model = onnx.load(str(path), load_external_data=False)
    versions = {one.domain: one.version for one in model.opset_import}
    counts: collections.Counter[str] = collections.Counter()

    def visit(graph):
        for node in graph.node:
            counts[f"{node.domain or 'ai.onnx'}::{node.op_type}@{versions.get(node.domain, 0)}"] += 1
            for attribute in node.attribute:
                for inner in [attribute.g] * attribute.HasField("g") + list(attribute.graphs):
                    visit(inner)

    visit(model.graph)
    for function in model.functions:
        visit(function)
    parameters = sum(
        int(numpy.prod(one.dims, dtype=numpy.int64)) for one in model.graph.initializer if one.data_type in (1, 10, 11))
    return dict(sorted(counts.items())), parameters


class Records:
    """The two lists beside the files."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.path = folder / "networks.json"
        self.entries = json.loads(self.path.read_text()) if self.path.exists() else {}

    def write(self) -> None:
        totals: dict[str, dict] = {}
        for name, entry in self.entries.items():
            for key, count in entry.get("operators", {}).items():
                total = totals.setdefault(key, {"nodes": 0, "files": 0, "example": name})
                total["nodes"] += count
                total["files"] += 1
        for name, value in [
            ("networks.json", self.entries),
            ("operators.json", dict(sorted(totals.items(), key=lambda item: -item[1]["files"]))),
        ]:
            temporary = self.folder / (name + ".partial")
            temporary.write_text(json.dumps(value, indent=1))
            os.replace(temporary, self.folder / name)


def add(network: Network, records: Records) -> None:
    path = records.folder / f"{network.name}.onnx"
    if path.exists() and "operators" in records.entries.get(network.name, {}):
        return
    start = time.time()
    entry = {
        "family": network.family, "exporter": network.exporter, "opset": network.opset, "note": network.note,
        "inputs": {name: vars(one) for name, one in network.inputs.items()},
    }
    try:
        module, tensors = build(network, network.build, network.inputs)
        export(network, module, tensors, network.inputs, path)
        del module
        entry["operators"], entry["parameters"] = operators(path)
        entry["bytes"] = path.stat().st_size
        message = f"{entry['bytes'] / 1e6:.1f} MB"
    except Exception as error:  # A network that cannot be exported is a row with its reason.
        entry["error"] = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"[:300]
        message = entry["error"]
        if os.environ.get("COVERAGE_TRACEBACK"):
            traceback.print_exc()
    records.entries[network.name] = entry
    records.write()
    gc.collect()
    print(f"{network.name}: {message} ({time.time() - start:.1f} s)", file=sys.stderr, flush=True)


def add_fixture(network: Network, folder: Path) -> None:
    """Writes a few kilobytes of the same wiring, with an input and ONNX Runtime's outputs."""
    import onnxruntime
    from safetensors.numpy import save_file

    inputs = network.fixture_inputs or network.inputs
    path = folder / f"{network.name}.onnx"
    module, tensors = build(network, network.fixture, inputs)
    export(network, module, tensors, inputs, path)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    known = {one.name for one in session.get_inputs()}
    feeds = {name: one.numpy() for name, one in zip(inputs, tensors) if name in known}
    outputs = session.run(None, feeds)
    arrays = {f"input:{name}": value for name, value in feeds.items()}
    arrays |= {f"output:{one.name}": value for one, value in zip(session.get_outputs(), outputs)}
    save_file({name: numpy.ascontiguousarray(value) for name, value in arrays.items()},
              str(folder / f"{network.name}.safetensors"))
    print(f"{network.name}: {path.stat().st_size / 1e3:.0f} kB", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", help="where the files go")
    parser.add_argument("--only", help="a regular expression that names must match")
    parser.add_argument("--fixtures", type=Path, help="write small versions of every kind into this folder instead")
    options = parser.parse_args()
    torch.set_num_threads(1)
    # The exporters do not know the fused attention of evaluation mode.
    torch.backends.mha.set_fastpath_enabled(False)
    chosen = [one for one in every_network() if not options.only or re.search(options.only, one.name)]
    if options.fixtures:
        options.fixtures.mkdir(parents=True, exist_ok=True)
        for network in chosen:
            if network.fixture:
                add_fixture(network, options.fixtures)
        return
    if not options.folder:
        parser.error("name a folder")
    options.folder.mkdir(parents=True, exist_ok=True)
    records = Records(options.folder)
    names = {one.name for one in every_network()}
    records.entries = {name: entry for name, entry in records.entries.items() if name in names}
    for network in chosen:
        add(network, records)


if __name__ == "__main__":
    main()
