internal import Torch

/// Random parameters, or zeros that take no memory.
struct NewParameters: ParameterSource {
    let inputChannels: Int
    private let widthMultiplier: Double
    /// Nil for zeros.
    private let seed: UInt64?

    init(inputChannels: Int, widthMultiplier: Double, seed: UInt64?) throws {
        guard (1...65536).contains(inputChannels) else {
            throw ModelError.option(
                "the number of input channels", expected: "in 1...65536", got: "\(inputChannels)")
        }
        guard widthMultiplier > 0, widthMultiplier <= 64 else {
            throw ModelError.option(
                "the width multiplier", expected: "greater than 0 and at most 64", got: "\(widthMultiplier)")
        }
        self.inputChannels = inputChannels
        self.widthMultiplier = widthMultiplier
        self.seed = seed
    }

    mutating func layer(_ request: LayerRequest) throws -> LayerParameters {
        // A narrow network may have fewer channels than groups.
        let groups = Self.greatestCommonDivisor(request.groups, request.inputs)
        let width = request.isScaled ? scaled(request.outputs) : request.outputs
        let outputs = (width + groups - 1) / groups * groups
        let shape = [outputs, request.inputs / groups] + request.kernel
        // PyTorch: kaiming_uniform with a = sqrt(5), whose bound is sqrt(6 / ((1 + 5) fan-in)), for weight and bias.
        let fanIn = shape.dropFirst().reduce(1, *)
        let bound = 1 / Double(max(fanIn, 1)).squareRoot()
        return LayerParameters(
            weight: try uniform(request.weightKey, shape, bound: bound),
            bias: request.bias.isDefault ? try uniform(request.biasKey, [outputs], bound: bound) : nil,
            groups: groups)
    }

    mutating func tensor(_ key: String, _ shape: [Int], origin: String, value: Double) throws -> Tensor {
        // A tensor that starts as zeros is drawn randomly, so that every part of a new network has an effect.
        if value == 0 { return try uniform(key, shape, bound: 0.02) }
        return try Tensor(repeating: value, shape: []).expanded(to: shape)
    }

    mutating func normalisation(_ key: String, channels: Int) throws -> NormalisationParameters? {
        let zeros = try Tensor(repeating: 0, shape: [channels])
        let ones = try Tensor(repeating: 1, shape: [channels])
        return NormalisationParameters(scale: ones, shift: zeros, mean: zeros, variance: ones)
    }

    mutating func passesOver(_ first: NetworkBuilder.Features, _ second: NetworkBuilder.Features) -> Bool {
        false
    }

    func finish() throws {}

    private func scaled(_ width: Int) -> Int {
        max(1, Int((Double(width) * widthMultiplier).rounded()))
    }

    private func uniform(_ key: String, _ shape: [Int], bound: Double) throws -> Tensor {
        guard let seed else { return try Tensor(repeating: 0, shape: []).expanded(to: shape) }
        return try Tensor(random: .uniform, shape: shape, seed: seed.seed(for: key))
            .applying(.multiplied(2 * bound)).applying(.adding(-bound))
    }

    private static func greatestCommonDivisor(_ first: Int, _ second: Int) -> Int {
        second == 0 ? first : greatestCommonDivisor(second, first % second)
    }
}
