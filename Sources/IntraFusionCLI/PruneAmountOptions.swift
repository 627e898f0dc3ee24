import ArgumentParser
import IntraFusion

/// How much of a network goes, and where from.
struct PruneAmountOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The share of the channels to remove, in [0, 1).", valueName: "share"))
    var sparsity: Double?

    @Option(
        help: ArgumentHelp(
            "How many parameters may be left: a share up to 1, or a number.", valueName: "amount"))
    var targetParameters: Double?

    @Option(
        help: ArgumentHelp(
            "How large the file may be: a number with B, kB, MB, GB, KiB, MiB or GiB, or a share of the parameters' bytes up to 1.",
            valueName: "size"))
    var targetSize: ByteCount?

    @Option(
        help: ArgumentHelp(
            "The share of the time of one run that may be left, measured on this machine.",
            valueName: "share"))
    var targetLatency: Double?

    @Option(
        help: ArgumentHelp(
            "A command that prints a number for a network, higher is better; {model} stands for the network's file. With --keep or --suggest.",
            valueName: "command"))
    var metric: String?

    @Flag(help: "Print how much of the original is kept at several sizes, and write nothing.")
    var suggest = false

    /// Checks that what is asked for fits together.
    func validate(with usual: PruneUsualOptions) throws {
        let keep = usual.keep
        let searches = keep != nil || suggest
        if let keep, !(keep > 0 && keep <= 1) {
            throw ValidationError("--keep must be in (0, 1], got \(keep)")
        }
        guard metric == nil || searches else {
            throw ValidationError("--metric needs --keep or --suggest")
        }
        guard keep == nil || !suggest else {
            throw ValidationError(
                "use either --keep, which finds one network, or --suggest, which compares several sizes")
        }
        let amounts =
            [sparsity, usual.targetMacs, targetParameters, targetSize?.value, targetLatency].compactMap { $0 }
        guard !searches || amounts.isEmpty else {
            throw ValidationError(
                "--\(suggest ? "suggest" : "keep") finds out how much can go: leave out --sparsity and the targets"
            )
        }
        guard !searches || steps == 1 else {
            throw ValidationError("--\(suggest ? "suggest" : "keep") looks at networks made in one step")
        }
    }

    @Option(
        name: [.customLong("allocate"), .customLong("ranking")],
        help: ArgumentHelp(
            "How pruning is spread over groups (local means uniform; default: set by --effort).",
            discussion: Choices.list(AllocationRegistry.allocations.map { ($0.name, $0.summary) }),
            valueName: "name"), completion: .list(AllocationRegistry.allocations.map { $0.name }))
    var allocation: String?

    @Option(
        help: ArgumentHelp(
            "Round kept widths up to a multiple of this; a group without a smaller multiple stays whole (default: 8, which runtimes run fast, or 4 in groups of fewer than 64 channels).",
            valueName: "multiple"))
    var roundTo: Int?

    @Option(help: ArgumentHelp("The smallest width of a group.", valueName: "count"))
    var minimumWidth = 1

    @Option(
        help: ArgumentHelp(
            "The largest share of its channels that a group may lose (default: 0.9 if groups compete, otherwise no limit).",
            valueName: "share"))
    var maxSparsity: Double?

    @Option(
        help: ArgumentHelp(
            "The number of steps; the network is scored again before each.", valueName: "count"))
    var steps = 1

    @Option(
        help: ArgumentHelp(
            "How pruning is divided into steps.", discussion: Choices.list(PruningSchedule.forms),
            valueName: "schedule"))
    var schedule = "linear"

    @Option(
        help: ArgumentHelp("The order in which groups are merged.", discussion: CompressionOrder.list))
    var order = CompressionOrder.simultaneous

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "How many samples run at a time where latency is measured.", valueName: "count"))
    var latencyBatch = 1

    /// What the result may cost.
    ///
    /// - Parameters:
    ///   - usual: What else is said.
    ///   - header: The bytes of the file besides the parameters'.
    ///   - packing: How many bytes of the network's numbers one byte of the file holds, where it stores them as integers.
    func budgets(_ usual: PruneUsualOptions, header: Int, packing: Double = 1) throws -> [Budget] {
        var budgets: [Budget] = []
        // A search replaces it.
        if usual.keep != nil || suggest { budgets.append(try Budget(.multiplyAccumulates, limit: 1)) }
        if let targetMacs = usual.targetMacs {
            budgets.append(try Budget(.multiplyAccumulates, limit: targetMacs))
        }
        if let targetParameters { budgets.append(try Budget(.parameters, limit: targetParameters)) }
        if let size = targetSize?.value {
            let bytes = size <= 1 ? size : (size - Double(header)) * packing
            guard bytes > 1 || size <= 1 else {
                throw ValidationError(
                    "--target-size \(Int(size)) is too small: the names in the file alone take \(header) bytes"
                )
            }
            budgets.append(try Budget(.bytes, limit: bytes))
        }
        if let targetLatency { budgets.append(try Budget(.latency, limit: targetLatency)) }
        return budgets
    }

    /// Says where channels go, and in which steps.
    func say(_ settings: inout PruningSettings) {
        settings.allocate = allocation
        settings.roundTo = roundTo
        settings.minimumWidth = minimumWidth
        settings.maxSparsity = maxSparsity
        settings.steps = steps
        settings.schedule = schedule
        settings.order = order
    }
}

extension CompressionOrder: SummarisedChoice {}
extension MissingMoments: SummarisedChoice {}
extension Effort: SummarisedChoice {}
extension ChannelBasis: SummarisedChoice {}
extension LayerForm: SummarisedChoice {}
