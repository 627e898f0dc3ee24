public import Torch

/// Compresses networks by many methods at many sparsities, all groups together and each alone, and measures
/// the accuracies.
///
/// Work that cells share is done once: the dense network's accuracy, batch-norm folding, measurements on
/// images, and for single groups everything before the group.
public struct Study: Sendable {
    /// The study's configuration.
    public let configuration: StudyConfiguration
    private let device: Device

    /// Prepares a study.
    public init(_ configuration: StudyConfiguration, device: Device = .cpu) {
        self.configuration = configuration
        self.device = device
    }

    /// What happens during a study.
    public enum Event: Sendable {
        /// The current stage, and the finished share of the network's cells.
        case progress(stage: String, fraction: Double)
        /// A cell, or the dense accuracy, is finished; carries the network's whole result so far.
        case result(StudyResult.Network)
    }

    /// Works on one network.
    ///
    /// - Parameters:
    ///   - subject: The network.
    ///   - known: An earlier result; its cells with equal options and inputs are reused unless they failed.
    ///   - report: Called for every event; if it returns false, the work ends with what is finished.
    /// - Returns: Whether everything is finished.
    public func run(
        _ subject: StudySubject, known: StudyResult.Network? = nil, report: (Event) throws -> Bool
    ) throws -> Bool {
        var run = try StudyRun(subject, configuration, known: known, device: device)
        do {
            try run.measureDense(report)
            for scope in configuration.scopes {
                switch scope {
                case .whole: try run.compressWhole(report)
                case .perGroup: try run.compressGroups(report)
                }
            }
            return true
        } catch StudyRun.End.stopped {
            return false
        } catch StudyRun.End.failed(let error) {
            throw error
        }
    }
}
