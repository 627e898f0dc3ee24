package import Graph
internal import Torch

extension Graph {
    /// Returns the network whose parameters lie between its own, p0, and those of a network of the same shape, p:
    /// `p0 + share (p - p0)`.
    package func blended(towards other: Graph, share: Double) throws -> Graph {
        guard share < 1 else { return other }
        var parameters: [ValueID: Tensor] = [:]
        for id in valueIDs {
            guard let (own, its) = try differing(id, other) else { continue }
            parameters[id] = try own.adding(its.subtracting(own).applying(.multiplied(share)))
        }
        return try replacing(parameters: parameters)
    }

    /// A parameter in two networks; nil if it is identical, or not a floating-point parameter of both.
    private func differing(_ id: ValueID, _ other: Graph) throws -> (Tensor, Tensor)? {
        guard let own = self[id].tensor, let its = other[id].tensor, own.type.isFloatingPoint,
            own.shape == its.shape, own.type == its.type, !own.isIdentical(to: its)
        else { return nil }
        return (own, its)
    }
}
