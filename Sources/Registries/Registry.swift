/// The things of one kind that can be asked for by name, in order.
///
/// Every registry of the package is one: a new entry is one file and one line in its list.
public struct Registry<Entry: Sendable>: Sendable {
    /// What the entries are, in the singular, as an error says it.
    public let kind: String
    /// All entries.
    public let entries: [Entry]
    /// Their names, in the same order.
    public let names: [String]
    private let places: [String: Int]

    /// Makes a registry.
    ///
    /// - Parameters:
    ///   - kind: What the entries are, in the singular.
    ///   - entries: The entries. Of two with one name the first counts.
    ///   - aliases: Other names, each with the name that it stands for.
    ///   - name: Returns an entry's name.
    public init(
        of kind: String, _ entries: [Entry], aliases: [String: String] = [:], name: (Entry) -> String
    ) {
        self.kind = kind
        self.entries = entries
        names = entries.map(name)
        var places = Dictionary(zip(names, names.indices)) { first, _ in first }
        for (alias, meant) in aliases { places[alias] = places[meant] }
        self.places = places
    }

    /// Returns the entry with a name or an alias; nil if there is none.
    public func find(_ name: String) -> Entry? { places[name].map { entries[$0] } }

    /// Returns the entry with a name or an alias.
    ///
    /// - Throws: `UnknownName`, which lists the names that there are.
    public func entry(named name: String) throws(UnknownName) -> Entry {
        guard let entry = find(name) else { throw UnknownName(name, kind: kind, choices: names) }
        return entry
    }

    /// Returns the entry with a name or an alias, with an error of the caller's own type where there is none.
    ///
    /// - Throws: What `error` makes of the missing name.
    public func entry<Failure: Error>(
        named name: String, orThrow error: (UnknownName) -> Failure
    ) throws(Failure) -> Entry {
        guard let entry = find(name) else { throw error(UnknownName(name, kind: kind, choices: names)) }
        return entry
    }
}
