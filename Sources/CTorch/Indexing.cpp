#include "Support.h"

using namespace ct;

int ct_gather(ct_tensor input, int64_t axis, ct_tensor indices, ct_tensor *result, ct_message *error) {
    return yielding(result, error, [&] {
        require_inside(get(indices), get(input).size(axis), axis);
        return get(input).gather(axis, get(indices));
    });
}

int ct_scatter(
    int32_t operation, ct_tensor tensor, int64_t axis, ct_tensor index_tensor, ct_tensor update_tensor,
    ct_tensor *result, ct_message *error) {
    return yielding(result, error, [&]() -> at::Tensor {
        const auto &input = get(tensor);
        const auto &indices = get(index_tensor);
        const auto &updates = get(update_tensor);
        require_inside(indices, input.size(axis), axis);
        TORCH_CHECK(
            indices.sizes() == updates.sizes(), "indices ", indices.sizes(), " and updates ", updates.sizes(),
            " differ in shape");
        switch (operation) {
            case CT_REPLACE: return input.scatter(axis, indices, updates);
            case CT_ACCUMULATE_SUM: return input.scatter_reduce(axis, indices, updates, "sum");
            case CT_ACCUMULATE_PRODUCT: return input.scatter_reduce(axis, indices, updates, "prod");
            case CT_ACCUMULATE_MAXIMUM: return input.scatter_reduce(axis, indices, updates, "amax");
            case CT_ACCUMULATE_MINIMUM: return input.scatter_reduce(axis, indices, updates, "amin");
            default: TORCH_CHECK(false, "unknown scatter code ", operation);
        }
    });
}

int ct_sort(
    ct_tensor input, int64_t axis, bool descending, ct_tensor *values, ct_tensor *indices, ct_message *error) {
    return guarded(error, [&] {
        auto [sorted, order] = at::sort(get(input), /*stable=*/true, axis, descending);
        ct_tensor owned[2];
        own_all({sorted, order}, owned);
        *values = owned[0];
        *indices = owned[1];
    });
}

int ct_cumulative_sum(ct_tensor input, int64_t axis, ct_tensor *result, ct_message *error) {
    return yielding(result, error, [&] { return get(input).cumsum(axis, get(input).scalar_type()); });
}

int ct_cumulative_product(ct_tensor input, int64_t axis, ct_tensor *result, ct_message *error) {
    return yielding(result, error, [&] { return get(input).cumprod(axis, get(input).scalar_type()); });
}

int ct_unique(
    ct_tensor tensor, int64_t axis, ct_tensor *values, ct_tensor *inverse, ct_tensor *counts, ct_message *error) {
    return guarded(error, [&] {
        auto [found, places, numbers] = axis < 0 ? at::_unique2(get(tensor), true, true, true)
                                                 : at::unique_dim(get(tensor), axis, true, true, true);
        ct_tensor owned[3];
        own_all({found, places, numbers}, owned);
        *values = owned[0];
        *inverse = owned[1];
        *counts = owned[2];
    });
}

int ct_nonzero(ct_tensor input, ct_tensor *result, ct_message *error) {
    return yielding(result, error, [&] { return get(input).nonzero(); });
}
