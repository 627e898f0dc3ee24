import Checkpoints
import Foundation
import Torch

extension CIFAR {
    /// The labels and pixels of one file.
    struct Part {
        var labels: [Int] = []
        var pixels: [UInt8] = []
    }

    /// Reads records of labels (one byte each) and 3,072 pixels: red, green, blue, row by row.
    func readBinary(_ file: URL, count: Int) throws -> Part {
        let bytes = try DataFile.bytes(of: file)
        let record = labelBytes + ImageSize.cifar.count
        guard bytes.count == count * record else {
            throw DatasetError.wrongSize(file: file.path, expected: count * record, found: bytes.count)
        }
        var part = Part()
        part.labels.reserveCapacity(count)
        part.pixels.reserveCapacity(count * ImageSize.cifar.count)
        bytes.withUnsafeBytes { raw in
            for start in stride(from: 0, to: raw.count, by: record) {
                part.labels.append(Int(raw[start + labelBytes - 1]))
                part.pixels.append(contentsOf: raw[start + labelBytes..<start + record])
            }
        }
        return part
    }

    /// Reads a pickled dictionary with `data` (uint8, images x 3072) and labels. Nothing in the pickle is executed.
    func readPython(_ file: URL, count: Int) throws -> Part {
        let bytes = try DataFile.bytes(of: file)
        func malformed(_ what: String, _ expected: String, _ found: String) -> DatasetError {
            .malformed(file: file.path, what: what, expected: expected, found: found)
        }
        let document: PickleDocument
        let data: NumPyArray
        do {
            document = try PickleMachine.load(bytes, globals: .numPy, name: "the Python batch").document
            guard let value = document.value(of: document.root, at: "data") else {
                throw malformed(
                    "the Python batch", "a dictionary with 'data'", document.describe(document.root))
            }
            data = try NumPyArray(value, in: document)
        } catch let error as CheckpointError {
            throw malformed("the Python batch", "a pickle as CIFAR's authors made it", error.description)
        }
        guard data.type == .uint8, !data.isFortranOrder, data.shape == [count, ImageSize.cifar.count] else {
            throw malformed(
                "'data'", "uint8 [\(count), \(ImageSize.cifar.count)] in C order",
                "\(data.type) \(data.shape)")
        }
        guard let items = document.value(of: document.root, at: labelKey).flatMap({ document.items(of: $0) }),
            items.count == count
        else { throw malformed("'\(labelKey)'", "a list of \(count)", "another value") }
        let labels = try items.map { item -> Int in
            guard case .integer(let label) = item else {
                throw malformed("'\(labelKey)'", "integers", document.describe(item))
            }
            return label
        }
        return Part(labels: labels, pixels: Array(data.bytes))
    }
}
