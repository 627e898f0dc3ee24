import Foundation

/// A progress bar with the remaining time on standard error, drawn only on a terminal.
struct ProgressBar {
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let clock = ContinuousClock()
    private var stage = ""
    private var start = ContinuousClock.now
    private var startFraction = 0.0
    private var lastDrawn: ContinuousClock.Instant?
    private static let width = 30

    /// Shows the share of a stage that is done.
    mutating func show(_ stage: String, _ fraction: Double) {
        guard isTerminal else { return }
        let now = clock.now
        if stage != self.stage {
            self.stage = stage
            start = now
            startFraction = fraction
            lastDrawn = nil
        }
        if let lastDrawn, now - lastDrawn < .milliseconds(100), fraction < 1 { return }
        lastDrawn = now
        let filled = Int((fraction * Double(Self.width)).rounded())
        let bar = String(repeating: "█", count: filled) + String(repeating: "·", count: Self.width - filled)
        let percent = String(format: "%3.0f %%", fraction * 100)
        let name = stage.padding(toLength: 10, withPad: " ", startingAt: 0)
        write("\r\u{1B}[K\(name) \(bar) \(percent)\(remaining(fraction, now))")
    }

    /// Removes the bar.
    func clear() {
        if isTerminal, lastDrawn != nil { write("\r\u{1B}[K") }
    }

    private func remaining(_ fraction: Double, _ now: ContinuousClock.Instant) -> String {
        let done = fraction - startFraction
        guard done > 0.01, fraction < 1 else { return "" }
        let seconds = (now - start) / .seconds(1) * (1 - fraction) / done
        return String(format: "  %d:%02d left", Int(seconds) / 60, Int(seconds) % 60)
    }

    private func write(_ text: String) {
        FileHandle.standardError.write(Data(text.utf8))
    }
}
