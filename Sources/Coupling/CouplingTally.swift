internal import Synchronization

/// Counts the couplings computed while a closure runs, to test that a network is analysed only once.
package final class CouplingTally: Sendable {
    private let counter = Mutex(0)

    /// The tally of the current task.
    @TaskLocal static var current: CouplingTally?

    private init() {}

    func add() { counter.withLock { $0 += 1 } }

    /// Runs a closure and returns its result and the number of couplings it computed in its own task.
    package static func counting<Result>(_ body: () throws -> Result) rethrows -> (result: Result, count: Int)
    {
        let tally = CouplingTally()
        let result = try $current.withValue(tally, operation: body)
        return (result, tally.counter.withLock { $0 })
    }
}
