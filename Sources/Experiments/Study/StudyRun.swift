internal import Analysis
internal import Compression
internal import Datasets
internal import Evaluation
internal import Graph
internal import Pruning
internal import Torch

/// The work on one network of a study, and its finished part.
struct StudyRun {
    /// Why the work ends early.
    enum End: Error {
        /// A stop was requested.
        case stopped
        /// A report failed.
        case failed(any Error)
    }

    typealias Report = (Study.Event) throws -> Bool
    typealias Place = StudyCell.Place

    private let subject: StudySubject
    private let device: Device
    private let evaluator: AccuracyEvaluator
    private let places: [Place]
    private var finished: [Place: StudyCell]
    private var result: StudyResult.Network
    private var pruners: StudyPruners
    private let network: AnalysedNetwork
    private let latency: LatencyMeter?

    private static let latencyRuns = LatencyMeter.Options(repetitions: 15, seconds: 0.2, mostSeconds: 1)

    /// The number of compressed networks held in memory at once.
    private static let networksAtOnce = 24

    init(
        _ subject: StudySubject, _ study: StudyConfiguration, known: StudyResult.Network?, device: Device
    ) throws {
        self.subject = subject
        self.device = device
        evaluator = try AccuracyEvaluator(
            subject.testImages, sampleCount: study.samples, batchSize: subject.batchSize, device: device)
        network = try AnalysedNetwork(subject.graph, folding: .exact)
        pruners = StudyPruners(subject, network, device: device)
        let meters = subject.runtimes.lazy.compactMap { [network] runtime in
            try? LatencyMeter(network.graph, options: Self.latencyRuns, runtime: runtime)
        }
        latency = meters.first
        if let last = subject.runtimes.last, latency == nil {
            // Says why it does not accept the network.
            _ = try LatencyMeter(network.graph, options: Self.latencyRuns, runtime: last)
        }
        places = try StudyRun.places(subject, study, network)
        result = StudyResult.Network(
            subject, samples: evaluator.sampleCount, groupWidths: network.groupWidths,
            cost: NetworkCost(of: network.graph))
        finished = [:]
        if let known, known.hasInputs(of: result) {
            result.dense = known.dense
            let same = Set(known.methods.filter(result.methods.contains).map(\.name))
            let wanted = Set(places)
            for cell in known.cells
            where cell.failure == nil && same.contains(cell.place.method) && wanted.contains(cell.place) {
                finished[cell.place] = cell
            }
        }
    }

    /// All cells in the order of the study.
    private static func places(
        _ subject: StudySubject, _ study: StudyConfiguration, _ network: AnalysedNetwork
    ) throws -> [Place] {
        let groups = Array(network.groupWidths.indices)
        let firstSeeds = Array(study.seeds.prefix(1))
        let seeds = try subject.methods.map {
            try $0.options.dependsOnSeed(for: network) ? study.seeds : firstSeeds
        }
        return study.scopes.flatMap { scope in
            zip(subject.methods, seeds).flatMap { method, seeds in
                (scope == .whole ? [nil] : groups.map { Optional($0) }).flatMap { group in
                    study.sparsities.flatMap { sparsity in
                        seeds.map { seed in
                            Place(
                                scope: scope, method: method.name, group: group, sparsity: sparsity.value,
                                seed: seed)
                        }
                    }
                }
            }
        }
    }

    /// Measures the dense network, unless its accuracy is known.
    mutating func measureDense(_ report: Report) throws {
        if result.dense == nil {
            try evaluate([], includesBase: true, report) { _, _ in }
        }
        try emit(report)
    }

    /// Compresses all groups together, cell by cell.
    mutating func compressWhole(_ report: Report) throws {
        for place in places where place.scope == .whole && finished[place] == nil {
            try compress([place], report)
        }
    }

    /// Compresses one group after the other; all networks that differ from the dense one only after a group
    /// share the part before it.
    mutating func compressGroups(_ report: Report) throws {
        for group in network.groupWidths.indices {
            let missing = places.filter { $0.group == group && finished[$0] == nil }
            for start in stride(from: 0, to: missing.count, by: Self.networksAtOnce) {
                try compress(
                    Array(missing[start..<min(start + Self.networksAtOnce, missing.count)]), report)
            }
        }
    }

    /// A compressed network that waits for its evaluation.
    private struct Candidate {
        let place: Place
        let variant: EvaluationVariant
        let cost: NetworkCost
        let seconds: Double
        let latency: LatencyMeter.Times?
    }

    /// Compresses the network for some cells and evaluates the results.
    private mutating func compress(_ places: [Place], _ report: Report) throws {
        var candidates: [Candidate] = []
        for place in places {
            let fraction = fraction
            do {
                let (pruned, seconds) = try pruners.run(place) { stage, _ in
                    try Self.send(
                        .progress(
                            stage: "\(place.method) at \(place.sparsity): \(stage)", fraction: fraction),
                        report)
                }
                candidates.append(
                    Candidate(
                        place: place, variant: try pruned.variant(of: network), cost: pruned.after,
                        seconds: seconds,
                        latency: place.scope == .whole ? try? latency?.times(of: pruned.graph) : nil))
            } catch let error as End {
                throw error
            } catch {
                try finish(StudyCell(failure: "\(error)", of: place), report)
            }
        }
        guard !candidates.isEmpty else { return }
        try evaluate(candidates, includesBase: false, report) { run, result in
            let candidate = candidates[result.index]
            try run.finish(
                StudyCell(
                    place: candidate.place, accuracy: result.accuracy, parameters: candidate.cost.parameters,
                    multiplyAccumulates: candidate.cost.multiplyAccumulates, seconds: candidate.seconds,
                    latency: candidate.latency, failure: nil), report)
        }
    }

    /// Measures accuracies; errors thrown by the evaluator's reports are rethrown when it has stopped.
    private mutating func evaluate(
        _ candidates: [Candidate], includesBase: Bool, _ report: Report,
        _ body: (inout StudyRun, (index: Int, accuracy: Accuracy)) throws -> Void
    ) throws {
        var failure: (any Error)?
        let (evaluator, dense) = (evaluator, network.graph)
        let stage =
            candidates.isEmpty
            ? "dense network" : candidates.count == 1 ? candidates[0].place.method : "groups"
        try evaluator.evaluate(
            base: dense, variants: candidates.map(\.variant), includesBase: includesBase
        ) { event in
            do {
                switch event {
                case .base(let accuracy): result.dense = accuracy
                case .variant(let index, let accuracy): try body(&self, (index, accuracy))
                case .progress:
                    try Self.send(.progress(stage: "\(stage): evaluating", fraction: fraction), report)
                }
                return true
            } catch {
                failure = error
                return false
            }
        }
        if let failure { throw failure }
    }

    /// The finished share of the cells.
    private var fraction: Double { Double(finished.count) / Double(max(places.count, 1)) }

    private static func send(_ event: Study.Event, _ report: Report) throws {
        let goesOn: Bool
        do { goesOn = try report(event) } catch { throw End.failed(error) }
        guard goesOn else { throw End.stopped }
    }

    private mutating func finish(_ cell: StudyCell, _ report: Report) throws {
        finished[cell.place] = cell
        try emit(report)
    }

    /// Reports everything that is finished.
    private mutating func emit(_ report: Report) throws {
        result.cells = places.compactMap { finished[$0] }
        result.sumUp()
        try Self.send(.result(result), report)
    }
}
