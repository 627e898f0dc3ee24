/// What a study gives an option of `prune`: a text, a number, a list of texts, or for a flag whether it is set.
public enum StudyOption: Sendable, Hashable, Codable {
    case flag(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    case list([String])

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let value = try? container.decode(Bool.self) {
            self = .flag(value)
        } else if let value = try? container.decode(Int.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let values = try? container.decode([String].self) {
            self = .list(values)
        } else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "expected a text, a number, true, false or a list of texts")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .flag(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .text(let value): try container.encode(value)
        case .list(let values): try container.encode(values)
        }
    }

    /// The arguments of the command line that give an option this value.
    func arguments(of option: String) -> [String] {
        let flag = "--" + option.replacing("_", with: "-")
        switch self {
        case .flag(let isSet): return isSet ? [flag] : []
        case .integer(let value): return ["\(flag)=\(value)"]
        case .number(let value): return ["\(flag)=\(value)"]
        case .text(let value): return ["\(flag)=\(value)"]
        case .list(let values): return values.map { "\(flag)=\($0)" }
        }
    }
}
