internal import Checkpoints
internal import Foundation

extension ImageDataset {
    /// The CRC-32 of all pixels and labels as eight hexadecimal digits: it distinguishes two data sets in a report.
    ///
    /// For image files, it covers names, sizes, and the first and last bytes. Empty if files can no longer be
    /// read.
    public var checksum: String { (try? contentChecksum()) ?? "" }

    /// The same, but throws.
    ///
    /// - Throws: `DatasetError` naming the file that cannot be read.
    public func contentChecksum() throws -> String {
        let labels = labels.map { UInt8(truncatingIfNeeded: $0) }
        guard let reader else {
            return pixels.withUnsafeBytes { pixels in
                labels.withUnsafeBytes { Inflate.hexadecimalChecksum(of: [pixels, $0]) }
            }
        }
        return Inflate.hexadecimalChecksum(Data(try reader.checksum().utf8) + Data(labels))
    }
}
