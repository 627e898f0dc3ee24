public import Torch

/// Runs a graph, or the part of it that follows values already known.
///
/// Intermediate values are released after their last use.
public struct Executor: Sendable {
    /// The graph.
    public let graph: Graph
    private let device: Device
    private let parameters: [ValueID: Tensor]
    private let plans = ExecutionPlans()

    /// Prepares a graph on a device.
    ///
    /// - Parameters:
    ///   - graph: The graph.
    ///   - device: Where it runs.
    ///   - other: An executor to share device copies with, for parameters that are the same there.
    /// - Throws: `TorchError` if the parameters cannot be moved there.
    public init(_ graph: Graph, device: Device = .cpu, sharing other: Executor? = nil) throws {
        self.graph = graph
        self.device = device
        var parameters: [ValueID: Tensor] = [:]
        for id in graph.parameters {
            guard let tensor = graph[id].tensor else { continue }
            if let other, other.device == device, id.number < other.graph.values.count,
                let original = other.graph[id].tensor, original.isIdentical(to: tensor)
            {
                parameters[id] = other.parameters[id]
            } else {
                parameters[id] = try tensor.moved(to: device)
            }
        }
        self.parameters = parameters
    }

    /// Runs the graph on its inputs, in the declared order, and returns its outputs.
    public func run(_ inputs: [Tensor]) throws -> [Tensor] {
        guard inputs.count == graph.inputs.count else {
            throw GraphError("\(graph.name) takes \(graph.inputs.count) inputs, got \(inputs.count)")
        }
        let known = Dictionary(uniqueKeysWithValues: zip(graph.inputs, inputs))
        let result = try compute(graph.outputs, from: known)
        let outputs = graph.outputs.compactMap { result[$0] }
        for (id, tensor) in zip(graph.outputs, outputs) {
            try PackedSequence.refuse(tensor, as: "the output \(graph[id].name)")
        }
        return outputs
    }

    /// Computes values from others; only the nodes in between run.
    ///
    /// - Throws: `GraphError` if a needed value is not known.
    public func compute(_ targets: [ValueID], from known: [ValueID: Tensor]) throws -> [ValueID: Tensor] {
        let known = try known.mapValues { try $0.moved(to: device) }
        return try run(targets, from: known, overriding: [:], mode: .inference).values
    }

    /// The result of one run in training mode.
    public struct TrainingRun: Sendable {
        /// The computed values.
        public let values: [ValueID: Tensor]
        /// New values of running statistics by parameter.
        public let updates: [ValueID: Tensor]
    }

    /// Computes values in training mode, with other tensors in place of some parameters.
    public func train(
        _ targets: [ValueID], from known: [ValueID: Tensor], parameters: [ValueID: Tensor], seed: UInt64
    ) throws -> TrainingRun {
        let known = try known.mapValues { try $0.moved(to: device) }
        return try run(targets, from: known, overriding: parameters, mode: .training(seed: seed))
    }

    /// Computes values in evaluation mode, with other tensors in place of some parameters.
    ///
    /// The result can be differentiated with respect to parameters that require gradients.
    public func compute(
        _ targets: [ValueID], from known: [ValueID: Tensor], parameters: [ValueID: Tensor]
    ) throws -> [ValueID: Tensor] {
        let known = try known.mapValues { try $0.moved(to: device) }
        return try run(targets, from: known, overriding: parameters, mode: .inference).values
    }

    private enum Mode {
        case inference
        case training(seed: UInt64)
    }

    /// What a run has computed so far.
    private struct RunState {
        var live: [ValueID: Tensor]
        let overriding: [ValueID: Tensor]
        let mode: Mode
        var updates: [ValueID: Tensor] = [:]
    }

    private func run(
        _ targets: [ValueID], from known: [ValueID: Tensor], overriding: [ValueID: Tensor], mode: Mode
    ) throws -> TrainingRun {
        let plan = plans.plan(for: targets, from: Set(known.keys), in: graph)
        var state = RunState(live: known, overriding: overriding, mode: mode)
        if case .inference = mode, plan.constantSources.isDisjoint(with: overriding.keys) {
            let constants = try plan.constantValues.values {
                var constants = RunState(live: [:], overriding: [:], mode: mode)
                for id in plan.constants { try evaluate(id, for: plan, in: &constants) }
                return constants.live
            }
            state.live.merge(constants) { known, _ in known }
        } else {
            for id in plan.constants { try evaluate(id, for: plan, in: &state) }
        }
        var done: Set<Int> = []
        for (position, id) in plan.order.enumerated() {
            if !done.contains(position) {
                let tail = plan.tails[position]
                if try evaluate(id, then: tail, for: plan, in: &state), let tail {
                    done.formUnion(tail.positions)
                }
            }
            for value in plan.finished[position] { state.live[value] = nil }
        }
        var values: [ValueID: Tensor] = [:]
        for target in targets {
            guard let tensor = state.live[target] ?? overriding[target] ?? parameters[target] else {
                throw GraphError("\(graph[target].name) cannot be computed from what is known")
            }
            values[target] = tensor
        }
        return TrainingRun(values: values, updates: state.updates)
    }

    /// Computes the outputs of a node, and of the nodes of a tail in the same pass if that is possible.
    ///
    /// - Returns: Whether the tail is done.
    @discardableResult
    private func evaluate(
        _ id: NodeID, then tail: ElementTail? = nil, for plan: ExecutionPlan, in state: inout RunState
    ) throws -> Bool {
        let node = graph[id]
        func tensor(_ value: ValueID) throws -> Tensor {
            guard let tensor = state.live[value] ?? state.overriding[value] ?? parameters[value] else {
                throw GraphError("needs \(graph[value].name), which is unknown", node: node.name)
            }
            return tensor
        }
        let inputs = try node.inputs.map { try $0.map(tensor) }
        var context =
            switch state.mode {
            case .inference: EvaluationContext(program: try tail?.program(in: graph, value: tensor))
            case .training(let seed):
                EvaluationContext(
                    isTraining: true, seed: seed &+ UInt64(id.number) &* 0x9E37_79B9_7F4A_7C15)
            }
        let hasProgram = context.program != nil
        let types = node.outputs.map { graph[$0].type }
        let outputs = try graph.named(node.name) { try node.op.results(inputs, types, in: &context) }
        guard outputs.count >= node.outputs.count else {
            throw GraphError("computed \(outputs.count) of \(node.outputs.count) outputs", node: node.name)
        }
        for (index, tensor) in context.updates {
            if let id = node.inputs[index] { state.updates[id] = tensor }
        }
        if let tail, hasProgram, context.program == nil {
            state.live[tail.output] = outputs.first
            return true
        }
        for (output, tensor) in zip(node.outputs, outputs) where plan.isUsed(output) {
            state.live[output] = tensor
        }
        return false
    }
}
