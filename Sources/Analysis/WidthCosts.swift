internal import Coupling
public import Graph
internal import Torch

/// The cost of a network for other widths of its groups, from shapes alone.
///
/// The length of every axis is `fixed + sum_g lanes_g w_g`. A parameter's size and a node's work follow from
/// it, including what the producers and consumers of several groups share. Exact if all channels of a group
/// have the same number of lanes on an axis.
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
        let lengths: [Length]

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

    /// The present widths, by the groups' indices.
    public let dense: [Int]
    private let parameters: [Shape]
    private let works: [Work]
    /// The parameters and nodes that depend on each group's width.
    private let parametersOfGroup: [[Int]]
    private let worksOfGroup: [[Int]]

    /// Reads the shapes of a network.
    init(_ graph: Graph, _ coupling: Coupling) {
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
        parameters = graph.parameters.filter { graph[$0].type.element.isFloatingPoint }.map(shape)
        works = graph.nodes.compactMap { node in
            let inputs = graph.operatorInputs(node.inputs)
            let cost = node.op.cost(inputs, outputs: node.outputs.map { graph[$0].type })
            guard cost != OperatorCost() else { return nil }
            return Work(
                op: node.op, inputs: node.inputs.map { $0.map(shape) },
                constants: node.inputs.map { $0.flatMap { graph[$0].tensor } },
                outputs: node.outputs.map(shape))
        }
        var parametersOfGroup = [[Int]](repeating: [], count: groups.count)
        for (index, shape) in parameters.enumerated() {
            for group in shape.groups { parametersOfGroup[group].append(index) }
        }
        var worksOfGroup = [[Int]](repeating: [], count: groups.count)
        for (index, work) in works.enumerated() {
            let touched = (work.inputs.compactMap { $0 } + work.outputs).reduce(into: Set<Int>()) {
                $0.formUnion($1.groups)
            }
            for group in touched { worksOfGroup[group].append(index) }
        }
        self.parametersOfGroup = parametersOfGroup
        self.worksOfGroup = worksOfGroup
        dense = groups.map(\.width)
    }

    /// Returns the cost of the network with the given widths, one per group.
    public func cost(_ widths: [Int]) -> NetworkCost {
        cost(widths, parameters.indices, works.indices)
    }

    /// Returns the part of the cost that depends on one group's width.
    package func cost(of group: Int, _ widths: [Int]) -> NetworkCost {
        cost(widths, parametersOfGroup[group], worksOfGroup[group])
    }

    /// The groups whose costs depend on each other's widths, including the group itself.
    package func neighbours(of group: Int) -> Set<Int> {
        var result: Set<Int> = [group]
        for index in parametersOfGroup[group] { result.formUnion(parameters[index].groups) }
        for index in worksOfGroup[group] {
            for shape in works[index].inputs.compactMap({ $0 }) + works[index].outputs {
                result.formUnion(shape.groups)
            }
        }
        return result
    }

    private func cost(
        _ widths: [Int], _ parameterIndices: some Sequence<Int>, _ workIndices: some Sequence<Int>
    ) -> NetworkCost {
        var sum = NetworkCost()
        for index in parameterIndices {
            let type = parameters[index].type(widths)
            sum.add(elements: type.count ?? .max, bytesPerElement: type.element.byteCount)
        }
        for index in workIndices { sum.add(works[index].cost(widths)) }
        return sum
    }
}
