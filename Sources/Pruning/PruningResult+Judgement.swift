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
        /// Whether the original's own answers vary enough for their agreement to tell something.
        public var isTelling: Bool {
            fidelity.outputs.allSatisfy {
                $0.isTelling(dominance: inputs == .images ? 1 : Self.greatestDominance)
            }
        }

        /// The verdict in one word: `unknown` where the inputs tell too little to call the network a good one.
        ///
        /// On inputs that were not given, only what is kept beyond chance counts: two classes agree by chance half of the time.
        public var verdict: Fidelity.Verdict {
            let verdict = Fidelity.verdict(
                keeping: inputs == .images ? fidelity.kept : fidelity.keptBeyondChance)
            return isTelling || verdict == .broken ? verdict : .unknown
        }
    }
}
