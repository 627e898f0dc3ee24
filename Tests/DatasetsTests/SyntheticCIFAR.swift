import Foundation

/// Images by the rule of `Fixtures/make_fixtures.py`, and files of the binary layout.
enum SyntheticCIFAR {
    static func fixtures() throws -> URL {
        guard let folder = Bundle.module.resourceURL else { throw CocoaError(.fileNoSuchFile) }
        return folder.appendingPathComponent("Fixtures")
    }

    static func image(_ image: Int, file: Int) -> [UInt8] {
        (0..<3072).map { UInt8((7 * $0 + 31 * image + 101 * file) % 256) }
    }

    static func tenLabel(_ image: Int, file: Int) -> Int { (3 * image + file) % 10 }

    static func hundredLabel(_ image: Int, file: Int) -> Int { (37 * image + 50 * file) % 100 }

    static func writeTen(to folder: URL, count: Int) throws {
        for file in 0...5 {
            let bytes = (0..<count).flatMap { [UInt8(tenLabel($0, file: file))] + image($0, file: file) }
            let name = file == 0 ? "test_batch.bin" : "data_batch_\(file).bin"
            try Data(bytes).write(to: folder.appendingPathComponent(name))
        }
    }

    static func writeHundred(to folder: URL, train: Int, test: Int) throws {
        for (name, file, count) in [("test.bin", 0, test), ("train.bin", 1, train)] {
            let bytes = (0..<count).flatMap {
                [UInt8(99 - $0), UInt8(hundredLabel($0, file: file))] + image($0, file: file)
            }
            try Data(bytes).write(to: folder.appendingPathComponent(name))
        }
    }
}
