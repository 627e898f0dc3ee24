internal import Checkpoints
internal import Foundation

extension ImageDataset {
    /// The CRC-32 of all pixels and labels as eight hexadecimal digits: tells two data sets apart in a report.
    public var checksum: String {
        Inflate.hexadecimalChecksum(Data(pixels) + Data(labels.map { UInt8(truncatingIfNeeded: $0) }))
    }
}
