import Checkpoints
import Datasets
import Foundation
import Graph
import TestSupport
import Testing
import Torch

@Suite("Inputs in NumPy files")
struct ArrayInputsTests {
    private func graph(_ inputs: [(String, TensorType)]) throws -> Graph {
        var graph = Graph(name: "g")
        for (name, type) in inputs { _ = try graph.addInput(name, type) }
        return graph
    }

    private func write(_ arrays: [(String, Tensor)], in folder: URL) throws -> URL {
        let file = folder.appendingPathComponent("x.npz")
        try NumPyFile.write(StateDictionary(arrays), to: file)
        return file
    }

    @Test("samples are those of the file; bytes are normalised, tokens are not")
    func samples() throws {
        try TemporaryFolder.with { folder in
            let values = try Tensor(random: .normal, shape: [5, 3, 2, 2], seed: 1)
            let images = try graph([("x", TensorType(.float32, [1, 3, 2, 2]))])
            var file = try write([("whatever", values)], in: folder)
            let floats = try ArrayInputs(file, for: images)
            #expect(floats.count == 5 && !floats.hasVariants)
            #expect(
                try floats.samples(1..<3)[0].floats() == values.sliced(axis: 0, 1..<3).floats())
            try floats.requireInputFit(to: images)
            let bytes = try Tensor((0..<60).map { UInt8($0 * 4) }, shape: [5, 3, 2, 2])
            file = try write([("x", bytes)], in: folder)
            let found = try ArrayInputs(file, for: images).samples(4..<5)[0].floats()
            #expect(abs(found[5] - (Float(53 * 4) / 255 - 0.456) / 0.224) < 1e-5)
            let scaled = try ArrayInputs(
                file, for: images, normalisation: Normalisation(mean: [0, 0, 0], deviation: [1, 1, 1])
            ).samples(4..<5)[0].floats()
            #expect(abs(scaled[5] - Float(53 * 4) / 255) < 1e-6)
            let text = try graph([
                ("ids", TensorType(.int64, [1, 4])), ("mask", TensorType(.float32, [1, 4])),
            ])
            file = try write(
                [
                    ("mask", Tensor(repeating: 1, shape: [6, 4])),
                    ("ids", Tensor(Array(0..<24), shape: [6, 4])),
                ],
                in: folder)
            let tokens = try ArrayInputs(file, for: text).samples(2..<3)
            #expect(try tokens[0].integers() == [8, 9, 10, 11] && tokens[1].floats() == [1, 1, 1, 1])
        }
    }

    @Test("where first axes do not count samples, a sample is a whole run; a scalar is one number for each")
    func runs() throws {
        try TemporaryFolder.with { folder in
            let recurrent = try graph([
                ("x", TensorType(.float32, [1, 4])), ("state", TensorType(.float32, [2, 1, 3])),
                ("rate", TensorType(.int64, [])),
            ])
            let states = try Tensor(random: .normal, shape: [5, 2, 1, 3], seed: 2)
            let arrays = [
                ("x", try Tensor(random: .normal, shape: [5, 1, 4], seed: 1)), ("state", states),
                ("rate", try Tensor([10, 11, 12, 13, 14])),
            ]
            let inputs = try ArrayInputs(try write(arrays, in: folder), for: recurrent)
            let run = try inputs.samples(3..<4)
            #expect(inputs.count == 5 && run.map(\.shape) == [[1, 4], [2, 1, 3], []])
            #expect(try run[1].floats() == states.sliced(axis: 0, 3..<4).floats())
            #expect(try run[2].integers() == [13])
            #expect(throws: DatasetError.self) { try inputs.samples(1..<3) }
            // One rate for all samples.
            let simple = try graph([
                ("x", TensorType(.float32, [1, 4])), ("rate", TensorType(.int64, [])),
            ])
            let pairs = [("x", try Tensor(random: .normal, shape: [5, 4], seed: 1)), arrays[2]]
            let both = try ArrayInputs(try write(pairs, in: folder), for: simple).samples(1..<3)
            #expect(both.map(\.shape) == [[2, 4], []])
            #expect(try both[1].integers() == [11])
        }
    }

    @Test("arrays that do not fit, and files that are damaged, are errors")
    func errors() throws {
        try TemporaryFolder.with { folder in
            let images = try graph([("x", TensorType(.float32, [1, 3, 2, 2]))])
            func refuse(_ arrays: [(String, Tensor)], for graph: Graph, _ word: String) throws {
                let file = try write(arrays, in: folder)
                let error = #expect(throws: DatasetError.self) { try ArrayInputs(file, for: graph) }
                #expect(error?.description.contains(word) == true, "\(error?.description ?? "")")
            }
            try refuse([("x", Tensor(repeating: 1, shape: [5, 3, 2, 3]))], for: images, "shape")
            try refuse([("x", Tensor(repeating: 1, shape: [0, 3, 2, 2]))], for: images, "at least one")
            let tokens = try graph([("ids", TensorType(.int64, [1, 4]))])
            try refuse([("ids", Tensor(repeating: 1, shape: [5, 4]))], for: tokens, "int64")
            let both = try graph([("a", TensorType(.float32, [1, 4])), ("b", TensorType(.float32, [1, 4]))])
            try refuse([("a", Tensor(repeating: 1, shape: [5, 4]))], for: both, "b")
            try refuse(
                [("a", Tensor(repeating: 1, shape: [5, 4])), ("b", Tensor(repeating: 1, shape: [6, 4]))],
                for: both, "same number")
            let five = try graph([("x", TensorType(.float32, [1, 5, 2, 2]))])
            try refuse([("x", Tensor(repeating: 1, shape: [2, 5, 2, 2], type: .uint8))], for: five, "mean")
            let file = try write([("x", Tensor(repeating: .nan, shape: [2, 3, 2, 2]))], in: folder)
            let inputs = try ArrayInputs(file, for: images)
            #expect(throws: DatasetError.self) { try inputs.samples(0..<1) }
            let cut = folder.appendingPathComponent("cut.npy")
            let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1099511627776, 3, 2, 2), }"
            try
                (Data([0x93]) + Data("NUMPY".utf8) + Data([1, 0, UInt8(header.utf8.count), 0])
                + Data(header.utf8))
                .write(to: cut)
            #expect(throws: CheckpointError.self) { try ArrayInputs(cut, for: images) }
            #expect(throws: DatasetError.self) { try CalibrationInputFiles.open(#filePath, for: images) }
        }
    }
}
