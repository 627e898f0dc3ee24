package import Coupling
internal import Graph
package import Torch

extension AnalysedNetwork {
    /// The inner products of the channels' slices of a weight, `[n, n]`, double precision.
    ///
    /// Scores and moments both start from them. Those of the last weight are kept.
    package func weightProducts(of member: GroupMember) throws -> Tensor {
        try structure.weightProducts(of: member)
    }

    /// The inner products of the channels' slices of all weights that make them; the identity if there are none. `[n, n]`,
    /// double precision
    ///
    /// They stand in for the covariance of activations if only the weights are known.
    package func producerProducts(of group: CoupledGroup) throws -> Tensor {
        var sum: Tensor?
        for member in group.members(.producer) {
            let products = try weightProducts(of: member)
            sum = try sum?.adding(products) ?? products
        }
        return try sum ?? .identity(group.width)
    }
}
