public import Calibration
public import Evaluation

extension PruningResult {
    /// How a result compares with the network it was made from.
    public struct Judgement: Sendable, Codable, Equatable {
        /// Where the inputs come from: given ones that calibration held out, photographs, or synthetic ones.
        public let inputs: Calibration.Origin
        /// The comparison.
        public let fidelity: Fidelity

        /// On inputs that were not given, the largest share of the original's decisions that may be equal: a text
        /// recogniser that sees photographs answers "nothing" nearly everywhere, and so does whatever is left of it.
        private static let greatestDominance = 0.9
        /// Whether the original's own answers vary enough for their agreement to mean something.
        public var isTelling: Bool {
            fidelity.outputs.allSatisfy {
                $0.isTelling(dominance: inputs == .images ? 1 : Self.greatestDominance)
            }
        }

        /// The verdict in one word: `unknown` if the inputs show too little to call the network good.
        ///
        /// On inputs that were not given, only agreement beyond chance counts: two classes agree by chance half of the
        /// time.
        public var verdict: Fidelity.Verdict {
            let verdict = Fidelity.verdict(
                keeping: inputs == .images ? fidelity.kept : fidelity.keptBeyondChance)
            return isTelling || verdict == .broken ? verdict : .unknown
        }
    }
}
