internal import Datasets
internal import Graph
internal import Torch

/// Made-up inputs of a network, of the kind that each of its inputs takes.
///
/// Images `[n, 1 or 3, height, width]` are discs and boxes that hide each other; other floating-point inputs are standard
/// normal; integers that choose rows of a stored table (tokens, positions) are uniform over its rows; integers and truth values
/// that choose none are 1, as in a mask that hides nothing.
///
/// Where first axes do not count samples (`Graph.countsSamples`), each batch is one run at the lengths that the network was traced
/// with.
struct SyntheticInputs: Sendable {
    private enum Kind: Sendable {
        case images(SyntheticImageBatches)
        case normal(shape: [Int], type: DType)
        case rows(count: Int, shape: [Int], type: DType)
        case ones(shape: [Int], type: DType)
    }

    private let kinds: [Kind]
    private let batches: CalibrationBatches
    /// Which inputs have an axis that counts samples.
    private let isBatched: [Bool]
    private let seed: UInt64

    /// No batch of an input holds more numbers, so that what a file claims does not fill the memory.
    private static let greatestBatch = 1 << 28

    /// Finds out what a network takes.
    ///
    /// - Throws: `CalibrationError` naming an input for which nothing can be made up, or of which a batch would be too large.
    init(for graph: Graph, batches: CalibrationBatches, seed: UInt64) throws {
        self.batches = batches
        self.seed = seed
        let users = graph.consumers()
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
                    return .normal(shape: shape, type: type.element)
                }
                let size = try ImageSize(channels: shape[0], height: shape[1], width: shape[2])
                return .images(
                    try SyntheticImageBatches(
                        size: size, counts: (0..<batches.count).map { batches[$0].count }, seed: seed))
            }
            let tables = try Self.tables(chosenBy: input, graph, users)
            guard let count = tables.min() else { return .ones(shape: shape, type: type.element) }
            guard count > 0 else {
                throw CalibrationError("the input \(name) chooses rows of a table that has none")
            }
            return .rows(count: count, shape: shape, type: type.element)
        }
    }

    /// The lengths of the stored tables of which a value chooses rows, as it is or in another shape or type.
    private static func tables(
        chosenBy value: ValueID, _ graph: Graph, _ users: [ValueID: [NodeID]]
    ) throws -> [Int] {
        try (users[value] ?? []).flatMap { id -> [Int] in
            let node = graph[id]
            let inputs = graph.operatorInputs(node.inputs)
            let chosen = try node.inputs.indices.filter { node.inputs[$0] == value }
                .compactMap { try node.op.choiceCount(of: $0, inputs) }
            guard chosen.isEmpty, try node.op.passesElements(inputs), node.inputs.first == value,
                let output = node.outputs.first
            else { return chosen }
            return try tables(chosenBy: output, graph, users)
        }
    }

    /// Makes a batch: always the same for the same index.
    func batch(_ index: Int) throws -> [Tensor] {
        return try kinds.enumerated().map { position, kind in
            let leading = isBatched[position] ? [batches[index].count] : []
            let own = seed &+ UInt64(index) &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(position)
            switch kind {
            case .images(let images): return try images.batch(index)
            case .normal(let shape, let type):
                return try Tensor(random: .normal, shape: leading + shape, seed: own).converted(to: type)
            case .rows(let rows, let shape, let type):
                var generator = SplitMixGenerator(seed: own)
                let ids = (0..<(leading + shape).reduce(1, *)).map { _ in generator.integer(below: rows) }
                return try Tensor(ids, shape: leading + shape).converted(to: type)
            case .ones(let shape, let type):
                return try Tensor(repeating: 1, shape: leading + shape, type: type)
            }
        }
    }
}
