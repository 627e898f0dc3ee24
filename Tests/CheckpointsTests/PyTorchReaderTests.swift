import Checkpoints
import Foundation
import TestSupport
import Testing
import Torch

@Suite("PyTorch checkpoints")
struct PyTorchReaderTests {
    private func load(_ name: String) throws -> Checkpoint {
        try CheckpointFile.load(Fixture.url(name))
    }

    @Test(
        "Every element type is read from every form",
        arguments: [
            "types.zip.pt", "types.legacy.pt", "types.safetensors", "deflated.pt", "zip64.pt",
            "big_endian.pt",
        ])
    func types(file: String) throws {
        let state = try load(file).state
        // PyTorch had no wide unsigned integers when the files were written.
        let types = DType.allCases.filter { ![.uint16, .uint32, .uint64].contains($0) }
        #expect(Set(state.names) == Set(types.map { "\($0)" }))
        for type in types {
            let tensor = try state.tensor(named: "\(type)", shape: [2, 3])
            #expect(tensor.type == type)
            #expect(try tensor.doubles() == Fixture.ramp(6, type: type), "\(type)")
        }
    }

    @Test("Strides, shared storages, scalars and empty tensors", arguments: ["zip", "legacy"])
    func layouts(form: String) throws {
        let state = try load("layouts.\(form).pt").state
        #expect(
            state.names == [
                "base", "transposed", "slice", "step", "expanded", "scalar", "empty", "parameter", "again",
                "channels_last",
            ])
        let base = Fixture.ramp(24)
        func expect(_ name: String, _ shape: [Int], _ values: [Double]) throws {
            #expect(try state.tensor(named: name, shape: shape).doubles() == values, "\(name)")
        }
        try expect("base", [4, 6], base)
        try expect("again", [4, 6], base)
        try expect("transposed", [6, 4], (0..<24).map { base[$0 % 4 * 6 + $0 / 4] })
        try expect("slice", [2, 3], [8, 9, 10, 14, 15, 16].map { base[$0] })
        try expect("step", [2, 2], [0, 3, 12, 15].map { base[$0] })
        try expect("expanded", [2, 3], [1, 1, 1, 2, 2, 2])
        try expect("scalar", [], [2.5])
        try expect("empty", [0, 3], [])
        try expect("parameter", [2, 2], Fixture.ramp(4))
        try expect("channels_last", [1, 2, 2, 3], Fixture.ramp(12))
    }

    @Test("The state dictionary is found and what lies beside it is kept", arguments: ["zip", "legacy"])
    func nested(form: String) throws {
        let checkpoint = try load("nested.\(form).pt")
        #expect(
            checkpoint.state.names == [
                "0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var",
                "1.num_batches_tracked",
            ])
        #expect(try checkpoint.state.tensor(named: "0.weight", shape: [2, 3]).doubles() == Fixture.ramp(6))
        #expect(try checkpoint.state.tensor(named: "1.num_batches_tracked", shape: []).integers() == [0])
        #expect(
            checkpoint.metadata == [
                "test_accuracy": .number(0.75), "best": .number(0.5), "epoch": .integer(9),
                "name": .text("net"),
                "done": .boolean(true),
            ])
    }

    @Test("The prefix of data-parallel training is removed")
    func prefix() throws {
        let checkpoint = try load("parallel.pt")
        #expect(checkpoint.state.names.first == "0.weight")
        #expect(checkpoint.metadata == ["acc": .number(0.25)])
        let state = checkpoint.state
        #expect(state.removingPrefix("0.") == nil)
    }

    @Test("Numbers inside a state dictionary become metadata, NumPy arrays tensors, other things errors")
    func otherEntries() throws {
        let checkpoint = try load("scalars.pt")
        #expect(checkpoint.state.names == ["weight"])
        #expect(checkpoint.metadata == ["version": .integer(2)])
        #expect(
            try load("numpy.pt").state.tensor(named: "weight", shape: [2, 3]).doubles() == Fixture.ramp(6))
        let error = #expect(throws: CheckpointError.self) { try load("list_entry.pt") }
        #expect(error?.description.contains("'tags'") == true)
        #expect(error?.description.contains("a list of 1") == true)
    }

    @Test(
        "Other pickle protocols and tensors saved on a GPU",
        arguments: ["protocol4.pt", "protocol4.legacy.pt", "cuda.legacy.pt"])
    func variants(file: String) throws {
        let state = try load(file).state
        #expect(state.names == ["weight"])
        #expect(try state.tensor(named: "weight", shape: [2, 3]).doubles() == Fixture.ramp(6))
    }

    @Test(
        "What is no state dictionary is refused with a reason",
        arguments: [
            ("module.pt", "torch.nn.modules.container.Sequential"), ("evil_system.pt", "'posix.system'"),
            ("evil_eval.pt", "'__builtin__.eval'"), ("no_state.pt", "'epoch', 'history'"),
            ("old.tar", "tar archive"), ("arrays.npz", ".npz"),
            ("plain.2.pkl", "torch.save did not write"),
        ])
    func refused(file: String, reason: String) throws {
        let error = #expect(throws: CheckpointError.self) { try load(file) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "no error")")
        #expect(error?.file?.hasSuffix(file) == true)
    }

    @Test("A missing tensor and a wrong shape are named")
    func lookup() throws {
        let state = try load("scalars.pt").state
        let missing = #expect(throws: CheckpointError.self) { try state.tensor(named: "bias") }
        #expect(missing?.tensor == "bias")
        #expect(missing?.problem == .missing(what: "the tensor", available: ["weight"]))
        let shape = #expect(throws: CheckpointError.self) {
            try state.tensor(named: "weight", shape: [3, 2])
        }
        #expect(shape?.description == "tensor 'weight': shape: expected [3, 2], found [2, 3]")
    }

    @Test(
        "The reference checkpoint",
        .enabled(if: SharedFiles.has("models/vgg11_bn.checkpoint"), Comment(rawValue: SharedFiles.missing)))
    func reference() throws {
        let checkpoint = try CheckpointFile.load(SharedFiles.file("models/vgg11_bn.checkpoint"))
        #expect(checkpoint.metadata == ["test_accuracy": .number(0.8536), "epoch": .integer(9)])
        let first = try checkpoint.state.tensor(named: "features.0.weight", shape: [64, 3, 3, 3])
        #expect(first.type == .float32)
        // Sums and last elements as PyTorch reads them.
        let expected: [(name: String, sum: Double, last: Double)] = [
            ("features.0.weight", -3.853_768_273_111_2, -0.416_236_966_848_373_4),
            ("features.26.running_var", 170.299_083_434_045_31, 0.220_476_463_437_080_38),
            ("classifier.weight", -0.280_893_133_784_043_7, 0.016_272_144_392_132_76),
        ]
        let tolerance = 1e-9
        for (name, sum, last) in expected {
            let values = try checkpoint.state.tensor(named: name).doubles()
            #expect(abs(values.reduce(0, +) - sum) < tolerance, "\(name)")
            #expect(values.last == last, "\(name)")
        }
        #expect(checkpoint.state.count == 58)
    }
}
