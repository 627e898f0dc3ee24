#include "Support.h"

using namespace ct;

int ct_reshape(ct_tensor input, const int64_t *shape, int32_t rank, ct_tensor *result, ct_message *error) {
    return yielding(result, error, [&] { return get(input).reshape(list(shape, rank)); });
}

int ct_permute(ct_tensor input, const int64_t *order, int32_t rank, ct_tensor *result, ct_message *error) {
    return yielding(result, error, [&] { return get(input).permute(list(order, rank)); });
}

int ct_expand(ct_tensor input, const int64_t *shape, int32_t rank, ct_tensor *result, ct_message *error) {
    return yielding(result, error, [&] { return get(input).expand(list(shape, rank)); });
}

int ct_slice(
    ct_tensor input, int64_t axis, int64_t start, int64_t end, int64_t step, ct_tensor *result, ct_message *error) {
    return yielding(result, error, [&] { return get(input).slice(axis, start, end, step); });
}

int ct_flip(ct_tensor input, const int64_t *axes, int32_t count, ct_tensor *result, ct_message *error) {
    return yielding(result, error, [&] { return get(input).flip(list(axes, count)); });
}

int ct_index_select(ct_tensor input, int64_t axis, ct_tensor indices, ct_tensor *result, ct_message *error) {
    return yielding(result, error, [&] {
        require_inside(get(indices), get(input).size(axis), axis);
        return get(input).index_select(axis, get(indices));
    });
}

int ct_concatenate(const ct_tensor *inputs, int32_t count, int64_t axis, ct_tensor *result, ct_message *error) {
    return yielding(result, error, [&] {
        std::vector<at::Tensor> parts;
        parts.reserve(static_cast<size_t>(count));
        for (int32_t index = 0; index < count; ++index) parts.push_back(get(inputs[index]));
        return at::cat(parts, axis);
    });
}

int ct_pad(
    ct_tensor tensor, const int64_t *amounts, int32_t rank, int32_t mode, double value, ct_tensor *result,
    ct_message *error) {
    return yielding(result, error, [&]() -> at::Tensor {
        const auto &input = get(tensor);
        TORCH_CHECK(input.dim() == rank, "padding for ", rank, " axes, the tensor has ", input.dim());
        if (mode == 0) {
            // libtorch lists the pairs from the last axis backwards.
            std::vector<int64_t> backwards;
            for (int32_t axis = rank - 1; axis >= 0; --axis) {
                backwards.push_back(amounts[2 * axis]);
                backwards.push_back(amounts[2 * axis + 1]);
            }
            return at::constant_pad_nd(input, backwards, value);
        }
        auto padded = input;
        for (int32_t axis = 0; axis < rank; ++axis) {
            auto before = amounts[2 * axis];
            auto after = amounts[2 * axis + 1];
            if (before == 0 && after == 0) continue;
            auto length = padded.size(axis);
            TORCH_CHECK(length > 0, "cannot extend an empty axis ", axis);
            TORCH_CHECK(
                mode == 2 || (before < length && after < length), "reflection of ", before, " and ", after,
                " needs more than axis ", axis, "'s ", length);
            auto positions = at::arange(-before, length + after, at::TensorOptions().dtype(at::kLong));
            if (mode == 1) {
                positions = positions.abs();
                positions = (length - 1) - ((length - 1) - positions).abs();
            } else {
                positions = positions.clamp(0, length - 1);
            }
            padded = padded.index_select(axis, positions.to(padded.device()));
        }
        return padded;
    });
}
