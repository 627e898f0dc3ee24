import Foundation
import Torch

/// Makes tensors from the calls that a PyTorch pickle records.
struct TensorBuilder<Source: StorageSource> {
    let document: PickleDocument
    var source: Source
    /// The bytes that all tensors together may take.
    let limit: Int
    private var taken = 0
    private var made: [PickleNodeID: Tensor] = [:]

    init(document: PickleDocument, source: Source, limit: Int) {
        self.document = document
        self.source = source
        self.limit = limit
    }

    /// Returns whether a value represents a tensor.
    func isTensor(_ value: PickleValue) -> Bool {
        guard let callable = document.call(of: value)?.callable else { return false }
        return callable.hasPrefix("torch._utils.") || callable.hasPrefix("torch._tensor.")
    }

    /// Makes the tensor that a value represents; the same value gives the same tensor, made once.
    mutating func tensor(_ value: PickleValue) throws -> Tensor {
        guard case .object(let node) = value else { throw unexpected(value) }
        if let tensor = made[node] { return tensor }
        // Parameters wrap tensors, and files may nest wrappers; a few levels are more than any file needs.
        var inner = value
        for _ in 0..<8 {
            guard let call = document.call(of: inner) else { throw unexpected(inner) }
            switch call.callable {
            case "torch._utils._rebuild_parameter" where !call.arguments.isEmpty:
                inner = call.arguments[0]
            case "torch._tensor._rebuild_from_type_v2":
                guard call.arguments.count >= 3, case .global(let function) = call.arguments[0],
                    let arguments = document.items(of: call.arguments[2])
                else { throw unexpected(inner) }
                let tensor = try rebuild(function, arguments)
                made[node] = tensor
                return tensor
            default:
                let tensor = try rebuild(call.callable, call.arguments)
                made[node] = tensor
                return tensor
            }
        }
        throw unexpected(value)
    }

    private func unexpected(_ value: PickleValue) -> CheckpointError {
        .malformed("a value", expected: "a tensor", found: document.describe(value))
    }

    /// `_rebuild_tensor(storage, offset, shape, strides)`; version 2 adds what training needs, version 3 the type.
    private mutating func rebuild(_ function: String, _ arguments: [PickleValue]) throws -> Tensor {
        let needed: Int
        switch function {
        case "torch._utils._rebuild_tensor": needed = 4
        case "torch._utils._rebuild_tensor_v2": needed = 6
        case "torch._utils._rebuild_tensor_v3": needed = 7
        case "torch._utils._rebuild_parameter":
            guard let first = arguments.first, let call = document.call(of: first),
                call.callable != function, call.callable.hasPrefix("torch._utils._rebuild_tensor")
            else { throw CheckpointError(.unsupported("a parameter that does not wrap a plain tensor")) }
            return try rebuild(call.callable, call.arguments)
        default: throw CheckpointError(.unsupported("a tensor made by '\(function)'"))
        }
        guard arguments.count >= needed, let key = document.key(of: arguments[0]),
            case .integer(let offset) = arguments[1]
        else {
            throw CheckpointError.malformed(
                "a call of '\(function)'", expected: "storage, offset, shape and strides",
                found: arguments.prefix(4).map { document.describe($0) }.joined(separator: ", "))
        }
        let storage = try StorageReference(key, in: document)
        let shape = try integers(arguments[2])
        let strides = try integers(arguments[3])
        var type = storage.type
        if needed == 7 {
            guard case .global(let name) = arguments[6], let named = PyTorchNames.elementType(name) else {
                throw CheckpointError.malformed(
                    "the type of a tensor", expected: "a torch dtype", found: document.describe(arguments[6]))
            }
            type = named
        }
        guard let type else {
            throw CheckpointError.malformed(
                "storage '\(storage.key)'", expected: "a type", found: "untyped bytes")
        }
        return try materialise(storage, offset: offset, shape: shape, strides: strides, type: type)
    }

    private mutating func materialise(
        _ storage: StorageReference, offset: Int, shape: [Int], strides: [Int], type: DType
    ) throws -> Tensor {
        let count = try ElementLayout.elementCount(shape: shape)
        let size = try ElementLayout.byteCount(shape: shape, type: type)
        let (start, overflow) = offset.addingReportingOverflow(storage.viewOffset)
        let extent = try ElementLayout.extent(shape: shape, strides: strides, offset: overflow ? -1 : start)
        let bytes = try source.bytes(of: storage)
        let stored = bytes.count / type.byteCount
        guard count == 0 || extent <= stored else {
            throw CheckpointError.malformed(
                "a tensor of shape \(shape) with strides \(strides) at \(start)",
                expected: "\(extent) elements in storage '\(storage.key)'", found: "\(stored)")
        }
        let sum = taken.addingReportingOverflow(size)
        guard !sum.overflow, sum.partialValue <= limit else {
            throw CheckpointError(
                .overLimit(
                    what: "the size in bytes of all tensors, expanded from a much smaller file,",
                    limit: limit,
                    found: sum.overflow ? .max : sum.partialValue))
        }
        taken = sum.partialValue
        guard count > 0 else { return try ElementLayout.tensor(Data(), shape: shape, type: type) }
        let elements: Data
        if ElementLayout.isContiguous(shape: shape, strides: strides) {
            elements = bytes.dropFirst(start * type.byteCount).prefix(size)
        } else {
            elements = bytes.withUnsafeBytes { raw in
                ElementLayout.gather(
                    raw, elementSize: type.byteCount, shape: shape, strides: strides, offset: start,
                    count: count)
            }
        }
        return try ElementLayout.tensor(
            source.isBigEndian ? ElementLayout.swapped(elements, elementSize: type.byteCount) : elements,
            shape: shape, type: type)
    }

    private func integers(_ value: PickleValue) throws -> [Int] {
        var value = value
        if let call = document.call(of: value), call.callable == "torch.Size", call.arguments.count == 1 {
            value = call.arguments[0]
        }
        guard let items = document.items(of: value), items.count <= ElementLayout.greatestRank else {
            throw CheckpointError.malformed(
                "a shape or strides", expected: "at most \(ElementLayout.greatestRank) integers",
                found: document.describe(value))
        }
        return try items.map { item in
            guard case .integer(let number) = item else {
                throw CheckpointError.malformed(
                    "a shape or strides", expected: "integers", found: document.describe(item))
            }
            return number
        }
    }
}
