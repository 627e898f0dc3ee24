import ArgumentParser
import Foundation
import IntraFusion

/// The inputs without labels on which a compressed network's layers are mended.
struct CalibrationArguments: ParsableArguments {
    static let none = "none"

    @Option(
        help: ArgumentHelp(
            "Mend every layer by what it gave before: on images, whose labels are not looked at, or on made-up ones.",
            discussion: """
                none: layers are as the merge rule leaves them
                synthetic: on made-up inputs, whose activations get the moments that the batch-norms tell; no data is needed
                inverted: on made-up inputs that are changed by gradient descent until the activations have these moments; no data is needed, but minutes
                <folder>: on JPEG and PNG files in a folder or below it, or on the training images of the data set in it
                <file>: on the array in a .npy or .npz file, the network's inputs one after the other
                """, valueName: "none|synthetic|inverted|folder|file"))
    var calibrate = none

    @Flag(
        help:
            "Give every channel the mean and the deviation back that it had, instead of fitting layers by least squares."
    )
    var repair = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "How many images are looked at in calibration; if not given 256, but of fewer all there are, and 128 inverted ones of large networks.",
            valueName: "count"))
    var images: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "How many steps of gradient descent refine the fitted layers together, towards what the network gave; labels are not needed.",
            discussion:
                "600 are many; each takes a forward and a backward pass over one batch. Best on given images.",
            valueName: "steps"))
    var refine = 0

    @Option(
        help: ArgumentHelp(
            "How much memory activations of all images may take up, such as 500MB; what exceeds it goes to a temporary file.",
            valueName: "size"))
    var calibrationMemory: ByteCount?

    /// The source that is asked for by name; nil for a folder, a file or none.
    private var madeUp: Calibration.Origin? {
        Self.madeUpSources.first { $0.rawValue == calibrate }
    }

    private static let madeUpSources: [Calibration.Origin] = [.synthetic, .inverted]

    /// The merge rule that goes best with it.
    var rule: String {
        calibrate == Self.none || repair ? MomentMatchedRule.name : CompensatedDeletionRule.name
    }

    func validate() throws {
        guard !repair || calibrate != Self.none else {
            throw ValidationError(
                "--repair needs images: name them by --calibrate <folder> or <file>, or have them made up by --calibrate synthetic or inverted"
            )
        }
        for (option, isGiven) in [
            ("--images", images != nil), ("--calibration-memory", calibrationMemory != nil),
        ] where isGiven && calibrate == Self.none {
            throw ValidationError("\(option) goes with --calibrate: without it no inputs are looked at")
        }
        guard (0...CalibrationRequest.mostRefinementSteps).contains(refine) else {
            throw ValidationError(
                "--refine must be in 0 ... \(CalibrationRequest.mostRefinementSteps), got \(refine)")
        }
        guard refine == 0 || (calibrate != Self.none && !repair) else {
            throw ValidationError(
                "--refine goes with --calibrate, without --repair: it refines the layers that are fitted")
        }
    }

    /// Opens the inputs; nil where none are asked for.
    func inputs(for graph: Graph, form: ImageForm) throws -> (any CalibrationInputs)? {
        guard calibrate != Self.none, madeUp == nil else { return nil }
        guard FileManager.default.fileExists(atPath: calibrate) else {
            throw ValidationError(
                "--calibrate \(calibrate): there is no such folder or file; choose among \(Self.none), \(Self.madeUpSources.map(\.rawValue).joined(separator: ", ")), a folder with images and a .npy or .npz file"
            )
        }
        return try CalibrationInputFiles.open(calibrate, for: graph, form: form)
    }

    /// What is asked for; nil is nothing.
    ///
    /// - Parameters:
    ///   - graph: The network as it was trained.
    ///   - inputs: The inputs, where they are real ones.
    ///   - batchSize: The number of samples that the network takes at a time; nil for any.
    func request(
        for graph: Graph, on inputs: (any CalibrationInputs)?, form: ImageForm, batchSize: Int?, seed: UInt64
    ) throws -> CalibrationRequest? {
        guard calibrate != Self.none else { return nil }
        let source = madeUp ?? .images
        var request = try CalibrationRequest(
            source: source, method: repair ? .repair : .leastSquares,
            images: images ?? inputs.map(CalibrationRequest.defaultImages(of:))
                ?? CalibrationRequest.defaultImages(from: source, for: graph),
            seed: seed, checksum: inputs?.contentChecksum())
        request.refinementSteps = refine
        request.fixedBatchSize = batchSize
        request.resizedSide = form.resizedSide
        request.normalisation = form.normalisation
        if let calibrationMemory { request.memory = Int(calibrationMemory.value) }
        return request
    }
}
