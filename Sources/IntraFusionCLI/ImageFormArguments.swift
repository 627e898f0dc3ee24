import ArgumentParser
import IntraFusion

/// How images become what a network takes.
struct ImageFormArguments: ParsableArguments {
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "The mean of each channel, as a share of 255, that is subtracted (default: as is customary for the data set; for image files and bytes ImageNet's).",
            valueName: "mean"))
    var mean: [Float] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "The deviation of each channel, as a share of 255, that is divided by.", valueName: "deviation"))
    var std: [Float] = []

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The length to which the shorter side of image files is resized before the middle is cut out (default: what just covers the network's input).",
            valueName: "pixels"))
    var resize: Int?

    func validate() throws {
        guard mean.count == std.count else {
            throw ValidationError(
                "--mean and --std go together, one number for each channel: got \(mean.count) and \(std.count)"
            )
        }
    }

    /// What is asked for.
    func form() throws -> ImageForm {
        try ImageForm(
            resizedSide: resize,
            normalisation: mean.isEmpty ? nil : Normalisation(mean: mean, deviation: std))
    }
}
