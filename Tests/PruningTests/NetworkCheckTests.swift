import Graph
import NetworkSupport
import Pruning
import Testing
import Torch

@Suite("The last look at a network")
struct NetworkCheckTests {
    /// Logarithms of numbers of both signs, or of their squares.
    private func network(squares: Bool) throws -> Graph {
        var sketch = try Sketch(input: [1, 4])
        var numbers = try sketch.linear("layer", sketch.input, outputs: 30)
        if squares { numbers = try sketch.activation("square", numbers) }
        sketch.finish([try sketch.node("Log", "y", [numbers])])
        return sketch.graph
    }

    @Test("an output that is not finite passes where the original's is not finite either")
    func infinite() throws {
        let (both, squares) = (try network(squares: false), try network(squares: true))
        try NetworkCheck.verify(squares)
        try NetworkCheck.verify(both, madeOf: both)
        for original in [nil, squares] {
            let error = #expect(throws: PruningError.self) {
                try NetworkCheck.verify(both, madeOf: original)
            }
            #expect(error.map { "\($0)".contains("values of y on random input that are not finite") } == true)
        }
    }
}
