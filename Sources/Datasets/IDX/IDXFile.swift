import Foundation

/// An array of bytes in the IDX layout of MNIST.
///
/// Two zero bytes, the element type (8: unsigned byte), the number of axes, the length of each axis as a big-endian
/// 32-bit integer, and the elements. Source: LeCun, Cortes and Burges, "The MNIST database".
struct IDXFile: Sendable {
    /// The length of each axis.
    let shape: [Int]
    /// The elements.
    let elements: [UInt8]

    /// Reads a file with a given number of axes.
    ///
    /// - Throws: `DatasetError` if it is no such file, or its size does not match its header.
    init(_ file: URL, rank: Int) throws {
        let bytes = [UInt8](try DataFile.bytes(of: file))
        let header = 4 + 4 * rank
        guard bytes.count >= header else {
            throw DatasetError.wrongSize(file: file.path, expected: header, found: bytes.count)
        }
        guard bytes[0] == 0, bytes[1] == 0, bytes[2] == 8, Int(bytes[3]) == rank else {
            throw DatasetError.malformed(
                file: file.path, what: "the magic number", expected: "[0, 0, 8, \(rank)]",
                found: "\(Array(bytes[..<4]))")
        }
        let shape = (0..<rank).map { axis in
            bytes[4 + 4 * axis..<8 + 4 * axis].reduce(0) { $0 << 8 | Int($1) }
        }
        var count = 1
        for length in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: length)
            guard !overflow, product <= 1 << 40 else {
                throw DatasetError.malformed(
                    file: file.path, what: "the shape", expected: "a size that fits", found: "\(shape)")
            }
            count = product
        }
        guard bytes.count == header + count else {
            throw DatasetError.wrongSize(file: file.path, expected: header + count, found: bytes.count)
        }
        self.shape = shape
        elements = Array(bytes[header...])
    }

    /// Reads images `[n, height, width]` and their labels `[n]`.
    static func pair(images: URL, labels: URL) throws -> (images: IDXFile, labels: [Int]) {
        let imageFile = try IDXFile(images, rank: 3)
        let labelFile = try IDXFile(labels, rank: 1)
        guard imageFile.shape[0] == labelFile.shape[0] else {
            throw DatasetError.malformed(
                file: labels.path, what: "the number of labels", expected: "\(imageFile.shape[0])",
                found: "\(labelFile.shape[0])")
        }
        if let image = labelFile.elements.firstIndex(where: { $0 > 9 }) {
            throw DatasetError.label(
                file: labels.path, image: image, label: Int(labelFile.elements[image]), classCount: 10)
        }
        return (imageFile, labelFile.elements.map(Int.init))
    }
}
