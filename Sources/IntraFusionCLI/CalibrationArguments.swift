public import ArgumentParser
public import IntraFusion

/// The unlabelled inputs that a compressed network's layers are fitted on.
struct CalibrationArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The inputs that layers are fitted on, to give what they gave before; no labels are needed.",
            discussion: """
                auto: photographs, inverted or synthetic inputs, whichever suits the network (default)
                <folder>: JPEG and PNG files in a folder or its sub-folders, or the training images of a data set
                <file>: an array in a .npy or .npz file, with the network's inputs one after the other
                photos: random crops of the bundled photographs, normalised to suit the network; for networks that \
                take images
                synthetic: synthetic inputs, whose activations are matched to the running statistics of the \
                batch-norms; needs no data
                inverted: synthetic inputs, changed by gradient descent until the activations match the running \
                statistics; needs no data, but takes minutes
                none: layers stay as the merge rule leaves them
                """, valueName: "folder|file|auto|photos|synthetic|inverted|none"))
    var calibrate: String?

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
                "Each takes a forward and a backward pass over one batch; 600 are many. By default small networks are refined as long as the effort allows.",
            valueName: "steps"))
    var refine: Int?

    @Option(
        help: ArgumentHelp(
            "The memory for activations, such as 500MB; the rest goes to a temporary file.",
            valueName: "size"))
    var calibrationMemory: ByteCount?

    /// Says what was asked for.
    func say(_ settings: inout PruningSettings) {
        settings.calibrate = calibrate
        settings.repair = repair
        settings.images = images
        settings.refine = refine
        settings.calibrationMemory = calibrationMemory
    }

    func validate() throws { _ = try PruningSettings.checked(say) }
}

extension ByteCount: ExpressibleByArgument {
    public init?(argument: String) {
        self.init(parsing: argument)
    }
}
