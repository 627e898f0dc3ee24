import Testing
import Torch

@Suite("Autograd")
struct AutogradTests {
    /// A scalar function of some tensors, with the shapes that it takes.
    struct Function: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let shapes: [[Int]]
        let value: @Sendable ([Tensor]) throws -> Tensor

        init(_ name: String, _ shapes: [[Int]], _ value: @escaping @Sendable ([Tensor]) throws -> Tensor) {
            testDescription = name
            self.shapes = shapes
            self.value = value
        }
    }

    static let functions = [
        Function("linear and cross-entropy", [[4, 3], [5, 3], [5]]) {
            try $0[0].linear(weight: $0[1], bias: $0[2]).crossEntropy(targets: Tensor([0, 4, 2, 2]))
        },
        Function("smoothed cross-entropy", [[2, 3]]) {
            try $0[0].crossEntropy(targets: Tensor([2, 1]), labelSmoothing: 0.2)
        },
        Function("convolution", [[2, 2, 4, 4], [4, 1, 3, 3], [4]]) {
            try total(
                $0[0].convolved(
                    weight: $0[1], bias: $0[2],
                    geometry: .init(stride: [2, 1], padding: [1, 1], dilation: [1, 1], groups: 2)))
        },
        Function("transposed convolution", [[1, 2, 3, 3], [2, 2, 2, 2]]) {
            try total(
                $0[0].convolved(
                    weight: $0[1], bias: nil,
                    geometry: .init(stride: [2, 2], padding: [0, 0], dilation: [1, 1]), transposed: true))
        },
        Function("batch-norm", [[3, 2, 2], [2], [2]]) {
            try total(
                $0[0].batchNormalised(
                    scale: $0[1], shift: $0[2], mean: Tensor([0.5, -0.5]), variance: Tensor([2.0, 0.5]),
                    epsilon: 1e-5))
        },
        Function("batch-norm in training", [[3, 2, 2], [2], [2]]) {
            try total(
                $0[0].batchNormalisedInTraining(
                    scale: $0[1], shift: $0[2], mean: Tensor([0.5, -0.5]), variance: Tensor([2.0, 0.5]),
                    epsilon: 1e-3, momentum: 0.1
                ).output)
        },
        Function("pooling", [[1, 2, 5, 5]]) {
            let largest = try $0[0].maxPooled(
                .init(kernel: [2, 2], stride: [1, 1], padding: [0, 0]), dilation: [1, 1])
            return try total(
                largest.averagePooled(
                    .init(kernel: [2, 2], stride: [2, 2], padding: [0, 0]), countingPadding: true)
            )
        },
        Function("smooth activations", [[3, 4]]) { inputs in
            let functions: [Tensor.UnaryFunction] = [
                .exponential, .hyperbolicTangent, .sigmoid, .errorFunction, .sine, .cosine, .gelu, .geluTanh,
                .silu, .mish, .softSign,
            ]
            return try functions.map { try total(inputs[0].applying($0)) }.reduce(Tensor([0.0])) {
                try $0.adding($1)
            }
        },
        Function("shapes", [[2, 3], [2, 1]]) {
            let joined = try Tensor.concatenated([$0[0], $0[1].expanded(to: [2, 3])], axis: 1)
            let mixed = try joined.permuted([1, 0]).sliced(axis: 0, 1..<6, step: 2).flipped(axes: [0])
            return try total(
                mixed.padded([(1, 0), (0, 1)], mode: .edge).selecting(axis: 0, [1, 1, 3]).reshaped([9]))
        },
        Function("reductions", [[3, 4]]) {
            let kept = try $0[0].reduced(.mean, axes: [0], keepingAxes: true)
            let norms = try $0[0].subtracting(kept).reduced(.l2Norm, axes: [1])
            return try total(norms).adding(total($0[0].reduced(.logSumExp, axes: [1])))
                .adding(total($0[0].softmax(axis: 1)))
        },
        Function("products", [[2, 3], [3, 2]]) {
            try total($0[0].matrixMultiplied(by: $0[1]).multiplied(by: $0[0].sliced(axis: 1, 0..<2)))
        },
    ]

    /// The sum of sin(k) x_k, so that no two elements have the same gradient.
    private static func total(_ tensor: Tensor) throws -> Tensor {
        let weights = try Tensor((0..<tensor.count).map { Double($0 + 1) }).applying(.sine)
        return try tensor.reshaped([-1]).multiplied(by: weights).reduced(.sum, axes: [0])
    }

    @Test("gradients agree with central differences", arguments: functions)
    func numerical(function: Function) throws {
        let step = 1e-5
        let tolerance = 1e-7
        let points = try function.shapes.enumerated().map { index, shape in
            try Tensor(random: .normal, shape: shape, seed: UInt64(index + 1)).converted(to: .float64)
        }
        let leaves = try points.map { try $0.requiringGradient() }
        let gradients = try function.value(leaves).reshaped([]).gradients(of: leaves)
        for (index, point) in points.enumerated() {
            let gradient = try #require(gradients[index]).doubles()
            #expect(gradient.contains { abs($0) > 1e-3 }, "the gradient vanishes")
            let values = try point.doubles()
            for position in values.indices {
                let sides = try [step, -step].map { offset in
                    var moved = values
                    moved[position] += offset
                    var arguments = points
                    arguments[index] = try Tensor(moved, shape: point.shape)
                    return try function.value(arguments).scalar()
                }
                let difference = (sides[0] - sides[1]) / (2 * step)
                #expect(
                    abs(gradient[position] - difference) <= tolerance * max(1, abs(difference)),
                    "input \(index), element \(position)")
            }
        }
    }

    @Test("a parameter without influence has no gradient")
    func unused() throws {
        let used = try Tensor([2.0]).requiringGradient()
        let unused = try Tensor([3.0]).requiringGradient()
        let gradients = try used.multiplied(by: used).reshaped([]).gradients(of: [used, unused])
        #expect(try gradients[0]?.doubles() == [4])
        #expect(gradients[1] == nil)
    }

    @Test("detaching cuts the recording off")
    func detached() throws {
        let leaf = try Tensor([2.0]).requiringGradient()
        let product = try leaf.multiplied(by: leaf.detached()).reshaped([])
        #expect(try product.gradients(of: [leaf])[0]?.doubles() == [2])
        let constant = try leaf.detached().reshaped([])
        expectFailure(mentioning: "grad") { try constant.gradients(of: [leaf]) }
    }

    @Test("recorded values can be read")
    func readable() throws {
        let leaf = try Tensor([2.0, 3.0]).requiringGradient()
        #expect(try leaf.multiplied(by: leaf).doubles() == [4, 9])
    }

    @Test("only a scalar of recorded floating-point values has gradients")
    func failures() throws {
        let leaf = try Tensor([2.0, 3.0]).requiringGradient()
        expectFailure(mentioning: "scalar") { try leaf.multiplied(by: leaf).gradients(of: [leaf]) }
        expectFailure(mentioning: "floating point") { try Tensor([1]).requiringGradient() }
        expectFailure(mentioning: "grad") { try leaf.reduced(.sum, axes: [0]).gradients(of: [Tensor([1.0])]) }
    }
}
