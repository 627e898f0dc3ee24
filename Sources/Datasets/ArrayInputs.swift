internal import Checkpoints
public import Foundation
public import Graph
public import Torch

/// Inputs in a NumPy file: one array `[count, ...shape of a sample]` for each input of a network.
///
/// A sample of an input has its shape without the first axis. Where first axes do not count samples, as with a state that has its
/// layers there, and for scalars, it has the whole shape.
///
/// Floating-point numbers are used unchanged. Bytes for a floating-point input are pixels: they are divided
/// by 255 and normalised by channel. Integers for an integer input (tokens) are used unchanged.
public struct ArrayInputs: CalibrationInputs {
    public let name: String
    public let count: Int
    public var equivalentVariants: Int { hasVariants ? Self.splices : 1 }
    public var hasVariants: Bool { countsSamples && TokenSplice.fits(types) }
    private let file: URL
    private let arrays: [NumPyRows]
    private let types: [TensorType]
    private let normalisations: [Normalisation?]
    private let countsSamples: Bool

    /// The number of variants of token sequences for a fit.
    private static let splices = 4

    /// Returns whether a file has the name of a NumPy file.
    public static func isArrayFile(_ file: URL) -> Bool {
        ["npy", "npz"].contains(file.pathExtension.lowercased())
    }

    /// Returns the shapes of the arrays in a file by their names; that of a `.npy` file has an empty name.
    ///
    /// - Throws: `CheckpointError` if the file is damaged.
    public static func shapes(in file: URL) throws -> [String: [Int]] {
        Dictionary(
            try NumPyRows.open(file).map { ($0.name, $0.rows.shape) }, uniquingKeysWith: { first, _ in first }
        )
    }

    /// Opens a file for a network; several arrays are matched to the network's inputs by name.
    ///
    /// - Parameter normalisation: How bytes are normalised; nil is ImageNet's normalisation.
    /// - Throws: `CheckpointError` if the file is damaged, `DatasetError` if it does not fit the network.
    public init(_ file: URL, for graph: Graph, normalisation: Normalisation? = nil) throws {
        let found = try NumPyRows.open(file)
        let inputs = graph.inputs.map { graph[$0] }
        func unfit(_ reason: String) -> DatasetError { .unfit("\(file.path): \(reason)") }
        arrays = try inputs.map { input in
            if inputs.count == 1, found.count == 1 { return found[0].rows }
            guard let array = found.first(where: { $0.name == input.name }) else {
                throw unfit(
                    "\(graph.name) takes \(inputs.map(\.name).joined(separator: ", ")), but the arrays are named \(found.map { $0.name.isEmpty ? "nothing" : $0.name }.joined(separator: ", "))"
                )
            }
            return array.rows
        }
        types = inputs.map(\.type)
        countsSamples = graph.countsSamples
        var normalisations: [Normalisation?] = []
        for (array, input) in zip(arrays, inputs) {
            let sample = graph.countsSamples ? Array(input.type.shape.dropFirst()) : input.type.shape
            guard array.shape.dropFirst().elementsEqual(sample), !array.shape.isEmpty else {
                throw unfit(
                    "\(input.name) takes samples of shape \(sample), the array has shape \(array.shape)")
            }
            guard input.type.element.isFloatingPoint || !array.type.isFloatingPoint else {
                throw unfit("\(input.name) takes \(input.type.element), the array holds \(array.type)")
            }
            guard input.type.element.isFloatingPoint, array.type == .uint8 else {
                normalisations.append(nil)
                continue
            }
            let channels = array.shape.count > 1 ? array.shape[1] : 1
            guard let chosen = normalisation ?? Normalisation.imageNet(channels: channels),
                chosen.mean.count == channels
            else { throw unfit("bytes of \(channels) channels need a mean and a deviation for each") }
            normalisations.append(chosen)
        }
        self.normalisations = normalisations
        count = arrays.map { $0.shape[0] }.min() ?? 0
        guard Set(arrays.map { $0.shape[0] }).count <= 1, count > 0 else {
            throw unfit("the arrays must hold the same number of samples, at least one")
        }
        self.file = file
        name = file.lastPathComponent
    }

    public func contentChecksum() throws -> String { try CheckpointFile.checksum(file.path) }

    public func requireInputFit(to graph: Graph) throws {
        guard graph.inputs.map({ graph[$0].type }) == types else {
            throw DatasetError.unfit("\(file.path) was opened for a network other than \(graph.name)")
        }
    }

    public func variant(
        _ index: Int, of positions: some Collection<Int>, using generator: inout SplitMixGenerator
    ) throws -> [Tensor] {
        let samples = try samples(positions)
        return index == 0 || !hasVariants ? samples : try TokenSplice.applied(to: samples, using: &generator)
    }

    public func samples(_ positions: some Collection<Int>) throws -> [Tensor] {
        try arrays.indices.map { index in
            let rows = try positions.map { try arrays[index].rows($0..<$0 + 1) }
            var tensor = try Tensor.concatenated(rows, axis: 0).converted(to: types[index].element)
            if types[index].shape.isEmpty || !countsSamples {
                // A run has one state, and one rate.
                guard countsSamples || rows.count == 1 else {
                    throw DatasetError.unfit("\(file.path): the network takes one sample at a time")
                }
                tensor = try tensor.selecting(axis: 0, [0]).reshaped(types[index].shape)
            }
            if let normalisation = normalisations[index] {
                var shape = [Int](repeating: 1, count: tensor.rank)
                if tensor.rank > 1 { shape[1] = normalisation.mean.count }
                tensor = try tensor.applying(.multiplied(1 / 255))
                    .subtracting(Tensor(normalisation.mean, shape: shape).converted(to: tensor.type))
                    .divided(by: Tensor(normalisation.deviation, shape: shape).converted(to: tensor.type))
            }
            guard try !tensor.type.isFloatingPoint || tensor.isFinite() else {
                throw DatasetError.unreadable(
                    file: file.path,
                    reason:
                        "one of the samples \(positions.min() ?? 0) to \(positions.max() ?? 0) holds numbers that are not finite"
                )
            }
            return tensor
        }
    }
}
