import Testing
import Torch

/// What does not fit is reported, never trapped on.
@Suite("Tensor errors")
struct ErrorTests {
    let grid: Tensor
    let image: Tensor
    let kernel: Tensor

    init() throws {
        grid = try Tensor(repeating: 1, shape: [2, 3])
        image = try Tensor(repeating: 1, shape: [1, 2, 4, 4])
        kernel = try Tensor(repeating: 1, shape: [3, 2, 3, 3])
    }

    @Test("shapes that do not fit the elements")
    func creation() {
        expectFailure(mentioning: "[2, 2]") { try Tensor([1, 2, 3] as [Float], shape: [2, 2]) }
        expectFailure(mentioning: "negative") { try Tensor([1] as [Float], shape: [-1]) }
        expectFailure(mentioning: "too large") { try Tensor([1] as [Float], shape: [Int.max, 2]) }
        expectFailure(mentioning: "does not fit") { try Tensor([1] as [Float], shape: [Int.max]) }
        expectFailure(mentioning: "-1") { try Tensor(repeating: 0, shape: [-1]) }
        expectFailure(mentioning: "overflow") { try Tensor(repeating: 0, shape: [1 << 62, 8]) }
        expectFailure(mentioning: "allocate") { try Tensor(random: .uniform, shape: [1 << 50], seed: 1) }
    }

    @Test("a broadcast larger than any memory")
    func hugeBroadcast() throws {
        let one = try Tensor([1] as [Float])
        expectFailure(mentioning: "overflow") { try one.expanded(to: [1 << 31, 1 << 31]).floats() }
        expectFailure(mentioning: "overflow") { try one.expanded(to: [1 << 31, 1 << 31]).bytes() }
        expectFailure(mentioning: "overflow") { try one.expanded(to: [1 << 40, 1 << 40]).floats() }
        expectFailure(mentioning: "allocate") { try one.expanded(to: [1 << 50]).floats() }
        #expect(try one.expanded(to: [1 << 31, 1 << 31]).count == 1 << 62)
    }

    @Test("operands that do not broadcast or multiply")
    func operands() throws {
        let other = try Tensor(repeating: 1, shape: [2, 4])
        expectFailure(mentioning: "3") { try grid.adding(other) }
        expectFailure(mentioning: "2x3") { try grid.matrixMultiplied(by: other) }
        expectFailure(mentioning: "multiplied") { try grid.linear(weight: other, bias: nil) }
        expectFailure(mentioning: "size") { try grid.linear(weight: grid, bias: other) }
        expectFailure(mentioning: "negation") { try grid.converted(to: .bool).applying(.negated) }
        expectFailure(mentioning: "zero") {
            try Tensor([1]).combined(.truncatedDivide, Tensor([0]))
        }
        expectFailure(mentioning: "zero") { try Tensor([1]).combined(.remainder, Tensor([0])) }
    }

    @Test("axes that are not there")
    func axes() {
        expectFailure(mentioning: "dimension") { try grid.reduced(.sum, axes: [2]) }
        expectFailure(mentioning: "dim 0") { try grid.reduced(.sum, axes: [0, 0]) }
        expectFailure(mentioning: "dimension") { try grid.argMax(axis: 5) }
        expectFailure(mentioning: "dimension") { try grid.softmax(axis: -3) }
        expectFailure(mentioning: "dimension") { try grid.logSoftmax(axis: 2) }
        expectFailure(mentioning: "dim") { try grid.permuted([0]) }
        expectFailure(mentioning: "dim") { try grid.permuted([0, 0]) }
        expectFailure(mentioning: "dimension") { try grid.flipped(axes: [7]) }
        expectFailure(mentioning: "dimension") { try grid.sliced(axis: 2, 0..<1) }
        expectFailure(mentioning: "axis 4") { try grid.selecting(axis: 4, [0]) }
        expectFailure(mentioning: "dimension") { try Tensor.concatenated([grid], axis: 9) }
    }

    @Test("shapes, positions and amounts that do not fit")
    func shapes() throws {
        let other = try Tensor(repeating: 1, shape: [2, 3, 1])
        expectFailure(mentioning: "[4, 2]") { try grid.reshaped([4, 2]) }
        expectFailure(mentioning: "[2, 4]") { try grid.expanded(to: [2, 4]) }
        expectFailure(mentioning: "step") { try grid.sliced(axis: 0, 0..<1, step: 0) }
        expectFailure(mentioning: "position 3") { try grid.selecting(axis: 1, [0, 3]) }
        expectFailure(mentioning: "position -1") { try grid.selecting(axis: 1, [-1]) }
        expectFailure(mentioning: "non-empty") { try Tensor.concatenated([], axis: 0) }
        expectFailure(mentioning: "dimensions") { try Tensor.concatenated([grid, other], axis: 0) }
        expectFailure(mentioning: "padding for 1 axes") { try grid.padded([(1, 1)]) }
        expectFailure(mentioning: "reflection of 3") { try grid.padded([(0, 0), (3, 0)], mode: .reflect) }
        expectFailure(mentioning: "length") { try grid.padded([(0, 0), (-2, -2)]) }
        expectFailure(mentioning: "not a scalar") { try grid.scalar() }
    }

    @Test("geometries that libtorch may divide by zero on")
    func geometries() {
        func convolve(
            stride: [Int] = [1, 1], padding: [Int] = [0, 0], dilation: [Int] = [1, 1],
            outputPadding: [Int]? = nil, groups: Int = 1
        ) throws -> Tensor {
            try image.convolved(
                weight: kernel, bias: nil,
                geometry: .init(
                    stride: stride, padding: padding, dilation: dilation, outputPadding: outputPadding,
                    groups: groups))
        }
        expectFailure(mentioning: "stride must be at least 1, got [0, 1]") { try convolve(stride: [0, 1]) }
        expectFailure(mentioning: "padding must be at least 0") { try convolve(padding: [-1, 0]) }
        expectFailure(mentioning: "dilation must be at least 1") { try convolve(dilation: [1, 0]) }
        expectFailure(mentioning: "output padding must") { try convolve(outputPadding: [-1, 0]) }
        expectFailure(mentioning: "groups must be at least 1") { try convolve(groups: 0) }
        expectFailure(mentioning: "differ in length") { try convolve(padding: [0]) }
        expectFailure(mentioning: "over 1 axes") { try convolve(stride: [1], padding: [0], dilation: [1]) }
        expectFailure(mentioning: "kernel size") { try convolve(dilation: [4, 4]) }
        expectFailure(mentioning: "groups") { try convolve(groups: 2) }
        expectFailure(mentioning: "padding must be at most") { try convolve(padding: [1 << 61, 0]) }
        expectFailure(mentioning: "dilation must be at most") { try convolve(dilation: [1, .max]) }
        expectFailure(mentioning: "stride must be at most") { try convolve(stride: [.max, 1]) }
        expectFailure(mentioning: "size") { try convolve(padding: [1 << 30, 1 << 30]) }
        expectFailure(mentioning: "channels") {
            try grid.reshaped([1, 1, 2, 3]).convolved(
                weight: kernel, bias: nil,
                geometry: .init(stride: [1, 1], padding: [1, 1], dilation: [1, 1]))
        }
    }

    @Test("windows that do not fit")
    func windows() {
        func pool(
            _ kernel: [Int], _ stride: [Int], _ padding: [Int] = [0, 0], dilation: [Int] = [1, 1]
        ) throws -> Tensor {
            try image.maxPooled(.init(kernel: kernel, stride: stride, padding: padding), dilation: dilation)
        }
        expectFailure(mentioning: "kernel must be at least 1") { try pool([0, 2], [1, 1]) }
        expectFailure(mentioning: "stride must be at least 1") { try pool([2, 2], [0, 1]) }
        expectFailure(mentioning: "dilation must be at least 1") {
            try pool([2, 2], [1, 1], dilation: [0, 1])
        }
        expectFailure(mentioning: "pad") { try pool([2, 2], [1, 1], [2, 2]) }
        expectFailure(mentioning: "too small") { try pool([5, 5], [1, 1]) }
        expectFailure(mentioning: "differ in length") { try pool([2], [1, 1]) }
        expectFailure(mentioning: "over 4 axes") {
            try image.maxPooled(
                .init(kernel: [1, 1, 1, 1], stride: [1, 1, 1, 1], padding: [0, 0, 0, 0]),
                dilation: [1, 1, 1, 1])
        }
        expectFailure(mentioning: "stride must be at least 1") {
            try image.averagePooled(
                .init(kernel: [2, 2], stride: [1, 0], padding: [0, 0]), countingPadding: true)
        }
        expectFailure(mentioning: "differ in length") {
            try image.averagePooled(
                .init(kernel: [2, 2], stride: [1, 1], padding: [0]), countingPadding: true)
        }
    }

    @Test("statistics of the wrong width, and a single value per channel")
    func batchNorm() throws {
        let two = try Tensor(repeating: 1, shape: [2])
        let three = try Tensor(repeating: 1, shape: [3])
        for wrong in 0..<4 {
            let statistics = (0..<4).map { $0 == wrong ? three : two }
            expectFailure(mentioning: "3") {
                try image.batchNormalised(
                    scale: statistics[0], shift: statistics[1], mean: statistics[2], variance: statistics[3],
                    epsilon: 1e-5)
            }
        }
        expectFailure(mentioning: "more than one value per channel") {
            try Tensor(repeating: 1, shape: [1, 2, 1, 1]).batchNormalisedInTraining(
                scale: two, shift: two, mean: two, variance: two, epsilon: 1e-5, momentum: 0.1)
        }
    }

    @Test("classes that are not there", arguments: [3, -1, -100])
    func classes(target: Int) {
        expectFailure(mentioning: "out of bounds") { try grid.crossEntropy(targets: Tensor([0, target])) }
    }

    @Test("targets that are no class indices")
    func targets() {
        expectFailure(mentioning: "integers") { try grid.crossEntropy(targets: grid) }
        expectFailure(mentioning: "batch_size") { try grid.crossEntropy(targets: Tensor([0, 1, 2])) }
        expectFailure(mentioning: "label_smoothing") {
            try grid.crossEntropy(targets: Tensor([0, 1]), labelSmoothing: 2)
        }
    }

    @Test("devices that are not there")
    func devices() throws {
        expectFailure(mentioning: "CUDA") { try grid.moved(to: .cuda(Runtime.cudaDeviceCount)) }
        expectFailure(mentioning: "no CUDA device") { try grid.moved(to: .cuda(-1)) }
        expectFailure(mentioning: "no CUDA device") { try grid.moved(to: .cuda(256)) }
        expectFailure(mentioning: "CUDA") {
            try Tensor(repeating: 0, shape: [1], device: .cuda(Runtime.cudaDeviceCount))
        }
        expectFailure(mentioning: "-1") { try Runtime.device(gpuIdentifier: -2) }
        expectFailure(mentioning: "CUDA devices") {
            try Runtime.device(gpuIdentifier: Runtime.cudaDeviceCount)
        }
        #expect(try Runtime.device(gpuIdentifier: -1) == .cpu)
        #expect(Device.cpu.description == "cpu")
        #expect(Device.cuda(1).description == "cuda:1")
    }

    @Test("messages hold no call trace")
    func messages() {
        let error = #expect(throws: TorchError.self) { try grid.reshaped([4]) }
        let message = error?.message ?? ""
        #expect(!message.isEmpty)
        #expect(!message.contains("frame #"))
        #expect(error.map { "\($0)" } == message)
    }
}
