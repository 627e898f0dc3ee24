public import ArgumentParser
public import IntraFusion

/// The inputs without labels on which a compressed network's layers are mended.
struct CalibrationArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The inputs on which every layer is fitted to what it gave before; labels are not looked at.",
            discussion: """
                auto: those that suit the network if you have none; the default
                <folder>: JPEG and PNG files in a folder or below it, or the training images of the data set in it
                <file>: the array in a .npy or .npz file, the network's inputs one after the other
                photos: random crops of the bundled photographs, normalised as suits the network; for networks that take images
                synthetic: made-up inputs, whose activations get the moments that the batch-norms tell; no data is needed
                inverted: made-up inputs that are changed by gradient descent until the activations have these moments; no data is needed, but minutes
                none: layers stay as the merge rule leaves them
                """, valueName: "folder|file|auto|photos|synthetic|inverted|none"))
    var calibrate: String?

    @Flag(
        help:
            "Give every channel the mean and the deviation back that it had, instead of fitting layers by least squares."
    )
    var repair = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "How many inputs are looked at in calibration; if not given as many as the effort allows, and of given ones all but those on which the result is judged.",
            valueName: "count"))
    var images: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "How many steps of gradient descent refine the fitted layers together, towards what the network gave; labels are not needed.",
            discussion:
                "600 are many; each takes a forward and a backward pass over one batch. If not given, small networks are refined as long as the effort allows.",
            valueName: "steps"))
    var refine: Int?

    @Option(
        help: ArgumentHelp(
            "How much memory activations of all images may take up, such as 500MB; what exceeds it goes to a temporary file.",
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
