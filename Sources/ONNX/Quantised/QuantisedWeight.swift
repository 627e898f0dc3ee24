import Graph
import Operators
import Torch

/// A weight that a model stores as integers and the graph holds as floating-point numbers.
///
/// number = (integer - zero point) scale, with one scale and zero point for all, or one for each position of
/// an axis.
struct QuantisedWeight: Sendable {
    /// The name of the dequantised tensor.
    let name: String
    /// The node that dequantises.
    let node: Onnx_NodeProto
    let integers: Tensor
    let scale: Tensor
    let zero: Tensor?
    /// The axis with a scale for each position; nil for a single scale.
    let axis: Int?

    /// Whether an operator dequantises with one scale, one for each position of an axis, or one for each block of a product's
    /// weight.
    static func isMade(by op: any Operator) -> Bool {
        op is BlockDequantisation
            || op.typeName == "DequantizeLinear" && op.operatorDomain.isEmpty
                && op.attributes["block_size"] == nil
    }

    /// Describes a node that dequantises stored tensors; nil if its scales are arranged otherwise.
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

/// Integers with their scales and zero points, and the rounding error.
struct QuantisedNumbers {
    let integers: Tensor
    let scale: Tensor
    let zero: Tensor?
    /// The sum of squared rounding errors.
    let error: Double
    /// The sum of squares of the numbers.
    let energy: Double
}
