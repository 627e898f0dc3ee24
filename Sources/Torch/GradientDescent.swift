internal import CTorch

/// Stochastic gradient descent with momentum, as PyTorch defines it.
///
/// g = dL/dw + decay w;  v = momentum v + g (the first v is g);  w' = w - rate (nesterov ? g + momentum v : v).
public struct GradientDescent: Sendable {
    /// The factor of the previous velocity.
    public let momentum: Double
    /// The weight decay.
    public let weightDecay: Double
    /// Whether the step looks ahead along the velocity.
    public let nesterov: Bool
    private var velocities: [Tensor?] = []

    /// Makes an optimiser without history.
    ///
    /// - Throws: `TorchError` for a negative factor, or nesterov without momentum.
    public init(momentum: Double = 0.9, weightDecay: Double = 0, nesterov: Bool = false) throws(TorchError) {
        guard momentum >= 0, momentum < 1 else {
            throw TorchError("momentum must be in [0, 1), got \(momentum)")
        }
        guard weightDecay >= 0 else {
            throw TorchError("weight decay must not be negative, got \(weightDecay)")
        }
        guard !nesterov || momentum > 0 else {
            throw TorchError("nesterov needs a momentum above 0")
        }
        self.momentum = momentum
        self.weightDecay = weightDecay
        self.nesterov = nesterov
    }

    /// Returns the parameters after one step; their order must be the same at every step.
    public mutating func step(
        _ parameters: [Tensor], gradients: [Tensor], learningRate: Double
    ) throws(TorchError) -> [Tensor] {
        guard gradients.count == parameters.count, velocities.isEmpty || velocities.count == parameters.count
        else {
            throw TorchError(
                "\(parameters.count) parameters, \(gradients.count) gradients, \(velocities.count) velocities"
            )
        }
        guard learningRate >= 0, learningRate.isFinite else {
            throw TorchError("the learning rate must be a number of 0 or more, got \(learningRate)")
        }
        let count = parameters.count
        let old: [ct_tensor?] = parameters.map { $0.pointer }
        let slopes: [ct_tensor?] = gradients.map { $0.pointer }
        let buffers: [ct_tensor?] =
            velocities.isEmpty ? Array(repeating: nil, count: count) : velocities.map { $0?.pointer }
        var updated = [ct_tensor?](repeating: nil, count: count)
        var newBuffers = [ct_tensor?](repeating: nil, count: count)
        defer { withExtendedLifetime((parameters, gradients, velocities)) {} }
        try check {
            ct_gradient_descent_step(
                old, slopes, buffers, Int32(count), learningRate, momentum, weightDecay, nesterov, &updated,
                &newBuffers, $0)
        }
        velocities = newBuffers.map { $0.map { Tensor(handle: TensorHandle(owning: $0)) } }
        return updated.compactMap { $0.map { Tensor(handle: TensorHandle(owning: $0)) } }
    }
}
