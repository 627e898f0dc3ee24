import ArgumentParser

/// The shape of one of a network's inputs, such as "images=1x3x224x224", or without a name that of the only one.
struct InputShape: ExpressibleByArgument {
    /// The input's name; empty where there is only one.
    let name: String
    let shape: [Int]

    init?(argument: String) {
        let equals = argument.lastIndex(of: "=")
        name = equals.map { String(argument[..<$0]) } ?? ""
        let lengths = equals.map { argument[argument.index(after: $0)...] } ?? argument[...]
        let numbers = lengths.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        shape = numbers.compactMap { $0 }
        guard shape.count == numbers.count, shape.allSatisfy({ $0 >= 1 }) else { return nil }
    }
}

extension [InputShape] {
    /// The shapes by name.
    func table() throws -> [String: [Int]] {
        var result: [String: [Int]] = [:]
        for item in self {
            guard result.updateValue(item.shape, forKey: item.name) == nil else {
                throw ValidationError(
                    "--input-shape is given twice for \(item.name.isEmpty ? "the input" : item.name)")
            }
        }
        return result
    }
}
