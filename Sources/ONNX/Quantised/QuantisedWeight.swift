import Graph
import Torch

/// A weight that a model stores as integers and the graph holds as numbers.
///
/// number = (integer - zero point) scale, with one scale and zero point for all or one for each position of an axis.
struct QuantisedWeight: Sendable {
    /// The name of the numbers.
    let name: String
    /// The node that makes them of the integers.
    let node: Onnx_NodeProto
    let integers: Tensor
    let scale: Tensor
    let zero: Tensor?
    /// The axis with a scale for each position; nil if there is one scale.
    let axis: Int?

    /// Whether an operator makes numbers of integers, all with one scale or with one for each position of an axis.
    static func isMade(by op: any Operator) -> Bool {
        op.typeName == "DequantizeLinear" && op.operatorDomain.isEmpty && op.attributes["block_size"] == nil
    }

    /// Describes what a node makes of stored tensors; nil if its scales lie otherwise.
    init?(_ node: Onnx_NodeProto, name: String, axis: Int, _ stored: [Tensor?]) {
        guard stored.count >= 2, let integers = stored[0], let scale = stored[1] else { return nil }
        let zero = stored.count > 2 ? stored[2] : nil
        (self.name, self.node) = (name, node)
        (self.integers, self.scale, self.zero) = (integers, scale, zero)
        if scale.count == 1, zero?.count ?? 1 == 1 {
            self.axis = nil
        } else {
            let axis = axis < 0 ? axis + integers.rank : axis
            guard scale.rank == 1, integers.shape.indices.contains(axis),
                scale.count == integers.shape[axis], zero?.count ?? scale.count == scale.count
            else { return nil }
            self.axis = axis
        }
    }
}

/// Integers with their scales and zero points, and what rounding to them costs.
struct QuantisedNumbers {
    let integers: Tensor
    let scale: Tensor
    let zero: Tensor?
    /// The sum of the squares of what rounding changes.
    let error: Double
    /// The sum of the squares of the numbers.
    let energy: Double
}
