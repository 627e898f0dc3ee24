#include "Support.h"

using namespace ct;

// Shifts by a negative number or by at least the width shift everything out; libtorch leaves them undefined.
static at::Tensor shifted(const at::Tensor &values, const at::Tensor &amounts, bool left) {
    TORCH_CHECK(
        at::isIntegralType(values.scalar_type(), false) && values.scalar_type() == amounts.scalar_type(),
        "a shift needs integers of one type, got ", values.scalar_type(), " and ", amounts.scalar_type());
    int64_t width = 8 * static_cast<int64_t>(values.element_size());
    auto outside = at::logical_or(amounts.lt(0), amounts.ge(width));
    auto safe = amounts.masked_fill(outside, 0);
    if (left) return at::bitwise_left_shift(values, safe).masked_fill(outside, 0);
    auto sign = values.lt(0).to(values.scalar_type()).neg();
    return at::where(outside, sign, at::bitwise_right_shift(values, safe));
}

int ct_bitwise(int32_t operation, ct_tensor left_tensor, ct_tensor right_tensor, ct_tensor *result, ct_message *error) {
    return yielding(result, error, [&]() -> at::Tensor {
        const auto &left = get(left_tensor);
        const auto &right = get(right_tensor);
        switch (operation) {
            case CT_BITWISE_AND: return at::bitwise_and(left, right);
            case CT_BITWISE_OR: return at::bitwise_or(left, right);
            case CT_BITWISE_XOR: return at::bitwise_xor(left, right);
            case CT_SHIFT_LEFT: return shifted(left, right, true);
            case CT_SHIFT_RIGHT: return shifted(left, right, false);
            default: TORCH_CHECK(false, "unknown bitwise operation code ", operation);
        }
    });
}

int ct_bitwise_not(ct_tensor input, ct_tensor *result, ct_message *error) {
    return yielding(result, error, [&] { return at::bitwise_not(get(input)); });
}

int ct_reinterpret(ct_tensor input, int32_t type, ct_tensor *result, ct_message *error) {
    return yielding(result, error, [&] {
        auto target = scalar_type(type);
        TORCH_CHECK(
            get(input).element_size() == static_cast<int64_t>(c10::elementSize(target)), "elements of type ",
            get(input).scalar_type(), " are not as wide as those of type ", target);
        return get(input).contiguous().view(target);
    });
}
