internal import Graph
internal import Torch

extension Graph {
    /// Returns this network with the weights of another one with the same layers, matched by name.
    ///
    /// - Throws: `LandscapeError` naming what differs.
    func adopting(weightsOf other: Graph, named names: (String, String)) throws -> Graph {
        guard nodes.count == other.nodes.count, zip(nodes, other.nodes).allSatisfy({ $0.type == $1.type })
        else {
            throw LandscapeError(
                "\(names.0) and \(names.1) have other layers: a line joins two networks of equal shape")
        }
        var tensors: [ValueID: Tensor] = [:]
        for id in parameters {
            let name = self[id].name
            guard let tensor = other.value(named: name).flatMap({ other[$0].tensor }) else {
                throw LandscapeError("\(names.1) has no parameter \(name), as \(names.0) has")
            }
            guard tensor.shape == self[id].type.shape, tensor.type == self[id].type.element else {
                throw LandscapeError(
                    "\(name) is \(self[id].type.shape) in \(names.0) and \(tensor.shape) in \(names.1): a line joins two networks of equal shape"
                )
            }
            tensors[id] = tensor
        }
        return try replacing(parameters: tensors)
    }
}
