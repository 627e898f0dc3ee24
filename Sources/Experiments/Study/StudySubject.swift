internal import Compression
public import Datasets
public import Evaluation
public import Graph
internal import Importance
public import Pruning

/// A network of a study, with everything read from files.
public struct StudySubject: Sendable {
    /// A method resolved for this network.
    public struct Method: Sendable {
        /// The name.
        public let name: String
        /// The options; sparsities, groups and seeds come from the study.
        public let options: PruningOptions
        /// Inputs without labels, if the options calibrate on such.
        public let calibrationImages: (any CalibrationInputs)?

        /// Makes a method.
        public init(name: String, options: PruningOptions, calibrationImages: (any CalibrationInputs)? = nil)
        {
            self.name = name
            self.options = options
            self.calibrationImages = calibrationImages
        }
    }

    /// The name in the tables.
    public let name: String
    /// The architecture's name.
    public let architecture: String
    /// The file.
    public let file: String
    /// The file's CRC-32.
    public let checksum: String
    /// The network, batch-norms not folded.
    public let graph: Graph
    /// The images on which accuracies are measured.
    public let testImages: ImageDataset
    /// The images that criteria use; nil if none does.
    public let trainingImages: ImageDataset?
    /// The methods.
    public let methods: [Method]
    /// How many samples the network takes at a time; nil is any number.
    public let samplesAtOnce: Int?
    /// How many samples run at a time when accuracies are measured.
    public let batchSize: Int
    /// The runtimes that may measure how long results take where every group is compressed; the first that accepts the
    /// network does. None measures nothing.
    public var runtimes: [any InferenceRuntime] = []

    /// Takes the data read from files.
    ///
    /// - Throws: An error naming what does not fit the network, or a rule, criterion or allocation that does
    ///   not exist.
    public init(
        name: String, architecture: String, file: String, checksum: String, graph: Graph,
        testImages: ImageDataset, trainingImages: ImageDataset?, methods: [Method],
        samplesAtOnce: Int? = nil, batchSize: Int
    ) throws {
        try testImages.requireFit(to: graph)
        for method in methods {
            _ = try MergeRuleRegistry.rule(named: method.options.chosenRule)
            _ = try ImportanceRegistry.usesSeed(method.options.criterion)
            _ = try AllocationRegistry.allocation(named: method.options.chosenAllocation)
        }
        self.name = name
        self.architecture = architecture
        self.file = file
        self.checksum = checksum
        self.graph = graph
        self.testImages = testImages
        self.trainingImages = trainingImages
        self.methods = methods
        self.samplesAtOnce = samplesAtOnce
        self.batchSize = batchSize
    }
}
