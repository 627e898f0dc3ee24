package import Coupling
package import Graph
internal import Torch

extension NetworkMoments {
    /// The moments of a group's producers for independent inputs of mean zero and variance one.
    ///
    /// A channel's mean is then its bias, its deviation the norm of its weights.
    package init(independentInputsOf group: CoupledGroup, in graph: Graph) throws {
        self.init()
        let producers = Dictionary(grouping: group.members(.producer), by: \.parameter)
        for id in graph.nodeIDs {
            let node = graph[id]
            guard let output = node.outputs.first, node.outputs.count == 1,
                let member = node.inputs.lazy.compactMap({ $0.flatMap { producers[$0]?.first } }).first,
                let weight = graph[member.parameter].tensor
            else { continue }
            let others = (0..<weight.rank).filter { $0 != member.axis }
            let deviation = try weight.converted(to: .float64).reduced(.l2Norm, axes: others).doubles()
            let bias = node.op.biasInput
                .flatMap { node.inputs.indices.contains($0) ? node.inputs[$0] : nil }
                .flatMap { graph[$0].tensor }
            let mean = try bias?.converted(to: .float64).doubles() ?? []
            self = replacing([
                graph[output].name: Channels(
                    mean: mean.count == deviation.count ? mean : deviation.map { _ in 0 },
                    deviation: deviation)
            ])
        }
    }
}
