import ArgumentParser
import IntraFusion

/// How images are resized and normalised.
struct ImageFormArguments: ParsableArguments {
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "The mean to subtract from each channel, as a share of 255 (default: the data set's usual one; ImageNet's for image files and bytes).",
            valueName: "mean"))
    var mean: [Float] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "The standard deviation to divide each channel by, as a share of 255.", valueName: "deviation"))
    var std: [Float] = []

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Resize the shorter side of image files to this length before cropping the centre (default: just covers the network's input).",
            valueName: "pixels"))
    var resize: Int?

    func validate() throws { _ = try PruningSettings.checked(say) }

    /// Returns how images are resized and normalised.
    func say(_ settings: inout PruningSettings) {
        settings.mean = mean
        settings.std = std
        settings.resize = resize
    }

    /// What is asked for.
    func form() throws -> ImageForm { try PruningSettings.checked(say).form() }
}
