internal import Graph
internal import Torch

/// A function of single elements that several nodes compute together: GELU as Div, Erf, Add, Mul and Mul.
struct PointwiseFunction {
    /// The value that it reads.
    let source: ValueID
    /// The nodes, in the order of evaluation.
    private let nodes: [NodeID]
    private let result: ValueID
    private let graph: Graph

    /// The most nodes of one activation.
    private static let mostNodes = 32

    /// Finds the function that ends in a value, starting from the earliest possible value.
    ///
    /// - Parameter isSource: Whether a value's moments are known, so the function may start there.
    /// - Returns: nil if the value is not a function of single elements of another.
    init?(endingIn value: ValueID, in network: AnalysedNetwork, isSource: (ValueID) -> Bool) throws {
        let graph = network.graph
        var open: Set<ValueID> = [value]
        var passed: [NodeID] = []
        var found: (source: ValueID, nodes: [NodeID])?
        while passed.count < Self.mostNodes, let latest = open.max(by: { graph.place($0) < graph.place($1) }),
            case .node(let id) = graph[latest].origin, graph[id].outputs.count == 1,
            try network.effect(of: id).isElementwise
        {
            let shape = graph[latest].type.shape
            let read = graph[id].inputs.compactMap { $0 }.filter { graph[$0].known == nil }
            guard read.allSatisfy({ graph[$0].type.shape == shape }) else { break }
            open.remove(latest)
            open.formUnion(read)
            passed.append(id)
            if let only = open.first, open.count == 1, isSource(only) { found = (only, passed) }
        }
        guard let found else { return nil }
        source = found.source
        nodes = found.nodes.reversed()
        result = value
        self.graph = graph
    }

    /// Evaluates the function at points of each channel. `[channels, points]`
    ///
    /// - Parameter constants: A stored input of more than one number, arranged by channel, `[channels]`; nil
    ///   ends the evaluation.
    /// - Returns: nil if a constant is missing.
    func evaluate(_ points: Tensor, constants: (Node, Int) throws -> Tensor?) throws -> Tensor? {
        var values = [source: points]
        for id in nodes {
            let node = graph[id]
            var inputs: [Tensor?] = []
            for (index, input) in node.inputs.enumerated() {
                guard let input else {
                    inputs.append(nil)
                    continue
                }
                if let value = values[input] {
                    inputs.append(value)
                    continue
                }
                guard let stored = graph[input].known else { return nil }
                guard stored.count != 1 else {
                    let number = try stored.reshaped([])
                    inputs.append(
                        stored.type.isFloatingPoint ? try number.converted(to: points.type) : number)
                    continue
                }
                guard let own = try constants(node, index), own.count == points.shape[0] else { return nil }
                inputs.append(try own.reshaped([own.count, 1]).converted(to: points.type))
            }
            var context = EvaluationContext()
            guard let output = node.outputs.first,
                let value = try node.op.evaluate(inputs, in: &context).first
            else { throw GraphError("has no output", node: node.name) }
            values[output] = value
        }
        return values[result]
    }
}

extension Graph {
    /// The number of the node that makes a value; -1 if none does.
    fileprivate func place(_ value: ValueID) -> Int {
        guard case .node(let id) = self[value].origin else { return -1 }
        return id.number
    }
}

extension ChannelEffect {
    /// Whether each element of the output depends only on the elements of the inputs at the same place.
    fileprivate var isElementwise: Bool {
        switch self {
        case .rectification, .function, .product, .elementwise, .sum: true
        case .unknown, .arrangement, .average, .maximum, .normalisation, .matrixProduct, .filter: false
        }
    }
}

extension JointMoments {
    /// The moments after a function of single elements, and the slopes; nil if one of its constants is missing.
    func expanded(
        by function: PointwiseFunction, constants: @escaping (Node, Int) throws -> Tensor?
    ) throws -> (moments: JointMoments, slope: Tensor)? {
        let one = try mean.reshaped([mean.count, 1])
        guard try function.evaluate(one, constants: constants) != nil else { return nil }
        return try expanded(
            by: .other { points in
                guard let values = try function.evaluate(points, constants: constants) else {
                    throw GraphError("a constant is missing")
                }
                return values
            })
    }
}
