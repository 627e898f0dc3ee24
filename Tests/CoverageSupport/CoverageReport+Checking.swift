internal import Analysis
package import Checkpoints
internal import Compression
internal import Coupling
package import Graph
internal import NetworkSupport
package import Torch

extension CoverageReport {
    /// The tensors of a graph's inputs, out of a state dictionary with names such as "input:images".
    package static func inputs(of graph: Graph, in tensors: StateDictionary) throws -> [Tensor] {
        try graph.inputs.map { try tensors.tensor(named: "input:\(graph[$0].name)") }
    }

    /// Reads a network and checks everything about it that needs no other program.
    ///
    /// - Returns: The outputs by name, where the network ran.
    package mutating func check(_ graph: Graph, _ inputs: [Tensor]) -> StateDictionary? {
        nodes = graph.nodes.count
        let outputs = stage("run") { try Executor(graph).run(inputs) }
        if let folded = stage("fold", { try BatchNormFolding.exact.folded(graph) }) {
            if let outputs {
                foldingDifference = stage("run folded") {
                    try Self.difference(Executor(folded).run(inputs), outputs)
                }
            }
            if let coupling = stage("couple", { try Coupling(folded) }) {
                describe(coupling, folded)
                if let outputs, !compareDoubled(folded, coupling, inputs, outputs) {
                    let pair = stage("merge") { try PairedNetwork(folded, coupling) }
                    if let pair { comparePaired(pair, inputs) }
                }
            }
        }
        return outputs.map { tensors in
            StateDictionary(zip(graph.outputs, tensors).map { ("output:\(graph[$0].name)", $1) })
        }
    }

    /// Doubles the network and merges the pairs again; returns whether that could be done.
    private mutating func compareDoubled(
        _ graph: Graph, _ coupling: Coupling, _ inputs: [Tensor], _ expected: [Tensor]
    ) -> Bool {
        let start = ContinuousClock().now
        defer { seconds["double"] = (ContinuousClock().now - start) / .seconds(1) }
        do {
            let network = try DoubledNetwork(graph, coupling)
            let difference = try Self.difference(Executor(network.doubled).run(inputs), expected)
            doublingDifference = difference
            guard difference <= Self.greatestDoublingDifference else {
                obstacle = "the doubled network's outputs differ"
                return false
            }
            mergingDifference = try Self.difference(Executor(network.merged).run(inputs), expected)
            deletionDifference = try Self.difference(Executor(network.deleted).run(inputs), expected)
            let nudged = try Self.nudged(inputs)
            noise = try Self.difference(Executor(graph).run(nudged), expected)
            isDoubled = true
            return true
        } catch {
            obstacle = "\(error)"
            return false
        }
    }

    /// What doubling and merging each group alone changes of a network's outputs; nil with the reason where it cannot be done.
    package static func differencesByGroup(
        of graph: Graph, _ inputs: [Tensor]
    ) throws -> [(group: String, differences: (doubled: Double, merged: Double)?, obstacle: String)] {
        let folded = try BatchNormFolding.exact.folded(graph)
        let coupling = try Coupling(folded)
        let expected = try Executor(folded).run(inputs)
        return coupling.groups.map { group in
            let name = "\(group.index) (\(group.width), \(group.members.first?.name ?? ""))"
            do {
                let network = try DoubledNetwork(folded, coupling, only: [group.index])
                let doubled = try difference(Executor(network.doubled).run(inputs), expected)
                return (name, (doubled, try difference(Executor(network.merged).run(inputs), expected)), "")
            } catch {
                return (name, nil, "\(error)")
            }
        }
    }

    /// Beyond this the doubled network is another one: the pairs cannot be laid side by side everywhere.
    private static let greatestDoublingDifference = 1e-3

    /// Inputs changed by a millionth.
    private static func nudged(_ inputs: [Tensor]) throws -> [Tensor] {
        try inputs.map { $0.type.isFloatingPoint ? try $0.applying(.multiplied(1 + 1e-6)) : $0 }
    }

    private mutating func comparePaired(_ pair: PairedNetwork, _ inputs: [Tensor]) {
        guard let expected = stage("run paired", { try Executor(pair.paired).run(inputs) }) else { return }
        noise = stage("run nudged") {
            try Self.difference(Executor(pair.paired).run(Self.nudged(inputs)), expected)
        }
        mergingDifference = stage("run merged") {
            try Self.difference(Executor(pair.merged).run(inputs), expected)
        }
        deletionDifference = stage("run deleted") {
            try Self.difference(Executor(pair.deleted).run(inputs), expected)
        }
    }

    private mutating func describe(_ coupling: Coupling, _ graph: Graph) {
        groups = coupling.groups.count
        let share = PrunableShare(graph, coupling)
        self.share = share
        fraction = share.fraction
        frozen = coupling.frozen.filter { !$0.reason.hasPrefix("they reach") }.map { group in
            Frozen(
                reason: group.reason, width: group.width,
                members: group.members.map { "\($0.name) axis \($0.axis) (\($0.role))" })
        }
    }

    /// The greatest difference of any output, relative to its own greatest element.
    private static func difference(_ first: [Tensor], _ second: [Tensor]) throws -> Double {
        guard first.count == second.count else { return .infinity }
        return try zip(first, second).map { try relativeDifference($0, $1) }.max() ?? 0
    }
}
