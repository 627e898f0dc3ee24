/// Adam: gradient descent whose steps are scaled by the gradients' own running moments.
///
/// m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2;  w' = w - rate (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + epsilon).
///
/// Source: Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015, algorithm 1.
public struct AdaptiveDescent: Sendable {
    private let first: Double
    private let second: Double
    private let epsilon: Double
    private var moments: (first: Tensor, second: Tensor)?
    private var steps = 0

    /// Makes an optimiser for one tensor, without history.
    ///
    /// - Throws: `TorchError` for a decay rate outside [0, 1) or an epsilon that is not positive.
    public init(first: Double = 0.9, second: Double = 0.999, epsilon: Double = 1e-8) throws(TorchError) {
        guard (0..<1).contains(first), (0..<1).contains(second) else {
            throw TorchError("the moments' decay must be in [0, 1), got \(first) and \(second)")
        }
        guard epsilon > 0 else { throw TorchError("epsilon must be positive, got \(epsilon)") }
        self.first = first
        self.second = second
        self.epsilon = epsilon
    }

    /// Returns the tensor after one step.
    ///
    /// - Throws: `TorchError` for a gradient of another shape, or a rate that is negative or NaN.
    public mutating func step(
        _ parameter: Tensor, gradient: Tensor, learningRate: Double
    ) throws(TorchError) -> Tensor {
        guard gradient.shape == parameter.shape else {
            throw TorchError("a gradient \(gradient.shape) does not fit the parameter \(parameter.shape)")
        }
        guard learningRate >= 0, learningRate.isFinite else {
            throw TorchError("the learning rate must be a number of 0 or more, got \(learningRate)")
        }
        steps += 1
        func average(_ old: Tensor?, _ new: Tensor, _ decay: Double) throws(TorchError) -> Tensor {
            let share = try new.applying(.multiplied(1 - decay))
            return try old?.applying(.multiplied(decay)).adding(share) ?? share
        }
        let mean = try average(moments?.first, gradient, first)
        let square = try average(moments?.second, gradient.multiplied(by: gradient), second)
        moments = (mean, square)
        let correction = 1 - power(second, steps)
        let spread = try square.applying(.multiplied(1 / correction)).applying(.squareRoot)
            .applying(.adding(epsilon))
        return try parameter.subtracting(
            mean.divided(by: spread).applying(.multiplied(learningRate / (1 - power(first, steps)))))
    }

    private func power(_ base: Double, _ exponent: Int) -> Double {
        (0..<exponent).reduce(1) { value, _ in value * base }
    }
}
