import ArgumentParser
import Foundation
import IntraFusion

/// The inputs without labels that settings name.
enum CalibrationImages {
    /// Opens them; nil if none are asked for, or if they are synthetic.
    ///
    /// - Throws: `ValidationError` where there is no such folder or file.
    static func open(_ settings: PruningSettings, for graph: Graph) throws -> (any CalibrationInputs)? {
        guard settings.calibrates, settings.origin == nil, let place = settings.calibrate else { return nil }
        guard FileManager.default.fileExists(atPath: place) else {
            let origins = Calibration.Origin.allCases.filter { $0 != .images }.map(\.rawValue)
            throw ValidationError(
                "--calibrate \(place): no such file or folder; give \(PruningSettings.noCalibration), \(origins.joined(separator: ", ")), a folder with images, or a .npy or .npz file"
            )
        }
        return try CalibrationInputFiles.open(place, for: graph, form: settings.form())
    }
}
