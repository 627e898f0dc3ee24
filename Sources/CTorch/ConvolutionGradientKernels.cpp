// Gradients of convolutions of floats whose channels are last.

#include "ConvolutionGradientKernels.h"

#include <algorithm>

namespace ct {
InputGradient::InputGradient(
    const ConvolutionShape &shape, const float *weight, bool is_by_channel, int64_t threads)
    : shape(shape), is_by_channel(is_by_channel) {
    const auto &s = shape;
    zeros.resize(static_cast<size_t>(s.inputs + 2 * kernels().lanes));
    const auto inner = is_by_channel ? 1 : s.outputs;
    int64_t start = 0;
    for (int64_t y = 0; y < std::min(s.stride_y, s.height); ++y) {
        for (int64_t x = 0; x < std::min(s.stride_x, s.width); ++x) {
            const auto height = (s.height - y - 1) / s.stride_y + 1, width = (s.width - x - 1) / s.stride_x + 1;
            Phase phase{y, x, height, width, {}, 0, true, start};
            for (int64_t i = s.kernel_height - 1; i >= 0; --i) {
                const auto down = y + s.top - i * s.dilation_y;
                if (down % s.stride_y != 0) continue;
                std::vector<Tap> row;
                for (int64_t j = s.kernel_width - 1; j >= 0; --j) {
                    const auto across = x + s.left - j * s.dilation_x;
                    if (across % s.stride_x != 0) continue;
                    row.push_back({i * s.kernel_width + j, down / s.stride_y, across / s.stride_x});
                    phase.is_dense &= row.size() == 1 || row.back().x == row[row.size() - 2].x + 1;
                }
                if (row.empty()) continue;
                phase.tap_count += static_cast<int64_t>(row.size());
                phase.rows.push_back(std::move(row));
            }
            start += is_by_channel ? phase.tap_count * s.inputs : packed_size(s.inputs, phase.tap_count * inner);
            phases.push_back(std::move(phase));
        }
    }
    packed.resize(static_cast<size_t>(start));
    for (size_t index = 0; index < phases.size(); ++index) {
        const auto &phase = phases[index];
        std::vector<int64_t> taps;
        for (const auto &row : phase.rows) {
            for (const auto &tap : row) taps.push_back(tap.index);
        }
        auto *target = packed.data() + phase.start;
        if (is_by_channel) {
            for (auto tap : taps) {
                for (int64_t c = 0; c < s.inputs; ++c) *target++ = weight[c * s.taps() + tap];
            }
        } else {
            pack(weight, s.inputs, s.taps(), s.outputs, s.depth(), taps, target);
        }
        // Lines or single positions, as many as stay in the cache.
        const auto lines = s.samples * phase.height;
        const auto count = is_by_channel ? lines : lines * phase.width;
        const auto many = is_by_channel ? std::max<int64_t>(1, 8192 / (phase.width * s.inputs))
                                        : rows_at_a_time(count, std::max(phase.tap_count * inner, s.inputs), threads);
        for (int64_t first = 0; first < count; first += many) {
            parts.push_back({index, first, std::min(first + many, count)});
        }
    }
}

void InputGradient::run(int64_t part, const float *gradients, float *result, std::vector<float> &scratch) const {
    if (is_by_channel) {
        filter(parts[static_cast<size_t>(part)], gradients, result);
    } else {
        multiply(parts[static_cast<size_t>(part)], gradients, result, scratch);
    }
}

void InputGradient::gather(const Phase &phase, const Part &part, const float *gradients, float *patches) const {
    const auto channels = shape.outputs, width = shape.output_width, height = shape.output_height;
    for (int64_t row = part.first; row < part.last; ++row) {
        const auto r = row % phase.width, q = row / phase.width % phase.height;
        const auto *image = gradients + row / (phase.width * phase.height) * height * width * channels;
        for (const auto &taps : phase.rows) {
            const auto y = q + taps.front().y, count = static_cast<int64_t>(taps.size());
            if (y < 0 || y >= height) {
                patches = std::fill_n(patches, count * channels, 0.0f);
            } else if (phase.is_dense) {
                const auto x = r + taps.front().x;
                const auto before = std::min(std::max<int64_t>(-x, 0), count);
                const auto inside = std::max<int64_t>(std::min(count, width - x), before);
                const auto *line = image + (y * width + x) * channels;
                patches = std::fill_n(patches, before * channels, 0.0f);
                patches = std::copy(line + before * channels, line + inside * channels, patches);
                patches = std::fill_n(patches, (count - inside) * channels, 0.0f);
            } else {
                for (const auto &tap : taps) {
                    const auto x = r + tap.x;
                    patches = x < 0 || x >= width
                        ? std::fill_n(patches, channels, 0.0f)
                        : std::copy_n(image + (y * width + x) * channels, channels, patches);
                }
            }
        }
    }
}

void InputGradient::multiply(
    const Part &part, const float *gradients, float *result, std::vector<float> &scratch) const {
    const auto &phase = phases[part.phase];
    const auto count = part.last - part.first, depth = phase.tap_count * shape.outputs;
    const bool is_whole = shape.stride_y == 1 && shape.stride_x == 1;
    // Patches, and the results where they are not side by side.
    const auto size = static_cast<size_t>(count * (depth + (is_whole ? 0 : shape.inputs)));
    if (scratch.size() < size) scratch.resize(size);
    const auto *rows = gradients + part.first * shape.outputs;
    if (!shape.is_matrix_product()) {
        gather(phase, part, gradients, scratch.data());
        rows = scratch.data();
    }
    auto *target = is_whole ? result + part.first * shape.inputs : scratch.data() + count * depth;
    kernels().multiply_all(
        count, rows, depth, packed.data() + phase.start, depth, zeros.data(), target, shape.inputs, shape.inputs);
    if (is_whole) return;
    for (int64_t row = part.first; row < part.last; ++row, target += shape.inputs) {
        const auto x = phase.x + row % phase.width * shape.stride_x;
        const auto y = phase.y + row / phase.width % phase.height * shape.stride_y;
        const auto sample = row / (phase.width * phase.height);
        std::copy_n(
            target, shape.inputs, result + ((sample * shape.height + y) * shape.width + x) * shape.inputs);
    }
}

void InputGradient::filter(const Part &part, const float *gradients, float *result) const {
    const auto &phase = phases[part.phase];
    const auto channels = shape.inputs, width = shape.output_width;
    // Positions begin..<end have all taps of a row inside.
    int64_t begin = 0, end = phase.width;
    for (const auto &taps : phase.rows) {
        for (const auto &tap : taps) {
            begin = std::max(begin, -tap.x);
            end = std::min(end, width - tap.x);
        }
    }
    std::vector<int64_t> offsets;
    std::vector<const float *> weights;
    for (int64_t line = part.first; line < part.last; ++line) {
        const auto q = line % phase.height, sample = line / phase.height;
        const auto *image = gradients + sample * shape.output_height * width * channels;
        auto *to = result
            + ((sample * shape.height + phase.y + q * shape.stride_y) * shape.width + phase.x) * channels;
        for (int64_t r = 0; r < phase.width;) {
            offsets.clear();
            weights.clear();
            const auto *weight = packed.data() + phase.start;
            for (const auto &taps : phase.rows) {
                const auto y = q + taps.front().y;
                for (const auto &tap : taps) {
                    const auto x = r + tap.x;
                    if (y >= 0 && y < shape.output_height && x >= 0 && x < width) {
                        offsets.push_back((y * width + x) * channels);
                        weights.push_back(weight);
                    }
                    weight += channels;
                }
            }
            const int64_t count = r == begin && begin < end ? end - begin : 1;
            kernels().filter_some(
                count, image, channels, offsets.data(), weights.data(), static_cast<int64_t>(offsets.size()),
                zeros.data(), to + r * shape.stride_x * channels, shape.stride_x * channels, channels);
            r += count;
        }
    }
}

void add_weight_gradient(
    const ConvolutionShape &s, const float *input, const float *gradients, int64_t first, int64_t last,
    int64_t from, int64_t to, float *sums, int64_t columns) {
    const Interior interior(s);
    // Whether the taps of a row of the kernel read what lies side by side.
    const bool is_dense = s.dilation_x == 1;
    const int64_t many = std::min<int64_t>(std::max<int64_t>(131072 / (s.inputs + s.outputs), 32), 1024);
    std::vector<int64_t> left, right;
    std::vector<float> padded;
    const float one = 1;
    // Adds up to the rows begin..<end of the sums, of which those from..<to are wanted, what the listed places give.
    const auto correlate = [&](const float *values, int64_t begin, int64_t end, const float *others) {
        const auto low = std::max(begin, from), high = std::min(end, to);
        if (low >= high || left.empty()) return;
        kernels().correlate_all(
            high - low, static_cast<int64_t>(left.size()), values + low - begin, left.data(), others, right.data(),
            sums + low * columns, columns);
    };
    for (int64_t start = first; start < last; start += many) {
        const auto end = std::min(start + many, last);
        const float *others = gradients + start * s.outputs;
        if (columns != s.outputs) {
            padded.assign(static_cast<size_t>((end - start) * columns), 0);
            for (int64_t row = start; row < end; ++row) {
                std::copy_n(gradients + row * s.outputs, s.outputs, padded.data() + (row - start) * columns);
            }
            others = padded.data();
        }
        // Calls a body with the positions begin..<end of each line of the output among the rows, the place of its first
        // position among the rows, and the place of the line that row i of the kernel reads.
        const auto lines = [&](int64_t i, const auto &body) {
            for (int64_t row = start; row < end;) {
                const auto x = row % s.output_width, line = row / s.output_width;
                const auto past = std::min(s.output_width, x + end - row);
                const auto y = line % s.output_height * s.stride_y - s.top + i * s.dilation_y;
                if (y >= 0 && y < s.height) {
                    body(x, past, row - x - start, (line / s.output_height * s.height + y) * s.width);
                }
                row += past - x;
            }
        };
        for (int64_t i = 0; i < s.kernel_height; ++i) {
            const auto base = i * s.kernel_width * s.inputs;
            if (base >= to || base + s.kernel_width * s.inputs <= from) continue;
            const auto list = [&](int64_t j, int64_t x, int64_t row, int64_t line) {
                left.push_back((line + x * s.stride_x - s.left + j * s.dilation_x) * s.inputs);
                right.push_back((row + x) * columns);
            };
            if (is_dense) {
                left.clear();
                right.clear();
                lines(i, [&](int64_t begin, int64_t past, int64_t row, int64_t line) {
                    const auto stop = std::min(past, interior.end);
                    for (auto x = std::max(begin, interior.begin); x < stop; ++x) list(0, x, row, line);
                });
                correlate(input, base, base + s.kernel_width * s.inputs, others);
                if (interior.begin == 0 && interior.end == s.output_width) continue;
            }
            for (int64_t j = 0; j < s.kernel_width; ++j) {
                const auto place = base + j * s.inputs;
                if (place >= to || place + s.inputs <= from) continue;
                left.clear();
                right.clear();
                lines(i, [&](int64_t begin, int64_t past, int64_t row, int64_t line) {
                    for (auto x = begin; x < past; ++x) {
                        if (is_dense && x >= interior.begin && x < interior.end) {
                            x = interior.end - 1;
                            continue;
                        }
                        const auto source = x * s.stride_x - s.left + j * s.dilation_x;
                        if (source >= 0 && source < s.width) list(j, x, row, line);
                    }
                });
                correlate(input, place, place + s.inputs, others);
            }
        }
        if (to > s.depth()) {
            left.assign(static_cast<size_t>(end - start), 0);
            right.clear();
            for (int64_t row = 0; row < end - start; ++row) right.push_back(row * columns);
            correlate(&one, s.depth(), s.depth() + 1, others);
        }
    }
}

void add_channel_weight_gradient(
    const ConvolutionShape &s, const float *input, const float *gradients, int64_t first, int64_t last, float *sums) {
    const auto channels = s.inputs;
    const Interior interior(s);
    const std::vector<float> ones(static_cast<size_t>(channels), 1.0f);
    std::vector<int64_t> offsets;
    for (int64_t j = 0; j < s.kernel_width; ++j) offsets.push_back(j * s.dilation_x * channels);
    const auto correlate = kernels().correlate_channels;
    for (int64_t line = first; line < last; ++line) {
        const auto *from = gradients + line * s.output_width * channels;
        for (int64_t i = 0; i < s.kernel_height; ++i) {
            const auto y = line % s.output_height * s.stride_y - s.top + i * s.dilation_y;
            if (y < 0 || y >= s.height) continue;
            const auto *source = input + (line / s.output_height * s.height + y) * s.width * channels;
            auto *to = sums + i * s.kernel_width * channels;
            for (int64_t x = 0; x < s.output_width;) {
                const auto start = x * s.stride_x - s.left;
                if (x == interior.begin && interior.begin < interior.end) {
                    correlate(
                        s.kernel_width, interior.end - x, source + start * channels, s.stride_x * channels,
                        offsets.data(), from + x * channels, to, channels);
                    x = interior.end;
                    continue;
                }
                const TapRange taps(start, s.dilation_x, s.kernel_width, s.width);
                if (taps.first < taps.last) {
                    correlate(
                        taps.last - taps.first, 1, source + (start + taps.first * s.dilation_x) * channels, 0,
                        offsets.data(), from + x * channels, to + taps.first * channels, channels);
                }
                ++x;
            }
        }
        const int64_t none = 0;
        correlate(1, s.output_width, ones.data(), 0, &none, from, sums + s.taps() * channels, channels);
    }
}

}  // namespace ct
