public import Torch

/// The value of a node's attribute, as ONNX defines them.
public enum AttributeValue: Sendable {
    /// A 64-bit integer.
    case integer(Int)
    /// A 32-bit float.
    case float(Float)
    /// A string of bytes.
    case string(String)
    /// Integers.
    case integers([Int])
    /// Floats.
    case floats([Float])
    /// Strings.
    case strings([String])
    /// A tensor.
    case tensor(Tensor)
}

/// The attributes of a node by name.
public struct Attributes: Sendable, ExpressibleByDictionaryLiteral {
    /// The values; attributes that are absent have ONNX's default.
    public private(set) var values: [String: AttributeValue]
    private var questions: Questions<String>?

    /// Makes attributes from a literal.
    public init(dictionaryLiteral elements: (String, AttributeValue)...) {
        values = Dictionary(elements) { $1 }
    }

    /// Makes attributes from a dictionary.
    public init(_ values: [String: AttributeValue] = [:]) {
        self.values = values
    }

    /// The names, sorted.
    public var names: [String] { values.keys.sorted() }

    /// Reads or writes one attribute.
    public subscript(name: String) -> AttributeValue? {
        get {
            questions?.note(name)
            return values[name]
        }
        set { values[name] = newValue }
    }

    /// Runs a body that must read every attribute: unread ones count as unsupported.
    ///
    /// - Throws: `GraphError` naming the first attribute that was not read.
    public func understood<Result>(by body: (Attributes) throws -> Result) throws -> Result {
        var asked = self
        let questions = Questions<String>()
        asked.questions = questions
        let result = try body(asked)
        if let name = names.first(where: { !questions.contain($0) }) {
            throw GraphError("attribute \(name) is not supported")
        }
        return result
    }

    /// Marks an attribute as irrelevant here.
    public func ignore(_ name: String) { questions?.note(name) }

    /// Returns an integer attribute.
    public func integer(_ name: String, default fallback: Int) throws(GraphError) -> Int {
        switch self[name] {
        case nil: return fallback
        case .integer(let value)?: return value
        default: throw GraphError("attribute \(name) must be an integer")
        }
    }

    /// Returns a float attribute.
    public func float(_ name: String, default fallback: Float) throws(GraphError) -> Float {
        switch self[name] {
        case nil: return fallback
        case .float(let value)?: return value
        default: throw GraphError("attribute \(name) must be a float")
        }
    }

    /// Returns a string attribute.
    public func string(_ name: String, default fallback: String) throws(GraphError) -> String {
        switch self[name] {
        case nil: return fallback
        case .string(let value)?: return value
        default: throw GraphError("attribute \(name) must be a string")
        }
    }

    /// Returns an attribute that lists integers, or nil if it is absent.
    public func integers(_ name: String) throws(GraphError) -> [Int]? {
        switch self[name] {
        case nil: return nil
        case .integers(let value)?: return value
        default: throw GraphError("attribute \(name) must be a list of integers")
        }
    }

    /// Returns an attribute that lists floats, or nil if it is absent.
    public func floats(_ name: String) throws(GraphError) -> [Float]? {
        switch self[name] {
        case nil: return nil
        case .floats(let value)?: return value
        default: throw GraphError("attribute \(name) must be a list of floats")
        }
    }

    /// Returns an attribute that lists strings, or nil if it is absent.
    public func strings(_ name: String) throws(GraphError) -> [String]? {
        switch self[name] {
        case nil: return nil
        case .strings(let value)?: return value
        default: throw GraphError("attribute \(name) must be a list of strings")
        }
    }

    /// Returns a tensor attribute, or nil if it is absent.
    public func tensor(_ name: String) throws(GraphError) -> Tensor? {
        switch self[name] {
        case nil: return nil
        case .tensor(let value)?: return value
        default: throw GraphError("attribute \(name) must be a tensor")
        }
    }
}
