/// Distances by vectors of `Float`: stretches of the block's features are copied into two contiguous panels,
/// and tiles of 2 x 2 features share their loads.
///
/// A lane adds 16 terms before its sum goes into a `Double`. With the rounding of the difference, the
/// relative error is at most 16 * 2^-24 = 9.5e-7 if all roundings add up, and about 1e-8 in practice.
struct PanelDistances<Norm: DifferenceNorm>: BlockDistances {
    /// The number of columns in a panel.
    private static var stretch: Int { 128 }

    func distances(of block: DistanceTable.Block) -> [Double] {
        let size = DistanceTable.blockSize
        var totals = [Double](repeating: 0, count: size * size)
        var panels = [Float](repeating: 0, count: 2 * size * Self.stretch)
        panels.withUnsafeMutableBufferPointer { panels in
            totals.withUnsafeMutableBufferPointer { totals in
                let sourcePanel = UnsafeMutableBufferPointer(rebasing: panels[..<(size * Self.stretch)])
                let targetPanel = UnsafeMutableBufferPointer(rebasing: panels[(size * Self.stretch)...])
                for column in stride(from: 0, to: block.columns, by: Self.stretch) {
                    let count = min(Self.stretch, block.columns - column)
                    Self.fill(sourcePanel, from: block.sources, column: column, count: count)
                    Self.fill(targetPanel, from: block.targets, column: column, count: count)
                    Self.accumulate(
                        UnsafeRawBufferPointer(sourcePanel), UnsafeRawBufferPointer(targetPanel),
                        block: block, into: totals)
                }
            }
        }
        for source in block.sources.indices {
            for target in block.targets.indices where block.needs(source, target) {
                let index = source * size + target
                if !Norm.isReliable(totals[index], columns: block.columns) {
                    totals[index] = zip(
                        UnsafeBufferPointer(start: block.sources[source], count: block.columns),
                        UnsafeBufferPointer(start: block.targets[target], count: block.columns)
                    ).reduce(0) { Norm.accumulate(Double($1.0) - Double($1.1), into: $0) }
                }
                totals[index] = Norm.distance(of: totals[index])
            }
        }
        return totals
    }

    /// Copies one stretch of each feature; places beyond the end of a feature are zero.
    private static func fill(
        _ panel: UnsafeMutableBufferPointer<Float>, from features: [UnsafePointer<Float>], column: Int,
        count: Int
    ) {
        for (row, feature) in features.enumerated() {
            guard let start = panel.baseAddress.map({ $0 + row * stretch }) else { return }
            start.update(from: feature + column, count: count)
            (start + count).update(repeating: 0, count: stretch - count)
        }
    }

    /// Adds one stretch to the totals of all pairs that are needed.
    private static func accumulate(
        _ sources: UnsafeRawBufferPointer, _ targets: UnsafeRawBufferPointer,
        block: DistanceTable.Block, into totals: UnsafeMutableBufferPointer<Double>
    ) {
        let size = DistanceTable.blockSize
        let rowBytes = stretch * MemoryLayout<Float>.stride
        for source in stride(from: 0, to: block.sources.count, by: 2) {
            let upper = UnsafeRawBufferPointer(rebasing: sources[(source * rowBytes)...].prefix(rowBytes))
            let lower = UnsafeRawBufferPointer(
                rebasing: sources[((source + 1) * rowBytes)...].prefix(rowBytes))
            for target in stride(from: 0, to: block.targets.count, by: 2)
            where block.needs(source, target + 1) || block.needs(source + 1, target + 1) {
                let left = UnsafeRawBufferPointer(rebasing: targets[(target * rowBytes)...].prefix(rowBytes))
                let right = UnsafeRawBufferPointer(
                    rebasing: targets[((target + 1) * rowBytes)...].prefix(rowBytes))
                let tile = accumulated(upper, lower, left, right)
                let index = source * size + target
                totals[index] = Norm.fold(tile.upperLeft, into: totals[index])
                totals[index + 1] = Norm.fold(tile.upperRight, into: totals[index + 1])
                totals[index + size] = Norm.fold(tile.lowerLeft, into: totals[index + size])
                totals[index + size + 1] = Norm.fold(tile.lowerRight, into: totals[index + size + 1])
            }
        }
    }

    /// The lanes of a tile's four pairs.
    private struct Tile {
        var upperLeft = FloatLanes.zero
        var upperRight = FloatLanes.zero
        var lowerLeft = FloatLanes.zero
        var lowerRight = FloatLanes.zero
    }

    /// Accumulates one stretch of two sources and two targets.
    ///
    /// Kept out of line: inlined, the optimiser would regroup the lanes (see `FloatLanes`).
    @inline(never)
    private static func accumulated(
        _ upper: UnsafeRawBufferPointer, _ lower: UnsafeRawBufferPointer,
        _ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer
    ) -> Tile {
        var tile = Tile()
        for offset in stride(
            from: 0, to: stretch * MemoryLayout<Float>.stride, by: MemoryLayout<FloatLanes>.size)
        {
            let (above, below) = (load(upper, offset), load(lower, offset))
            let (first, second) = (load(left, offset), load(right, offset))
            Norm.accumulate(above - first, into: &tile.upperLeft)
            Norm.accumulate(above - second, into: &tile.upperRight)
            Norm.accumulate(below - first, into: &tile.lowerLeft)
            Norm.accumulate(below - second, into: &tile.lowerRight)
        }
        return tile
    }

    @inline(__always)
    private static func load(_ panel: UnsafeRawBufferPointer, _ offset: Int) -> FloatLanes {
        FloatLanes(bits: panel.loadUnaligned(fromByteOffset: offset, as: SIMD8<UInt32>.self))
    }
}
