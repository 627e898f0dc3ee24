public import Graph
public import Torch

/// The agreement of a compressed network with the original, on held-out inputs.
public struct Fidelity: Sendable, Codable, Equatable {
    /// One output of the network.
    public struct Output: Sendable, Codable, Equatable {
        /// Its name.
        public let name: String
        /// The error, counted channel by channel, 0 for equal outputs; see `OutputDivergence` for what is
        /// measured.
        public let divergence: Double
        /// The correlation of both networks' numbers, averaged over channels that vary; nil if none does.
        public let correlation: Double?
        /// The share of equal decisions, if the output holds scores of classes: the class with the highest
        /// score of each sample, or of each position. Rows of length 1 are embeddings and decide nothing. A single number `[samples, 1]` in 0 ... 1 that is mostly
        /// near either end decides for or against.
        public internal(set) var agreement: Double?
        /// The share of the most frequent decision among the original's.
        public internal(set) var dominance: Double?
        /// The share of decisions that would be equal by chance: the sum over classes of both networks'
        /// shares of decisions for the class.
        public internal(set) var chance: Double?
        /// The share of the most frequent decisions that are equal.
        public internal(set) var frequentAgreement: Double?
        /// The number of the original's other decisions.
        public internal(set) var rarerDecisions: Int?
        /// The share of these decisions that are equal.
        public internal(set) var rarerAgreement: Double?
        /// The number of the original's detections, if the output holds detections.
        public internal(set) var detections: Int?
        /// The share of the original's detections that are found again, if there are any.
        public internal(set) var foundAgain: Double?
        /// The share of places that the original marks, if the output is a map of probabilities near 0 and 1.
        public internal(set) var marked: Double?
        /// The places that both networks mark, as a share of those that either marks.
        public internal(set) var overlap: Double?

        init(name: String, divergence: Double, correlation: Double?) {
            self.name = name
            self.divergence = divergence
            self.correlation = correlation
        }

        /// The share of the original's answers that is kept: of detections or marked places if the output
        /// holds such, otherwise of decisions, otherwise the square of the correlation. If one decision is
        /// more frequent than all others together, both count equally.
        public var kept: Double {
            if let known = foundAgain ?? overlap { return known }
            guard let agreement else {
                guard let correlation, correlation.isFinite else { return divergence == 0 ? 1 : 0 }
                return correlation <= 0 ? 0 : correlation * correlation
            }
            guard let dominance, dominance > 0.5, let frequentAgreement, let rarerAgreement else {
                return agreement
            }
            return (frequentAgreement + rarerAgreement) / 2
        }

        /// The fewest detections, or decisions other than the most frequent one, that show how well a network
        /// works.
        private static let leastAnswers = 10
        /// The smallest share of marked places.
        private static let leastMarked = 0.001

        /// The share of the original's answers that is kept, no more than what is kept beyond chance: Cohen's
        /// `(agreement - chance) / (1 - chance)` of decisions.
        public var keptBeyondChance: Double {
            guard foundAgain == nil, overlap == nil, let agreement, let chance, chance < 1 else {
                return kept
            }
            return min(kept, (agreement - chance) / (1 - chance))
        }

        /// Whether the original's own answers vary enough for their agreement to mean something.
        ///
        /// - Parameter dominance: The largest share of decisions that may be equal.
        public func isTelling(dominance limit: Double = 1) -> Bool {
            if let detections { return detections >= Self.leastAnswers }
            if let marked { return marked >= Self.leastMarked }
            guard let dominance, let rarerDecisions, dominance > 0.5 else { return true }
            return dominance <= limit && (limit < 1 || rarerDecisions > 0)
        }
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
        /// The original's answers are nearly all the same, so agreement means little.
        case unknown
    }

    /// The number of samples.
    public let samples: Int
    /// The outputs in their declared order.
    public let outputs: [Output]

    /// The smallest share of the original's answers that an output keeps; see `Output.kept`.
    public var kept: Double { outputs.map(\.kept).min() ?? 1 }

    /// The smallest share of the original's answers that an output keeps beyond chance.
    public var keptBeyondChance: Double { outputs.map(\.keptBeyondChance).min() ?? 1 }

    /// The verdict on the kept share.
    public var verdict: Verdict { Self.verdict(keeping: kept) }

    /// The verdict on a kept share.
    package static func verdict(keeping share: Double) -> Verdict {
        switch share {
        case 0.95...: .faithful
        case 0.85..<0.95: .close
        case 0.6..<0.85: .poor
        default: .broken
        }
    }

    /// Whether every number is finite.
    package var isFinite: Bool {
        outputs.allSatisfy { [$0.divergence, $0.correlation ?? 0, $0.kept].allSatisfy(\.isFinite) }
    }

    /// Compares two networks.
    ///
    /// - Parameters:
    ///   - original: The network.
    ///   - other: The network made from it, with the same inputs and outputs.
    ///   - inputs: Batches of the inputs in their declared order.
    ///   - device: Where both run.
    /// - Throws: `EvaluationError` if the networks do not have the same outputs.
    public init(of other: Graph, to original: Graph, on inputs: [[Tensor]], device: Device = .cpu) throws {
        try self.init(of: other, to: original, on: inputs, device: device, each: nil)
    }

    /// Combines known outputs.
    init(samples: Int, outputs: [Output]) {
        (self.samples, self.outputs) = (samples, outputs)
    }

    /// Compares two networks, and each sample by itself.
    ///
    /// - Parameter each: Called for every batch with the changes of its samples; none if outputs have no row
    ///   for each.
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
