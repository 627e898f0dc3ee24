internal import Graph
internal import Torch

extension Concat {
    /// Returns the parts to change so that the joined list of numbers becomes another one of the same length.
    func constants(yielding output: Tensor, _ inputs: OperatorInputs) throws -> [Int: Tensor]? {
        guard output.rank == 1 else { return nil }
        var (start, changes): (Int, [Int: Tensor]) = (0, [:])
        for index in 0..<inputs.count {
            guard let old = inputs.constant(index), old.rank == 1, start + old.count <= output.count else {
                return nil
            }
            let new = try output.sliced(axis: 0, start..<(start + old.count)).converted(to: old.type)
            if try !old.holdsSame(as: new) { changes[index] = new }
            start += old.count
        }
        return start == output.count ? changes : nil
    }
}
