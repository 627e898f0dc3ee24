import Testing
import Torch

/// State that all tensors of the process share.
@Suite("Runtime", .serialized)
struct RuntimeTests {
    @Test("the version is libtorch's")
    func version() {
        #expect(Runtime.version.split(separator: ".").first.flatMap { Int($0) } ?? 0 >= 1)
    }

    @Test("the number of threads can be set and must be positive")
    func threads() throws {
        let before = Runtime.threadCount
        defer { try? Runtime.setThreadCount(before) }
        try Runtime.setThreadCount(1)
        #expect(Runtime.threadCount == 1)
        try Runtime.setThreadCount(2)
        #expect(Runtime.threadCount == 2)
        expectFailure(mentioning: "1 ... 1024, got 0") { try Runtime.setThreadCount(0) }
        expectFailure(mentioning: "got -3") { try Runtime.setThreadCount(-3) }
        #expect(Runtime.threadCount == 2)
    }

    /// A way to make tensors that all have to be released again.
    struct Path: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let run: @Sendable (Tensor) throws -> Void

        init(_ name: String, _ run: @escaping @Sendable (Tensor) throws -> Void) {
            testDescription = name
            self.run = run
        }
    }

    static let paths = [
        Path("creation") { _ in _ = try Tensor([1, 2] as [Float]) },
        Path("elements") { _ = try $0.floats() },
        Path("operation") { _ = try $0.adding($0) },
        Path("failure") { tensor in _ = try? tensor.reshaped([3, 3]) },
        Path("concatenation") { _ = try Tensor.concatenated([$0, $0], axis: 0) },
        Path("selection") { _ = try $0.selecting(axis: 0, [1]) },
        Path("statistics") {
            let statistic = try $0.sliced(axis: 0, 0..<1).reshaped([2])
            _ = try $0.batchNormalisedInTraining(
                scale: statistic, shift: statistic, mean: statistic, variance: statistic, epsilon: 1e-5,
                momentum: 0.1)
        },
        Path("gradients") {
            let leaf = try $0.requiringGradient()
            _ = try leaf.multiplied(by: leaf).reduced(.sum, axes: [0, 1]).gradients(of: [
                leaf, $0.requiringGradient(),
            ])
        },
        Path("gradient that fails") {
            let leaf = try $0.requiringGradient()
            _ = try? leaf.gradients(of: [leaf])
        },
        Path("descent") {
            var optimiser = try GradientDescent(momentum: 0.9)
            let once = try optimiser.step([$0, $0], gradients: [$0, $0], learningRate: 0.1)
            _ = try optimiser.step(once, gradients: [$0, $0], learningRate: 0.1)
        },
    ]

    /// Other suites of the process hold tensors too, but by far fewer than these.
    static let repetitions = 4000

    @Test("everything that an operation makes is released", arguments: paths)
    func released(path: Path) throws {
        let tensor = try Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])
        let before = Runtime.liveTensorCount
        for _ in 0..<Self.repetitions { try path.run(tensor) }
        // One leaked tensor per repetition would add twice this.
        #expect(Runtime.liveTensorCount - before < Self.repetitions / 2)
        #expect(try tensor.floats() == [1, 2, 3, 4])
    }

    @Test("tensors that are held are counted")
    func counted() throws {
        let before = Runtime.liveTensorCount
        let held = try (0..<Self.repetitions).map { try Tensor([$0]) }
        let during = Runtime.liveTensorCount
        #expect(during - before > Self.repetitions / 2)
        #expect(held.count == Self.repetitions)
    }
}
