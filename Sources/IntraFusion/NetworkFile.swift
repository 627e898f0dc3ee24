public import Checkpoints
public import DeployedRuntime
public import Foundation
public import Graph
internal import Evaluation
internal import Models
public import ONNX
internal import Torch

/// A network in a file: an ONNX model, or the weights of a built-in architecture.
public struct NetworkFile: Sendable {
    /// The file.
    public let path: String
    /// The name of the architecture; for an ONNX model that of its graph.
    public let architecture: String
    /// The network.
    public let graph: Graph
    /// The metadata saved with the weights.
    public let metadata: [String: MetadataValue]
    /// The file's CRC-32 in hexadecimal digits: it distinguishes two files, but proves nothing.
    public let checksum: String
    /// The ONNX model, where it is one.
    public let model: ONNXModel?
    /// Whether the network can be run on several samples at a time.
    private let takesSeveralSamples: Lazy<Bool>

    /// Loads a network.
    ///
    /// - Parameters:
    ///   - path: An ONNX model (a name that ends in ".onnx"), a PyTorch checkpoint or a safetensors file.
    ///   - architecture: A name of `ModelRegistry` for a checkpoint; nil for what its metadata name, or the
    ///     only one that it fits.
    ///   - inputShapes: The shapes of an ONNX model's inputs, by name, where it leaves lengths open, nil for
    ///     a length that is not asked for; lengths that fit are found for the others.
    /// - Throws: An error naming the file and what does not fit.
    public init(_ path: String, architecture: String? = nil, inputShapes: [String: [Int?]] = [:]) throws {
        self.path = path
        if Self.isONNX(URL(fileURLWithPath: path)) {
            let model = try ONNXModel(contentsOf: path, inputShapes: inputShapes)
            graph = model.graph
            let name = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
            self.architecture = graph.name.isEmpty ? name : graph.name
            metadata = model.metadata.mapValues { .text($0) }
            checksum = try CheckpointFile.checksum(path)
            self.model = model
        } else {
            guard inputShapes.isEmpty else {
                throw TrainedModelError("\(path): only an ONNX model can have open input shapes")
            }
            let trained = try TrainedModel(architecture: architecture, checkpoint: path)
            self.architecture = trained.architecture
            graph = trained.graph
            metadata = trained.metadata
            checksum = trained.checksum
            model = nil
        }
        takesSeveralSamples = Lazy { [graph] in try graph.takesSeveralSamples() }
    }

    /// Returns whether a file's name is that of an ONNX model.
    public static func isONNX(_ file: URL) -> Bool { file.pathExtension.lowercased() == "onnx" }

    /// How many samples the network takes at a time; nil for any number.
    public var batchSize: Int? {
        guard let model else { return nil }
        // Shapes inside may be those of one sample all the same. What fails for another reason fails again where it is run.
        if model.isBatchOpen, (try? takesSeveralSamples.value()) ?? true { return nil }
        return graph.inputs.first.flatMap { graph[$0].type.shape.first } ?? 1
    }

    /// The bytes of the file and of those beside it that hold its tensors.
    public var byteCount: Int {
        let files = [path] + (model?.dataFiles ?? [])
        return files.reduce(0) { sum, file in
            let attributes = try? FileManager.default.attributesOfItem(
                atPath: URL(fileURLWithPath: file).resolvingSymlinksInPath().path)
            return sum + ((attributes?[.size] as? Int) ?? 0)
        }
    }

    /// Writes a network that was made from this one, whole or not at all; the file may be the one that was loaded.
    ///
    /// - Parameters:
    ///   - graph: The network.
    ///   - file: Where to write: an ONNX model where the name ends in ".onnx", else safetensors.
    ///   - metadata: Texts to save beside it.
    /// - Returns: The files that were written.
    /// - Throws: An error naming the file, or what keeps the network from being written in this format.
    @discardableResult
    public func save(_ graph: Graph, to file: URL, metadata: [String: String] = [:]) throws -> [URL] {
        if Self.isONNX(file) {
            let model = try model ?? ONNXModel(graph)
            return try model.write(graph, to: file, metadata: metadata)
        }
        try requireReadable(graph)
        try SafetensorsWriter.write(graph.stateDictionary, metadata: metadata, to: file)
        return [file]
    }

    /// Returns this network, or one that was made of it, as a model for other runtimes.
    ///
    /// - Throws: An error that says what keeps the network from being one ONNX model.
    public func encoded(_ graph: Graph) throws -> ONNXRuntimeSession.Model {
        guard let model else { return .bytes(try ONNXModel(graph).data(of: graph)) }
        guard !graph.isIdentical(to: self.graph) else { return .file(URL(fileURLWithPath: path)) }
        return .bytes(try model.data(of: graph))
    }

    /// Checks that the architecture reads a network's weights as the network that it is.
    ///
    /// Weights do not record which channels a shortcut without weights passes on.
    /// - Throws: `TrainedModelError` where other outputs would come of them.
    private func requireReadable(_ graph: Graph) throws {
        guard let input = graph.inputs.first, graph.inputs.count == 1,
            let design = try? ModelRegistry.architecture(named: architecture)
        else { return }
        let shape = graph[input].type.shape
        let size = shape.count == 4 ? SpatialSize(height: shape[2], width: shape[3]) : nil
        let again = try design.load(graph.stateDictionary, imageSize: size)
        let probe = try [Tensor(random: .normal, shape: shape, seed: 1)]
        let wanted = try Executor(graph).run(probe)
        let found = try Executor(again).run(probe)
        for (first, second) in zip(wanted, found)
        where try first.shape != second.shape || first.bytes() != second.bytes() {
            throw TrainedModelError(
                "weights alone cannot represent the pruned \(architecture): write it as ONNX, with a name that ends in .onnx"
            )
        }
    }

    /// Returns the network as a built-in architecture, whose parameters must have the names that this one has.
    ///
    /// - Parameter name: A name of `ModelRegistry`; nil for what the metadata name, or the only architecture that fits.
    /// - Throws: An error that lists every parameter that is missing, unexpected or does not fit.
    public func asBuiltIn(_ name: String?) throws -> Graph {
        let name = try name ?? TrainedModel.architecture(of: graph.stateDictionary, metadata, path: path)
        let design = try ModelRegistry.architecture(named: name)
        let shape = graph.inputs.first.map { graph[$0].type.shape } ?? []
        let size = shape.count == 4 ? SpatialSize(height: shape[2], width: shape[3]) : nil
        do {
            return try design.load(graph.stateDictionary, imageSize: size)
        } catch let error as ModelError {
            throw TrainedModelError("\(path): \(error)")
        }
    }
}
