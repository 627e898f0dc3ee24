internal import Graph
internal import Torch

/// The means that normalisations over channels take, where a network spells them out in single operators.
///
/// Older versions of the standard have no operator for `(x - mean(x)) / sqrt(mean((x - mean(x))^2) + epsilon)` nor for
/// `x / sqrt(mean(x^2) + epsilon)`. Such a mean does not freeze the channels that it runs over: without some of them it is
/// that of the others, as it is for LayerNormalization. A mean that is used in any other way does.
struct SpelledOutNormalisations {
    private let graph: Graph
    private let users: [ValueID: [NodeID]]

    /// Prepares the search, in time linear in the number of nodes.
    init(_ graph: Graph) {
        self.graph = graph
        users = graph.nodes.contains { $0.type == "ReduceMean" } ? graph.consumers() : [:]
    }

    /// Returns whether a node is a mean that is used for nothing but a normalisation.
    func contain(_ node: Node) -> Bool {
        guard node.type == "ReduceMean", let input = node.inputs.first ?? nil, let output = node.outputs.first
        else { return false }
        return isMeanSquare(input, output) || isCentre(input, output)
    }

    /// Whether a mean of squares does nothing but scale what was squared.
    private func isMeanSquare(_ input: ValueID, _ output: ValueID) -> Bool {
        guard let base = squared(input), let sums = onlyUsers(output) else { return false }
        return sums.allSatisfy { sum in
            guard sum.type == "Add", hasNumber(sum), let roots = onlyUsers(sum.outputs.first) else {
                return false
            }
            return roots.allSatisfy { $0.type == "Sqrt" && divides($0.outputs.first, base) }
        }
    }

    /// Whether a mean is subtracted from what it is the mean of, and the squares of that scale the difference.
    private func isCentre(_ input: ValueID, _ output: ValueID) -> Bool {
        guard let differences = onlyUsers(output),
            differences.allSatisfy({ $0.type == "Sub" && $0.inputs.first == input })
        else { return false }
        return differences.contains { difference in
            users(of: difference.outputs.first).contains { square in
                users(of: square.outputs.first).contains { mean in
                    guard mean.type == "ReduceMean", let squares = square.outputs.first,
                        let result = mean.outputs.first
                    else { return false }
                    return isMeanSquare(squares, result)
                }
            }
        }
    }

    /// Whether a root is the divisor of a value and nothing else, at once or by its reciprocal.
    private func divides(_ root: ValueID?, _ value: ValueID) -> Bool {
        guard let quotients = onlyUsers(root) else { return false }
        return quotients.allSatisfy { quotient in
            if quotient.type == "Div", quotient.inputs.count == 2, quotient.inputs[1] == root,
                isSame(quotient.inputs[0], value)
            {
                return true
            }
            let inverts =
                quotient.type == "Reciprocal"
                || (quotient.type == "Div" && quotient.inputs.last == root
                    && number(quotient.inputs.first ?? nil) == 1)
            guard inverts, let inverse = quotient.outputs.first, let products = onlyUsers(inverse) else {
                return false
            }
            return products.allSatisfy { product in
                product.type == "Mul"
                    && product.inputs.contains { $0 != inverse && isSame($0, value) }
            }
        }
    }

    /// The value whose squares another one holds.
    private func squared(_ value: ValueID) -> ValueID? {
        guard let node = producer(value), node.inputs.count == 2, let base = node.inputs[0] else {
            return nil
        }
        if node.type == "Mul" { return node.inputs[1] == base ? base : nil }
        return node.type == "Pow" && number(node.inputs[1]) == 2 ? base : nil
    }

    /// Whether two values are one, or computed alike from the same ones; the first may have a scale of its own.
    private func isSame(_ first: ValueID?, _ second: ValueID) -> Bool {
        if first == second { return true }
        guard let first, let left = producer(first) else { return false }
        if left.type == "Mul", left.inputs.contains(second),
            left.inputs.contains(where: { $0.flatMap { graph[$0].tensor } != nil })
        {
            return true
        }
        guard let right = producer(second) else { return false }
        return left.type == right.type && ["Sub", "Cast", "Identity"].contains(left.type)
            && left.inputs == right.inputs
    }

    private func producer(_ value: ValueID) -> Node? {
        if case .node(let id) = graph[value].origin { graph[id] } else { nil }
    }

    private func users(of value: ValueID?) -> [Node] {
        value.flatMap { users[$0] }.map { $0.map { graph[$0] } } ?? []
    }

    /// The nodes that read a value; nil where none does or the network puts it out.
    private func onlyUsers(_ value: ValueID?) -> [Node]? {
        guard let value, !graph.outputs.contains(value) else { return nil }
        let nodes = users(of: value)
        return nodes.isEmpty ? nil : nodes
    }

    /// Whether one of a node's inputs is a number.
    private func hasNumber(_ node: Node) -> Bool { node.inputs.contains { number($0) != nil } }

    /// The number that a parameter of one element holds.
    private func number(_ value: ValueID?) -> Double? {
        guard let value, let tensor = graph[value].tensor, tensor.count == 1 else { return nil }
        return try? tensor.scalar()
    }
}
