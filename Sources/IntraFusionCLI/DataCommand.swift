import ArgumentParser
import Foundation
import IntraFusion

/// Downloads a data set.
struct DataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data",
        abstract: "Download a data set: cifar10, cifar100 or mnist.",
        discussion: """
            Files are checked against their published SHA-256 and unpacked into a folder that is there as a whole or not at \
            all. Where a connection breaks it is taken up again; an interrupted command goes on when it is run again. \
            Proxies are those of the environment (https_proxy). The command curl must be installed.
            """)

    @Argument(
        help: ArgumentHelp("One of \(DatasetSource.names.joined(separator: ", ")).", valueName: "name"),
        completion: .list(DatasetSource.names))
    var name: String

    @Option(
        help: ArgumentHelp("The folder that the data set's folder goes into.", valueName: "folder"),
        completion: .directory)
    var to = "data"

    @Option(
        help: ArgumentHelp(
            "Another place of the files, by HTTP or HTTPS; the files must be the same.", valueName: "mirror"))
    var url: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup var messages: MessageOptions

    /// What `data` prints.
    private struct Report: Encodable {
        let dataset: String
        let folder: String
        let url: String
        let downloaded: Bool
        let training: Int
        let test: Int
    }

    private func source() throws -> DatasetSource {
        guard let source = DatasetSource.named(name) else {
            throw ValidationError(
                "there is no data set \(name) to download, only \(DatasetSource.names.joined(separator: ", "))"
            )
        }
        return url.map(source.moved) ?? source
    }

    func validate() throws {
        _ = try source()
        guard !to.isEmpty else { throw ValidationError("--to needs the name of a folder") }
        if let url, !["http://", "https://"].contains(where: url.lowercased().hasPrefix) {
            throw ValidationError("--url must begin with http:// or https://, got \(url)")
        }
    }

    func run() throws {
        let source = try source()
        let parent = URL(fileURLWithPath: to, isDirectory: true)
        let folder = parent.appendingPathComponent(source.folder, isDirectory: true)
        let isThere = FileManager.default.fileExists(atPath: folder.path)
        if !isThere { try download(source, into: parent) }
        let counts = try DatasetSplit.allCases.map { split in
            (split, try DatasetRegistry.load(name: name, folder: folder, split: split).count)
        }
        let report = Report(
            dataset: name, folder: folder.relativePath, url: source.url, downloaded: !isThere,
            training: counts.first { $0.0 == .train }?.1 ?? 0, test: counts.first { $0.0 == .test }?.1 ?? 0)
        let images = "\(report.training) images for training, \(report.test) for testing"
        try json
            ? StandardOutput.write(JSONText.encode(report))
            : messages.write(
                report: isThere
                    ? "\(report.folder) was there already: \(images); remove it to download it again"
                    : "\(report.folder): \(images)", wroteFile: true)
    }

    private func download(_ source: DatasetSource, into parent: URL) throws {
        do {
            try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
        } catch {
            throw ValidationError("cannot create the folder \(to): \(error.localizedDescription)")
        }
        let interruption = Interruption()
        var bar = ProgressBar(messages)
        defer { bar.clear() }
        var files: [URL] = []
        for archive in source.archives {
            let file = parent.appendingPathComponent("\(archive.name).part")
            files.append(file)
            let address = source.url(of: archive)
            messages.note("downloading \(address)")
            try Download(address, to: file, bytes: archive.bytes).run { share in
                if interruption.isRequested {
                    bar.clear()
                    StandardError.write(
                        "Interrupted: the downloaded part is kept; run the same command again to continue.\n")
                    throw ExitCode(ExitStatus.interrupted)
                }
                bar.show(archive.name, share)
            }
            do {
                try source.verify(archive, at: file)
            } catch {
                // Another download must not go on with it.
                try? FileManager.default.removeItem(at: file)
                throw DatasetError.unreadable(
                    file: address, reason: "it is not the published file: \(error)")
            }
        }
        bar.show("unpacking", 0)
        _ = try source.unpack(files, into: parent)
        for file in files { try? FileManager.default.removeItem(at: file) }
    }
}
