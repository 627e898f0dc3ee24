public import Compression
internal import Pruning

/// What a study compares: networks x scopes x methods x sparsities x seeds.
public struct StudyConfiguration: Sendable, Codable, Equatable {
    /// A network with its data.
    public struct Network: Sendable, Codable, Equatable {
        /// The name in the tables.
        public var name: String
        /// An ONNX model, or the weights of an architecture.
        public var file: String
        /// The architecture's name; an ONNX model needs none.
        public var model: String?
        /// The folder with the images: accuracies are measured on its test images; the others are for
        /// calibration and criteria.
        public var data: String
        /// The data set in the folder; nil finds it.
        public var dataset: String?
    }

    /// The header of every study.
    public static let format = "intrafusion-study"
    /// The format version; others are not read.
    public static let formatVersion = 1

    /// The format, `StudyConfiguration.format`.
    public var format: String
    /// The format version.
    public var formatVersion: Int
    /// The study's name, which identifies its tables in a document.
    public var name: String
    /// The networks.
    public var networks: [Network]
    /// The sparsities.
    public var sparsities: [Sparsity]
    /// The methods.
    public var methods: [StudyMethod]
    /// Which groups are compressed together.
    public var scopes: [StudyScope]
    /// The seeds; methods that draw no random numbers take the first.
    public var seeds: [UInt64]
    /// The number of test samples to evaluate; nil is all.
    public var samples: Int?
    /// The number of samples per run; nil is 250.
    public var batchSize: Int?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case format, formatVersion, name, networks, sparsities, methods, scopes, seeds, samples, batchSize
    }

    public init(from decoder: any Decoder) throws {
        try decoder.refuseKeys(besides: CodingKeys.allCases)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        format = try container.decode(String.self, forKey: .format)
        formatVersion = try container.decode(Int.self, forKey: .formatVersion)
        guard format == Self.format, formatVersion == Self.formatVersion else {
            throw StudyError(
                "not a study: expected format \(Self.format) version \(Self.formatVersion), got \(format) version \(formatVersion)"
            )
        }
        name = try container.decode(String.self, forKey: .name)
        networks = try container.decode([Network].self, forKey: .networks)
        sparsities = try container.decode([Sparsity].self, forKey: .sparsities)
        methods = try container.decode([StudyMethod].self, forKey: .methods)
        scopes = try container.decodeIfPresent([StudyScope].self, forKey: .scopes) ?? [.whole]
        seeds = try container.decodeIfPresent([UInt64].self, forKey: .seeds) ?? [0]
        samples = try container.decodeIfPresent(Int.self, forKey: .samples)
        batchSize = try container.decodeIfPresent(Int.self, forKey: .batchSize)
        try validate()
    }

    /// Checks that nothing is empty or repeated.
    private func validate() throws {
        guard !name.isEmpty,
            name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "_-.".contains($0)) })
        else {
            throw StudyError(
                "a study's name may contain letters, digits, '-', '_' and '.', got \(name.debugDescription)")
        }
        try Self.requireDistinct(networks.map(\.name), "network")
        try Self.requireDistinct(sparsities.map(\.value), "sparsity")
        try Self.requireDistinct(methods.map(\.name), "method")
        try Self.requireDistinct(scopes.map(\.rawValue), "scope")
        try Self.requireDistinct(seeds, "seed")
        for network in networks where network.name.isEmpty || network.file.isEmpty || network.data.isEmpty {
            throw StudyError("a network needs a name, a file and a data folder")
        }
        if let samples, samples < 1 {
            throw StudyError("the number of samples must be at least 1, got \(samples)")
        }
        if let batchSize, batchSize < 1 {
            throw StudyError("the batch size must be at least 1, got \(batchSize)")
        }
    }

    private static func requireDistinct(_ values: [some Hashable], _ what: String) throws {
        guard !values.isEmpty else { throw StudyError("a study needs at least one \(what)") }
        var seen: Set<AnyHashable> = []
        for value in values where !seen.insert(value).inserted {
            throw StudyError("the \(what) \(value) is listed twice")
        }
    }
}

extension StudyConfiguration.Network {
    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name, file, model, data, dataset
    }

    public init(from decoder: any Decoder) throws {
        try decoder.refuseKeys(besides: CodingKeys.allCases)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        file = try container.decode(String.self, forKey: .file)
        model = try container.decodeIfPresent(String.self, forKey: .model)
        data = try container.decode(String.self, forKey: .data)
        dataset = try container.decodeIfPresent(String.self, forKey: .dataset)
    }
}
