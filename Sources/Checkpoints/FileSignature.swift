import Foundation

/// Describes what a file that is no checkpoint looks like.
enum FileSignature {
    static func explanation(_ bytes: Data) -> String {
        if bytes.isEmpty { return "it is empty" }
        let known: [(signature: [UInt8], explanation: String)] = [
            ([0x1F, 0x8B], "it is compressed by gzip; uncompress it first"),
            (Array("BZh".utf8), "it is compressed by bzip2; uncompress it first"),
            ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "it is compressed by xz; uncompress it first"),
            (
                Array("version https://git-lfs".utf8),
                "it is a Git LFS pointer; fetch the file itself with 'git lfs pull'"
            ),
            (Array("%PDF".utf8), "it is a PDF document"),
        ]
        for (signature, explanation) in known where bytes.starts(with: signature) { return explanation }
        if bytes.starts(with: [0x89, 0x48, 0x44, 0x46]) { return "it is an HDF5 file, as Keras writes" }
        if bytes.count > 262, bytes.dropFirst(257).starts(with: Array("ustar".utf8)) {
            return
                "it is a tar archive; files of PyTorch before 0.1.10 must be saved again with a newer version"
        }
        let start = String(decoding: bytes.prefix(512), as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines).lowercased()
        if start.hasPrefix("<!doctype") || start.hasPrefix("<html") || start.hasPrefix("<?xml") {
            return
                "it is a web page, so the download failed: a login or error page was saved instead"
        }
        if start.hasPrefix("{") || start.hasPrefix("[") { return "it is JSON text" }
        let first = bytes.prefix(8).map { String(format: "%02x", $0) }.joined(separator: " ")
        return "its first bytes are \(first), which are not those of a PyTorch or safetensors file"
    }
}
