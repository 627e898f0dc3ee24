package import Foundation

/// Numbers as they are stored in plans where there are many: eight bytes each, the lowest first.
package enum NumberBytes {
    private static let size = MemoryLayout<UInt64>.size

    /// Returns the bytes of numbers.
    package static func encoded(_ numbers: [Double]) -> Data {
        var bytes = Data(capacity: numbers.count * size)
        for number in numbers {
            withUnsafeBytes(of: number.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
        }
        return bytes
    }

    /// Returns the numbers in bytes; nil if their number is another.
    package static func decoded(_ bytes: Data, count: Int) -> [Double]? {
        let (length, overflows) = count.multipliedReportingOverflow(by: size)
        guard count >= 0, !overflows, bytes.count == length else { return nil }
        return [Double](unsafeUninitializedCapacity: count) { numbers, filled in
            bytes.withUnsafeBytes { raw in
                for index in 0..<count {
                    let bits = raw.loadUnaligned(fromByteOffset: index * size, as: UInt64.self)
                    numbers[index] = Double(bitPattern: UInt64(littleEndian: bits))
                }
            }
            filled = count
        }
    }
}
