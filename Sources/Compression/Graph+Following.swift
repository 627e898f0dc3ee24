package import Graph
package import Torch

extension Graph {
    /// Returns the graph with new tensors whose axes have other lanes; attributes and constants that hold
    /// lengths are updated.
    ///
    /// - Parameters:
    ///   - tensors: The changed parameters.
    ///   - lanes: For an axis of a value and its length, its new lanes by their old numbers; nil if it is
    ///     unchanged.
    /// - Throws: `GraphError` if the result is not valid.
    package func following(
        _ tensors: [ValueID: Tensor], lanes: (ValueID, Int, Int) -> [Int]?
    ) throws -> Graph {
        var tensors = tensors
        let (operators, constants) = try resized(keptLanes: lanes)
        let shared = try commonConstants(of: constants)
        tensors.merge(shared) { $1 }
        let result = try replacing(parameters: tensors, operators: operators, constants: constants)
        try result.verify()
        return result
    }

    /// Asks every node that touches a shrinking axis, or reads computed lengths, for its new operator and
    /// constants.
    private func resized(
        keptLanes: (ValueID, Int, Int) -> [Int]?
    ) throws -> (operators: [NodeID: any Operator], constants: [NodeID: [Int: Tensor]]) {
        var kept: [ValueID: [Int: [Int]]] = [:]
        for id in valueIDs {
            for (axis, length) in self[id].type.shape.enumerated() {
                if let lanes = keptLanes(id, axis, length) { kept[id, default: [:]][axis] = lanes }
            }
        }
        var operators: [NodeID: any Operator] = [:]
        var constants: [NodeID: [Int: Tensor]] = [:]
        for id in nodeIDs {
            let node = self[id]
            var axes: [AxisReference: [Int]] = [:]
            for case (let index, let value?) in node.inputs.enumerated() {
                for (axis, lanes) in kept[value] ?? [:] { axes[.input(index, axis)] = lanes }
            }
            for (index, value) in node.outputs.enumerated() {
                for (axis, lanes) in kept[value] ?? [:] { axes[.output(index, axis)] = lanes }
            }
            // A node without a shrinking axis must not follow lengths that shrink: frozen heads keep the
            // width that was computed from a stream's.
            let readsComputed = node.inputs.contains { $0.map { self[$0].constant != nil } ?? false }
            guard !axes.isEmpty || readsComputed else { continue }
            let change = AxisChange(
                inputs: operatorInputs(node.inputs), outputs: node.outputs.map { self[$0].type }, kept: axes)
            if !axes.isEmpty { operators[id] = try node.op.resized(change) }
            let lengths = try node.op.resizedConstants(change)
            for (index, tensor) in lengths {
                // The bounds of one Slice must keep one type.
                let type = change.inputs.optionalType(index)?.element ?? tensor.type
                constants[id, default: [:]][index] =
                    type == tensor.type ? tensor : try tensor.converted(to: type)
            }
        }
        return (operators, constants)
    }

    /// Returns new tensors for the stored constants whose users all need the same change.
    private func commonConstants(of wanted: [NodeID: [Int: Tensor]]) throws -> [ValueID: Tensor] {
        var common: [ValueID: Tensor] = [:]
        for (id, constants) in wanted {
            for (index, tensor) in constants where self[id].inputs.indices.contains(index) {
                guard let value = self[id].inputs[index], let stored = self[value].tensor else { continue }
                // What is unchanged must not count as changed: numbers derived from it would be taken for new
                // ones.
                if try !stored.holdsSame(as: tensor) { common[value] = tensor }
            }
        }
        for id in nodeIDs where !common.isEmpty {
            for case (let index, let value?) in self[id].inputs.enumerated() {
                guard let tensor = common[value] else { continue }
                // The user that needs another value gets its own constant.
                if try wanted[id]?[index]?.holdsSame(as: tensor) != true { common[value] = nil }
            }
        }
        return common
    }
}
