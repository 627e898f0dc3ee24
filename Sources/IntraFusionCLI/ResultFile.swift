import ArgumentParser
import Foundation
import IntraFusion
import Reports

/// A file with what a command found, as JSON.
enum ResultFile {
    case pruning(PruneReport)
    case sweep(SweepReport)
    case study(StudyResult)
    case landscape(LandscapeRecord)

    /// No file with results is larger.
    private static let greatestSize = 1 << 28

    /// What tells the kinds apart.
    private struct Header: Decodable {
        let format: String?
        let rows: [Row]?
        let groups: [Row]?

        struct Row: Decodable {}
    }

    /// Reads a file.
    ///
    /// - Throws: `ValidationError` naming the file and what is wrong with it.
    init(_ path: String) throws {
        let data = try InputFile.contents(path, greatestSize: Self.greatestSize)
        do {
            let header = try JSONText.decode(Header.self, from: data)
            switch header.format {
            case StudyResult.format: self = .study(try StudyResult(decoding: data))
            case LandscapeRecord.format: self = .landscape(try LandscapeRecord(decoding: data))
            case nil where header.groups != nil:
                self = .pruning(try JSONText.decode(PruneReport.self, from: data))
            case nil where header.rows != nil:
                self = .sweep(try JSONText.decode(SweepReport.self, from: data))
            default:
                throw ValidationError(
                    "\(path): has no results to show: give the --json output of prune, apply or sweep, or the result file of study or landscape"
                )
            }
        } catch let error as DecodingError {
            throw ValidationError(
                "\(path): is not what prune, apply, sweep, study or landscape write: \(error.explanation)")
        } catch let error as ValidationError {
            throw error
        } catch {
            throw ValidationError("\(path): \(error)")
        }
    }

    /// The report.
    func page() throws -> ReportPage {
        switch self {
        case .pruning(let report): report.page()
        case .sweep(let report): try report.page()
        case .study(let result): try StudyPage(result).page()
        case .landscape(let record): try LandscapeReport(record, files: []).page()
        }
    }
}
