import Checkpoints
import Datasets
import Foundation
import Graph
import Models
import Testing
import Torch

/// The network of `Fixtures/make_fixtures.py`, described as a user of the library would.
struct SmallNetwork: Architecture {
    var name: String { "small" }
    var summary: String { "two convolutions" }
    var firstLayer: String { "first" }
    var defaultClasses: Int { 3 }
    var defaultImageSize: SpatialSize { SpatialSize(height: 8, width: 8) }

    func build(_ network: inout NetworkBuilder) throws {
        var features = try network.convolution(
            "first", network.input, outputs: 4, kernel: 3, padding: 1, bias: .always)
        features = try network.batchNormalisation("norm", features)
        features = try network.relu("relu1", features)
        features = try network.maxPooling("pool", features, kernel: 2, stride: 2)
        features = try network.convolution(
            "second", features, outputs: 5, kernel: 3, stride: 2, padding: 1, bias: .optional)
        features = try network.relu("relu2", features)
        features = try network.globalAveragePooling("mean", features)
        features = try network.flattened("flatten", features)
        try network.classifier("classifier", features)
    }

    /// The images of the generator, or others that differ by `offset`.
    static func images(count: Int = 12, offset: Int = 0) throws -> ImageDataset {
        let size = try ImageSize(channels: 2, height: 8, width: 8)
        let pixels = (0..<count * size.count).map { index in
            UInt8((index * index * 7 + index * 13 + index / 128 * 29 + offset) % 256)
        }
        return try ImageDataset(
            name: "noise", split: .train, classNames: ["a", "b", "c"], imageSize: size,
            normalisation: Normalisation(mean: [0.5, 0.5], deviation: [0.25, 0.25]),
            labels: (0..<count).map { $0 % 3 }, pixels: pixels)
    }

    /// Images of three kinds that can be told apart: stripes along rows, along columns, and none; with noise.
    static func patterns(count: Int, seed: UInt64) throws -> ImageDataset {
        let size = try ImageSize(channels: 2, height: 8, width: 8)
        var generator = SplitMixGenerator(seed: seed)
        let pixels = (0..<count * size.count).map { index in
            let (image, row, column) = (index / size.count, index % 64 / 8, index % 8)
            let signal = [row % 2, column % 2, 1][image % 3] * 120
            return UInt8(signal + Int(generator.next() % 100))
        }
        return try ImageDataset(
            name: "patterns", split: .train, classNames: ["rows", "columns", "none"], imageSize: size,
            normalisation: Normalisation(mean: [0.5, 0.5], deviation: [0.25, 0.25]),
            labels: (0..<count).map { $0 % 3 }, pixels: pixels)
    }

    static func stored() throws -> StateDictionary {
        let file = try #require(
            Bundle.module.url(forResource: "training", withExtension: "safetensors", subdirectory: "Fixtures")
        )
        return try CheckpointFile.load(file).state
    }

    static func initialised(seed: UInt64 = 1) throws -> Graph {
        try SmallNetwork().initialised(inputChannels: 2, seed: seed)
    }
}

extension StateDictionary {
    /// Returns the tensors whose names have a prefix, without it.
    func section(_ prefix: String) -> StateDictionary {
        StateDictionary(
            filter { $0.name.hasPrefix(prefix) }.map {
                (name: String($0.name.dropFirst(prefix.count)), tensor: $0.tensor)
            })
    }

    /// The bytes of all tensors by name.
    var contents: [String: [UInt8]] {
        get throws {
            try Dictionary(uniqueKeysWithValues: map { ($0.name, try $0.tensor.bytes()) })
        }
    }
}
