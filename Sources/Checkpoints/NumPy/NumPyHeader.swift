import Foundation
import Torch

/// The text before the elements of a `.npy` file: a Python dictionary with the type, the order and the shape.
///
/// Source: NumPy's format description, versions 1.0 to 3.0.
struct NumPyHeader {
    /// The type of the elements.
    let type: DType
    /// Whether the elements are most significant byte first.
    let isBigEndian: Bool
    /// Whether the first axis varies fastest.
    let isFortranOrder: Bool
    /// The length of each axis.
    let shape: [Int]

    /// The first bytes of every file.
    static let magic = Data([0x93] + Array("NUMPY".utf8))

    private static let codes: [(code: String, type: DType)] = [
        ("f2", .float16), ("f4", .float32), ("f8", .float64), ("i1", .int8), ("i2", .int16), ("i4", .int32),
        ("i8", .int64), ("u1", .uint8), ("u2", .uint16), ("u4", .uint32), ("u8", .uint64), ("b1", .bool),
    ]

    /// Reads a header and leaves the cursor after it.
    ///
    /// - Throws: `CheckpointError` if it is damaged, or if the elements are not plain numbers.
    init(_ cursor: inout ByteCursor) throws {
        guard try cursor.take(Self.magic.count) == Self.magic else {
            throw CheckpointError(.notACheckpoint("it does not start like a NumPy array"))
        }
        let version = try cursor.integer(UInt8.self)
        _ = try cursor.take(1)
        guard (1...3).contains(version) else {
            throw CheckpointError(.unsupported("version \(version) of the NumPy format"))
        }
        let length = version == 1 ? try cursor.count(UInt16.self) : try cursor.count(UInt32.self)
        let text = String(decoding: try cursor.take(length), as: UTF8.self)
        let code = try Self.match(text, #/['"]descr['"]\s*:\s*['"]([<>|=]?)([a-zA-Z]\d+)['"]/#)
        let order = try Self.match(text, #/['"]fortran_order['"]\s*:\s*()(True|False)/#)
        let axes = try Self.match(text, #/['"]shape['"]\s*:\s*(\()([\d\s,L]*)\)/#)
        guard let known = Self.codes.first(where: { $0.code == code.1 }) else {
            throw CheckpointError(.unsupported("NumPy elements of type '\(code.1.prefix(40))'"))
        }
        type = known.type
        isBigEndian = code.0 == ">"
        shape = try axes.1.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.isEmpty }.map { item in
                guard let length = Int(item.hasSuffix("L") ? String(item.dropLast()) : item) else {
                    throw CheckpointError.malformed(
                        "the shape of a NumPy array", expected: "lengths", found: String(item.prefix(40)))
                }
                return length
            }
        isFortranOrder = order.1 == "True" && shape.count > 1
    }

    private static func match(
        _ text: String, _ pattern: Regex<(Substring, Substring, Substring)>
    ) throws -> (Substring, Substring) {
        guard let match = try pattern.firstMatch(in: text) else {
            throw CheckpointError.malformed(
                "a NumPy header", expected: "descr, fortran_order and shape", found: String(text.prefix(120)))
        }
        return (match.output.1, match.output.2)
    }

    /// Returns the header of an array in the order of its axes, padded so that the elements are aligned to 64 bytes.
    static func data(type: DType, shape: [Int]) throws -> Data {
        guard let code = codes.first(where: { $0.type == type })?.code else {
            throw CheckpointError(.unsupported("elements of type \(type) in NumPy files"))
        }
        let order = type.byteCount == 1 ? "|" : "<"
        let axes = shape.map { "\($0)," }.joined(separator: " ")
        let tuple = shape.count > 1 ? String(axes.dropLast()) : axes
        var text = "{'descr': '\(order)\(code)', 'fortran_order': False, 'shape': (\(tuple)), }"
        let length = (magic.count + 4 + text.utf8.count + 1 + 63) / 64 * 64 - magic.count - 4
        text += String(repeating: " ", count: length - text.utf8.count - 1) + "\n"
        let size = withUnsafeBytes(of: UInt16(length).littleEndian) { Data($0) }
        return magic + Data([1, 0]) + size + Data(text.utf8)
    }
}
