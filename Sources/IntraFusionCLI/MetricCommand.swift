import ArgumentParser
import Foundation

/// A command of the user's that prints a number for a network.
struct MetricCommand {
    /// The placeholder for the network's file.
    static let placeholder = "{model}"

    private let command: String
    private let fileExtension: String

    /// Takes a command.
    ///
    /// - Parameters:
    ///   - command: What the shell runs.
    ///   - fileExtension: How the names of networks end.
    init(_ command: String, fileExtension: String) {
        (self.command, self.fileExtension) = (command, fileExtension)
    }

    /// Runs the command on a network.
    ///
    /// - Parameter write: Writes the network to a file.
    /// - Returns: The last number that it prints.
    /// - Throws: `ValidationError` where it fails or prints none.
    func value(_ write: (URL) throws -> Void) throws -> Double {
        let (status, output) = try ScratchFolder.with { folder in
            let file = folder.appendingPathComponent("model.\(fileExtension)")
            try write(file)
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = [
                "-c", command.replacing(Self.placeholder, with: ShellText.quoted(file.path)),
            ]
            let pipe = Pipe()
            process.standardOutput = pipe
            try process.run()
            let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
            process.waitUntilExit()
            return (process.terminationStatus, output)
        }
        guard status == 0 else {
            throw ValidationError(
                "--metric \(command): the command failed with status \(status)")
        }
        let words = String(decoding: output, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        guard let value = words.reversed().lazy.compactMap({ Double($0) }).first, value.isFinite else {
            throw ValidationError("--metric \(command): the command printed no number")
        }
        return value
    }
}
