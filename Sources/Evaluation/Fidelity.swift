public import Graph
public import Torch

/// How well a compressed network agrees with the original, on held-out inputs.
public struct Fidelity: Sendable, Codable, Equatable {
    /// One output of the network.
    public struct Output: Sendable, Codable, Equatable {
        /// Its name.
        public let name: String
        /// The error, channel by channel: 0 is equal; see `OutputDivergence` for what is measured.
        public let divergence: Double
        /// The correlation of both networks' numbers, averaged over channels that vary; nil if none does.
        public let correlation: Double?
        /// The share of decisions that are the same, where the output holds scores of classes: the greatest
        /// of each sample, or of each position.
        public let agreement: Double?
        /// The share of the original's detections that are found again, if the output holds detections and has any.
        public let foundAgain: Double?
    }

    /// The agreement in one word.
    public enum Verdict: String, Sendable, Codable, CaseIterable {
        /// Hardly any answer differs.
        case faithful
        /// Some answers differ.
        case close
        /// Many answers differ.
        case poor
        /// Most answers differ: the network is unusable.
        case broken
    }

    /// The number of samples.
    public let samples: Int
    /// The outputs in their declared order.
    public let outputs: [Output]

    /// The least share of the original's answers that an output keeps: decisions or detections where it holds such, else
    /// the square of the correlation.
    public var kept: Double {
        outputs.map { $0.foundAgain ?? $0.agreement ?? Self.explained($0) }.min() ?? 1
    }

    /// The verdict on the share that is kept.
    public var verdict: Verdict {
        switch kept {
        case 0.95...: .faithful
        case 0.85..<0.95: .close
        case 0.6..<0.85: .poor
        default: .broken
        }
    }

    /// Whether every number is finite.
    package var isFinite: Bool {
        outputs.allSatisfy { output in
            [output.divergence, output.correlation ?? 0, output.agreement ?? 0, output.foundAgain ?? 0]
                .allSatisfy(\.isFinite)
        }
    }

    private static func explained(_ output: Output) -> Double {
        guard let correlation = output.correlation, correlation.isFinite else {
            return output.divergence == 0 ? 1 : 0
        }
        return correlation <= 0 ? 0 : correlation * correlation
    }

    /// Compares two networks.
    ///
    /// - Parameters:
    ///   - original: The network.
    ///   - other: What was made of it, with the same inputs and outputs.
    ///   - inputs: Batches of the inputs in their declared order.
    ///   - device: Where both run.
    /// - Throws: `EvaluationError` where the networks do not give the same outputs.
    public init(of other: Graph, to original: Graph, on inputs: [[Tensor]], device: Device = .cpu) throws {
        try self.init(of: other, to: original, on: inputs, device: device, each: nil)
    }

    /// Puts together what is known.
    init(samples: Int, outputs: [Output]) {
        (self.samples, self.outputs) = (samples, outputs)
    }

    /// Compares two networks, and each sample by itself.
    ///
    /// - Parameter each: Called for every batch with the changes of its samples; none where outputs have no row for each.
    package init(
        of other: Graph, to original: Graph, on inputs: [[Tensor]], device: Device = .cpu,
        each: (([AnswerChange]) throws -> Void)?
    ) throws {
        let (left, right) = (
            try Executor(original, device: device), try Executor(other, device: device)
        )
        var measures: [OutputFidelity] = []
        var samples = 0
        for batch in inputs {
            let (expected, found) = (try left.run(batch), try right.run(batch))
            guard expected.map(\.shape) == found.map(\.shape) else {
                throw EvaluationError(
                    "the networks give different outputs: \(expected.map(\.shape)) and \(found.map(\.shape))")
            }
            if measures.isEmpty { measures = try expected.map { try OutputFidelity($0) } }
            for place in measures.indices { try measures[place].add(expected[place], found[place]) }
            if let each { try each(AnswerChange.list(expected, found, first: samples)) }
            samples += batch.first?.shape.first ?? 0
        }
        self.samples = samples
        outputs = zip(measures, original.outputs).map { $0.result(original[$1].name) }
    }
}
