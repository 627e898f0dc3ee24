internal import Coupling
public import Graph
internal import Torch

/// The cost of a network for other widths of its groups, from shapes alone.
///
/// The length of every axis is `fixed + sum_g lanes_g w_g`. A parameter's size and a node's work follow from
/// it, including what the producers and consumers of several groups share. Exact if all channels of a group
/// have the same number of lanes on an axis. A pair of layers counts as one where it is not worth two.
public struct WidthCosts: Sendable {
    /// The length of an axis.
    private struct Length {
        let fixed: Int
        /// For each group on the axis: its index, its lanes there, and its channels.
        let parts: [(group: Int, lanes: Int, width: Int)]

        func value(_ widths: [Int]) -> Int {
            parts.reduce(fixed) { sum, part in
                sum
                    + (part.lanes % part.width == 0
                        ? part.lanes / part.width * widths[part.group]
                        : part.lanes * widths[part.group] / part.width)
            }
        }
    }

    private struct Shape {
        let element: DType
        var lengths: [Length]

        var groups: Set<Int> { Set(lengths.flatMap { $0.parts.map(\.group) }) }

        func type(_ widths: [Int]) -> TensorType { TensorType(element, lengths.map { $0.value(widths) }) }
    }

    /// A node with work to count.
    private struct Work {
        let op: any Operator
        let inputs: [Shape?]
        let constants: [Tensor?]
        let outputs: [Shape]

        func cost(_ widths: [Int]) -> OperatorCost {
            op.cost(
                OperatorInputs(types: inputs.map { $0?.type(widths) }, constants: constants),
                outputs: outputs.map { $0.type(widths) })
        }
    }

    /// What is counted together: a parameter, a node, or a pair of layers with their weights.
    private struct Item {
        var parameters: [Shape] = []
        var works: [Work] = []
        /// The product of a pair, which takes its place where the pair is not worth two layers.
        var joint: (weight: Shape, work: Work)?

        /// The groups that the cost depends on.
        var groups: Set<Int> {
            works.reduce(into: Set(parameters.flatMap(\.groups))) { result, work in
                for shape in work.inputs.compactMap({ $0 }) + work.outputs { result.formUnion(shape.groups) }
            }
        }

        /// Whether the pair is not worth two layers.
        func isIdle(_ widths: [Int]) -> Bool {
            guard let joint else { return false }
            func count(_ shape: Shape) -> Int { shape.type(widths).count ?? .max / 4 }
            return !FactoredLayer.isWorthwhile(
                parameters.reduce(0) { $0 + count($1) }, insteadOf: count(joint.weight))
        }

        func add(to sum: inout NetworkCost, _ widths: [Int]) {
            let isIdle = isIdle(widths)
            for shape in isIdle ? [joint].compactMap({ $0?.weight }) : parameters {
                let type = shape.type(widths)
                sum.add(elements: type.count ?? .max, bytesPerElement: type.element.byteCount)
            }
            for work in isIdle ? [joint].compactMap({ $0?.work }) : works { sum.add(work.cost(widths)) }
        }
    }

    /// The present widths, by the groups' indices.
    public let dense: [Int]
    private let items: [Item]
    /// The items that depend on each group's width.
    private let itemsOfGroup: [[Int]]
    /// The pairs of layers, by the group between them.
    private let pairs: [Int: Int]

    /// Reads the shapes of a network.
    init(_ graph: Graph, _ coupling: Coupling, factoredLayers: [FactoredLayer] = []) {
        let groups = coupling.groups
        var shapes: [ValueID: Shape] = [:]
        func shape(_ id: ValueID) -> Shape {
            if let known = shapes[id] { return known }
            let type = graph[id].type
            let lengths = type.shape.enumerated().map { axis, length in
                let counts = coupling.laneCounts(id, axis: axis, length: length).sorted { $0.key < $1.key }
                return Length(
                    fixed: length - counts.reduce(0) { $0 + $1.value },
                    parts: counts.map { ($0.key, $0.value, groups[$0.key].width) })
            }
            let made = Shape(element: type.element, lengths: lengths)
            shapes[id] = made
            return made
        }
        func work(_ id: NodeID) -> Work {
            let node = graph[id]
            return Work(
                op: node.op, inputs: node.inputs.map { $0.map(shape) },
                constants: node.inputs.map { $0.flatMap { graph[$0].tensor } },
                outputs: node.outputs.map(shape))
        }
        var items: [Item] = []
        var pairs: [Int: Int] = [:]
        for layer in factoredLayers {
            let (first, second) = (shape(layer.firstWeight), shape(layer.secondWeight))
            var joint = first
            joint.lengths[layer.outputAxes.first] = second.lengths[layer.outputAxes.second]
            let (before, after) = (work(layer.first), work(layer.second))
            let inputs = before.inputs.enumerated().map {
                graph[layer.first].inputs[$0] == layer.firstWeight ? joint : $1
            }
            if let group = first.lengths[layer.outputAxes.first].parts.first?.group {
                pairs[group] = items.count
            }
            items.append(
                Item(
                    parameters: [first, second], works: [before, after],
                    joint: (
                        joint,
                        Work(
                            op: before.op, inputs: inputs, constants: before.constants.map { _ in nil },
                            outputs: after.outputs)
                    )))
        }
        let paired = (
            weights: Set(factoredLayers.flatMap { [$0.firstWeight, $0.secondWeight] }),
            nodes: Set(factoredLayers.flatMap { [$0.first, $0.second] })
        )
        for id in graph.parameters
        where graph[id].type.element.isFloatingPoint && !paired.weights.contains(id) {
            items.append(Item(parameters: [shape(id)]))
        }
        for id in graph.nodeIDs where !paired.nodes.contains(id) {
            let node = graph[id]
            let cost = node.op.cost(
                graph.operatorInputs(node.inputs), outputs: node.outputs.map { graph[$0].type })
            guard cost != OperatorCost() else { continue }
            items.append(Item(works: [work(id)]))
        }
        var itemsOfGroup = [[Int]](repeating: [], count: groups.count)
        for (index, item) in items.enumerated() {
            for group in item.groups { itemsOfGroup[group].append(index) }
        }
        (self.items, self.itemsOfGroup, self.pairs) = (items, itemsOfGroup, pairs)
        dense = groups.map(\.width)
    }

    /// Returns the cost of the network with the given widths, one per group.
    public func cost(_ widths: [Int]) -> NetworkCost {
        cost(widths, items.indices)
    }

    /// Returns the part of the cost that depends on one group's width.
    package func cost(of group: Int, _ widths: [Int]) -> NetworkCost {
        cost(widths, itemsOfGroup[group])
    }

    /// Whether a group lies between a pair of layers that is not worth two layers at the given widths.
    package func isIdle(_ group: Int, _ widths: [Int]) -> Bool {
        pairs[group].map { items[$0].isIdle(widths) } ?? false
    }

    /// The groups whose costs depend on each other's widths, including the group itself.
    package func neighbours(of group: Int) -> Set<Int> {
        itemsOfGroup[group].reduce(into: [group]) { $0.formUnion(items[$1].groups) }
    }

    private func cost(_ widths: [Int], _ indices: some Sequence<Int>) -> NetworkCost {
        var sum = NetworkCost()
        for index in indices { items[index].add(to: &sum, widths) }
        return sum
    }
}
