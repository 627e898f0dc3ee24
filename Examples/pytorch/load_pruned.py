"""Load a network that intrafusion pruned into the PyTorch module that it was made from.

    from load_pruned import load_pruned
    model = load_pruned(MyNetwork(), "small.safetensors")      # or "small.onnx"

The module's layers are resized in place to the tensors of the file, which must have the module's own names: what
`intrafusion prune` writes for weights, and for models that torch.onnx.export wrote with names kept. Batch-norms that were
folded into their convolution or linear layer become identities, and that layer gets the bias.

Loading is checked: every tensor must be used, every parameter of the module must be given, and with `inputs=...` of an ONNX
file the module's outputs must be those of ONNX Runtime.

Needs torch; safetensors files are read by the few lines below, ONNX files by the package onnx.

"""

import json
import struct
import sys

import torch
from torch import nn

_TYPES = {
    "F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "I64": torch.int64,
    "I32": torch.int32, "I16": torch.int16, "I8": torch.int8, "U8": torch.uint8, "BOOL": torch.bool,
}


def read_tensors(path):
    """Return the tensors of a safetensors, PyTorch or ONNX file by name."""
    if str(path).endswith(".onnx"):
        import onnx
        from onnx import numpy_helper

        model = onnx.load(path)
        return {item.name: torch.from_numpy(numpy_helper.to_array(item).copy()) for item in model.graph.initializer}
    with open(path, "rb") as file:
        data = file.read()
    if data[:2] == b"PK":
        state = torch.load(path, map_location="cpu", weights_only=True)
        return state.get("state_dict", state) if isinstance(state, dict) else state
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        flat = torch.frombuffer(bytearray(data[8 + length + begin : 8 + length + end]), dtype=_TYPES[entry["dtype"]])
        tensors[name] = flat.reshape(entry["shape"])
    return tensors


def _resize(name, layer, weight):
    """Set the numbers by which a layer describes itself to those of its new weight."""
    if isinstance(layer, nn.modules.conv._ConvTransposeNd):
        layer.in_channels = weight.shape[0]
        layer.out_channels = weight.shape[1] * layer.groups
    elif isinstance(layer, nn.modules.conv._ConvNd):
        if layer.groups > 1 and weight.shape[1] == 1:  # depthwise: each group is one channel
            layer.groups = weight.shape[0] // (layer.out_channels // layer.groups)
        layer.out_channels, layer.in_channels = weight.shape[0], weight.shape[1] * layer.groups
    elif isinstance(layer, nn.Linear):
        layer.out_features, layer.in_features = weight.shape
    elif isinstance(layer, nn.modules.batchnorm._NormBase):
        layer.num_features = weight.shape[0]
    elif isinstance(layer, nn.LayerNorm):
        layer.normalized_shape = tuple(weight.shape)
    elif isinstance(layer, nn.GroupNorm):
        layer.num_channels = weight.shape[0]
    elif isinstance(layer, nn.Embedding):
        layer.num_embeddings, layer.embedding_dim = weight.shape
    elif isinstance(layer, nn.PReLU):
        layer.num_parameters = weight.shape[0]
    else:
        raise ValueError(f"{name}: {type(layer).__name__} cannot be resized to a weight of {tuple(weight.shape)}")


def load_pruned(module, path, inputs=None, tolerance=1e-4):
    """Resize a module to the tensors of a pruned network, load them, and return it.

    `inputs`, a tensor or a tuple of them, compares the outputs with those of the ONNX file.
    """
    tensors = read_tensors(path)
    unused = set(tensors)
    missing = []
    for name, layer in list(module.named_modules()):
        own = {key for key, _ in layer.named_parameters(recurse=False)}
        own |= {key for key, value in layer.named_buffers(recurse=False) if key in layer.state_dict()}
        prefix = f"{name}." if name else ""
        given = {key: tensors[prefix + key] for key in own | {"bias"} if prefix + key in tensors}
        if not own:
            continue
        if not given:
            if isinstance(layer, nn.modules.batchnorm._NormBase):  # folded into the layer before it
                parent, _, child = name.rpartition(".")
                setattr(module.get_submodule(parent), child, nn.Identity())
            else:
                missing += [prefix + key for key in sorted(own)]
            continue
        for key, value in given.items():
            unused.discard(prefix + key)
            old = getattr(layer, key, None)
            if key == "weight" and old is not None and old.shape != value.shape:
                _resize(name, layer, value)
            if isinstance(old, nn.Parameter) or old is None:
                setattr(layer, key, nn.Parameter(value, requires_grad=old is None or old.requires_grad))
            else:
                setattr(layer, key, value)
        missing += [prefix + key for key in sorted(own - set(given)) if key != "num_batches_tracked"]
    # An ONNX file also holds constants of the graph, which no module knows.
    strange = [] if str(path).endswith(".onnx") else sorted(unused)
    if missing or strange:
        raise ValueError(f"{path} does not fit the module: missing {missing or 'nothing'}, not used {strange or 'nothing'}")
    if inputs is not None:
        _check_outputs(module, path, inputs, tolerance)
    return module


def _check_outputs(module, path, inputs, tolerance):
    import onnxruntime

    inputs = inputs if isinstance(inputs, tuple) else (inputs,)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    named = {item.name: value.numpy() for item, value in zip(session.get_inputs(), inputs)}
    wanted = session.run(None, named)
    was_training = module.training
    module.eval()
    with torch.no_grad():
        found = module(*inputs)
    module.train(was_training)
    for one, other in zip(found if isinstance(found, (tuple, list)) else (found,), wanted):
        other = torch.from_numpy(other)
        error = (one - other).norm() / other.norm().clamp_min(1e-12)
        if one.shape != other.shape or not error <= tolerance:
            raise ValueError(f"{path}: the module's outputs differ from the file's by {error:.2g} of their norm")


if __name__ == "__main__":
    sys.exit(__doc__)
