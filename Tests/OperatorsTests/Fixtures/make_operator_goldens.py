"""Writes operator_goldens.json: single ONNX nodes with inputs and the outputs that other implementations compute.

Needs numpy, onnx and onnxruntime. Every case is computed by ONNX Runtime and by the standard's own reference
implementation; where they disagree or one of them cannot, that is printed and the runtime's result is kept. (The
reference rounds the output of MaxPool with SAME_LOWER down, against the standard's text.) Inputs are multiples of
1/4, so that the file stays small.

    python make_operator_goldens.py
"""

import json
import math
import pathlib

import numpy
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
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


def case(name, type, inputs, outputs=1, opset=17, engine="both", kinds=None, **attributes):
    """Computes one node and keeps it. All inputs but the first are stored in the graph.

    kinds are the element types of the outputs where they are not all that of the first input.
    """
    results = [f"y{i}" for i in range(outputs)]
    labels = [f"x{i}" if x is not None else "" for i, x in enumerate(inputs)]
    kind = helper.np_dtype_to_tensor_dtype(inputs[0].dtype)
    graph = helper.make_graph(
        [helper.make_node(type, labels, results, **attributes)], "case",
        [helper.make_tensor_value_info("x0", kind, inputs[0].shape)],
        [helper.make_tensor_value_info(label, other, None)
         for label, other in zip(results, kinds or [kind] * outputs)],
        [numpy_helper.from_array(x, label) for label, x in zip(labels, inputs) if label not in ("", "x0")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8 if opset < 20 else 11)
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
    values = [numpy.asarray(v) for v in values]
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
    if isinstance(value, TensorProto):
        return {"tensor": encode(numpy_helper.to_array(value))}
    if isinstance(value[0], float):
        return {"floats": list(value)}
    if isinstance(value[0], str):
        return {"strings": list(value)}
    return {"integers": list(value)}


def encode(value):
    kind = {"float32": "float32", "int32": "int32", "int64": "int64", "bool": "bool"}[str(value.dtype)]
    flat = value.ravel().tolist()
    if kind == "float32":
        # JSON knows no NaN, and no infinity.
        flat = [float(f"{x:.7g}") if math.isfinite(x) else None for x in flat]
        flat = [int(x) if x is not None and x == int(x) else x for x in flat]
    if kind == "bool":
        flat = [int(x) for x in flat]
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

for kind in ("ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceProd", "ReduceSumSquare"):
    case("axes as attribute", kind, [positive(2, 3, 4)], axes=[-1, 0], keepdims=0)
    case("axes as input", kind, [positive(2, 3, 4), integers(1)], opset=18)
case("integers", "ReduceProd", [integers(2, 3, 4).reshape(3, 1)], axes=[0])
case("integers", "ReduceMax", [integers(2, 9, 4)])
case("integers", "ReduceMean", [integers(2, 9, 5)], engine="reference")

# Normalisation of runs, groups and neighbours
for kind, options in (("LayerNormalization", {}), ("SimplifiedLayerNormalization", {"engine": "runtime"})):
    case("last axis", kind, [data(2, 3, 4), data(4)], **options)
    case("two axes", kind, [data(2, 3, 4), data(3, 4)], axis=1, epsilon=0.25, **options)
case("shift", "LayerNormalization", [data(2, 3, 4), data(4), data(4)], axis=2)
case("statistics", "LayerNormalization", [data(2, 3, 4), data(4)], outputs=3)
case("last axis", "RMSNormalization", [data(2, 3, 4), data(4)], opset=23)
case("two axes", "RMSNormalization", [data(2, 3, 4), data(3, 4)], opset=23, axis=1, epsilon=0.25)
case("scale per channel", "GroupNormalization", [data(2, 6, 2, 2), data(6), data(6)], opset=21, num_groups=2)
case("scale per group", "GroupNormalization", [data(2, 6, 2), data(3), data(3)], opset=18, num_groups=3, epsilon=0.1)
case("image", "InstanceNormalization", [data(2, 3, 2, 3), data(3), data(3)], epsilon=0.01)
case("odd", "LRN", [data(2, 5, 2, 2)], size=3, alpha=0.5, beta=0.5, bias=2.0)
case("wider than all channels", "LRN", [data(1, 3, 2, 2)], size=9, alpha=1.0)
case("scaled", "Swish", [values], opset=24, alpha=1.5, engine="reference")
case("last axis", "Hardmax", [data(2, 3, 4)])
case("ties", "Hardmax", [numpy.array([[1, 3, 3], [2, 2, 0]], dtype=numpy.float32)], axis=1)
case("merged axes", "Hardmax", [data(2, 3, 2)], opset=11, engine="runtime")

# Functions of one element
unit = numpy.array([[-0.75, -0.5, 0], [0.25, 0.5, 0.875]], dtype=numpy.float32)
for kind in ("Acos", "Asin", "Asinh", "Atan", "Atanh", "Cosh", "Sinh", "Tan"):
    case("defaults", kind, [unit])
case("defaults", "Acosh", [1 + abs(unit)])
odd = numpy.array([1, numpy.nan, numpy.inf, -numpy.inf, 0], dtype=numpy.float32)
finite = numpy.array([1, -2, 0], dtype=numpy.float32)
case("finite", "IsNaN", [finite], kinds=[TensorProto.BOOL])
case("finite", "IsInf", [finite], kinds=[TensorProto.BOOL])

# Comparison and logic
for kind in ("Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual"):
    case("floats", kind, [data(2, 3), data(3)], kinds=[TensorProto.BOOL])
    case("integers", kind, [integers(-3, 2, 9007199254740993), integers(-3, 4, 9007199254740992)],
         kinds=[TensorProto.BOOL])
truths = numpy.array([[True, False, True], [False, False, True]])
for kind in ("And", "Or", "Xor", "Equal"):
    case("broadcast", kind, [truths, numpy.array([True, False, False])])
case("booleans", "Not", [truths])
case("floats", "Where", [truths, data(2, 3), data(2, 1)], kinds=[TensorProto.FLOAT])
case("integers", "Where", [truths, integers(1, 2, 3), integers(9007199254740993)], kinds=[TensorProto.INT64])
case("integers", "Mod", [integers(-7, 7, -9, 9), integers(4, -4, -4, 4)])
case("integers, truncated", "Mod", [integers(-7, 7, -9, 9), integers(4, -4, -4, 4)], fmod=1)
case("floats", "Mod", [data(2, 3), positive(2, 3)], fmod=1)
case("to integers", "Cast", [data(2, 3)], to=TensorProto.INT64, kinds=[TensorProto.INT64])
case("to booleans", "Cast", [data(2, 3)], to=TensorProto.BOOL, kinds=[TensorProto.BOOL])
case("from booleans", "Cast", [truths], to=TensorProto.FLOAT, kinds=[TensorProto.FLOAT])
case("from integers", "CastLike", [integers(1, 2), data(1)], kinds=[TensorProto.FLOAT])

# Whole numbers, as shapes are computed with: all exact beyond the floats' range
for kind in ("Add", "Sub", "Mul", "Max", "Min"):
    case("large integers", kind, [integers(9007199254740993, -5), integers(3, 2)])
case("integers", "Pow", [integers(3, -2, 5), integers(3, 3, 0)])
case("integers", "Neg", [integers(3, -2)])
case("integers", "Sign", [integers(3, -2, 0)])
case("integers", "Concat", [integers(1, 2), integers(9007199254740993)], axis=0)
case("integers", "Slice", [integers(4, 5, 6, 9007199254740993), integers(1), integers(4)])
case("integers", "Unsqueeze", [integers(9007199254740993), integers(1)])
case("integers", "Squeeze", [integers(9007199254740993), integers(0)])
case("integers", "Gather", [integers(4, 5, 9007199254740993), integers(-1, 0)])
case("integers", "Transpose", [integers(1, 2, 3).reshape(3, 1)])
case("integers", "Expand", [integers(7), integers(2, 2)])
case("integers", "Tile", [integers(7, 9), integers(2)])
case("integers", "Reshape", [integers(1, 2, 3, 4), integers(2, -1)])
case("integers", "Split", [integers(1, 2, 3, 4), integers(1, 3)], outputs=2)

# Lengths
case("all", "Shape", [data(2, 3, 4)], kinds=[TensorProto.INT64])
case("some", "Shape", [data(2, 3, 4)], start=-2, end=5, kinds=[TensorProto.INT64])
case("all", "Size", [data(2, 3, 4)], kinds=[TensorProto.INT64])
case("upwards", "Range", [scalar(2, numpy.int64), scalar(11, numpy.int64), scalar(4, numpy.int64)])
case("downwards", "Range", [scalar(5, numpy.int64), scalar(-4, numpy.int64), scalar(-3, numpy.int64)])
case("empty", "Range", [scalar(5, numpy.int64), scalar(5, numpy.int64), scalar(1, numpy.int64)])
case("floats", "Range", [scalar(1), scalar(2.25), scalar(0.5)])
case("zeros", "ConstantOfShape", [integers(2, 3)], kinds=[TensorProto.FLOAT])
case("integers", "ConstantOfShape", [integers(2)], value=numpy_helper.from_array(integers(7)),
     kinds=[TensorProto.INT64])
case("scalar", "ConstantOfShape", [numpy.zeros(0, dtype=numpy.int64)], kinds=[TensorProto.FLOAT])
case("diagonal", "EyeLike", [data(3, 4)], k=1)
case("type", "EyeLike", [data(3, 3)], k=-1, dtype=TensorProto.INT64, kinds=[TensorProto.INT64])
case("upper", "Trilu", [data(2, 3, 4), scalar(1, numpy.int64)])
case("lower", "Trilu", [data(3, 4), scalar(-1, numpy.int64)], upper=0)
case("integers", "Trilu", [integers(1, 2, 3, 4).reshape(2, 2)], upper=0)

# Layout
case("named", "Squeeze", [data(1, 3, 1, 2), integers(0, -2)])
case("all that are single", "Squeeze", [data(1, 3, 1, 2)])
case("attribute", "Squeeze", [data(1, 3, 1, 2)], opset=11, axes=[-2])
case("input", "Unsqueeze", [data(3, 2), integers(0, -1)])
case("attribute", "Unsqueeze", [data(3, 2)], opset=11, axes=[1, 3])
case("both stretched", "Expand", [data(3, 1), integers(2, 1, 4)])
case("copies", "Tile", [data(2, 3), integers(2, 3)])
case("depth first", "DepthToSpace", [data(1, 8, 2, 3)], blocksize=2)
case("channel first", "DepthToSpace", [data(1, 8, 2, 3)], blocksize=2, mode="CRD")
case("blocks", "SpaceToDepth", [data(1, 3, 4, 6)], blocksize=2)
case("heads", "Reshape", [data(2, 3, 8), integers(0, 0, 2, -1)])

# Indexing
case("embedding", "Gather", [data(5, 3), integers(0, 4, -1, 2).reshape(2, 2)])
case("one position", "Gather", [data(2, 5, 3), scalar(-2, numpy.int64)], axis=1)
case("last axis", "GatherElements", [data(2, 5), integers(0, -1, 3, 2).reshape(2, 2)], axis=1)
case("rows", "GatherElements", [data(3, 2), integers(2, 0).reshape(1, 2)])
case("points", "GatherND", [data(2, 3, 4), integers(0, 1, -1, 2).reshape(2, 2)])
case("batches", "GatherND", [data(2, 3, 4), integers(2, 0).reshape(2, 1)], batch_dims=1)
case("elements", "GatherND", [data(2, 3), integers(0, 1, 1, 2).reshape(2, 2)])
case("replaced", "ScatterElements", [data(2, 4), integers(0, -1, 2, 1).reshape(2, 2), data(2, 2)], axis=1)
for reduction, version in (("add", 16), ("mul", 16), ("max", 18), ("min", 18)):
    case(reduction, "ScatterElements", [data(2, 4), integers(0, 0, 2, 1).reshape(2, 2), data(2, 2)], axis=1,
         opset=version, reduction=reduction)
    case(reduction, "ScatterND", [data(4, 3), integers(1, 3, 1).reshape(3, 1), data(3, 3)], opset=version,
         reduction=reduction)
case("rows", "Scatter", [data(3, 2), integers(2, 0).reshape(1, 2), data(1, 2)], opset=10, engine="runtime")
case("replaced", "ScatterND", [data(4, 3), integers(1, -1).reshape(2, 1), data(2, 3)])
case("elements", "ScatterND", [data(2, 3), integers(0, 1, 1, 2).reshape(2, 2), data(2)])
case("last axis", "OneHot", [integers(0, 2, -1, 5), scalar(4, numpy.int64), data(2)], kinds=[TensorProto.FLOAT])
case("new axis", "OneHot", [integers(0, 2).reshape(1, 2), scalar(3, numpy.int64), integers(7, 9)], axis=1)
TOP = [TensorProto.FLOAT, TensorProto.INT64]
case("greatest", "TopK", [data(3, 5), integers(3)], outputs=2, kinds=TOP)
case("least", "TopK", [data(4, 3), integers(2)], outputs=2, kinds=TOP, axis=0, largest=0)
case("ties", "TopK", [numpy.array([2, 3, 3, 1, 3], dtype=numpy.float32), integers(4)], outputs=2, kinds=TOP)
ties = numpy.array([[2, 3, 3, 1], [0, 0, 5, 5]], dtype=numpy.float32)
for kind in ("ArgMax", "ArgMin"):
    case("first", kind, [ties], axis=1, kinds=[TensorProto.INT64])
    case("last", kind, [ties], axis=-1, select_last_index=1, keepdims=0, kinds=[TensorProto.INT64])
    case("default", kind, [data(3, 2)], kinds=[TensorProto.INT64])
case("defaults", "CumSum", [data(2, 4), scalar(1, numpy.int64)])
case("exclusive", "CumSum", [data(2, 4), scalar(-1, numpy.int64)], exclusive=1)
case("reversed", "CumSum", [data(2, 4), scalar(1, numpy.int64)], reverse=1, exclusive=1)
case("matrix", "NonZero", [numpy.array([[0, 2, 0], [1, 0, 3]], dtype=numpy.float32)], kinds=[TensorProto.INT64])

# Resampling
picture = data(1, 2, 4, 5)
for mode in ("nearest", "linear", "cubic"):
    for transform in ("half_pixel", "align_corners", "asymmetric", "pytorch_half_pixel"):
        # The two disagree about corners where a length is not whole.
        wide = 1.6 if transform == "align_corners" else 1.5
        case(f"{mode} up, {transform}", "Resize", [picture, None, scalar([1, 1, 2, wide])], mode=mode,
             coordinate_transformation_mode=transform)
        case(f"{mode} down, {transform}", "Resize", [picture, None, None, integers(1, 2, 3, 2)], mode=mode,
             coordinate_transformation_mode=transform)
    case(f"{mode} up, symmetric", "Resize", [picture, None, scalar([1, 1, 1.3, 1.5])], mode=mode, opset=19,
         coordinate_transformation_mode="half_pixel_symmetric")
for rounding in ("floor", "ceil", "round_prefer_ceil", "round_prefer_floor"):
    case(rounding, "Resize", [picture, None, scalar([1, 1, 1.5, 2.5])], nearest_mode=rounding,
         coordinate_transformation_mode="asymmetric")
case("excluding the outside", "Resize", [picture, None, scalar([1, 1, 2, 2])], mode="cubic", exclude_outside=1,
     cubic_coeff_a=-0.5)
for mode in ("linear", "cubic"):
    case(f"{mode} with a wider filter", "Resize", [data(1, 1, 8, 9), None, None, integers(1, 1, 3, 4)], opset=18,
         mode=mode, antialias=1)
case("axes", "Resize", [picture, None, None, integers(7, 3)], opset=18, axes=[3, 2], mode="linear")
case("not larger", "Resize", [picture, None, None, integers(8, 8)], opset=18, axes=[2, 3],
     keep_aspect_ratio_policy="not_larger")
case("not smaller", "Resize", [picture, None, None, integers(8, 8)], opset=18, axes=[2, 3], mode="linear",
     keep_aspect_ratio_policy="not_smaller")
for mode in ("nearest", "linear"):
    case(f"{mode}, version 10", "Resize", [picture, scalar([1, 1, 2, 2])], opset=10, mode=mode, engine="runtime")
    case(f"{mode}, input", "Upsample", [picture, scalar([1, 1, 2, 3])], opset=9, mode=mode, engine="runtime")
    case(f"{mode}, attribute", "Upsample", [picture], opset=7, mode=mode, scales=[1.0, 1.0, 2.0, 3.0],
         engine="runtime")
points = data(1, 3, 2, 2, low=-5, high=6)
for mode in ("bilinear", "nearest", "bicubic"):
    for padding in ("zeros", "border", "reflection"):
        case(f"{mode}, {padding}", "GridSample", [picture, points], mode=mode, padding_mode=padding,
             align_corners=int(padding == "border"))
case("volume", "GridSample", [data(1, 1, 3, 3, 3), data(1, 2, 2, 2, 3, low=-4, high=5)], opset=20, mode="linear")

# Products and sequences
case("scores", "Einsum", [data(2, 2, 3, 4), data(2, 2, 5, 4)], equation="bhid,bhjd->bhij")
case("ellipsis", "Einsum", [data(2, 3, 4), data(4, 2)], equation="...ij,jk->...ik")
case("no arrow", "Einsum", [data(2, 3), data(3, 4)], equation="ij,jk")
case("transpose", "Einsum", [data(2, 3)], equation="ij->ji")
case("three operands", "Einsum", [data(2, 3), data(3, 2), data(2)], equation="ij,jk,k->i")
for direction in ("forward", "reverse", "bidirectional"):
    count = 2 if direction == "bidirectional" else 1
    for kind, gates in (("LSTM", 4), ("GRU", 3), ("RNN", 1)):
        weights = [data(3, 2, 2), data(count, gates * 3, 2), data(count, gates * 3, 3), data(count, gates * 6)]
        case(f"{direction}", kind, weights, outputs=3 if kind == "LSTM" else 2, hidden_size=3, direction=direction,
             engine="runtime")
case("states", "LSTM", [data(3, 2, 2), data(1, 12, 2), data(1, 12, 3), data(1, 24), None, data(1, 2, 3),
                        data(1, 2, 3)], outputs=3, hidden_size=3)
case("reset afterwards", "GRU", [data(3, 2, 2), data(1, 9, 2), data(1, 9, 3), data(1, 18), None, data(1, 2, 3)],
     outputs=2, hidden_size=3, linear_before_reset=1)
case("rectified", "RNN", [data(3, 2, 2), data(1, 3, 2), data(1, 3, 3)], outputs=2, hidden_size=3,
     activations=["Relu"])
case("batch first", "LSTM", [data(2, 3, 2), data(1, 12, 2), data(1, 12, 3)], outputs=3, hidden_size=3, layout=1,
     engine="reference")

query, key, value = data(2, 4, 3, 4), data(2, 2, 5, 4), data(2, 2, 5, 3)
case("shared keys", "Attention", [query, key, value], opset=23, scale=0.25)
case("added mask", "Attention", [data(1, 2, 3, 4), data(1, 2, 3, 4), data(1, 2, 3, 4), data(3, 3)], opset=23)
case("mask", "Attention", [data(1, 2, 2, 4), data(1, 2, 3, 4), data(1, 2, 3, 4), truths], opset=23)
case("causal", "Attention", [data(1, 2, 3, 4), data(1, 2, 3, 4), data(1, 2, 3, 4)], opset=23, is_causal=1)
case("joined heads", "Attention", [data(2, 3, 8), data(2, 3, 4), data(2, 3, 4)], opset=23, q_num_heads=4,
     kv_num_heads=2, softcap=1.5)

# What earlier versions of this project left out
block = [data(1, 2, 3, 4), data(1, 2, 4, 4), data(1, 2, 4, 3)]
case("window", "Attention", block, opset=25, engine="reference", left_window_size=1, right_window_size=0)
case("past", "Attention", block + [None, data(1, 2, 2, 4), data(1, 2, 2, 3)], outputs=4, opset=23,
     engine="reference", is_causal=1, qk_matmul_output_mode=1, softcap=2.0)
case("hidden rows, short mask", "Attention",
     block + [numpy.array([[1, 0, 1], [0, 0, 0], [1, 1, 1]], dtype=bool)], outputs=4, opset=24, engine="reference",
     qk_matmul_output_mode=3)
case("numbers of keys", "Attention",
     [data(2, 2, 3, 4), data(2, 2, 4, 4), data(2, 2, 4, 3), None, None, None, integers(4, 2)], opset=24,
     engine="reference", is_causal=1)
for order in (0, 1):
    case(f"positions, storage order {order}", "MaxPool", [data(2, 2, 4, 3, low=-40, high=40)], outputs=2,
         engine="runtime", kinds=[TensorProto.FLOAT, TensorProto.INT64], kernel_shape=[2, 2], pads=[1, 0, 0, 1],
         storage_order=order)
lengths = numpy.array([3, 1], dtype=numpy.int32)
recurrent = [data(3, 2, 2), data(1, 12, 2), data(1, 12, 3), data(1, 24), lengths]
case("peepholes and lengths", "LSTM", recurrent + [None, None, data(1, 9)], outputs=3, engine="runtime", hidden_size=3)
case("coupled gates", "LSTM", recurrent[:4], outputs=3, engine="runtime", hidden_size=3, input_forget=1)
case("functions with constants", "LSTM", recurrent[:4], outputs=3, engine="runtime", hidden_size=3,
     activations=["HardSigmoid", "ScaledTanh", "Softsign"], activation_alpha=[0.3, 1.5], activation_beta=[0.4, 0.5])
case("lengths, backwards", "GRU", [data(3, 2, 2), data(1, 9, 2), data(1, 9, 3), data(1, 18), lengths], outputs=2,
     engine="runtime", hidden_size=3, direction="reverse")
case("region", "Resize", [data(1, 2, 5, 4), numpy.array([0, 0, 0.25, -0.5, 1, 1, 0.75, 1.5], dtype=numpy.float32), None, integers(1, 2, 3, 6)], opset=18, engine="runtime",
     mode="linear", coordinate_transformation_mode="tf_crop_and_resize", extrapolation_value=7.0)
case("channel first", "SpaceToDepth", [data(1, 2, 4, 6)], opset=28, engine="reference", blocksize=2, mode="CRD")
case("wrapped", "Pad", [data(2, 3), integers(1, 4, 0, 2)], opset=19, mode="wrap")
case("nearest of a volume", "GridSample", [data(1, 2, 3, 2, 4), data(1, 2, 3, 2, 3)], opset=20, engine="reference",
     mode="nearest", padding_mode="border")

path = pathlib.Path(__file__).with_name("operator_goldens.json")
lines = ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases)
path.write_text(f"[\n{lines}\n]\n")
print(len(cases), "cases,", path.stat().st_size, "bytes")
