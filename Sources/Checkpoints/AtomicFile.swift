package import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Writes a file whole or not at all.
///
/// The bytes go to a temporary file in the same folder, which takes the file's name only when it is complete.
package enum AtomicFile {
    /// Writes a file in pieces.
    ///
    /// - Parameters:
    ///   - url: the file; an existing file is replaced.
    ///   - body: receives a function that appends bytes.
    /// - Throws: `CheckpointError` if the folder is missing or full, and errors from `body`. The file is then
    ///   unchanged, and no temporary file is left.
    package static func replace(
        _ url: URL, _ body: (_ append: (UnsafeRawBufferPointer) throws -> Void) throws -> Void
    ) throws {
        let temporary = url.deletingLastPathComponent()
            .appendingPathComponent(".\(url.lastPathComponent).\(UUID().uuidString).tmp")
        let descriptor = open(temporary.path, O_WRONLY | O_CREAT | O_EXCL, 0o666)
        guard descriptor >= 0 else { throw failure(url) }
        var isOpen = true
        do {
            try body { bytes in try append(bytes, to: descriptor, of: url) }
            guard fsync(descriptor) == 0 else { throw failure(url) }
            isOpen = false
            guard close(descriptor) == 0 else { throw failure(url) }
            guard rename(temporary.path, url.path) == 0 else { throw failure(url) }
        } catch {
            if isOpen { _ = close(descriptor) }
            _ = unlink(temporary.path)
            throw error
        }
    }

    private static func append(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, of url: URL) throws {
        guard let base = bytes.baseAddress else { return }
        var written = 0
        while written < bytes.count {
            let count = write(descriptor, base + written, min(bytes.count - written, 1 << 30))
            if count < 0 {
                if errno == EINTR { continue }
                throw failure(url)
            }
            written += count
        }
    }

    private static func failure(_ url: URL) -> CheckpointError {
        CheckpointError(.unwritable(String(cString: strerror(errno))), file: url.path)
    }
}
