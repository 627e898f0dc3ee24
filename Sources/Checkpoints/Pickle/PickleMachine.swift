package import Foundation

/// A pickle machine that executes nothing.
///
/// It supports the opcodes of protocols 0 to 5 and makes numbers, text, bytes and plain containers. Calls are
/// recorded for names on an allow-list (`PickleGlobals`); any other name ends the reading. Each instruction
/// does a bounded amount of work, containers are kept in one table, and the number of values is limited, so
/// hostile input can neither recurse, loop nor take memory out of proportion.
package struct PickleMachine {
    /// How much one pickle may create.
    package struct Limits: Hashable, Sendable {
        /// The total number of values pushed.
        package var values = 4_000_000
        /// The bytes of one integer.
        package var integerBytes = 1024

        /// The defaults: four million values, integers of 1,024 bytes.
        package init() {}
    }

    var cursor: ByteCursor
    let globals: PickleGlobals
    let limits: Limits
    var stack: [PickleValue] = []
    var marks: [Int] = []
    var memo: [Int: PickleValue] = [:]
    var nodes: [PickleNode] = []
    private var pushed = 0

    /// Reads one pickle.
    ///
    /// - Parameters:
    ///   - bytes: the bytes that contain the pickle.
    ///   - offset: where it starts.
    ///   - globals: the names it may use.
    ///   - name: what it is, for error messages.
    /// - Returns: the contents of the pickle, and the position after it.
    /// - Throws: `CheckpointError` for a damaged pickle, a refused global and exceeded limits.
    package static func load(
        _ bytes: Data, at offset: Int = 0, globals: PickleGlobals, limits: Limits = Limits(), name: String
    ) throws -> (document: PickleDocument, end: Int) {
        var machine = PickleMachine(
            cursor: try ByteCursor(bytes, at: offset, name: name), globals: globals, limits: limits)
        let root = try machine.run()
        return (PickleDocument(root: root, nodes: machine.nodes), machine.cursor.offset)
    }

    private init(cursor: ByteCursor, globals: PickleGlobals, limits: Limits) {
        self.cursor = cursor
        self.globals = globals
        self.limits = limits
    }

    private mutating func run() throws -> PickleValue {
        while true {
            let position = cursor.offset
            let code = try cursor.integer(UInt8.self)
            guard let opcode = PickleOpcode(rawValue: code) else {
                throw malformed("an instruction at \(position)", found: "0x" + String(code, radix: 16))
            }
            if opcode == .stop { return try pop() }
            try perform(opcode)
        }
    }

    /// Makes the error for a pickle that is damaged here.
    func malformed(_ expected: String, found: String) -> CheckpointError {
        .malformed("\(cursor.name), before byte \(cursor.offset)", expected: expected, found: found)
    }

    mutating func push(_ value: PickleValue) throws {
        try charge(1)
        stack.append(value)
    }

    /// Counts the values that an instruction makes against the limit.
    mutating func charge(_ count: Int) throws {
        pushed += count
        guard pushed <= limits.values else {
            throw CheckpointError(
                .overLimit(
                    what: "the number of values in \(cursor.name)", limit: limits.values, found: pushed))
        }
    }

    mutating func pop() throws -> PickleValue {
        guard stack.count > (marks.last ?? 0), let value = stack.popLast() else {
            throw malformed("a value on the stack", found: "none")
        }
        return value
    }

    func top() throws -> PickleValue {
        guard stack.count > (marks.last ?? 0), let value = stack.last else {
            throw malformed("a value on the stack", found: "none")
        }
        return value
    }

    mutating func popToMark() throws -> [PickleValue] {
        guard let mark = marks.popLast() else { throw malformed("a mark on the stack", found: "none") }
        let items = Array(stack[mark...])
        stack.removeSubrange(mark...)
        return items
    }

    mutating func makeNode(_ items: [PickleValue], callable: String = "") -> PickleNodeID {
        nodes.append(PickleNode(items: items, callable: callable))
        return PickleNodeID(index: nodes.count - 1)
    }

    mutating func remember(_ key: Int) throws {
        memo[key] = try top()
    }

    mutating func recall(_ key: Int) throws {
        guard let value = memo[key] else { throw malformed("a memo entry \(key)", found: "none") }
        try push(value)
    }
}
