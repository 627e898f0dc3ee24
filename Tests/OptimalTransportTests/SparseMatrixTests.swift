import Foundation
import OptimalTransport
import Testing

@Suite struct SparseMatrixTests {
    static func sample() throws -> SparseMatrix {
        try SparseMatrix(
            rows: 3, columns: 4,
            entries: [
                .init(row: 0, column: 1, value: 2), .init(row: 0, column: 3, value: 0.1),
                .init(row: 2, column: 0, value: -1), .init(row: 2, column: 1, value: 4),
            ])
    }

    @Test func convertsAndTransposes() throws {
        let matrix = try Self.sample()
        #expect(matrix.dense() == [0, 2, 0, 0.1, 0, 0, 0, 0, -1, 4, 0, 0])
        #expect(matrix.transposed.dense() == [0, 0, -1, 2, 0, 4, 0, 0, 0, 0.1, 0, 0])
        #expect(matrix.transposed.transposed == matrix)
        #expect(matrix.rowSums == [2.1, 0, 3])
        #expect(matrix.columnSums == [-1, 6, 0, 0.1])
        let rebuilt = try SparseMatrix(rows: 4, columns: 3, entries: matrix.transposed.entries)
        #expect(rebuilt == matrix.transposed)
    }

    @Test func survivesJSON() throws {
        let data = try JSONEncoder().encode(Self.sample())
        #expect(try JSONDecoder().decode(SparseMatrix.self, from: data) == Self.sample())
    }

    @Test func fullMatricesAreShortInJSON() throws {
        let values = (0..<400).map { Double($0) / 7 - 20.5 }
        let matrix = try SparseMatrix(dense: values, rows: 20, columns: 20)
        let full = try SparseMatrix(
            rows: 20, columns: 20,
            entries: values.enumerated().map {
                .init(row: $0.offset / 20, column: $0.offset % 20, value: $0.element)
            })
        for matrix in [matrix, full] {
            let data = try JSONEncoder().encode(matrix)
            #expect(data.count < 400 * 12)
            #expect(try JSONDecoder().decode(SparseMatrix.self, from: data) == matrix)
        }
        let text = try #require(String(data: JSONEncoder().encode(full), encoding: .utf8))
        #expect(throws: (any Error).self) {
            try JSONDecoder().decode(
                SparseMatrix.self, from: Data(text.replacing("\"rows\":20", with: "\"rows\":19").utf8))
        }
    }

    @Test(arguments: [
        "{\"rows\":0,\"columns\":1,\"entries\":[]}",
        "{\"rows\":2,\"columns\":2,\"entries\":[[0,2,1]]}",
        "{\"rows\":2,\"columns\":2,\"entries\":[[-1,0,1]]}",
        "{\"rows\":2,\"columns\":2,\"entries\":[[0,1,1],[0,0,1]]}",
        "{\"rows\":2,\"columns\":2,\"entries\":[[0,0,1],[0,0,1]]}",
        "{\"rows\":2,\"columns\":2,\"entries\":[[0,0]]}",
        "{\"rows\":4611686018427387904,\"columns\":4,\"entries\":[]}",
        "{\"rows\":1000000000000,\"columns\":1,\"entries\":[]}",
    ])
    func rejectsHostileJSON(text: String) {
        #expect(throws: (any Error).self) {
            try JSONDecoder().decode(SparseMatrix.self, from: Data(text.utf8))
        }
    }

    @Test func rejectsValuesThatAreNotFinite() {
        #expect(throws: TransportError.self) {
            try SparseMatrix(rows: 1, columns: 1, entries: [.init(row: 0, column: 0, value: .nan)])
        }
    }
}
