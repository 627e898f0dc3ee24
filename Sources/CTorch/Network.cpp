#include <algorithm>

#include "ConvolutionKernels.h"
#include "Parallel.h"

using namespace ct;

namespace {

// BLAS arranges a weight anew for each product, which for fewer rows than these takes longer than the product.
constexpr int64_t few_rows = 32;
// Smaller weights are not worth keeping twice.
constexpr int64_t least_weights = 1 << 16;

// Multiplies few rows with a weight, [out, in] if it is transposed and else [in, out], and keeps the packed weight for the
// next time. Undefined where libtorch has to do it.
at::Tensor multiply_few(const at::Tensor &input, ct_tensor weight, bool is_transposed, const at::Tensor &bias) {
    const auto &w = get(weight);
    if (input.dim() < 1 || w.dim() != 2 || w.numel() < least_weights) return {};
    const auto depth = w.size(is_transposed ? 1 : 0), outputs = w.size(is_transposed ? 0 : 1);
    if (input.size(-1) != depth || input.numel() == 0 || input.numel() > few_rows * depth) return {};
    const auto is_possible = [](const at::Tensor &tensor) {
        return is_float_in_memory(tensor) && !tensor.requires_grad();
    };
    if (!is_possible(input) || !is_possible(w)) return {};
    if (bias.defined() && (!is_possible(bias) || bias.dim() != 1 || bias.size(0) != outputs)) return {};
    // Outputs go in whole vectors, which must not make a small weight large.
    if (packed_size(outputs, depth) > 2 * w.numel()) return {};
    const auto packed = weight->packed(is_transposed, [&] {
        auto result = at::empty({packed_size(outputs, depth)}, w.options());
        const auto columns = w.stride(is_transposed ? 0 : 1), inner = w.stride(is_transposed ? 1 : 0);
        pack(w.data_ptr<float>(), outputs, columns, depth, inner, {0}, result.data_ptr<float>());
        return result;
    });
    const auto values = input.contiguous();
    auto sizes = input.sizes().vec();
    sizes.back() = outputs;
    auto output = at::empty(sizes, values.options());
    // Kernels read whole vectors of it.
    auto shift = at::zeros({outputs + 32}, values.options());
    if (bias.defined()) shift.narrow(0, 0, outputs).copy_(bias);
    const auto *rows = values.data_ptr<float>(), *weights = packed.data_ptr<float>(), *added = shift.data_ptr<float>();
    auto *to = output.data_ptr<float>();
    // Each thread has its own outputs.
    const int64_t pair = 2 * kernels().lanes, threads = at::get_num_threads();
    const auto part = ((outputs + pair - 1) / pair + threads - 1) / threads * pair;
    in_parallel((outputs + part - 1) / part, [&](int64_t begin, int64_t end) {
        const auto first = begin * part, last = std::min(end * part, outputs);
        kernels().multiply_all(
            values.numel() / depth, rows, depth, weights + first * depth, depth, added + first, to + first, outputs,
            last - first);
    });
    return output;
}

}  // namespace

int ct_matrix_multiply(ct_tensor left, ct_tensor right, ct_tensor *result, ct_message *error) {
    return yielding(result, error, [&] {
        auto product = multiply_few(get(left), right, false, {});
        return product.defined() ? product : at::matmul(get(left), get(right));
    });
}

int ct_solve_positive_definite(ct_tensor matrix, ct_tensor right, ct_tensor *result, ct_message *error) {
    return yielding(
        result, error, [&] { return at::cholesky_solve(get(right), at::linalg_cholesky(get(matrix))); });
}

int ct_linear(ct_tensor input, ct_tensor weight, ct_tensor bias, ct_tensor *result, ct_message *error) {
    return yielding(result, error, [&] {
        auto product = multiply_few(get(input), weight, true, bias ? get(bias) : at::Tensor());
        return product.defined() ? product : at::linear(get(input), get(weight), get_optional(bias));
    });
}

int ct_max_pool(
    ct_tensor input, const int64_t *kernel, const int64_t *stride, const int64_t *padding,
    const int64_t *dilation, int32_t rank, bool ceiling, ct_tensor *result, ct_tensor *positions,
    ct_message *error) {
    return guarded(error, [&] {
        auto k = list(kernel, rank), s = list(stride, rank), p = list(padding, rank), d = list(dilation, rank);
        require_within(1, k, "kernel");
        require_within(1, s, "stride");
        require_within(0, p, "padding");
        require_within(1, d, "dilation");
        TORCH_CHECK(rank >= 1 && rank <= 3, "pooling over ", rank, " axes");
        const auto &values = get(input);
        if (positions == nullptr) {
            *result = own(
                rank == 1   ? at::max_pool1d(values, k, s, p, d, ceiling)
                : rank == 2 ? at::max_pool2d(values, k, s, p, d, ceiling)
                            : at::max_pool3d(values, k, s, p, d, ceiling));
            return;
        }
        auto [greatest, places] = rank == 1   ? at::max_pool1d_with_indices(values, k, s, p, d, ceiling)
                                  : rank == 2 ? at::max_pool2d_with_indices(values, k, s, p, d, ceiling)
                                              : at::max_pool3d_with_indices(values, k, s, p, d, ceiling);
        ct_tensor owned[2];
        own_all({greatest, places}, owned);
        *result = owned[0];
        *positions = owned[1];
    });
}

int ct_average_pool(
    ct_tensor input, const int64_t *kernel, const int64_t *stride, const int64_t *padding, int32_t rank,
    bool ceiling, bool count_padding, ct_tensor *result, ct_message *error) {
    return yielding(result, error, [&]() -> at::Tensor {
        auto k = list(kernel, rank), s = list(stride, rank), p = list(padding, rank);
        require_within(1, k, "kernel");
        require_within(1, s, "stride");
        require_within(0, p, "padding");
        switch (rank) {
            case 1: return at::avg_pool1d(get(input), k, s, p, ceiling, count_padding);
            case 2: return at::avg_pool2d(get(input), k, s, p, ceiling, count_padding);
            case 3: return at::avg_pool3d(get(input), k, s, p, ceiling, count_padding);
            default: TORCH_CHECK(false, "pooling over ", rank, " axes");
        }
    });
}

int ct_batch_normalisation(
    ct_tensor input, ct_tensor scale, ct_tensor shift, ct_tensor mean, ct_tensor variance, double epsilon,
    bool training, double momentum, ct_tensor *result, ct_tensor *new_mean, ct_tensor *new_variance,
    ct_message *error) {
    return guarded(error, [&] {
        if (training) {
            const auto &values = get(input);
            TORCH_CHECK(
                values.dim() >= 2 && values.numel() > values.size(1),
                "training a batch-norm needs more than one value per channel, got shape ", values.sizes());
        }
        // libtorch updates running statistics in place: it gets copies to keep the arguments immutable.
        auto running_mean = training ? get(mean).clone() : get(mean);
        auto running_variance = training ? get(variance).clone() : get(variance);
        auto output = at::batch_norm(
            get(input), get_optional(scale), get_optional(shift), running_mean, running_variance, training, momentum,
            epsilon, false);
        if (!training) {
            *result = own(output);
            return;
        }
        ct_tensor owned[3];
        own_all({output, running_mean, running_variance}, owned);
        *result = owned[0];
        *new_mean = owned[1];
        *new_variance = owned[2];
    });
}

int ct_layer_normalisation(
    ct_tensor tensor, int32_t axis_count, double epsilon, ct_tensor *result, ct_message *error) {
    return yielding(result, error, [&] {
        const auto &input = get(tensor);
        TORCH_CHECK(
            axis_count >= 1 && axis_count <= input.dim(), "cannot normalise ", axis_count, " axes of shape ",
            input.sizes());
        return at::layer_norm(input, input.sizes().slice(input.dim() - axis_count), {}, {}, epsilon, false);
    });
}

int ct_einsum(const char *equation, const ct_tensor *inputs, int32_t count, ct_tensor *result, ct_message *error) {
    return yielding(result, error, [&] {
        std::vector<at::Tensor> operands;
        for (int32_t index = 0; index < count; ++index) operands.push_back(get(inputs[index]));
        return at::einsum(equation, operands);
    });
}

int ct_grid_sample(
    ct_tensor input, ct_tensor grid, int32_t interpolation, int32_t padding, bool align_corners, ct_tensor *result,
    ct_message *error) {
    return yielding(result, error, [&] {
        TORCH_CHECK(interpolation >= 0 && interpolation <= 2, "unknown interpolation code ", interpolation);
        TORCH_CHECK(padding >= 0 && padding <= 2, "unknown padding code ", padding);
        return at::grid_sampler(get(input), get(grid), interpolation, padding, align_corners);
    });
}

int ct_cross_entropy(
    ct_tensor logits, ct_tensor targets, double label_smoothing, ct_tensor *result, ct_message *error) {
    return yielding(result, error, [&] {
        // libtorch leaves out rows of one class index, -100 by default: no class index is special here.
        const auto none = std::numeric_limits<int64_t>::min();
        TORCH_CHECK(!get(targets).is_floating_point(), "class indices must be integers");
        return at::cross_entropy_loss(
            get(logits), get(targets).to(at::kLong), {}, at::Reduction::Mean, none, label_smoothing);
    });
}
