import ArgumentParser
import Foundation
import IntraFusion

/// Draws the loss around a network and two compressed forms of it.
struct LandscapeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "landscape",
        abstract: "Draw the loss on the plane through a network and two pruned forms of it.",
        discussion: """
            The plane lies in the space of all weights of one group. It goes through the original, and through what two \
            merge rules make of it: by default deletion and the published fusion. Pruned channels are zeros in their places, \
            so that all networks have the same shape. Both axes are distances in weights.

            --between draws the loss on the straight line from one network to another of the same shape.

            The losses are measured once for each point of the grid. With --results they are kept in a file, and --resume \
            continues there; it also draws a finished file again, for example by --accuracy, without measuring.
            """)

    @OptionGroup var model: ModelOptions
    @OptionGroup var data: DataOptions

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Where the picture is written, as SVG or PNG.", valueName: "landscape.svg"))
    var output: PictureFile?

    @Option(
        help: ArgumentHelp(
            "The group whose weights vary, 0 being the last before the output.", valueName: "index"))
    var group: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The share of the group's channels to prune, in [0, 1).", valueName: "share"))
    var sparsity: Double?

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "The two merge rules beside the original (default: \(LandscapeOptions.defaultRules.joined(separator: " "))).",
            discussion: Choices.rules, valueName: "name"))
    var rules: [String] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Draw the line between two networks of equal shape instead.", valueName: "model"))
    var between: [String] = []

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("How many points the grid has along each axis.", valueName: "count"))
    var grid = 25

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "How far the grid goes beyond the networks, as a share of their greatest distance along an axis.",
            valueName: "share"))
    var margin = 0.3

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Measure the loss on the first images of the test set.", valueName: "count"))
    var samples = 1000

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "How many samples run at a time (default: 250, or what an ONNX model was made for).",
            valueName: "count"))
    var batchSize: Int?

    @Flag(help: "Draw the accuracy instead of the loss.")
    var accuracy = false

    @Option(
        help: ArgumentHelp(
            "Keep the measured losses in this file, as JSON, while they are measured.", valueName: "file"))
    var results: OutputFile?

    @Flag(help: "Continue with what --results already holds.")
    var resume = false

    @Option(help: ArgumentHelp("Write all points as comma-separated values.", valueName: "file"))
    var csv: OutputFile?

    @Flag(help: "Print one JSON object, the grid included.")
    var json = false

    @Option(help: ArgumentHelp("How batch-norms are folded.", discussion: BatchNormFolding.list))
    var folding = BatchNormFolding.exact

    @OptionGroup(title: "Scores") var importance: ImportanceArguments
    @OptionGroup(title: "Transport") var transport: TransportArguments
    @OptionGroup(title: "Images") var imageForm: ImageFormArguments
    @OptionGroup var engine: EngineOptions
    @OptionGroup var messages: MessageOptions

    /// No file with results is larger.
    private static let greatestRecord = 1 << 28

    func validate() throws {
        if between.isEmpty {
            guard group != nil, sparsity != nil else {
                throw ValidationError(
                    "say what to prune by --group and --sparsity, or name two networks by --between")
            }
        } else {
            guard between.count == 2 else {
                throw ValidationError("--between takes two networks, got \(between.count)")
            }
            guard group == nil, sparsity == nil, rules.isEmpty, model.file == nil, model.checkpoint == nil
            else {
                throw ValidationError(
                    "--between takes only two networks: leave out the model, --group, --sparsity and --rules"
                )
            }
        }
        guard output != nil || results != nil || csv != nil || json else {
            throw ValidationError(
                "give --output for the picture, or --json, --csv or --results")
        }
        if resume, results == nil { throw ValidationError("--resume needs the --results to continue with") }
        guard samples >= 1 else {
            throw ValidationError("the number of samples must be at least 1, got \(samples)")
        }
        guard (2...LossLandscape.greatestGrid).contains(grid) else {
            throw ValidationError("--grid must be in 2 ... \(LossLandscape.greatestGrid), got \(grid)")
        }
        if let batchSize, batchSize < 1 {
            throw ValidationError("the batch size must be at least 1, got \(batchSize)")
        }
    }

    func run() throws {
        try output?.requireWritable()
        try results?.requireWritable()
        try csv?.requireWritable()
        let device = try engine.prepare(messages)
        let earlier = try earlierRecord()
        let subject = try between.isEmpty ? plane(device) : line(device)
        var record = subject.record
        if let difference = earlier?.difference(from: record) {
            throw ValidationError(
                "\(results?.path ?? "") is of \(difference): choose another file, or leave out --resume and remove it"
            )
        }
        let interruption = Interruption()
        var bar = ProgressBar(messages)
        defer { bar.clear() }
        var lastWritten: ContinuousClock.Instant?
        record.result = try subject.landscape.run(continuing: earlier?.result) { event in
            switch event {
            case .progress(let share): bar.show("measuring", share)
            case .result(let found):
                record.result = found
                let now = ContinuousClock.now
                if lastWritten.map({ now - $0 > .seconds(2) }) ?? true {
                    try write(record)
                    lastWritten = now
                }
            }
            return !interruption.isRequested
        }
        bar.clear()
        try write(record)
        guard record.result.isComplete else {
            let measured = "\(record.result.measuredCount) of \(record.result.count) points are measured"
            let ending =
                results.map { "they are in \($0.path): continue by --resume" }
                ?? "none were kept, as there is no --results"
            StandardError.write("Interrupted: \(measured); \(ending).\n")
            throw ExitCode(ExitStatus.interrupted)
        }
        try output?.write(LandscapePicture(record, showsAccuracy: accuracy).svg())
        if let csv {
            let text = Data("\(record.result.csv)\n".utf8)
            try AtomicFile.replace(csv.url) { append in try text.withUnsafeBytes { try append($0) } }
        }
        let files = [output?.path, csv?.path, results?.path].compactMap { $0 }
        try json
            ? StandardOutput.write(String(decoding: record.encoded(), as: UTF8.self))
            : messages.write(
                report: LandscapeReport(record, files: files).text, wroteFile: !files.isEmpty)
    }

    /// Reads what an earlier run measured, where this one continues it.
    private func earlierRecord() throws -> LandscapeRecord? {
        guard let results, FileManager.default.fileExists(atPath: results.path) else { return nil }
        guard resume else {
            throw ValidationError(
                "\(results.path) exists: continue with it by --resume, or choose another file")
        }
        let data = try InputFile.contents(results.path, greatestSize: Self.greatestRecord)
        do { return try LandscapeRecord(decoding: data) } catch {
            throw ValidationError("\(results.path): \(error)")
        }
    }

    private func write(_ record: LandscapeRecord) throws {
        guard let results else { return }
        let data = try record.encoded()
        try AtomicFile.replace(results.url) { append in try data.withUnsafeBytes { try append($0) } }
    }
}
