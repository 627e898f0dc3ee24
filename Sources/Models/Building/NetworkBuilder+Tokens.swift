internal import Graph
internal import Torch

/// Tokens `[1, tokens, channels]`: `Features.channels` is the number of tokens there.
extension NetworkBuilder {
    /// Turns each pixel of a map into a token, puts one for the whole image first, and adds the position
    /// embedding.
    mutating func tokens(_ patches: Features, classKey: String, positionKey: String) throws -> Features {
        let width = patches.channels
        let count = patches.lengths.reduce(1, *) + 1
        let flat = try reshaped("tokens.flat", patches, to: [-1, width, count - 1], origin: patches.origin)
        let turned = try node(
            "Transpose", "tokens.turned", [flat.value], ["perm": .integers([0, 2, 1])],
            origin: patches.origin)
        // Added to zeros, so that the number of images stays open.
        let places = try constant("tokens.pads", Tensor([0, 1, 0, 0, 0, 0]))
        let padded = try node("Pad", "tokens.padded", [turned.value, places], origin: patches.origin)
        let first = try parameter(classKey, [1, 1, width], of: patches, value: 0)
        let behind = try constant("tokens.class.pads", Tensor([0, 0, 0, 0, count - 1, 0]))
        let classes = try node("Pad", "tokens.class", [first, behind], origin: patches.origin)
        let positions = try parameter(positionKey, [1, count, width], of: patches, value: 0)
        let whole = try node("Add", "tokens.whole", [padded.value, classes.value], origin: patches.origin)
        return try node("Add", "tokens", [whole.value, positions], origin: patches.origin)
    }

    /// Runs layers on the rows of all tokens.
    mutating func rows(
        _ tokens: Features, name: String, _ body: (inout NetworkBuilder, Features) throws -> Features
    ) throws -> Features {
        let rows = try reshaped(
            name + ".rows", tokens, to: [-1, tokens.shape[2]], origin: tokens.origin)
        let made = try body(&self, rows)
        return try reshaped(
            name + ".tokens", made, to: [-1, tokens.shape[1], made.shape[1]], origin: made.origin)
    }

    /// Returns the first token of each image.
    mutating func firstToken(_ name: String, _ tokens: Features) throws -> Features {
        let index = try constant(name + ".index", Tensor([0]).reshaped([]))
        return try node(
            "Gather", name, [tokens.value, index], ["axis": .integer(1)], origin: tokens.origin)
    }

    /// Adds self-attention with a given number of heads: softmax(q k^T / sqrt(d)) v.
    ///
    /// - Parameters:
    ///   - inputs: The key of the layer that makes queries, keys and values, one after the other.
    ///   - separator: The text between that key and "weight" or "bias".
    ///   - outputs: The key of the next layer.
    ///   - width: The width of queries, keys and values by definition, a multiple of the number of heads.
    /// - Throws: `GraphError` if the width is not a multiple of the number of heads.
    mutating func attention(
        name: String, _ tokens: Features, inputs: String, separator: String, outputs: String, width: Int,
        heads: Int
    ) throws -> Features {
        let (count, channels) = (tokens.shape[1], tokens.shape[2])
        let rows = try reshaped(name + ".rows", tokens, to: [-1, channels], origin: tokens.origin)
        let all = try linear(inputs, rows, outputs: 3 * width, separator: separator)
        // Compression removes whole heads if it can: their number is the width divided by the defined length
        // of a head.
        let whole = 3 * (width / heads)
        let left =
            all.shape[1] % whole == 0 ? min(all.shape[1] / whole, heads) : heads
        guard all.shape[1] % (3 * left) == 0 else {
            throw GraphError(
                "\(all.shape[1]) queries, keys and values cannot be split into \(heads) heads", node: name)
        }
        let (heads, length) = (left, all.shape[1] / (3 * left))
        let split = try reshaped(
            name + ".heads", all, to: [-1, count, 3, heads, length], origin: all.origin)
        let turned = try node(
            "Transpose", name + ".turned", [split.value], ["perm": .integers([2, 0, 3, 1, 4])],
            origin: all.origin)
        var parts: [ValueID] = []
        for (index, part) in ["query", "key", "value"].enumerated() {
            let place = try constant("\(name).\(part).index", Tensor([index]).reshaped([]))
            parts.append(
                try node(
                    "Gather", "\(name).\(part)", [turned.value, place], ["axis": .integer(0)],
                    origin: all.origin
                ).value)
        }
        let factor = try constant(
            name + ".factor", Tensor(repeating: 1 / Double(length).squareRoot(), shape: []))
        let query = try node("Mul", name + ".scaled", [parts[0], factor], origin: all.origin)
        let key = try node(
            "Transpose", name + ".keys", [parts[1]], ["perm": .integers([0, 1, 3, 2])], origin: all.origin)
        let scores = try node("MatMul", name + ".scores", [query.value, key.value], origin: all.origin)
        let shares = try node(
            "Softmax", name + ".shares", [scores.value], ["axis": .integer(-1)], origin: all.origin)
        let mixed = try node("MatMul", name + ".mixed", [shares.value, parts[2]], origin: all.origin)
        let back = try node(
            "Transpose", name + ".back", [mixed.value], ["perm": .integers([0, 2, 1, 3])],
            origin: all.origin)
        let flat = try reshaped(name + ".flat", back, to: [-1, heads * length], origin: all.origin)
        let made = try linear(outputs, flat, outputs: width)
        return try reshaped(name + ".tokens", made, to: [-1, count, made.shape[1]], origin: made.origin)
    }
}
