internal import Torch

/// Nodes that follow another and work element by element on its output, so that both can run in one pass.
struct ElementTail: Sendable {
    /// An argument of a node.
    private enum Argument: Sendable {
        case register(Int)
        case value(ValueID)
    }

    private struct Member: Sendable {
        let node: NodeID
        /// The inputs; those that the tail itself computes are in registers.
        let inputs: [Argument?]
        let register: Int
    }

    private let members: [Member]
    /// The value that the last node computes, the only one that anything outside the tail reads.
    let output: ValueID

    /// The positions of the nodes in the plan.
    let positions: Set<Int>

    /// The largest number of nodes, and of values at a time.
    private static let capacity = (nodes: 16, registers: 3)
    /// The largest distance of a tail's end from its head, in positions.
    private static let distance = 64

    /// Finds the longest tail of the node at a position; nil if there is none.
    ///
    /// - Parameters:
    ///   - head: The position of the node whose output the tail changes.
    ///   - order: The nodes in the order of the plan.
    ///   - lastUse: The last position that reads each value, past the end for those that are asked for.
    ///   - isKnown: Whether a value from outside is there when the node at `head` runs.
    init?(
        of head: Int, in order: [NodeID], lastUse: [ValueID: Int], graph: Graph,
        isKnown: (ValueID) -> Bool
    ) {
        let first = graph[order[head]]
        guard first.outputs.count == 1, let start = first.outputs.first else { return nil }
        let type = graph[start].type
        var registers: [ValueID: Int] = [start: 0]
        var members: [Member] = []
        var positions: Set<Int> = []
        var best: (count: Int, output: ValueID, positions: Set<Int>)?
        let limit = min(order.count - 1, head + Self.distance)
        guard let end = lastUse[start], end <= limit else { return nil }
        var position = head + 1
        var reach = end
        while position <= reach, members.count < Self.capacity.nodes {
            defer { position += 1 }
            let node = graph[order[position]]
            guard node.inputs.contains(where: { $0.map { registers[$0] != nil } ?? false }) else { continue }
            // Anything else that reads a value of the tail ends it.
            guard node.op.isElementStep, node.outputs.count == 1, let output = node.outputs.first,
                graph[output].type == type,
                node.inputs.allSatisfy({ $0.map { registers[$0] != nil || isKnown($0) } ?? true })
            else { break }
            let inputs = node.inputs.map { input in
                input.map { registers[$0].map(Argument.register) ?? .value($0) }
            }
            for (value, _) in registers where (lastUse[value] ?? 0) <= position { registers[value] = nil }
            let free = (0..<Self.capacity.registers).first { !registers.values.contains($0) }
            guard let register = free else { break }
            registers[output] = register
            members.append(Member(node: order[position], inputs: inputs, register: register))
            positions.insert(position)
            reach = max(reach, min(lastUse[output] ?? 0, limit))
            if registers.count == 1, register == 0 { best = (members.count, output, positions) }
        }
        guard let best else { return nil }
        self.members = Array(members.prefix(best.count))
        output = best.output
        self.positions = best.positions
    }

    /// Returns the program of the nodes; nil if one of them cannot be a step of it.
    func program(in graph: Graph, value: (ValueID) throws -> Tensor) throws -> ElementProgram? {
        var operands: [Tensor] = []
        var steps: [ElementProgram.Step] = []
        for member in members {
            let tensors = try member.inputs.map { argument throws -> Tensor? in
                guard case .value(let id) = argument else { return nil }
                return try value(id)
            }
            guard let (function, inputs) = try graph[member.node].op.elementStep(tensors) else { return nil }
            let arguments = inputs.compactMap { index -> ElementProgram.Place? in
                if let tensor = tensors[index] {
                    operands.append(tensor)
                    return .operand(operands.count - 1)
                }
                guard case .register(let register) = member.inputs[index] else { return nil }
                return .register(register)
            }
            guard arguments.count == inputs.count else { return nil }
            steps.append(ElementProgram.Step(function, arguments, result: member.register))
        }
        return ElementProgram(steps, operands: operands)
    }
}
