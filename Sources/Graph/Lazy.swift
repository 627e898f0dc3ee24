internal import Synchronization

/// A value that is computed once, on first use.
package final class Lazy<Value: Sendable>: Sendable {
    private let compute: @Sendable () throws -> Value
    private let state = Mutex<Value?>(nil)

    package init(_ compute: @escaping @Sendable () throws -> Value) {
        self.compute = compute
    }

    package func value() throws -> Value {
        try state.withLock { state in
            if let value = state { return value }
            let value = try compute()
            state = value
            return value
        }
    }
}
