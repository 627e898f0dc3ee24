internal import Graph
internal import Torch

/// Rows `[pixels or tokens, channels]`, one for each pixel or token of all images.
extension NetworkBuilder {
    /// Turns each pixel of a map into a row.
    mutating func pixels(_ name: String, _ features: Features) throws -> Features {
        let last = try operation(
            "Transpose", name + ".transpose", features, ["perm": .integers([0, 2, 3, 1])])
        return try reshaped(name, last, to: [-1, features.channels], origin: features.origin)
    }

    /// Turns rows into a map, as high and as wide as another one.
    mutating func map(_ name: String, _ rows: Features, like other: Features) throws -> Features {
        let last = try reshaped(
            name + ".shape", rows, to: [-1] + other.lengths + [rows.channels], origin: rows.origin)
        return try node(
            "Transpose", name, [last.value], ["perm": .integers([0, 3, 1, 2])], origin: rows.origin)
    }

    /// Reshapes a value; -1 stands for what is left.
    mutating func reshaped(
        _ name: String, _ features: Features, to shape: [Int], origin: String
    ) throws -> Features {
        let wanted = try constant(name + ".shape", Tensor(shape))
        return try node("Reshape", name, [features.value, wanted], origin: origin)
    }

    /// Adds a layer normalisation of each row.
    mutating func rowNormalisation(_ key: String, _ rows: Features, epsilon: Double) throws -> Features {
        let length = rows.shape.last ?? 0
        let scale = try parameter(key + ".weight", [length], of: rows, value: 1)
        let shift = try parameter(key + ".bias", [length], of: rows, value: 0)
        return try node(
            "LayerNormalization", key, [rows.value, scale, shift], ["epsilon": .float(Float(epsilon))],
            origin: rows.origin)
    }

    /// Adds a layer normalisation over the channels of each pixel.
    mutating func channelNormalisation(_ key: String, _ features: Features) throws -> Features {
        let last = try operation(
            "Transpose", key + ".last", features, ["perm": .integers([0, 2, 3, 1])])
        let normalised = try rowNormalisation(key, last, epsilon: 1e-6)
        return try node(
            "Transpose", key + ".first", [normalised.value], ["perm": .integers([0, 3, 1, 2])],
            origin: features.origin)
    }

    /// Multiplies each channel of a map by a number.
    ///
    /// - Parameter isMap: Whether the stored numbers are a map of one pixel.
    mutating func scaled(_ key: String, _ features: Features, isMap: Bool) throws -> Features {
        let shape = isMap ? [features.channels, 1, 1] : [features.channels]
        var scale = try parameter(key, shape, of: features, value: 1)
        if !isMap {
            let wanted = try constant(key + ".shape", Tensor([-1, 1, 1]))
            scale = try node("Reshape", key + ".map", [scale, wanted], origin: features.origin).value
        }
        return try node("Mul", key + ".scale", [features.value, scale], origin: features.origin)
    }
}
