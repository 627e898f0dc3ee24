"""Writes operator_goldens.json: single ONNX nodes with inputs and the outputs that other implementations compute.

Needs numpy, onnx and onnxruntime. Every case is computed by ONNX Runtime and by the standard's own reference
implementation; where they disagree or one of them cannot, that is printed and the runtime's result is kept. (The
reference rounds the output of MaxPool with SAME_LOWER down, against the standard's text.) Inputs are multiples of
1/4, so that the file stays small.

    python make_operator_goldens.py
"""

import json
import pathlib

import numpy
import onnxruntime
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator

cases = []
random = numpy.random.default_rng(20240611)


def data(*shape, low=-8, high=9):
    return numpy.array(random.integers(low, high, shape) / 4, dtype=numpy.float32)


def positive(*shape):
    return data(*shape, low=1, high=12)


def integers(*values):
    return numpy.array(values, dtype=numpy.int64)


def scalar(value, dtype=numpy.float32):
    return numpy.array(value, dtype=dtype)


def case(name, type, inputs, outputs=1, opset=17, engine="both", **attributes):
    """Computes one node and keeps it. All inputs but the first are stored in the graph."""
    results = [f"y{i}" for i in range(outputs)]
    labels = [f"x{i}" if x is not None else "" for i, x in enumerate(inputs)]
    kind = helper.np_dtype_to_tensor_dtype(inputs[0].dtype)
    graph = helper.make_graph(
        [helper.make_node(type, labels, results, **attributes)], "case",
        [helper.make_tensor_value_info("x0", kind, inputs[0].shape)],
        [helper.make_tensor_value_info(label, kind, None) for label in results],
        [numpy_helper.from_array(x, label) for label, x in zip(labels, inputs) if label not in ("", "x0")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    found = {}
    for key, compute in (("runtime", compute_with_runtime), ("reference", compute_with_reference)):
        if engine not in ("both", key):
            continue
        try:
            found[key] = compute(model, results, {"x0": inputs[0]})
        except Exception as error:  # one of the two may not know the operator
            print(f"{type}, {name}: not computed by the {key}: {str(error).splitlines()[0][:90]}")
    if len(found) == 2:
        for a, b in zip(found["runtime"], found["reference"]):
            if a.shape != b.shape or not numpy.allclose(a, b, rtol=1e-4, atol=1e-5):
                print(f"{type}, {name}: the runtime {a.shape} and the reference {b.shape} disagree")
    values = found.get("runtime") or found["reference"]
    cases.append(
        {
            "name": name,
            "type": type,
            "opset": opset,
            "attributes": {k: encode_attribute(v) for k, v in attributes.items()},
            "inputs": [None if x is None else encode(x) for x in inputs],
            "outputs": [encode(numpy.asarray(v)) for v in values],
        })


def compute_with_runtime(model, results, feed):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(results, feed)


def compute_with_reference(model, results, feed):
    return ReferenceEvaluator(model).run(results, feed)


def encode_attribute(value):
    if isinstance(value, str):
        return {"string": value}
    if isinstance(value, float):
        return {"float": value}
    if isinstance(value, int):
        return {"integer": value}
    return {"integers": list(value)}


def encode(value):
    kind = {"float32": "float32", "int64": "int64"}[str(value.dtype)]
    flat = value.ravel().tolist()
    if kind == "float32":
        flat = [float(f"{x:.7g}") for x in flat]
        flat = [int(x) if x == int(x) else x for x in flat]
    return {"type": kind, "shape": list(value.shape), "data": flat}


# Convolutions
case("plain", "Conv", [data(2, 3, 5, 4), data(4, 3, 3, 2), data(4)])
case("asymmetric padding", "Conv", [data(1, 2, 5, 6), data(3, 2, 3, 3)], pads=[0, 1, 2, 1], strides=[2, 1])
case("dilated", "Conv", [data(1, 2, 7, 7), data(2, 2, 3, 3)], dilations=[2, 3], pads=[1, 2, 1, 2])
case("grouped", "Conv", [data(2, 4, 4, 4), data(6, 2, 3, 3), data(6)], group=2, pads=[1, 1, 1, 1])
case("depthwise", "Conv", [data(1, 3, 5, 5), data(3, 1, 3, 3)], group=3)
case("depthwise, two per channel", "Conv", [data(1, 3, 4, 4), data(6, 1, 3, 3), data(6)], group=3)
case("same upper", "Conv", [data(1, 2, 6, 5), data(2, 2, 3, 4)], auto_pad="SAME_UPPER", strides=[2, 1])
case("same lower", "Conv", [data(1, 2, 6, 5), data(2, 2, 3, 4)], auto_pad="SAME_LOWER", strides=[2, 1])
case("valid", "Conv", [data(1, 2, 6, 5), data(2, 2, 3, 4)], auto_pad="VALID", strides=[2, 1])
case("one axis", "Conv", [data(2, 3, 9), data(2, 3, 4)], pads=[2, 1], strides=[3])
case("three axes", "Conv", [data(1, 2, 4, 3, 4), data(2, 2, 2, 3, 2)], pads=[1, 0, 0, 0, 2, 1])
case("kernel stated", "Conv", [data(1, 2, 4, 4), data(2, 2, 3, 3)], kernel_shape=[3, 3])

# Transposed convolutions
case("plain", "ConvTranspose", [data(2, 3, 3, 4), data(3, 2, 3, 2), data(2)])
case("strided with output padding", "ConvTranspose", [data(1, 2, 3, 3), data(2, 3, 3, 3)], strides=[2, 3],
     output_padding=[1, 2], pads=[1, 1, 1, 1])
case("asymmetric padding", "ConvTranspose", [data(1, 2, 4, 4), data(2, 2, 3, 3), data(2)], strides=[2, 2],
     pads=[0, 2, 1, 0])
case("grouped", "ConvTranspose", [data(1, 4, 3, 3), data(4, 3, 2, 2), data(6)], group=2, strides=[2, 2])
case("depthwise", "ConvTranspose", [data(1, 3, 3, 3), data(3, 1, 2, 2)], group=3)
case("depthwise, two per channel", "ConvTranspose", [data(1, 3, 3, 3), data(3, 2, 2, 2)], group=3)
case("dilated", "ConvTranspose", [data(1, 2, 3, 3), data(2, 2, 2, 3)], dilations=[2, 2], pads=[1, 0, 1, 0])
case("output shape", "ConvTranspose", [data(1, 1, 3, 3), data(1, 2, 3, 3)], strides=[3, 2], output_shape=[8, 6])
case("same upper", "ConvTranspose", [data(1, 1, 3, 3), data(1, 2, 4, 3)], strides=[2, 2], auto_pad="SAME_UPPER")
case("same lower", "ConvTranspose", [data(1, 1, 3, 3), data(1, 2, 4, 3)], strides=[2, 2], auto_pad="SAME_LOWER")
case("one axis", "ConvTranspose", [data(1, 2, 4), data(2, 2, 3)], strides=[2])
case("three axes", "ConvTranspose", [data(1, 2, 2, 2, 3), data(2, 1, 2, 2, 2)], strides=[2, 1, 2])

# Normalisation
case("inference", "BatchNormalization", [data(2, 3, 2, 2), data(3), data(3), data(3), positive(3)], epsilon=1e-3)
case("matrix", "BatchNormalization", [data(3, 4), data(4), data(4), data(4), positive(4)])
case("training mode", "BatchNormalization", [data(2, 3, 2, 2), data(3), data(3), data(3), positive(3)],
     outputs=3, training_mode=1, momentum=0.75, engine="reference")

# Pooling
image = data(1, 2, 6, 7)
for kind in ("MaxPool", "AveragePool"):
    case("strided", kind, [image], kernel_shape=[3, 2], strides=[2, 2])
    case("padded", kind, [image], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    case("ceiling", kind, [image], kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)
    case("ceiling, last window in the padding", kind, [data(1, 1, 4, 4)], kernel_shape=[2, 2], strides=[3, 3],
         ceil_mode=1, pads=[1, 1, 1, 1])
    case("ceiling, last window just behind the input", kind, [data(1, 1, 4, 9)], kernel_shape=[2, 3],
         strides=[5, 5], ceil_mode=1, pads=[1, 1, 1, 1])
    case("ceiling, padded", kind, [data(1, 2, 6, 6)], kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1,
         pads=[1, 1, 1, 1])
    case("asymmetric padding", kind, [image], kernel_shape=[3, 3], strides=[2, 2], pads=[0, 1, 2, 0])
    case("asymmetric ceiling", kind, [image], kernel_shape=[3, 3], strides=[2, 3], pads=[0, 1, 1, 2], ceil_mode=1)
    case("same upper", kind, [image], kernel_shape=[3, 2], strides=[2, 2], auto_pad="SAME_UPPER")
    case("same lower", kind, [image], kernel_shape=[2, 2], strides=[2, 2], auto_pad="SAME_LOWER")
    case("one axis", kind, [data(1, 2, 8)], kernel_shape=[3], strides=[2])
    case("three axes", kind, [data(1, 1, 4, 4, 4)], kernel_shape=[2, 2, 2], strides=[2, 2, 1])
case("dilated", "MaxPool", [image], kernel_shape=[2, 3], dilations=[3, 2], pads=[1, 1, 0, 1])
case("counted padding", "AveragePool", [image], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1],
     count_include_pad=1)
case("counted asymmetric padding", "AveragePool", [image], kernel_shape=[3, 3], strides=[2, 2], pads=[0, 1, 2, 0],
     count_include_pad=1)
case("counted padding with ceiling", "AveragePool", [data(1, 2, 6, 6)], kernel_shape=[3, 3], strides=[2, 2],
     pads=[1, 1, 1, 1], ceil_mode=1, count_include_pad=1)
case("counted asymmetric padding with ceiling", "AveragePool", [data(1, 1, 6, 6)], kernel_shape=[3, 3],
     strides=[2, 2], pads=[0, 0, 1, 1], ceil_mode=1, count_include_pad=1, opset=19)
case("dilated", "AveragePool", [image], kernel_shape=[2, 2], dilations=[2, 3], pads=[1, 1, 1, 1], opset=19)
case("dilated, counted padding", "AveragePool", [image], kernel_shape=[2, 2], dilations=[2, 3], pads=[1, 1, 1, 1],
     count_include_pad=1, opset=19)
case("image", "GlobalAveragePool", [data(2, 3, 3, 2)])
case("image", "GlobalMaxPool", [data(2, 3, 3, 2)])

# Matrix products
case("fully connected", "Gemm", [data(2, 3), data(4, 3), data(4)], transB=1)
case("factors", "Gemm", [data(3, 2), data(3, 4), data(2, 1)], transA=1, alpha=0.5, beta=-1.5)
case("full addend", "Gemm", [data(2, 3), data(3, 4), data(2, 4)], beta=2.0)
case("scalar addend", "Gemm", [data(2, 3), data(3, 4), data()])
case("row addend", "Gemm", [data(2, 3), data(4, 3), data(1, 4)], transB=1)
case("no addend", "Gemm", [data(2, 3), data(4, 3)], transB=1)
case("matrices", "MatMul", [data(2, 3), data(3, 4)])
case("batches broadcast", "MatMul", [data(2, 1, 3, 4), data(3, 4, 2)])
case("left vector", "MatMul", [data(3), data(2, 3, 4)])
case("right vector", "MatMul", [data(2, 2, 3), data(3)])
case("two vectors", "MatMul", [data(3), data(3)])

# Elementwise functions
values = data(2, 3, 3, low=-16, high=17)
for kind in ("Sigmoid Tanh Softsign Softplus Relu Identity Abs Neg Sign Exp Floor Ceil Round Sin Cos Erf HardSwish "
             "LeakyRelu Elu Celu Selu HardSigmoid ThresholdedRelu").split():
    case("defaults", kind, [values])
for kind in ("Log", "Sqrt", "Reciprocal"):
    case("positive", kind, [positive(2, 3)])
case("defaults", "Mish", [values], opset=18)
case("exact", "Gelu", [values], opset=20)
case("tanh", "Gelu", [values], opset=20, approximate="tanh")
case("slope", "LeakyRelu", [values], alpha=0.3)
case("alpha", "Elu", [values], alpha=1.5)
case("alpha", "Celu", [values], alpha=2.0)
case("both", "Selu", [values], alpha=1.5, gamma=2.0)
case("both", "HardSigmoid", [values], alpha=0.25, beta=0.75)
case("alpha", "ThresholdedRelu", [values], alpha=0.5)
case("integers", "Abs", [integers(-3, 0, 4)])
case("per channel", "PRelu", [data(2, 3, 2, 2), data(3, 1, 1)])
case("one slope", "PRelu", [data(2, 3, 2), data(1)])
case("both bounds", "Clip", [values, scalar(-1), scalar(2)])
case("upper bound", "Clip", [values, None, scalar(0.5)])
case("attributes", "Clip", [values], opset=6, min=-1.0, max=1.5, engine="runtime")
case("integers", "Clip", [integers(-3, 9007199254740993, 4), scalar(-1, numpy.int64)])
case("inference", "Dropout", [values])
case("ratio as attribute", "Dropout", [values], opset=7, ratio=0.3)
case("ratio as input", "Dropout", [values, scalar(0.3)])

# Arithmetic
for kind in ("Add", "Sub", "Mul", "Div", "Pow"):
    case("same shape", kind, [positive(2, 3), positive(2, 3)])
    case("channels", kind, [positive(2, 3, 2, 2), positive(3, 1, 1)])
    case("both stretched", kind, [positive(3, 1), positive(2, 1, 4)])
case("integers", "Div", [integers(-7, 7, 9), integers(2, 2, -4)], engine="runtime")
case("integer exponent", "Pow", [data(2, 3), integers(2)])
for kind in ("Max", "Min", "Sum", "Mean"):
    case("three operands", kind, [data(2, 3), data(3), data(2, 1)])
    case("one operand", kind, [data(2, 3)])

# Layout
case("channels", "Concat", [data(2, 2, 2), data(2, 3, 2), data(2, 1, 2)], axis=1)
case("last axis", "Concat", [data(2, 2), data(2, 3)], axis=-1)
case("lengths", "Split", [data(2, 6), integers(1, 2, 3)], outputs=3, axis=1)
case("equal", "Split", [data(4, 3)], outputs=2)
case("lengths as attribute", "Split", [data(2, 5)], outputs=2, opset=11, axis=-1, split=[2, 3])
case("rest in the last part", "Split", [data(7, 2)], outputs=3, opset=18, num_outputs=3)
case("range", "Slice", [data(4, 5), integers(1, 0), integers(3, 4)])
case("axes", "Slice", [data(4, 5, 2), integers(-4), integers(-1), integers(1)])
case("open end", "Slice", [data(4, 5), integers(2), integers(9223372036854775807), integers(1)])
case("steps", "Slice", [data(4, 7), integers(1), integers(7), integers(1), integers(2)])
case("backwards", "Slice", [data(2, 7), integers(-1), integers(-9223372036854775808), integers(1), integers(-1)])
case("backwards by three", "Slice", [data(2, 8), integers(6), integers(0), integers(-1), integers(-3)])
case("attributes", "Slice", [data(4, 5)], opset=9, starts=[1], ends=[-1], axes=[1], engine="runtime")
case("constant", "Pad", [data(2, 3), integers(1, 0, 0, 2), scalar(1.5)])
case("zeros", "Pad", [data(2, 3), integers(0, 1, 1, 0)])
case("channels", "Pad", [data(1, 3, 2, 2), integers(0, 2, 0, 0, 0, 1, 0, 0)])
case("crop", "Pad", [data(4, 5), integers(0, -1, 1, -2)], engine="runtime")
case("reflect", "Pad", [data(1, 1, 4, 4), integers(0, 0, 2, 1, 0, 0, 3, 0)], mode="reflect")
case("edge", "Pad", [data(1, 1, 3, 3), integers(0, 0, 2, 1, 0, 0, 3, 0)], mode="edge")
case("attributes", "Pad", [data(2, 3)], opset=10, pads=[0, 1, 1, 0], value=2.0, engine="runtime")
case("axes", "Pad", [data(2, 3, 2), integers(1, 2), None, integers(-2)], opset=18)
case("permutation", "Transpose", [data(2, 3, 4)], perm=[2, 0, 1])
case("reversed", "Transpose", [data(2, 3)])
case("merged", "Reshape", [data(2, 3, 2, 2), integers(2, -1)])
case("kept and open", "Reshape", [data(2, 3, 4), integers(0, -1, 2)])
case("default", "Flatten", [data(2, 3, 2, 2)])
case("axis", "Flatten", [data(2, 3, 2, 2)], axis=-1)
case("behind the last axis", "Flatten", [data(2, 3)], axis=2)

# Softmax and reductions
for kind in ("Softmax", "LogSoftmax"):
    case("last axis", kind, [data(2, 3, 4)])
    case("channels", kind, [data(2, 3, 2)], axis=1)
    case("merged axes", kind, [data(2, 3, 2)], opset=11, engine="runtime")
for kind in ("ReduceMean", "ReduceMax", "ReduceMin"):
    case("axes as attribute", kind, [data(2, 3, 4)], axes=[-1, 1], keepdims=0)
    case("axes as input", kind, [data(2, 3, 4), integers(1)], opset=18)
    case("all axes", kind, [data(2, 3)])
case("axes as input", "ReduceSum", [data(2, 3, 4), integers(2, 0)], keepdims=0)
case("no axes", "ReduceSum", [data(2, 3)], noop_with_empty_axes=1)
case("integers", "ReduceSum", [integers(1, 2, 3).reshape(1, 3)])

path = pathlib.Path(__file__).with_name("operator_goldens.json")
lines = ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases)
path.write_text(f"[\n{lines}\n]\n")
print(len(cases), "cases,", path.stat().st_size, "bytes")
