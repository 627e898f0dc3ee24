import Foundation

/// A JSON value, as far as headers of safetensors need it: numbers are integers, objects keep their order.
indirect enum JSONValue: Hashable, Sendable {
    case null
    case boolean(Bool)
    case integer(Int)
    case string(String)
    case array([JSONValue])
    case object([Member])

    struct Member: Hashable, Sendable {
        let key: String
        let value: JSONValue
    }
}

/// Reads JSON (RFC 8259); rejects repeated keys, fractions, and nesting deeper than four levels.
struct JSONReader {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    /// Reads one value and the white space around it.
    static func read(_ data: Data) throws -> JSONValue {
        guard String(validating: data, as: UTF8.self) != nil else {
            throw CheckpointError.malformed("the header", expected: "UTF-8", found: "other bytes")
        }
        return try data.withUnsafeBytes { raw in
            var reader = JSONReader(bytes: raw)
            let value = try reader.value(depth: 0)
            guard reader.next() == nil else { throw reader.malformed("the end") }
            return value
        }
    }

    private init(bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    private func malformed(_ expected: String) -> CheckpointError {
        let found = position < bytes.count ? "'\(Unicode.Scalar(bytes[position]))'" : "the end"
        return .malformed("the header, at byte \(position)", expected: expected, found: found)
    }

    /// Skips white space and returns the next byte without consuming it.
    private mutating func next() -> UInt8? {
        while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
        return position < bytes.count ? bytes[position] : nil
    }

    private mutating func take(_ byte: UInt8) throws {
        guard next() == byte else { throw malformed("'\(Unicode.Scalar(byte))'") }
        position += 1
    }

    private mutating func value(depth: Int) throws -> JSONValue {
        guard depth < 4 else { throw malformed("at most four levels") }
        switch next() {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .boolean(true))
        case UInt8(ascii: "f"): return try word("false", .boolean(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return .integer(try integer())
        }
    }

    private mutating func object(depth: Int) throws -> JSONValue {
        try take(UInt8(ascii: "{"))
        var members: [JSONValue.Member] = []
        var keys: Set<String> = []
        if next() == UInt8(ascii: "}") {
            position += 1
            return .object([])
        }
        while true {
            guard next() == UInt8(ascii: "\"") else { throw malformed("a key") }
            let key = try string()
            guard keys.insert(key).inserted else {
                throw CheckpointError.malformed(
                    "the header", expected: "keys that occur once", found: "'\(key.prefix(80))' twice")
            }
            try take(UInt8(ascii: ":"))
            members.append(JSONValue.Member(key: key, value: try value(depth: depth + 1)))
            guard next() == UInt8(ascii: ",") else {
                try take(UInt8(ascii: "}"))
                return .object(members)
            }
            position += 1
        }
    }

    private mutating func array(depth: Int) throws -> JSONValue {
        try take(UInt8(ascii: "["))
        var elements: [JSONValue] = []
        if next() == UInt8(ascii: "]") {
            position += 1
            return .array([])
        }
        while true {
            elements.append(try value(depth: depth + 1))
            guard next() == UInt8(ascii: ",") else {
                try take(UInt8(ascii: "]"))
                return .array(elements)
            }
            position += 1
        }
    }

    private mutating func word(_ word: String, _ value: JSONValue) throws -> JSONValue {
        guard bytes.dropFirst(position).starts(with: word.utf8) else { throw malformed("'\(word)'") }
        position += word.utf8.count
        return value
    }

    private mutating func integer() throws -> Int {
        let start = position
        while position < bytes.count, bytes[position] == 0x2D || (0x30...0x39).contains(bytes[position]) {
            position += 1
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        guard let number = Int(text), text == "\(number)" else {
            throw malformed("a whole number of 64 bits")
        }
        return number
    }

    private mutating func string() throws -> String {
        position += 1
        var units: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: units, as: UTF8.self)
            case UInt8(ascii: "\\"): units += try escape()
            case 0..<0x20: throw malformed("a string without control characters")
            default: units.append(byte)
            }
        }
        throw malformed("the end of a string")
    }

    private mutating func escape() throws -> [UInt8] {
        guard position < bytes.count else { throw malformed("an escape") }
        let code = bytes[position]
        position += 1
        switch code {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [code]
        case UInt8(ascii: "b"): return [8]
        case UInt8(ascii: "f"): return [12]
        case UInt8(ascii: "n"): return [10]
        case UInt8(ascii: "r"): return [13]
        case UInt8(ascii: "t"): return [9]
        case UInt8(ascii: "u"):
            var units = [try unit()]
            if UTF16.isLeadSurrogate(units[0]), position + 1 < bytes.count,
                bytes[position] == UInt8(ascii: "\\"),
                bytes[position + 1] == UInt8(ascii: "u")
            {
                position += 2
                units.append(try unit())
            }
            guard let text = String(validating: units, as: UTF16.self) else {
                throw malformed("an escape that is a character")
            }
            return Array(text.utf8)
        default: throw malformed("a known escape")
        }
    }

    private mutating func unit() throws -> UInt16 {
        guard position + 4 <= bytes.count,
            let unit = UInt16(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
        else { throw malformed("four hexadecimal digits") }
        position += 4
        return unit
    }
}
