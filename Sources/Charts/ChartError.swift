/// Data that cannot be drawn, and why.
package struct ChartError: Error, Sendable, CustomStringConvertible {
    /// What is wrong.
    package let message: String

    /// Makes an error that says what is wrong.
    package init(_ message: String) {
        self.message = message
    }

    package var description: String { message }
}
