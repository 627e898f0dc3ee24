import Graph
import Operators
import Torch

/// Nodes, and what stands in the places of choices and of functions of the model's own.
extension GraphImporter {
    /// How many choices are followed into both branches.
    private static let greatestChoiceCount = 256

    /// Adds all nodes of the model.
    mutating func addNodes() throws {
        var nodes: [Onnx_NodeProto] = []
        try trace(model.graph.node.map { (node: $0, depth: 0) }, into: &nodes)
        guard unexpanded != nil else { return }
        model.graph.node = nodes
    }

    /// Adds nodes, or what stands in their places.
    ///
    /// - Parameters:
    ///   - list: The nodes, with how deep in branches and functions they were.
    ///   - nodes: The messages of what was added.
    private mutating func trace(
        _ list: [(node: Onnx_NodeProto, depth: Int)], into nodes: inout [Onnx_NodeProto]
    ) throws {
        var pending = Array(list.reversed())
        while let (node, depth) = pending.popLast() {
            if depth < NodeInliner.greatestDepth {
                if let expansion = try expansion(of: node) {
                    try open(expansion)
                    pending += expansion.nodes.reversed().map { ($0, depth + 1) }
                    continue
                }
                if try addChoice(node, depth, into: &nodes) { continue }
            }
            try add(node)
            nodes.append(node)
        }
    }

    /// Takes in the stored tensors and types of what stands in place of a node.
    private mutating func open(_ expansion: NodeInliner.Expansion) throws {
        if unexpanded == nil { unexpanded = model }
        for type in expansion.types { declared[type.name] = type }
        model.graph.valueInfo += expansion.types
        for tensor in expansion.initialisers {
            model.graph.initializer.append(tensor)
            try addInitialiser(
                at: model.graph.initializer.count - 1, TensorReader.tensor(tensor, external: external))
        }
    }

    /// Returns what stands in place of a node, if anything does.
    private mutating func expansion(of node: Onnx_NodeProto) throws -> NodeInliner.Expansion? {
        if let function = inliner.function(of: node) {
            return inliner.obstacle(to: function) == nil ? inliner.body(of: function, in: node) : nil
        }
        if let mean = try mean(for: node) { return mean }
        if let plain = try quantised(node) { return plain }
        if let along = try neighbours(node) { return along }
        guard node.opType == "If", node.isStandard, let condition = node.input.first.flatMap({ values[$0] }),
            let known = graph[condition].known, known.count == 1, isSettled(condition)
        else { return nil }
        return inliner.branch(try known.scalar() != 0, of: node)
    }

    /// Adds an If of which either branch may be taken; returns whether that could be done.
    ///
    /// Where the branches do not make the same at these lengths, and the lengths say which one is taken, that one is added.
    private mutating func addChoice(
        _ node: Onnx_NodeProto, _ depth: Int, into nodes: inout [Onnx_NodeProto]
    ) throws -> Bool {
        guard node.opType == "If", node.isStandard, choiceCount < Self.greatestChoiceCount,
            log.nodeCount < LengthSearch.greatestWork,
            let condition = node.input.first.flatMap({ values[$0] }), graph[condition].type.isKnown
        else { return false }
        choiceCount += 1
        let misfit = log.misfit
        var attempt = self
        if let both = attempt.inliner.bothBranches(of: node),
            attempt.succeeds(with: both, depth, into: &nodes)
        {
            self = attempt
            return true
        }
        log.misfit = misfit
        // What was tried in vain counts too: choices inside of choices would else double the work at every level.
        choiceCount = attempt.choiceCount
        attempt = self
        if let known = graph[condition].known, known.count == 1,
            let taken = attempt.inliner.branch(try known.scalar() != 0, of: node),
            attempt.succeeds(with: taken, depth, into: &nodes)
        {
            attempt.settledChoices.append(node.label)
            self = attempt
            return true
        }
        log.misfit = misfit
        choiceCount = attempt.choiceCount
        return false
    }

    /// Adds what stands in place of a node; returns whether it fits together.
    private mutating func succeeds(
        with expansion: NodeInliner.Expansion, _ depth: Int, into nodes: inout [Onnx_NodeProto]
    ) -> Bool {
        var made = nodes
        do {
            try open(expansion)
            try trace(expansion.nodes.map { ($0, depth + 1) }, into: &made)
        } catch {
            return false
        }
        nodes = made
        return true
    }

    /// Whether a known value is the same at every length that the model leaves open.
    private func isSettled(_ value: ValueID) -> Bool {
        guard lengths.isOpen else { return true }
        var (seen, pending) = (Set([value]), [value])
        while let next = pending.popLast() {
            guard case .node(let id) = graph[next].origin else { continue }
            // Such an operator reads lengths.
            guard graph[id].op.freezesUnlinkedInputs else { return false }
            for input in graph[id].inputs.compactMap({ $0 }) where seen.insert(input).inserted {
                pending.append(input)
            }
        }
        return true
    }
}
