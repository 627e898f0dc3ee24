import ArgumentParser
import Foundation
import IntraFusion

/// Writes the networks of a sweep into a folder.
struct NetworkStore {
    private let folder: URL
    private let model: NetworkFile

    /// Creates the folder if it is missing.
    init(folder path: String, model: NetworkFile) throws {
        folder = URL(fileURLWithPath: path, isDirectory: true)
        self.model = model
        guard !path.isEmpty else { throw ValidationError("--save-models needs the name of a folder") }
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw ValidationError("cannot create the folder \(path): \(error.localizedDescription)")
        }
    }

    /// Writes one network, named after its compression.
    func save(_ graph: Graph, group: Int, sparsity: Double, rule: String, options: SweepOptions) throws {
        let file = folder.appendingPathComponent(
            "\(model.architecture)-\(options.scoring.criterion)-group\(group)-sparsity\(sparsity)-\(rule).\(model.model == nil ? "safetensors" : "onnx")"
        )
        let metadata = [
            "architecture": model.architecture, "source": model.path, "source_crc32": model.checksum,
            "group": "\(group)", "sparsity": "\(sparsity)", "rule": rule,
            "importance": options.scoring.criterion,
            "folding": options.folding.rawValue, "seed": "\(options.seed)",
        ].merging(options.transport.metadata) { own, _ in own }
        try model.save(graph, to: file, metadata: metadata)
    }
}
