package import Coupling
package import Graph
internal import Torch

/// How many of a network's weights some coupled group reaches, and how many one could.
///
/// A weight is a floating-point parameter of two or more axes that a layer reads. One of its numbers is **prunable** if
/// the removal of some group's channel would remove it: if it lies, on any of the weight's axes, at a position that
/// belongs to a group. It is a **candidate** if on some axis it lies at a position that does not belong to the network's
/// inputs or outputs. Numbers at which neither axis may ever shrink, those of a layer between the image and the classes,
/// are neither. All numbers of a weight about which no operator says anything are candidates.
package struct PrunableShare: Sendable, Codable {
    /// The numbers of all weights.
    package let weights: Int
    /// The numbers that some group's removal removes.
    package let prunable: Int
    /// The numbers that could be removed without changing the shapes of inputs and outputs.
    package let candidates: Int

    /// prunable / candidates; 1 where there is nothing to prune.
    package var fraction: Double { candidates > 0 ? Double(prunable) / Double(candidates) : 1 }

    /// The operators whose inputs are weights.
    private static let layers: Set<String> = [
        "Conv", "ConvTranspose", "Gemm", "MatMul", "Einsum", "LSTM", "GRU", "RNN", "Gather", "Attention",
        "MultiHeadAttention",
    ]

    /// Counts the weights of a network.
    package init(_ graph: Graph, _ coupling: Coupling) {
        var read: Set<ValueID> = []
        for node in graph.nodes where Self.layers.contains(node.type) {
            read.formUnion(node.inputs.compactMap { $0 })
        }
        var open: [ValueID: [Int: Int]] = [:]
        var ends: [ValueID: [Int: Int]] = [:]
        for group in coupling.groups {
            for member in group.members {
                open[member.parameter, default: [:]][member.axis, default: 0] += member.laneCount
            }
        }
        for group in coupling.frozen where group.reason.hasPrefix("they reach") {
            for member in group.members {
                ends[member.parameter, default: [:]][member.axis, default: 0] += member.laneCount
            }
        }
        var known: [ValueID: Set<Int>] = [:]
        for member in coupling.groups.flatMap(\.members) + coupling.frozen.flatMap(\.members) {
            known[member.parameter, default: []].insert(member.axis)
        }
        var (weights, prunable, candidates) = (0, 0, 0)
        for id in graph.parameters where read.contains(id) {
            let type = graph[id].type
            guard type.element.isFloatingPoint, type.shape.count > 1, let count = type.count else { continue }
            weights += count
            func rest(_ taken: (Int) -> Int) -> Int {
                type.shape.indices.reduce(1) { $0 * (type.shape[$1] - taken($1)) }
            }
            prunable += count - rest { open[id]?[$0] ?? 0 }
            guard let axes = known[id] else {
                candidates += count
                continue
            }
            candidates += count - rest { axes.contains($0) ? type.shape[$0] - (ends[id]?[$0] ?? 0) : 0 }
        }
        (self.weights, self.prunable, self.candidates) = (weights, prunable, candidates)
    }
}

extension GroupMember {
    fileprivate var laneCount: Int { positions.reduce(0) { $0 + $1.count } }
}
