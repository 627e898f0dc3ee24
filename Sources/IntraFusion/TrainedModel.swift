public import Checkpoints
public import Graph
internal import Models
internal import Torch

/// A trained network of a built-in architecture, as loaded from a file.
public struct TrainedModel: Sendable {
    /// The architecture's name.
    public let architecture: String
    /// The file that it was loaded from.
    public let path: String
    /// The network.
    public let graph: Graph
    /// The metadata saved with the weights.
    public let metadata: [String: MetadataValue]
    /// The file's CRC-32 in hexadecimal digits: it distinguishes two files, but proves nothing.
    public let checksum: String

    /// Loads a checkpoint of a built-in architecture; widths and numbers of classes are read from it.
    ///
    /// - Parameters:
    ///   - architecture: A name of `ModelRegistry`; nil for the one that the file's metadata name, or else
    ///     the only one that its tensors fit.
    ///   - checkpoint: A PyTorch checkpoint or a safetensors file.
    /// - Throws: An error naming the file and everything that does not fit, or the architectures that do
    ///   where there are several.
    public init(architecture: String? = nil, checkpoint: String) throws {
        // An unknown name is reported before a long file is read.
        if let architecture { _ = try ModelRegistry.architecture(named: architecture) }
        let contents = try CheckpointFile.load(checkpoint)
        let name =
            try architecture ?? Self.architecture(of: contents.state, contents.metadata, path: checkpoint)
        let builder = try ModelRegistry.architecture(named: name)
        self.architecture = name
        path = checkpoint
        do {
            graph = try builder.load(contents.state)
        } catch let error as ModelError {
            throw TrainedModelError("\(checkpoint): \(error)")
        }
        for id in graph.parameters where try graph[id].tensor?.isFinite() == false {
            throw TrainedModelError("\(checkpoint): \(graph[id].name) has values that are not finite numbers")
        }
        metadata = contents.metadata
        checksum = try CheckpointFile.checksum(checkpoint)
    }

    /// Returns the built-in architecture that the metadata name, otherwise the only one that the tensors fit.
    ///
    /// - Throws: `TrainedModelError` naming all that fit where there are several, or saying that there is none.
    static func architecture(
        of state: StateDictionary, _ metadata: [String: MetadataValue], path: String
    ) throws -> String {
        if let saved = metadata["architecture"]?.description, ModelRegistry.names.contains(saved) {
            return saved
        }
        let fitting = ModelRegistry.architectures(fitting: state)
        guard let first = fitting.first else { throw TrainedModelError(misfit(state, path: path)) }
        guard fitting.count > 1 else { return first.name }
        if let exact = ModelRegistry.fullWidth(among: fitting, of: state) { return exact.name }
        let names = fitting.map(\.name).joined(separator: ", ")
        throw TrainedModelError(
            "\(path) fits several architectures: choose one of \(names) with --model-name")
    }

    /// The message that no architecture fits, with the nearest one and how to export any network.
    private static func misfit(_ state: StateDictionary, path: String) -> String {
        var text = "\(path) fits no built-in architecture"
        if let nearest = ModelRegistry.nearest(to: state) {
            text += """
                ; the nearest is \(nearest.name), \(nearest.shared) of whose \(nearest.count) tensors are there: with \
                --model-name \(nearest.name) those that do not fit are listed
                """
        } else {
            text += "; --model-name lists the tensors that do not fit an architecture"
        }
        return text + """
            .
            A network of any architecture can be read as ONNX, which PyTorch writes with the size of your images:
              model.load_state_dict(torch.load("\(path)", map_location="cpu")); model.eval()
              torch.onnx.export(model, (torch.randn(1, 3, 224, 224),), "model.onnx")
            """
    }
}

/// A file whose network cannot be used.
public struct TrainedModelError: Error, Sendable, CustomStringConvertible {
    /// The message.
    public let message: String

    init(_ message: String) {
        self.message = message
    }

    public var description: String { message }
}
