extension Decoder {
    /// Checks that an object has no unknown keys, so a misspelt one is not ignored.
    ///
    /// - Throws: `DecodingError` naming the first unknown key.
    package func refuseKeys(besides known: some Sequence<some CodingKey>) throws {
        try refuseKeys(besides: known.map(\.stringValue))
    }

    /// Checks that an object has no unknown keys; the known ones are given by name.
    ///
    /// - Throws: `DecodingError` naming the first unknown key.
    package func refuseKeys(besides known: [String]) throws {
        let names = Set(known)
        let keys = try container(keyedBy: AnyKey.self).allKeys.map(\.stringValue).sorted()
        guard let other = keys.first(where: { !names.contains($0) }) else { return }
        throw DecodingError.dataCorrupted(
            DecodingError.Context(
                codingPath: codingPath,
                debugDescription:
                    "there is no \(other.snakeCased) to say; expected some of \(names.map(\.snakeCased).sorted().joined(separator: ", "))"
            ))
    }
}

/// Any key of an object.
private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init?(stringValue: String) {
        self.stringValue = stringValue
    }

    init?(intValue: Int) { nil }
}
