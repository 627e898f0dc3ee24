/// A source of the moments of a network's activations.
package protocol MomentsProvider {
    /// Returns the known moments, completed by this source.
    func moments(adding known: NetworkMoments) throws -> NetworkMoments
}

extension MomentsProvider {
    /// Returns the moments of this source alone.
    package func moments() throws -> NetworkMoments { try moments(adding: NetworkMoments()) }
}
