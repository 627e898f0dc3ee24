package import Graph
package import Torch

extension ChannelFeatures {
    /// The inner products of the channels' slices in the members of one role; the identity if there are none. `[n, n]`
    ///
    /// They stand in for the covariance of activations, or the metric of outputs, if only the weights are
    /// known.
    package static func products(
        of group: CoupledGroup, in graph: Graph, role: MemberRole
    ) throws -> Tensor {
        try rows(of: group, in: graph, role: role).rowProducts()
    }

    /// The channels' slices in the members of one role; the identity if there are none. `[n, features]`,
    /// double precision
    package static func rows(of group: CoupledGroup, in graph: Graph, role: MemberRole) throws -> Tensor {
        let features = try ChannelFeatures(group, in: graph, roles: [role])
        guard features.columns > 0 else { return try .identity(group.width) }
        return try Tensor(features.values, shape: [features.rows, features.columns]).converted(to: .float64)
    }
}
