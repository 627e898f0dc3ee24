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
    /// Given integers as elements of a type.
    case typed([Int], [Int], DType)
    /// Truth values, 0 or 1.
    case booleans([Int], [Int])
    /// Elements in 0 ..< 1.
    case unit([Int])
    /// Normally distributed elements, the second half of every block of an axis being the first once more.
    case doubled([Int], axis: Int, blocks: Int)
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
        case .typed(let values, let shape, let type): try Tensor(values, shape: shape).converted(to: type)
        case .booleans(let values, let shape): try Tensor(values, shape: shape).converted(to: .bool)
        case .unit(let shape): try Tensor(random: .uniform, shape: shape, seed: seed)
        case .doubled(let shape, let axis, _):
            try Tensor(random: .normal, shape: shape, seed: seed)
                .selecting(
                    axis: axis,
                    (0..<shape[axis]).map { $0 - (copiedLanes.contains($0) ? copyDistance : 0) })
        case .absent: nil
        }
    }

    private var copyDistance: Int {
        if case .doubled(let shape, let axis, let blocks) = self { shape[axis] / blocks / 2 } else { 0 }
    }

    /// The lanes of a doubled axis that are copies of others.
    var copiedLanes: [Int] {
        guard case .doubled(let shape, let axis, let blocks) = self else { return [] }
        let block = shape[axis] / blocks
        return (0..<shape[axis]).filter { $0 % block >= block / 2 }
    }

    /// The axis that is doubled.
    var doubledAxis: Int? {
        if case .doubled(_, let axis, _) = self { axis } else { nil }
    }
}
