import Torch

/// How an input of a test case is made.
enum InputSpecification: Sendable {
    /// Normally distributed elements.
    case normal([Int])
    /// Elements in 0.5 ..< 1.5.
    case positive([Int])
    /// Given floats.
    case floats([Float], [Int])
    /// Given integers.
    case integers([Int], [Int])
    /// An optional input that is not there.
    case absent

    /// A list of integers, as shapes and bounds are.
    static func list(_ values: Int...) -> InputSpecification { .integers(values, [values.count]) }

    /// A float without axes.
    static func scalar(_ value: Float) -> InputSpecification { .floats([value], []) }

    func tensor(seed: UInt64) throws -> Tensor? {
        switch self {
        case .normal(let shape): try Tensor(random: .normal, shape: shape, seed: seed)
        case .positive(let shape):
            try Tensor(random: .uniform, shape: shape, seed: seed).applying(.adding(0.5))
        case .floats(let values, let shape): try Tensor(values, shape: shape)
        case .integers(let values, let shape): try Tensor(values, shape: shape)
        case .absent: nil
        }
    }
}
