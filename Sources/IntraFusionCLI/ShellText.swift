/// Words as a shell reads them.
enum ShellText {
    /// Characters that no shell gives a meaning to.
    private static let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,@%+")

    /// Returns a word that the shell passes on as it is.
    static func quoted(_ word: String) -> String {
        !word.isEmpty && word.allSatisfy(plain.contains)
            ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }

    /// The command line of this process.
    static var commandLine: String {
        (["intrafusion"] + CommandLine.arguments.dropFirst()).map(quoted).joined(separator: " ")
    }
}
