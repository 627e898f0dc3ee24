#pragma once

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/api/include/torch/version.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <limits>
#include <mutex>
#include <string>
#include <vector>

#include "include/CTorch.h"

struct ct_tensor_storage {
    const at::Tensor value;

    explicit ct_tensor_storage(at::Tensor value) : value(std::move(value)) {}

    // Returns the elements in the order in which a convolution reads them, as one of two kinds. They are kept for
    // the next time, since the tensor never changes.
    template <typename Packing>
    at::Tensor packed(bool kind, const Packing &packing) {
        const std::lock_guard<std::mutex> guard(lock);
        if (!arranged.defined() || kind != arranged_kind) {
            arranged = packing();
            arranged_kind = kind;
        }
        return arranged;
    }

private:
    std::mutex lock;
    at::Tensor arranged;
    bool arranged_kind = false;
};

namespace ct {

extern std::atomic<int64_t> live_tensors;

inline char *copy_message(const char *text) noexcept {
    auto length = std::strlen(text) + 1;
    auto *message = static_cast<char *>(std::malloc(length));
    if (message != nullptr) std::memcpy(message, text, length);
    return message;
}

inline int fail(ct_message *error, const char *text) noexcept {
    if (error != nullptr) *error = copy_message(text);
    return 1;
}

// Runs a body and turns whatever it throws into a status and a message.
template <typename Body>
int guarded(ct_message *error, Body &&body) {
    try {
        body();
        return 0;
    } catch (const c10::Error &failure) {
        return fail(error, failure.what_without_backtrace());
    } catch (const std::exception &failure) {
        return fail(error, failure.what());
    } catch (...) {
        return fail(error, "unknown failure inside libtorch");
    }
}

inline ct_tensor own(at::Tensor value) {
    auto *storage = new ct_tensor_storage(std::move(value));
    live_tensors.fetch_add(1, std::memory_order_relaxed);
    return storage;
}

// Hands several tensors to the caller: all of them, or none where memory runs out. Undefined ones become null.
inline void own_all(const std::vector<at::Tensor> &values, ct_tensor *results) {
    std::vector<ct_tensor> owned;
    owned.reserve(values.size());
    try {
        for (const auto &value : values) owned.push_back(value.defined() ? own(value) : nullptr);
    } catch (...) {
        for (auto tensor : owned) ct_tensor_free(tensor);
        throw;
    }
    std::copy(owned.begin(), owned.end(), results);
}

inline const at::Tensor &get(ct_tensor tensor) {
    TORCH_CHECK(tensor != nullptr, "a tensor is missing");
    return tensor->value;
}

// libtorch took over the standard library's optional during 2.x.
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
using optional_tensor = std::optional<at::Tensor>;
#else
using optional_tensor = c10::optional<at::Tensor>;
#endif

inline optional_tensor get_optional(ct_tensor tensor) {
    if (tensor == nullptr) return {};
    return tensor->value;
}

inline at::IntArrayRef list(const int64_t *values, int32_t count) {
    return at::IntArrayRef(values, static_cast<size_t>(count));
}

// Refuses lengths that some versions of libtorch divide by, or multiply without a check for overflow.
inline void require_within(int64_t minimum, at::IntArrayRef values, const char *what) {
    const int64_t maximum = std::numeric_limits<int32_t>::max();
    for (auto value : values) {
        TORCH_CHECK(value >= minimum, what, " must be at least ", minimum, ", got ", values);
        TORCH_CHECK(value <= maximum, what, " must be at most ", maximum, ", got ", values);
    }
}

// On an accelerator an index outside its axis ends the process: it is looked for beforehand.
inline void require_inside(const at::Tensor &indices, int64_t length, int64_t axis) {
    TORCH_CHECK(indices.scalar_type() == at::kLong, "indices must be int64");
    if (indices.numel() == 0) return;
    auto least = indices.min().item<int64_t>(), greatest = indices.max().item<int64_t>();
    TORCH_CHECK(
        least >= 0 && greatest < length, "index ", least < 0 ? least : greatest, " is outside axis ", axis,
        " of length ", length);
}

// Runs a body that yields one tensor and hands it to the caller.
template <typename Body>
int yielding(ct_tensor *result, ct_message *error, Body &&body) {
    return guarded(error, [&] { *result = own(body()); });
}

// Whether a tensor's elements are floats in this machine's memory.
inline bool is_float_in_memory(const at::Tensor &tensor) {
    return tensor.device().is_cpu() && tensor.scalar_type() == at::kFloat && tensor.layout() == at::kStrided;
}

// Returns a tensor over one axis as one over two, the first of length 1.
inline at::Tensor over_two_axes(const at::Tensor &tensor) { return tensor.dim() == 3 ? tensor.unsqueeze(2) : tensor; }

at::ScalarType scalar_type(int32_t type);
int32_t type_code(at::ScalarType type);
at::Device device(ct_device device);

}  // namespace ct
