/// One of several methods, found by its name.
struct MethodChoice<Method> {
    /// What the methods are, for the message of an error.
    let kind: String
    let methods: [Method]
    let names: [String]

    /// Returns the method with a name.
    ///
    /// - Throws: `TransportError.unknownMethod` listing the names there are.
    func named(_ name: String) throws -> Method {
        guard let index = names.firstIndex(of: name) else {
            throw TransportError.unknownMethod(kind: kind, name: name, choices: names)
        }
        return methods[index]
    }
}
