public import Calibration
public import Evaluation

extension PruningResult {
    /// How a result compares with the network it was made of.
    public struct Judgement: Sendable, Codable, Equatable {
        /// Where the inputs come from: given ones that calibration left aside, or made-up ones.
        public let inputs: Calibration.Origin
        /// The comparison.
        public let fidelity: Fidelity

        /// On inputs that were not given, the greatest share of the original's decisions that may be one and the same: a reader of
        /// text that sees photographs answers "nothing" nearly everywhere, and so does what is left of it.
        private static let greatestDominance = 0.9
        /// On inputs that were not given, the greatest uncertainty of the original: a network that reads text only guesses what it
        /// is shown on photographs. Measured: a reader of text 0.8, classifiers of photographs 0.2 to 0.5.
        private static let greatestUncertainty = 0.6

        /// Whether the original's own answers vary enough, and are certain enough, for their agreement to tell something.
        public var isTelling: Bool {
            fidelity.outputs.allSatisfy {
                inputs == .images
                    ? $0.isTelling()
                    : $0.isTelling(
                        dominance: Self.greatestDominance, uncertainty: Self.greatestUncertainty)
            }
        }

        /// The verdict in one word: `unknown` where the inputs tell too little to call the network a good one.
        public var verdict: Fidelity.Verdict {
            isTelling || fidelity.verdict == .broken ? fidelity.verdict : .unknown
        }
    }
}
