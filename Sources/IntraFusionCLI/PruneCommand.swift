import ArgumentParser
import Foundation
import IntraFusion

/// Compresses a network and writes it.
struct PruneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract:
            "Prune a network: merge the pruned channels into the kept ones, and write the result.",
        discussion: """
            intrafusion prune model.onnx -o smaller.onnx leaves 70 % of the multiply-accumulates; without -o it says what it \
            would do. Give inputs of your own by --calibrate where you have some: nothing helps more. The report says how \
            much of the original's answers the result keeps.

            Say how much stays by a target or by --keep, or how much goes by --sparsity or --sparsity-of. Shares are those of \
            the network with its batch-norms folded. The result never exceeds a target; where a target cannot be reached, the \
            error names the least that can be.
            """)

    @OptionGroup var model: ModelOptions

    @OptionGroup(title: "Most used") var usual: PruneUsualOptions

    @Option(
        help: ArgumentHelp(
            "Where the plan is written, for apply; it may stand without an output.", valueName: "file"))
    var plan: OutputFile?

    @Option(
        help: ArgumentHelp("Draw the widths before and after, group by group.", valueName: "widths.svg"))
    var plot: PictureFile?

    @Option(
        help: ArgumentHelp(
            "Write a report as HTML: layers before and after, what is frozen, the inputs whose answers changed most.",
            valueName: "report.html"))
    var report: PageFile?

    @Flag(help: "Write nothing and print what would be done; with --json the whole plan.")
    var dryRun = false

    @Option(
        help: ArgumentHelp(
            "How much work to spend; sets the defaults of other options.", discussion: Effort.list,
            valueName: "effort"))
    var effort: Effort?

    @Option(
        help: ArgumentHelp(
            "Choose the effort by the available time, such as 90s, 5m or 1h: the highest that should finish in it on this machine.",
            valueName: "time"))
    var time: TimeLimit?

    @OptionGroup(title: "How much") var amount: PruneAmountOptions
    @OptionGroup(title: "Latency") var runtimeOptions: RuntimeOptions
    @OptionGroup(title: "Which groups") var scope: PruneScopeOptions

    @Option(
        help: ArgumentHelp(
            "How pruned channels are merged into the kept ones.",
            discussion: Choices.rules, valueName: "name"),
        completion: .list(MergeRuleRegistry.rules.map { $0.name }))
    var rule: String?

    @Option(
        help: ArgumentHelp(
            "The source of the activations' moments where there is no batch-norm.",
            discussion: MissingMoments.list, valueName: "choice"))
    var missingMoments = MissingMoments.automatic

    @Option(
        help: ArgumentHelp(
            "The channels among which those that go are chosen.", discussion: ChannelBasis.list,
            valueName: "choice"))
    var basis: ChannelBasis?

    @Option(
        help: ArgumentHelp(
            "The form of large layers.", discussion: LayerForm.list, valueName: "choice"))
    var layers: LayerForm?

    @OptionGroup(title: "Calibration") var calibration: CalibrationArguments

    @OptionGroup(title: "Images") var imageForm: ImageFormArguments

    @OptionGroup(title: "Scores") var importance: ImportanceArguments
    @OptionGroup(title: "Transport") var transport: TransportArguments

    @Option(help: ArgumentHelp("How batch-norms are folded.", discussion: BatchNormFolding.list))
    var folding = BatchNormFolding.exact

    @Flag(help: "Succeed even if nothing can be pruned, and write the network with its batch-norms folded.")
    var allowNothing = false

    @Option(
        help: ArgumentHelp(
            "Write nothing if the result keeps a smaller share of the original's answers on held-out inputs.",
            valueName: "share"))
    var minimumAgreement: Double?

    @OptionGroup(title: "Accuracy") var evaluation: EvaluationArguments

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup var engine: EngineOptions
    @OptionGroup var messages: MessageOptions

    func validate() throws {
        try amount.validate(with: usual)
        _ = try PruningSettings.checked { $0 = settings }
        if let minimumAgreement, !(0...1).contains(minimumAgreement) {
            throw ValidationError("--minimum-agreement must be in 0 ... 1, got \(minimumAgreement)")
        }
        guard effort == nil || time == nil else {
            throw ValidationError("--time chooses the effort: leave out --effort or --time")
        }
        guard !dryRun || plan == nil else {
            throw ValidationError("--dry-run writes nothing, --plan would; --plan alone writes no network")
        }
        guard
            !amount.suggest
                || (usual.output == nil && plan == nil && plot == nil && report == nil
                    && minimumAgreement == nil)
        else {
            throw ValidationError(
                "--suggest writes nothing: leave out --output, --plan, --plot, --report and --minimum-agreement"
            )
        }
        if let plan {
            for path in [usual.output?.path, model.path].compactMap({ $0 })
            where plan.url.standardizedFileURL == URL(fileURLWithPath: path).standardizedFileURL {
                throw ValidationError("the plan cannot be written to \(path), which is a network")
            }
        }
    }

    /// How many inputs whose answers changed most are shown.
    static let mostChanges = 8

    /// Whether no network and no plan are written.
    private var writesNothing: Bool { dryRun || (usual.output == nil && plan == nil) }

    func run() throws {
        if !writesNothing {
            try usual.output?.requireWritable()
            try plan?.requireWritable()
        }
        try plot?.requireWritable()
        try report?.requireWritable()
        let device = try engine.prepare(messages)
        let loaded = try model.load(fitting: usual.calibrate, messages)
        // The output may take the place of the input.
        var files = try FileRecord.list(.input, loaded)
        let source = PruningPlan.Source(
            architecture: loaded.architecture, file: loaded.path, checksum: loaded.checksum)
        let form = try imageForm.form()
        var settings = settings
        if let time {
            let (effort, expected) = try Effort.fitting(
                seconds: time.seconds, for: loaded.graph, samplesAtOnce: loaded.batchSize, device: device)
            settings.effort = effort
            if !messages.quiet {
                StandardError.write(
                    "effort \(effort.rawValue), expected to take \(max(Int(expected), 1)) s or so\n")
            }
        }
        let inputs = try CalibrationImages.open(settings, for: loaded.graph)
        var options = try options(settings, for: loaded, inputs)
        options.budgets = try budgets(loaded, source, options)
        let images = try evaluation.images(fitting: loaded.graph, form: form)
        let runtime = try runtimeOptions.runtime(for: loaded, device: device)
        let interruption = Interruption()
        var bar = ProgressBar(messages)
        var hasEndedEarly = false
        defer { bar.clear() }
        func show(_ stage: String, _ fraction: Double) throws {
            if interruption.isRequested, !hasEndedEarly {
                bar.clear()
                if stage == CalibrationRequest.refinementStage {
                    hasEndedEarly = true
                    throw RefinementEnd()
                }
                throw Interruption.emptyHanded()
            }
            bar.show(stage, fraction)
        }
        let start = ContinuousClock.now
        var pruner = try Pruner(
            loaded.graph, options: options,
            trainingImages: ImportanceArguments.trainingImages(
                evaluation.options, criterion: options.criterion, form: form.fitting(loaded.graph)),
            calibrationImages: inputs, samplesAtOnce: loaded.batchSize, device: device,
            report: show)
        if amount.targetLatency != nil {
            pruner.runtime = try runtimeOptions.runtime.runtime(
                taking: loaded.graph, samples: amount.latencyBatch, device: device
            ) { try loaded.encoded($0) }
        }
        let preparation = ContinuousClock.now - start
        let search = try usual.keep != nil || amount.suggest ? self.search(pruner, loaded, source) : nil
        if amount.suggest, let search {
            let curve = try search.curve(report: show)
            bar.clear()
            return try json
                ? StandardOutput.write(JSONText.encode(curve))
                : messages.write(report: PruneReport.text(curve), wroteFile: false)
        }
        var curve: [AgreementSearch.Point]?
        let result: PruningResult
        if let search, let keep = usual.keep {
            (result, curve) = try search.smallest(keeping: keep, report: show)
        } else {
            result = try pruner.run(report: show)
        }
        let accuracies = try images.map {
            try evaluation.accuracies(
                on: $0, before: result.dense, after: result.graph, of: loaded, device: device
            ) { try show("measuring accuracy", $0) }
        }
        try show("comparing", 0)
        let comparison = try pruner.comparison(of: result, most: Self.mostChanges)
        let judgement = comparison?.judgement
        if interruption.isRequested, !hasEndedEarly { throw Interruption.emptyHanded() }
        try requireAgreement(judgement)
        let made = PruningPlan(
            source: source, options: result.options, bases: result.bases,
            rounds: result.rounds, judgement: judgement)
        var measurement = LatencyMeter.Options.report
        measurement.batchSize = amount.latencyBatch
        let deployment = try RuntimeComparison(
            (loaded.graph, runtime), (result.graph, runtime), else: runtimeOptions.fallback(device: device),
            options: measurement, device: device
        ) { try show("measuring latency", $0) }
        bar.clear()
        if !writesNothing {
            func writeNetwork() throws {
                guard let output = usual.output else { return }
                files += try CompressedNetworkFile.write(result.graph, made: made, from: loaded, to: output)
                    .map { try FileRecord(.output, $0.path) }
            }
            if let plan {
                try PlanFile.write(made, to: plan, with: writeNetwork)
            } else {
                try writeNetwork()
            }
            if let plan { files.append(try FileRecord(.plan, plan.path)) }
        }
        try plot?.write(WidthsPicture(result.groups, model: loaded.architecture).svg)
        let found = try PruneReport(
            result, of: loaded, source: source, plan: writesNothing ? made : nil, accuracy: accuracies,
            output: writesNothing ? nil : usual.output?.path, planFile: plan?.path, comparison: comparison,
            files: files, curve: curve,
            device: device, preparation: preparation, deployment: deployment,
            latencyRuntime: pruner.runtime?.title)
        try report?.write(found.page())
        try json
            ? StandardOutput.write(JSONText.encode(found))
            : messages.write(
                report: found.text, wroteFile: !writesNothing || plot != nil || report != nil)
    }

    /// What looks at several sizes of a network.
    private func search(
        _ pruner: Pruner, _ loaded: NetworkFile, _ source: PruningPlan.Source
    ) throws -> AgreementSearch {
        guard let command = amount.metric else { return AgreementSearch(pruner) }
        let metric = MetricCommand(command, fileExtension: loaded.model == nil ? "safetensors" : "onnx")
        let original = try metric.value { try loaded.save(loaded.graph, to: $0, metadata: [:]) }
        guard original > 0 else {
            throw ValidationError(
                "--metric prints \(original) for the original: no share of that can be kept")
        }
        return AgreementSearch(pruner) { result in
            let made = PruningPlan(
                source: source, options: result.options, bases: result.bases,
                rounds: result.rounds)
            return try metric.value { file in
                guard let output = OutputFile(argument: file.path) else { return }
                try CompressedNetworkFile.write(result.graph, made: made, from: loaded, to: output)
            } / original
        }
    }

    /// Refuses a result that keeps less of the original than was asked for.
    private func requireAgreement(_ judgement: PruningResult.Judgement?) throws {
        guard let minimumAgreement else { return }
        guard let judgement else {
            throw ValidationError(
                "--minimum-agreement needs inputs to compare the networks on, and none can be synthesised: give more inputs than --images with --calibrate"
            )
        }
        guard judgement.isTelling else {
            throw ValidationError(
                "--minimum-agreement cannot be checked: the original's answers hardly vary on these inputs; give inputs of your own with --calibrate; nothing was written"
            )
        }
        guard judgement.fidelity.kept >= minimumAgreement else {
            let (kept, asked) = (judgement.fidelity.kept, minimumAgreement)
            StandardError.write(
                "Error: the result keeps \(PruneReport.percent(kept)) of the original's answers, less than the required \(PruneReport.percent(asked)); nothing was written\n"
            )
            throw ExitCode(ExitStatus.refused)
        }
    }

    /// How the network is compressed.
    private var settings: PruningSettings {
        var settings = PruningSettings()
        settings.effort = effort
        settings.rule = rule
        settings.missingMoments = missingMoments
        settings.basis = basis
        settings.layers = layers
        settings.folding = folding
        settings.ignore = scope.ignore
        amount.say(&settings)
        settings.calibrate = usual.calibrate
        calibration.say(&settings)
        imageForm.say(&settings)
        importance.say(&settings)
        transport.say(&settings)
        return settings
    }

    /// What is asked for, but for budgets.
    ///
    /// - Parameters:
    ///   - settings: How the network is compressed.
    ///   - loaded: The network.
    ///   - inputs: Those for calibration, where real ones are asked for.
    private func options(
        _ settings: PruningSettings, for loaded: NetworkFile, _ inputs: (any CalibrationInputs)?
    ) throws -> PruningOptions {
        var options = try settings.options(
            for: loaded.graph, calibrationImages: inputs, samplesAtOnce: loaded.batchSize,
            seed: importance.seed)
        options.groups = scope.groups.isEmpty ? nil : scope.groups
        options.sparsities = try scope.sparsities()
        options.sparsity = try amount.sparsity.map { try Sparsity($0) }
        options.latencyBatchSize = amount.latencyBatch
        options.allowsNothing = allowNothing
        let takesMore = loaded.model.map(\.takesFurtherLayers) ?? false
        guard takesMore || options.layers != .factored else {
            throw ValidationError(
                "--layers factored needs an ONNX file of operator set 11 or later without weights that are stored as integers"
            )
        }
        guard amount.targetSize == nil || options.layers != .factored else {
            throw ValidationError(
                "--target-size does not know how many bytes further layers take: give --target-parameters with --layers factored"
            )
        }
        if !takesMore { options.layers = .whole }
        return options
    }

    private func budgets(
        _ loaded: NetworkFile, _ source: PruningPlan.Source, _ options: PruningOptions
    ) throws -> [Budget] {
        let header =
            try amount.targetSize == nil
            ? 0
            : CompressedNetworkFile.headerSize(
                of: folding.folded(loaded.graph), from: loaded, source: source, options: options)
        let numbers = Double(NetworkCost(of: loaded.graph).bytes)
        let packing = loaded.model == nil ? 1 : max(numbers / Double(max(loaded.byteCount, 1)), 1)
        return try amount.budgets(usual, header: header, packing: packing)
    }
}
