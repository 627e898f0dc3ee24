public import ArgumentParser
public import IntraFusion

/// The inputs without labels on which a compressed network's layers are mended.
struct CalibrationArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Mend every layer by what it gave before: on images, whose labels are not looked at, or on made-up ones.",
            discussion: """
                none: layers are as the merge rule leaves them
                synthetic: on made-up inputs, whose activations get the moments that the batch-norms tell; no data is needed
                inverted: on made-up inputs that are changed by gradient descent until the activations have these moments; no data is needed, but minutes
                <folder>: on JPEG and PNG files in a folder or below it, or on the training images of the data set in it
                <file>: on the array in a .npy or .npz file, the network's inputs one after the other
                """, valueName: "none|synthetic|inverted|folder|file"))
    var calibrate = PruningSettings.noCalibration

    @Flag(
        help:
            "Give every channel the mean and the deviation back that it had, instead of fitting layers by least squares."
    )
    var repair = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "How many images are looked at in calibration; if not given 256, but of fewer all there are, and 128 inverted ones of large networks.",
            valueName: "count"))
    var images: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "How many steps of gradient descent refine the fitted layers together, towards what the network gave; labels are not needed.",
            discussion:
                "600 are many; each takes a forward and a backward pass over one batch. Best on given images.",
            valueName: "steps"))
    var refine = 0

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
