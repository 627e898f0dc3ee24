import Checkpoints
public import Foundation
public import Graph
import Torch

/// A network in the format of the Open Neural Network Exchange.
///
/// The model keeps everything that its graph does not hold (names of nodes, documentation, metadata,
/// subgraphs, its own functions), so an edited graph can be written back with nothing else changed.
public struct ONNXModel: Sendable {
    /// The network.
    public let graph: Graph
    /// The input axes whose lengths the model leaves open and the caller did not set, with the lengths
    /// assumed for them.
    ///
    /// They stay open in the written file.
    public let assumptions: [LengthAssumption]
    /// Nodes that choose between branches by open lengths, and of which only the branch for the assumed
    /// lengths was read.
    public let settledChoices: [String]
    /// The messages, without the elements that the graph holds.
    package let messages: Onnx_ModelProto
    /// The messages as read, if the graph has bodies of functions or settled choices in their places.
    private let unexpanded: Onnx_ModelProto?
    /// The files beside the model that hold its tensors.
    public let dataFiles: [String]
    private let external: ExternalData
    private let quantisedWeights: QuantisedWeights

    /// Whether weights are stored as integers.
    var hasIntegerWeights: Bool { !quantisedWeights.isEmpty }

    /// Reads a file.
    ///
    /// - Parameters:
    ///   - path: The file; tensors in other files are mapped into memory.
    ///   - inputShapes: The shapes of inputs with open lengths, by name; nil for a length that is not set.
    ///     For those, lengths are found at which the network's shapes fit.
    /// - Throws: `ONNXError` naming the file and what is wrong with it; `CheckpointError` if it cannot be
    ///   read.
    public init(contentsOf path: String, inputShapes: [String: [Int?]] = [:]) throws {
        let file = URL(fileURLWithPath: path)
        let bytes = try CheckpointFile.bytes(of: file)
        do {
            // External files are beside the real file, not beside a link to it.
            let folder = file.resolvingSymlinksInPath().deletingLastPathComponent()
            try self.init(bytes, folder: folder, inputShapes: inputShapes)
        } catch var error as ONNXError {
            error.file = path
            throw error
        }
    }

    /// Reads a model from the bytes of a file.
    ///
    /// - Parameter folder: The folder of the files it refers to; nil for none.
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

    /// Makes a model from a network of another origin.
    ///
    /// - Parameters:
    ///   - graph: The network.
    ///   - isBatchOpen: Whether the first axis of inputs and outputs has an open length.
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

    /// Replaces external data of inner tensors by the bytes themselves: only stored tensors are worth a file.
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

    /// Returns the error of storing a graph's weights as integers again; nil if none is rounded.
    public func requantisation(of graph: Graph) throws -> Requantisation? {
        try quantisedWeights.cost(of: graph, madeOf: self.graph)
    }

    /// Writes a graph made from this model's, whole or not at all.
    ///
    /// Tensors that were in an external file go into one again (the model's name with ".data" appended), and
    /// so do all large tensors of a model of more than two gigabytes. The file may be the one that was read.
    ///
    /// - Parameters:
    ///   - graph: The graph.
    ///   - file: Where to write.
    ///   - metadata: Entries of the model's metadata to add or replace.
    /// - Returns: The written files.
    /// - Throws: `ONNXError` for a graph that was not made from this model's; `CheckpointError` if it cannot
    ///   be written.
    @discardableResult
    public func write(_ graph: Graph, to file: URL, metadata: [String: String] = [:]) throws -> [URL] {
        try write(graph, to: file, metadata: metadata, sizeLimit: ModelWriter.greatestFile)
    }

    /// Writes a graph, with its large tensors in an external file if the model would exceed a limit.
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

    /// Returns the bytes of the file that `write` would write without an external file.
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
