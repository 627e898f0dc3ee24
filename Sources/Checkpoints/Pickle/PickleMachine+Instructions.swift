import Foundation

extension PickleMachine {
    mutating func perform(_ opcode: PickleOpcode) throws {
        switch opcode {
        case .proto:
            let version = try cursor.integer(UInt8.self)
            guard version <= 5 else {
                throw CheckpointError(.unsupported("\(cursor.name) uses pickle protocol \(version)"))
            }
        case .frame:
            let length = try cursor.count(UInt64.self)
            guard length <= cursor.remaining else {
                throw CheckpointError(
                    .truncated(what: "a frame of \(cursor.name)", expected: length, found: cursor.remaining))
            }
        case .stop: break
        case .none: try push(.none)
        case .newTrue: try push(.boolean(true))
        case .newFalse: try push(.boolean(false))
        case .int, .binInt, .binInt1, .binInt2, .long, .long1, .long4, .float, .binFloat:
            try push(readNumber(opcode))
        case .string, .binString, .shortBinString, .binBytes, .shortBinBytes, .binBytes8, .byteArray8,
            .unicode,
            .binUnicode, .shortBinUnicode, .binUnicode8:
            try push(readText(opcode))
        case .mark:
            guard marks.count < limits.values else {
                throw CheckpointError(
                    .overLimit(
                        what: "the number of marks in \(cursor.name)", limit: limits.values,
                        found: marks.count))
            }
            marks.append(stack.count)
        case .pop:
            // A mark counts as an entry of the stack.
            if let mark = marks.last, mark == stack.count { marks.removeLast() } else { _ = try pop() }
        case .popMark: _ = try popToMark()
        case .dup: try push(top())
        case .put: try remember(lineInteger())
        case .binPut: try remember(cursor.count(UInt8.self))
        case .longBinPut: try remember(cursor.count(UInt32.self))
        case .memoize: try remember(memo.count)
        case .get: try recall(lineInteger())
        case .binGet: try recall(cursor.count(UInt8.self))
        case .longBinGet: try recall(cursor.count(UInt32.self))
        case .emptyTuple, .tuple, .tuple1, .tuple2, .tuple3, .emptyList, .list, .append, .appends, .emptyDict,
            .dict,
            .setItem, .setItems, .emptySet, .addItems, .frozenSet:
            try performContainer(opcode)
        case .global, .stackGlobal, .reduce, .build, .inst, .obj, .newObj, .newObjEx, .persID, .binPersID:
            try performCall(opcode)
        }
    }

    private mutating func lineInteger() throws -> Int {
        let text = String(decoding: try cursor.line(), as: UTF8.self)
        guard let number = Int(text), number >= 0 else {
            throw malformed("a memo index", found: "'\(text.prefix(40))'")
        }
        return number
    }

    private mutating func performContainer(_ opcode: PickleOpcode) throws {
        switch opcode {
        case .emptyTuple: try push(.tuple(makeNode([])))
        case .tuple:
            let items = try popToMark()
            try push(.tuple(makeNode(items)))
        case .tuple1: try pushTuple(1)
        case .tuple2: try pushTuple(2)
        case .tuple3: try pushTuple(3)
        case .emptyList: try push(.list(makeNode([])))
        case .list:
            let items = try popToMark()
            try push(.list(makeNode(items)))
        case .append: try extendList([pop()])
        case .appends: try extendList(popToMark())
        case .emptyDict: try push(.dictionary(makeNode([])))
        case .dict:
            let items = try popToMark()
            try push(.dictionary(makeNode([])))
            try extendDictionary(items)
        case .setItem:
            let value = try pop()
            let key = try pop()
            try extendDictionary([key, value])
        case .setItems: try extendDictionary(popToMark())
        case .emptySet: try push(.set(makeNode([])))
        case .frozenSet:
            let items = try popToMark()
            try push(.set(makeNode(items)))
        case .addItems:
            let items = try popToMark()
            guard case .set(let node) = try top() else { throw malformed("a set", found: "something else") }
            nodes[node.index].items += items
        default: break
        }
    }

    private mutating func pushTuple(_ count: Int) throws {
        var items: [PickleValue] = []
        for _ in 0..<count { items.append(try pop()) }
        try push(.tuple(makeNode(items.reversed())))
    }

    private mutating func extendList(_ items: [PickleValue]) throws {
        guard case .list(let node) = try top() else { throw malformed("a list", found: "something else") }
        nodes[node.index].items += items
    }

    private mutating func extendDictionary(_ items: [PickleValue]) throws {
        guard case .dictionary(let node) = try top() else {
            throw malformed("a dictionary", found: "something else")
        }
        guard items.count.isMultiple(of: 2) else {
            throw malformed("keys and values in pairs", found: "\(items.count) items")
        }
        nodes[node.index].items += items
    }
}
