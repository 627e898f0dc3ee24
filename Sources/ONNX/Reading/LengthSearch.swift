import Graph

/// Finds values for a model's open lengths at which the network's shapes fit.
///
/// Typical lengths are tried first, then those that the weights at a misfit require, then single lengths by
/// themselves.
struct LengthSearch {
    /// How often a model is traced at most.
    static let greatestTrials = 160
    /// How many nodes all trials together may trace.
    static let greatestWork = 1 << 19
    /// How many inputs, lengths or misfits are examined one by one.
    private static let greatestBreadth = 24
    /// How many trials may follow the first one that fits but leaves choices unsettled or values empty.
    private static let patience = 8

    private let model: Onnx_ModelProto
    private let external: ExternalData
    private let table: DimensionTable
    private let stored: StoredTensors
    private let typical: TypicalLengths
    private let undecided: Set<OpenLength>
    private var tried: Set<[OpenLength: Int]> = []
    private var work = 0
    private var remaining = greatestTrials
    private var best: (importer: GraphImporter, flaws: Int)?
    private var furthest: (choice: [OpenLength: Int], log: TraceLog)?
    private var firstError: (any Error)?

    /// Reads a model at lengths that fit.
    ///
    /// - Parameter shapes: The requested lengths, by input.
    /// - Throws: `ONNXError` or `GraphError` naming what does not fit at the most typical lengths.
    static func importer(
        of model: Onnx_ModelProto, external: ExternalData, shapes: [String: [Int?]]
    ) throws -> GraphImporter {
        let inputs = model.graph.callerInputs
        let stored = StoredTensors()
        var (refusal, work): ((any Error)?, Int) = (nil, 0)
        for rank in [4, 2, 3, 1, 0] {
            let table = try DimensionTable(shapes, inputs: inputs, rank: rank)
            var search = LengthSearch(model, external, table, stored, work: work)
            if let found = try search.found() { return try found.storingConstants() }
            if refusal == nil { refusal = search.firstError }
            work = search.work
            // Another number of axes is only worth a trial if none is declared.
            if table.shapeless.isEmpty || work > greatestWork { break }
        }
        throw refusal ?? ONNXError("found no lengths at which its shapes fit together")
    }

    private init(
        _ model: Onnx_ModelProto, _ external: ExternalData, _ table: DimensionTable, _ stored: StoredTensors,
        work: Int
    ) {
        (self.model, self.external, self.table, self.stored) = (model, external, table, stored)
        self.work = work
        undecided = Set(table.undecided)
        typical = TypicalLengths(
            metadata: Dictionary(model.metadataProps.map { ($0.key, $0.value) }) { $1 })
    }

    /// Returns the model at lengths that fit; nil if none were found.
    private mutating func found() throws -> GraphImporter? {
        let profiles = profiles()
        let isFound =
            try profiles.prefix(4).contains { try attempt($0) }
            || demanded().contains { try attempt($0) }
            || profiles.dropFirst(4).contains { try attempt($0) }
            || singles().contains { try attempt($0) }
        _ = isFound
        return best?.importer
    }

    // MARK: Trials

    /// Traces the model at some lengths; returns whether the search is over.
    private mutating func attempt(_ choice: [OpenLength: Int]) throws -> Bool {
        guard remaining > 0, work <= Self.greatestWork else { return true }
        guard tried.insert(choice).inserted else { return false }
        remaining -= 1
        let log = TraceLog()
        defer { work += log.nodeCount }
        do {
            let importer = try GraphImporter(
                model, external: external, lengths: table.choosing(choice), stored: stored, log: log)
            let flaws = importer.flaws
            if best.map({ flaws < $0.flaws }) ?? true {
                if best == nil { remaining = min(remaining, Self.patience) }
                best = (importer, flaws)
            }
            return flaws == 0 || undecided.isEmpty
        } catch {
            if firstError == nil { firstError = error }
            // An error that does not depend on lengths occurs at all of them.
            guard log.misfit != nil, !undecided.isEmpty else { return true }
            if furthest.map({ log.nodeCount > $0.log.nodeCount }) ?? true { furthest = (choice, log) }
            return false
        }
    }

    /// All inputs at their first typical shape, at their second, and so on.
    private func profiles() -> [[OpenLength: Int]] {
        let ladders = table.ports.map { typical.shapes(of: $0) }
        return (0..<(ladders.map(\.count).max() ?? 1)).map { rung in
            var choice: [OpenLength: Int] = [:]
            for (port, ladder) in zip(table.ports, ladders) where !ladder.isEmpty {
                for (dimension, length) in zip(port.dimensions, ladder[min(rung, ladder.count - 1)]) {
                    guard case .open(let open) = dimension, choice[open] == nil else { continue }
                    choice[open] = length
                }
            }
            return choice.filter { undecided.contains($0.key) }
        }
    }

    /// Lengths at which the input of the furthest misfit would have the size that the weights there require.
    private func demanded() -> [[OpenLength: Int]] {
        guard let furthest else { return [] }
        var choices: [[OpenLength: Int]] = []
        for port in table.ports.prefix(Self.greatestBreadth) {
            let open = port.dimensions.enumerated().compactMap { axis, dimension -> OpenLength? in
                guard case .open(let open) = dimension, undecided.contains(open), axis > 0 else { return nil }
                return open
            }
            let lengths = open.compactMap { furthest.choice[$0] }
            guard lengths.count == open.count, !open.isEmpty else { continue }
            for (needed, got) in furthest.log.factors.prefix(Self.greatestBreadth) {
                for scaled in ScaledLengths.all(lengths, by: needed, over: got) {
                    choices.append(furthest.choice.merging(zip(open, scaled)) { $1 })
                }
            }
        }
        return choices
    }

    /// The lengths that came furthest, with one of them changed.
    private func singles() -> [[OpenLength: Int]] {
        guard let furthest else { return [] }
        let lengths = [1, 2, 3, 4, 8, 16, 32, 64, 128, 256, 512, 320, 640]
        return table.undecided.prefix(Self.greatestBreadth).flatMap { open in
            lengths.map { length in furthest.choice.merging([open: length]) { $1 } }
        }
    }
}

extension Onnx_GraphProto {
    /// The inputs that the caller passes in: those without a stored tensor of the same name.
    var callerInputs: [Onnx_ValueInfoProto] {
        let stored = Set(initializer.map(\.name) + sparseInitializer.map(\.values.name))
        return input.filter { !stored.contains($0.name) }
    }
}
