"""Writes golden.json: inputs and results of PyTorch (double precision) that the tests compare with.

Run with any Python that has PyTorch 2; the file in the repository was made with 2.13.
"""

import json
import pathlib

import torch
import torch.nn.functional as F

torch.manual_seed(1)
torch.set_default_dtype(torch.float64)


def packed(tensor):
    tensor = tensor.detach()
    return {"shape": list(tensor.shape), "values": [float(v) for v in tensor.to(torch.float64).flatten()]}


def uniform(*shape):
    return torch.rand(*shape).mul(6).sub(3).mul(1000).round().div(1000)


cases = {}


def case(name, result, *inputs):
    assert name not in cases, name
    cases[name] = {"inputs": [packed(value) for value in inputs], "expected": packed(result)}


# Functions of one element.
x = torch.cat([uniform(9), torch.tensor([0.0, -2.5, 3.5])]).reshape(3, 4)
positive = uniform(2, 3).abs() + 0.125
unary = {
    "absolute": torch.abs, "negated": torch.neg, "exponential": torch.exp, "hyperbolicTangent": torch.tanh,
    "sigmoid": torch.sigmoid, "errorFunction": torch.erf, "floor": torch.floor, "ceiling": torch.ceil,
    "round": torch.round, "sign": torch.sign, "sine": torch.sin, "cosine": torch.cos, "relu": torch.relu,
    "gelu": F.gelu, "geluTanh": lambda v: F.gelu(v, approximate="tanh"), "silu": F.silu, "mish": F.mish,
    "hardSwish": F.hardswish, "softSign": F.softsign, "isFinite": torch.isfinite, "logicalNot": torch.logical_not,
}
for name, function in unary.items():
    case(f"unary.{name}", function(x), x)
for name, function in {"logarithm": torch.log, "squareRoot": torch.sqrt, "reciprocal": torch.reciprocal}.items():
    case(f"unary.{name}", function(positive), positive)
case("scalar.leakyRelu", F.leaky_relu(x, 0.125), x)
case("scalar.elu", F.elu(x, 1.5), x)
case("scalar.celu", F.celu(x, 1.5), x)
case("scalar.selu", F.selu(x), x)
case("scalar.softplus", F.softplus(x, beta=2), x)
case("scalar.hardSigmoid", (0.25 * x + 0.5).clamp(0, 1), x)
case("scalar.clamp", x.clamp(-1, 1.5), x)
case("scalar.adding", x + 0.75, x)
case("scalar.multiplied", x * -1.25, x)
case("scalar.power", positive**1.75, positive)
case("scalar.thresholdedRelu", F.threshold(x, 0.5, 0), x)

# Functions of two elements, with broadcasting.
left, right = uniform(2, 3), uniform(3)
right[1] = left[0, 1]
whole, divisor = torch.tensor([[7.0, -7.0, 6.0], [-5.5, 5.5, 0.0]]), torch.tensor([3.0, 2.0, -4.0])
for name, function in {
    "add": torch.add, "subtract": torch.sub, "multiply": torch.mul, "divide": torch.div, "maximum": torch.maximum,
    "minimum": torch.minimum, "equal": torch.eq, "less": torch.lt, "lessOrEqual": torch.le, "greater": torch.gt,
    "greaterOrEqual": torch.ge,
}.items():
    case(f"binary.{name}", function(left, right), left, right)
case("binary.power", positive**right, positive, right)
for name, function in {
    "remainder": torch.fmod, "floorModulo": torch.remainder,
    "truncatedDivide": lambda a, b: torch.div(a, b, rounding_mode="trunc"),
}.items():
    case(f"binary.{name}", function(whole, divisor), whole, divisor)
truth, other = torch.tensor([[0.0, 1.0], [2.0, 0.0]]), torch.tensor([0.0, 1.0])
for name, function in {"and": torch.logical_and, "or": torch.logical_or, "exclusiveOr": torch.logical_xor}.items():
    case(f"binary.{name}", function(truth, other), truth, other)
case("choosing", torch.where(truth != 0, left[:, :2], other), truth, left[:, :2], other)

# Reductions over axes 0 and 2, kept and dropped.
block = uniform(2, 3, 4)
reductions = {
    "sum": torch.sum, "mean": torch.mean, "maximum": torch.amax, "minimum": torch.amin, "logSumExp": torch.logsumexp,
    "l1Norm": lambda v, dim, keepdim: v.abs().sum(dim, keepdim),
    "l2Norm": lambda v, dim, keepdim: v.square().sum(dim, keepdim).sqrt(),
}
for name, function in reductions.items():
    case(f"reduction.{name}", function(block, dim=(0, 2), keepdim=False), block)
    case(f"reduction.{name}.kept", function(block, dim=(1,), keepdim=True), block)
case("argMax", block.argmax(1), block)
case("softmax", block.softmax(1), block)
case("logSoftmax", block.log_softmax(2), block)

# Linear algebra and layers.
a, b = uniform(2, 1, 3, 4), uniform(5, 4, 2)
case("matrixMultiplied", a @ b, a, b)
inputs, weight, bias = uniform(2, 3, 4), uniform(5, 4), uniform(5)
case("linear", F.linear(inputs, weight, bias), inputs, weight, bias)
case("linear.noBias", F.linear(inputs, weight), inputs, weight)
line, kernel1, bias1 = uniform(2, 4, 7), uniform(3, 4, 3), uniform(3)
case("convolution.1d", F.conv1d(line, kernel1, bias1, stride=2, padding=1), line, kernel1, bias1)
image, kernel2, bias2 = uniform(2, 4, 5, 6), uniform(6, 2, 3, 2), uniform(6)
case(
    "convolution.2d.grouped",
    F.conv2d(image, kernel2, bias2, stride=(1, 2), padding=(2, 0), dilation=(2, 1), groups=2), image, kernel2, bias2)
depthwise = uniform(4, 1, 3, 3)
case("convolution.2d.depthwise", F.conv2d(image, depthwise, None, padding=1, groups=4), image, depthwise)
volume, kernel3 = uniform(1, 2, 3, 4, 3), uniform(2, 2, 2, 2, 2)
case("convolution.3d", F.conv3d(volume, kernel3, None, padding=1), volume, kernel3)
backward = uniform(4, 3, 3, 2)
case(
    "convolution.transposed",
    F.conv_transpose2d(
        image, backward, torch.tensor([0.5, -0.5, 0.25, 1, 2, 3]), stride=2, padding=1, output_padding=(1, 0),
        groups=2), image, backward, torch.tensor([0.5, -0.5, 0.25, 1, 2, 3]))
case("maxPool.1d", F.max_pool1d(line, 3, 2, 1), line)
case("maxPool.2d", F.max_pool2d(image, (3, 2), (2, 1), (1, 0)), image)
case("maxPool.2d.ceiling", F.max_pool2d(image, 3, 2, 0, dilation=(1, 2), ceil_mode=True), image)
case("maxPool.3d", F.max_pool3d(volume, 2, 1), volume)
case("averagePool.1d", F.avg_pool1d(line, 3, 2, 1, count_include_pad=False), line)
case("averagePool.2d", F.avg_pool2d(image, 3, 2, 1, count_include_pad=True), image)
case("averagePool.2d.ceiling", F.avg_pool2d(image, 2, 2, 0, ceil_mode=True, count_include_pad=False), image)
case("averagePool.3d", F.avg_pool3d(volume, 2, 1), volume)
scale, shift, mean, variance = uniform(4), uniform(4), uniform(4), uniform(4).abs() + 0.5
statistics = (scale, shift, mean, variance)
case("batchNorm", F.batch_norm(image, mean, variance, scale, shift, False, 0.1, 1e-3), image, *statistics)
new_mean, new_variance = mean.clone(), variance.clone()
case(
    "batchNorm.training", F.batch_norm(image, new_mean, new_variance, scale, shift, True, 0.25, 1e-3), image,
    *statistics)
case("batchNorm.training.mean", new_mean, image, *statistics)
case("batchNorm.training.variance", new_variance, image, *statistics)
logits, targets = uniform(4, 5), torch.tensor([0.0, 4.0, 2.0, 2.0])
case("crossEntropy", F.cross_entropy(logits, targets.long()), logits, targets)
case("crossEntropy.smoothed", F.cross_entropy(logits, targets.long(), label_smoothing=0.1), logits, targets)

# Optimisation: the gradients are given, so that only the update rule is compared.
descents = []
for momentum, decay, nesterov in [(0, 0, False), (0, 0.1, False), (0.9, 0, False), (0.9, 5e-2, False), (0.8, 5e-2, True)]:
    start = [uniform(2, 3), uniform(4)]
    parameters = [torch.nn.Parameter(value.clone()) for value in start]
    optimiser = torch.optim.SGD(
        parameters, lr=1, momentum=momentum, weight_decay=decay, nesterov=nesterov, foreach=False)
    steps = []
    for rate in [0.1, 0.2, 0.05, 0.3]:
        optimiser.param_groups[0]["lr"] = rate
        gradients = [uniform(2, 3), uniform(4)]
        for parameter, gradient in zip(parameters, gradients):
            parameter.grad = gradient.clone()
        optimiser.step()
        steps.append({
            "rate": rate, "gradients": [packed(g) for g in gradients], "parameters": [packed(p) for p in parameters]})
    descents.append({
        "momentum": momentum, "weightDecay": decay, "nesterov": nesterov, "start": [packed(p) for p in start],
        "steps": steps})


def rates(make, steps):
    optimiser = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    schedule = make(optimiser)
    result = []
    for step in range(steps):
        result.append(optimiser.param_groups[0]["lr"])
        if step + 1 < steps:
            optimiser.step()
            schedule.step()
    return result


scheduler = torch.optim.lr_scheduler
one_cycle = [
    {"total": total, "warmUp": warm, "peak": peak, "rates": rates(
        lambda o: scheduler.OneCycleLR(o, max_lr=peak, total_steps=total, pct_start=warm), total)}
    for total, warm, peak in [(20, 0.3, 0.1), (7, 0.5, 1.5), (50, 0.1, 0.02)]
]
multi_step = {"total": 10, "milestones": [5, 8], "factor": 0.2, "peak": 0.1, "rates": rates(
    lambda o: scheduler.MultiStepLR(o, milestones=[5, 8], gamma=0.2), 10)}

# What was added later stands here, for the numbers above to stay as they are.
inner = x.mul(0.25)
for name, function in {
    "tangent": torch.tan, "arcSine": torch.asin, "arcCosine": torch.acos, "arcTangent": torch.atan,
    "hyperbolicSine": torch.sinh, "hyperbolicCosine": torch.cosh, "areaSine": torch.asinh, "areaTangent": torch.atanh,
    "isNaN": torch.isnan, "isInfinite": torch.isinf,
}.items():
    case(f"unary.{name}", function(inner), inner)
case("unary.areaCosine", torch.acosh(positive + 1), positive + 1)
block = uniform(3, 4, 2)
case("reduction.product", block.prod(2).prod(0), block)
case("reduction.product.kept", block.prod(1, keepdim=True), block)
indices = torch.tensor([[2, 0, 1, 1], [0, 2, 2, 1]])
table = uniform(3, 4)
case("gathered", table.gather(0, indices), table, indices)
updates = uniform(2, 4)
case("scattering.replace", table.scatter(0, indices[:1], updates[:1]), table, indices[:1], updates[:1])
for name, reduction in {"sum": "sum", "product": "prod", "maximum": "amax", "minimum": "amin"}.items():
    case(f"scattering.{name}", table.scatter_reduce(0, indices, updates, reduction), table, indices, updates)
order = torch.tensor([[2.0, 3, 3, 1], [0, 0, 5, 5]])
case("sorted.indices", order.sort(dim=1, stable=True, descending=True).indices, order)
case("sorted.values", order.sort(dim=1, stable=True).values, order)
case("cumulativeSum", table.cumsum(1), table)
case("nonzeroPositions", order.nonzero(), order)
case("layerNormalised", F.layer_norm(block, [4, 2], eps=0.125), block)
case("einsum", torch.einsum("aij,bij->ab", block, block), block, block)
picture, points = uniform(1, 2, 4, 3), uniform(1, 2, 2, 2).div(2)
for name, mode in {"linear": "bilinear", "nearest": "nearest", "cubic": "bicubic"}.items():
    case(f"sampled.{name}", F.grid_sample(picture, points, mode, "reflection", True), picture, points)

document = {"cases": cases, "descents": descents, "oneCycle": one_cycle, "multiStep": multi_step}
path = pathlib.Path(__file__).with_name("golden.json")
path.write_text(json.dumps(document, separators=(",", ":")) + "\n")
print(len(cases), "cases,", path.stat().st_size, "bytes")
