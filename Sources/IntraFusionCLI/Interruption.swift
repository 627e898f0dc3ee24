@preconcurrency import Dispatch
import Foundation
import Synchronization

/// Notices Ctrl-C, so that a command can end with what it has; a second Ctrl-C ends at once.
final class Interruption: Sendable {
    private let requested = Atomic<Bool>(false)
    private let source: any DispatchSourceSignal

    init() {
        signal(SIGINT, SIG_IGN)
        source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
        source.setEventHandler { [self] in
            if requested.exchange(true, ordering: .relaxed) { _exit(130) }
        }
        source.resume()
    }

    /// Whether Ctrl-C was pressed.
    var isRequested: Bool { requested.load(ordering: .relaxed) }

    /// The exit status of a command that was interrupted.
    static let exitStatus: Int32 = 130
}
