import ArgumentParser
import IntraFusion

/// What most users say: where the result goes, how much of the network stays, and what its inputs look like.
struct PruneUsualOptions: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "Where the network is written, as ONNX or safetensors by its ending; it may be the file that is read.",
            valueName: "file"))
    var output: OutputFile?

    @Option(
        help: ArgumentHelp(
            "How many multiply-accumulates may be left: a share up to 1, or a number (default: 0.7, where nothing else says how much).",
            valueName: "amount"))
    var targetMacs: Double?

    @Option(
        help: ArgumentHelp(
            "Find the smallest network that keeps at least this share of the original: of its answers on inputs that no fit has seen, or of the number that --metric prints.",
            valueName: "share"))
    var keep: Double?

    @Option(
        help: ArgumentHelp(
            "A few hundred inputs of your own, without labels: layers are fitted on them, and the result is judged on some left aside.",
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
}
