package import Graph
package import Torch

extension Graph {
    /// Returns the network with weights as large as rectified signals need and random batch-norms.
    ///
    /// PyTorch's initial weights let a signal fade by a factor of sqrt(6) a layer: deep networks would answer every image
    /// alike, and a mistake in an early layer would not show.
    package func enlivened(seed: UInt64) throws -> Graph {
        var tensors: [ValueID: Tensor] = [:]
        for id in parameters where self[id].type.shape.count > 1 {
            tensors[id] = try self[id].tensor?.applying(.multiplied(6.0.squareRoot()))
        }
        for id in nodeIDs where self[id].type == "BatchNormalization" {
            let inputs = self[id].inputs.compactMap { $0 }.dropFirst()
            guard let scale = inputs.first else { continue }
            let statistics = try NormalisationStatistics(
                channels: self[scale].type.shape[0], seed: seed &+ UInt64(id.number))
            for (input, part) in zip(inputs, statistics.tensors) { tensors[input] = part.tensor }
        }
        return try replacing(parameters: tensors)
    }

    /// Returns the network's only output.
    package func logits(_ images: Tensor) throws -> Tensor {
        let outputs = try Executor(self).run([images])
        guard let first = outputs.first else { throw GraphError("\(name) has no output") }
        return first
    }

    /// Returns a parameter by its name.
    package func parameter(_ name: String) throws -> Tensor {
        guard let tensor = value(named: name).flatMap({ self[$0].tensor }) else {
            throw GraphError("there is no parameter \(name)")
        }
        return tensor
    }

    /// Returns the names of the parameters that are not the same in another network, bit by bit.
    package func differences(from other: Graph) throws -> [String] {
        guard parameters.map({ self[$0].name }) == other.parameters.map({ other[$0].name }) else {
            return ["the parameters' names"]
        }
        return try zip(parameters, other.parameters).compactMap { mine, theirs in
            guard let first = self[mine].tensor, let second = other[theirs].tensor else { return nil }
            if first.isIdentical(to: second) { return nil }
            let same = try first.tensorType == second.tensorType && first.bytes() == second.bytes()
            return same ? nil : self[mine].name
        }
    }
}

/// Returns the greatest difference of two tensors relative to the greatest element of the second; infinite where shapes
/// differ or something is not a number.
package func relativeDifference(_ first: Tensor, _ second: Tensor) throws -> Double {
    guard first.shape == second.shape else { return .infinity }
    let (left, right) = (try first.doubles(), try second.doubles())
    let scale = right.reduce(0) { max($0, $1.magnitude) }
    var greatest = 0.0
    for (a, b) in zip(left, right) {
        guard a.isFinite, b.isFinite else { return .infinity }
        greatest = max(greatest, (a - b).magnitude)
    }
    return scale > 0 ? greatest / scale : greatest
}

/// Returns how much the rows of logits differ from the first one, relative to the greatest logit.
package func spread(_ logits: Tensor) throws -> Double {
    let first = try logits.sliced(axis: 0, 0..<1)
    return try relativeDifference(
        logits, first.expanded(to: logits.shape))
}
