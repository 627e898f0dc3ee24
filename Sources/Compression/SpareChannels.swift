package import Analysis
package import Coupling

/// The channels of a group that go without loss: the layers that read it give the same outputs without them.
///
/// They are channels that are constant, that nothing reads, or that are combinations of others: with e(m) the share of the
/// readers' outputs that the m best channels do not predict, which a pivoted Cholesky factor of the channels' covariance
/// gives for all m at once, there are n - m of them for the least m at which e(m) is that of rounding.
package enum SpareChannels {
    /// Predicted errors up to this are those of rounding.
    private static let rounding = 1e-9
    /// The observations for each channel that tell dependent channels from such as were seen too rarely.
    private static let rowsPerChannel = 4

    /// Returns their number.
    ///
    /// - Parameters:
    ///   - group: The group.
    ///   - errors: e(0) ... e(n).
    ///   - moments: The moments that these are from.
    /// - Returns: Zero if the moments were not measured, or on too few observations. One channel at least is not spare.
    package static func count(of group: CoupledGroup, errors: [Double], moments: NetworkMoments) -> Int {
        guard let rows = moments.measuredRows(of: group), rows / rowsPerChannel >= group.width,
            let least = errors.firstIndex(where: { $0 <= rounding })
        else { return 0 }
        return max(0, min(errors.count - 1 - least, group.width - 1))
    }
}
