public import Calibration
public import Evaluation

extension PruningResult {
    /// How a result compares with the network it was made of.
    public struct Judgement: Sendable, Codable, Equatable {
        /// Where the inputs come from: given ones that calibration left aside, or made-up ones.
        public let inputs: Calibration.Origin
        /// The comparison.
        public let fidelity: Fidelity
    }
}
