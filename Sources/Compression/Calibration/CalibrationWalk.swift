package import Graph
package import Moments
package import Torch

/// Evaluates a graph node by node on all batches at once.
///
/// Values are let go after their last use, so that what is in memory are all batches of the values that are still needed.
package struct CalibrationWalk {
    package let graph: Graph
    private var live: [[ValueID: Tensor]]
    private var finished: [NodeID: [ValueID]] = [:]

    /// Starts at the graph's inputs.
    package init(_ graph: Graph, _ batches: [[Tensor]]) throws {
        self.graph = graph
        live = try batches.map { batch in
            guard batch.count == graph.inputs.count else {
                throw CompressionError(
                    "a batch has \(batch.count) inputs, the network takes \(graph.inputs.count)")
            }
            return Dictionary(uniqueKeysWithValues: zip(graph.inputs, batch))
        }
        for (value, users) in graph.consumers() {
            if let last = users.max() { finished[last, default: []].append(value) }
        }
    }

    var batchCount: Int { live.count }

    /// Returns what is known of a value in a batch: its activations, or the stored tensor.
    func value(_ id: ValueID, batch: Int) throws -> Tensor {
        guard let tensor = live[batch][id] ?? graph[id].tensor else {
            throw CompressionError("\(graph[id].name) is not known on the calibration images")
        }
        return tensor
    }

    /// Returns the first output of a node, with other tensors in place of some of its inputs.
    func output(of id: NodeID, batch: Int, replacing: [ValueID: Tensor] = [:]) throws -> [Tensor] {
        let node = graph[id]
        let inputs = try node.inputs.map { input in
            try input.map { try replacing[$0] ?? value($0, batch: batch) }
        }
        var context = EvaluationContext()
        do {
            return try node.op.evaluate(inputs, in: &context)
        } catch let error as TorchError {
            throw GraphError(error.message, node: node.name)
        }
    }

    /// Evaluates a node in every batch.
    package mutating func run(_ id: NodeID, replacing: [ValueID: Tensor] = [:]) throws {
        for batch in live.indices {
            let outputs = try output(of: id, batch: batch, replacing: replacing)
            for (value, tensor) in zip(graph[id].outputs, outputs) { live[batch][value] = tensor }
        }
    }

    /// Changes what is known of a value in every batch.
    package mutating func update(_ id: ValueID, _ change: (Tensor) throws -> Tensor) throws {
        for batch in live.indices {
            if let tensor = live[batch][id] { live[batch][id] = try change(tensor) }
        }
    }

    /// Lets go of what no node behind this one needs.
    mutating func finish(_ id: NodeID) {
        for batch in live.indices {
            for value in finished[id] ?? [] { live[batch][value] = nil }
        }
    }

    /// Returns the mean and the deviation of each lane of a value's axis, over all batches.
    package func moments(of id: ValueID, axis: Int) throws -> (mean: [Double], deviation: [Double]) {
        let lanes = graph[id].type.shape[axis]
        var sum = [Double](repeating: 0, count: lanes)
        var squares = sum
        var count = 0
        for batch in live.indices {
            let tensor = try value(id, batch: batch)
            let others = (0..<tensor.rank).filter { $0 != axis }
            count += tensor.count / max(lanes, 1)
            let double = try tensor.converted(to: .float64)
            for (lane, value) in try double.reduced(.sum, axes: others).doubles().enumerated() {
                sum[lane] += value
            }
            let square = try double.multiplied(by: double).reduced(.sum, axes: others).doubles()
            for (lane, value) in square.enumerated() { squares[lane] += value }
        }
        let mean = sum.map { $0 / Double(max(count, 1)) }
        let deviation = zip(squares, mean).map { square, mean in
            max(square / Double(max(count, 1)) - mean * mean, 0).squareRoot()
        }
        return (mean, deviation)
    }
}
