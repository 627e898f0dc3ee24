import Foundation

/// Times and how they are told.
enum Stopwatch {
    /// The median of the seconds that something takes.
    static func median(_ repetitions: Int, _ body: () throws -> Void) rethrows -> Double {
        let clock = ContinuousClock()
        return median(try (0..<repetitions).map { _ in try clock.measure(body) / .seconds(1) })
    }

    /// The medians of the seconds and of the processor's seconds that something takes.
    static func medians(_ repetitions: Int, _ body: () throws -> Void) rethrows -> (wall: Double, cpu: Double)
    {
        var cpu: [Double] = []
        let wall = try median(repetitions) {
            let start = clock()
            try body()
            cpu.append(Double(clock() - start) / Double(CLOCKS_PER_SEC))
        }
        return (wall, median(cpu))
    }

    /// The least and the greatest of the ratios of the peer's times to ours, round by round.
    static func spread(_ ours: [Double], _ theirs: [Double]) -> String {
        let ratios = zip(ours, theirs).map { $1 / $0 }
        guard let least = ratios.min(), let greatest = ratios.max() else { return "" }
        return "\(format(least)) to \(format(greatest))"
    }

    /// The upper median.
    static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    /// Our milliseconds, the peer's, and how many times longer the peer took; medians over the rounds.
    static func columns(_ ours: [Double], _ theirs: [Double]) -> [String] {
        let mine = median(ours)
        guard !theirs.isEmpty else { return [format(mine * 1e3), "", ""] }
        let peer = median(theirs)
        return [mine * 1e3, peer * 1e3, peer / mine].map(format)
    }

    /// A number to two places.
    static func format(_ value: Double) -> String { String(format: "%.2f", value) }

    /// How far two numbers are apart, relative to the second.
    static func difference(_ ours: Double, _ theirs: Double?) -> String {
        theirs.map { String(format: "%.1e", abs(ours - $0) / max(abs($0), 1e-300)) } ?? ""
    }
}
