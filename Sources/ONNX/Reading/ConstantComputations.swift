import Graph
import Torch

/// Values that a graph computes from its stored tensors alone, and could store instead: weights that are
/// normalised, standardised, transposed or assembled from parts.
struct ConstantComputations {
    /// Smaller tensors are stored twice if something else reads them too.
    private static let smallCount = 1 << 14
    /// Larger results are only stored if they are hardly larger than their sources.
    private static let largeCount = 1 << 16

    /// How often computations that share tensors are searched for, before giving up.
    private static let greatestRounds = 64

    /// The results by value; the graph then needs nothing else of the computation.
    private(set) var results: [ValueID: Tensor] = [:]
    private let graph: Graph
    private let users: [ValueID: [NodeID]]
    private var computing: Set<NodeID> = []

    /// Finds the computations of a graph.
    init(of graph: Graph) {
        self.graph = graph
        users = graph.consumers()
        findNodes()
        guard !computing.isEmpty else { return }
        compute()
    }

    private func isDequantisation(_ node: Node) -> Bool {
        QuantisedWeight.isMade(by: node.op)
    }

    /// Finds the nodes that read only stored tensors, and share no large ones with others.
    private mutating func findNodes() {
        var values = Set(graph.parameters)
        for id in graph.nodeIDs {
            let node = graph[id]
            let inputs = node.inputs.compactMap { $0 }
            guard !(node.op is OpaqueOperator), node.op.freezesUnlinkedInputs, !inputs.isEmpty,
                inputs.allSatisfy(values.contains)
            else { continue }
            computing.insert(id)
            // Quantised tensors stay stored as integers, whatever is computed from them.
            if !isDequantisation(node) { values.formUnion(node.outputs) }
        }
        // Tensors that others read too stay stored, and are not stored a second time.
        let outputs = Set(graph.outputs)
        var (isChanged, rounds) = (!computing.isEmpty, 0)
        while isChanged {
            isChanged = false
            rounds += 1
            guard rounds <= Self.greatestRounds else { return computing.removeAll() }
            var shared = Set(
                graph.parameters.filter { id in
                    (graph[id].type.count ?? 0) > Self.smallCount
                        && (outputs.contains(id) || users[id]?.contains { !computing.contains($0) } ?? false)
                })
            for id in graph.nodeIDs
            where computing.contains(id)
                && graph[id].inputs.contains(where: { $0.map(shared.contains) ?? false })
            {
                shared.formUnion(graph[id].outputs)
                computing.remove(id)
                isChanged = true
            }
        }
    }

    /// Computes the results that other nodes read.
    private mutating func compute() {
        let outputs = Set(graph.outputs)
        var values: [ValueID: Tensor] = [:]
        var kinds: [ValueID: Set<DType>] = [:]
        var sizes: [ValueID: Int] = [:]
        for id in graph.parameters {
            guard let tensor = graph[id].tensor else { continue }
            values[id] = tensor
            kinds[id] = [tensor.type]
            sizes[id] = tensor.count
        }
        for id in graph.nodeIDs where computing.contains(id) {
            let node = graph[id]
            let inputs = node.inputs.compactMap { $0 }
            let size = inputs.reduce(0) { min($0 + (sizes[$1] ?? 0), 1 << 48) }
            let isSmall = node.outputs.allSatisfy {
                (graph[$0].type.count ?? .max) <= max(Self.largeCount, 2 * size)
            }
            let arguments = node.inputs.map { $0.flatMap { values[$0] } }
            var context = EvaluationContext()
            // A failure here occurs again, with the node's name, when the graph runs.
            guard isSmall, inputs.allSatisfy({ values[$0] != nil }),
                let made = try? node.op.results(
                    arguments, node.outputs.map { graph[$0].type }, in: &context)
            else { continue }
            for (output, tensor) in zip(node.outputs, made) where tensor.tensorType == graph[output].type {
                values[output] = tensor
                kinds[output] = inputs.reduce(into: []) { $0.formUnion(kinds[$1] ?? []) }
                sizes[output] = max(size, tensor.count)
                let isRead =
                    outputs.contains(output) || users[output]?.contains { !computing.contains($0) } ?? false
                // Weights that are not stored in the form they are used in (quantised, in half precision)
                // keep their form.
                let isOfOneKind = (kinds[output] ?? []).allSatisfy {
                    $0 == tensor.type || [.int64, .int32, .bool].contains($0)
                }
                let hasWeights = inputs.contains { (kinds[$0] ?? []).contains(tensor.type) }
                if isRead, isOfOneKind && hasWeights || isDequantisation(node), tensor.type.isFloatingPoint {
                    results[output] = tensor
                }
            }
        }
    }
}
