import Graph
import Operators
import Torch

/// Nodes, and replacements for choices and for the model's own functions.
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

    /// Adds nodes, or their replacements.
    ///
    /// - Parameters:
    ///   - list: The nodes, with their depth in branches and functions.
    ///   - nodes: The messages of the added nodes.
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

    /// Adds the stored tensors and types of a node's replacement.
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

    /// Returns the replacement for a node, if there is one.
    private mutating func expansion(of node: Onnx_NodeProto) throws -> NodeInliner.Expansion? {
        if let function = inliner.function(of: node) {
            return inliner.obstacle(to: function) == nil ? inliner.body(of: function, in: node) : nil
        }
        if let mean = try mean(for: node) { return mean }
        if let plain = try quantised(node) ?? blockQuantised(node) { return plain }
        if let along = try neighbours(node) { return along }
        guard node.opType == "If", node.isStandard, let condition = node.input.first.flatMap({ values[$0] }),
            let known = graph[condition].known, known.count == 1, isSettled(condition)
        else { return nil }
        return inliner.branch(try known.scalar() != 0, of: node)
    }

    /// Adds an If with two possible branches; returns whether that succeeded.
    ///
    /// If both branches do not fit at these lengths, and the lengths decide which is taken, only that one is
    /// added.
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
        // Failed attempts count too: nested choices would otherwise double the work at every level.
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

    /// Adds the replacement for a node; returns whether its shapes fit.
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

    /// Whether a known value is the same for all values of the model's open lengths.
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
