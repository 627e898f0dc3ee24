import Graph
import Torch

/// Shapes in which inputs are typically used, to try first for lengths that a model leaves open.
///
/// Small shapes come before large ones of the same use.
struct TypicalLengths {
    /// The sizes of images in the model's metadata, as height and width.
    private let named: [[Int]]

    private static let images = [
        [224, 224], [320, 320], [48, 320], [640, 640], [32, 32], [28, 28], [64, 64], [96, 96], [128, 128],
        [160, 160], [192, 192], [256, 256], [299, 299], [384, 384], [416, 416], [512, 512], [800, 800],
        [1024, 1024], [16, 16], [8, 8], [1, 1],
    ]
    private static let volumes = [
        [16, 112, 112], [32, 32, 32], [64, 64, 64], [8, 224, 224], [16, 224, 224], [128, 128, 128],
        [8, 8, 8],
        [1, 1, 1],
    ]
    private static let tokens = [128, 512, 64, 77, 32, 256, 16, 8, 1024, 2048, 1]
    /// 576 and 288 are 512 and 256 samples with an eighth more before them, as voice detectors take them.
    private static let samples = [
        16_000, 576, 512, 288, 256, 1024, 128, 480, 400, 160, 4_096, 8_000, 32_000, 48_000, 64, 32, 1,
    ]
    private static let frames = [128, 512, 100, 256, 1_000, 3_000, 64, 32, 1_024, 16_000, 16, 8, 1]

    /// Makes the table for a model.
    ///
    /// - Parameter metadata: The model's metadata; "imgsz" gives the size of its images.
    init(metadata: [String: String]) {
        let numbers = (metadata["imgsz"] ?? "").split { !$0.isNumber }.compactMap { Int($0) }
        let isUsable = (1...2).contains(numbers.count) && numbers.allSatisfy { (1...8_192).contains($0) }
        named = isUsable ? [[numbers[0], numbers[numbers.count - 1]]] : []
    }

    /// Returns complete shapes for an input, the best first; a single one if all lengths are declared.
    func shapes(of port: DimensionTable.Port) -> [[Int]] {
        let fixed = port.dimensions.map { dimension -> Int? in
            if case .fixed(let length) = dimension { length } else { nil }
        }
        func filled(_ axes: [Int], _ lengths: [Int], _ channel: (axis: Int, length: Int)? = nil) -> [Int] {
            var shape = fixed.map { $0 ?? 1 }
            for (axis, length) in zip(axes, lengths) where fixed[axis] == nil { shape[axis] = length }
            if let channel, fixed[channel.axis] == nil { shape[channel.axis] = channel.length }
            return shape
        }
        func isColour(_ axis: Int) -> Bool { fixed[axis].map { (1...4).contains($0) } ?? false }
        func pictures(_ axes: [Int], channel: Int) -> [[Int]] {
            (named + Self.images).flatMap { size in
                (fixed[channel] == nil ? [3, 1] : [3]).map { filled(axes, size, (channel, $0)) }
            }
        }
        let isText = !port.element.isFloatingPoint
        let shapes: [[Int]]
        switch fixed.count {
        case 1: shapes = ([1] + (isText ? Self.tokens : Self.samples)).map { filled([0], [$0]) }
        case 2: shapes = (isText ? Self.tokens : Self.samples).map { filled([1], [$0]) }
        // The state of a recurrent layer: layers, sequences, width.
        case 3 where fixed[1] == nil && fixed[2] != nil && (fixed[0] ?? 1) > 1: shapes = [filled([1], [1])]
        case 3 where isColour(2) && fixed[1] == nil: shapes = pictures([0, 1], channel: 2)
        case 3 where isColour(0) && fixed[1] == nil: shapes = pictures([1, 2], channel: 0)
        case 3 where fixed[1] == nil && fixed[2] != nil: shapes = Self.tokens.map { filled([1], [$0]) }
        case 3:
            // Frames of a spectrogram; 80 is the number of bands that most speech networks take.
            shapes = Self.frames.map { filled([2], [$0], (1, 80)) }
        case 4 where isColour(3) && !isColour(1): shapes = pictures([1, 2], channel: 3)
        case 4 where !isColour(1) && fixed[1] != nil && fixed[3] != nil:
            shapes = Self.tokens.map { filled([2], [$0]) }
        case 4: shapes = pictures([2, 3], channel: 1)
        case 5: shapes = Self.volumes.map { filled([2, 3, 4], $0, (1, 3)) }
        default: shapes = [fixed.map { $0 ?? 1 }]
        }
        var seen: Set<[Int]> = []
        return shapes.filter { seen.insert($0).inserted }
    }
}
