internal import Graph
internal import Torch

/// How a scattered element combines with the existing one, by its name in the standard.
enum ScatterReduction: String {
    case none, add, mul, max, min

    /// Reads the attribute `reduction`.
    init(_ attributes: Attributes) throws(GraphError) {
        let name = try attributes.string("reduction", default: Self.none.rawValue)
        guard let reduction = ScatterReduction(rawValue: name) else {
            throw GraphError("attribute reduction must be none, add, mul, max or min, got \(name)")
        }
        self = reduction
    }

    /// What differs from the defaults.
    var attributes: Attributes { self == .none ? [:] : ["reduction": .string(rawValue)] }

    /// The engine's name for it.
    var scattering: Tensor.Scattering {
        switch self {
        case .none: .replace
        case .add: .sum
        case .mul: .product
        case .max: .maximum
        case .min: .minimum
        }
    }
}
