import Analysis
import AnalysisSupport
import Calibration
import Compression
import Graph
import Importance
import NetworkSupport
import Testing
import Torch

@Suite("What of sequences of tokens counts")
struct SequenceMaskTests {
    private enum Reading {
        case masked, first, everything
    }

    private static let samples = 6
    private static let length = 8
    private static let width = 12
    private static let lengths = [3, 8, 5, 4, 6, 2]

    /// Two layers over an embedding, whose results are added where a mask says so, or of which only the first is read.
    private func network(_ reading: Reading) throws -> Graph {
        let (length, width) = (Self.length, Self.width)
        let type = TensorType(.int64, [Self.samples, length])
        var sketch = try Sketch(input: type)
        let mask = try sketch.input("mask", type)
        let embedded = try sketch.node(
            "Gather", "embedded", [sketch.parameter("table", [20, width]), sketch.input])
        var hidden = embedded
        for name in ["one", "two"] {
            let product = try sketch.node(
                "MatMul", name + ".product", [hidden, sketch.parameter(name + ".weight", [width, width])])
            hidden = try sketch.node(
                "Relu", name,
                [sketch.node("Add", name + ".sum", [product, sketch.parameter(name + ".bias", [width])])])
        }
        let last = try sketch.node(
            "MatMul", "last", [hidden, sketch.parameter("last.weight", [width, 5])])
        switch reading {
        case .masked:
            let factors = try sketch.node(
                "Unsqueeze", "factors",
                [
                    sketch.node("Cast", "cast", [mask], ["to": .integer(1)]),
                    sketch.integers("axis", [2]),
                ])
            let kept = try sketch.node("Mul", "kept", [last, factors])
            sketch.finish([
                try sketch.node(
                    "ReduceSum", "out", [kept, sketch.integers("axes", [1])], ["keepdims": .integer(0)])
            ])
        case .first:
            sketch.finish([
                try sketch.node(
                    "Gather", "out", [last, sketch.integers("index", [0])], ["axis": .integer(1)])
            ])
        case .everything: sketch.finish([last])
        }
        return sketch.graph
    }

    private func batch(_ lengths: [Int], filling: Int = 0, seed: UInt64) throws -> [Tensor] {
        let mask = lengths.flatMap { count in (0..<Self.length).map { $0 < count ? 1 : 0 } }
        let tokens = mask.enumerated().map { place, counts in
            counts == 0 ? filling : 2 + (place * 7 + Int(seed) * 5 + place * place) % 18
        }
        let shape = [lengths.count, Self.length]
        return try [tokens, mask].map { try Tensor($0).reshaped(shape) }
    }

    private func positions(_ lengths: [Int]) -> [Int] {
        lengths.enumerated().flatMap { sample, count in (0..<count).map { sample * Self.length + $0 } }
    }

    @Test("filling does not, in other batches either")
    func filling() throws {
        let graph = try network(.masked)
        let inputs = try batch(Self.lengths, seed: 1)
        let mask = try #require(try SequenceMask(of: graph, on: Calibration(images: [inputs])))
        let other = [1, 7, 8, 2, 2, 3]
        for name in ["one.product", "two", "last"] {
            let value = try #require(graph.value(named: name))
            #expect(try mask.positions(of: value, axis: 2, inputs) == positions(Self.lengths))
            #expect(try mask.positions(of: value, axis: 2, batch(other, seed: 2)) == positions(other))
            #expect(try mask.positions(of: value, axis: 1, inputs) == nil)
        }
        let kept = try #require(graph.value(named: "kept"))
        #expect(try mask.positions(of: kept, axis: 2, inputs) == nil)
    }

    @Test("where one position is read, others do not")
    func first() throws {
        let graph = try network(.first)
        let inputs = try batch(Self.lengths, seed: 1)
        let mask = try #require(try SequenceMask(of: graph, on: Calibration(images: [inputs])))
        let value = try #require(graph.value(named: "two.product"))
        #expect(
            try mask.positions(of: value, axis: 2, batch(Self.lengths, seed: 3))
                == (0..<Self.samples).map { $0 * Self.length })
    }

    @Test("where all is read, all does")
    func everything() throws {
        #expect(
            try SequenceMask(
                of: network(.everything), on: Calibration(images: [batch(Self.lengths, seed: 1)])) == nil)
    }

    @Test("what stands in the filling changes neither merging nor fits")
    func fits() throws {
        let fitted = try [0, 1].map { filling in
            let calibration = Calibration(
                images: try (1...6).map {
                    try batch(Self.lengths.rotated(by: Int($0)), filling: filling, seed: $0)
                })
            let network = try AnalysedNetwork(network(.masked))
            let moments = try MeasuredMoments(on: calibration, of: network).moments(adding: NetworkMoments())
            let scorer = ImportanceScorer(L1Importance(options: ImportanceOptions()))
            let (plan, _) = try CompressionPlan.make(
                for: network.graph, sparsity: Sparsity(0.5), rule: MomentMatchedRule(), order: .simultaneous,
                moments: moments
            ) { try GroupAnalysis($0, in: $1, scorer: scorer) }
            return try LayerReconstruction(calibration).apply(to: CompressedNetwork(network, by: [plan]))
                .graph
        }
        for name in ["two.weight", "two.bias", "last.weight"] {
            #expect(
                try relativeDifference(fitted[0].parameter(name), fitted[1].parameter(name)) < orderTolerance)
        }
    }
}

extension [Int] {
    fileprivate func rotated(by places: Int) -> [Int] {
        indices.map { self[($0 + places) % count] }
    }
}
