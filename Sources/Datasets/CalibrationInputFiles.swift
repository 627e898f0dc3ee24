internal import Foundation
public import Graph

/// Finds calibration inputs by the name of a file or a folder.
public enum CalibrationInputFiles {
    /// Opens a folder of image files, the training images of a data set's folder, or a NumPy file.
    ///
    /// - Parameters:
    ///   - path: The folder or the file.
    ///   - graph: The network that receives the inputs.
    ///   - form: How images are resized and bytes normalised; the size is the one the network takes.
    /// - Throws: `DatasetError` or `CheckpointError` saying what is wrong.
    public static func open(
        _ path: String, for graph: Graph, form: ImageForm = .unknown
    ) throws -> any CalibrationInputs {
        let place = URL(fileURLWithPath: path)
        guard FileManager.default.fileExists(atPath: path) else {
            throw DatasetError.unreadable(file: path, reason: "no such file or folder")
        }
        if DataFile.exists(place) {
            guard ArrayInputs.isArrayFile(place) else {
                throw DatasetError.unreadable(
                    file: path, reason: "it is neither a folder nor a .npy or .npz file")
            }
            return try ArrayInputs(place, for: graph, normalisation: form.normalisation)
        }
        return try DatasetRegistry.load(
            name: DatasetRegistry.automatic, folder: place, split: .train, form: form.fitting(graph))
    }
}
