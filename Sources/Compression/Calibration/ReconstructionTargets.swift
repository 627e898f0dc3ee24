internal import Coupling
internal import Graph

/// What each layer's outputs must be after compression: those of the original layer, merged as the plan says.
struct ReconstructionTargets {
    private struct Key: Hashable {
        let parameter: String
        let axis: Int
    }

    /// The mixings of each producing axis in the order of the steps.
    private var mixings: [Key: [AxisMixing]] = [:]

    /// Follows plans through the graph that the first was made for.
    ///
    /// - Returns: The targets and the compressed graph.
    static func following(_ plans: [CompressionPlan], from graph: Graph) throws -> (Self, Graph) {
        var targets = ReconstructionTargets()
        let compressed = try plans.reduce(graph) { graph, plan in
            try plan.applied(to: graph) { current, changes in
                for (key, mixing) in try current.mixings(changes) {
                    let isConsuming = changes.contains { change in
                        change.group.members(.consumer).contains {
                            $0.parameter == key.parameter && $0.axis == key.axis
                        }
                    }
                    if isConsuming { continue }
                    let place = Key(parameter: current[key.parameter].name, axis: key.axis)
                    targets.mixings[place, default: []].append(mixing)
                }
            }
        }
        return (targets, compressed)
    }

    /// The mixings of an axis, first to last.
    func mixings(_ parameter: String, axis: Int) -> [AxisMixing] {
        mixings[Key(parameter: parameter, axis: axis)] ?? []
    }
}
