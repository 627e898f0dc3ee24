package import Graph
package import Torch

/// Runs a subgraph a number of times, or as long as its condition holds.
///
/// The inputs are the largest number of iterations, the initial condition, and values that every iteration
/// passes to the next. The body takes the iteration's number, the condition and these values, and returns the
/// condition, the values, and further outputs that are collected along a new first axis. A loop without end
/// is an error.
package struct Loop: ControlOperator {
    package static let type = "Loop"

    private let body: any Subgraph
    private let capturedCount: Int
    private let outputCount: Int

    package init(
        attributes: Attributes, subgraphs: [String: any Subgraph], capturedCount: Int,
        signature: OperatorSignature
    ) throws {
        guard let body = subgraphs["body"], subgraphs.count == 1 else {
            throw GraphError("attribute body must hold a graph")
        }
        self.body = body
        self.capturedCount = capturedCount
        outputCount = signature.outputCount
        let carried = signature.inputCount - capturedCount - 2
        guard carried >= 0, body.inputCount == carried + 2, body.outputCount >= carried + 1,
            body.outputCount > outputCount
        else {
            throw GraphError("the body does not fit \(max(carried, 0)) values and \(outputCount) outputs")
        }
    }

    package func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        ControlFlow.unknownTypes(outputCount, inputs)
    }

    package func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        try LoopBudget.run { try run(inputs, $0) }
    }

    private func run(_ inputs: [Tensor?], _ budget: LoopBudget) throws -> [Tensor] {
        let own = inputs.dropLast(capturedCount)
        let captured = Array(inputs.suffix(capturedCount))
        let limit = try own.first.flatMap { $0 }?.integers()
        guard limit?.count ?? 1 == 1 else { throw GraphError("the number of iterations must be a scalar") }
        var isOn = try Array(own).optional(1)?.scalar() ?? 1 != 0
        var carried = try own.indices.dropFirst(2).map { try Array(own).required($0) }
        var collected = [[Tensor]](repeating: [], count: body.outputCount - 1 - carried.count)
        let isBounded = limit.map { $0[0] <= LoopBudget.greatestCount } ?? false
        var iteration = 0
        while isOn, iteration < limit?[0] ?? .max {
            try budget.takeIteration(isBounded: isBounded)
            let condition = try Tensor(repeating: 1, shape: [], type: .bool)
            let outputs = try body.run(
                [Tensor([iteration], shape: []), condition] + carried, captured: captured)
            guard outputs.count == body.outputCount else { throw GraphError("the body lacks outputs") }
            isOn = try outputs[0].scalar() != 0
            carried = Array(outputs[1..<(1 + carried.count)])
            for index in collected.indices { collected[index].append(outputs[1 + carried.count + index]) }
            try budget.require(carried)
            try budget.collect(outputs.dropFirst(1 + carried.count))
            iteration += 1
        }
        let rest = outputCount - carried.count
        return try carried
            + collected.prefix(max(rest, 0)).map { try ControlFlow.stacked($0, axis: 0) }
    }
}
