import ArgumentParser
import Foundation
import IntraFusion

/// Compresses networks by many methods and makes tables of the accuracies.
struct StudyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "study",
        abstract: "Compare many methods at many sparsities, and write tables of the accuracies.",
        discussion: """
            The study is a JSON file that lists networks, methods (options of prune by their names), sparsities, seeds \
            and scopes: whole (every group pruned) and per_group (each group pruned alone). docs/studies describes it. \
            The result is written after every cell, so --resume continues an interrupted study.
            """)

    @Argument(help: ArgumentHelp("The study.", valueName: "study.json"), completion: .file())
    var study: String

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Where to write the result, as JSON.", valueName: "result.json"))
    var output: OutputFile?

    @Option(
        help: ArgumentHelp(
            "Where to write the tables; in an existing file, between the study's marks.",
            valueName: "file"))
    var markdown: OutputFile?

    @Option(
        help: ArgumentHelp(
            "Draw the accuracies against sparsity, multiply-accumulates, parameters and the measured time for one run.",
            valueName: "study.svg"))
    var plot: PictureFile?

    @Flag(help: "Reuse the cells of the output whose options and inputs are unchanged.")
    var resume = false

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Run only these networks of the study; results of others are kept.",
            valueName: "name"))
    var networks: [String] = []

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Use only this many samples of the test sets, overriding the study.", valueName: "count"))
    var samples: Int?

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup(title: "Latency") var runtimeOptions: RuntimeOptions
    @OptionGroup var engine: EngineOptions
    @OptionGroup var messages: MessageOptions

    /// The largest study.
    private static let greatestStudy = 1 << 24
    /// The largest result.
    private static let greatestResult = 1 << 29

    func validate() throws {
        if resume, output == nil { throw ValidationError("--resume needs --output, the file to resume") }
        if let samples, samples < 1 {
            throw ValidationError("the number of samples must be at least 1, got \(samples)")
        }
    }

    func run() throws {
        var configuration = try read(study, Self.greatestStudy) { try StudyConfiguration(decoding: $0) }
        if let samples { configuration.samples = samples }
        for name in networks where !configuration.networks.contains(where: { $0.name == name }) {
            throw ValidationError(
                "the study has no network \(name), only \(configuration.networks.map(\.name).joined(separator: ", "))"
            )
        }
        try output?.requireWritable()
        try plot?.requireWritable()
        let document = try markdown.map { try MarkedDocument($0, name: configuration.name) }
        let device = try engine.prepare(messages)
        let environment = StudyResult.Environment(
            libtorch: Runtime.version, device: "\(device)")
        let earlier = try earlierResult(environment)
        var result = StudyResult(
            of: configuration, environment: environment, networks: earlier?.networks ?? [])
        let chosen = configuration.networks.filter { networks.isEmpty || networks.contains($0.name) }
        let files = try chosen.map { try StudyNetworkFile($0, configuration) }
        let interruption = Interruption()
        var bar = ProgressBar(messages)
        defer { bar.clear() }
        var isComplete = true
        for (file, network) in zip(files, chosen) where isComplete {
            let known = earlier?.networks.first { $0.name == network.name }
            isComplete = try Study(configuration, device: device).run(
                file.subject(plot == nil ? nil : runtimeOptions.runtime, device: device), known: known
            ) { event in
                switch event {
                case .progress(let stage, let fraction): bar.show("\(network.name): \(stage)", fraction)
                case .result(let found):
                    result = result.replacing(found)
                    try write(result)
                }
                return !interruption.isRequested
            }
            bar.clear()
            try document?.write(StudyTables(result).markdown)
        }
        try plot?.write(StudyPicture(result).svg())
        try json
            ? StandardOutput.write(String(decoding: result.encoded(), as: UTF8.self))
            : messages.write(
                report: StudyTables(result).markdown,
                wroteFile: output != nil || markdown != nil || plot != nil)
        if !isComplete { throw ExitCode(ExitStatus.interrupted) }
    }

    /// Reads the result of an earlier run that this one continues.
    private func earlierResult(_ environment: StudyResult.Environment) throws -> StudyResult? {
        guard let output, FileManager.default.fileExists(atPath: output.path) else { return nil }
        guard resume else {
            throw ValidationError(
                "\(output.path) already exists: continue it with --resume, or choose another output")
        }
        let earlier = try read(output.path, Self.greatestResult) { try StudyResult(decoding: $0) }
        guard earlier.environment == environment else {
            throw ValidationError(
                "cannot resume \(output.path): it was computed by \(earlier.environment), this is \(environment)"
            )
        }
        return earlier
    }

    private func write(_ result: StudyResult) throws {
        guard let output else { return }
        let data = try result.encoded()
        try AtomicFile.replace(output.url) { append in try data.withUnsafeBytes { try append($0) } }
    }

    private func read<Value>(_ path: String, _ size: Int, _ decode: (Data) throws -> Value) throws -> Value {
        let data = try InputFile.contents(path, greatestSize: size)
        do { return try decode(data) } catch { throw ValidationError("\(path): \(error)") }
    }
}
