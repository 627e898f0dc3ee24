#include <mutex>

#include "Support.h"

namespace ct {

std::atomic<int64_t> live_tensors{0};

at::ScalarType scalar_type(int32_t type) {
    switch (type) {
        case CT_FLOAT32: return at::kFloat;
        case CT_FLOAT64: return at::kDouble;
        case CT_FLOAT16: return at::kHalf;
        case CT_BFLOAT16: return at::kBFloat16;
        case CT_INT64: return at::kLong;
        case CT_INT32: return at::kInt;
        case CT_INT16: return at::kShort;
        case CT_INT8: return at::kChar;
        case CT_UINT8: return at::kByte;
        case CT_BOOL: return at::kBool;
        default: TORCH_CHECK(false, "unknown element type code ", type);
    }
}

int32_t type_code(at::ScalarType type) {
    switch (type) {
        case at::kFloat: return CT_FLOAT32;
        case at::kDouble: return CT_FLOAT64;
        case at::kHalf: return CT_FLOAT16;
        case at::kBFloat16: return CT_BFLOAT16;
        case at::kLong: return CT_INT64;
        case at::kInt: return CT_INT32;
        case at::kShort: return CT_INT16;
        case at::kChar: return CT_INT8;
        case at::kByte: return CT_UINT8;
        case at::kBool: return CT_BOOL;
        default: TORCH_CHECK(false, "unsupported element type ", type);
    }
}

at::Device device(ct_device device) {
    if (device == -1) return at::Device(at::kCPU);
    TORCH_CHECK(
        device >= 0 && device <= std::numeric_limits<c10::DeviceIndex>::max(), "there is no CUDA device ", device);
    return at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(device));
}

}  // namespace ct

using namespace ct;

int ct_torch_version(ct_message *version, ct_message *error) {
    return guarded(error, [&] { *version = copy_message(TORCH_VERSION); });
}

int ct_set_thread_count(int32_t count, ct_message *error) {
    return guarded(error, [&] { at::set_num_threads(count); });
}

int ct_thread_count(int32_t *count, ct_message *error) {
    return guarded(error, [&] { *count = at::get_num_threads(); });
}

int ct_cuda_device_count(int32_t *count, ct_message *error) {
    return guarded(error, [&] {
        *count = at::hasCUDA() ? static_cast<int32_t>(at::detail::getCUDAHooks().getNumGPUs()) : 0;
    });
}

int64_t ct_live_tensor_count(void) { return live_tensors.load(std::memory_order_relaxed); }

void ct_free_message(ct_message message) { std::free(message); }

int ct_tensor_from_bytes(
    const void *bytes, size_t byte_count, int32_t type, const int64_t *shape, int32_t rank, ct_tensor *result,
    ct_message *error) {
    return yielding(result, error, [&] {
        auto tensor = at::empty(list(shape, rank), at::TensorOptions().dtype(scalar_type(type)));
        TORCH_CHECK(
            tensor.nbytes() == byte_count, "a tensor of ", tensor.nbytes(), " bytes cannot be made from ", byte_count);
        if (byte_count > 0) std::memcpy(tensor.data_ptr(), bytes, byte_count);
        return tensor;
    });
}

int ct_tensor_full(
    double value, int32_t type, const int64_t *shape, int32_t rank, ct_device target, ct_tensor *result,
    ct_message *error) {
    return yielding(result, error, [&] {
        return at::full(
            list(shape, rank), value, at::TensorOptions().dtype(scalar_type(type)).device(device(target)));
    });
}

int ct_tensor_random(
    int32_t kind, uint64_t seed, const int64_t *shape, int32_t rank, ct_tensor *result, ct_message *error) {
    return yielding(result, error, [&] {
        auto generator = at::detail::createCPUGenerator(seed);
        auto options = at::TensorOptions().dtype(at::kFloat);
        return kind == 0 ? at::rand(list(shape, rank), generator, options)
                         : at::randn(list(shape, rank), generator, options);
    });
}

void ct_tensor_free(ct_tensor tensor) {
    if (tensor == nullptr) return;
    delete tensor;
    live_tensors.fetch_sub(1, std::memory_order_relaxed);
}

int ct_tensor_gather(ct_tensor tensor, ct_tensor *result, ct_message *error) {
    return yielding(result, error, [&] { return get(tensor).detach().to(at::kCPU).contiguous(); });
}

int ct_tensor_copy_bytes(ct_tensor tensor, void *bytes, size_t byte_count, ct_message *error) {
    return guarded(error, [&] {
        auto source = get(tensor).detach().to(at::kCPU).contiguous();
        TORCH_CHECK(source.nbytes() == byte_count, "the tensor has ", source.nbytes(), " bytes, not ", byte_count);
        if (byte_count > 0) std::memcpy(bytes, source.data_ptr(), byte_count);
    });
}

int ct_tensor_rank(ct_tensor tensor, int32_t *rank, ct_message *error) {
    return guarded(error, [&] { *rank = static_cast<int32_t>(get(tensor).dim()); });
}

int ct_tensor_shape(ct_tensor tensor, int64_t *shape, int32_t capacity, ct_message *error) {
    return guarded(error, [&] {
        auto sizes = get(tensor).sizes();
        TORCH_CHECK(static_cast<size_t>(capacity) >= sizes.size(), "room for ", capacity, " of ", sizes.size());
        std::copy(sizes.begin(), sizes.end(), shape);
    });
}

int ct_tensor_strides(ct_tensor tensor, int64_t *strides, int32_t capacity, ct_message *error) {
    return guarded(error, [&] {
        auto steps = get(tensor).strides();
        TORCH_CHECK(static_cast<size_t>(capacity) >= steps.size(), "room for ", capacity, " of ", steps.size());
        std::copy(steps.begin(), steps.end(), strides);
    });
}

int ct_tensor_type(ct_tensor tensor, int32_t *type, ct_message *error) {
    return guarded(error, [&] { *type = type_code(get(tensor).scalar_type()); });
}

int ct_tensor_device(ct_tensor tensor, ct_device *result, ct_message *error) {
    return guarded(error, [&] {
        auto where = get(tensor).device();
        *result = where.is_cpu() ? -1 : static_cast<ct_device>(where.index());
    });
}

int ct_tensor_convert(ct_tensor tensor, int32_t type, ct_tensor *result, ct_message *error) {
    return yielding(result, error, [&] { return get(tensor).to(scalar_type(type)); });
}

int ct_tensor_move(ct_tensor tensor, ct_device target, ct_tensor *result, ct_message *error) {
    return yielding(result, error, [&] {
        static std::once_flag precision;
        // An accelerator computes as the CPU does: in full single precision and the same at every run.
        std::call_once(precision, [] {
            at::globalContext().setAllowTF32CuDNN(false);
            at::globalContext().setAllowTF32CuBLAS(false);
            at::globalContext().setDeterministicCuDNN(true);
            at::globalContext().setBenchmarkCuDNN(false);
        });
        return get(tensor).to(device(target));
    });
}
