public import ArgumentParser
public import IntraFusion

/// The unlabelled inputs that a compressed network's layers are fitted on.
struct CalibrationArguments: ParsableArguments {
    @Flag(
        help:
            "Restore every channel's mean and standard deviation instead of fitting layers by least squares."
    )
    var repair = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The number of calibration inputs (default: as many as the effort allows, minus those held out for the verdict).",
            valueName: "count"))
    var images: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The number of gradient steps that refine all fitted layers together towards the original's outputs; no labels are needed.",
            discussion:
                "Each takes a forward and a backward pass over one batch; 600 are many. By default as many as the effort allows.",
            valueName: "steps"))
    var refine: Int?

    @Flag(
        help:
            "Write live batch-norms again, with the statistics of the calibration inputs, so that the network can be trained on; it computes the same."
    )
    var keepBatchNorms = false

    @Option(
        help: ArgumentHelp(
            "The memory for activations, such as 500MB; the rest goes to a temporary file.",
            valueName: "size"))
    var calibrationMemory: ByteCount?

    /// Says what was asked for.
    func say(_ settings: inout PruningSettings) {
        settings.repair = repair
        settings.images = images
        settings.refine = refine
        settings.keepBatchNorms = keepBatchNorms ? true : nil
        settings.calibrationMemory = calibrationMemory
    }

}

extension ByteCount: ExpressibleByArgument {
    public init?(argument: String) {
        self.init(parsing: argument)
    }
}
