public import Graph
public import Torch

/// The distance between the outputs of two networks on the same random input.
public struct OutputDistance: Sendable, Hashable, Codable {
    /// The largest absolute difference of two elements, over all outputs.
    public let largest: Double
    /// The Euclidean norm of the difference, divided by that of the first network's outputs.
    public let relative: Double

    /// Compares two networks.
    ///
    /// - Parameters:
    ///   - first: A network.
    ///   - second: Another one with the same numbers of inputs and outputs, of the same shapes.
    ///   - seed: The seed of the input: normal numbers, and zeros for integers.
    ///   - device: Where both run.
    /// - Throws: `EvaluationError` if the networks differ in their inputs or outputs.
    public init(_ first: Graph, _ second: Graph, seed: UInt64 = 0, device: Device = .cpu) throws {
        guard first.inputs.map({ first[$0].type }) == second.inputs.map({ second[$0].type }) else {
            throw EvaluationError(
                "the networks take different inputs: \(first.inputs.map { first[$0].type }) and \(second.inputs.map { second[$0].type })"
            )
        }
        let inputs = try first.randomInputs(seed: seed)
        let left = try Executor(first, device: device).run(inputs)
        let right = try Executor(second, device: device).run(inputs)
        try self.init(of: right, to: left)
    }

    /// Compares outputs.
    ///
    /// - Parameters:
    ///   - outputs: The outputs to compare.
    ///   - wanted: The outputs to compare them with.
    /// - Throws: `EvaluationError` if their shapes differ.
    package init(of outputs: [Tensor], to wanted: [Tensor]) throws {
        guard wanted.map(\.shape) == outputs.map(\.shape) else {
            throw EvaluationError(
                "the networks give different outputs: \(wanted.map(\.shape)) and \(outputs.map(\.shape))")
        }
        var (largest, difference, norm) = (0.0, 0.0, 0.0)
        for (one, other) in zip(wanted, outputs) {
            for (a, b) in zip(try one.doubles(), try other.doubles()) {
                // Equal infinities have no distance.
                let distance = a == b ? 0 : (a - b).magnitude
                largest = distance.isNaN || largest.isNaN ? .nan : max(largest, distance)
                difference += distance * distance
                if a.isFinite { norm += a * a }
            }
        }
        self.largest = largest
        relative = difference == 0 ? 0 : (difference / norm).squareRoot()
    }
}
