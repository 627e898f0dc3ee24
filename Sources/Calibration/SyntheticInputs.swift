internal import Datasets
internal import Graph
internal import Torch

/// Synthetic inputs of a network, of the kind that each of its inputs takes.
///
/// - Images `[n, 1 or 3, height, width]` are discs and boxes that hide each other.
/// - Signals, which a convolution of one channel slides over, are sounds.
/// - Other floating-point inputs are standard normal.
/// - Integers that select rows of a stored table (tokens, positions) are uniform over its rows.
/// - A single integer or truth value on which the network branches (a sampling rate, say) takes the decisive values in
///   turn, another one in each batch, so every branch is seen.
/// - Other integers and truth values are 1, as in a mask that hides nothing.
///
/// If first axes do not count samples (`Graph.countsSamples`), each batch is one run at the lengths with which the
/// network was traced.
struct SyntheticInputs: Sendable {
    private enum Kind: Sendable {
        case images(SyntheticImageBatches)
        case sounds(shape: [Int], type: DType)
        case normal(shape: [Int], type: DType)
        case rows(count: Int, shape: [Int], type: DType)
        /// The same number everywhere, another one in each batch.
        case alternating([Int], period: Int, shape: [Int], type: DType)
    }

    private let kinds: [Kind]
    private let batches: CalibrationBatches
    /// Which inputs have an axis that counts samples.
    private let isBatched: [Bool]
    private let seed: UInt64

    /// The least number of samples of a signal, and of the windows that slide over it.
    private static let (leastSignal, leastWindow) = (128, 8)

    /// The most numbers in a batch of one input, so a file's declared shape cannot exhaust memory.
    private static let greatestBatch = 1 << 28

    /// Determines what a network takes.
    ///
    /// - Throws: `CalibrationError` naming an input that cannot be generated, or whose batch would be too large.
    init(for graph: Graph, batches: CalibrationBatches, seed: UInt64) throws {
        self.batches = batches
        self.seed = seed
        let users = graph.consumers()
        var combinations = 1
        isBatched = graph.inputs.map { graph.countsSamples && !graph[$0].type.shape.isEmpty }
        kinds = try zip(graph.inputs, isBatched).map { input, isBatched in
            let (name, type) = (graph[input].name, graph[input].type)
            guard type.shape.allSatisfy({ $0 > 0 }) else {
                throw CalibrationError(
                    "cannot make synthetic inputs for the input \(name) of shape \(type.shape)")
            }
            let shape = isBatched ? Array(type.shape.dropFirst()) : type.shape
            let batch = TensorType(type.element, isBatched ? [batches.size] + shape : shape)
            guard let count = batch.count, count <= Self.greatestBatch else {
                throw CalibrationError(
                    "\(batches.size) samples of shape \(shape) at a time are too many to make up for the input \(name): they hold more than \(Self.greatestBatch) numbers"
                )
            }
            if type.element.isFloatingPoint {
                guard isBatched, shape.count == 3, shape[0] == 1 || shape[0] == 3 else {
                    return try Self.isSignal(input, graph, users)
                        ? .sounds(shape: shape, type: type.element)
                        : .normal(shape: shape, type: type.element)
                }
                let size = try ImageSize(channels: shape[0], height: shape[1], width: shape[2])
                return .images(
                    try SyntheticImageBatches(
                        size: size, counts: (0..<batches.count).map { batches[$0].count }, seed: seed))
            }
            let tables = try Self.gathered(from: input, graph, users) { op, index, inputs in
                try op.choiceCount(of: index, inputs).map { [$0] } ?? []
            }
            guard let count = tables.min() else {
                let decisive =
                    shape.reduce(1, *) == 1
                    ? try Self.gathered(from: input, graph, users) { try $0.decisiveValues(of: $1, $2) }
                        .filter(Self.range(of: type.element).contains) : []
                let values = decisive.isEmpty ? [1] : Set(decisive).sorted()
                // Several inputs take all combinations of their values.
                defer { combinations = min(combinations * values.count, 1 << 32) }
                // The value that other integers have is the first, in case that there is a single batch.
                return .alternating(
                    values.filter { $0 == 1 } + values.filter { $0 != 1 }, period: combinations, shape: shape,
                    type: type.element)
            }
            guard count > 0 else {
                throw CalibrationError("the input \(name) chooses rows of a table that has none")
            }
            return .rows(count: count, shape: shape, type: type.element)
        }
    }

    /// Whether a long last axis holds the samples of a signal: a convolution reads it, possibly reshaped, through
    /// windows of one channel.
    private static func isSignal(
        _ value: ValueID, _ graph: Graph, _ users: [ValueID: [NodeID]]
    ) throws -> Bool {
        let shape = graph[value].type.shape
        guard let length = shape.last, length >= leastSignal,
            shape.dropLast(1).dropFirst().allSatisfy({ $0 == 1 })
        else { return false }
        return try !gathered(from: value, graph, users) { op, index, inputs in
            guard let layer = try op.linearLayer(inputs), layer.dataInput == index,
                let weight = inputs.constant(layer.weightInput), weight.rank >= 3, weight.count > 0
            else { return [] }
            let window = weight.count / weight.shape[layer.weightOutputAxis]
            return window == weight.shape[2...].max() && window >= leastWindow && window < length
                ? [window] : []
        }.isEmpty
    }

    /// What the users of a value, possibly reshaped or converted, say about it: a list for each operator, input and
    /// inputs.
    private static func gathered(
        from value: ValueID, _ graph: Graph, _ users: [ValueID: [NodeID]],
        _ read: (any Operator, Int, OperatorInputs) throws -> [Int]
    ) throws -> [Int] {
        var (found, pending) = ([Int](), [value])
        while let value = pending.popLast() {
            for id in users[value] ?? [] {
                let node = graph[id]
                let inputs = graph.operatorInputs(node.inputs)
                let said = try node.inputs.indices.filter { node.inputs[$0] == value }
                    .flatMap { try read(node.op, $0, inputs) }
                found += said
                if said.isEmpty, try node.op.passesElements(inputs), node.inputs.first == value,
                    let output = node.outputs.first
                {
                    pending.append(output)
                }
            }
        }
        return found
    }

    /// The numbers that an element type holds.
    private static func range(of type: DType) -> ClosedRange<Int> {
        switch type {
        case .bool: 0...1
        case .uint8: 0...255
        case .int8: -128...127
        case .uint16: 0...65_535
        case .int16: -32_768...32_767
        case .uint32: 0...Int(UInt32.max)
        case .int32: Int(Int32.min)...Int(Int32.max)
        case .uint64: 0...Int.max
        default: Int.min...Int.max
        }
    }

    /// Makes a batch, always the same for an index.
    func batch(_ index: Int) throws -> [Tensor] {
        return try kinds.enumerated().map { position, kind in
            let leading = isBatched[position] ? [batches[index].count] : []
            let own = seed.seed(for: "input \(position), batch \(index)")
            switch kind {
            case .images(let images): return try images.batch(index)
            case .sounds(let shape, let type):
                let (all, length) = (leading + shape, shape[shape.count - 1])
                var maker = SyntheticSounds(length: length, seed: own)
                return try maker.sounds(all.reduce(1, *) / length).reshaped(all).converted(to: type)
            case .normal(let shape, let type):
                return try Tensor(random: .normal, shape: leading + shape, seed: own).converted(to: type)
            case .rows(let rows, let shape, let type):
                var generator = SplitMixGenerator(seed: own)
                let ids = (0..<(leading + shape).reduce(1, *)).map { _ in generator.integer(below: rows) }
                return try Tensor(ids, shape: leading + shape).converted(to: type)
            case .alternating(let values, let period, let shape, let type):
                let value = values[index / period % values.count]
                return try Tensor(repeating: Double(value), shape: leading + shape, type: type)
            }
        }
    }
}
