import Testing
import Torch

@Suite("Tensor shapes")
struct ShapeTests {
    /// 0 ... 5 in two rows of three.
    let grid: Tensor

    init() throws {
        grid = try Tensor([0, 1, 2, 3, 4, 5] as [Double], shape: [2, 3])
    }

    @Test("reshaping keeps the row-major order")
    func reshaped() throws {
        try expect(grid.reshaped([3, 2]), [3, 2], [0, 1, 2, 3, 4, 5])
        try expect(grid.reshaped([-1]), [6], [0, 1, 2, 3, 4, 5])
        try expect(grid.permuted([1, 0]).reshaped([2, -1]), [2, 3], [0, 3, 1, 4, 2, 5])
    }

    @Test("permuting moves whole axes")
    func permuted() throws {
        try expect(grid.permuted([1, 0]), [3, 2], [0, 3, 1, 4, 2, 5])
        try expect(grid.reshaped([1, 2, 3]).permuted([2, 0, 1]), [3, 1, 2], [0, 3, 1, 4, 2, 5])
    }

    @Test("expanding repeats")
    func expanded() throws {
        let row = try Tensor([1, 2] as [Double], shape: [1, 2])
        try expect(row.expanded(to: [3, 2]), [3, 2], [1, 2, 1, 2, 1, 2])
        try expect(row.expanded(to: [2, -1, 2]), [2, 1, 2], [1, 2, 1, 2])
    }

    @Test("slices take a range in steps and end with the axis")
    func sliced() throws {
        try expect(grid.sliced(axis: 1, 1..<3), [2, 2], [1, 2, 4, 5])
        try expect(grid.sliced(axis: 1, 0..<3, step: 2), [2, 2], [0, 2, 3, 5])
        try expect(grid.sliced(axis: 0, 1..<100), [1, 3], [3, 4, 5])
        try expect(grid.sliced(axis: 1, 2..<2), [2, 0], [])
    }

    @Test("flipping reverses axes")
    func flipped() throws {
        try expect(grid.flipped(axes: [1]), [2, 3], [2, 1, 0, 5, 4, 3])
        try expect(grid.flipped(axes: [0, 1]), [2, 3], [5, 4, 3, 2, 1, 0])
    }

    @Test("selecting picks, repeats and reorders positions")
    func selecting() throws {
        try expect(grid.selecting(axis: 1, [2, 0, 2]), [2, 3], [2, 0, 2, 5, 3, 5])
        try expect(grid.selecting(axis: 0, []), [0, 3], [])
    }

    @Test("concatenating joins along an axis")
    func concatenated() throws {
        let column = try Tensor([9, 8] as [Double], shape: [2, 1])
        try expect(Tensor.concatenated([grid, column], axis: 1), [2, 4], [0, 1, 2, 9, 3, 4, 5, 8])
        try expect(
            Tensor.concatenated([grid, grid], axis: 0), [4, 3], [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5])
    }

    @Test("padding fills with a constant, a mirror image or the border")
    func padded() throws {
        let line = try Tensor([1, 2, 3] as [Double])
        try expect(line.padded([(1, 2)]), [6], [0, 1, 2, 3, 0, 0])
        try expect(line.padded([(2, 0)], mode: .constant(7)), [5], [7, 7, 1, 2, 3])
        try expect(line.padded([(-1, 1)]), [3], [2, 3, 0])
        try expect(line.padded([(2, 2)], mode: .reflect), [7], [3, 2, 1, 2, 3, 2, 1])
        try expect(line.padded([(2, 1)], mode: .edge), [6], [1, 1, 1, 2, 3, 3])
        try expect(
            grid.padded([(0, 1), (1, 0)]), [3, 4], [0, 0, 1, 2, 0, 3, 4, 5, 0, 0, 0, 0])
        try expect(
            grid.padded([(1, 0), (0, 1)], mode: .reflect), [3, 4], [3, 4, 5, 4, 0, 1, 2, 1, 3, 4, 5, 4])
    }
}
