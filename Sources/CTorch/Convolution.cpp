#include <algorithm>

#include "ChannelsLastConvolution.h"

using namespace ct;

namespace {

// Whether uses of a tensor are recorded.
bool is_recorded(const at::Tensor &tensor) { return tensor.defined() && tensor.requires_grad(); }

// Convolves with the channels last, runs a program on the result, if there is one, and keeps the packed weight for the
// next time. Undefined where libtorch has to do it.
at::Tensor convolve_last(
    ct_tensor input, ct_tensor weight, ct_tensor bias, const ConvolutionGeometry &geometry,
    const ct_element_program *program) {
    const auto &x = get(input), &w = get(weight);
    const auto b = bias ? get(bias) : at::Tensor();
    const auto rank = static_cast<int64_t>(geometry.stride.size());
    if ((rank != 1 && rank != 2) || x.dim() != rank + 2 || !is_float_in_memory(x) || !is_float_in_memory(w)) return {};
    if (bias && (!is_float_in_memory(b) || b.dim() != 1 || b.size(0) != w.size(0))) return {};
    if (x.numel() == 0 || w.numel() == 0) return {};
    const auto values = over_two_axes(x), kernel = over_two_axes(w);
    const auto convolution = ChannelsLastConvolution::make(values.sizes(), kernel.sizes(), geometry);
    if (!convolution) return {};

    std::vector<ct_element_step> steps;
    std::vector<at::Tensor> operands;
    std::optional<ElementProgram> prepared;
    auto sizes = convolution->output_sizes();
    if (rank == 1) sizes.erase(sizes.begin() + 2);
    if (program) {
        steps.assign(program->steps, program->steps + program->step_count);
        for (int32_t index = 0; index < program->operand_count; ++index) {
            operands.push_back(get(program->operands[index]));
        }
        prepared.emplace(steps, operands, sizes);
        if (!prepared->fits()) return {};
    }
    at::Tensor output;
    if (is_recorded(x) || is_recorded(w) || is_recorded(b)
        || std::any_of(operands.begin(), operands.end(), is_recorded)) {
        if (!convolution->is_differentiable()) return {};
        output = differentiable_convolution(*convolution, values, kernel, b, steps, operands, sizes);
    } else {
        const auto packed =
            weight->packed(convolution->is_by_channel, [&] { return convolution->packed(kernel); });
        output = convolution->run(values, packed, b, prepared ? &*prepared : nullptr);
    }
    return rank == 1 ? output.squeeze(2) : output;
}

}  // namespace

// Refuses numbers that some versions of libtorch divide by.
static void require_convolution(
    ct_tensor weight, at::IntArrayRef stride, at::IntArrayRef padding, at::IntArrayRef dilation, int64_t groups) {
    require_within(1, stride, "stride");
    require_within(0, padding, "padding");
    require_within(1, dilation, "dilation");
    require_within(1, groups, "groups");
    TORCH_CHECK(
        get(weight).dim() == static_cast<int64_t>(stride.size()) + 2, "a convolution over ", stride.size(),
        " axes, the weight has shape ", get(weight).sizes());
}

int ct_convolution(
    ct_tensor input, ct_tensor weight, ct_tensor bias, const int64_t *stride, const int64_t *padding,
    const int64_t *dilation, const int64_t *output_padding, int32_t spatial_rank, bool transposed, int64_t groups,
    ct_tensor *result, ct_message *error) {
    return yielding(result, error, [&] {
        auto s = list(stride, spatial_rank), p = list(padding, spatial_rank), d = list(dilation, spatial_rank);
        auto extra = list(output_padding, spatial_rank);
        require_convolution(weight, s, p, d, groups);
        require_within(0, extra, "output padding");
        auto output = transposed ? at::Tensor() : convolve_last(input, weight, bias, {s, p, d, groups}, nullptr);
        if (output.defined()) return output;
        return at::convolution(
            get(input), get(weight), get_optional(bias), s, p, d, transposed, extra, groups);
    });
}

int ct_convolution_program(
    ct_tensor input, ct_tensor weight, ct_tensor bias, const int64_t *stride, const int64_t *padding,
    const int64_t *dilation, int32_t spatial_rank, int64_t groups, const ct_element_program *program,
    ct_tensor *result, ct_message *error) {
    return guarded(error, [&] {
        auto s = list(stride, spatial_rank), p = list(padding, spatial_rank), d = list(dilation, spatial_rank);
        require_convolution(weight, s, p, d, groups);
        auto output = convolve_last(input, weight, bias, {s, p, d, groups}, program);
        *result = output.defined() ? own(output) : nullptr;
    });
}
