/// A way to compress: a name for the tables, and options of `prune` that differ from their defaults.
///
/// In JSON the options stand beside the name, with the names of prune's flags in snake case:
/// `{"name": "fitted", "rule": "delete", "calibrate": "images", "images": 64}`.
public struct StudyMethod: Sendable, Hashable, Codable {
    /// The name in the tables.
    public let name: String
    /// The options by their names.
    public let options: [String: StudyOption]

    /// Options that are the study's to give, or say nothing of how a network is compressed.
    private static let reserved: Set<String> = [
        "allow_nothing", "batch_size", "checkpoint", "data", "dataset", "dry_run", "gpu_id", "groups", "help",
        "input_shape", "json", "latency_batch", "model_name", "output", "plan", "samples", "seed", "sparsity",
        "sparsity_of", "target_latency", "target_macs", "target_parameters", "target_size", "threads",
        "version",
    ]

    private static let nameKey = "name"

    /// Makes a method.
    ///
    /// - Throws: `StudyError` for an option that a method cannot have.
    public init(name: String, options: [String: StudyOption] = [:]) throws {
        guard name.contains(where: { !$0.isWhitespace }) else { throw StudyError("a method needs a name") }
        for key in options.keys.sorted() {
            let isName =
                key.first?.isLowercase == true
                && key.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "_") }
            guard isName else {
                throw StudyError("the method \(name) has an option \(key), which is no name of one")
            }
            guard !Self.reserved.contains(key) else {
                throw StudyError(
                    "the method \(name) cannot have the option \(key): it is not a method's to say")
            }
        }
        self.name = name
        self.options = options
    }

    /// The arguments by which `prune` gets the options.
    public var arguments: [String] {
        options.sorted { $0.key < $1.key }.flatMap { $0.value.arguments(of: $0.key) }
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        var all = try container.decode([String: StudyOption].self)
        guard case .text(let name) = all.removeValue(forKey: Self.nameKey) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "a method needs a name, which is a text")
        }
        try self.init(name: name, options: all)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(options.merging([Self.nameKey: .text(name)]) { $1 })
    }
}
