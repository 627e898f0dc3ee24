internal import Checkpoints
internal import Foundation

/// Image files that are decoded, resized and cropped on demand.
struct ImageFiles: ImageReader {
    private let files: [URL]
    private let form: ImageForm
    private let size: ImageSize

    /// Names the files.
    init(_ files: [URL], form: ImageForm, size: ImageSize) {
        self.files = files
        self.form = form
        self.size = size
    }

    func image(at index: Int) throws -> [UInt8] {
        let least = form.resizedSide ?? max(size.height, size.width)
        return try Picture(files[index], least: least).fitted(to: size, shorter: form.resizedSide)
    }

    /// The CRC-32 of the files' names, sizes, and first and last bytes; a checksum of the whole contents
    /// would have to read them all.
    func checksum() throws -> String {
        var summary = Data()
        for file in files {
            let bytes = try DataFile.bytes(of: file)
            summary +=
                Data("\(file.lastPathComponent) \(bytes.count) ".utf8) + bytes.prefix(4096) + bytes.suffix(64)
        }
        return Inflate.hexadecimalChecksum(summary)
    }

    func prefix(_ count: Int) -> ImageFiles {
        ImageFiles(Array(files.prefix(count)), form: form, size: size)
    }
}
