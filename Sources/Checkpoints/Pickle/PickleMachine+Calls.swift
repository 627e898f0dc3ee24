import Foundation

extension PickleMachine {
    mutating func performCall(_ opcode: PickleOpcode) throws {
        switch opcode {
        case .global: try push(readGlobal())
        case .stackGlobal:
            guard case .string(let name) = try pop(), case .string(let module) = try pop() else {
                throw malformed("a module and a name", found: "other values")
            }
            try push(allowed(module, name))
        case .reduce:
            let arguments = try tupleItems(pop())
            try push(call(pop(), arguments))
        case .newObj:
            let arguments = try tupleItems(pop())
            try push(call(pop(), arguments))
        case .newObjEx:
            guard case .dictionary(let node) = try pop(), nodes[node.index].items.isEmpty else {
                throw malformed("no keyword arguments", found: "some")
            }
            let arguments = try tupleItems(pop())
            try push(call(pop(), arguments))
        case .inst:
            let callable = try readGlobal()
            let arguments = try popToMark()
            try push(call(callable, arguments))
        case .obj:
            let items = try popToMark()
            guard let callable = items.first else { throw malformed("a class", found: "nothing") }
            try push(call(callable, Array(items.dropFirst())))
        case .build: try build()
        case .persID:
            let key = String(decoding: try cursor.line(), as: UTF8.self)
            try pushReference(.string(key))
        case .binPersID: try pushReference(pop())
        default: break
        }
    }

    private mutating func readGlobal() throws -> PickleValue {
        let module = try cursor.line()
        let name = try cursor.line()
        guard let module = String(validating: module, as: UTF8.self),
            let name = String(validating: name, as: UTF8.self)
        else { throw malformed("a module and a name in UTF-8", found: "other bytes") }
        return try allowed(module, name)
    }

    private func allowed(_ module: String, _ name: String) throws -> PickleValue {
        let global = module + "." + name
        guard globals.roles[global] != nil else {
            throw CheckpointError(.refusedGlobal(String(global.prefix(200))))
        }
        return .global(global)
    }

    private func tupleItems(_ value: PickleValue) throws -> [PickleValue] {
        guard case .tuple(let node) = value else {
            throw malformed("a tuple of arguments", found: "another value")
        }
        return nodes[node.index].items
    }

    private mutating func pushReference(_ key: PickleValue) throws {
        guard globals.allowsReferences else {
            throw CheckpointError(.unsupported("\(cursor.name) refers to data outside of it"))
        }
        let node = makeNode([key])
        nodes[node.index].isReference = true
        try push(.reference(node))
    }

    private mutating func call(_ callable: PickleValue, _ arguments: [PickleValue]) throws -> PickleValue {
        guard case .global(let name) = callable, let role = globals.roles[name] else {
            throw malformed("an allowed function or class to call", found: "another value")
        }
        switch role {
        case .recorded: return .object(makeNode(arguments, callable: name))
        case .constant: throw malformed("a function or class", found: "'\(name)', which cannot be called")
        // A short instruction may copy a long value, so copies count against the limit as well.
        case .dictionary:
            let items = try pairs(arguments, of: name)
            return .dictionary(makeNode(items))
        case .set:
            let items = try sequence(arguments, of: name)
            try charge(items.count)
            return .set(makeNode(items))
        case .bytes:
            let bytes = try encoded(arguments, by: name)
            return .bytes(bytes)
        }
    }

    private func sequence(_ arguments: [PickleValue], of name: String) throws -> [PickleValue] {
        switch arguments.first {
        case nil: return []
        case .list(let node), .tuple(let node), .set(let node):
            if arguments.count == 1 { return nodes[node.index].items }
        default: break
        }
        throw malformed("one list for '\(name)'", found: "other arguments")
    }

    private mutating func pairs(_ arguments: [PickleValue], of name: String) throws -> [PickleValue] {
        if arguments.count == 1, case .dictionary(let node) = arguments[0] {
            let items = nodes[node.index].items
            try charge(items.count)
            return items
        }
        let sequence = try sequence(arguments, of: name)
        try charge(2 * sequence.count)
        return try sequence.flatMap { pair -> [PickleValue] in
            switch pair {
            case .list(let node), .tuple(let node):
                if nodes[node.index].items.count == 2 { return nodes[node.index].items }
            default: break
            }
            throw malformed("pairs for '\(name)'", found: "other values")
        }
    }

    private mutating func encoded(_ arguments: [PickleValue], by name: String) throws -> Data {
        if arguments.isEmpty { return Data() }
        if arguments.count == 1, case .bytes(let bytes) = arguments[0] { return bytes }
        if arguments.count == 2, case .string(let text) = arguments[0],
            case .string(let encoding) = arguments[1],
            ["latin1", "latin-1", "latin_1", "iso-8859-1"].contains(encoding.lowercased())
        {
            try charge(text.utf8.count / 64)
            return try Data(
                text.unicodeScalars.map { scalar in
                    guard let byte = UInt8(exactly: scalar.value) else {
                        throw malformed("Latin-1 text", found: "the character \(scalar)")
                    }
                    return byte
                })
        }
        throw malformed("Latin-1 text for '\(name)'", found: "other arguments")
    }

    private mutating func build() throws {
        let state = try pop()
        switch try top() {
        case .object(let node): nodes[node.index].state = state
        // Attributes of a dictionary object, such as the version numbers in a state dictionary's `_metadata`.
        case .dictionary: break
        default: throw malformed("an object to set a state on", found: "another value")
        }
    }
}
