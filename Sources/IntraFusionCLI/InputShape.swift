import ArgumentParser

/// The shape of one of a network's inputs, such as "images=1x3x224x224", or without a name that of the only one.
///
/// A question mark leaves a length open; the name may be that of a single length, such as "height=320".
struct InputShape: ExpressibleByArgument {
    /// The name of the input or of the length; empty where there is only one input.
    let name: String
    /// The lengths; nil for one that is left to the product.
    let shape: [Int?]

    init?(argument: String) {
        let equals = argument.lastIndex(of: "=")
        name = equals.map { String(argument[..<$0]) } ?? ""
        let lengths = equals.map { argument[argument.index(after: $0)...] } ?? argument[...]
        let texts = lengths.split(separator: "x", omittingEmptySubsequences: false)
        shape = texts.map { Int($0) }
        guard zip(texts, shape).allSatisfy({ $0 == "?" || ($1 ?? 0) >= 1 }) else { return nil }
    }
}

extension [InputShape] {
    /// The shapes by name.
    func table() throws -> [String: [Int?]] {
        var result: [String: [Int?]] = [:]
        for item in self {
            guard result.updateValue(item.shape, forKey: item.name) == nil else {
                throw ValidationError(
                    "--input-shape is given twice for \(item.name.isEmpty ? "the input" : item.name)")
            }
        }
        return result
    }
}
