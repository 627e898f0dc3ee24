import Checkpoints
import Foundation
import Testing

@Suite("The pickle machine")
struct PickleMachineTests {
    private func load(_ bytes: Data, globals: PickleGlobals = .pyTorch) throws -> PickleDocument {
        try PickleMachine.load(bytes, globals: globals, name: "the test").document
    }

    @Test("Every protocol gives the same plain values", arguments: 0...5)
    func plainValues(version: Int) throws {
        let document = try load(Fixture.data("plain.\(version).pkl"), globals: .python)
        func items(_ key: String) throws -> [PickleValue] {
            let value = try #require(document.value(of: document.root, at: key))
            return try #require(document.items(of: value))
        }
        var numbers = try items("numbers")
        let last = numbers.removeLast()
        #expect(
            numbers
                == [
                    0, 1, -1, 255, 256, 65535, 65536, 2_147_483_647, -2_147_483_648, 2_147_483_648, 1 << 62,
                    .min,
                ]
                .map { .integer($0) })
        #expect(
            last == (version > 1 ? .largeInteger(Data(repeating: 0, count: 12) + [16]) : .integer(1 << 61)))
        #expect(try items("floats") == [.float(0.5), .float(-1.25), .float(1e300)])
        #expect(try items("words").map { document.text($0) } == ["", "abc", "äöü€𝄞", "line\nbreak\\"])
        #expect(try items("raw") == [.bytes(Data()), .bytes(Data("abc".utf8)), .bytes(Data(0...255))])
        #expect(try items("flags") == [.boolean(true), .boolean(false), .none])
        let nested = try #require(document.value(of: document.root, at: "nested"))
        let entries = try #require(document.entries(of: nested))
        #expect(entries.count == 3)
        #expect(entries[1].key == .integer(7))
        #expect(document.items(of: entries[1].value) == [.integer(1)])
        #expect(document.items(of: entries[2].value) == [.integer(2)])
        let outer = try #require(document.items(of: entries[0].value)?.first)
        let inner = try #require(document.value(of: outer, at: "b").flatMap { document.items(of: $0) })
        #expect(inner.first == .integer(1))
        #expect(document.items(of: inner[1]) == (2...5).map { .integer($0) })
    }

    @Test("A list that contains itself neither loops nor is lost")
    func selfReference() throws {
        let document = try load(Fixture.data("loop.pkl"))
        let items = try #require(document.items(of: document.root))
        #expect(items == [.integer(1), document.root])
    }

    @Test("Python 2 strings, escapes and old class instructions are understood")
    func oldInstructions() throws {
        let text = Data("(S'a\\x00\\'\\n'\nVx\\u20ac\nI01\nI-7\nL5L\nF1.5\np3\ng3\nt.".utf8)
        let document = try load(text)
        #expect(
            document.items(of: document.root) == [
                .bytes(Data([97, 0, 39, 10])), .string("x€"), .boolean(true), .integer(-7), .integer(5),
                .float(1.5), .float(1.5),
            ])
        let dictionary = try load(Data("(icollections\nOrderedDict\n.".utf8))
        #expect(dictionary.entries(of: dictionary.root)?.isEmpty == true)
    }

    @Test("A later value of a key replaces the earlier one")
    func repeatedKey() throws {
        let document = try load(Data("}(S'a'\nI1\nS'b'\nI2\nS'a'\nI3\nu.".utf8))
        let entries = try #require(document.entries(of: document.root))
        #expect(entries.map { document.text($0.key) } == ["a", "b"])
        #expect(entries.map(\.value) == [.integer(3), .integer(2)])
    }

    @Test(
        "Whatever is not on the allow-list is refused by name",
        arguments: [
            ("cos\nsystem\n(S'true'\ntR.", "os.system"),
            ("cbuiltins\neval\n(S'1'\ntR.", "builtins.eval"),
            ("c__builtin__\ngetattr\n.", "__builtin__.getattr"),
            ("(S'ls'\niposix\nsystem\n.", "posix.system"),
            ("\u{8C}\u{2}os\u{8C}\u{6}system\u{93}.", "os.system"),
            ("ctorch\nload\n.", "torch.load"),
            (
                "ctorch._utils\n_rebuild_tensor_v2.__globals__\n.",
                "torch._utils._rebuild_tensor_v2.__globals__"
            ),
            ("cnumpy\nload\n.", "numpy.load"),
        ])
    func refused(pickle: String, name: String) throws {
        let bytes = Data(pickle.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) })
        let error = #expect(throws: CheckpointError.self) { try load(bytes) }
        #expect(error?.problem == .refusedGlobal(name))
        #expect(error?.description.contains("'\(name)'") == true)
    }

    @Test(
        "Damaged pickles give an error",
        arguments: [
            "", ".", "(", "(.", "K", "t.", "]a.", "}s.", "}(I1\nu.", "I1\nI2\na.", "R.", "0.", "1.",
            "h\u{1}.",
            "g5\n.", "gx\n.", "Iabc\n.", "S'a\n.", "S'\\q'\n.", "Vx\\u12\n.", "\u{80}\u{6}N.", "\u{95}",
            "\u{FF}",
            "ccollections\nOrderedDict\nNR.", "ccollections\nOrderedDict\n(I1\ntR.", "N(b.", "Nb.", "I1\nNb.",
            "NQ.x", "\u{82}\u{1}.", "ctorch\nfloat32\n(tR.", "c_codecs\nencode\n(Vx\nVutf-8\ntR.",
            "c_codecs\nencode\n(V\\u20ac\nVlatin1\ntR.",
        ])
    func damaged(pickle: String) throws {
        let bytes = Data(pickle.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) })
        #expect(throws: CheckpointError.self) { try load(bytes, globals: .numPy) }
    }

    @Test("Lengths beyond the end are refused before anything is allocated")
    func hugeLengths() throws {
        let huge = Data(repeating: 0xFF, count: 7) + [0x7F]
        for start: [UInt8] in [[0x8E], [0x8D], [0x96], [0x95]] {
            #expect(throws: CheckpointError.self) { try load(Data(start) + huge) }
            #expect(throws: CheckpointError.self) { try load(Data(start) + Data(repeating: 0xFF, count: 8)) }
        }
        for start: [UInt8] in [[0x8B], [0x54], [0x42], [0x58]] {
            #expect(throws: CheckpointError.self) { try load(Data(start) + [0xFF, 0xFF, 0xFF, 0x7F, 0]) }
            #expect(throws: CheckpointError.self) { try load(Data(start) + [0xFF, 0xFF, 0xFF, 0xFF, 0]) }
        }
        let long = Data([0x8B, 0x01, 0x04, 0, 0]) + Data(repeating: 1, count: 1025) + Data(".".utf8)
        let error = #expect(throws: CheckpointError.self) { try load(long) }
        #expect(
            error?.problem
                == .overLimit(what: "the bytes of an integer in the test", limit: 1024, found: 1025))
    }

    @Test("Deep nesting costs no stack and too many values are refused")
    func bombs() throws {
        let depth = 300_000
        for shape in ["]", "("] {
            var bytes = Data(String(repeating: shape, count: depth).utf8)
            bytes += Data(String(repeating: shape == "]" ? "a" : "t", count: depth - 1).utf8)
            bytes += Data((shape == "]" ? "." : "t.").utf8)
            let document = try load(bytes)
            #expect(document.items(of: document.root)?.count == 1)
        }
        var limits = PickleMachine.Limits()
        limits.values = 1000
        for text in [String(repeating: "N", count: 1001), String(repeating: "(", count: 1001)] {
            #expect(throws: CheckpointError.self) {
                try PickleMachine.load(Data(text.utf8), globals: .python, limits: limits, name: "the test")
            }
        }
        // Copying a long list into a set again and again counts as well.
        let list = "](" + String(repeating: "N", count: 500) + "ep0\n0"
        let copies = String(repeating: "cbuiltins\nset\n(g0\ntR0", count: 3)
        let error = #expect(throws: CheckpointError.self) {
            try PickleMachine.load(
                Data((list + copies + "N.").utf8), globals: .python, limits: limits, name: "x")
        }
        #expect(error?.description.contains("limit of 1000") == true)
    }
}
