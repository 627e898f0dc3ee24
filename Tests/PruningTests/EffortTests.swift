import Analysis
import Calibration
import Compression
import Graph
import NetworkSupport
import Pruning
import Testing

@Suite("Effort")
struct EffortTests {
    @Test("what is left open follows from the effort and the network")
    func defaults() throws {
        let (normed, perceptron) = (try BundledNetwork.digits("vgg11_bn"), try BundledNetwork.digits("mlp"))
        let minimal = try PruningOptions(effort: .minimal, sparsity: Sparsity(0.5)).resolvedForTest(normed)
        #expect(minimal.calibration == nil && minimal.allocation == UniformAllocation.name)
        #expect(minimal.limits?.multiple == 1 && minimal.rule == MomentMatchedRule.name)
        let quick = try PruningOptions(effort: .quick, sparsity: Sparsity(0.5)).resolvedForTest(normed)
        #expect(quick.calibration?.source == .photographs && quick.calibration?.images == 64)
        #expect(quick.calibration?.refinementSteps == 0 && quick.allocation == MeasuredAllocation.name)
        #expect(quick.calibration?.normalisation != nil)
        let normal = try PruningOptions(sparsity: Sparsity(0.5)).resolvedForTest(perceptron)
        #expect(normal.calibration?.source == .photographs && normal.calibration?.images == 256)
        #expect(normal.calibration?.refinementSteps == 400 && normal.allocation == MeasuredAllocation.name)
        #expect(normal.limits?.multiple == nil && normal.rule == CompensatedDeletionRule.name)
        let inverted = try PruningOptions(sparsity: Sparsity(0.5)).resolvedForTest(normed)
        #expect(inverted.calibration?.source == .inverted)
    }

    @Test("a limit of time chooses the effort")
    func time() throws {
        let graph = try BundledNetwork.digits("mlp")
        let none = try Effort.fitting(seconds: 0, for: graph)
        #expect(none.effort == .quick && none.expected > 0)
        let all = try Effort.fitting(seconds: 1e6, for: graph)
        #expect(all.effort == .thorough && all.expected < 1e6)
        let passes = [Effort.quick, .normal, .thorough].map { $0.samplePasses(for: graph) }
        #expect(passes == passes.sorted() && Set(passes).count == 3)
        // A network that takes a fixed number of samples is timed on these.
        #expect(try Effort.fitting(seconds: 1e6, for: graph, samplesAtOnce: 4).effort == .thorough)
    }

    @Test("what is said stays as it was said")
    func said() throws {
        let graph = try BundledNetwork.digits("mlp")
        var options = try PruningOptions(
            sparsity: Sparsity(0.5), allocation: UniformAllocation.name, limits: WidthLimits(multiple: 3),
            calibration: CalibrationRequest(source: .synthetic, images: 40))
        options.calibration?.refinementSteps = 7
        let resolved = try options.resolvedForTest(graph)
        #expect(resolved.allocation == UniformAllocation.name && resolved.limits?.multiple == 3)
        #expect(resolved.calibration == options.calibration)
        options.calibration = nil
        #expect(try options.resolvedForTest(graph).calibration == nil)
    }

    @Test("widths are multiples that runtimes are fast at, those of single groups what was asked")
    func widths() throws {
        let graph = try BundledNetwork.digits("vgg11_bn")
        var options = try PruningOptions(
            effort: .minimal, sparsities: [2: Sparsity(0.33)], sparsity: Sparsity(0.4), rule: "delete")
        options.limits = try WidthLimits(multiple: nil)
        let result = try Pruner(graph, options: options).run()
        for group in result.groups {
            let kept = group.keptChannels.count
            if group.index == 2 {
                #expect(try kept == Sparsity(0.33).keptWidth(of: group.width))
            } else {
                #expect(kept.isMultiple(of: group.width < 16 ? 1 : group.width < 64 ? 4 : 8), "\(kept)")
            }
        }
    }
}

extension PruningOptions {
    fileprivate func resolvedForTest(_ graph: Graph) throws -> PruningOptions {
        try resolved(for: AnalysedNetwork(graph, folding: .exact))
    }
}
