import Datasets
import Graph
import Testing
import Torch

@Suite("Sequences spliced from two")
struct TokenSpliceTests {
    private let count = 5
    private let length = 9

    @Test("each begins as its own and ends as another, in all inputs alike")
    func parts() throws {
        let tokens = (0..<count * length).map { 100 * ($0 / length) + $0 % length }
        let inputs = try [tokens, tokens.map { 7 * $0 }].map { try Tensor($0).reshaped([count, length]) }
        var generator = SplitMixGenerator(seed: 3)
        let spliced = try TokenSplice.applied(to: inputs, using: &generator)
        let (found, beside) = (try spliced[0].doubles().map(Int.init), try spliced[1].doubles().map(Int.init))
        #expect(beside == found.map { 7 * $0 })
        var cuts: Set<Int> = []
        for row in 0..<count {
            let origins = (0..<length).map { place in
                let token = found[row * length + place]
                #expect(token % 100 == place)
                return token / 100
            }
            #expect(origins[0] == row)
            let cut = origins.firstIndex { $0 != row } ?? length
            #expect(Set(origins[cut...]).count <= 1)
            cuts.insert(cut)
        }
        #expect(cuts.count > 1)
        var again = SplitMixGenerator(seed: 3)
        #expect(try TokenSplice.applied(to: inputs, using: &again)[0].doubles().map(Int.init) == found)
    }

    @Test("only integers of one length are sequences of tokens")
    func kinds() {
        let tokens = TensorType(.int64, [1, 16])
        #expect(TokenSplice.fits([tokens]) && TokenSplice.fits([tokens, TensorType(.int32, [1, 16])]))
        for other in [
            TensorType(.float32, [1, 16]), TensorType(.int64, [1, 15]), TensorType(.int64, [1]),
            TensorType(.int64, [1, 16, 2]),
        ] {
            #expect(!TokenSplice.fits([tokens, other]))
        }
        #expect(!TokenSplice.fits([]) && !TokenSplice.fits([TensorType(.int64, [8, 2])]))
    }
}
