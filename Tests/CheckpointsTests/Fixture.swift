import Foundation
import Torch

/// The files beside `make_fixtures.py`.
enum Fixture {
    static func url(_ name: String) throws -> URL {
        guard let folder = Bundle.module.resourceURL else { throw CocoaError(.fileNoSuchFile) }
        return folder.appendingPathComponent("Fixtures").appendingPathComponent(name)
    }

    static func data(_ name: String) throws -> Data {
        try Data(contentsOf: url(name))
    }

    /// The rule of `make_fixtures.py`: element i is i - 3, halved for floating-point types.
    static func ramp(_ count: Int, type: DType = .float32) -> [Double] {
        (0..<count).map { index in
            switch type {
            case .float32, .float64, .float16, .bfloat16: return (Double(index) - 3) * 0.5
            case .int64, .int32, .int16, .int8: return Double(index) - 3
            case .uint8, .uint16, .uint32, .uint64: return Double(index)
            case .bool: return Double(abs(index - 3) % 2)
            }
        }
    }
}
