package import Graph
package import Torch

/// Runs a subgraph for every tensor of a sequence; its outputs are sequences.
///
/// The first input is a sequence. Further sequences are iterated along with it; tensors are the same each
/// time.
package struct SequenceMap: ControlOperator {
    package static let type = "SequenceMap"

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
        guard body.inputCount == signature.inputCount - capturedCount, body.inputCount >= 1,
            body.outputCount >= outputCount
        else { throw GraphError("the body does not fit the inputs and outputs") }
    }

    package func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        ControlFlow.unknownTypes(outputCount, inputs)
    }

    package func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let captured = Array(inputs.suffix(capturedCount))
        let own = try (0..<(inputs.count - capturedCount)).map { try inputs.required($0) }
        let sequences = try own.map { try PackedSequence.isPacked($0) ? PackedSequence.tensors(of: $0) : nil }
        guard let count = sequences.first??.count else {
            throw GraphError("the first input must be a sequence")
        }
        guard sequences.allSatisfy({ $0?.count ?? count == count }) else {
            throw GraphError("the sequences differ in length")
        }
        return try LoopBudget.run { budget in
            var made = [[Tensor]](repeating: [], count: outputCount)
            for index in 0..<count {
                try budget.takeIteration()
                let values = own.indices.map { sequences[$0]?[index] ?? own[$0] }
                let outputs = try body.run(values, captured: captured)
                guard outputs.count >= outputCount else { throw GraphError("the body lacks outputs") }
                for output in made.indices { made[output].append(outputs[output]) }
                try budget.collect(outputs)
            }
            return try made.map { try PackedSequence.packed($0, on: own[0].device) }
        }
    }
}
