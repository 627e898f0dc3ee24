public import ArgumentParser
public import IntraFusion

/// The inputs without labels on which a compressed network's layers are mended.
struct CalibrationArguments: ParsableArguments {
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

    /// Says how layers are mended.
    func say(_ settings: inout PruningSettings) {
        settings.repair = repair
        settings.images = images
        settings.refine = refine
        settings.calibrationMemory = calibrationMemory
    }

}

extension ByteCount: ExpressibleByArgument {
    public init?(argument: String) {
        self.init(parsing: argument)
    }
}
