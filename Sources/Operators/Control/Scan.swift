package import Graph
package import Torch

/// Runs a subgraph once for every position of an axis of some inputs.
///
/// The inputs are values that every position passes to the next, then those that are sliced along an axis.
/// The body takes the values and one slice of each input, and returns the values and slices of further
/// outputs. Directions and axes are attributes. Before version 9, the first axis of everything is a batch and
/// the positions are the second.
package struct Scan: ControlOperator {
    package static let type = "Scan"

    private let body: any Subgraph
    private let capturedCount: Int
    private let outputCount: Int
    private let sliced: Int
    private let carried: Int
    private let isBatched: Bool
    private let inputAxes: [Int]
    private let outputAxes: [Int]
    private let inputsReversed: [Bool]
    private let outputsReversed: [Bool]

    package init(
        attributes: Attributes, subgraphs: [String: any Subgraph], capturedCount: Int,
        signature: OperatorSignature
    ) throws {
        isBatched = signature.operatorSet < 9
        guard let body = subgraphs["body"], subgraphs.count == 1 else {
            throw GraphError("attribute body must hold a graph")
        }
        self.body = body
        self.capturedCount = capturedCount
        outputCount = signature.outputCount
        let sliced = try attributes.integer("num_scan_inputs", default: 0)
        let carried =
            signature.inputCount - capturedCount - (isBatched ? 1 : 0) - min(max(sliced, 0), 1 << 20)
        (self.sliced, self.carried) = (sliced, carried)
        guard sliced >= 1, carried >= 0, body.inputCount == carried + sliced, body.outputCount >= carried,
            body.outputCount >= outputCount
        else { throw GraphError("the body does not fit \(sliced) slices and \(outputCount) outputs") }
        let made = body.outputCount - carried
        func list(_ name: String, _ count: Int) throws -> [Int] {
            let values = try attributes.integers(name) ?? [Int](repeating: 0, count: count)
            guard values.count == count else {
                throw GraphError("attribute \(name) must have \(count) entries")
            }
            return values
        }
        func flags(_ name: String, _ count: Int) throws -> [Bool] {
            try list(name, count).map { value in
                guard (0...1).contains(value) else { throw GraphError("attribute \(name) must hold 0 and 1") }
                return value == 1
            }
        }
        inputAxes = try list("scan_input_axes", sliced)
        outputAxes = try list("scan_output_axes", made)
        inputsReversed = try flags(isBatched ? "directions" : "scan_input_directions", sliced)
        outputsReversed = try flags("scan_output_directions", made)
    }

    package func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        ControlFlow.unknownTypes(outputCount, inputs)
    }

    package func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let captured = Array(inputs.suffix(capturedCount))
        let own = Array(inputs.dropLast(capturedCount))
        return try LoopBudget.run { budget in
            guard isBatched else {
                return try run(own.indices.map { try own.required($0) }, captured, budget)
            }
            guard own.optional(0) == nil else { throw GraphError("lengths of sequences are not supported") }
            let values = try own.indices.dropFirst().map { try own.required($0) }
            let batch = values.first?.shape.first ?? 0
            guard values.allSatisfy({ $0.shape.first == batch }), batch > 0 else {
                throw GraphError("the inputs differ in the batch")
            }
            let results = try (0..<batch).map { index in
                try run(values.map { try ControlFlow.slice($0, axis: 0, at: index) }, captured, budget)
            }
            return try (0..<outputCount).map { output in
                try ControlFlow.stacked(results.map { $0[output] }, axis: 0)
            }
        }
    }

    private func run(_ inputs: [Tensor], _ captured: [Tensor?], _ budget: LoopBudget) throws -> [Tensor] {
        var state = Array(inputs.prefix(carried))
        let scanned = Array(inputs.dropFirst(carried))
        let axes = try zip(inputAxes, scanned).map { try Checked.axis($0, rank: $1.rank) }
        let lengths = zip(scanned, axes).map { $0.shape[$1] }
        guard let length = lengths.first, lengths.allSatisfy({ $0 == length }) else {
            throw GraphError("the inputs have \(lengths) positions")
        }
        var collected = [[Tensor]](repeating: [], count: body.outputCount - carried)
        for position in 0..<length {
            try budget.takeIteration()
            let slices = try scanned.indices.map { index in
                try ControlFlow.slice(
                    scanned[index], axis: axes[index],
                    at: inputsReversed[index] ? length - 1 - position : position)
            }
            let outputs = try body.run(state + slices, captured: captured)
            guard outputs.count == body.outputCount else { throw GraphError("the body lacks outputs") }
            state = Array(outputs.prefix(carried))
            for index in collected.indices { collected[index].append(outputs[carried + index]) }
            try budget.require(state)
            try budget.collect(outputs.dropFirst(carried))
        }
        let made = try collected.indices.prefix(max(outputCount - carried, 0)).map { index in
            try ControlFlow.stacked(
                outputsReversed[index] ? collected[index].reversed() : collected[index],
                axis: outputAxes[index])
        }
        return state + made
    }
}
