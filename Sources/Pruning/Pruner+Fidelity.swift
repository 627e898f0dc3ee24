internal import Analysis
public import Datasets
public import Graph
public import Torch

extension Pruner {
    /// Compares a result with the network it was made of, on inputs that no fit has seen.
    ///
    /// These are given inputs that calibration left aside; where it had none, crops of photographs that no layer is fitted on
    /// for a network that takes images, and else synthetic inputs.
    /// - Returns: The comparison and where the inputs come from; nil where no input was left aside or can be made.
    /// - Throws: `EvaluationError` where the networks do not give the same outputs.
    public func fidelity(of result: PruningResult) throws -> PruningResult.Judgement? {
        try PruningJudge(
            network: network, options: options, calibrationImages: preparation.calibrationImages,
            samplesAtOnce: preparation.samplesAtOnce, device: device
        ).judgement(of: result)
    }
}

extension PruningPlan {
    /// Compares what the plan made with the network it was made of; see `Pruner.fidelity(of:)`.
    ///
    /// - Parameters:
    ///   - result: What `result(on:calibrationImages:)` returned.
    ///   - graph: The network as it was loaded.
    ///   - calibrationImages: The inputs that the plan was made with, where they were given.
    ///   - samplesAtOnce: How many samples the network takes at a time; nil is any number.
    ///   - device: Where networks run.
    public func fidelity(
        of result: PruningResult, on graph: Graph, calibrationImages: (any CalibrationInputs)? = nil,
        samplesAtOnce: Int? = nil, device: Device = .cpu
    ) throws -> PruningResult.Judgement? {
        try PruningJudge(
            network: AnalysedNetwork(graph, folding: options.folding), options: options,
            calibrationImages: calibrationImages, samplesAtOnce: samplesAtOnce, device: device
        ).judgement(of: result)
    }
}
