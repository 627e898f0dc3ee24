import Foundation

/// The files beside a model that hold the elements of large tensors, mapped into memory.
struct ExternalData: Sendable {
    /// How often the bytes of a file may be referred to: tied weights are legitimate, a small file that
    /// claims to be huge is not.
    private static let greatestUse = 4

    private let folder: URL?
    private var files: [String: Data] = [:]

    /// Data for a model without a file and so without external files.
    static let none = ExternalData(folder: nil)

    private init(folder: URL?) {
        self.folder = folder
    }

    /// Maps every file that a model refers to.
    ///
    /// - Throws: `ONNXError` for a file that is missing or not in the model's own folder, and for more data
    ///   than it holds.
    init(of model: Onnx_ModelProto, folder: URL?) throws {
        self.init(folder: folder)
        var used: [String: Int] = [:]
        try model.forEachTensor { tensor in
            guard tensor.dataLocation == .external else { return }
            let place = try Place(tensor)
            if files[place.location] == nil { files[place.location] = try map(place.location, tensor.name) }
            let size = files[place.location]?.count ?? 0
            let length = place.length ?? max(0, size - place.offset)
            let (sum, overflow) = used[place.location, default: 0].addingReportingOverflow(length)
            guard !overflow, sum / Self.greatestUse <= size else {
                throw ONNXError(
                    "the tensors refer to far more data than \(place.location) holds (\(size) bytes)")
            }
            used[place.location] = sum
        }
    }

    /// Whether the model has tensors in other files.
    var isUsed: Bool { !files.isEmpty }

    /// The files.
    var paths: [String] {
        files.keys.sorted().compactMap { folder?.appendingPathComponent($0).path }
    }

    /// Returns the bytes of a tensor.
    ///
    /// - Parameter count: The required number of bytes; nil for the number that the tensor declares.
    func bytes(of tensor: Onnx_TensorProto, count: Int?) throws -> Data {
        let place = try Place(tensor)
        guard let file = files[place.location] else {
            throw ONNXError("tensor \(tensor.name) is in \(place.location), which does not exist")
        }
        let length = place.length ?? count ?? max(0, file.count - place.offset)
        guard count == nil || length == count else {
            throw ONNXError(
                "tensor \(tensor.name) of shape \(tensor.dims) needs \(count ?? 0) bytes, but declares \(length) in \(place.location)"
            )
        }
        let (end, overflow) = place.offset.addingReportingOverflow(length)
        guard !overflow, end <= file.count else {
            throw ONNXError(
                "tensor \(tensor.name) needs \(length) bytes from \(place.offset) of \(place.location), which has \(file.count)"
            )
        }
        return file[(file.startIndex + place.offset)..<(file.startIndex + end)]
    }

    private func map(_ location: String, _ tensor: String) throws -> Data {
        func failure(_ reason: String) -> ONNXError {
            ONNXError("tensor \(tensor) refers to the file \"\(location)\", \(reason)")
        }
        let isInside =
            !location.isEmpty && !location.hasPrefix("/") && !location.utf8.contains(0)
            && !location.contains("\\")
            && !location.split(separator: "/", omittingEmptySubsequences: false).contains { $0 == ".." }
        guard isInside else { throw failure("which is not in the model's folder") }
        guard let folder else { throw failure("but the model has no folder") }
        let file = folder.appendingPathComponent(location).resolvingSymlinksInPath()
        let root = folder.resolvingSymlinksInPath().path
        guard file.path.hasPrefix(root.hasSuffix("/") ? root : root + "/") else {
            throw failure("which is outside the model's folder")
        }
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder), !isFolder.boolValue
        else {
            throw failure("which is missing")
        }
        let kind = try? FileManager.default.attributesOfItem(atPath: file.path)[.type] as? FileAttributeType
        guard kind == .typeRegular else { throw failure("which is not a regular file") }
        do {
            return try Data(contentsOf: file, options: .alwaysMapped)
        } catch {
            throw failure("which cannot be read: \(error.localizedDescription)")
        }
    }

    /// The location of a tensor's elements.
    private struct Place {
        let location: String
        let offset: Int
        let length: Int?

        init(_ tensor: Onnx_TensorProto) throws(ONNXError) {
            var values: [String: String] = [:]
            for entry in tensor.externalData { values[entry.key] = entry.value }
            func number(_ key: String) throws(ONNXError) -> Int? {
                guard let text = values[key] else { return nil }
                guard let number = Int(text), number >= 0 else {
                    throw ONNXError("tensor \(tensor.name) has external data of \(key) \"\(text)\"")
                }
                return number
            }
            guard let location = values["location"] else {
                throw ONNXError("tensor \(tensor.name) has external data without a location")
            }
            self.location = location
            offset = try number("offset") ?? 0
            length = try number("length")
        }
    }
}
