package import Torch

/// Values that follow from constants and lengths alone: the arithmetic of shapes.
///
/// They are stored beside the nodes that compute them, so operators see the numbers (a Reshape's shape) while
/// the graph stays as it is. They are recomputed whenever shapes change.
extension Graph {
    /// Larger values are not tracked: shapes, indices and masks are smaller.
    static let greatestConstant = 1 << 16

    /// Computes and stores a node's outputs where that is possible without running the graph.
    mutating func fold(_ id: NodeID, _ types: [TensorType]) {
        let folded = foldedOutputs(of: self[id], types)
        for (index, output) in self[id].outputs.enumerated() {
            values[output.number].constant = folded.flatMap { $0.indices.contains(index) ? $0[index] : nil }
        }
    }

    private func foldedOutputs(of node: Node, _ types: [TensorType]) -> [Tensor]? {
        let inputs = node.inputs.compactMap { $0 }
        let isSmall = types.allSatisfy { $0.isKnown && ($0.count ?? .max) <= Self.greatestConstant }
        guard !inputs.isEmpty, !types.isEmpty, isSmall, !(node.op is OpaqueOperator) else { return nil }
        let arguments: [Tensor?]
        if node.op.freezesUnlinkedInputs {
            let areKnown = inputs.allSatisfy {
                self[$0].known != nil && (self[$0].type.count ?? .max) <= Self.greatestConstant
            }
            guard areKnown else { return nil }
            arguments = node.inputs.map { $0.flatMap { self[$0].known } }
        } else {
            // Only lengths are read, so elements without memory will do; anything else that such an operator
            // makes is random.
            guard types.allSatisfy({ $0.element == .int64 }) else { return nil }
            let standIns = node.inputs.map { id in
                id.flatMap { try? Tensor(repeating: 0, shape: []).expanded(to: self[$0].type.shape) }
            }
            guard standIns.count(where: { $0 != nil }) == inputs.count else { return nil }
            arguments = standIns
        }
        var context = EvaluationContext()
        // A failure here occurs again, with the node's name, when the graph runs.
        guard let outputs = try? node.op.results(arguments, types, in: &context),
            outputs.count == types.count,
            zip(outputs, types).allSatisfy({ $0.tensorType == $1 })
        else { return nil }
        return outputs
    }

    /// Infers the output types of all nodes from the inputs and parameters, and recomputes constants.
    ///
    /// A number that is computed from lengths and used with data (the square root of a head's width) keeps
    /// its value when lengths shrink: the network was trained with it.
    /// - Parameters:
    ///   - requests: The required values of nodes' inputs, by input index.
    ///   - changed: Parameters that hold new values; what is computed from them is expected to change.
    mutating func inferTypes(
        requiring requests: [NodeID: [Int: Tensor]] = [:], changed: Set<ValueID> = []
    ) throws {
        let before = values.map(\.constant)
        var followsLengths = Set<ValueID>()
        var changed = changed
        for id in nodeIDs {
            try named(self[id].name) {
                try meet(requests, at: id)
                let types = try inferredTypes(of: self[id].op, self[id].inputs)
                for (output, type) in zip(self[id].outputs, types) { values[output.number].type = type }
                fold(id, types)
                let inputs = self[id].inputs.compactMap { $0 }
                if self[id].op.freezesUnlinkedInputs, inputs.contains(where: changed.contains) {
                    changed.formUnion(self[id].outputs)
                }
                let isConstant = self[id].outputs.allSatisfy { self[$0].constant != nil }
                if isConstant {
                    if !self[id].op.freezesUnlinkedInputs || inputs.contains(where: followsLengths.contains) {
                        followsLengths.formUnion(self[id].outputs)
                    }
                } else {
                    try keepNumbers(at: id, before) { followsLengths.contains($0) && !changed.contains($0) }
                }
            }
        }
    }

    private mutating func meet(_ requests: [NodeID: [Int: Tensor]], at id: NodeID) throws {
        for (index, wanted) in (requests[id] ?? [:]).sorted(by: { $0.key < $1.key }) {
            guard self[id].inputs.indices.contains(index), let input = self[id].inputs[index] else {
                continue
            }
            if let known = self[input].known, try known.holdsSame(as: wanted) { continue }
            if try rewriteSource(of: input, to: wanted, for: id, requests) { continue }
            try store(wanted, asInput: index, of: id)
        }
    }

    /// Changes the constants that a value is computed from, if every other user of them wants the same;
    /// returns whether that was possible.
    private mutating func rewriteSource(
        of value: ValueID, to wanted: Tensor, for user: NodeID, _ requests: [NodeID: [Int: Tensor]]
    ) throws -> Bool {
        guard case .node(let source) = self[value].origin, self[value].constant?.shape == wanted.shape,
            !outputs.contains(value)
        else { return false }
        for other in nodeIDs where other != user {
            for (index, input) in self[other].inputs.enumerated() where input == value {
                guard try requests[other]?[index]?.holdsSame(as: wanted) == true else { return false }
            }
        }
        let inputs = operatorInputs(self[source].inputs)
        guard let changes = try self[source].op.constants(yielding: wanted, inputs) else { return false }
        for (index, tensor) in changes.sorted(by: { $0.key < $1.key }) {
            // The source itself may be computed from lengths that follow the input in all but one place.
            if let input = self[source].inputs[index],
                try rewriteSource(of: input, to: tensor, for: source, [:])
            {
                continue
            }
            try store(tensor, asInput: index, of: source)
        }
        fold(source, [self[value].type])
        if let known = self[value].constant { return try known.holdsSame(as: wanted) }
        return false
    }

    private mutating func keepNumbers(
        at id: NodeID, _ before: [Tensor?], where followsLengths: (ValueID) -> Bool
    ) throws {
        for case (let index, let input?) in self[id].inputs.enumerated() where followsLengths(input) {
            guard input.number < before.count, let old = before[input.number], let new = self[input].constant,
                old.type.isFloatingPoint, old.shape == new.shape, try !old.holdsSame(as: new)
            else { continue }
            try store(old, asInput: index, of: id)
        }
    }

    private mutating func store(_ tensor: Tensor, asInput index: Int, of id: NodeID) throws {
        let name = self[id].inputs[index].map { self[$0].name } ?? "\(self[id].name).\(index)"
        setInput(index, of: id, to: try addParameter(freshName("\(name).resized"), tensor))
    }
}

extension Tensor {
    /// Returns whether both have the same type, shape and elements.
    package func holdsSame(as other: Tensor) throws -> Bool {
        try isIdentical(to: other) || (tensorType == other.tensorType && bytes() == other.bytes())
    }
}
