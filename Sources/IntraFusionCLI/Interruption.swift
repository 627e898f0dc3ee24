import ArgumentParser
import Foundation
import Synchronization

/// Handles Ctrl-C, so that a command can end with what it has; a second Ctrl-C ends at once.
struct Interruption: Sendable {
    /// The signal handler may touch nothing but this.
    private static let requested = Atomic<Bool>(false)

    /// Starts to notice.
    init() {
        // Globals are made at first use, which must not be in the handler.
        Self.requested.store(false, ordering: .relaxed)
        // A parent may have blocked the signal before it started this process.
        var interrupt = sigset_t()
        sigemptyset(&interrupt)
        sigaddset(&interrupt, SIGINT)
        pthread_sigmask(SIG_UNBLOCK, &interrupt, nil)
        signal(SIGINT) { _ in
            if Interruption.requested.exchange(true, ordering: .relaxed) { _exit(130) }
        }
    }

    /// Whether Ctrl-C was pressed.
    var isRequested: Bool { Self.requested.load(ordering: .relaxed) }

    /// Reports that there is nothing to write, and returns the exit of the command.
    static func emptyHanded(in place: String? = nil) -> ExitCode {
        let words = ["Interrupted"] + (place.map { ["in", $0] } ?? [])
        StandardError.write("\(words.joined(separator: " ")): nothing was written.\n")
        return ExitCode(ExitStatus.interrupted)
    }
}
