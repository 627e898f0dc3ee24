internal import Analysis
internal import Compression
internal import Datasets
package import Graph
package import Torch

/// Which positions of sequences of tokens a network's outputs depend on.
///
/// Sequences are filled up to one length, and a mask keeps the filling out of the outputs. What layers do there does not
/// matter, so nothing is fitted or measured on it. The same holds for positions that the last layers compute in vain if
/// only one of them is read.
///
/// A position counts unless the gradient of a random sum of all outputs is zero in all its channels. Gradients are
/// computed for a few sequences; in others, filling is what an input shows by the same number. Values where both do
/// not say the same are left alone.
package struct SequenceMask {
    /// What of a value counts.
    private struct Pattern {
        let leavesOutFilling: Bool
        /// Places that never count.
        let places: Set<Int>
    }

    private let length: Int
    /// The input that shows filling, and the number by which it does.
    private let filling: (input: Int, number: Double)?
    private let patterns: [ValueID: Pattern]

    /// The most sequences whose gradients are computed.
    private static let samples = 16
    /// The most elements of activations of these sequences.
    private static let elements = 1 << 27
    /// Gradients below this share of the greatest are zero.
    private static let zero = 1e-9
    private static let seed: UInt64 = 1

    /// Finds out what counts; nil if the inputs are no sequences of tokens, or if all positions count.
    package init?(of graph: Graph, on calibration: Calibration) throws {
        guard TokenSplice.fits(graph.inputs.map { graph[$0].type }) else { return nil }
        let batch = try calibration.batch(0)
        guard batch.count == graph.inputs.count, let shape = batch.first?.shape, shape.count == 2 else {
            return nil
        }
        let each =
            graph.nodeIDs.flatMap { graph[$0].outputs }
            .reduce(0.0) { $0 + Double(graph[$1].type.count ?? 0) }
            / Double(max(graph[graph.inputs[0]].type.shape[0], 1))
        let count = min(shape[0], Self.samples, Int(Double(Self.elements) / max(each, 1)))
        guard count > 1 else { return nil }
        length = shape[1]
        let inputs = try batch.map { try $0.sliced(axis: 0, 0..<count) }
        let influence = try Self.influence(graph, inputs)
        guard influence.contains(where: { $0.value.contains(false) }) else { return nil }
        let candidates = Set(influence.values.filter { $0.contains(false) })
        var best: (filling: (input: Int, number: Double)?, patterns: [ValueID: Pattern]) = (nil, [:])
        for candidate in try Self.fillings(inputs, candidates) + [nil] {
            let isFilled = try candidate.map { try Self.isFilled(inputs[$0.input], $0.number) }
            let found = influence.compactMapValues {
                Self.pattern($0, filled: isFilled, length: shape[1])
            }
            if found.count > best.patterns.count { best = (candidate, found) }
        }
        guard !best.patterns.isEmpty else { return nil }
        (filling, patterns) = (best.filling, best.patterns)
    }

    /// Whether each position of each value `[samples, length, channels]` influences the outputs.
    private static func influence(_ graph: Graph, _ inputs: [Tensor]) throws -> [ValueID: [Bool]] {
        let executor = try Executor(graph)
        var parameters: [ValueID: Tensor] = [:]
        for id in graph.parameters {
            if let tensor = graph[id].tensor, tensor.type.isFloatingPoint {
                parameters[id] = try tensor.requiringGradient()
            }
        }
        let wanted = graph.nodeIDs.flatMap { graph[$0].outputs }
            .filter { graph[$0].type.element.isFloatingPoint && graph[$0].type.shape.count == 3 }
        let values = try executor.compute(
            Array(Set(wanted + graph.outputs)),
            from: Dictionary(uniqueKeysWithValues: zip(graph.inputs, inputs)),
            parameters: parameters)
        var sum = try Tensor(repeating: 0, shape: [], type: .float32)
        for (place, output) in graph.outputs.enumerated() {
            guard let value = values[output], value.type == .float32 else { continue }
            let weights = try Tensor(random: .normal, shape: value.shape, seed: seed &+ UInt64(place))
            sum = try sum.adding(value.multiplied(by: weights).reduced(.sum, axes: []))
        }
        let shape = inputs[0].shape
        let sequences = wanted.filter {
            guard let found = values[$0] else { return false }
            return found.rank == 3 && found.shape[0] == shape[0] && found.shape[1] == shape[1]
        }
        // Where nothing is recorded, nothing is known, so that all counts.
        guard let gradients = try? sum.gradients(of: sequences.compactMap { values[$0] }) else { return [:] }
        var result: [ValueID: [Bool]] = [:]
        for (value, gradient) in zip(sequences, gradients) {
            guard let gradient, try gradient.isFinite() else { continue }
            let sizes = try gradient.applying(.absolute).reduced(.maximum, axes: [2]).doubles()
            let least = (sizes.max() ?? 0) * zero
            if least > 0 { result[value] = sizes.map { $0 > least } }
        }
        return result
    }

    /// The inputs and numbers that may show filling: those found where a value does not count.
    private static func fillings(
        _ inputs: [Tensor], _ candidates: Set<[Bool]>
    ) throws -> [(input: Int, number: Double)?] {
        var result: [(input: Int, number: Double)?] = []
        for (index, input) in inputs.enumerated() {
            let numbers = try input.doubles()
            var seen: Set<Double> = []
            for candidate in candidates {
                guard let place = candidate.lastIndex(of: false), seen.insert(numbers[place]).inserted else {
                    continue
                }
                result.append((index, numbers[place]))
            }
        }
        return result
    }

    private static func isFilled(_ input: Tensor, _ number: Double) throws -> [Bool] {
        try input.doubles().map { $0 == number }
    }

    /// What of a value counts; nil if all does or if the filling does not explain it.
    private static func pattern(_ counts: [Bool], filled: [Bool]?, length: Int) -> Pattern? {
        guard counts.contains(false) else { return nil }
        for leavesOutFilling in filled == nil ? [false] : [true, false] {
            let isLeft = leavesOutFilling ? filled ?? [] : counts.map { _ in false }
            // What is filling in all of the few sequences says nothing of the place.
            let places = Set(
                (0..<length).filter { place in
                    let all = stride(from: place, to: counts.count, by: length)
                    return all.allSatisfy { !counts[$0] } && all.contains { !isLeft[$0] }
                })
            if counts.indices.allSatisfy({ counts[$0] != (isLeft[$0] || places.contains($0 % length)) }) {
                return Pattern(leavesOutFilling: leavesOutFilling, places: places)
            }
        }
        return nil
    }

    /// Returns the positions of a value that count in a batch, its samples one after the other; nil if all do.
    ///
    /// - Parameters:
    ///   - axis: The axis of its channels.
    ///   - inputs: The batch.
    package func positions(of value: ValueID, axis: Int, _ inputs: [Tensor]) throws -> [Int]? {
        guard axis == 2, let pattern = patterns[value], let shape = inputs.first?.shape, shape.count == 2,
            shape[1] == length
        else { return nil }
        let filled =
            try pattern.leavesOutFilling
            ? filling.map { try Self.isFilled(inputs[$0.input], $0.number) } : nil
        let chosen = (0..<shape[0] * length).filter {
            !(filled?[$0] ?? false) && !pattern.places.contains($0 % length)
        }
        return chosen.isEmpty ? nil : chosen
    }
}
