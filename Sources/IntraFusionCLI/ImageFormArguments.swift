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

    func validate() throws { _ = try PruningSettings.checked(say) }

    /// Says how images become what a network takes.
    func say(_ settings: inout PruningSettings) {
        settings.mean = mean
        settings.std = std
        settings.resize = resize
    }

    /// What is asked for.
    func form() throws -> ImageForm { try PruningSettings.checked(say).form() }
}
