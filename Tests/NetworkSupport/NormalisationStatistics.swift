package import Torch

/// Parameters of a batch-norm that change what goes through it: scales of both signs, means and variances far from 0 and 1.
package struct NormalisationStatistics {
    /// Scale, shift, mean and variance by PyTorch's names, in the order of the operator's inputs.
    package let tensors: [(name: String, tensor: Tensor)]

    /// Draws statistics.
    package init(channels: Int, seed: UInt64) throws {
        func uniform(_ salt: UInt64, _ low: Double, _ high: Double) throws -> Tensor {
            try Tensor(random: .uniform, shape: [channels], seed: seed &* 4 &+ salt)
                .applying(.multiplied(high - low)).applying(.adding(low))
        }
        let sign = try Tensor(random: .uniform, shape: [channels], seed: seed &* 4 &+ 9)
            .applying(.adding(-0.25)).applying(.sign)
        tensors = [
            ("weight", try uniform(0, 0.5, 1.5).multiplied(by: sign)),
            ("bias", try uniform(1, -0.5, 0.5)),
            ("running_mean", try uniform(2, -0.5, 0.5)),
            ("running_var", try uniform(3, 0.3, 2)),
        ]
    }
}
