internal import Compression
internal import Foundation

/// The results of a study as tables in Markdown: one for each network and scope, methods x sparsities.
public struct StudyTables: Sendable {
    private let result: StudyResult

    /// How far a method's accuracy may be below the reference rule's, with one group compressed.
    public static let tolerance = 0.002

    /// Takes results.
    public init(_ result: StudyResult) {
        self.result = result
    }

    /// The tables.
    public var markdown: String {
        result.networks.flatMap { network in
            result.study.scopes.map { scope in
                switch scope {
                case .whole: StudyTable(network, result.study, scope).whole
                case .perGroup: StudyTable(network, result.study, scope).perGroup
                }
            }
        }.joined(separator: "\n\n")
    }
}
