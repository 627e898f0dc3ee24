import Checkpoints
public import Foundation
public import Graph
import Torch

/// A network in the format of the Open Neural Network Exchange.
///
/// The model keeps everything that its graph does not say (names of nodes, documentation, metadata,
/// subgraphs, functions of its own), so that an edited graph can be written back with nothing else changed.
public struct ONNXModel: Sendable {
    /// The network.
    public let graph: Graph
    /// The axes of inputs whose length the model leaves open and nothing sets, with the lengths assumed for them.
    ///
    /// They stay open in what is written.
    public let assumptions: [LengthAssumption]
    /// Nodes that choose between branches by lengths that are open, and of which only the branch for these
    /// lengths was read.
    public let settledChoices: [String]
    /// The messages; elements that the graph holds too are not in them.
    package let messages: Onnx_ModelProto
    /// The messages as they were read where the graph has the bodies of functions or of settled choices in their places.
    private let unexpanded: Onnx_ModelProto?
    /// The files beside the model that hold tensors of it.
    public let dataFiles: [String]
    private let external: ExternalData
    private let quantisedWeights: QuantisedWeights

    /// Reads a file.
    ///
    /// - Parameters:
    ///   - path: The file; tensors in files beside it are mapped into memory.
    ///   - inputShapes: The shapes of inputs whose lengths the model leaves open, by name, nil for a length
    ///     that is not asked for. Lengths at which the network fits together are found for the others.
    /// - Throws: `ONNXError` naming the file and what was wrong with it; `CheckpointError` where it cannot be
    ///   read.
    public init(contentsOf path: String, inputShapes: [String: [Int?]] = [:]) throws {
        let file = URL(fileURLWithPath: path)
        let bytes = try CheckpointFile.bytes(of: file)
        do {
            // Files beside the model are beside the real one.
            let folder = file.resolvingSymlinksInPath().deletingLastPathComponent()
            try self.init(bytes, folder: folder, inputShapes: inputShapes)
        } catch var error as ONNXError {
            error.file = path
            throw error
        }
    }

    /// Reads a model from the bytes of a file.
    ///
    /// - Parameter folder: Where the files are that it refers to; nil for none.
    /// - Throws: `ONNXError`.
    package init(_ bytes: Data, folder: URL? = nil, inputShapes: [String: [Int?]] = [:]) throws {
        var model = try ONNXMessages.parsed(bytes)
        do {
            let external = try ExternalData(of: model, folder: folder)
            try Self.takeIn(external, &model)
            let importer = try LengthSearch.importer(of: model, external: external, shapes: inputShapes)
            self.external = external
            dataFiles = external.paths
            graph = importer.graph
            messages = importer.model
            unexpanded = importer.unexpanded
            quantisedWeights = importer.quantisedWeights
            assumptions = importer.lengths.assumptions
            settledChoices = importer.settledChoices
        } catch let error as GraphError {
            throw ONNXError(error.description)
        } catch let error as TorchError {
            throw ONNXError(error.message)
        }
    }

    /// Makes a model of a network that came from elsewhere.
    ///
    /// - Parameters:
    ///   - graph: The network.
    ///   - isBatchOpen: Whether the length of the first axis of inputs and outputs is left open.
    public init(_ graph: Graph, isBatchOpen: Bool = true) throws {
        var model = Onnx_ModelProto()
        model.irVersion = Int64(Onnx_Version.irVersion2021730.rawValue)
        model.producerName = "IntraFusion"
        var version = Onnx_OperatorSetIdProto()
        version.version = Int64(OperatorSignature.currentOperatorSet)
        model.opsetImport = [version]
        model.graph.name = graph.name
        func info(_ id: ValueID) -> Onnx_ValueInfoProto {
            TypeWriter.info(
                graph[id].name, graph[id].type, openAxis: isBatchOpen ? (axis: 0, symbol: "batch") : nil)
        }
        model.graph.input = graph.inputs.map(info)
        model.graph.output = graph.outputs.map(info)
        messages = model
        unexpanded = nil
        quantisedWeights = QuantisedWeights()
        external = .none
        dataFiles = []
        (assumptions, settledChoices) = ([], [])
        self.graph = Graph(name: graph.name)
    }

    /// Replaces what inner tensors have in other files by the bytes themselves: only stored tensors are worth a file.
    private static func takeIn(_ external: ExternalData, _ model: inout Onnx_ModelProto) throws {
        guard external.isUsed else { return }
        try model.updateInnerTensors { tensor in
            guard tensor.dataLocation == .external else { return }
            tensor.rawData = Data(try external.bytes(of: tensor, count: nil))
            tensor.externalData = []
            tensor.clearDataLocation()
        }
    }

    // MARK: Writing

    /// Returns what it costs that a graph's weights are stored as integers again; nil if none is rounded.
    public func requantisation(of graph: Graph) throws -> Requantisation? {
        try quantisedWeights.cost(of: graph, madeOf: self.graph)
    }

    /// Writes a graph that was made from this model's, whole or not at all.
    ///
    /// Tensors that were in a file of their own go into one again (the model's name with ".data" appended),
    /// and so do all large ones of a model of more than two gigabytes. The file may be the one that was read.
    ///
    /// - Parameters:
    ///   - graph: The graph.
    ///   - file: Where to write.
    ///   - metadata: Entries of the model's metadata to add or replace.
    /// - Returns: The files that were written.
    /// - Throws: `ONNXError` for a graph that is not made from this model's; `CheckpointError` where it
    ///   cannot be written.
    @discardableResult
    public func write(_ graph: Graph, to file: URL, metadata: [String: String] = [:]) throws -> [URL] {
        try write(graph, to: file, metadata: metadata, sizeLimit: ModelWriter.greatestFile)
    }

    /// Writes a graph, with its large tensors in a file of their own where the model would be longer than a limit.
    @discardableResult
    package func write(
        _ graph: Graph, to file: URL, metadata: [String: String], sizeLimit: Int
    ) throws -> [URL] {
        do {
            var writer = try ModelWriter(exported(graph, metadata), sizeLimit: sizeLimit)
            return try writer.write(to: file)
        } catch var error as ONNXError {
            error.file = file.path
            throw error
        }
    }

    /// Returns the bytes of the file that `write` would write if nothing went into a file of its own.
    package func data(of graph: Graph) throws -> Data {
        var exported = try exported(graph, [:])
        exported.wereExternal = exported.wereExternal.map { _ in false }
        for index in exported.model.graph.initializer.indices {
            exported.model.graph.initializer[index].externalData = []
            exported.model.graph.initializer[index].clearDataLocation()
        }
        return try ModelWriter(exported).data()
    }

    private func exported(_ graph: Graph, _ metadata: [String: String]) throws -> ExportedModel {
        var exporter = GraphExporter(graph, original: self.graph, model: messages, external: external)
        var exported =
            if let unexpanded, graph.isIdentical(to: self.graph) {
                try exporter.unchanged(unexpanded)
            } else {
                try exporter.exported()
            }
        if unexpanded == nil || !graph.isIdentical(to: self.graph) {
            try quantisedWeights.restore(in: &exported, graph, madeOf: self.graph)
        }
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            var entry = Onnx_StringStringEntryProto()
            (entry.key, entry.value) = (key, value)
            exported.model.metadataProps.removeAll { $0.key == key }
            exported.model.metadataProps.append(entry)
        }
        return exported
    }
}
