#include <ATen/TensorIterator.h>

#include <algorithm>
#include <optional>

#include "ConvolutionKernels.h"
#include "ElementProgram.h"
#include "Support.h"

using namespace ct;

namespace {

// Calls `body(begin, end)` for parts of 0..<count on libtorch's threads.
template <typename Body>
void in_parallel(int64_t count, const Body &body) {
    // The threads are inside libtorch, which hands them out to those who walk over a tensor.
    auto items = at::arange(count, at::kLong);
    auto walk = at::TensorIteratorConfig().add_input(items).build();
    walk.for_each(
        [&](char **data, const int64_t *, int64_t part) {
            const auto begin = *reinterpret_cast<const int64_t *>(data[0]);
            body(begin, begin + part);
        },
        1);
}

int64_t first_of_two(at::IntArrayRef list, int64_t missing) { return list.size() == 2 ? list[0] : missing; }

// Weights of more places, for each output, are left to libtorch.
constexpr int64_t most_taps = 1 << 18;
// The most elements by which a packed weight may be larger than twice the weight.
constexpr int64_t most_padding = 1 << 20;

// Convolves with the channels last, runs a program on the result, if there is one, and keeps the packed weight for the
// next time. Undefined where libtorch has to do it.
at::Tensor convolve_last(
    ct_tensor input, ct_tensor weight, ct_tensor bias, at::IntArrayRef stride, at::IntArrayRef padding,
    at::IntArrayRef dilation, int64_t groups, const ct_element_program *steps) {
    const auto &x = get(input), &w = get(weight);
    const auto rank = static_cast<int64_t>(stride.size());
    if ((rank != 1 && rank != 2) || x.dim() != rank + 2 || !is_plain(x) || !is_plain(w)) return {};
    if (bias && (!is_plain(get(bias)) || get(bias).dim() != 1 || get(bias).size(0) != w.size(0))) return {};
    const bool is_depthwise = groups > 1 && groups == x.size(1) && w.size(0) == groups && w.size(1) == 1;
    if (!is_depthwise && (groups != 1 || w.size(1) != x.size(1))) return {};
    if (x.numel() == 0 || w.numel() == 0) return {};

    const auto values = over_two_axes(x).contiguous(at::MemoryFormat::ChannelsLast);
    const auto kernel = over_two_axes(w);
    ConvolutionShape shape{};
    shape.samples = values.size(0);
    shape.inputs = values.size(1);
    shape.height = values.size(2);
    shape.width = values.size(3);
    shape.outputs = kernel.size(0);
    shape.kernel_height = kernel.size(2);
    shape.kernel_width = kernel.size(3);
    shape.stride_y = first_of_two(stride, 1);
    shape.stride_x = stride.back();
    shape.dilation_y = first_of_two(dilation, 1);
    shape.dilation_x = dilation.back();
    shape.top = first_of_two(padding, 0);
    shape.left = padding.back();
    const auto room_y = shape.height + 2 * shape.top - shape.dilation_y * (shape.kernel_height - 1) - 1;
    const auto room_x = shape.width + 2 * shape.left - shape.dilation_x * (shape.kernel_width - 1) - 1;
    if (room_y < 0 || room_x < 0) return {};
    shape.output_height = room_y / shape.stride_y + 1;
    shape.output_width = room_x / shape.stride_x + 1;

    // Few outputs are filled up to a whole vector, and positions are gathered with all they read: no file may make
    // either large.
    if (is_depthwise ? shape.taps() > most_taps
                     : shape.depth() > most_taps || packed_size(shape) > 2 * w.numel() + most_padding) {
        return {};
    }
    const auto packed = weight->packed(is_depthwise, [&] {
        const auto source = kernel.contiguous();
        if (is_depthwise) return source.reshape({shape.outputs, shape.taps()}).t().contiguous();
        auto result = at::empty({packed_size(shape)}, source.options());
        pack(shape, source.data_ptr<float>(), result.data_ptr<float>());
        return result;
    });
    // Kernels read whole vectors of it.
    auto shift = at::zeros({shape.outputs + 32}, values.options());
    if (bias) shift.narrow(0, 0, shape.outputs).copy_(get(bias));
    auto output = at::empty(
        {shape.samples, shape.outputs, shape.output_height, shape.output_width},
        values.options().memory_format(at::MemoryFormat::ChannelsLast));
    std::optional<ElementProgram> program;
    if (steps) program.emplace(*steps, rank == 1 ? output.squeeze(2) : output);
    if (program && !program->fits()) return {};
    const auto *from = values.data_ptr<float>(), *weights = packed.data_ptr<float>(), *added = shift.data_ptr<float>();
    auto *to = output.data_ptr<float>();
    // What is computed at a time, lines or single positions of the output, stays in the cache.
    const auto width = is_depthwise ? shape.output_width : 1;
    const auto rows = shape.rows() / width;
    const auto part = is_depthwise ? std::max<int64_t>(1, 8192 / (width * shape.outputs))
                                   : rows_at_a_time(shape, at::get_num_threads());
    in_parallel((rows + part - 1) / part, [&](int64_t begin, int64_t end) {
        std::vector<float> scratch;
        for (auto index = begin; index < end; ++index) {
            const auto first = index * part, last = std::min(first + part, rows);
            if (is_depthwise) {
                convolve_channels(shape, from, weights, added, to, first, last);
            } else {
                convolve(shape, from, weights, added, to, first, last, scratch);
            }
            if (program) {
                program->run(to + first * width * shape.outputs, first * width, (last - first) * width, scratch);
            }
        }
    });
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
        auto output = transposed ? at::Tensor() : convolve_last(input, weight, bias, s, p, d, groups, nullptr);
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
        auto output = convolve_last(input, weight, bias, s, p, d, groups, program);
        *result = output.defined() ? own(output) : nullptr;
    });
}
