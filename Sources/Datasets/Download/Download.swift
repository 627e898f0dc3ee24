public import Foundation

/// Downloads a file of known size with the command curl, which knows the machine's proxies and certificates.
///
/// Received bytes stay in the file, even when this process ends; another download continues from there.
public struct Download: Sendable {
    private let url: String
    private let file: URL
    private let bytes: Int

    /// How many attempts in a row may receive nothing before it gives up.
    private static let attempts = 4
    /// The seconds without a byte after which a connection counts as broken.
    private static let patience = 60

    /// The meaning of curl's exit status; see its manual.
    private enum Status {
        static let httpError: Int32 = 22
        static let cannotResume: Int32 = 33
        static let tooLarge: Int32 = 63
        static let commandNotFound: Int32 = 127
    }

    /// Describes a download.
    ///
    /// - Parameters:
    ///   - url: The URL, HTTP or HTTPS.
    ///   - file: The file to write.
    ///   - bytes: The file's size in bytes.
    public init(_ url: String, to file: URL, bytes: Int) {
        (self.url, self.file, self.bytes) = (url, file, bytes)
    }

    /// Downloads what is missing, and starts again when a connection breaks.
    ///
    /// - Parameter progress: Called several times a second with the share done; an error it throws ends the
    ///   download.
    /// - Throws: `DatasetError` saying what is wrong with the URL or the connection, or that the remote file
    ///   has another size.
    public func run(progress: (Double) throws -> Void) throws {
        var failures = 0
        if size > bytes { try FileManager.default.removeItem(at: file) }
        while size < bytes {
            let before = size
            let (status, message) = try runOnce(progress: progress)
            switch status {
            case 0 where size < bytes, 0 where size > bytes:
                throw failure("it has \(size) bytes, expected \(bytes)", removingFile: true)
            case 0: break
            case Status.cannotResume:
                // The server only sends whole files.
                try FileManager.default.removeItem(at: file)
            case Status.tooLarge: throw failure("it has more than \(bytes) bytes", removingFile: true)
            case Status.httpError: throw failure(message)
            case Status.commandNotFound: throw failure("the command curl is missing: install it")
            default:
                if size > bytes { throw failure("it has more than \(bytes) bytes", removingFile: true) }
                failures = size > before ? 0 : failures + 1
                guard failures < Self.attempts else { throw failure(message) }
                for _ in 0..<(10 << failures) {
                    try progress(Double(size) / Double(bytes))
                    Thread.sleep(forTimeInterval: 0.05)
                }
            }
        }
        try progress(1)
    }

    /// The number of bytes received.
    private var size: Int {
        let attributes = try? FileManager.default.attributesOfItem(atPath: file.path)
        return attributes?[.size] as? Int ?? 0
    }

    private func runOnce(progress: (Double) throws -> Void) throws -> (status: Int32, message: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "curl", "--fail", "--silent", "--show-error", "--location", "--proto", "=http,https",
            "--proto-redir",
            "=http,https", "--connect-timeout", "30", "--speed-limit", "1", "--speed-time",
            "\(Self.patience)",
            "--max-filesize", "\(bytes)", "--continue-at", "\(size)", "--output", file.path, "--", url,
        ]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        do {
            while process.isRunning, size <= bytes {
                try progress(Double(size) / Double(bytes))
                Thread.sleep(forTimeInterval: 0.05)
            }
        } catch {
            end(process)
            throw error
        }
        end(process)
        let text = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        let message =
            text.split(separator: "\n").last.map(String.init)
            ?? "curl ended with \(process.terminationStatus)"
        let status = process.terminationReason == .exit ? process.terminationStatus : -1
        return (status, message.replacing(try Regex("^curl: \\(\\d+\\) "), with: ""))
    }

    /// Stops curl if it still runs; a parent process may have blocked the signal that asks it to.
    private func end(_ process: Process) {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }

    private func failure(_ reason: String, removingFile: Bool = false) -> DatasetError {
        if removingFile { try? FileManager.default.removeItem(at: file) }
        return .unreadable(file: url, reason: reason)
    }
}
