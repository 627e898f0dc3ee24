internal import CKernels

/// Distances that need no powers, by vectors of `Float` as wide as the processor's.
///
/// With the rounding of the difference, the relative error is at most 15 * 2^-24 = 9e-7 if all roundings add up,
/// and about 1e-8 in practice. Euclidean distances come from products, `|x - y|^2 = |x|^2 + |y|^2 - 2 <x, y>`,
/// unless they are a smaller share of the norms than a half.
struct DifferenceDistances: BlockDistances {
    private let kind: ck_distance

    /// `sum |x - y|`.
    static var absolute: DifferenceDistances { DifferenceDistances(kind: CK_ABSOLUTE) }
    /// `sqrt(sum (x - y)^2)`.
    static var euclidean: DifferenceDistances { DifferenceDistances(kind: CK_EUCLIDEAN) }
    /// `max |x - y|`.
    static var largest: DifferenceDistances { DifferenceDistances(kind: CK_LARGEST) }

    func distances(of block: DistanceTable.Block) -> [Double] {
        let size = DistanceTable.blockSize
        var distances = [Double](repeating: 0, count: size * size)
        block.sources.withUnsafeBufferPointer { sources in
            block.targets.withUnsafeBufferPointer { targets in
                // C's pointers may be null, which makes them another type.
                sources.withMemoryRebound(to: UnsafePointer<Float>?.self) { sources in
                    targets.withMemoryRebound(to: UnsafePointer<Float>?.self) { targets in
                        var features = ck_features(
                            sources: sources.baseAddress, targets: targets.baseAddress,
                            source_count: sources.count, target_count: targets.count, length: block.columns,
                            first_source: block.origin.source, first_target: block.origin.target,
                            shared_count: block.sharedCount)
                        ck_distances(kind, &features, &distances)
                    }
                }
            }
        }
        return distances
    }
}
