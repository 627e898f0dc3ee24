import Datasets
import Testing
import Torch

@Suite("Sampling of batches")
struct BatchSamplerTests {
    @Test("Without a seed batches follow the order of the dataset")
    func inOrder() throws {
        #expect(try BatchSampler(count: 5, batchSize: 2).batches() == [[0, 1], [2, 3], [4]])
        #expect(try BatchSampler(count: 5, batchSize: 2, dropsLast: true).batches() == [[0, 1], [2, 3]])
        #expect(try BatchSampler(count: 4, batchSize: 2, dropsLast: true).batches().count == 2)
        #expect(try BatchSampler(count: 0, batchSize: 2).batches() == [])
        #expect(try BatchSampler(count: 3, batchSize: .max).batches() == [[0, 1, 2]])
    }

    @Test("Every epoch is a permutation of its own that the seed determines")
    func shuffled() throws {
        let sampler = try BatchSampler(count: 100, batchSize: 32, seed: 5)
        let epochs = (0..<3).map { sampler.batches(epoch: $0) }
        for batches in epochs {
            #expect(batches.map(\.count) == [32, 32, 32, 4])
            #expect(batches.joined().sorted() == Array(0..<100))
        }
        #expect(Set(epochs).count == 3)
        #expect(!epochs.contains { Array($0.joined()) == Array(0..<100) })
        #expect(try BatchSampler(count: 100, batchSize: 32, seed: 5).batches(epoch: 1) == epochs[1])
        #expect(try BatchSampler(count: 100, batchSize: 32, seed: 6).batches(epoch: 1) != epochs[1])
        #expect(sampler.generator(epoch: 1) == sampler.generator(epoch: 1))
        #expect(sampler.generator(epoch: 1) != sampler.generator(epoch: 2))
    }

    @Test("The first places of a shuffle are uniform")
    func uniform() throws {
        var counts = [Int](repeating: 0, count: 5)
        for seed in 0..<5000 {
            let sampler = try BatchSampler(count: 5, batchSize: 1, seed: UInt64(seed))
            counts[sampler.batches()[0][0]] += 1
        }
        // Five standard deviations of a binomial with 5000 draws of 1 / 5.
        let tolerance = 142
        #expect(counts.allSatisfy { abs($0 - 1000) <= tolerance }, "seeds 0..<5000: \(counts)")
    }

    @Test("SplitMix64 gives its published sequence")
    func published() {
        var generator = SplitMixGenerator(seed: 1_234_567)
        #expect(generator.next() == 6_457_827_717_110_365_317)
        #expect(generator.next() == 3_203_168_211_198_807_973)
    }

    @Test("Counts and sizes that cannot be are refused")
    func errors() {
        #expect(throws: DatasetError.self) { try BatchSampler(count: -1, batchSize: 1) }
        #expect(throws: DatasetError.self) { try BatchSampler(count: 1, batchSize: 0) }
    }
}
