package import Analysis
internal import Compression
package import Graph
package import Torch

/// Evaluates a network, and optionally a compressed form of it, node by node on all batches of a calibration.
///
/// A node waits until something after it is requested; then all waiting nodes run, batch by batch, and only values that
/// later nodes need are stored. Values that do not differ in the compressed network are taken from the original one.
package final class CalibrationWalk {
    /// The network that a value belongs to.
    package enum Network: Hashable {
        case original, compressed
    }

    /// Called with each output of a node: the value, its network and its activations in one batch.
    package typealias Observer = (ValueID, Network, Tensor) throws -> Void

    private let graph: Graph
    private let compressed: Graph
    private let calibration: Calibration
    private let store: ActivationStore
    /// The values that differ between the two networks.
    private let differing: Set<ValueID>
    /// The last node that uses a value.
    private let lastUser: [ValueID: NodeID]
    private let lastUses: [NodeID: [ValueID]]
    private var waiting: [NodeID] = []
    /// How values are scaled and shifted when they are read.
    private var changes: [Network: [ValueID: ChannelAffine]] = [:]
    /// The parameters of the compressed network that have been replaced.
    private var parameters: [ValueID: Tensor] = [:]

    /// Starts at the inputs.
    ///
    /// - Parameters:
    ///   - compressed: The compressed network, its nodes and values numbered alike; nil for none.
    ///   - order: The order in which nodes will be passed; nil is the graph's.
    package init(
        _ network: AnalysedNetwork, compressed: Graph? = nil, _ calibration: Calibration,
        order: [NodeID]? = nil
    ) {
        let graph = network.graph
        self.graph = graph
        self.compressed = compressed ?? graph
        self.calibration = calibration
        store = ActivationStore(limit: calibration.memory)
        let order = order ?? graph.nodeIDs
        let places = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
        lastUser = network.readers.compactMapValues { users in
            users.max { places[$0, default: 0] < places[$1, default: 0] }
        }
        var lastUses: [NodeID: [ValueID]] = [:]
        for (value, user) in lastUser { lastUses[user, default: []].append(value) }
        self.lastUses = lastUses
        var differing: Set<ValueID> = []
        if let compressed {
            for id in order {
                let (node, other) = (graph[id], compressed[id])
                let isOther =
                    node.inputs != other.inputs || !node.op.attributes.isIdentical(to: other.op.attributes)
                    || node.inputs.contains { input in
                        guard let input else { return false }
                        if differing.contains(input) { return true }
                        guard let before = graph[input].tensor, let after = compressed[input].tensor else {
                            return false
                        }
                        return !before.isIdentical(to: after)
                    }
                if isOther { differing.formUnion(node.outputs) }
            }
        }
        self.differing = differing
    }

    /// The number of batches.
    var batchCount: Int { calibration.batchCount }

    /// The sample numbers of each batch; batches that show samples varied repeat their numbers.
    func samples() throws -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        for batch in 0..<batchCount {
            if batch >= calibration.distinctBatchCount {
                ranges.append(ranges[batch % calibration.distinctBatchCount])
            } else {
                let count = try calibration.batch(batch).first?.shape.first ?? 1
                let start = ranges.last?.upperBound ?? 0
                ranges.append(start..<start + count)
            }
        }
        return ranges
    }

    /// Whether a value differs between the two networks.
    func differs(_ value: ValueID) -> Bool { differing.contains(value) }

    /// The outputs of a node.
    func outputs(of id: NodeID) -> [ValueID] { graph[id].outputs }

    /// Adds a node to those that wait.
    package func pass(_ id: NodeID) { waiting.append(id) }

    /// Replaces parameters of the compressed network, for nodes that have not run.
    func replace(_ tensors: [ValueID: Tensor]) { parameters.merge(tensors) { $1 } }

    /// Scales and shifts a value whenever it is read from now on.
    package func change(_ value: ValueID, of network: Network, by change: ChannelAffine) {
        let before = changes[network]?[value]
        changes[network, default: [:]][value] = before?.followed(by: change) ?? change
    }

    /// Returns a value that later nodes need: its activations in a batch, or the stored tensor.
    package func value(_ id: ValueID, of network: Network = .original, batch: Int) throws -> Tensor {
        let network = differing.contains(id) ? network : .original
        guard let tensor = try known(id, network, batch, [:]) else {
            throw CompressionError("\(graph[id].name) is not known on the calibration images")
        }
        return tensor
    }

    /// Runs all waiting nodes and gathers the statistics of one output's lanes.
    package func statistics(of value: ValueID, axis: Int) throws -> [Network: ChannelStatistics] {
        var found: [Network: ChannelStatistics] = [:]
        try run { output, network, tensor in
            guard output == value, tensor.rank > axis else { return }
            try found[
                network, default: ChannelStatistics(lanes: tensor.shape[axis], axis: axis)
            ].add(tensor)
        }
        return found
    }

    /// Gathers the statistics of a node's output in the original network before the node is passed.
    func expected(of id: NodeID, axis: Int) throws -> ChannelStatistics? {
        try run()
        var found: ChannelStatistics?
        for batch in 0..<batchCount {
            var local: [Network: [ValueID: Tensor]] = [:]
            try evaluate(id, .original, batch, &local) { value, _, tensor in
                guard value == self.graph[id].outputs.first, tensor.rank > axis else { return }
                var statistics = found ?? ChannelStatistics(lanes: tensor.shape[axis], axis: axis)
                try statistics.add(tensor)
                found = statistics
            }
        }
        return found
    }

    /// Runs all waiting nodes.
    package func run(observing observe: Observer? = nil) throws {
        let nodes = waiting
        waiting = []
        guard !nodes.isEmpty else { return }
        let inside = Set(nodes)
        for batch in 0..<batchCount {
            var local: [Network: [ValueID: Tensor]] = [:]
            for id in nodes {
                let node = graph[id]
                try evaluate(id, .original, batch, &local, observe)
                if node.outputs.contains(where: differing.contains) {
                    try evaluate(id, .compressed, batch, &local, observe)
                }
                for value in lastUses[id] ?? [] {
                    for network in [Network.original, .compressed] {
                        local[network]?[value] = nil
                        store.remove(ActivationStore.Key(network: network, value: value, batch: batch))
                    }
                }
            }
            for (network, values) in local {
                for (value, tensor) in values where lastUser[value].map({ !inside.contains($0) }) ?? false {
                    try store.set(
                        tensor, for: ActivationStore.Key(network: network, value: value, batch: batch))
                }
            }
        }
    }

    private func evaluate(
        _ id: NodeID, _ network: Network, _ batch: Int, _ local: inout [Network: [ValueID: Tensor]],
        _ observe: Observer?
    ) throws {
        let node = (network == .original ? graph : compressed)[id]
        let inputs = try node.inputs.map { input in
            try input.map { input in
                let place = differing.contains(input) ? network : .original
                if network == .compressed, let tensor = parameters[input] ?? compressed[input].tensor {
                    return tensor
                }
                guard let tensor = try known(input, place, batch, local) else {
                    throw CompressionError("\(compressed[input].name) is not known on the calibration images")
                }
                return tensor
            }
        }
        var context = EvaluationContext()
        let outputs: [Tensor]
        do {
            outputs = try node.op.results(
                inputs, node.outputs.map { graph[$0].type }, in: &context)
        } catch let error as TorchError {
            throw GraphError(error.message, node: node.name)
        }
        for (value, tensor) in zip(node.outputs, outputs) {
            try observe?(value, network, tensor)
            local[network, default: [:]][value] = tensor
        }
    }

    /// Finds a value among the local ones, the stored ones, the inputs and the parameters.
    private func known(
        _ id: ValueID, _ network: Network, _ batch: Int, _ local: [Network: [ValueID: Tensor]]
    ) throws -> Tensor? {
        let key = ActivationStore.Key(network: network, value: id, batch: batch)
        if let tensor = try local[network]?[id] ?? store.tensor(key) {
            return try changes[network]?[id]?.applied(to: tensor) ?? tensor
        }
        if let position = graph.inputs.firstIndex(of: id) {
            let inputs = try calibration.batch(batch)
            guard inputs.count == graph.inputs.count else {
                throw CompressionError(
                    "a batch has \(inputs.count) inputs, the network takes \(graph.inputs.count)")
            }
            return inputs[position]
        }
        return graph[id].tensor
    }
}
