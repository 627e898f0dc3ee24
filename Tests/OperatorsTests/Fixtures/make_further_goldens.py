"""Writes further_goldens.json: nodes of quantised, fused, signal and detection operators with the outputs that others compute.

Needs numpy, onnx and onnxruntime. Operators of ONNX's own domain are computed by the standard's reference implementation and by
ONNX Runtime where it has them, and a difference is printed; those of com.microsoft by ONNX Runtime. The format is that of
operator_goldens.json with the domain and further element types.

    python make_further_goldens.py
"""

import json
import math
import pathlib

import numpy
import onnxruntime
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator

cases = []
random = numpy.random.default_rng(20261128)
MICROSOFT = "com.microsoft"


def data(*shape, low=-8, high=9):
    return numpy.array(random.integers(low, high, shape) / 4, dtype=numpy.float32)


def bytes_(*shape, low=0, high=256, dtype=numpy.uint8):
    return random.integers(low, high, shape).astype(dtype)


def signed(*shape):
    # With more than 7 bits the runtime's sums of two products overflow on processors without dot products of bytes.
    return bytes_(*shape, low=-64, high=64, dtype=numpy.int8)


def scalar(value, dtype=numpy.float32):
    return numpy.array(value, dtype=dtype)


def integers(*values):
    return numpy.array(values, dtype=numpy.int64)


def case(name, type, inputs, outputs=1, opset=21, domain="", tolerance=1e-4, **attributes):
    """Computes one node and keeps it. All inputs but the first are stored in the graph."""
    results = [f"y{i}" for i in range(outputs)]
    labels = [f"x{i}" if x is not None else "" for i, x in enumerate(inputs)]
    graph = helper.make_graph(
        [helper.make_node(type, labels, results, domain=domain, **attributes)], "case",
        [helper.make_tensor_value_info("x0", helper.np_dtype_to_tensor_dtype(inputs[0].dtype), inputs[0].shape)],
        [helper.make_empty_tensor_value_info(label) for label in results],
        [numpy_helper.from_array(x, label) for label, x in zip(labels, inputs) if label not in ("", "x0")])
    opsets = [helper.make_opsetid("", opset)] + ([helper.make_opsetid(domain, 1)] if domain else [])
    model = helper.make_model(graph, opset_imports=opsets, ir_version=10)
    found = {}
    try:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        session = onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        found["runtime"] = session.run(results, {"x0": inputs[0]})
    except Exception as error:
        print(f"{type}, {name}: not computed by the runtime: {str(error).splitlines()[0][:160]}")
    if not domain:
        try:
            found["reference"] = ReferenceEvaluator(model).run(results, {"x0": inputs[0]})
        except Exception as error:
            print(f"{type}, {name}: not computed by the reference: {str(error).splitlines()[0][:160]}")
    if len(found) == 2:
        for a, b in zip(found["runtime"], found["reference"]):
            if a.shape != b.shape or not numpy.allclose(a.astype(float), b.astype(float), rtol=tolerance, atol=1e-5):
                print(f"{type}, {name}: the runtime {a.shape} and the reference {b.shape} disagree")
    if not found:
        return
    values = found.get("runtime") or found["reference"]
    cases.append(
        {
            "name": name,
            "type": type,
            "domain": domain,
            "opset": opset,
            "attributes": {k: encode_attribute(v) for k, v in attributes.items()},
            "inputs": [None if x is None else encode(x) for x in inputs],
            "outputs": [encode(numpy.asarray(v)) for v in values],
        })


def encode_attribute(value):
    if isinstance(value, str):
        return {"string": value}
    if isinstance(value, float):
        return {"float": value}
    if isinstance(value, int):
        return {"integer": value}
    return {"floats" if isinstance(value[0], float) else "integers": list(value)}


def encode(value):
    flat = value.ravel().tolist()
    if value.dtype.kind == "f":
        flat = [float(f"{x:.7g}") if math.isfinite(x) else None for x in flat]
        flat = [int(x) if x is not None and x == int(x) else x for x in flat]
    return {"type": str(value.dtype), "shape": list(value.shape), "data": [int(x) if x is True or x is False else x for x in flat]}


# Quantisation
image = data(2, 3, 4, 4, low=-40, high=41)
case("one scale", "QuantizeLinear", [image, scalar(0.07), scalar(17, numpy.uint8)])
case("halves", "QuantizeLinear", [data(3, 9, low=-30, high=31), scalar(0.5), scalar(-3, numpy.int8)])
case("channels", "QuantizeLinear", [image, data(3, low=1, high=4), signed(3)], axis=1)
case("last axis", "QuantizeLinear", [data(2, 5), data(5, low=1, high=4), bytes_(5)], axis=-1)
case("blocks", "QuantizeLinear", [data(2, 7, 2), data(2, 3, 2, low=1, high=4), signed(2, 3, 2)], axis=1, block_size=3)
case("sixteen bits", "QuantizeLinear", [data(2, 5), scalar(0.001), scalar(5, numpy.int16)])
case("one scale", "DequantizeLinear", [bytes_(2, 3, 4), scalar(0.07), scalar(17, numpy.uint8)])
case("channels", "DequantizeLinear", [signed(2, 3, 4), data(3, low=1, high=4), signed(3)], axis=1)
case("blocks", "DequantizeLinear", [signed(2, 6, 2), data(2, 2, 2, low=1, high=4)], axis=1, block_size=3)
case("a bias", "DequantizeLinear",
     [random.integers(-10**6, 10**6, (5,)).astype(numpy.int32), data(5, low=1, high=4)], axis=0)
case("range", "DynamicQuantizeLinear", [data(3, 4)], outputs=3)
case("positive", "DynamicQuantizeLinear", [data(3, 4, low=1, high=30)], outputs=3)
x, w = bytes_(1, 2, 5, 5), bytes_(3, 2, 3, 3)
case("both zero points", "ConvInteger", [x, w, scalar(100, numpy.uint8), scalar(7, numpy.uint8)], pads=[1, 0, 1, 0])
case("groups", "ConvInteger", [bytes_(1, 4, 4, 4), bytes_(6, 2, 2, 2), scalar(3, numpy.uint8)], group=2)
case("per channel", "QLinearConv",
     [x, scalar(0.03), scalar(100, numpy.uint8), signed(3, 2, 3, 3), data(3, low=1, high=9) / 50,
      numpy.zeros(3, numpy.int8), scalar(0.9), scalar(120, numpy.uint8),
      random.integers(-900, 900, 3).astype(numpy.int32)], pads=[1, 1, 1, 1], strides=[2, 1])
case("depthwise", "QLinearConv",
     [signed(1, 3, 4, 4), scalar(0.03), scalar(3, numpy.int8), signed(3, 1, 2, 2), scalar(0.02),
      scalar(0, numpy.int8), scalar(0.05), scalar(-9, numpy.int8)], group=3)
case("matrices", "MatMulInteger", [bytes_(2, 3, 4), bytes_(4, 5), scalar(9, numpy.uint8), scalar(100, numpy.uint8)])
case("columns", "MatMulInteger", [bytes_(3, 4), signed(4, 5), scalar(9, numpy.uint8), signed(5)])
case("many terms", "MatMulInteger", [bytes_(2, 700, low=200), bytes_(700, 2, low=200)])
case("matrices", "QLinearMatMul",
     [bytes_(2, 3, 4), scalar(0.02), scalar(100, numpy.uint8), bytes_(4, 5), scalar(0.03), scalar(90, numpy.uint8),
      scalar(0.04), scalar(130, numpy.uint8)])

# Losses
scores = data(3, 5, 2)
labels = random.integers(0, 5, (3, 2))
for reduction in ("none", "sum", "mean"):
    case(reduction, "NegativeLogLikelihoodLoss", [scores, labels, data(5, low=1, high=5)], reduction=reduction)
    case(reduction, "SoftmaxCrossEntropyLoss", [scores, labels], outputs=2, opset=13, reduction=reduction)
case("ignored", "NegativeLogLikelihoodLoss", [scores, numpy.array([[0, 1], [-5, 2], [4, -5]])], ignore_index=-5)
case("ignored and weighted", "SoftmaxCrossEntropyLoss",
     [data(4, 5), integers(0, 3, 9, 4), data(5, low=1, high=5)], opset=13, ignore_index=9)

# Signals
wave = data(2, 9, 1)
case("real", "DFT", [wave, None, integers(1).reshape(())], opset=20)
case("one side, padded", "DFT", [wave, scalar(12, numpy.int64), integers(-2).reshape(())], opset=20, onesided=1)
case("complex, inverse", "DFT", [data(2, 5, 3, 2), None, integers(1).reshape(())], opset=20, inverse=1)
case("version 17", "DFT", [data(2, 3, 6, 1)], opset=17, axis=2)
case("windowed", "STFT", [data(1, 20, 1), scalar(3, numpy.int64), data(8, low=1, high=5)], opset=17)
case("both sides", "STFT", [data(2, 16, 1), scalar(4, numpy.int64), None, scalar(8, numpy.int64)], opset=17, onesided=0)
for kind in ("HannWindow", "HammingWindow", "BlackmanWindow"):
    case("periodic", kind, [scalar(9, numpy.int64)], opset=17)
    case("symmetric", kind, [scalar(9, numpy.int64)], opset=17, periodic=0)
case("bands", "MelWeightMatrix",
     [scalar(6, numpy.int64), scalar(64, numpy.int64), scalar(8192, numpy.int64), scalar(20.0), scalar(4000.0)], opset=17)

# Detection
boxes = numpy.array([[[0, 0, 1, 1], [0, 0.1, 1, 1.1], [0, -0.1, 1, 0.9], [0, 10, 1, 11], [0, 10.1, 1, 11.1]]], numpy.float32)
case("overlaps", "NonMaxSuppression",
     [boxes, numpy.array([[[0.9, 0.75, 0.6, 0.95, 0.5], [0.1, 0.8, 0.8, 0.2, 0.3]]], numpy.float32),
      integers(3), numpy.array([0.5], numpy.float32), numpy.array([0.15], numpy.float32)])
case("centres", "NonMaxSuppression",
     [numpy.array([[[1, 1, 2, 2], [1.2, 1, 2, 2], [5, 5, 1, 1]]], numpy.float32),
      numpy.array([[[0.5, 0.9, 0.1]]], numpy.float32), integers(5), numpy.array([0.4], numpy.float32)],
     center_point_box=1)
regions = numpy.array([[1, 1, 6, 5], [0, 2, 3, 8], [-2, -2, 4, 4]], numpy.float32)
for mode in ("avg", "max"):
    case(mode, "RoiAlign", [data(2, 3, 8, 9), regions, integers(0, 1, 1)], opset=16, mode=mode, output_height=2,
         output_width=3, sampling_ratio=2, spatial_scale=0.75)
case("adaptive", "RoiAlign", [data(1, 2, 8, 9), regions[:2], integers(0, 0)], opset=16, output_height=2, output_width=2,
     coordinate_transformation_mode="output_half_pixel")
case("cells", "MaxRoiPool",
     [data(2, 3, 8, 9), numpy.array([[0, 1, 1, 6, 5], [1, 0, 2, 3, 7]], numpy.float32)], opset=17, pooled_shape=[2, 3])

# Layers
case("offsets", "DeformConv", [data(1, 2, 4, 5), data(3, 2, 2, 2), data(1, 8, 3, 4), data(3)], opset=19)
case("mask and groups", "DeformConv",
     [data(2, 4, 4, 4), data(4, 2, 3, 3), data(2, 36, 4, 4), None, data(2, 18, 4, 4)], opset=19, group=2, offset_group=2,
     pads=[1, 1, 1, 1])
case("two", "LpPool", [data(1, 2, 5, 6)], opset=18, kernel_shape=[3, 2], pads=[1, 0, 1, 1], strides=[2, 1])
case("three", "LpPool", [data(1, 2, 7)], opset=18, kernel_shape=[3], p=3)
case("all", "GlobalLpPool", [data(2, 3, 4, 4)], opset=17, p=1)
case("two", "LpNormalization", [data(2, 3, 4)], axis=1)
case("one", "LpNormalization", [data(2, 3, 4)], p=1, axis=-1)
case("usual axes", "MeanVarianceNormalization", [data(2, 3, 4, 5)])
case("places", "MaxUnpool", [data(1, 1, 2, 2), integers(5, 7, 13, 15).reshape(1, 1, 2, 2)], kernel_shape=[2, 2], strides=[2, 2])
case("matrices", "Det", [data(3, 4, 4)])
case("soft", "Shrink", [data(3, 5)], lambd=0.75, bias=0.5)
case("maps", "AffineGrid", [data(2, 2, 3), integers(2, 1, 4, 5)], opset=20)
case("corners, volumes", "AffineGrid", [data(1, 3, 4), integers(1, 1, 2, 3, 2)], opset=20, align_corners=1)
case("overlapping blocks", "Col2Im", [data(1, 8, 9), integers(4, 4), integers(2, 2)], opset=18)
case("padded blocks", "Col2Im", [data(2, 6, 6), integers(4, 5), integers(2, 3)], opset=18, strides=[2, 2], pads=[1, 0, 0, 2])
case("cut and extended", "CenterCropPad", [data(5, 3, 4), integers(2, 8)], opset=18, axes=[0, 2])
case("time first", "ReverseSequence", [data(4, 2, 3), integers(3, 4)])
case("batch first", "ReverseSequence", [data(2, 4), integers(1, 3)], batch_axis=0, time_axis=1)
case("rows", "Compress", [data(3, 4), numpy.array([True, False, True])], axis=0)
case("elements", "Compress", [data(3, 2), numpy.array([False, True, True, False, True])])
case("elements", "Unique", [integers(2, 1, 1, 3, 4, 3)], outputs=4)
case("in order", "Unique", [integers(2, 1, 1, 3, 4, 3)], outputs=4, sorted=0)
case("columns", "Unique", [numpy.array([[1, 0, 1], [2, 3, 2]], numpy.float32)], outputs=4, axis=1)

# Bits
left, right = random.integers(-99, 99, (2, 3)).astype(numpy.int32), random.integers(-99, 99, (3,)).astype(numpy.int32)
for kind in ("BitwiseAnd", "BitwiseOr", "BitwiseXor"):
    case("stretched", kind, [left, right])
case("integers", "BitwiseNot", [left])
case("left", "BitShift", [bytes_(2, 4), bytes_(4, high=8)], direction="LEFT")
case("right", "BitShift", [bytes_(2, 4), bytes_(4, high=8)], direction="RIGHT")

# Sequences
angles = random.random((2, 3, 4))
case("heads", "RotaryEmbedding",
     [data(2, 2, 3, 8), numpy.cos(angles).astype(numpy.float32), numpy.sin(angles).astype(numpy.float32)], opset=23)
table = random.random((9, 2))
tables = [numpy.cos(table).astype(numpy.float32), numpy.sin(table).astype(numpy.float32)]
places = random.integers(0, 9, (2, 3))
case("joined heads, part of each", "RotaryEmbedding", [data(2, 3, 18), *tables, places], opset=23, num_heads=3,
     rotary_embedding_dim=4, interleaved=1)
case("cache", "TensorScatter", [data(2, 2, 5, 3), data(2, 2, 2, 3), integers(1, 3)], opset=24)
case("around the end", "TensorScatter", [data(2, 5, 3), data(2, 3, 3), integers(4, 0)], opset=24, mode="circular", axis=1)

# com.microsoft
case("relu and sum", "FusedConv", [data(1, 2, 4, 4), data(3, 2, 3, 3), data(3), data(1, 3, 4, 4)], domain=MICROSOFT,
     activation="Relu", pads=[1, 1, 1, 1])
case("leaky", "FusedConv", [data(1, 2, 4, 4), data(3, 2, 3, 3), data(3)], domain=MICROSOFT, activation="LeakyRelu",
     activation_params=[0.125])
case("transposed", "FusedMatMul", [data(2, 4, 3), data(2, 5, 4)], domain=MICROSOFT, transA=1, transB=1, alpha=0.5)
case("exact", "Gelu", [data(2, 5)], domain=MICROSOFT)
case("bias", "BiasGelu", [data(2, 3, 4), data(4)], domain=MICROSOFT)
case("bias", "FastGelu", [data(2, 3, 4), data(4)], domain=MICROSOFT)
case("no bias", "FastGelu", [data(2, 3, 4)], domain=MICROSOFT)
case("usual", "QuickGelu", [data(2, 5)], domain=MICROSOFT)
hidden, skip, scale, shift, bias = data(2, 3, 8), data(2, 3, 8), data(8), data(8), data(8)
case("all inputs", "SkipLayerNormalization", [hidden, skip, scale, shift, bias], domain=MICROSOFT, epsilon=1e-5)
case("shared skip", "SkipLayerNormalization", [hidden, data(3, 8), scale], domain=MICROSOFT)
case("bias", "SkipSimplifiedLayerNormalization", [hidden, skip, scale, bias], domain=MICROSOFT, epsilon=1e-5)
words = random.integers(0, 7, (2, 3)).astype(numpy.int32)
case("all inputs", "EmbedLayerNormalization",
     [words, (words % 2).astype(numpy.int32), data(7, 8), data(5, 8), data(2, 8), scale, shift,
      numpy.array([[1, 1, 0], [1, 1, 1]], numpy.int32)], outputs=2, domain=MICROSOFT, epsilon=1e-5)
x, w, b = data(2, 3, 8), data(8, 24, low=-4, high=5), data(24)
case("plain", "Attention", [x, w, b], domain=MICROSOFT, num_heads=2)
case("key mask", "Attention", [x, w, b, numpy.array([[1, 1, 0], [1, 0, 1]], numpy.int32)], domain=MICROSOFT, num_heads=2)
case("lengths", "Attention", [x, w, b, numpy.array([2, 3], numpy.int32)], domain=MICROSOFT, num_heads=2)
case("causal with a past", "Attention", [x, w, b, None, data(2, 2, 2, 4, 4)], outputs=2, domain=MICROSOFT, num_heads=2,
     unidirectional=1)
case("other values", "Attention", [x, data(8, 20), data(20)], domain=MICROSOFT, num_heads=2, qkv_hidden_sizes=[8, 8, 4],
     scale=0.25)
case("addend", "Attention", [x, w, b, None, None, data(1, 2, 3, 3)], domain=MICROSOFT, num_heads=2)
q, k, v = data(2, 3, 8), data(2, 5, 8), data(2, 5, 8)
case("plain", "MultiHeadAttention", [q, k, v], domain=MICROSOFT, num_heads=2)
case("bias and mask", "MultiHeadAttention",
     [q, k, v, b, numpy.array([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]], numpy.int32)], domain=MICROSOFT, num_heads=2)
case("past", "MultiHeadAttention", [q, data(2, 3, 8), data(2, 3, 8), None, None, None, data(2, 2, 4, 4), data(2, 2, 4, 4)],
     outputs=3, domain=MICROSOFT, num_heads=2)
case("causal", "MultiHeadAttention", [q, data(2, 3, 8), data(2, 3, 8)], domain=MICROSOFT, num_heads=4, unidirectional=1)
case("split keys", "MultiHeadAttention", [q, data(2, 2, 5, 4), data(2, 2, 5, 4)], domain=MICROSOFT, num_heads=2)
lengths = numpy.array([2, 2], numpy.int32)
case("prompt", "GroupQueryAttention",
     [data(2, 3, 32), data(2, 3, 16), data(2, 3, 16), None, None, lengths, scalar(3, numpy.int32)], outputs=3,
     domain=MICROSOFT, num_heads=4, kv_num_heads=2)
table = random.random((9, 8))
tables = [numpy.cos(table).astype(numpy.float32), numpy.sin(table).astype(numpy.float32)]
case("rotated token", "GroupQueryAttention",
     [data(1, 1, 64), data(1, 1, 32), data(1, 1, 32), data(1, 2, 4, 16), data(1, 2, 4, 16), numpy.array([4], numpy.int32),
      scalar(5, numpy.int32), *tables], outputs=3, domain=MICROSOFT, num_heads=4, kv_num_heads=2, do_rotary=1)
case("packed, window", "GroupQueryAttention",
     [data(1, 4, 64), None, None, None, None, numpy.array([3], numpy.int32), scalar(4, numpy.int32)], outputs=3,
     domain=MICROSOFT, num_heads=4, kv_num_heads=2, local_window_size=2)
case("capped and smooth", "GroupQueryAttention",
     [data(2, 3, 32), data(2, 3, 16), data(2, 3, 16), None, None, lengths, scalar(3, numpy.int32)], outputs=3,
     domain=MICROSOFT, num_heads=4, kv_num_heads=2, softcap=1.5, smooth_softmax=1)
case("plain", "QAttention",
     [bytes_(2, 3, 8), signed(8, 24), data(24), scalar(0.02), scalar(0.01), None, scalar(120, numpy.uint8),
      scalar(0, numpy.int8)], domain=MICROSOFT, num_heads=2)
case("columns", "DynamicQuantizeMatMul", [data(2, 3, 4), signed(4, 5), data(5, low=1, high=9) / 50, signed(5), data(5)],
     domain=MICROSOFT)
case("one scale", "DynamicQuantizeMatMul", [data(3, 4), bytes_(4, 5), scalar(0.02)], domain=MICROSOFT)
case("four bits", "MatMulNBits", [data(2, 32), bytes_(3, 2, 8), data(3, 2)], domain=MICROSOFT, K=32, N=3, bits=4,
     block_size=16)
case("zero points and bias", "MatMulNBits", [data(2, 3, 48), bytes_(4, 3, 8), data(4, 3), bytes_(4, 2), None, data(4)],
     domain=MICROSOFT, K=48, N=4, bits=4, block_size=16)
case("eight bits", "MatMulNBits", [data(2, 32), bytes_(3, 2, 16), data(3, 2), bytes_(3, 2)], domain=MICROSOFT, K=32, N=3,
     bits=8, block_size=16)
case("part of a block", "MatMulNBits", [data(2, 20), bytes_(3, 2, 8), data(3, 2)], domain=MICROSOFT, K=20, N=3, bits=4,
     block_size=16)
case("positions", "RotaryEmbedding", [data(2, 2, 3, 16), places, *tables], domain=MICROSOFT)
case("first position", "RotaryEmbedding", [data(1, 3, 32), integers(2), *tables], domain=MICROSOFT, interleaved=1)

# The runtime has this one on accelerators alone: it is Conv between two transpositions.
case("channels last", "Conv", [data(1, 2, 4, 4), data(3, 2, 3, 3), data(3)], pads=[1, 1, 1, 1])
cases[-1].update(type="NhwcConv", domain=MICROSOFT)
for entry in (cases[-1]["inputs"][0], cases[-1]["outputs"][0]):
    array = numpy.array(entry["data"], numpy.float32).reshape(entry["shape"])
    entry.update(encode(numpy.ascontiguousarray(array.transpose(0, 2, 3, 1))))

# The same of this one, which is the sum of three.
case("skip connection", "Sum", [hidden, bias, skip])
cases[-1].update(type="BiasAdd", domain=MICROSOFT)

path = pathlib.Path(__file__).with_name("further_goldens.json")
lines = ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases)
path.write_text(f"[\n{lines}\n]\n")
print(len(cases), "cases,", path.stat().st_size, "bytes")
