internal import Graph
internal import Torch

/// The inputs of a node that belong to an operator doing part of its work.
///
/// A fused or quantised convolution asks Conv for its shapes, links and cost.
struct NodePart: Sendable {
    /// The node's input for each input of the part; nil if the part has none.
    let inputs: [Int?]
    /// The element type that the part sees instead of the node's, if any.
    var element: DType?

    /// Makes a part from the node's inputs in the part's order.
    init(_ inputs: [Int?], element: DType? = nil) {
        self.inputs = inputs
        self.element = element
    }

    /// Returns the part's view of the inputs: their types and, unless the element type is replaced, values.
    func operatorInputs(_ node: OperatorInputs) -> OperatorInputs {
        let types = inputs.map { index -> TensorType? in
            guard let index, let type = node.optionalType(index) else { return nil }
            return TensorType(element ?? type.element, type.shape)
        }
        let constants = inputs.map { element == nil ? $0.flatMap(node.constant) : nil }
        return OperatorInputs(types: types, constants: constants)
    }

    /// Returns links of the part as links of the node.
    func links(_ links: [AxisLink]) -> [AxisLink] {
        links.compactMap { link in
            guard let first = axis(link.first), let second = axis(link.second) else { return nil }
            return AxisLink(first, second, role: link.role, lanes: link.lanes)
        }
    }

    private func axis(_ axis: AxisReference) -> AxisReference? {
        guard case .input(let index) = axis.slot else { return axis }
        guard inputs.indices.contains(index), let own = inputs[index] else { return nil }
        return .input(own, axis.axis)
    }

    /// Returns a change of the node as one of the part.
    func change(_ change: AxisChange) -> AxisChange {
        let part = operatorInputs(change.inputs)
        var kept: [AxisReference: [Int]] = [:]
        func add(_ own: AxisReference, _ node: AxisReference) {
            if let lanes = change.keptLanes(node) { kept[own] = lanes }
        }
        for (index, own) in inputs.enumerated() {
            guard let own, let type = part.optionalType(index) else { continue }
            for axis in type.shape.indices { add(.input(index, axis), .input(own, axis)) }
        }
        for (index, type) in change.outputs.enumerated() {
            for axis in type.shape.indices { add(.output(index, axis), .output(index, axis)) }
        }
        return AxisChange(inputs: part, outputs: change.outputs, kept: kept)
    }
}
