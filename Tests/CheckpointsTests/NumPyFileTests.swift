import Checkpoints
import Foundation
import TestSupport
import Testing
import Torch

@Suite("NumPy files")
struct NumPyFileTests {
    private func array(_ header: String, _ elements: [UInt8]) -> Data {
        let text = Data((header + "\n").utf8)
        let length = withUnsafeBytes(of: UInt16(text.count).littleEndian) { Data($0) }
        return Data([0x93] + Array("NUMPY".utf8) + [1, 0]) + length + text + Data(elements)
    }

    @Test(
        "what is written is read again",
        arguments: [DType.float32, .float64, .int64, .uint8, .bool, .float16])
    func roundTrip(_ type: DType) throws {
        try TemporaryFolder.with { folder in
            let file = folder.appendingPathComponent("arrays.npz")
            let matrix = try Tensor([0.0, 1, 1, 0, 1, 0], shape: [2, 3]).converted(to: type)
            let scalar = try Tensor([1.0], shape: []).converted(to: type)
            let row = try Tensor([1.0, 0], shape: [2]).converted(to: type)
            try NumPyFile.write(
                StateDictionary([("a/b", matrix), ("scalar", scalar), ("row", row)]), to: file)
            let read = try NumPyFile.read(file)
            #expect(read.names == ["a/b", "scalar", "row"])
            for (name, tensor) in [("a/b", matrix), ("scalar", scalar), ("row", row)] {
                let found = try read.tensor(named: name, shape: tensor.shape)
                #expect(found.type == type)
                #expect(try found.bytes() == tensor.bytes())
            }
        }
    }

    @Test("order of axes and of bytes are followed")
    func orders() throws {
        try TemporaryFolder.with { folder in
            let file = folder.appendingPathComponent("array.npy")
            let header = "{'descr': '>i2', 'fortran_order': True, 'shape': (2, 3), }"
            try array(header, [0, 1, 0, 4, 0, 2, 0, 5, 0, 3, 0, 6]).write(to: file)
            let tensor = try NumPyFile.read(file).tensor(named: NumPyFile.unnamed, shape: [2, 3])
            #expect(try tensor.doubles() == [1, 2, 3, 4, 5, 6])
        }
    }

    @Test(
        "damaged files are refused",
        arguments: [
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 7),
            ("{'descr': '|O', 'fortran_order': False, 'shape': (2,), }", 8),
            ("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", 8),
            ("{'descr': '<f4', 'shape': (2,), }", 8),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", 8),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4), }", 8),
        ])
    func damaged(_ header: String, _ count: Int) throws {
        try TemporaryFolder.with { folder in
            let file = folder.appendingPathComponent("array.npy")
            try array(header, [UInt8](repeating: 0, count: count)).write(to: file)
            #expect(throws: CheckpointError.self) { try NumPyFile.read(file) }
        }
    }

    @Test("other files are refused")
    func others() throws {
        try TemporaryFolder.with { folder in
            let file = folder.appendingPathComponent("array.npy")
            try Data("hello".utf8).write(to: file)
            #expect(throws: CheckpointError.self) { try NumPyFile.read(file) }
        }
    }
}
