/// A number of bytes such as 5MB, or a share up to 1.
public struct ByteCount: Sendable, Hashable, Codable {
    /// The bytes, or the share.
    public let value: Double

    private static let units: [(name: String, bytes: Double)] = [
        ("kib", 1024), ("mib", 1_048_576), ("gib", 1_073_741_824), ("kb", 1e3), ("mb", 1e6), ("gb", 1e9),
        ("b", 1),
    ]

    /// Reads a positive number with B, kB, MB, GB, KiB, MiB or GiB or without a unit; nil for anything else.
    public init?(parsing text: String) {
        let text = text.lowercased()
        let unit = Self.units.first { text.hasSuffix($0.name) }
        let digits = text.dropLast(unit?.name.count ?? 0)
        guard let number = Double(digits.last == " " ? digits.dropLast() : digits), number > 0,
            number * (unit?.bytes ?? 1) < 1e18
        else { return nil }
        value = number * (unit?.bytes ?? 1)
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try (try? container.decode(String.self)) ?? "\(container.decode(Double.self))"
        guard let read = ByteCount(parsing: text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "expected a number of bytes such as 500MB, got \(text)")
        }
        self = read
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }
}
