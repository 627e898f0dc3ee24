import Checkpoints
import Foundation
import TestSupport
import Testing
import Torch

@Suite("Checkpoint files of any kind")
struct CheckpointFileTests {
    @Test(
        "What is no checkpoint is explained",
        arguments: [
            ("", "empty"), ("<!DOCTYPE html><html>", "web page"), ("\n <html lang=en>", "web page"),
            ("version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "git lfs pull"),
            ("{\"a\": 1}", "JSON"), ("hello world", "68 65 6c 6c 6f 20 77 6f"),
        ])
    func explained(content: String, reason: String) throws {
        try TemporaryFolder.with { folder in
            let file = folder.appendingPathComponent("model.pt")
            try Data(content.utf8).write(to: file)
            let error = #expect(throws: CheckpointError.self) { try CheckpointFile.load(file.path) }
            #expect(error?.description.contains(reason) == true, "\(error?.description ?? "no error")")
            #expect(error?.file == file.path)
        }
    }

    @Test("Folders and missing files are explained")
    func paths() throws {
        try TemporaryFolder.with { folder in
            let error = #expect(throws: CheckpointError.self) { try CheckpointFile.load(folder) }
            #expect(error?.problem == .unreadable("it is a folder; give a file in it"))
            let missing = folder.appendingPathComponent("none.pt")
            let other = #expect(throws: CheckpointError.self) { try CheckpointFile.load(missing) }
            #expect(other?.problem == .unreadable("no such file"))
        }
    }

    private static let sound = [
        "types.zip.pt", "types.legacy.pt", "types.safetensors", "deflated.pt", "layouts.legacy.pt",
        "nested.zip.pt", "zip64.pt", "protocol4.legacy.pt",
    ]

    /// Either a result whose tensors can be read, or a `CheckpointError`; anything else is a failure.
    private func attempt(_ bytes: Data) throws -> Bool {
        do {
            let checkpoint = try CheckpointFile.load(bytes, name: "the test")
            for (_, tensor) in checkpoint.state { _ = try tensor.bytes().count }
            return true
        } catch is CheckpointError {
            return false
        }
    }

    @Test("A file cut short anywhere is refused", arguments: sound)
    func truncation(file: String) throws {
        let bytes = try Fixture.data(file)
        #expect(try attempt(bytes))
        for count in stride(from: 0, to: bytes.count, by: bytes.count > 2500 ? 3 : 1) {
            let accepted = try attempt(bytes.prefix(count))
            #expect(!accepted, "\(file) cut to \(count) bytes")
        }
    }

    @Test("Flipped bits give an error or a valid result", arguments: sound)
    func flippedBits(file: String) throws {
        let original = try Fixture.data(file)
        let seed: UInt64 = 20_240_501
        var generator = SplitMixGenerator(seed: seed)
        var refused = 0
        for _ in 0..<1000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                bytes[Int.random(in: bytes.indices, using: &generator)] ^=
                    1 << UInt8.random(in: 0..<8, using: &generator)
            }
            if try !attempt(bytes) { refused += 1 }
        }
        #expect(refused > 0, "seed \(seed)")
    }

    @Test("Pickles of random instructions give an error or a value")
    func randomPickles() throws {
        let seed: UInt64 = 7
        var generator = SplitMixGenerator(seed: seed)
        let instructions =
            Array("N])}(tlaesuq\u{0}h\u{0}K\u{1}RbQ012.".utf8) + [0x85, 0x86, 0x8F, 0x90, 0x91, 0x94, 0x88]
        let names = [
            "ccollections\nOrderedDict\n", "ctorch._utils\n_rebuild_tensor_v2\n", "cbuiltins\nset\n",
        ]
        var values = 0
        for _ in 0..<5000 {
            var bytes = Data()
            for _ in 0..<Int.random(in: 1...40, using: &generator) {
                if Int.random(in: 0..<10, using: &generator) == 0,
                    let name = names.randomElement(using: &generator)
                {
                    bytes += Data(name.utf8)
                } else if let instruction = instructions.randomElement(using: &generator) {
                    bytes.append(instruction)
                }
            }
            do {
                let (document, _) = try PickleMachine.load(bytes, globals: .pyTorch, name: "seed \(seed)")
                _ = document.describe(document.root)
                values += 1
            } catch is CheckpointError {}
        }
        #expect(values > 0, "seed \(seed)")
    }
}
