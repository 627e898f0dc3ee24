import Checkpoints
import Datasets
import Foundation
import TestSupport
import Testing

@Suite("Downloading data sets")
struct DatasetSourceTests {
    private static func run(_ program: String, _ arguments: [String], in folder: URL) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.currentDirectoryURL = folder
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }

    /// Makes an archive as the published ones are, of small files, and describes it.
    private func source(in folder: URL) throws -> (DatasetSource, contents: [String: Data]) {
        var contents: [String: Data] = [:]
        let inner = folder.appendingPathComponent("set", isDirectory: true)
        try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: true)
        for (place, name) in ["a.bin", "b.bin", "readme.html", "empty.bin"].enumerated() {
            let data = Data(
                (0..<(name == "empty.bin" ? 0 : 30_000 + 700 * place)).map { UInt8($0 * $0 / 7 % 251) })
            contents[name] = data
            try data.write(to: inner.appendingPathComponent(name))
        }
        try FileManager.default.createSymbolicLink(
            atPath: inner.appendingPathComponent("link.bin").path, withDestinationPath: "/etc/passwd")
        try Self.run("/bin/tar", ["-czf", "set.tar.gz", "set"], in: folder)
        let data = try Data(contentsOf: folder.appendingPathComponent("set.tar.gz"))
        let archive = DatasetSource.Archive(
            name: "set.tar.gz", bytes: data.count, sha256: SHA256.digest(of: data),
            members: ["set/a.bin": "a.bin", "set/b.bin": "b.bin", "set/empty.bin": "empty.bin"], isTar: true)
        return (
            DatasetSource(name: "set", url: "http://127.0.0.1:9", folder: "unpacked", archives: [archive]),
            contents
        )
    }

    @Test(
        "connections that break off are taken up where they broke, and the files are those of the archive",
        .enabled(if: FileServer.isAvailable, "needs curl and Python"))
    func breaking() throws {
        try TemporaryFolder.with { folder in
            let (source, contents) = try source(in: folder)
            let archive = source.archives[0]
            let part = folder.appendingPathComponent("set.part")
            var shares: [Double] = []
            let limit = archive.bytes / 3
            let starts = try FileServer.serving(folder, limit: limit) { url in
                let moved = source.moved(to: url)
                try Download(moved.url(of: archive), to: part, bytes: archive.bytes).run { shares.append($0) }
            }
            #expect(starts.first == 0 && starts.count >= 3 && starts == starts.sorted(), "\(starts)")
            #expect(starts.dropFirst().allSatisfy { $0 >= limit })
            #expect(shares == shares.sorted() && shares.last == 1)
            try source.verify(archive, at: part)
            let target = try source.unpack([part], into: folder)
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: target.path).sorted() == [
                    "a.bin", "b.bin", "empty.bin",
                ])
            for name in ["a.bin", "b.bin", "empty.bin"] {
                #expect(try Data(contentsOf: target.appendingPathComponent(name)) == contents[name])
            }
            // Once more, over what is there.
            _ = try source.unpack([part], into: folder)
            #expect(
                try !FileManager.default.contentsOfDirectory(atPath: folder.path).contains {
                    $0.hasSuffix(".tmp")
                })
        }
    }

    @Test(
        "a server that only sends whole files is asked for the whole again",
        .enabled(if: FileServer.isAvailable, "needs curl and Python"))
    func withoutRanges() throws {
        try TemporaryFolder.with { folder in
            let (source, _) = try source(in: folder)
            let archive = source.archives[0]
            let part = folder.appendingPathComponent("set.part")
            try Data(contentsOf: folder.appendingPathComponent("set.tar.gz")).prefix(1000).write(to: part)
            try FileServer.serving(folder, limit: .max, ranges: false) { url in
                try Download("\(url)/set.tar.gz", to: part, bytes: archive.bytes).run { _ in }
            }
            try source.verify(archive, at: part)
        }
    }

    @Test(
        "what is missing, too long, too short or out of reach is named; what stops it stops it",
        .enabled(if: FileServer.isAvailable, "needs curl and Python"))
    func failures() throws {
        try TemporaryFolder.with { folder in
            let (source, _) = try source(in: folder)
            let bytes = source.archives[0].bytes
            let part = folder.appendingPathComponent("set.part")
            func message(_ url: String, _ bytes: Int) -> String {
                do {
                    try Download(url, to: part, bytes: bytes).run { _ in }
                    return ""
                } catch { return "\(error)" }
            }
            try FileServer.serving(folder, limit: .max) { url in
                #expect(message("\(url)/nothing.gz", bytes).contains("404"))
                #expect(message("\(url)/set.tar.gz", bytes - 1).contains("more than \(bytes - 1) bytes"))
                #expect(
                    message("\(url)/set.tar.gz", bytes + 1).contains(
                        "it has \(bytes) bytes, expected \(bytes + 1)"))
                #expect(!FileManager.default.fileExists(atPath: part.path))
            }
            struct Stop: Error {}
            try FileServer.serving(folder, limit: 100) { url in
                #expect(throws: Stop.self) {
                    try Download("\(url)/set.tar.gz", to: part, bytes: bytes).run {
                        if $0 > 0 { throw Stop() }
                    }
                }
            }
            // What had come is there to go on with.
            #expect(try !Data(contentsOf: part).isEmpty)
        }
    }

    @Test("a file that is damaged, cut short or another one is refused, and nothing is unpacked")
    func damaged() throws {
        try TemporaryFolder.with { folder in
            let (source, _) = try source(in: folder)
            let file = folder.appendingPathComponent("set.tar.gz")
            let data = try Data(contentsOf: file)
            var flipped = data
            flipped[data.count / 2] ^= 0x10
            for wrong in [flipped, data.prefix(data.count / 2), data + [0], Data(), Data("nonsense".utf8)] {
                try Data(wrong).write(to: file)
                #expect(throws: DatasetError.self) { try source.verify(source.archives[0], at: file) }
                #expect(throws: (any Error).self) { try source.unpack([file], into: folder) }
                let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
                #expect(left.sorted() == ["set", "set.tar.gz"], "\(left)")
            }
        }
    }

    @Test("hostile archives write nothing but the files that are asked for, where they belong")
    func hostile() throws {
        /// An entry of an archive.
        func entry(_ name: String, _ contents: [UInt8], type: Character = "0", size: Int? = nil) -> [UInt8] {
            var header = [UInt8](repeating: 0, count: 512)
            func put(_ text: String, at place: Int) {
                header.replaceSubrange(place..<place + text.utf8.count, with: text.utf8)
            }
            put(name, at: 0)
            put(String(size ?? contents.count, radix: 8), at: 124)
            put(String(type), at: 156)
            put("        ", at: 148)
            put(String(header.reduce(0) { $0 + Int($1) }, radix: 8) + "\0", at: 148)
            return header + contents + [UInt8](repeating: 0, count: (512 - contents.count % 512) % 512)
        }
        func files(_ bytes: [UInt8], step: Int = 7) throws -> [String: Data] {
            var reader = TarReader("archive", wanted: ["a": "a"])
            var found: [String: Data] = [:]
            try bytes.withUnsafeBytes { raw in
                for start in stride(from: 0, to: raw.count, by: step) {
                    let piece = UnsafeRawBufferPointer(rebasing: raw[start..<min(start + step, raw.count)])
                    try reader.read(piece) { found[$0] = $1 }
                }
            }
            try reader.end()
            return found
        }
        let good =
            entry("../a", [1]) + entry("/etc/a", [2]) + entry("a", [3], type: "2") + entry("a", [4, 5])
        for step in [1, 7, 512, 100_000] { #expect(try files(good, step: step) == ["a": Data([4, 5])]) }
        #expect(throws: DatasetError.self) { try files(entry("a", [1], size: 1 << 31)) }
        #expect(throws: DatasetError.self) { try files(entry("a", [1], size: 5000)) }
        #expect(throws: DatasetError.self) { try files(Array(good.prefix(700))) }
        var broken = entry("a", [1])
        broken[3] = 9
        #expect(throws: DatasetError.self) { try files(broken) }
        broken = entry("a", [1])
        broken.replaceSubrange(124..<126, with: Array("-1".utf8))
        #expect(throws: DatasetError.self) { try files(broken) }
    }

    @Test("what is published is what the loaders look for")
    func published() {
        for source in DatasetSource.all {
            #expect(DatasetRegistry.loader(named: source.name) != nil)
            #expect(!source.archives.isEmpty)
            for archive in source.archives {
                #expect(archive.sha256.count == 64 && archive.bytes > 0)
                #expect(source.url(of: archive).hasPrefix("https://"))
            }
        }
    }
}
