import ArgumentParser

/// What the command's exit status says, besides success, failure and a wrong command line; docs/command.md lists all.
enum ExitStatus {
    /// The result keeps less of the original than was asked for.
    static let refused: Int32 = 2
    /// Ctrl-C ended the work.
    static let interrupted: Int32 = 130
}
