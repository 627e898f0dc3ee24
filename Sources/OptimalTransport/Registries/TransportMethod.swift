/// A ground cost, a solver or a clustering that can be chosen by its name.
///
/// A new method is one file, and one line in its registry.
public protocol TransportMethod: Sendable {
    /// The name on the command line.
    static var name: String { get }

    /// One line about what it does.
    static var summary: String { get }

    /// Makes the method from the options that apply to it.
    ///
    /// - Throws: `TransportError` if an option is out of range.
    init(options: TransportMethodOptions) throws
}
