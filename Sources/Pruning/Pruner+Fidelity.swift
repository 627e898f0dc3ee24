internal import Analysis
public import Datasets
public import Graph
public import Torch

extension Pruner {
    /// Compares a result with the network it was made from, on held-out inputs.
    ///
    /// These are given inputs that calibration held out; if there are none, crops of photographs that no fit uses if
    /// the network takes images, otherwise synthetic inputs.
    /// - Returns: The comparison and where the inputs come from; nil if no inputs were held out or can be generated.
    /// - Throws: `EvaluationError` if the networks do not give the same outputs.
    public func fidelity(of result: PruningResult) throws -> PruningResult.Judgement? {
        try comparison(of: result, most: 0)?.judgement
    }

    /// Compares a result with the network it was made from, and finds the inputs whose answers changed most.
    ///
    /// - Parameters:
    ///   - result: The result.
    ///   - most: The largest number of these inputs to return.
    /// - Returns: As `fidelity(of:)`.
    /// - Throws: `EvaluationError` if the networks do not give the same outputs.
    public func comparison(of result: PruningResult, most: Int) throws -> AnswerComparison? {
        try PruningJudge(
            network: given, options: options, calibrationImages: preparation.calibrationImages,
            samplesAtOnce: preparation.samplesAtOnce, device: device
        ).comparison(of: result, most: most)
    }
}

extension PruningPlan {
    /// Compares the plan's result with the network it was made from; see `Pruner.comparison(of:most:)`.
    ///
    /// - Parameters:
    ///   - result: The value of `result(on:calibrationImages:)`.
    ///   - graph: The network as it was loaded.
    ///   - most: The largest number of inputs whose answers changed most to return.
    ///   - calibrationImages: The inputs that the plan was made with, if they were given.
    ///   - samplesAtOnce: The number of samples that the network takes at a time; nil is any.
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
