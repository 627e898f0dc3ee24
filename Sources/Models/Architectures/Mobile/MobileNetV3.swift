/// The forms of MobileNetV3.
enum MobileNetV3 {
    /// Kernel, width inside, width outside, whether channels are gated, whether the nonlinearity is hard
    /// swish, stride.
    private typealias Row = (kernel: Int, inner: Int, outputs: Int, weighs: Bool, isHard: Bool, stride: Int)

    private static let large: [[Row]] = [
        [(3, 16, 16, false, false, 1)],
        [(3, 64, 24, false, false, 2), (3, 72, 24, false, false, 1)],
        [(5, 72, 40, true, false, 2), (5, 120, 40, true, false, 1), (5, 120, 40, true, false, 1)],
        [
            (3, 240, 80, false, true, 2), (3, 200, 80, false, true, 1), (3, 184, 80, false, true, 1),
            (3, 184, 80, false, true, 1),
        ],
        [(3, 480, 112, true, true, 1), (3, 672, 112, true, true, 1)],
        [(5, 672, 160, true, true, 2), (5, 960, 160, true, true, 1), (5, 960, 160, true, true, 1)],
    ]
    private static let small: [[Row]] = [
        [(3, 16, 16, true, false, 2)],
        [(3, 72, 24, false, false, 2), (3, 88, 24, false, false, 1)],
        [(5, 96, 40, true, true, 2), (5, 240, 40, true, true, 1), (5, 240, 40, true, true, 1)],
        [(5, 120, 48, true, true, 1), (5, 144, 48, true, true, 1)],
        [(5, 288, 96, true, true, 2), (5, 576, 96, true, true, 1), (5, 576, 96, true, true, 1)],
    ]

    private static func blocks(_ stages: [[Row]], isTimm: Bool) -> [MobileBlock] {
        var result: [MobileBlock] = []
        var inputs = 16
        for (stage, rows) in stages.enumerated() {
            for (index, row) in rows.enumerated() {
                let expands = row.inner != inputs
                let layers =
                    isTimm
                    ? MobileKeys.timm(stage, index, expands: expands)
                    : MobileKeys.numbered(
                        "features.\(result.count + 1).block.", expands: expands, excites: row.weighs)
                let excitation = MobileBlock.Excitation(
                    keys: layers.excitation, width: MobileKeys.rounded(Double(row.inner) / 4), inner: .relu,
                    gate: .hardSigmoid)
                result.append(
                    MobileBlock(
                        name: "block\(result.count)", expansion: layers.expansion, filter: layers.filter,
                        excitation: row.weighs ? excitation : nil, reduction: layers.reduction,
                        inputs: inputs, inner: row.inner, outputs: row.outputs, kernel: row.kernel,
                        stride: row.stride, activation: row.isHard ? .hardSwish : .relu,
                        epsilon: isTimm ? 1e-5 : 1e-3))
                inputs = row.outputs
            }
        }
        return result
    }

    static let all: [any Architecture] = [
        ("large", large, 960, 1280), ("small", small, 576, 1024),
    ].flatMap { name, stages, width, hidden -> [any Architecture] in
        let count = stages.map(\.count).reduce(0, +)
        let last = "features.\(count + 1)."
        return [
            MobileNetwork(
                name: "torchvision_mobilenet_v3_\(name)",
                summary: "MobileNetV3 (\(name)) for ImageNet, torchvision's keys",
                stem: MobileBlock.Keys("features.0.0", "features.0.1"), stemWidth: 16,
                activation: .hardSwish, blocks: blocks(stages, isTimm: false),
                head: .hidden(
                    MobileBlock.Keys(last + "0", last + "1"), width: width, hidden: "classifier.0",
                    hiddenWidth: hidden, classifier: "classifier.3"),
                epsilon: 1e-3),
            MobileNetwork(
                name: "timm_mobilenetv3_\(name)_100",
                summary: "MobileNetV3 (\(name)) for ImageNet, timm's keys",
                stem: MobileBlock.Keys("conv_stem", "bn1"), stemWidth: 16, activation: .hardSwish,
                blocks: blocks(stages, isTimm: true),
                head: .convolved(
                    MobileBlock.Keys("blocks.\(stages.count).0.conv", "blocks.\(stages.count).0.bn1"),
                    width: width, hidden: "conv_head", hiddenWidth: hidden, classifier: "classifier"),
                epsilon: 1e-5),
        ]
    }
}
