import ArgumentParser

/// A length of time as people write it: 90, 90s, 5m or 1h.
struct TimeLimit: ExpressibleByArgument, Sendable {
    let seconds: Double

    private static let units: [Character: Double] = ["s": 1, "m": 60, "h": 3_600]

    init?(argument: String) {
        let unit = argument.last.flatMap { Self.units[$0] }
        guard let number = Double(unit == nil ? Substring(argument) : argument.dropLast()), number > 0,
            number.isFinite
        else { return nil }
        seconds = number * (unit ?? 1)
    }
}
