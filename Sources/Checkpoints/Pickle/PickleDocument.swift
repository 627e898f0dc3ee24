import Foundation

/// The contents of a pickle: its root value and all containers.
package struct PickleDocument: Sendable {
    /// A call recorded in a pickle.
    package struct Call: Sendable {
        /// The function or class, "module.name".
        package let callable: String
        /// The positional arguments.
        package let arguments: [PickleValue]
        /// The state set on the result.
        package let state: PickleValue
    }

    /// The value that was pickled.
    package let root: PickleValue
    let nodes: [PickleNode]

    /// Returns the elements of a list, tuple or set; nil for other values.
    package func items(of value: PickleValue) -> [PickleValue]? {
        switch value {
        case .list(let node), .tuple(let node), .set(let node): return nodes[node.index].items
        default: return nil
        }
    }

    /// Returns the entries of a dictionary in order; nil for other values.
    ///
    /// As in Python, a later value of the same text key replaces the earlier one.
    package func entries(of value: PickleValue) -> [(key: PickleValue, value: PickleValue)]? {
        guard case .dictionary(let node) = value else { return nil }
        let items = nodes[node.index].items
        var places: [String: Int] = [:]
        var result: [(key: PickleValue, value: PickleValue)] = []
        for index in stride(from: 0, to: items.count - 1, by: 2) {
            let key = text(items[index])
            if let key, let place = places[key] {
                result[place].value = items[index + 1]
            } else {
                if let key { places[key] = result.count }
                result.append((items[index], items[index + 1]))
            }
        }
        return result
    }

    /// Returns the value under a text key of a dictionary, or nil.
    package func value(of dictionary: PickleValue, at key: String) -> PickleValue? {
        entries(of: dictionary)?.first { text($0.key) == key }?.value
    }

    /// Returns the call behind an object; nil for other values.
    package func call(of value: PickleValue) -> Call? {
        guard case .object(let node) = value else { return nil }
        let content = nodes[node.index]
        return Call(callable: content.callable, arguments: content.items, state: content.state)
    }

    /// Returns the key of a persistent reference; nil for other values.
    package func key(of value: PickleValue) -> PickleValue? {
        guard case .reference(let node) = value else { return nil }
        return nodes[node.index].items.first
    }

    /// Returns the keys of all persistent references.
    func referenceKeys() -> [PickleValue] {
        nodes.lazy.filter(\.isReference).compactMap(\.items.first)
    }

    /// Returns text, or the bytes of Python 2's `str` (as Latin-1 if they are not UTF-8); nil for other
    /// values.
    package func text(_ value: PickleValue) -> String? {
        switch value {
        case .string(let text): return text
        case .bytes(let bytes): return String(validating: bytes, as: UTF8.self) ?? latinText(bytes)
        default: return nil
        }
    }

    /// Describes a value in a few words, for error messages.
    package func describe(_ value: PickleValue) -> String {
        switch value {
        case .none: return "None"
        case .boolean(let flag): return flag ? "True" : "False"
        case .integer(let number): return "\(number)"
        case .largeInteger: return "an integer of more than 64 bits"
        case .float(let number): return "\(number)"
        case .string(let text): return "'\(text.prefix(60))'"
        case .bytes(let bytes): return "\(bytes.count) bytes"
        case .list(let node): return "a list of \(nodes[node.index].items.count)"
        case .tuple(let node): return "a tuple of \(nodes[node.index].items.count)"
        case .set(let node): return "a set of \(nodes[node.index].items.count)"
        case .dictionary(let node): return "a dictionary of \(nodes[node.index].items.count / 2)"
        case .object(let node): return "a '\(nodes[node.index].callable)'"
        case .reference: return "a persistent reference"
        case .global(let name): return "'\(name)' itself"
        }
    }
}

/// Returns bytes as Latin-1 text: every byte is the code point of the same number.
func latinText(_ bytes: Data) -> String {
    var scalars = String.UnicodeScalarView()
    scalars.append(contentsOf: bytes.lazy.map { Unicode.Scalar($0) })
    return String(scalars)
}
