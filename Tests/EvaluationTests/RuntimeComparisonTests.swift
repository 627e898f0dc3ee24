import DeployedRuntime
import Evaluation
import Foundation
import Graph
import NetworkSupport
import TestSupport
import Testing
import Torch

@Suite("Two networks in the runtime where they are used")
struct RuntimeComparisonTests {
    private static let options = LatencyMeter.Options(warmUps: 1, repetitions: 3, seconds: 0)

    private func network(_ width: Int) throws -> Graph {
        var sketch = try Sketch(input: [1, 4])
        let inner = try sketch.linear("inner", sketch.input, outputs: width)
        let active = try sketch.node("Relu", "active", [inner])
        sketch.finish([try sketch.linear("scores", active, outputs: 3)])
        return sketch.graph
    }

    /// A runtime that refuses wide networks and shifts all outputs.
    private struct Picky: InferenceRuntime {
        var widest = Int.max
        var shift = 0.0
        var isSlow = false
        let name = "Picky"
        let version = "1"
        let threads = 1
        let isOwn = false

        func prepare(_ graph: Graph, inputs: [Tensor]) throws -> any PreparedNetwork {
            guard graph.parameterCount <= widest else { throw ONNXRuntimeError("too wide") }
            return Shifted(
                network: try LibtorchRuntime().prepare(graph, inputs: inputs), shift: shift,
                pause: isSlow ? 0.005 : 0)
        }

        func operatorTimes(of graph: Graph, inputs: [Tensor], runs: Int) throws -> [String: Double]? {
            ["MatMul": Double(graph.multiplyAccumulates), "Pause": 1000, "P\(graph.parameterCount)": 1]
        }
    }

    private struct Shifted: PreparedNetwork {
        let network: any PreparedNetwork
        let shift: Double
        let pause: TimeInterval

        func run() throws {
            Thread.sleep(forTimeInterval: pause)
            try network.run()
        }
        func outputs() throws -> [Tensor] {
            try network.outputs().map { try $0.adding(Tensor(repeating: shift, shape: [1])) }
        }
    }

    @Test("libtorch's outputs need no check")
    func own() throws {
        let runtime = LibtorchRuntime()
        let comparison = try RuntimeComparison(
            (network(8), runtime), (network(4), runtime), else: nil, options: Self.options)
        #expect(comparison.runtime == "libtorch" && comparison.checks == nil)
        #expect(comparison.version == Runtime.version && comparison.threads == Runtime.threadCount)
        let times = try #require(comparison.times)
        #expect(times.runs == 3)
        for sample in [times.base, times.other] {
            #expect(0 < sample.lowerQuartile)
            #expect(sample.lowerQuartile <= sample.median && sample.median <= sample.upperQuartile)
        }
    }

    @Test("a runtime that gives the executor's outputs is said to, one that does not is not")
    func outputs() throws {
        for (shift, isEqual) in [(0, true), (1e-7, true), (0.5, false), (.nan, false)] as [(Double, Bool)] {
            let runtime = Picky(shift: shift)
            let comparison = try RuntimeComparison(
                (network(8), runtime), (network(4), runtime), else: nil, options: Self.options)
            let check = try #require(comparison.checks?.other)
            #expect(check.refusal == nil && check.isEqual == isEqual && check.runtime == "Picky 1")
            #expect(comparison.runtime == "Picky" && comparison.times != nil)
        }
    }

    @Test("a refusal is told by its reason, and times are those of the other runtime")
    func refusal() throws {
        let (wide, narrow) = (try network(8), try network(4))
        let runtime = Picky(widest: narrow.parameterCount)
        let strict = try RuntimeComparison(
            (narrow, runtime), (wide, runtime), else: nil, options: Self.options)
        #expect(strict.times == nil && strict.checks?.base.refusal == nil)
        #expect(strict.checks?.other.refusal == "too wide" && strict.checks?.other.isEqual == false)
        let kind = try RuntimeComparison(
            (narrow, runtime), (wide, runtime), else: LibtorchRuntime(), options: Self.options)
        #expect(kind.runtime == "libtorch" && kind.times != nil)
        #expect(kind.checks == strict.checks)
    }

    @Test("where a saving does not arrive as time, the report says by nodes where the time goes")
    func shortfall() throws {
        let (wide, narrow) = (try network(64), try network(16))
        let runtime = Picky(isSlow: true)
        let comparison = try RuntimeComparison(
            (wide, runtime), (narrow, runtime), else: nil, options: Self.options)
        let shortfall = try #require(comparison.shortfall)
        let share = Double(narrow.multiplyAccumulates) / Double(wide.multiplyAccumulates)
        #expect(shortfall.multiplyAccumulates == share)
        #expect(
            shortfall.operators == [
                .init(name: "Pause", base: 1000, other: 1000),
                .init(
                    name: "MatMul", base: Double(wide.multiplyAccumulates),
                    other: Double(narrow.multiplyAccumulates)),
                .init(name: "P\(wide.parameterCount)", base: 1, other: 0),
                .init(name: "P\(narrow.parameterCount)", base: 0, other: 1),
            ])
        let same = try RuntimeComparison(
            (wide, runtime), (wide, runtime), else: nil, options: Self.options)
        #expect(same.shortfall == nil)
        let silent = try RuntimeComparison(
            (wide, LibtorchRuntime()), (narrow, LibtorchRuntime()), else: nil, options: Self.options)
        #expect(silent.shortfall == nil)
    }

    @Test(
        "savings count as arrived from four fifths of them on",
        arguments: [(0.5, 0.59, false), (0.5, 0.61, true), (0.5, 1.2, true), (0.96, 1.0, false)])
    func arriving(multiplyAccumulates: Double, time: Double, isShort: Bool) {
        #expect(
            LatencyShortfall.isShort(multiplyAccumulates: multiplyAccumulates, time: time) == isShort)
    }

    @Test("runs end at a limit of seconds, after one of each at least")
    func limit() throws {
        let options = LatencyMeter.Options(repetitions: 1000, seconds: 0, mostSeconds: 0)
        let times = try LatencyMeter(network(4), options: options).times(of: network(4))
        #expect(times.runs == 1)
    }
}
