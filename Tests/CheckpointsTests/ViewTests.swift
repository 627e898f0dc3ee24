import Checkpoints
import Foundation
import Testing
import Torch

@Suite("Views of storages")
struct ViewTests {
    /// A state dictionary in the old form, with one tensor over a storage of four floats.
    private func file(offset: String, shape: String, strides: String, count: Int = 4) -> Data {
        let magic = Data([0x80, 2, 0x8A, 10]) + PyTorchReader.magic + Data(".".utf8)
        let tensor =
            "ctorch._utils\n_rebuild_tensor_v2\n((S'storage'\nctorch\nFloatStorage\nS'0'\nS'cpu'\nI\(count)\n"
            + "NtQ\(offset)(\(shape)t(\(strides)tI00\nccollections\nOrderedDict\n(tRtR"
        let rest = "I1001\n.}.}S'weight'\n\(tensor)s.]S'0'\na."
        let size = withUnsafeBytes(of: Int64(count).littleEndian) { Data($0) }
        let elements = [Float](arrayLiteral: 1, 2, 3, 4).withUnsafeBytes { Data($0) }
        return magic + Data(rest.utf8) + size + elements
    }

    private func load(_ bytes: Data) throws -> [Float] {
        try CheckpointFile.load(bytes, name: "the test").state.tensor(named: "weight").floats()
    }

    @Test("The forged file is sound where the view is")
    func sound() throws {
        #expect(try load(file(offset: "I0\n", shape: "I2\nI2\n", strides: "I2\nI1\n")) == [1, 2, 3, 4])
        #expect(try load(file(offset: "I1\n", shape: "I3\n", strides: "I1\n")) == [2, 3, 4])
        #expect(try load(file(offset: "I3\n", shape: "I2\nI2\n", strides: "I0\nI0\n")) == [4, 4, 4, 4])
        #expect(try load(file(offset: "I9\n", shape: "I0\nI2\n", strides: "I2\nI1\n")) == [])
    }

    @Test(
        "Views that leave the storage are refused",
        arguments: [
            ("I1\n", "I2\nI2\n", "I2\nI1\n"), ("I0\n", "I5\n", "I1\n"), ("I0\n", "I2\n", "I4\n"),
            ("I4\n", "I1\n", "I1\n"), ("I-1\n", "I1\n", "I1\n"), ("I3\n", "I2\n", "I-1\n"),
            ("I0\n", "I-1\n", "I1\n"), ("I0\n", "I2\n", "I1\nI1\n"), ("I0\n", "I2\n", ""),
            ("I0\n", "I2\n", "I9223372036854775807\n"), ("I9223372036854775807\n", "I2\n", "I1\n"),
            ("I0\n", "I4294967296\nI4294967296\n", "I0\nI0\n"), ("N", "I2\n", "I1\n"), ("I0\n", "N", "I1\n"),
        ])
    func outside(offset: String, shape: String, strides: String) throws {
        #expect(throws: CheckpointError.self) {
            try load(file(offset: offset, shape: shape, strides: strides))
        }
    }

    @Test("An expanded view of 2^40 elements is refused")
    func expanded() throws {
        let bytes = file(offset: "I0\n", shape: "I1099511627776\n", strides: "I0\n")
        let error = #expect(throws: CheckpointError.self) { try load(bytes) }
        guard case .overLimit(_, let limit, let found)? = error?.problem else {
            Issue.record("another error: \(String(describing: error))")
            return
        }
        #expect(limit == 64 << 20)
        #expect(found == 4 << 40)
        #expect(error?.tensor == "weight")
    }

    @Test("A storage that is cut short, and one of another size")
    func storages() throws {
        let sound = file(offset: "I0\n", shape: "I2\n", strides: "I1\n")
        let error = #expect(throws: CheckpointError.self) { try load(sound.dropLast()) }
        guard case .truncated(let what, let expected, let found)? = error?.problem else {
            Issue.record("another error: \(String(describing: error))")
            return
        }
        #expect(what == "the storages")
        #expect(expected == sound.count)
        #expect(found == sound.count - 1)
        let large = file(offset: "I0\n", shape: "I2\n", strides: "I1\n", count: 1 << 50)
        #expect(throws: CheckpointError.self) { try load(large) }
    }
}
