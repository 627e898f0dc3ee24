import Foundation

extension PickleMachine {
    mutating func readNumber(_ opcode: PickleOpcode) throws -> PickleValue {
        switch opcode {
        case .binInt: return .integer(Int(try cursor.integer(Int32.self)))
        case .binInt1: return .integer(Int(try cursor.integer(UInt8.self)))
        case .binInt2: return .integer(Int(try cursor.integer(UInt16.self)))
        case .long1: return try readInteger(count: cursor.count(UInt8.self))
        case .long4: return try readInteger(count: cursor.count(Int32.self))
        case .binFloat:
            // The only big-endian number in a pickle.
            return .float(Double(bitPattern: try cursor.integer(UInt64.self).byteSwapped))
        default: return try parseNumber(opcode, String(decoding: cursor.line(), as: UTF8.self))
        }
    }

    private func parseNumber(_ opcode: PickleOpcode, _ text: String) throws -> PickleValue {
        switch opcode {
        case .int where text == "00": return .boolean(false)
        case .int where text == "01": return .boolean(true)
        case .int, .long:
            let digits = text.hasSuffix("L") ? String(text.dropLast()) : text
            if let number = Int(digits) { return .integer(number) }
        default: if let number = Double(text) { return .float(number) }
        }
        throw malformed("a number of at most 64 bits", found: "'\(text.prefix(40))'")
    }

    private mutating func readInteger(count: Int) throws -> PickleValue {
        guard count <= limits.integerBytes else {
            throw CheckpointError(
                .overLimit(
                    what: "the bytes of an integer in \(cursor.name)", limit: limits.integerBytes,
                    found: count))
        }
        var bytes = Array(try cursor.take(count))
        // Bytes that only repeat the sign add nothing.
        while bytes.count > 8, let last = bytes.last,
            (last == 0 && bytes[bytes.count - 2] < 0x80) || (last == 0xFF && bytes[bytes.count - 2] >= 0x80)
        {
            bytes.removeLast()
        }
        guard bytes.count <= 8 else { return .largeInteger(Data(bytes)) }
        var number: UInt64 = (bytes.last ?? 0) >= 0x80 ? .max : 0
        for byte in bytes.reversed() { number = number << 8 | UInt64(byte) }
        return .integer(Int(truncatingIfNeeded: number))
    }

    mutating func readText(_ opcode: PickleOpcode) throws -> PickleValue {
        switch opcode {
        case .binString: return .bytes(try cursor.take(cursor.count(Int32.self)))
        case .shortBinString, .shortBinBytes: return .bytes(try cursor.take(cursor.count(UInt8.self)))
        case .binBytes: return .bytes(try cursor.take(cursor.count(UInt32.self)))
        case .binBytes8, .byteArray8: return .bytes(try cursor.take(cursor.count(UInt64.self)))
        case .shortBinUnicode: return try text(cursor.take(cursor.count(UInt8.self)))
        case .binUnicode: return try text(cursor.take(cursor.count(UInt32.self)))
        case .binUnicode8: return try text(cursor.take(cursor.count(UInt64.self)))
        case .string: return .bytes(Data(try unquoted(Array(cursor.line()))))
        default: return .string(try unescaped(cursor.line()))
        }
    }

    private func text(_ bytes: Data) throws -> PickleValue {
        // Python writes lone surrogates, which are not valid UTF-8, in the same way; they are replaced.
        .string(String(decoding: bytes, as: UTF8.self))
    }

    /// Undoes Python's `repr` of a byte string.
    private func unquoted(_ line: [UInt8]) throws -> [UInt8] {
        guard line.count >= 2, let quote = line.first, quote == line.last, quote == 0x27 || quote == 0x22
        else {
            throw malformed("a quoted string", found: "another")
        }
        var result: [UInt8] = []
        var rest = line.dropFirst().dropLast()
        while let byte = rest.popFirst() {
            guard byte == 0x5C else {
                result.append(byte)
                continue
            }
            guard let code = rest.popFirst() else {
                throw malformed("an escape", found: "the end of a string")
            }
            switch code {
            case 0x5C, 0x27, 0x22: result.append(code)
            case UInt8(ascii: "n"): result.append(10)
            case UInt8(ascii: "r"): result.append(13)
            case UInt8(ascii: "t"): result.append(9)
            case UInt8(ascii: "x"):
                result.append(UInt8(truncatingIfNeeded: try hexadecimal(&rest, digits: 2)))
            default: throw malformed("a known escape", found: "\\\(Unicode.Scalar(code))")
            }
        }
        return result
    }

    /// Undoes Python's raw-unicode-escape: Latin-1 with `\uXXXX` and `\UXXXXXXXX`.
    private func unescaped(_ line: Data) throws -> String {
        var scalars = String.UnicodeScalarView()
        var rest = Array(line)[...]
        while let byte = rest.popFirst() {
            let next = rest.first
            guard byte == 0x5C, next == UInt8(ascii: "u") || next == UInt8(ascii: "U") else {
                scalars.append(Unicode.Scalar(byte))
                continue
            }
            rest.removeFirst()
            let code = try hexadecimal(&rest, digits: next == UInt8(ascii: "u") ? 4 : 8)
            scalars.append(Unicode.Scalar(code) ?? "\u{FFFD}")
        }
        return String(scalars)
    }

    private func hexadecimal(_ bytes: inout ArraySlice<UInt8>, digits: Int) throws -> UInt32 {
        var number: UInt32 = 0
        for _ in 0..<digits {
            guard let byte = bytes.popFirst(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue
            else {
                throw malformed("\(digits) hexadecimal digits", found: "others")
            }
            number = number << 4 | UInt32(digit)
        }
        return number
    }
}
