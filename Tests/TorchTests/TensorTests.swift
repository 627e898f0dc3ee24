import Testing
import Torch

@Suite("Tensor")
struct TensorTests {
    @Test("elements survive the way in and out")
    func elements() throws {
        let tensor = try Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])
        #expect(tensor.shape == [2, 3])
        #expect(tensor.type == .float32)
        #expect(tensor.device == .cpu)
        #expect(try tensor.floats() == [1, 2, 3, 4, 5, 6])
        #expect(try tensor.permuted([1, 0]).floats() == [1, 4, 2, 5, 3, 6])
    }
}
