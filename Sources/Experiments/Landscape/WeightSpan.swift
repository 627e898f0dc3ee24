internal import Graph
internal import Torch

/// The networks with weights O + a_1 D_1 + a_2 D_2 + ..., where D_k leads from a network O to another one.
struct WeightSpan: Sendable {
    /// The network O.
    let origin: Graph
    /// The parameters that differ in any of the networks.
    let parameters: [ValueID]
    /// O's tensors of these parameters, in double precision.
    private let starts: [Tensor]
    /// The differences to each other network, in the same order.
    private let directions: [[Tensor]]

    /// Takes networks of the same parameters.
    ///
    /// - Throws: `LandscapeError` naming a parameter whose shape differs, or that cannot be varied.
    init(_ origin: Graph, towards others: [Graph]) throws {
        var parameters: [ValueID] = []
        for id in origin.parameters {
            guard let own = origin[id].tensor else { continue }
            var differs = false
            for other in others {
                let name = origin[id].name
                guard id.number < other.values.count, let tensor = other[id].tensor,
                    tensor.shape == own.shape, tensor.type == own.type
                else {
                    throw LandscapeError("\(name) has another shape in \(other.name) than in \(origin.name)")
                }
                guard !tensor.isIdentical(to: own) else { continue }
                if own.type.isFloatingPoint {
                    differs = true
                } else if try tensor.bytes() != own.bytes() {
                    throw LandscapeError("\(name) holds integers that differ: nothing lies between them")
                }
            }
            if differs { parameters.append(id) }
        }
        func tensors(_ graph: Graph) throws -> [Tensor] {
            try parameters.compactMap { try graph[$0].tensor?.converted(to: .float64) }
        }
        self.origin = origin
        self.parameters = parameters
        let starts = try tensors(origin)
        self.starts = starts
        directions = try others.map { try zip(tensors($0), starts).map { try $0.subtracting($1) } }
    }

    /// Returns the inner product of two directions: the sum over all weights of D_i D_j.
    func product(_ first: Int, _ second: Int) throws -> Double {
        try zip(directions[first], directions[second]).reduce(0) { sum, pair in
            let product = try pair.0.multiplied(by: pair.1)
            return try sum + product.reduced(.sum, axes: Array(product.shape.indices)).scalar()
        }
    }

    /// Returns the network at a place: O + sum over k of a_k D_k.
    func graph(at coefficients: [Double]) throws -> Graph {
        var tensors: [ValueID: Tensor] = [:]
        for (index, id) in parameters.enumerated() {
            var tensor = starts[index]
            for (coefficient, direction) in zip(coefficients, directions) where coefficient != 0 {
                tensor = try tensor.adding(direction[index].applying(.multiplied(coefficient)))
            }
            // Even at O the tensor is a new object, so all places share the same part of the network.
            tensors[id] = try tensor.converted(to: origin[id].type.element)
        }
        return try origin.replacing(parameters: tensors)
    }
}
