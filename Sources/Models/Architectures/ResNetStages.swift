/// The stages of a residual network.
struct ResNetStages: Sendable, Hashable {
    /// One residual block.
    struct Block: Sendable, Hashable {
        /// As "layer1.0".
        let name: String
        /// The width inside the block.
        let width: Int
        /// The width of the stream after it.
        let outputs: Int
        /// The step of its 3 x 3 convolution (the first of two).
        let stride: Int
    }

    /// The number of blocks of each stage.
    let counts: [Int]
    /// Whether blocks are 1 x 1, 3 x 3, 1 x 1 with four times as many outputs, instead of two 3 x 3.
    let isBottleneck: Bool
    /// The width inside a bottleneck relative to the usual one.
    var widening = 1
    /// The groups of the 3 x 3 convolutions in bottlenecks.
    var groups = 1
    /// The width of the stem and of the first stage; each further stage is twice as wide as the previous one.
    var firstWidth = 64

    /// All blocks in order.
    var blocks: [Block] {
        counts.enumerated().flatMap { stage, count in
            (0..<count).map { index in
                let planes = firstWidth << stage
                return Block(
                    name: "layer\(stage + 1).\(index)", width: planes * widening,
                    outputs: isBottleneck ? planes * 4 : planes, stride: index == 0 && stage > 0 ? 2 : 1)
            }
        }
    }

    /// The length of the last stage's map for images of 32 x 32 pixels, if the stem keeps the size.
    var finalMap: Int { 32 >> (counts.count - 1) }

    /// The customary depths.
    static let depths: [(depth: Int, stages: ResNetStages)] = [
        (18, ResNetStages(counts: [2, 2, 2, 2], isBottleneck: false)),
        (34, ResNetStages(counts: [3, 4, 6, 3], isBottleneck: false)),
        (50, ResNetStages(counts: [3, 4, 6, 3], isBottleneck: true)),
        (101, ResNetStages(counts: [3, 4, 23, 3], isBottleneck: true)),
        (152, ResNetStages(counts: [3, 8, 36, 3], isBottleneck: true)),
    ]

    /// The depths of the narrow networks with three stages, of n blocks each: 6 n + 2.
    static let narrowDepths: [(depth: Int, stages: ResNetStages)] = [3, 5, 7, 9, 18].map { count in
        (
            6 * count + 2,
            ResNetStages(counts: [count, count, count], isBottleneck: false, firstWidth: 16)
        )
    }
}
