#!/usr/bin/env python3
"""Checks that a pruned model computes what the original computes with the removed channels set to zero.

    python Tests/Coverage/check_deletion.py INTRAFUSION MODEL.onnx [...] [--sparsity 0.3] [--input NAME=SHAPE ...]

The command prunes each model by `--rule delete --importance l1`; it also writes the model with nothing but its batch-norms
folded, and says on which positions of which parameters each channel occurs. There every removed channel is set to zero in
all of them, and ONNX Runtime runs both at the shapes that the command chose or those given. A network that normalises over
channels divides by their number, which zeros do not change: where such a one differs, the script says so and nothing else.
Needs onnx, onnxruntime and numpy.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy
import onnx
import onnxruntime
from onnx import numpy_helper

# The same sums of the same numbers in another order, through a hundred layers.
TOLERANCE = 2e-4
# One step of 255 and more, where numbers are quantised to ranges of their own while the network runs: what lies between two
# steps may be rounded to either.
ROUNDED_TOLERANCE = 2e-2
# What a change of the inputs by a millionth does is let pass so many times, up to a bound.
NOISE, MOST_NOISE = 10, 1e-2
# Numbers that mean something to the network: a sampling rate, the range of a pitch.
MEANT = {"sr": 16000, "fmin": 46.875, "fmax": 2093.75}
# The zeros must change something, or the comparison proves nothing.
LEAST_CHANGE = 1e-6
OVER_CHANNELS = {
    "LayerNormalization", "GroupNormalization", "RMSNormalization", "SimplifiedLayerNormalization", "LRN", "LpNormalization",
    "MeanVarianceNormalization", "SkipLayerNormalization", "SkipSimplifiedLayerNormalization",
}


class Unknown(Exception):
    """Why there is nothing to compare with."""


def run(arguments: list[str]) -> dict:
    done = subprocess.run(arguments, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[0] if done.stderr.strip() else f"status {done.returncode}")
    return json.loads(done.stdout) if done.stdout.strip().startswith("{") else {}


def graphs(graph: onnx.GraphProto):
    """The graph and all those in its nodes' attributes."""
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("g"):
                yield from graphs(attribute.g)


def stored(model: onnx.ModelProto) -> dict[str, onnx.TensorProto]:
    """Every stored tensor by name; those of branches too."""
    found = {}
    for graph in graphs(model.graph):
        found |= {tensor.name: tensor for tensor in graph.initializer}
        for node in graph.node:
            if node.op_type == "Constant":
                found |= {node.output[0]: attribute.t for attribute in node.attribute if attribute.name == "value"}
    return found


def normalises_over_channels(model: onnx.ModelProto) -> str | None:
    """A node whose result depends on how many channels there are."""
    for graph in graphs(model.graph):
        for node in graph.node:
            if node.op_type in OVER_CHANNELS:
                return node.op_type
            axes = [list(attribute.ints) for attribute in node.attribute if attribute.name == "axes"]
            if node.op_type == "ReduceMean" and axes in ([[-1]], [[1]]):
                return "ReduceMean"
            if node.op_type == "ReduceSum" and any(other.op_type == "Reciprocal" for other in graph.node):
                return "ReduceSum"
    return None


def store_computed(model: onnx.ModelProto, names: set[str], inputs: dict) -> None:
    """Stores what the model computes from stored tensors, where the command does so too."""
    missing = [name for name in names if name not in stored(model)]
    if not missing:
        return
    asked = onnx.ModelProto()
    asked.CopyFrom(model)
    del asked.graph.output[:]
    asked.graph.output.extend(onnx.ValueInfoProto(name=name) for name in missing)
    try:
        values = dict(zip(missing, session(asked).run(None, inputs)))
    except Exception as error:
        raise Unknown("its weights are computed inside of branches") from error
    left = [node for node in model.graph.node if not set(node.output) & set(missing)]
    del model.graph.node[:]
    model.graph.node.extend(left)
    model.graph.initializer.extend(numpy_helper.from_array(values[name], name) for name in missing)


# Where an operator of integers has a weight, and what stands for zero in it.
ZERO_POINTS = {
    "ConvInteger": {1: 3}, "MatMulInteger": {1: 3}, "DynamicQuantizeMatMul": {1: 3}, "DynamicQuantizeLSTM": {1: 9, 2: 11},
}


def zeros(model: onnx.ModelProto, tensors: dict[str, onnx.TensorProto]) -> dict[str, int]:
    """What stands for zero in stored integers that have one zero point for all, by the integers' name."""
    found = {}
    for graph in graphs(model.graph):
        for node in graph.node:
            for weight, zero in ZERO_POINTS.get(node.op_type, {}).items():
                if len(node.input) > zero and node.input[zero] in tensors:
                    values = numpy_helper.to_array(tensors[node.input[zero]])
                    found |= {node.input[weight]: values.flat[0]} if (values == values.flat[0]).all() else {}
    return found


def zeroed(model: onnx.ModelProto, groups: list[dict], kept: dict[int, list[int]]) -> int:
    """Sets the removed channels to zero; returns how many there are."""
    tensors, count = stored(model), 0
    empty = zeros(model, tensors)
    for group in groups:
        stays = set(kept.get(group["index"], range(group["width"])))
        gone = [channel for channel in range(group["width"]) if channel not in stays]
        count += len(gone)
        for member in group["members"]:
            tensor = tensors[member["parameter"]]
            array = numpy_helper.to_array(tensor).copy()
            positions = [position for channel in gone for position in member["positions"][channel]]
            array[(slice(None),) * member["axis"] + (positions,)] = empty.get(tensor.name, 0)
            name = tensor.name
            tensor.CopyFrom(numpy_helper.from_array(array, name))
    return count


def made_inputs(session: onnxruntime.InferenceSession, shapes: dict[str, list[int]], seed: int = 1) -> dict:
    generator = numpy.random.default_rng(seed)
    made = {}
    for value in session.get_inputs():
        shape = shapes.get(value.name) or [length if isinstance(length, int) and length > 0 else 1 for length in value.shape]
        if value.name in MEANT and not shape:
            made[value.name] = numpy.array(MEANT[value.name], numpy.float32 if "float" in value.type else numpy.int64)
        elif "float" in value.type:
            made[value.name] = generator.normal(size=shape).astype(numpy.float16 if "float16" in value.type else numpy.float32)
        else:
            kinds = {"tensor(int64)": numpy.int64, "tensor(uint8)": numpy.uint8, "tensor(bool)": bool}
            made[value.name] = generator.integers(0, 2, size=shape).astype(kinds.get(value.type, numpy.int32))
    return made


def session(model) -> onnxruntime.InferenceSession:
    onnxruntime.set_default_logger_severity(3)
    source = model if isinstance(model, str) else model.SerializeToString()
    return onnxruntime.InferenceSession(source, providers=["CPUExecutionProvider"])


def difference(first: list, second: list, dense: list) -> float:
    """The greatest difference relative to the greatest value of each output, of the dense network's too."""
    def size(array) -> float:
        return float(numpy.abs(array.astype(float)).max())

    return max(
        (float(numpy.abs(a.astype(float) - b.astype(float)).max()) / max(size(a), size(d), 1e-12)
         for a, b, d in zip(first, second, dense) if a.size), default=0.0)


def check(command: str, path: str, sparsity: str, shapes: dict[str, list[int]]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        small, folded = f"{folder}/small.onnx", f"{folder}/folded.onnx"
        common = ["--rule", "delete", "--importance", "l1", "--json"]
        given = [part for name, shape in shapes.items() for part in ("--input-shape", f"{name}={'x'.join(map(str, shape))}")]
        report = run([command, "prune", "--effort", "minimal", path, "-o", small, "--sparsity", sparsity, *common, *given])
        run([command, "prune", "--effort", "minimal", path, "-o", folded, "--sparsity", "0", "--allow-nothing", *common, *given])
        groups = run([command, "groups", path, "--json", *given])["groups"]
        kept = {group["index"]: group["kept_channels"] for group in report["groups"]}
        chosen = {item["name"]: item["shape"] for item in report["assumptions"]} | shapes
        model = onnx.load(folded)
        dense = session(folded)
        inputs = made_inputs(dense, chosen)
        before = dense.run(None, inputs)
        left = report["after"]["parameters"] / report["before"]["parameters"]
        pruned = session(small).run(None, inputs)
        try:
            store_computed(model, {member["parameter"] for group in groups for member in group["members"]}, inputs)
        except Unknown as reason:
            return f"runs     {path}: {100 * left:.1f} % of the parameters left; {reason}, nothing to compare"
        count = zeroed(model, groups, kept)
        summary = f"{count} channels removed, {100 * left:.1f} % of the parameters left"
        wanted = session(model).run(None, inputs)
        change, error = difference(before, wanted, before), difference(wanted, pruned, before)
        is_rounded = any(node.op_type.startswith("DynamicQuantize") for graph in graphs(model.graph) for node in graph.node)
        nudged = {name: numpy.asarray(value * numpy.float32(1 + 1e-6)) if value.dtype == numpy.float32 else value
                  for name, value in inputs.items()}
        noise = difference(wanted, session(model).run(None, nudged), before)
        allowed = ROUNDED_TOLERANCE if is_rounded else max(TOLERANCE, min(NOISE * noise, MOST_NOISE))
        agrees = error <= allowed and change >= LEAST_CHANGE
        if not agrees and all(not numpy.issubdtype(one.dtype, numpy.floating) for one in before):
            return f"runs     {path}: {summary}; it makes whole numbers, which say little"
        if not agrees and (reason := normalises_over_channels(model)):
            return f"runs     {path}: {summary}; {reason} runs over channels, nothing to compare"
        verdict = "ok      " if agrees else "WRONG   "
        return f"{verdict} {path}: {summary}; zeros change {change:.2g}, the pruned model differs from that by {error:.2g}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command")
    parser.add_argument("models", nargs="+", type=Path)
    parser.add_argument("--sparsity", default="0.3")
    parser.add_argument("--input", action="append", default=[], help="the shape of an input, as x=1x3x48x320")
    options = parser.parse_args()
    shapes = {name: [int(length) for length in text.split("x")] for name, text in (one.split("=") for one in options.input)}
    bad = 0
    for path in options.models:
        try:
            line = check(options.command, str(path), options.sparsity, shapes)
        except Exception as error:  # Whatever it is, the other models are checked.
            line = f"FAILED   {path}: {str(error)[:200]}"
        bad += not line.startswith(("ok", "runs"))
        print(line, flush=True)
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
