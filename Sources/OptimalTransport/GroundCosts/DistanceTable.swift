internal import CKernels
import Dispatch

/// A table of distances to compute, split into square blocks that run on all cores.
///
/// The first `sharedCount` sources and targets, in their orders, are the same features: of those distances
/// only the upper triangle is computed and then mirrored.
struct DistanceTable {
    /// The number of sources and of targets in a block, chosen for the caches.
    static let blockSize = Int(CK_BLOCK)

    let sources: FeatureMatrix
    /// The source rows in the order of computation; every row occurs once.
    let sourceOrder: [Int]
    let targets: FeatureMatrix
    /// The target rows in the order of the result's columns.
    let targetOrder: [Int]
    let sharedCount: Int

    /// The features of one block and where they start.
    struct Block {
        /// The positions of the first source and the first target in their orders.
        let origin: (source: Int, target: Int)
        let sources: [UnsafePointer<Float>]
        let targets: [UnsafePointer<Float>]
        /// The length of every feature.
        let columns: Int
        let sharedCount: Int

        /// Whether a pair, by its place in the block, has to be computed.
        @inline(__always)
        func needs(_ source: Int, _ target: Int) -> Bool {
            let (row, column) = (origin.source + source, origin.target + target)
            return row < column || row >= sharedCount || column >= sharedCount
        }
    }

    /// Computes the whole table; distances of a shared feature to itself are zero.
    func computed(by method: some BlockDistances) throws -> CostMatrix {
        let (rows, columns) = (sourceOrder.count, targetOrder.count)
        let count = try MatrixShape.elementCount(of: "cost matrix", rows: rows, columns: columns)
        let values = [Double](unsafeUninitializedCapacity: count) { buffer, initialised in
            initialised = count
            sources.values.withUnsafeBufferPointer { sourceValues in
                targets.values.withUnsafeBufferPointer { targetValues in
                    compute(method, sourceValues, targetValues, into: buffer)
                }
            }
        }
        return CostMatrix(unchecked: values, rows: rows, columns: columns)
    }

    private func compute(
        _ method: some BlockDistances, _ sourceValues: UnsafeBufferPointer<Float>,
        _ targetValues: UnsafeBufferPointer<Float>, into result: UnsafeMutableBufferPointer<Double>
    ) {
        let size = DistanceTable.blockSize
        guard let sourceBase = sourceValues.baseAddress, let targetBase = targetValues.baseAddress else {
            return
        }
        // Each entry of the result is written by one block only.
        nonisolated(unsafe) let (sourceStart, targetStart, output) = (sourceBase, targetBase, result)
        let length = sources.columns
        let origins = stride(from: 0, to: sourceOrder.count, by: size).flatMap { source in
            stride(from: 0, to: targetOrder.count, by: size).map { (source: source, target: $0) }
        }.filter { origin in
            let lastSource = min(origin.source + size, sourceOrder.count) - 1
            return lastSource >= sharedCount || origin.target + size > origin.source
        }
        DispatchQueue.concurrentPerform(iterations: origins.count) { index in
            let origin = origins[index]
            let rows = sourceOrder[origin.source..<min(origin.source + size, sourceOrder.count)]
            let columns = targetOrder[origin.target..<min(origin.target + size, targetOrder.count)]
            let block = Block(
                origin: origin, sources: rows.map { sourceStart + $0 * length },
                targets: columns.map { targetStart + $0 * length }, columns: length,
                sharedCount: sharedCount)
            write(method.distances(of: block), rows: rows.count, columns: columns.count, origin, into: output)
        }
    }

    /// Copies a block's distances to their places, and to those of the mirrored pairs.
    private func write(
        _ distances: [Double], rows: Int, columns: Int, _ origin: (source: Int, target: Int),
        into output: UnsafeMutableBufferPointer<Double>
    ) {
        let size = DistanceTable.blockSize
        let width = targetOrder.count
        distances.withUnsafeBufferPointer { distances in
            for source in 0..<rows {
                let row = origin.source + source
                let start = sourceOrder[row] * width + origin.target
                var first = 0
                if row < sharedCount {
                    first = min(max(row + 1 - origin.target, 0), columns)
                    // The feature itself, where it is among these columns.
                    if first > 0, row < origin.target + columns { output[start + first - 1] = 0 }
                }
                for target in first..<columns { output[start + target] = distances[source * size + target] }
            }
            for target in 0..<columns where origin.target + target < sharedCount {
                let column = origin.target + target
                let start = sourceOrder[column] * width + origin.source
                for source in 0..<min(rows, max(0, min(column, sharedCount) - origin.source)) {
                    output[start + source] = distances[source * size + target]
                }
            }
        }
    }
}
