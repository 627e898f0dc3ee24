internal import Graph
internal import Torch

/// Einstein's sum of products: every letter of the equation is an axis; axes missing from the result are
/// summed over.
struct Einsum: Operator {
    static let type = "Einsum"

    private let equation: String
    private let terms: [[Character]]
    private let result: [Character]

    /// Stands for an axis of an ellipsis.
    private static let ellipsis: Character = "."

    init(attributes: Attributes, signature: OperatorSignature) throws {
        equation = try attributes.string("equation", default: "")
        let text = equation.replacing(" ", with: "").replacing("...", with: String(Self.ellipsis))
        let sides = text.split(separator: "->", omittingEmptySubsequences: false)
        guard (1...2).contains(sides.count) else { throw GraphError("equation \(equation) has two arrows") }
        terms = sides[0].split(separator: ",", omittingEmptySubsequences: false).map { Array($0) }
        let counts = Dictionary(terms.flatMap { $0 }.map { ($0, 1) }, uniquingKeysWith: +)
        // Without an arrow, the result has the letters that occur once, in alphabetical order.
        result =
            sides.count == 2
            ? Array(sides[1])
            : (counts[Self.ellipsis] == nil ? [] : [Self.ellipsis])
                + counts.filter { $0.value == 1 && $0.key != Self.ellipsis }.keys.sorted()
        let isLetter = { (letter: Character) in letter.isASCII && letter.isLetter || letter == Self.ellipsis }
        guard terms.count == signature.inputCount, (terms + [result]).joined().allSatisfy(isLetter),
            Set(result).count == result.count, result.allSatisfy({ counts[$0] != nil }),
            (terms).allSatisfy({ $0.count(where: { $0 == Self.ellipsis }) <= 1 })
        else {
            throw GraphError("equation \(equation) does not fit \(signature.inputCount) operands")
        }
    }

    var attributes: Attributes { ["equation": .string(equation)] }

    /// One axis: a letter, or the place from the end among those of an ellipsis.
    private enum Label: Hashable {
        case letter(Character)
        case rest(Int)
    }

    /// The labels of all operands' axes and of the result's, and the length of each label.
    private struct Labels {
        var operands: [[Label]] = []
        var result: [Label] = []
        var lengths: [Label: Int] = [:]
    }

    private func labels(_ shapes: [[Int]]) throws(GraphError) -> Labels {
        var labels = Labels()
        var ellipsisRank = 0
        for (term, shape) in zip(terms, shapes) {
            let hasEllipsis = term.contains(Self.ellipsis)
            let rest = shape.count - term.count + (hasEllipsis ? 1 : 0)
            guard rest >= 0, hasEllipsis || rest == 0 else {
                throw GraphError("equation \(equation) does not fit an operand of shape \(shape)")
            }
            ellipsisRank = max(ellipsisRank, rest)
            let own = term.flatMap { Self.expanded($0, rest: rest) }
            for (label, length) in zip(own, shape) {
                let known = labels.lengths[label] ?? 1
                guard known == 1 || length == 1 || known == length else {
                    throw GraphError("equation \(equation) has axes of lengths \(known) and \(length)")
                }
                labels.lengths[label] = known == 1 ? length : known
            }
            labels.operands.append(own)
        }
        labels.result = result.flatMap { Self.expanded($0, rest: ellipsisRank) }
        return labels
    }

    private static func expanded(_ letter: Character, rest: Int) -> [Label] {
        letter == ellipsis ? (0..<rest).reversed().map { .rest($0) } : [.letter(letter)]
    }

    private func shapes(_ inputs: OperatorInputs) throws(GraphError) -> [[Int]] {
        var shapes: [[Int]] = []
        for index in terms.indices { shapes.append(try inputs.type(index).shape) }
        return shapes
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let element = try inputs.type(0).element
        try ElementDomain.number.require(element)
        for index in terms.indices { try inputs.type(index).requireElement(element, "input \(index)") }
        let labels = try labels(shapes(inputs))
        return [try .output(element, labels.result.map { labels.lengths[$0] ?? 1 })]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        func text(_ term: [Character]) -> String {
            term.map { $0 == Self.ellipsis ? "..." : String($0) }.joined()
        }
        let operands = try terms.indices.map { try inputs.required($0) }
        return [
            try Tensor.einsum(terms.map(text).joined(separator: ",") + "->" + text(result), operands)
        ]
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        let shapes = try shapes(inputs)
        let labels = try labels(shapes)
        var places: [Label: [AxisReference]] = [:]
        for (index, own) in labels.operands.enumerated() {
            for (axis, label) in own.enumerated() where shapes[index][axis] == labels.lengths[label] {
                places[label, default: []].append(.input(index, axis))
            }
        }
        return places.flatMap { label, axes -> [AxisLink] in
            if let position = labels.result.firstIndex(of: label) {
                // A label that several operands share with the result is not summed: each operand scales the
                // others.
                let role: MemberRole = axes.count == 1 ? .producer : .perChannel
                return axes.map { AxisLink($0, .output(0, position), role: role) }
            }
            return axes.indices.dropFirst().flatMap {
                [
                    AxisLink(axes[$0], axes[0], role: .consumer),
                    AxisLink(axes[0], axes[$0], role: .consumer),
                ]
            }
        }
    }

    func cost(_ inputs: OperatorInputs, outputs: [TensorType]) -> OperatorCost {
        guard terms.count > 1, let shapes = try? shapes(inputs), let labels = try? labels(shapes) else {
            return OperatorCost()
        }
        // One product of all operands for every combination of positions.
        return OperatorCost(
            multiplyAccumulates: Checked.saturatingProduct(
                Array(labels.lengths.values) + [terms.count - 1]))
    }
}
