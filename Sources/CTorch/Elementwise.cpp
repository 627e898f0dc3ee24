#include <algorithm>

#include "Support.h"

using namespace ct;

int ct_unary(int32_t operation, ct_tensor tensor, ct_tensor *result, ct_message *error) {
    return yielding(result, error, [&]() -> at::Tensor {
        const auto &input = get(tensor);
        switch (operation) {
            case CT_ABS: return input.abs();
            case CT_NEGATE: return input.neg();
            case CT_EXP: return input.exp();
            case CT_LOG: return input.log();
            case CT_SQRT: return input.sqrt();
            case CT_RECIPROCAL: return input.reciprocal();
            case CT_TANH: return input.tanh();
            case CT_SIGMOID: return input.sigmoid();
            case CT_ERF: return input.erf();
            case CT_FLOOR: return input.floor();
            case CT_CEIL: return input.ceil();
            case CT_ROUND: return input.round();
            case CT_SIGN: return input.sign();
            case CT_SIN: return input.sin();
            case CT_COS: return input.cos();
            case CT_RELU: return input.relu();
            case CT_GELU: return at::gelu(input);
            case CT_GELU_TANH: return at::gelu(input, "tanh");
            case CT_SILU: return at::silu(input);
            case CT_MISH: return at::mish(input);
            case CT_HARDSWISH: return at::hardswish(input);
            case CT_SOFTSIGN: return input / (1 + input.abs());
            case CT_IS_FINITE: return at::isfinite(input);
            case CT_LOGICAL_NOT: return input.logical_not();
            case CT_TAN: return input.tan();
            case CT_ASIN: return input.asin();
            case CT_ACOS: return input.acos();
            case CT_ATAN: return input.atan();
            case CT_SINH: return input.sinh();
            case CT_COSH: return input.cosh();
            case CT_ASINH: return input.asinh();
            case CT_ACOSH: return input.acosh();
            case CT_ATANH: return input.atanh();
            case CT_IS_NAN: return at::isnan(input);
            case CT_IS_INFINITE: return at::isinf(input);
            default: TORCH_CHECK(false, "unknown unary operation code ", operation);
        }
    });
}

int ct_unary_with_scalars(
    int32_t operation, double first, double second, ct_tensor tensor, ct_tensor *result, ct_message *error) {
    return yielding(result, error, [&]() -> at::Tensor {
        const auto &input = get(tensor);
        switch (operation) {
            case CT_LEAKY_RELU: return at::leaky_relu(input, first);
            case CT_ELU: return at::elu(input, first);
            case CT_CELU: return at::celu(input, first);
            case CT_SELU: return at::elu(input, first, second);
            case CT_SOFTPLUS: return at::softplus(input, first);
            case CT_HARD_SIGMOID: return (input * first + second).clamp(0, 1);
            case CT_CLAMP: return input.clamp(first, second);
            case CT_ADD_SCALAR: return input + first;
            case CT_MULTIPLY_SCALAR: return input * first;
            case CT_POWER_SCALAR: return input.pow(first);
            case CT_THRESHOLDED_RELU: return at::threshold(input, first, 0);
            default: TORCH_CHECK(false, "unknown unary operation code ", operation);
        }
    });
}

// The processor traps when it divides the smallest integer by -1: that divisor is kept away from it.
static at::Tensor divide_integers(int32_t operation, const at::Tensor &left, const at::Tensor &right) {
    auto negates = right.eq(-1);
    auto divisor = at::where(negates, at::ones_like(right), right);
    switch (operation) {
        case CT_REMAINDER: return at::fmod(left, divisor);
        case CT_FLOOR_MODULO: return at::remainder(left, divisor);
        default: {
            auto quotient = at::div(left, divisor, "trunc");
            return at::where(negates, quotient.neg(), quotient);
        }
    }
}

int ct_binary(int32_t operation, ct_tensor left_tensor, ct_tensor right_tensor, ct_tensor *result, ct_message *error) {
    return yielding(result, error, [&]() -> at::Tensor {
        const auto &left = get(left_tensor);
        const auto &right = get(right_tensor);
        bool divides = operation == CT_REMAINDER || operation == CT_FLOOR_MODULO || operation == CT_TRUNCATED_DIVIDE;
        if (divides && at::isIntegralType(at::result_type(left, right), false)
            && at::isIntegralType(right.scalar_type(), false)) {
            return divide_integers(operation, left, right);
        }
        switch (operation) {
            case CT_ADD: return left + right;
            case CT_SUBTRACT: return left - right;
            case CT_MULTIPLY: return left * right;
            case CT_DIVIDE: return left / right;
            case CT_POWER: return left.pow(right);
            case CT_MAXIMUM: return at::maximum(left, right);
            case CT_MINIMUM: return at::minimum(left, right);
            case CT_EQUAL: return left.eq(right);
            case CT_LESS: return left.lt(right);
            case CT_LESS_EQUAL: return left.le(right);
            case CT_GREATER: return left.gt(right);
            case CT_GREATER_EQUAL: return left.ge(right);
            case CT_AND: return at::logical_and(left, right);
            case CT_OR: return at::logical_or(left, right);
            case CT_XOR: return at::logical_xor(left, right);
            case CT_REMAINDER: return at::fmod(left, right);
            case CT_FLOOR_MODULO: return at::remainder(left, right);
            case CT_TRUNCATED_DIVIDE: return at::div(left, right, "trunc");
            default: TORCH_CHECK(false, "unknown binary operation code ", operation);
        }
    });
}

int ct_select(
    ct_tensor condition, ct_tensor when_true, ct_tensor when_false, ct_tensor *result, ct_message *error) {
    return yielding(
        result, error, [&] { return at::where(get(condition).to(at::kBool), get(when_true), get(when_false)); });
}

int ct_reduce(
    int32_t operation, ct_tensor tensor, const int64_t *axes, int32_t axis_count, bool keep, ct_tensor *result,
    ct_message *error) {
    return yielding(result, error, [&]() -> at::Tensor {
        const auto &input = get(tensor);
        // Not every reduction takes an empty list for all axes, as most do.
        std::vector<int64_t> along(axes, axes + axis_count);
        for (int64_t axis = 0; axis_count == 0 && axis < input.dim(); ++axis) along.push_back(axis);
        switch (operation) {
            case CT_SUM: return input.sum(along, keep);
            case CT_MEAN: return input.mean(along, keep);
            case CT_MAX: return input.amax(along, keep);
            case CT_MIN: return input.amin(along, keep);
            case CT_L1_NORM: return input.abs().sum(along, keep);
            case CT_L2_NORM: return input.square().sum(along, keep).sqrt();
            case CT_ANY: return input.to(at::kBool).to(at::kByte).amax(along, keep).to(at::kBool);
            case CT_ALL: return input.to(at::kBool).to(at::kByte).amin(along, keep).to(at::kBool);
            case CT_LOG_SUM_EXP: return input.logsumexp(along, keep);
            case CT_PRODUCT: {
                // libtorch multiplies along one axis at a time; from the last one on, positions stay as they are.
                for (auto &axis : along) axis = axis < 0 ? axis + input.dim() : axis;
                std::sort(along.rbegin(), along.rend());
                auto product = input;
                for (auto axis : along) product = product.prod(axis, keep);
                return product;
            }
            default: TORCH_CHECK(false, "unknown reduction code ", operation);
        }
    });
}

int ct_arg_max(ct_tensor input, int64_t axis, bool keep, ct_tensor *result, ct_message *error) {
    return yielding(result, error, [&] { return get(input).argmax(axis, keep); });
}

int ct_softmax(ct_tensor input, int64_t axis, bool logarithm, ct_tensor *result, ct_message *error) {
    return yielding(result, error, [&] {
        return logarithm ? at::log_softmax(get(input), axis) : at::softmax(get(input), axis);
    });
}
