internal import Torch

extension Graph {
    /// Returns whether another graph is this one or a copy of it: the same tensor objects, operators and
    /// wiring.
    ///
    /// O(values + nodes). Equal tensors that are different objects make graphs different.
    package func isIdentical(to other: Graph) -> Bool {
        guard inputs == other.inputs, outputs == other.outputs, values.count == other.values.count,
            nodes.count == other.nodes.count
        else { return false }
        let sameValues = zip(values, other.values).allSatisfy { mine, theirs in
            guard mine.name == theirs.name, mine.type == theirs.type else { return false }
            return switch (mine.tensor, theirs.tensor) {
            case (nil, nil): true
            case (let first?, let second?): first.isIdentical(to: second)
            default: false
            }
        }
        return sameValues
            && zip(nodes, other.nodes).allSatisfy { mine, theirs in
                mine.type == theirs.type && mine.op.operatorDomain == theirs.op.operatorDomain
                    && mine.inputs == theirs.inputs && mine.outputs == theirs.outputs
                    && mine.op.attributes.isIdentical(to: theirs.op.attributes)
            }
    }
}

extension Attributes {
    /// Returns whether all values are the same, tensors being the same objects.
    package func isIdentical(to other: Attributes) -> Bool {
        values.count == other.values.count
            && values.allSatisfy { name, value in other[name].map { value.isIdentical(to: $0) } ?? false }
    }
}

extension AttributeValue {
    /// Returns whether both are the same value; tensors must be the same object.
    package func isIdentical(to other: AttributeValue) -> Bool {
        switch (self, other) {
        case (.integer(let mine), .integer(let theirs)): mine == theirs
        case (.float(let mine), .float(let theirs)): mine == theirs
        case (.string(let mine), .string(let theirs)): mine == theirs
        case (.integers(let mine), .integers(let theirs)): mine == theirs
        case (.floats(let mine), .floats(let theirs)): mine == theirs
        case (.strings(let mine), .strings(let theirs)): mine == theirs
        case (.tensor(let mine), .tensor(let theirs)): mine.isIdentical(to: theirs)
        default: false
        }
    }
}
