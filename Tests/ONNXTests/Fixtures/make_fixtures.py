"""Makes the models of the ONNX tests and what ONNX Runtime computes with them.

    pip install onnx==1.23.2 onnxruntime==1.32.0 numpy
    python make_fixtures.py

Every model is checked by onnx.checker. `goldens.json` holds random inputs and ONNX Runtime's outputs.
"""

import json
import os

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper as n

HERE = os.path.dirname(os.path.abspath(__file__))
random = np.random.default_rng(7)
goldens = {}


def weight(name, *shape, dtype=np.float32, raw=True, scale=0.4):
    array = (random.standard_normal(shape) * scale).astype(dtype)
    if raw:
        return n.from_array(array, name)
    return h.make_tensor(name, h.np_dtype_to_tensor_dtype(array.dtype), shape, array.flatten().tolist())


def integers(name, values):
    return n.from_array(np.array(values, np.int64), name)


def value(name, shape, dtype=T.FLOAT):
    return h.make_tensor_value_info(name, dtype, shape)


def save(name, nodes, inputs, outputs, initializers=(), opset=17, ir=8, golden=None, infer=False, edit=None,
         functions=(), imports=(), check=True, runnable=True):
    graph = h.make_graph(nodes, name, inputs, outputs, list(initializers))
    model = h.make_model(
        graph, opset_imports=[h.make_opsetid("", opset), *imports], ir_version=ir, functions=list(functions),
        producer_name="make_fixtures", producer_version="1")
    if infer:
        model = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
    if edit:
        edit(model)
    if check:
        onnx.checker.check_model(model, full_check=runnable)
    path = os.path.join(HERE, name + ".onnx")
    onnx.save(model, path)
    if golden:
        record(name, path, golden)
    return model


def record(name, path, shapes):
    feeds = {key: random.standard_normal(shape).astype(dtype) for key, (shape, dtype) in shapes.items()}
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    outputs = session.run(None, feeds)

    def pack(array):
        return {"shape": list(array.shape), "data": np.asarray(array, np.float64).flatten().tolist()}

    goldens[name] = {
        "inputs": {key: pack(array) for key, array in feeds.items()},
        "outputs": {key.name: pack(array) for key, array in zip(session.get_outputs(), outputs)},
    }


def batch_norm(prefix, channels):
    return [
        weight(prefix + ".weight", channels), weight(prefix + ".bias", channels),
        weight(prefix + ".running_mean", channels),
        n.from_array(random.uniform(0.5, 2, channels).astype(np.float32), prefix + ".running_var"),
    ]


def names(tensors):
    return [tensor.name for tensor in tensors]


def residual():
    """A small residual network with documentation, metadata, open batch, typed data, and stored tensors among the inputs."""
    first, second = batch_norm("bn1", 8), batch_norm("bn2", 8)
    nodes = [
        h.make_node("Conv", ["image", "conv1.weight"], ["conv1"], "conv1", pads=[1, 1, 1, 1], kernel_shape=[3, 3],
                    doc_string="the stem"),
        h.make_node("BatchNormalization", ["conv1", *names(first)], ["bn1"], "bn1", epsilon=1e-4),
        h.make_node("Relu", ["bn1"], ["relu1"]),
        h.make_node("Conv", ["relu1", "conv2.weight", "conv2.bias"], ["conv2"], "conv2", pads=[1, 1, 1, 1]),
        h.make_node("BatchNormalization", ["conv2", *names(second)], ["bn2"], "bn2"),
        h.make_node("Relu", ["bn2"], ["relu2"], "relu2"),
        h.make_node("Conv", ["relu2", "conv3.weight", ""], ["conv3"], "conv3"),
        h.make_node("Add", ["conv3", "relu1"], ["sum"], "add"),
        h.make_node("GlobalAveragePool", ["sum"], ["pool"], "pool"),
        h.make_node("Flatten", ["pool"], ["flat"], "flatten", axis=1),
        h.make_node("Gemm", ["flat", "fc.weight", "fc.bias"], ["scores"], "fc", transB=1, alpha=1.0),
    ]
    stored = [
        weight("conv1.weight", 8, 3, 3, 3), *first, weight("conv2.weight", 8, 8, 3, 3), weight("conv2.bias", 8, raw=False),
        *second, weight("conv3.weight", 8, 8, 1, 1, raw=False), weight("fc.weight", 5, 8), weight("fc.bias", 5),
    ]

    def edit(model):
        model.doc_string = "a residual network"
        model.domain = "org.example"
        model.model_version = 3
        h.set_model_props(model, {"author": "nobody", "purpose": "tests"})
        model.graph.doc_string = "its graph"
        model.graph.initializer[0].doc_string = "the first weight"
        model.graph.input[0].type.tensor_type.shape.dim[0].denotation = "DATA_BATCH"

    save("residual", nodes,
         [value("image", ["batch", 3, 6, 6]), value("conv2.weight", [8, 8, 3, 3]), value("fc.bias", [5])],
         [value("scores", ["batch", 5])], stored, infer=True, edit=edit, golden={"image": ((2, 3, 6, 6), np.float32)})


def folded_output():
    """The output is that of a batch-norm, which folding takes away."""
    norm = batch_norm("norm", 6)
    nodes = [
        h.make_node("Conv", ["x", "first.weight"], ["first"], "first"),
        h.make_node("Relu", ["first"], ["hidden"], "relu"),
        h.make_node("Conv", ["hidden", "second.weight"], ["second"], "second"),
        h.make_node("BatchNormalization", ["second", *names(norm)], ["y"], "norm"),
    ]
    save("folded_output", nodes, [value("x", [1, 4, 3, 3])], [value("y", [1, 6, 3, 3])],
         [weight("first.weight", 7, 4, 1, 1), weight("second.weight", 6, 7, 1, 1), *norm],
         golden={"x": ((1, 4, 3, 3), np.float32)})


def external():
    """Two tensors in a file beside the model, one in the model."""
    nodes = [
        h.make_node("Gemm", ["x", "first.weight", "first.bias"], ["hidden"], "first", transB=1),
        h.make_node("Relu", ["hidden"], ["active"], "relu"),
        h.make_node("Gemm", ["active", "second.weight", "second.bias"], ["y"], "second", transB=1),
    ]
    stored = [weight("first.weight", 16, 6), weight("first.bias", 16), weight("second.weight", 3, 16),
              weight("second.bias", 3)]
    data = b""
    for tensor in (stored[0], stored[2]):
        data += bytes(-len(data) % 64)
        content = tensor.raw_data
        tensor.ClearField("raw_data")
        tensor.data_location = T.EXTERNAL
        for key, text in {"location": "external.bin", "offset": len(data), "length": len(content)}.items():
            tensor.external_data.add(key=key, value=str(text))
        data += content
    with open(os.path.join(HERE, "external.bin"), "wb") as file:
        file.write(data)
    save("external", nodes, [value("x", ["n", 6])], [value("y", ["n", 3])], stored, check=False,
         golden={"x": ((3, 6), np.float32)})
    onnx.checker.check_model(os.path.join(HERE, "external.onnx"), full_check=True)


def constants():
    """Constants as nodes of every kind, a weight among them, and one constant that two nodes share."""
    nodes = [
        h.make_node("Constant", [], ["w"], "weight", value=weight("", 6, 4)),
        h.make_node("Gemm", ["x", "w", "b"], ["hidden"], "first", transB=1),
        h.make_node("Constant", [], ["shape"], "shape", value_ints=[1, 6, 1]),
        h.make_node("Reshape", ["hidden", "shape"], ["left"], "left"),
        h.make_node("Relu", ["hidden"], ["active"], "relu"),
        h.make_node("Reshape", ["active", "shape"], ["right"], "right"),
        h.make_node("Constant", [], ["half"], "half", value_float=0.5),
        h.make_node("Mul", ["right", "half"], ["scaled"], "scale"),
        h.make_node("Add", ["left", "scaled"], ["sum"], "add"),
        h.make_node("Flatten", ["sum"], ["flat"], "flatten"),
        h.make_node("Constant", [], ["zeros"], "unused", value_floats=[0.0, 1.0]),
        h.make_node("Gemm", ["flat", "out.weight"], ["y"], "second"),
    ]
    save("constants", nodes, [value("x", [1, 4])], [value("y", [1, 3])], [weight("b", 6), weight("out.weight", 6, 3)],
         golden={"x": ((1, 4), np.float32)})


def types():
    """Stored tensors of every element type, packed and unpacked, and some that no engine type stands for."""
    stored = []
    for dtype in (np.float32, np.float64, np.float16, np.int64, np.int32, np.int16, np.int8, np.uint8, np.bool_):
        array = random.integers(0, 2, (2, 3)) if dtype is np.bool_ else random.integers(0, 100, (2, 3)) - (
            0 if dtype is np.uint8 else 50)
        array = array.astype(dtype)
        name = np.dtype(dtype).name
        stored.append(n.from_array(array, name + "_raw"))
        stored.append(h.make_tensor(name + "_typed", stored[-1].data_type, [2, 3], array.flatten().tolist()))
    stored.append(h.make_tensor("bfloat16_typed", T.BFLOAT16, [2, 3], [1.5, -2.0, 3.0, 0.25, -0.125, 96.0]))
    stored.append(h.make_tensor("bfloat16_raw", T.BFLOAT16, [2, 3],
                                np.array([0x3FC0, 0xC000, 0x4040, 0x3E80, 0xBE00, 0x42C0], np.uint16).tobytes(), raw=True))
    stored.append(h.make_tensor("uint64_typed", T.UINT64, [2], [1, 2 ** 63]))
    stored.append(h.make_tensor("text", T.STRING, [2], [b"a", b"b"]))
    stored.append(h.make_tensor("int4_raw", T.INT4, [4], bytes([0x21, 0x43]), raw=True))
    stored.append(h.make_tensor("scalar", T.FLOAT, [], [2.5]))
    stored.append(n.from_array(np.zeros((0, 3), np.float32), "empty"))
    for dtype, greatest in ((np.uint16, 2 ** 16 - 1), (np.uint32, 2 ** 32 - 1), (np.uint64, 2 ** 63 - 1)):
        array = np.array([[0, 1, 2], [3, 4, greatest]], dtype)
        name = "small_" * (dtype is np.uint64) + np.dtype(dtype).name
        stored.append(n.from_array(array, name + "_raw"))
        stored.append(h.make_tensor(name + "_typed", stored[-1].data_type, [2, 3], array.flatten().tolist()))
    save("types", [h.make_node("Relu", ["x"], ["y"])], [value("x", [1])], [value("y", [1])], stored, opset=21, ir=10)


def opaque():
    """Nodes that are not understood: a custom operator, a subgraph that reads values around it, a function, sequences."""
    then = h.make_graph([h.make_node("Add", ["b", "bias"], ["then_out"])], "then", [], [value("then_out", None)])
    other = h.make_graph(
        [h.make_node("Constant", [], ["one"], value_float=1.0), h.make_node("Mul", ["b", "one"], ["else_out"])],
        "else", [], [value("else_out", None)])
    nodes = [
        h.make_node("Gemm", ["x", "w1"], ["a"], "first"),
        h.make_node("Relu", ["a"], ["relu"], "relu1"),
        h.make_node("Gemm", ["relu", "w2"], ["b"], "second"),
        h.make_node("Gemm", ["b", "w3"], ["c"], "third"),
        h.make_node("ReduceMin", ["x"], ["least"], "least", keepdims=0),
        h.make_node("Less", ["least", "nought"], ["flag"], "less"),
        h.make_node("If", ["flag"], ["chosen"], "choice", then_branch=then, else_branch=other),
        h.make_node("Twice", ["chosen"], ["doubled"], "call", domain="local"),
        h.make_node("SequenceConstruct", ["doubled", "chosen"], ["list"], "list"),
        h.make_node("SequenceAt", ["list", "zero"], ["taken"], "at"),
        h.make_node("Add", ["taken", "c2"], ["y"], "last"),
        h.make_node("Gemm", ["c", "w4"], ["c2"], "fourth"),
    ]
    nodes = nodes[:10] + [nodes[11], nodes[10]]
    # Written for another version of the standard than the model, so that its body cannot stand in place of the call.
    twice = h.make_function("local", "Twice", ["v"], ["r"], [h.make_node("Add", ["v", "v"], ["r"])],
                            [h.make_opsetid("", 16)])
    stored = [weight("w1", 4, 6), weight("w2", 6, 5), weight("w3", 5, 7), weight("w4", 7, 5), weight("bias", 5),
              n.from_array(np.array(0, np.float32), "nought"), n.from_array(np.array(0, np.int64), "zero")]
    save("opaque", nodes, [value("x", ["n", 4])], [value("y", ["n", 5])], stored, functions=[twice],
         imports=[h.make_opsetid("local", 1)], infer=True, golden={"x": ((2, 4), np.float32)})
    custom = [
        h.make_node("Gemm", ["x", "w1"], ["a"], "first"),
        h.make_node("Relu", ["a"], ["relu"], "relu1"),
        h.make_node("Gemm", ["relu", "w2"], ["b"], "second"),
        h.make_node("Whiten", ["b"], ["white", ""], "custom", domain="com.example", strength=0.5, names=["p", "q"]),
        h.make_node("Gemm", ["white", "w3"], ["y"], "third"),
    ]
    for name, infos in (("custom_declared", [value("white", ["n", 5])]), ("custom_unknown", [])):
        save(name, custom, [value("x", ["n", 4])], [value("y", ["n", 7])], stored[:3],
             imports=[h.make_opsetid("com.example", 2)], check=False,
             edit=lambda model: model.graph.value_info.extend(infos))


def choices():
    """Choices that are settled, one inside another and one by a length, and functions that are called twice and nested."""
    inner = h.make_graph([h.make_node("Neg", ["a"], ["negative"], "negate")], "inner", [], [value("negative", None)])
    kept = h.make_graph([h.make_node("Identity", ["a"], ["same"], "keep")], "kept", [], [value("same", None)])
    then = h.make_graph(
        [h.make_node("Constant", [], ["no"], "no", value=n.from_array(np.array(False), "no")),
         h.make_node("If", ["no"], ["turned"], "again", then_branch=inner, else_branch=kept),
         # The names of this product and of its factor are taken outside.
         h.make_node("Mul", ["turned", "w2.scale"], ["b"], "second"),
         h.make_node("Relu", ["b"], ["then_out"], "relu1")],
        "then", [], [value("then_out", None)], [n.from_array(np.array([2.0], np.float32), "w2.scale")])
    other = h.make_graph([h.make_node("Softmax", ["a"], ["else_out"], "softmax")], "else", [], [value("else_out", None)])
    outside = h.make_graph([h.make_node("Identity", ["c"], ["through"], "through")], "outside", [], [value("through", None)])
    bent = h.make_graph([h.make_node("Exp", ["c"], ["bent"], "bend")], "bent", [], [value("bent", None)])
    nodes = [
        h.make_node("Gemm", ["x", "w1"], ["a"], "first"),
        h.make_node("If", ["flag"], ["chosen"], "choice", then_branch=then, else_branch=other),
        h.make_node("Gemm", ["chosen", "w2"], ["b"], "second"),
        h.make_node("Gate", ["b", "w3"], ["gated"], "gate_one", domain="local", alpha=0.3),
        h.make_node("Gate", ["gated", "w4"], ["c"], "gate_two", domain="local"),
        h.make_node("Shape", ["c"], ["lengths"], "lengths"),
        h.make_node("Gather", ["lengths", "one"], ["width"], "width"),
        h.make_node("Equal", ["width", "eight"], ["is_eight"], "is_eight"),
        h.make_node("If", ["is_eight"], ["straight"], "by_length", then_branch=outside, else_branch=bent),
        h.make_node("Gemm", ["straight", "w5"], ["y"], "last"),
    ]
    reference = onnx.AttributeProto(name="alpha", ref_attr_name="alpha", type=onnx.AttributeProto.FLOAT)
    slope = h.make_node("LeakyRelu", ["p"], ["q"], "leak")
    slope.attribute.append(reference)
    leaky = h.make_function(
        "local", "Leaky", ["p"], ["q"], [slope], [h.make_opsetid("", 17)],
        attribute_protos=[h.make_attribute("alpha", 0.2)])
    call = h.make_node("Leaky", ["product"], ["r"], "leaky", domain="local")
    call.attribute.append(reference)
    gate = h.make_function(
        "local", "Gate", ["v", "weight"], ["r"], [h.make_node("Gemm", ["v", "weight"], ["product"], "product"), call],
        [h.make_opsetid("", 17), h.make_opsetid("local", 1)], attribute_protos=[h.make_attribute("alpha", 0.1)])
    stored = [weight("w1", 4, 6), weight("w2", 6, 5), weight("w3", 5, 7), weight("w4", 7, 8), weight("w5", 8, 3),
              n.from_array(np.array([1.0], np.float32), "w2.scale"), n.from_array(np.array(True), "flag"),
              n.from_array(np.array([1], np.int64), "one"), n.from_array(np.array([8], np.int64), "eight")]
    # Only the branch has another of this name, which hides it there.
    nodes[2].input[1] = "w2.scaled"
    nodes.insert(2, h.make_node("Mul", ["w2", "w2.scale"], ["w2.scaled"], "scale"))
    save("choices", nodes, [value("x", [2, 4])], [value("y", [2, 3])], stored, functions=[gate, leaky],
         imports=[h.make_opsetid("local", 1)], check=False, golden={"x": ((2, 4), np.float32)})


def shapes():
    """Reshapes whose shape is computed: from a pruned tensor's own length, and from a number in the arithmetic."""
    nodes = [
        h.make_node("Conv", ["x", "conv.weight", "conv.bias"], ["c"], "conv"),
        h.make_node("Relu", ["c"], ["r"], "relu"),
        h.make_node("Shape", ["r"], ["r_shape"], "shape"),
        h.make_node("Gather", ["r_shape", "index0"], ["n"], "batch", axis=0),
        h.make_node("Gather", ["r_shape", "index1"], ["channels"], "channels", axis=0),
        h.make_node("Unsqueeze", ["n", "axes0"], ["n1"], "unsqueeze_n"),
        h.make_node("Unsqueeze", ["channels", "axes0"], ["c1"], "unsqueeze_c"),
        h.make_node("Concat", ["n1", "c1", "rest"], ["follows"], "follows", axis=0),
        h.make_node("Reshape", ["r", "follows"], ["flat"], "reshape_follows"),
        h.make_node("Concat", ["n1", "fixed", "four", "four"], ["stays"], "stays", axis=0),
        h.make_node("Reshape", ["flat", "stays"], ["image"], "reshape_stays"),
        h.make_node("Cast", ["channels"], ["channels_float"], "cast", to=T.FLOAT),
        h.make_node("Sqrt", ["channels_float"], ["root"], "root"),
        h.make_node("Div", ["image", "root"], ["scaled"], "divide"),
        h.make_node("Conv", ["scaled", "out.weight"], ["y"], "out"),
    ]
    stored = [weight("conv.weight", 9, 2, 1, 1), weight("conv.bias", 9), integers("index0", 0), integers("index1", 1),
              integers("axes0", [0]), integers("rest", [-1]), integers("fixed", [9]), integers("four", [4]),
              weight("out.weight", 3, 9, 1, 1)]
    save("shapes", nodes, [value("x", ["batch", 2, 4, 4])], [value("y", ["batch", 3, 4, 4])], stored,
         golden={"x": ((2, 2, 4, 4), np.float32)})


def open_axes():
    """Every axis but that of the channels is open."""
    nodes = [
        h.make_node("Conv", ["x", "w"], ["c"], "conv", pads=[1, 1, 1, 1]),
        h.make_node("GlobalMaxPool", ["c"], ["p"], "pool"),
        h.make_node("Flatten", ["p"], ["f"], "flatten"),
        h.make_node("Gemm", ["f", "v"], ["y"], "fc"),
    ]
    save("open_axes", nodes, [value("x", ["batch", 3, "height", "width"])], [value("y", ["batch", 4])],
         [weight("w", 6, 3, 3, 3), weight("v", 6, 4)], golden={"x": ((2, 3, 5, 7), np.float32)})
    dense = [h.make_node("Flatten", ["x"], ["f"], "flatten"), h.make_node("Gemm", ["f", "v"], ["y"], "fc")]
    save("open_mismatch", dense, [value("x", [1, 2, "height", "width"])], [value("y", [1, 4])], [weight("v", 24, 4)])


def legacy():
    """The oldest version of the operator set that is read: bounds and broadcasting as attributes."""
    nodes = [
        h.make_node("Conv", ["x", "w"], ["c"], "conv"),
        h.make_node("Clip", ["c"], ["k"], "clip", min=-0.5, max=0.5),
        h.make_node("Slice", ["k"], ["s"], "slice", starts=[1], ends=[5], axes=[1]),
        h.make_node("Dropout", ["s"], ["d"], "drop", ratio=0.3),
        h.make_node("Conv", ["d", "v"], ["y"], "out"),
    ]
    save("legacy", nodes, [value("x", [1, 2, 4, 4]), value("w", [6, 2, 1, 1]), value("v", [3, 4, 1, 1])],
         [value("y", [1, 3, 4, 4])], [weight("w", 6, 2, 1, 1), weight("v", 3, 4, 1, 1)], opset=7, ir=3,
         golden={"x": ((1, 2, 4, 4), np.float32)})


def deferred():
    """A shape that comes in, and nodes with an attribute and an input too many."""
    nodes = [
        h.make_node("MatMul", ["x", "w1"], ["a"], "first"),
        h.make_node("Relu", ["a"], ["b"], "relu"),
        h.make_node("MatMul", ["b", "w2"], ["c"], "second"),
        h.make_node("Reshape", ["c", "size"], ["d"], "reshape"),
        h.make_node("Softmax", ["d"], ["e"], "softmax"),
        h.make_node("MatMul", ["e", "w3"], ["f"], "third"),
        h.make_node("Shape", ["f"], ["y"], "lengths"),
    ]
    stored = [weight("w1", 4, 5), weight("w2", 5, 6), weight("w3", 4, 3)]
    outputs = [value("f", [None, None]), value("y", [2], T.INT64)]
    save("deferred", nodes, [value("x", [2, 4]), value("size", [2], T.INT64)], outputs, stored)
    strange = [
        h.make_node("Relu", ["x"], ["a"], "attribute", slope=0.5),
        h.make_node("Sigmoid", ["x", "x"], ["b"], "input"),
        h.make_node("Dropout", ["x", "share", "yes"], ["c"], "training"),
    ]
    stored = [n.from_array(np.array(0.5, np.float32), "share"), n.from_array(np.array(True), "yes")]
    save("strange", strange, [value("x", [2, 4])], [value(name, [2, 4]) for name in "abc"], stored, check=False)


def control():
    """A choice that depends on the data, loops whose values grow, a scan, and sequences."""
    def graph(name, nodes, inputs, outputs):
        return h.make_graph(nodes, name, inputs, outputs)

    def constant(name, array):
        return n.from_array(np.array(array), name)

    branches = [
        graph("then", [h.make_node("Mul", ["x", "two"], ["twice"])], [], [value("twice", None)]),
        graph("else", [h.make_node("Concat", ["x", "x"], ["both"], axis=0)], [], [value("both", None)]),
    ]
    body = graph(
        "body", [
            h.make_node("Identity", ["go"], ["on"]),
            h.make_node("Concat", ["grown", "x"], ["more"], axis=0),
            h.make_node("ReduceSum", ["more"], ["sum"], keepdims=0),
            h.make_node("Cast", ["number"], ["i"], to=T.FLOAT),
            h.make_node("Add", ["sum", "i"], ["total"]),
        ], [value("number", [], T.INT64), value("go", [], T.BOOL), value("grown", None)],
        [value("on", [], T.BOOL), value("more", None), value("total", [])])
    step = graph(
        "step", [
            h.make_node("Add", ["state", "row"], ["next"]),
            h.make_node("Relu", ["next"], ["made"]),
        ], [value("state", [4]), value("row", [4])], [value("next", [4]), value("made", [4])])
    nodes = [
        h.make_node("ReduceSum", ["x"], ["level"], "level", keepdims=0),
        h.make_node("Greater", ["level", "nought"], ["flag"], "greater"),
        h.make_node("If", ["flag"], ["chosen"], "choice", then_branch=branches[0], else_branch=branches[1]),
        h.make_node("Loop", ["three", "", "x"], ["grown_all", "totals"], "loop", body=body),
        h.make_node("Scan", ["start", "x"], ["last", "rows"], "scan", body=step, num_scan_inputs=1,
                    scan_input_directions=[1], scan_output_axes=[1]),
        h.make_node("SplitToSequence", ["x", "parts"], ["list"], "split", axis=1),
        h.make_node("SequenceInsert", ["list", "start2", "minus"], ["longer"], "insert"),
        h.make_node("SequenceErase", ["longer", "first"], ["shorter"], "erase"),
        h.make_node("SequenceLength", ["longer"], ["count"], "count"),
        h.make_node("Cast", ["count"], ["length"], "cast", to=T.FLOAT),
        h.make_node("SequenceAt", ["longer", "minus"], ["end"], "at"),
        h.make_node("ConcatFromSequence", ["shorter"], ["joined"], "join", axis=1),
    ]
    stored = [
        constant("two", np.float32(2)), constant("nought", np.float32(0)), constant("three", np.int64(3)),
        constant("start", np.zeros(4, np.float32)), constant("start2", np.ones((2, 2), np.float32)),
        constant("parts", np.array([3, 1], np.int64)), constant("minus", np.int64(-1)), constant("first", np.int64(0)),
    ]
    outputs = [value(name, None) for name in ("chosen", "grown_all", "totals", "last", "rows", "length", "end", "joined")]
    save("control", nodes, [value("x", [2, 4])], outputs, stored, golden={"x": ((2, 4), np.float32)},
         check=False)
    for name, operator in (("endless", "Identity"), ("doubling", "Concat")):
        attributes = {"axis": 0} if operator == "Concat" else {}
        inner = graph(
            "body", [h.make_node(operator, ["held"] * (1 + len(attributes)), ["next"], **attributes)],
            [value("number", [], T.INT64), value("go", [], T.BOOL), value("held", None)],
            [value("go", [], T.BOOL), value("next", None)])
        save(name, [h.make_node("Loop", ["", "yes", "x"], ["y"], "loop", body=inner)], [value("x", [2, 4])],
             [value("y", None)], [constant("yes", np.array(True))], check=False)


for make in (residual, folded_output, external, constants, types, opaque, shapes, open_axes, legacy, choices,
             deferred, control):
    make()
with open(os.path.join(HERE, "goldens.json"), "w") as file:
    json.dump(goldens, file)
    file.write("\n")
