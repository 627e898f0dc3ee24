import Checkpoints
import Foundation
import TestSupport
import Testing
import Torch

@Suite("Safetensors")
struct SafetensorsTests {
    private func file(_ header: String, data: Int) -> Data {
        withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) } + Data(header.utf8)
            + Data(count: data)
    }

    @Test("What Python wrote is read and written again byte for byte")
    func sameBytes() throws {
        let bytes = try Fixture.data("types.safetensors")
        let checkpoint = try CheckpointFile.load(bytes, name: "the test")
        #expect(checkpoint.metadata == ["made by": .text("a \"test\"")])
        let texts = checkpoint.metadata.mapValues(\.description)
        #expect(try SafetensorsWriter.data(checkpoint.state, metadata: texts) == bytes)
    }

    @Test("A file is written whole, keeps the order of names, and replaces what was there")
    func roundTrip() throws {
        let state = StateDictionary([
            (name: "z", tensor: try Tensor([1, 2, 3] as [UInt8], shape: [3])),
            (name: "a\n\"\u{1}é", tensor: try Tensor([0.5, -1] as [Float], shape: [2, 1])),
            (name: "scalar", tensor: try Tensor([7] as [Int], shape: [])),
            (name: "empty", tensor: try Tensor([] as [Float], shape: [0, 4])),
        ])
        try TemporaryFolder.with { folder in
            let file = folder.appendingPathComponent("model.safetensors")
            try Data("old".utf8).write(to: file)
            try SafetensorsWriter.write(state, metadata: ["b": "2", "a": "1\t"], to: file)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["model.safetensors"])
            let read = try CheckpointFile.load(file)
            #expect(read.state.names == state.names)
            #expect(read.metadata == ["a": .text("1\t"), "b": .text("2")])
            for (name, tensor) in state {
                let copy = try read.state.tensor(named: name, shape: tensor.shape)
                #expect(copy.type == tensor.type)
                #expect(try copy.bytes() == tensor.bytes())
            }
            let again = try SafetensorsWriter.data(read.state, metadata: ["a": "1\t", "b": "2"])
            #expect(try again == Data(contentsOf: file))
        }
    }

    @Test("A failed write leaves the old file and nothing else")
    func failedWrite() throws {
        try TemporaryFolder.with { folder in
            let file = folder.appendingPathComponent("model.safetensors")
            try Data("old".utf8).write(to: file)
            struct Interruption: Error {}
            #expect(throws: Interruption.self) {
                try AtomicFile.replace(file) { append in
                    try Data("half".utf8).withUnsafeBytes { try append($0) }
                    throw Interruption()
                }
            }
            #expect(try Data(contentsOf: file) == Data("old".utf8))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["model.safetensors"])
            let nowhere = folder.appendingPathComponent("missing/model.safetensors")
            let error = #expect(throws: CheckpointError.self) {
                try SafetensorsWriter.write(StateDictionary(), to: nowhere)
            }
            #expect(error?.file == nowhere.path)
        }
    }

    @Test("A sound header by hand")
    func soundHeader() throws {
        let header =
            #" { "b" : {"dtype":"U8","data_offsets":[4,6],"shape":[2]},"a\u00e9":{"dtype":"F32","shape":[],"data_offsets":[0,4]}} "#
        let state = try SafetensorsReader.read(file(header, data: 6)).state
        #expect(state.names == ["b", "aé"])
        #expect(try state.tensor(named: "aé", shape: []).floats() == [0])
    }

    @Test(
        "Headers that break the format are refused",
        arguments: [
            (
                #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
                8, "'a' twice"
            ),
            (
                #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
                4, "a beginning at 4"
            ),
            (
                #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}"#,
                12, "a beginning at 4"
            ),
            (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, "a beginning at 0"),
            (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 5, "expected 4 bytes, found 5"),
            (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 4, "expected 8 bytes, found 4"),
            (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4, "8 bytes for F32 [2]"),
            (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4, "[4, 0]"),
            (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4, "0 or more"),
            (
                #"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}"#, 4,
                "product that fits"
            ),
            (#"{"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}}"#, 4, "'F8_E4M3'"),
            (#"{"a":{"dtype":"F32","shape":[1]}}"#, 4, "'data_offsets' is missing"),
            (#"{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}"#, 4, "expected"),
            (#"{"a":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}}"#, 4, "levels"),
            (#"{"__metadata__":{"a":1}}"#, 0, "text"),
            (#"{"a":{}"#, 0, "the end"), ("[]", 0, "an object"), ("{}{}", 0, "the end"),
            (#"{"a"}"#, 0, "':'"),
            (#"{"\ud800":{}}"#, 0, "character"), (#"{"a\q":{}}"#, 0, "escape"),
        ])
    func brokenHeader(header: String, data: Int, reason: String) throws {
        let error = #expect(throws: CheckpointError.self) {
            try SafetensorsReader.read(file(header, data: data))
        }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "no error")")
    }

    @Test("A header longer than the limit or the file is refused")
    func headerLength() throws {
        for length in [UInt64(100_000_001), .max, 1 << 62, 3] {
            let bytes = withUnsafeBytes(of: length.littleEndian) { Data($0) } + Data("{}".utf8)
            #expect(throws: CheckpointError.self) { try SafetensorsReader.read(bytes) }
        }
    }
}
