import ArgumentParser
import Foundation
import IntraFusion

/// The unlabelled images on which a compressed network's layers are fitted.
struct CalibrationArguments: ParsableArguments {
    private static let none = "none"

    @Option(
        help: ArgumentHelp(
            "Fit every layer to what it gave before: on the training images of a data set, whose labels are not looked at, or on made-up ones.",
            discussion: """
                none: layers are as the merge rule leaves them
                synthetic: on made-up images, whose activations get the moments that the batch-norms tell; no data is needed
                <folder>: on the images of the data set in a folder
                """, valueName: "none|synthetic|folder"))
    var calibrate = none

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("How many images are looked at in calibration.", valueName: "count"))
    var images = 256

    private var isSynthetic: Bool { calibrate == Calibration.Source.synthetic.rawValue }

    /// The merge rule that goes best with it.
    var rule: String { calibrate == Self.none ? MomentMatchedRule.name : CompensatedDeletionRule.name }

    /// Loads the images; nil where none are asked for.
    func dataset() throws -> ImageDataset? {
        guard calibrate != Self.none, !isSynthetic else { return nil }
        return try DatasetRegistry.load(
            name: DatasetRegistry.automatic, folder: URL(fileURLWithPath: calibrate, isDirectory: true),
            split: .train)
    }

    /// What is asked for; nil is nothing.
    func request(seed: UInt64) throws -> CalibrationRequest? {
        guard calibrate != Self.none else { return nil }
        return try CalibrationRequest(
            source: isSynthetic ? .synthetic : .images, images: images, seed: seed,
            checksum: dataset()?.checksum)
    }
}
