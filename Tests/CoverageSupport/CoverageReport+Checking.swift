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
                let pair = stage("merge") { try PairedNetwork(folded, coupling) }
                if let pair { compare(pair, inputs) }
            }
        }
        return outputs.map { tensors in
            StateDictionary(zip(graph.outputs, tensors).map { ("output:\(graph[$0].name)", $1) })
        }
    }

    private mutating func compare(_ pair: PairedNetwork, _ inputs: [Tensor]) {
        guard let expected = stage("run paired", { try Executor(pair.paired).run(inputs) }) else { return }
        noise = stage("run nudged") {
            let nudged = try inputs.map {
                $0.type.isFloatingPoint ? try $0.applying(.multiplied(1 + 1e-6)) : $0
            }
            return try Self.difference(Executor(pair.paired).run(nudged), expected)
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
