import ArgumentParser
import IntraFusion

/// What most users say: where the result goes, how much of the network stays, and what its inputs look like.
struct PruneUsualOptions: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "Where to write the network, as ONNX or safetensors depending on the extension; may be the input file.",
            valueName: "file"))
    var output: OutputFile?

    @Option(
        help: ArgumentHelp(
            "How many multiply-accumulates may be left: a share up to 1, or a number (default: 0.7, if no other option sets an amount).",
            valueName: "amount"))
    var targetMacs: Double?

    @Option(
        help: ArgumentHelp(
            "Find the smallest network that keeps at least this share of the original: of its answers on held-out inputs, or of the number that --metric prints.",
            valueName: "share"))
    var keep: Double?

    @Option(
        help: ArgumentHelp(
            "A few hundred inputs of your own, without labels: layers are fitted on them, and the result is judged on some held out.",
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
                """, valueName: "folder|file|auto|photos|synthetic|inverted|none"), completion: .file())
    var calibrate: String?
}
