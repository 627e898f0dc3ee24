import ArgumentParser

/// The shapes of a network's inputs.
struct InputShapeOptions: ParsableArguments {
    @Option(
        name: [.customLong("input-shape"), .customLong("input_shape")],
        help: ArgumentHelp(
            "The shape of an ONNX model's input, where the model leaves lengths open (default: lengths that fit).",
            discussion: """
                For example images=1x3x224x224; the name may be omitted if there is one input. A question mark leaves \
                a length to the command, as in images=?x3x320x320, and height=320 sets a length by the model's name \
                for it. May be repeated.
                """,
            valueName: "name=shape"))
    var inputShape: [InputShape] = []

    /// The shapes by name.
    func table() throws -> [String: [Int?]] { try inputShape.table() }
}
