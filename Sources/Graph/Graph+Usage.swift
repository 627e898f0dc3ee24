internal import Torch

extension Graph {
    /// Whether the first axes of all inputs, scalars aside, count samples: they have one length. Otherwise, as with a recurrent
    /// network's state that has its layers there, one run at the network's own lengths is a sample.
    package var countsSamples: Bool { Set(inputs.compactMap { self[$0].type.shape.first }).count <= 1 }

    /// Returns the nodes that read each value.
    public func consumers() -> [ValueID: [NodeID]] {
        var users: [ValueID: [NodeID]] = [:]
        for id in nodeIDs {
            for input in Set(self[id].inputs.compactMap { $0 }) { users[input, default: []].append(id) }
        }
        return users
    }

    /// The number of elements of all floating-point parameters.
    public var parameterCount: Int {
        parameters.reduce(0) { $0 + (self[$1].type.element.isFloatingPoint ? self[$1].type.count ?? 0 : 0) }
    }

    /// Returns the nodes needed to compute values from others that are already known, in order.
    public func nodes(computing targets: [ValueID], from known: Set<ValueID>) -> [NodeID] {
        var wanted = Set(targets).subtracting(known)
        var needed: [NodeID] = []
        for id in nodeIDs.reversed() where self[id].outputs.contains(where: wanted.contains) {
            needed.append(id)
            for input in self[id].inputs.compactMap({ $0 }) where !known.contains(input) {
                wanted.insert(input)
            }
        }
        return needed.reversed()
    }

    /// Returns a name that no value has, nor one of another graph: the given one, or with a number appended.
    package func freshName(_ name: String, besides other: Graph? = nil) -> String {
        func isFree(_ name: String) -> Bool {
            !namesInUse.contains(name) && !(other?.namesInUse.contains(name) ?? false)
        }
        return isFree(name) ? name : (1...).lazy.map { "\(name).\($0)" }.first(where: isFree) ?? name
    }
}
