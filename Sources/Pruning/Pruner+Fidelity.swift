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
        try comparison(of: result, most: 0)?.judgement
    }

    /// Compares a result with the network it was made of, and finds the inputs whose answers changed most.
    ///
    /// - Parameters:
    ///   - result: The result.
    ///   - most: How many of these inputs are returned.
    /// - Returns: As for `fidelity(of:)`.
    /// - Throws: `EvaluationError` where the networks do not give the same outputs.
    public func comparison(of result: PruningResult, most: Int) throws -> AnswerComparison? {
        try PruningJudge(
            network: network, options: options, calibrationImages: preparation.calibrationImages,
            samplesAtOnce: preparation.samplesAtOnce, device: device
        ).comparison(of: result, most: most)
    }
}

extension PruningPlan {
    /// Compares what the plan made with the network it was made of; see `Pruner.comparison(of:most:)`.
    ///
    /// - Parameters:
    ///   - result: What `result(on:calibrationImages:)` returned.
    ///   - graph: The network as it was loaded.
    ///   - most: How many of the inputs whose answers changed most are returned.
    ///   - calibrationImages: The inputs that the plan was made with, where they were given.
    ///   - samplesAtOnce: How many samples the network takes at a time; nil is any number.
    ///   - device: Where networks run.
    public func comparison(
        of result: PruningResult, on graph: Graph, most: Int,
        calibrationImages: (any CalibrationInputs)? = nil,
        samplesAtOnce: Int? = nil, device: Device = .cpu
    ) throws -> AnswerComparison? {
        try PruningJudge(
            network: AnalysedNetwork(graph, folding: options.folding), options: options,
            calibrationImages: calibrationImages, samplesAtOnce: samplesAtOnce, device: device
        ).comparison(of: result, most: most)
    }
}
