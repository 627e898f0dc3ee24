internal import Graph
internal import Operators

extension NetworkBuilder {
    /// Adds the activation max(0, x).
    public mutating func relu(_ name: String, _ features: Features) throws -> Features {
        try operation("Relu", name, features)
    }

    /// Adds a max pooling over square windows.
    public mutating func maxPooling(
        _ name: String, _ features: Features, kernel: Int, stride: Int, padding: Int = 0
    ) throws -> Features {
        try operation("MaxPool", name, features, window(kernel: kernel, stride: stride, padding: padding))
    }

    /// Adds an average pooling over square windows that do not overlap.
    public mutating func averagePooling(
        _ name: String, _ features: Features, kernel: Int
    ) throws -> Features {
        try operation("AveragePool", name, features, window(kernel: kernel, stride: kernel, padding: 0))
    }

    /// Adds a global average pooling.
    public mutating func globalAveragePooling(_ name: String, _ features: Features) throws -> Features {
        try operation("GlobalAveragePool", name, features)
    }

    /// Adds an average pooling down to a map of `length` x `length`, or nothing if the map has this size.
    ///
    /// - Throws: `GraphError` unless the map's lengths are multiples of it.
    public mutating func adaptiveAveragePooling(
        _ name: String, _ features: Features, length: Int
    ) throws -> Features {
        let lengths = features.lengths
        guard lengths.count == 2, lengths.allSatisfy({ $0 > 0 && $0 % length == 0 }) else {
            throw GraphError(
                "a map of \(lengths) cannot be split into \(length) x \(length) windows", node: name)
        }
        let kernel = lengths.map { $0 / length }
        guard kernel != [1, 1] else { return features }
        return try operation(
            "AveragePool", name, features, ["kernel_shape": .integers(kernel), "strides": .integers(kernel)])
    }

    /// Flattens each image to a vector: channel by channel, row by row.
    public mutating func flattened(_ name: String, _ features: Features) throws -> Features {
        let flat = try operation("Flatten", name, features)
        let map = features.lengths.map { "\($0)" }.joined(separator: " x ")
        let isMap = features.lengths.contains { $0 != 1 }
        return Features(
            value: flat.value, shape: flat.shape,
            origin: isMap ? "\(features.origin) (\(features.channels) channels of \(map))" : features.origin)
    }

    /// Adds a dropout of half of the values in training.
    public mutating func dropout(_ name: String, _ features: Features) throws -> Features {
        try operation("Dropout", name, features)
    }
}
