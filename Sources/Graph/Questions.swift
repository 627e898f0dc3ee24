internal import Synchronization

/// What was asked for so far: what an operator never asks for, it does not understand.
final class Questions<Subject: Hashable & Sendable>: Sendable {
    private let subjects = Mutex<Set<Subject>>([])

    /// Notes that something was asked for.
    func note(_ subject: Subject) { subjects.withLock { _ = $0.insert(subject) } }

    /// Returns whether something was asked for.
    func contain(_ subject: Subject) -> Bool { subjects.withLock { $0.contains(subject) } }
}
