/// The device that holds and computes a tensor.
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
        // -1 is the CPU: no negative ordinal may become it.
        case .cuda(let ordinal): ordinal < 0 ? .min : Int32(clamping: ordinal)
        }
    }

    public var description: String {
        switch self {
        case .cpu: "cpu"
        case .cuda(let ordinal): "cuda:\(ordinal)"
        }
    }
}
