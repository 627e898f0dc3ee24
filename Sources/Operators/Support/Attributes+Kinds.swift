internal import Graph
internal import Torch

extension Attributes {
    /// Returns an integer attribute that is 0 or 1.
    func flag(_ name: String, default fallback: Bool = false) throws(GraphError) -> Bool {
        switch try integer(name, default: fallback ? 1 : 0) {
        case 0: return false
        case 1: return true
        case let other: throw GraphError("attribute \(name) must be 0 or 1, got \(other)")
        }
    }

    /// Returns an integer attribute, or nil if it is absent.
    func optionalInteger(_ name: String) throws(GraphError) -> Int? {
        self[name] == nil ? nil : try integer(name, default: 0)
    }

    /// Returns a float attribute, or nil if it is absent.
    func optionalFloat(_ name: String) throws(GraphError) -> Float? {
        self[name] == nil ? nil : try float(name, default: 0)
    }

    /// Returns the element type that an attribute names, or nil if it is absent or 0.
    func elementType(_ name: String) throws(GraphError) -> DType? {
        let code = try integer(name, default: 0)
        return code == 0 ? nil : try ElementCode.type(code, attribute: name)
    }

    /// Returns an attribute that names one of a set.
    func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, default fallback: Choice
    ) throws(GraphError) -> Choice where Choice.RawValue == String {
        let text = try string(name, default: fallback.rawValue)
        guard let choice = Choice(rawValue: text) else {
            let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw GraphError("attribute \(name) must be one of \(known), got \(text)")
        }
        return choice
    }
}
