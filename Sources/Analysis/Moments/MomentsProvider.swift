/// Something that tells the moments of a network's activations.
package protocol MomentsProvider {
    /// Returns what is known already together with what this tells.
    func moments(adding known: NetworkMoments) throws -> NetworkMoments
}

extension MomentsProvider {
    /// Returns what this alone tells.
    package func moments() throws -> NetworkMoments { try moments(adding: NetworkMoments()) }
}
