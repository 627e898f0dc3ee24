internal import Graph
internal import Torch

extension NetworkBuilder {
    /// Takes every n-th pixel and adds channels of zeros, the same number before and after.
    ///
    /// - Throws: `GraphError` if there are more input channels than requested.
    mutating func zeroPaddedShortcut(
        _ name: String, _ features: Features, channels: Int, stride: Int
    ) throws -> Features {
        var shortcut = features
        if stride != 1 {
            shortcut = try operation(
                "MaxPool", name + ".subsample", features, window(kernel: 1, stride: stride, padding: 0))
        }
        let missing = channels - features.channels
        guard missing > 0 else { return shortcut }
        let front = missing / 2
        let amounts = try constant(
            name + ".pads", Tensor([0, front, 0, 0, 0, missing - front, 0, 0]))
        return try node("Pad", name, [shortcut.value, amounts], origin: features.origin)
    }

    /// Joins the channels of two maps.
    mutating func joined(_ name: String, _ first: Features, _ second: Features) throws -> Features {
        try node(
            "Concat", name, [first.value, second.value], ["axis": .integer(1)], origin: first.origin)
    }
}
