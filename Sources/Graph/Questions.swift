internal import Synchronization

/// What has been read so far: an attribute or input that an operator never reads counts as unsupported.
final class Questions<Subject: Hashable & Sendable>: Sendable {
    private let subjects = Mutex<Set<Subject>>([])

    /// Records that something was read.
    func note(_ subject: Subject) { subjects.withLock { _ = $0.insert(subject) } }

    /// Returns whether something was read.
    func contain(_ subject: Subject) -> Bool { subjects.withLock { $0.contains(subject) } }
}
