/// Where a tensor lives and is computed.
public enum Device: Sendable, Hashable, CustomStringConvertible {
    /// The processor.
    case cpu
    /// A CUDA accelerator by its ordinal.
    case cuda(Int)

    package init(code: Int32) {
        self = code < 0 ? .cpu : .cuda(Int(code))
    }

    package var code: Int32 {
        switch self {
        case .cpu: -1
        case .cuda(let ordinal): Int32(clamping: ordinal)
        }
    }

    public var description: String {
        switch self {
        case .cpu: "cpu"
        case .cuda(let ordinal): "cuda:\(ordinal)"
        }
    }
}
