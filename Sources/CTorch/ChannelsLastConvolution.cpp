#include "ChannelsLastConvolution.h"

#include <algorithm>

#include "ConvolutionGradientKernels.h"
#include "Parallel.h"

namespace ct {
namespace {

int64_t first_of_two(at::IntArrayRef list, int64_t missing) { return list.size() == 2 ? list[0] : missing; }

// Weights of more places, for each output, are left to libtorch.
constexpr int64_t most_taps = 1 << 18;
// The most elements by which a packed weight may be larger than twice the weight.
constexpr int64_t most_padding = 1 << 20;
// The most pairs of remainders by the strides for which gradients are computed.
constexpr int64_t most_phases = 64;

at::Tensor channels_last(at::IntArrayRef sizes, const at::Tensor &like) {
    return at::empty(sizes, like.options().memory_format(at::MemoryFormat::ChannelsLast));
}

}  // namespace

std::optional<ChannelsLastConvolution> ChannelsLastConvolution::make(
    at::IntArrayRef input, at::IntArrayRef weight, const ConvolutionGeometry &geometry) {
    ChannelsLastConvolution result;
    const auto groups = geometry.groups;
    result.is_by_channel = groups > 1 && groups == input[1] && weight[0] == groups && weight[1] == 1;
    if (!result.is_by_channel && (groups != 1 || weight[1] != input[1])) return {};
    auto &shape = result.shape;
    shape.samples = input[0];
    shape.inputs = input[1];
    shape.height = input[2];
    shape.width = input[3];
    shape.outputs = weight[0];
    shape.kernel_height = weight[2];
    shape.kernel_width = weight[3];
    shape.stride_y = first_of_two(geometry.stride, 1);
    shape.stride_x = geometry.stride.back();
    shape.dilation_y = first_of_two(geometry.dilation, 1);
    shape.dilation_x = geometry.dilation.back();
    shape.top = first_of_two(geometry.padding, 0);
    shape.left = geometry.padding.back();
    const auto room_y = shape.height + 2 * shape.top - shape.dilation_y * (shape.kernel_height - 1) - 1;
    const auto room_x = shape.width + 2 * shape.left - shape.dilation_x * (shape.kernel_width - 1) - 1;
    if (room_y < 0 || room_x < 0) return {};
    shape.output_height = room_y / shape.stride_y + 1;
    shape.output_width = room_x / shape.stride_x + 1;
    // Few outputs are filled up to a whole vector, and positions are gathered with all they read: no file may make
    // either large.
    const auto count = shape.outputs * weight[1] * shape.taps();
    if (result.is_by_channel
            ? shape.taps() > most_taps
            : shape.depth() > most_taps || packed_size(shape.outputs, shape.depth()) > 2 * count + most_padding) {
        return {};
    }
    return result;
}

bool ChannelsLastConvolution::is_differentiable() const {
    const auto phases = std::min(shape.stride_y, shape.height) * std::min(shape.stride_x, shape.width);
    if (phases > most_phases) return false;
    if (is_by_channel) return true;
    const auto depth = shape.outputs * shape.taps();
    return depth <= most_taps && packed_size(shape.inputs, depth) <= 2 * depth * shape.inputs + most_padding;
}

at::Tensor ChannelsLastConvolution::packed(const at::Tensor &weight) const {
    const auto source = weight.contiguous();
    if (is_by_channel) return source.reshape({shape.outputs, shape.taps()}).t().contiguous();
    auto result = at::empty({packed_size(shape.outputs, shape.depth())}, source.options());
    std::vector<int64_t> taps;
    for (int64_t tap = 0; tap < shape.taps(); ++tap) taps.push_back(tap);
    pack(
        source.data_ptr<float>(), shape.outputs, shape.depth(), shape.inputs, shape.taps(), taps,
        result.data_ptr<float>());
    return result;
}

at::Tensor ChannelsLastConvolution::run(
    const at::Tensor &input, const at::Tensor &packed, const at::Tensor &bias, const ElementProgram *program,
    at::Tensor *before) const {
    const auto values = input.contiguous(at::MemoryFormat::ChannelsLast);
    // Kernels read whole vectors of it.
    auto shift = at::zeros({shape.outputs + 32}, values.options());
    if (bias.defined()) shift.narrow(0, 0, shape.outputs).copy_(bias);
    auto output = channels_last(output_sizes(), values);
    float *kept = nullptr;
    if (before) {
        *before = channels_last(output_sizes(), values);
        kept = before->data_ptr<float>();
    }
    const auto *from = values.data_ptr<float>(), *weights = packed.data_ptr<float>(), *added = shift.data_ptr<float>();
    auto *to = output.data_ptr<float>();
    // What is computed at a time, lines or single positions of the output, stays in the cache.
    const auto width = is_by_channel ? shape.output_width : 1;
    const auto rows = shape.rows() / width, length = width * shape.outputs;
    const auto part = is_by_channel
        ? std::max<int64_t>(1, 8192 / length)
        : rows_at_a_time(rows, std::max(shape.depth(), shape.outputs), at::get_num_threads());
    in_parallel((rows + part - 1) / part, [&](int64_t begin, int64_t end) {
        std::vector<float> scratch;
        for (auto index = begin; index < end; ++index) {
            const auto first = index * part, last = std::min(first + part, rows);
            if (is_by_channel) {
                convolve_channels(shape, from, weights, added, to, first, last);
            } else {
                convolve(shape, from, weights, added, to, first, last, scratch);
            }
            if (kept) std::copy(to + first * length, to + last * length, kept + first * length);
            if (program) program->run(to + first * length, first * width, (last - first) * width, scratch);
        }
    });
    return output;
}

at::Tensor ChannelsLastConvolution::input_gradient(const at::Tensor &weight, const at::Tensor &gradient) const {
    const auto source = weight.contiguous();
    auto result = channels_last({shape.samples, shape.inputs, shape.height, shape.width}, gradient);
    const InputGradient parts(shape, source.data_ptr<float>(), is_by_channel, at::get_num_threads());
    const auto *from = gradient.data_ptr<float>();
    auto *to = result.data_ptr<float>();
    in_parallel(parts.part_count(), [&](int64_t begin, int64_t end) {
        std::vector<float> scratch;
        for (auto part = begin; part < end; ++part) parts.run(part, from, to, scratch);
    });
    return result;
}

std::pair<at::Tensor, at::Tensor> ChannelsLastConvolution::weight_gradients(
    const at::Tensor &input, const at::Tensor &gradient) const {
    const auto values = input.contiguous(at::MemoryFormat::ChannelsLast);
    const auto count = sum_rows(shape, is_by_channel);
    const auto columns = is_by_channel ? shape.inputs : std::max(shape.outputs, kernels().lanes);
    const int64_t threads = at::get_num_threads();
    // Each thread has its own part of the sums if each part is of some size; else each has all, of its own rows.
    const bool splits_sums = !is_by_channel && count >= 4 * threads * kernels().rows;
    const auto rows = is_by_channel ? shape.samples * shape.output_height : shape.rows();
    const auto parts = splits_sums ? threads : std::min(threads, rows);
    auto sums = at::zeros({splits_sums ? 1 : parts, count, columns}, gradient.options());
    const auto *from = values.data_ptr<float>(), *gradients = gradient.data_ptr<float>();
    auto *to = sums.data_ptr<float>();
    const auto start = [&](int64_t part, int64_t total) { return part * total / parts; };
    in_parallel(parts, [&](int64_t begin, int64_t end) {
        for (auto part = begin; part < end; ++part) {
            const auto first = start(part, rows), last = start(part + 1, rows);
            if (is_by_channel) {
                add_channel_weight_gradient(shape, from, gradients, first, last, to + part * count * columns);
            } else if (splits_sums) {
                add_weight_gradient(
                    shape, from, gradients, 0, rows, start(part, count), start(part + 1, count), to, columns);
            } else {
                add_weight_gradient(
                    shape, from, gradients, first, last, 0, count, to + part * count * columns, columns);
            }
        }
    });
    const auto total = (sums.size(0) == 1 ? sums.select(0, 0) : sums.sum(0)).narrow(1, 0, shape.outputs);
    const auto weights = total.narrow(0, 0, count - 1)
                             .reshape({shape.kernel_height, shape.kernel_width, -1, shape.outputs})
                             .permute({3, 2, 0, 1});
    return {weights, total.select(0, count - 1)};
}

}  // namespace ct
