import Compression
import Evaluation
import Foundation
import Graph
import NetworkSupport
import Testing
import Torch

@Suite("How well a result does what the original does")
struct FidelityTests {
    private func divergence(_ original: Tensor, _ other: Tensor) throws -> Double {
        var divergence = try OutputDivergence(OutputDivergence.kind(of: original))
        try divergence.add(original, other)
        return divergence.value
    }

    @Test("a network is faithful to itself")
    func itself() throws {
        let graph = try BundledNetwork.digits("mlp")
        let fidelity = try Fidelity(of: graph, to: graph, on: [graph.randomInputs(seed: 1)])
        #expect(fidelity.kept == 1 && fidelity.verdict == .faithful)
        #expect(fidelity.outputs.allSatisfy { $0.divergence == 0 && $0.agreement == 1 })
        #expect(try abs(#require(fidelity.outputs[0].correlation) - 1) < 1e-9)
    }

    @Test("decisions are counted, and a network that gives noise is called broken")
    func decisions() throws {
        let graph = try BundledNetwork.digits("mlp")
        let changes = try Dictionary(
            uniqueKeysWithValues: graph.parameters.map { id in
                let tensor = try #require(graph[id].tensor)
                return (id, try Tensor(random: .normal, shape: tensor.shape, seed: UInt64(id.number)))
            })
        let noise = try graph.replacing(parameters: changes)
        let type = graph[graph.inputs[0]].type
        let inputs = try (0..<3).map { seed in
            [try Tensor(random: .normal, shape: [20] + type.shape.dropFirst(), seed: UInt64(seed + 5))]
        }
        let fidelity = try Fidelity(of: noise, to: graph, on: inputs)
        var same = 0
        for batch in inputs {
            let answers = try [graph, noise].map {
                try Executor($0).run(batch)[0].argMax(axis: 1).integers()
            }
            same += zip(answers[0], answers[1]).count { $0 == $1 }
        }
        #expect(fidelity.samples == 60)
        #expect(fidelity.outputs[0].agreement == Double(same) / 60)
        #expect(fidelity.verdict == .broken)
    }

    @Test("errors are counted channel by channel, whatever the channels' size")
    func channels() throws {
        let original = try Tensor([0, 200, 400, 0, 0.002, 0.004], shape: [1, 2, 3]).converted(to: .float32)
        // The first channel is as it was, the second lost: one of two channels.
        let other = try Tensor([0, 200, 400, 0.002, 0.002, 0.002], shape: [1, 2, 3]).converted(to: .float32)
        #expect(try abs(divergence(original, other) - 0.5) < 1e-4)
    }

    @Test("what is added to all scores changes nothing, and probabilities are compared as such")
    func scores() throws {
        let original = try Tensor([1, 2, 3, 0, 1, 5], shape: [2, 3]).converted(to: .float32)
        #expect(try divergence(original, original.applying(.adding(7))) < 1e-9)
        let (p, q) = ([0.5, 0.25, 0.25], [0.25, 0.5, 0.25])
        let expected = zip(p, q).reduce(0) { $0 + $1.0 * log($1.0 / $1.1) }
        let found = try divergence(Tensor(p, shape: [1, 3]), Tensor(q, shape: [1, 3]))
        #expect(abs(found - expected) < 1e-9)
    }

    /// Compares outputs with themselves after a change, batch by batch.
    private func output(_ batches: [(Tensor, Tensor)]) throws -> Fidelity.Output {
        var fidelity = try OutputFidelity(batches[0].0)
        for batch in batches { try fidelity.add(batch.0, batch.1) }
        return fidelity.result("output")
    }

    @Test("where one decision is more frequent than all others, it counts as much as they do together")
    func dominance() throws {
        func scores(_ answers: [Int]) throws -> Tensor {
            try Tensor(
                answers.flatMap { answer in (0..<3).map { $0 == answer ? 4.0 : Double($0) / 8 } },
                shape: [answers.count, 3]
            ).converted(to: .float32)
        }
        let blank = [Int](repeating: 0, count: 36)
        let found = try output([
            (scores(blank + [1, 1, 2, 2]), scores(blank + [1, 0, 0, 0])),
            (scores(blank + [1, 1, 2, 2]), scores(blank + [1, 0, 0, 0])),
        ])
        #expect(found.agreement == 74.0 / 80 && found.dominance == 0.9)
        #expect(found.rarerAgreement == 0.25 && found.rarerDecisions == 8)
        #expect(found.kept == 0.625)
        #expect(found.isTelling() && found.isTelling(dominance: 0.9) && !found.isTelling(dominance: 0.8))
        let even = try output([(scores([0, 1, 2, 0]), scores([0, 1, 2, 1]))])
        #expect(even.kept == 0.75 && even.isTelling(dominance: 0.8))
    }

    @Test("what two classes keep beyond chance is less than what they keep")
    func chance() throws {
        func decisions(_ answers: [Int]) throws -> Tensor {
            try Tensor(answers.flatMap { [Double(1 - $0), Double($0)] }, shape: [answers.count, 2])
                .converted(to: .float32)
        }
        let original = try decisions([0, 0, 0, 0, 0, 1, 1, 1, 1, 1])
        let found = try output([(original, decisions([0, 0, 0, 0, 1, 1, 1, 1, 1, 1]))])
        #expect(found.agreement == 0.9 && found.chance == 0.5)
        #expect(found.kept == 0.9 && abs(found.keptBeyondChance - 0.8) < 1e-12)
        let guesses = try output([(original, decisions([0, 1, 0, 1, 0, 1, 0, 1, 0, 1]))])
        #expect(abs(guesses.keptBeyondChance - 0.2) < 1e-12)
        #expect(try output([(original, original)]).keptBeyondChance == 1)
    }

    @Test("embeddings of length 1 decide nothing")
    func embeddings() throws {
        let original = try Tensor([0.6, -0.8, 0, 0, 0.8, 0.6, -0.6, 0, 0.8], shape: [3, 3])
        let other = try Tensor([0.55, -0.8, 0.1, 0.1, 0.75, 0.65, -0.6, 0.1, 0.75], shape: [3, 3])
        let found = try output([(original, other)])
        #expect(found.agreement == nil && found.kept > 0.97 && found.kept < 1)
        let scores = try Tensor([0.6, -0.8, 0, 0, 0.8, 0.7, -0.6, 0, 0.8], shape: [3, 3])
        #expect(try output([(scores, scores)]).agreement == 1)
    }

    @Test("a single chance near 0 or 1 is a decision, any other number is none")
    func chances() throws {
        func column(_ values: [Double]) throws -> Tensor { try Tensor(values, shape: [values.count, 1]) }
        let original = try column([0.01, 0.99, 0.02, 0.98, 0.97])
        let found = try output([(original, column([0.2, 0.9, 0.6, 0.7, 0.8]))])
        #expect(found.agreement == 0.8 && found.dominance == 0.6 && found.rarerAgreement == 0.5)
        let silent = try column([0.01, 0.02, 0.01])
        #expect(try !output([(silent, silent)]).isTelling(dominance: 0.9))
        for other in [[0.3, 0.6, 0.4, 0.5], [0.01, 0.99, 1.5, 0]] {
            #expect(try output([(column(other), column(other))]).agreement == nil)
        }
    }

    @Test("a detector that has hardly anything to find tells nothing")
    func noDetections() throws {
        let boxes = try Tensor(repeating: 0.125, shape: [1, 6, 128])
        let found = try output([(boxes, boxes)])
        #expect(found.detections == 0 && found.foundAgain == nil && !found.isTelling())
    }

    @Test("maps of probabilities are compared by the places that are marked")
    func marks() throws {
        let map = try Tensor([0.99, 0.97, 0.95, 0.01, 0, 0, 0, 1], shape: [1, 1, 2, 4])
        let other = try Tensor([0.9, 0.6, 0.3, 0.7, 0, 0, 0, 0.8], shape: [1, 1, 2, 4])
        let found = try output([(map, other)])
        #expect(found.marked == 0.5 && found.overlap == 0.6 && found.kept == 0.6 && found.isTelling())
        let empty = try Tensor([0.01, 0, 0, 0, 0, 0, 0, 0.02], shape: [1, 1, 2, 4])
        #expect(try !output([(empty, empty)]).isTelling())
        // Neither a picture nor numbers beyond 0 ... 1.
        let picture = try Tensor([0.1, 0.3, 0.5, 0.7, 0.9, 0.6, 0.4, 0.2], shape: [1, 1, 2, 4])
        #expect(try MarkOverlap(picture, picture) == nil)
        let numbers = try Tensor([-1, 1, 0, 0, 1, 1, 0, 0], shape: [1, 1, 2, 4])
        #expect(try MarkOverlap(numbers, numbers) == nil)
    }

    @Test("a detection is found again where class, score and box are near", arguments: [false, true])
    func detections(isTransposed: Bool) throws {
        let (places, width) = (128, isTransposed ? 7 : 6)
        let first = isTransposed ? 5 : 4
        func output(_ change: (inout [[Double]]) -> Void) throws -> Tensor {
            var rows = (0..<places).map { place in
                [Double(10 * place), 50, 20, 20] + [Double](repeating: isTransposed ? 1 : 0, count: first - 4)
                    + [0, 0]
            }
            for place in 0..<4 { rows[place][first] = 0.9 }
            change(&rows)
            let tensor = try Tensor(rows.flatMap { $0 }, shape: [1, places, width])
            return try isTransposed ? tensor : tensor.permuted([0, 2, 1])
        }
        let original = try output { _ in }
        let other = try output { rows in
            rows[0][0] += 2  // still overlaps
            rows[1][0] += 15  // elsewhere
            rows[2][first] = 0.05  // unsure
            rows[3][first] = 0
            rows[3][first + 1] = 0.9  // another class
        }
        let matches = try #require(try DetectionMatches(original, other))
        #expect(matches.count == 4 && matches.matched == 1)
        #expect(try DetectionMatches(Tensor(random: .normal, shape: [1, 6, 128], seed: 1), other) == nil)
    }
}
