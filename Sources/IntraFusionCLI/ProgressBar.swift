import Foundation

/// What a command says on standard error while it works: on a terminal a bar with the remaining time, with --verbose a line
/// for each stage.
struct ProgressBar {
    private let messages: MessageOptions
    private let showsBar: Bool
    private let clock = ContinuousClock()
    private var stage = ""
    private var start = ContinuousClock.now
    private var startFraction = 0.0
    private var lastDrawn: ContinuousClock.Instant?
    private static let width = 30

    init(_ messages: MessageOptions) {
        showsBar = StandardError.isTerminal && !messages.quiet
        self.messages = messages
    }

    /// Shows the share of a stage that is done.
    mutating func show(_ stage: String, _ fraction: Double) {
        let now = clock.now
        if stage != self.stage {
            self.stage = stage
            start = now
            startFraction = fraction
            lastDrawn = nil
            note(stage)
        }
        guard showsBar else { return }
        if let lastDrawn, now - lastDrawn < .milliseconds(100), fraction < 1 { return }
        lastDrawn = now
        let share = min(max(fraction, 0), 1)
        let filled = Int((share * Double(Self.width)).rounded())
        let bar = String(repeating: "█", count: filled) + String(repeating: "·", count: Self.width - filled)
        let percent = String(format: "%3.0f %%", share * 100)
        let name = stage.padding(toLength: max(stage.count, 10), withPad: " ", startingAt: 0)
        StandardError.write("\r\u{1B}[K\(name) \(bar) \(percent)\(remaining(share, now))")
    }

    /// Ends the last stage and removes the bar.
    mutating func clear() {
        if !stage.isEmpty { note("done") }
        stage = ""
        removeBar()
    }

    /// Says something with `--verbose`, where the bar was.
    private mutating func note(_ text: String) {
        guard messages.verbose else { return }
        removeBar()
        messages.note(text)
    }

    private mutating func removeBar() {
        if showsBar, lastDrawn != nil { StandardError.write("\r\u{1B}[K") }
        lastDrawn = nil
    }

    private func remaining(_ fraction: Double, _ now: ContinuousClock.Instant) -> String {
        let done = fraction - startFraction
        guard done > 0.01, fraction < 1 else { return "" }
        let seconds = (now - start) / .seconds(1) * (1 - fraction) / done
        return String(format: "  %d:%02d left", Int(seconds) / 60, Int(seconds) % 60)
    }
}
