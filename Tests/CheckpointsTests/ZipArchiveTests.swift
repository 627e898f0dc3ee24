import Checkpoints
import Foundation
import Testing

@Suite("Zip archives")
struct ZipArchiveTests {
    /// A central directory record, as the tests need to forge it.
    private struct Record {
        var name = "a"
        var method: UInt16 = 0
        var checksum: UInt32 = 0
        var compressed: UInt32 = 0
        var size: UInt32 = 0
        var offset: UInt32 = 0
        var data = Data()
    }

    private func bytes<Number: FixedWidthInteger>(_ number: Number) -> Data {
        withUnsafeBytes(of: number.littleEndian) { Data($0) }
    }

    private func archive(_ records: [Record], sharing: Bool = false) -> Data {
        var result = Data()
        var directory = Data()
        for record in records {
            let offset = sharing ? 0 : UInt32(result.count)
            if !sharing || result.isEmpty {
                result += bytes(UInt32(0x0403_4B50)) + Data(count: 22) + bytes(UInt16(record.name.utf8.count))
                result += bytes(UInt16(0)) + Data(record.name.utf8) + record.data
            }
            directory += bytes(UInt32(0x0201_4B50)) + Data(count: 6) + bytes(record.method) + Data(count: 4)
            directory += bytes(record.checksum) + bytes(record.compressed) + bytes(record.size)
            directory +=
                bytes(UInt16(record.name.utf8.count)) + Data(count: 12) + bytes(offset + record.offset)
            directory += Data(record.name.utf8)
        }
        let count = UInt16(records.count)
        let end = bytes(UInt32(0x0605_4B50)) + Data(count: 4) + bytes(count) + bytes(count)
        return result + directory + end + bytes(UInt32(directory.count)) + bytes(UInt32(result.count))
            + Data(count: 2)
    }

    @Test("Stored, deflated and zip64 entries hold the same bytes")
    func methods() throws {
        let stored = try ZipArchive(Fixture.data("types.zip.pt"))
        let deflated = try ZipArchive(Fixture.data("deflated.pt"))
        let large = try ZipArchive(Fixture.data("zip64.pt"))
        #expect(deflated.entries.contains { $0.method == .deflated && $0.compressedSize < $0.size })
        let names = stored.entries.map { $0.name.split(separator: "/").dropFirst().joined(separator: "/") }
        #expect(names.contains("data.pkl") && names.contains("data/9"))
        for (name, entry) in zip(names, stored.entries) {
            let expected = try stored.read(entry)
            #expect(expected.count == entry.size)
            #expect(try deflated.read(#require(deflated.entry(named: "some/where/" + name))) == expected)
            #expect(try large.read(#require(large.entry(named: "archive/" + name))) == expected)
        }
    }

    @Test("A changed byte is noticed by its checksum")
    func checksum() throws {
        let original = try Fixture.data("types.zip.pt")
        let sound = try ZipArchive(original)
        let entry = try #require(sound.entries.first { $0.name.hasSuffix("/data/0") })
        let content = try sound.read(entry)
        var changed = original
        let place = try #require(changed.range(of: content)).lowerBound
        changed[place] ^= 1
        let archive = try ZipArchive(changed)
        let error = #expect(throws: CheckpointError.self) { try archive.read(entry) }
        #expect(error?.description.contains("CRC-32") == true)
    }

    @Test("Names that occur twice, overlaps and wrong sizes are refused")
    func forged() throws {
        let content = Data("hello".utf8)
        let checksum = Inflate.checksum(content)
        let good = Record(checksum: checksum, compressed: 5, size: 5, data: content)
        let sound = try ZipArchive(archive([good]))
        #expect(try sound.read(sound.entries[0]) == content)
        #expect(checksum == 0x3610_A686)

        var other = good
        other.size = 6
        #expect(throws: CheckpointError.self) { try ZipArchive(archive([other])) }
        #expect(throws: CheckpointError.self) { try ZipArchive(archive([good, good])) }
        other = good
        other.offset = 1
        let shifted = try ZipArchive(archive([other]))
        #expect(throws: CheckpointError.self) { try shifted.read(shifted.entries[0]) }
        other.offset = .max - 1
        let outside = try ZipArchive(archive([other]))
        #expect(throws: CheckpointError.self) { try outside.read(outside.entries[0]) }

        let block = Data(count: 2000)
        let overlapping = (0..<9).map {
            Record(
                name: "\($0)", checksum: Inflate.checksum(block), compressed: 2000, size: 2000, data: block)
        }
        let error = #expect(throws: CheckpointError.self) {
            try ZipArchive(archive(overlapping, sharing: true))
        }
        #expect(error?.description.contains("overlap") == true)
    }

    @Test("An archive that unfolds to far more than it holds is refused unread")
    func bombs() throws {
        // Beyond what deflate can do at all.
        let impossible = Record(method: 8, compressed: 100, size: 200_000, data: Data(count: 100))
        #expect(throws: CheckpointError.self) { try ZipArchive(archive([impossible])) }
        // Possible, yet beyond the limit.
        var limits = ZipArchive.Limits()
        limits.bytes = 150_000
        let large = Record(method: 8, compressed: 200, size: 200_000, data: Data(count: 200))
        let error = #expect(throws: CheckpointError.self) { try ZipArchive(archive([large]), limits: limits) }
        #expect(
            error?.problem
                == .overLimit(what: "the uncompressed size of the archive", limit: 150_000, found: 200_000))
        // Says 100,000 bytes, but the deflated data ends after none (a stored block of length 0).
        let empty = Data([1, 0, 0, 0xFF, 0xFF])
        let lying = Record(
            method: 8, compressed: 200, size: 100_000, data: empty + Data(count: 195))
        let ended = try ZipArchive(archive([lying]))
        #expect(throws: CheckpointError.self) { try ended.read(ended.entries[0]) }
        // Says nothing, but holds a byte more (a stored block of length 1).
        let more = Data([1, 1, 0, 0xFE, 0xFF, 7])
        let hiding = Record(method: 8, compressed: 6, size: 0, data: more)
        let other = try ZipArchive(archive([hiding]))
        #expect(throws: CheckpointError.self) { try other.read(other.entries[0]) }
        let honest = Record(
            method: 8, checksum: Inflate.checksum(Data([7])), compressed: 6, size: 1, data: more)
        let last = try ZipArchive(archive([honest]))
        #expect(try last.read(last.entries[0]) == Data([7]))
    }
}
