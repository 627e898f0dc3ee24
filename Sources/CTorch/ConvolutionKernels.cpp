// Convolutions of floats whose channels are last, compiled for several sets of instructions.

#include "ConvolutionKernels.h"

#include <algorithm>
#include <cstring>

#include "Vectors.h"

namespace ct {
namespace {

// The output channels of one step are a vector or two, the rows as many as leave registers for their sums.
template <int Lanes, int Rows> struct Kernel {
    static constexpr int lanes = Lanes;
    static constexpr int rows = Rows;
    typedef float Vector __attribute__((vector_size(Lanes * sizeof(float))));
    // The same where it may lie at any address.
    typedef float Loose __attribute__((vector_size(Lanes * sizeof(float)), aligned(alignof(float)), may_alias));

    // A sum with a vector of zeros is no way to do it: it would be computed, as it turns -0 into 0.
    static CT_INLINE void fill(Vector &result, float number) {
#pragma clang loop unroll(full)
        for (int lane = 0; lane < Lanes; ++lane) result[lane] = number;
    }

    static CT_INLINE void store(const Vector &values, float *target, int64_t count) {
        if (count >= Lanes) {
            *reinterpret_cast<Loose *>(target) = values;
        } else {
            float part[Lanes];
            std::memcpy(part, &values, sizeof part);
            for (int64_t lane = 0; lane < count; ++lane) target[lane] = part[lane];
        }
    }

    // output[m, o] = bias[o] + sum over d of rows[m, d] packed[d, o], for `channels` of the o.
    template <int Count, int Vectors>
    static CT_INLINE void multiply(
        const float *rows, int64_t stride, const float *packed, int64_t depth, const float *bias, float *output,
        int64_t outputs, int64_t channels) {
        Vector sums[Count][Vectors];
        for (int v = 0; v < Vectors; ++v) {
            const Vector start = *reinterpret_cast<const Loose *>(bias + v * Lanes);
            for (int m = 0; m < Count; ++m) sums[m][v] = start;
        }
        for (int64_t d = 0; d < depth; ++d, packed += Vectors * Lanes) {
            Vector weights[Vectors];
            for (int v = 0; v < Vectors; ++v) weights[v] = *reinterpret_cast<const Loose *>(packed + v * Lanes);
#pragma clang loop unroll(full)
            for (int m = 0; m < Count; ++m) {
                Vector value;
                fill(value, rows[m * stride + d]);
#pragma clang loop unroll(full)
                for (int v = 0; v < Vectors; ++v) sums[m][v] += value * weights[v];
            }
        }
        for (int m = 0; m < Count; ++m) {
            for (int v = 0; v < Vectors; ++v) {
                store(sums[m][v], output + m * outputs + v * Lanes, channels - v * Lanes);
            }
        }
    }

    // The same for a number of rows that is known only now.
    template <int Vectors, int Count = Rows>
    static CT_INLINE void multiply_some(
        int64_t count, const float *rows, int64_t stride, const float *packed, int64_t depth, const float *bias,
        float *output, int64_t outputs, int64_t channels) {
        if (count == Count) {
            multiply<Count, Vectors>(rows, stride, packed, depth, bias, output, outputs, channels);
        } else if constexpr (Count > 1) {
            multiply_some<Vectors, Count - 1>(count, rows, stride, packed, depth, bias, output, outputs, channels);
        }
    }

    // Multiplies rows with the whole packed weight.
    static CT_INLINE void multiply_all(
        int64_t count, const float *rows, int64_t stride, const float *packed, int64_t depth, const float *bias,
        float *output, int64_t output_stride, int64_t outputs) {
        for (int64_t o = 0; o < outputs;) {
            const bool is_double = outputs - o > Lanes;
            for (int64_t row = 0; row < count; row += Rows) {
                const auto some = std::min<int64_t>(Rows, count - row);
                const auto *from = rows + row * stride;
                auto *to = output + row * output_stride + o;
                if (is_double) {
                    multiply_some<2>(some, from, stride, packed, depth, bias + o, to, output_stride, outputs - o);
                } else {
                    multiply_some<1>(some, from, stride, packed, depth, bias + o, to, output_stride, outputs - o);
                }
            }
            const int64_t width = is_double ? 2 * Lanes : Lanes;
            packed += width * depth;
            o += width;
        }
    }

    // output[p, c] = bias[c] + sum over taps t of weight[t, c] input[p step + offset of t, c] for Count positions.
    template <int Count>
    static CT_INLINE void filter(
        const float *input, int64_t step, const int64_t *offsets, const float *const *weights, int64_t taps,
        const float *bias, float *output, int64_t output_step, int64_t channels) {
        int64_t c = 0;
        // The last vector overlaps the one before.
        for (; channels >= Lanes && c < channels; c += Lanes) {
            c = std::min<int64_t>(c, channels - Lanes);
            Vector sums[Count];
            for (int p = 0; p < Count; ++p) sums[p] = *reinterpret_cast<const Loose *>(bias + c);
            for (int64_t t = 0; t < taps; ++t) {
                const Vector weight = *reinterpret_cast<const Loose *>(weights[t] + c);
                const float *from = input + offsets[t] + c;
#pragma clang loop unroll(full)
                for (int p = 0; p < Count; ++p) {
                    sums[p] += *reinterpret_cast<const Loose *>(from + p * step) * weight;
                }
            }
            for (int p = 0; p < Count; ++p) {
                *reinterpret_cast<Loose *>(output + p * output_step + c) = sums[p];
            }
        }
        for (; c < channels; ++c) {
            for (int p = 0; p < Count; ++p) {
                float sum = bias[c];
                for (int64_t t = 0; t < taps; ++t) sum += input[p * step + offsets[t] + c] * weights[t][c];
                output[p * output_step + c] = sum;
            }
        }
    }

    static CT_INLINE void filter_some(
        int64_t count, const float *input, int64_t step, const int64_t *offsets, const float *const *weights,
        int64_t taps, const float *bias, float *output, int64_t output_step, int64_t channels) {
        constexpr int many = Rows > 8 ? 8 : 4;
        for (; count >= many; count -= many, input += many * step, output += many * output_step) {
            filter<many>(input, step, offsets, weights, taps, bias, output, output_step, channels);
        }
        for (; count > 0; --count, input += step, output += output_step) {
            filter<1>(input, step, offsets, weights, taps, bias, output, output_step, channels);
        }
    }

    // sums[m, o] += sum over p of left[place of p + m] right[place of p + o], for Count m and the o from `skipped` on.
    template <int Count, int Vectors>
    static CT_INLINE void correlate(
        int64_t places, const float *left, const int64_t *left_places, const float *right,
        const int64_t *right_places, float *sums, int64_t stride, int64_t skipped) {
        Vector total[Count][Vectors] = {};
        for (int64_t p = 0; p < places; ++p) {
            const float *values = left + left_places[p], *others = right + right_places[p];
            Vector other[Vectors];
            for (int v = 0; v < Vectors; ++v) other[v] = *reinterpret_cast<const Loose *>(others + v * Lanes);
#pragma clang loop unroll(full)
            for (int m = 0; m < Count; ++m) {
                Vector value;
                fill(value, values[m]);
#pragma clang loop unroll(full)
                for (int v = 0; v < Vectors; ++v) total[m][v] += value * other[v];
            }
        }
        for (int m = 0; m < Count; ++m) {
            for (int v = 0; v < Vectors; ++v) add(total[m][v], sums + m * stride + v * Lanes, skipped);
        }
    }

    // Adds the lanes from `skipped` on.
    static CT_INLINE void add(const Vector &values, float *target, int64_t skipped) {
        if (skipped == 0) {
            *reinterpret_cast<Loose *>(target) += values;
        } else {
            float part[Lanes];
            std::memcpy(part, &values, sizeof part);
            for (int64_t lane = skipped; lane < Lanes; ++lane) target[lane] += part[lane];
        }
    }

    template <int Vectors, int Count = Rows>
    static CT_INLINE void correlate_some(
        int64_t count, int64_t places, const float *left, const int64_t *left_places, const float *right,
        const int64_t *right_places, float *sums, int64_t stride, int64_t skipped) {
        if (count == Count) {
            correlate<Count, Vectors>(places, left, left_places, right, right_places, sums, stride, skipped);
        } else if constexpr (Count > 1) {
            correlate_some<Vectors, Count - 1>(
                count, places, left, left_places, right, right_places, sums, stride, skipped);
        }
    }

    static CT_INLINE void correlate_all(
        int64_t count, int64_t places, const float *left, const int64_t *left_places, const float *right,
        const int64_t *right_places, float *sums, int64_t outputs) {
        for (int64_t row = 0; row < count; row += Rows) {
            const auto some = std::min<int64_t>(Rows, count - row);
            const auto *from = left + row;
            auto *to = sums + row * outputs;
            int64_t o = 0;
            for (; outputs - o >= 2 * Lanes; o += 2 * Lanes) {
                correlate_some<2>(some, places, from, left_places, right + o, right_places, to + o, outputs, 0);
            }
            // The last vector overlaps the one before.
            for (; o < outputs; o += Lanes) {
                const auto start = std::min<int64_t>(o, outputs - Lanes);
                correlate_some<1>(
                    some, places, from, left_places, right + start, right_places, to + start, outputs, o - start);
            }
        }
    }

    // sums[t, c] += sum over p of input[p step + offset of t, c] gradients[p, c] for Count taps t.
    template <int Count>
    static CT_INLINE void correlate_channels(
        int64_t places, const float *input, int64_t step, const int64_t *offsets, const float *gradients,
        float *sums, int64_t channels) {
        int64_t done = 0;
        for (; channels >= Lanes && done < channels; done += Lanes) {
            const auto c = std::min<int64_t>(done, channels - Lanes);
            Vector total[Count] = {};
            for (int64_t p = 0; p < places; ++p) {
                const Vector gradient = *reinterpret_cast<const Loose *>(gradients + p * channels + c);
                const float *from = input + p * step + c;
#pragma clang loop unroll(full)
                for (int t = 0; t < Count; ++t) {
                    total[t] += *reinterpret_cast<const Loose *>(from + offsets[t]) * gradient;
                }
            }
            for (int t = 0; t < Count; ++t) add(total[t], sums + t * channels + c, done - c);
        }
        for (int64_t c = done; c < channels; ++c) {
            float total[Count] = {};
            for (int64_t p = 0; p < places; ++p) {
                for (int t = 0; t < Count; ++t) {
                    total[t] += input[p * step + offsets[t] + c] * gradients[p * channels + c];
                }
            }
            for (int t = 0; t < Count; ++t) sums[t * channels + c] += total[t];
        }
    }

    static CT_INLINE void correlate_channels_some(
        int64_t taps, int64_t places, const float *input, int64_t step, const int64_t *offsets,
        const float *gradients, float *sums, int64_t channels) {
        for (int64_t tap = 0; tap < taps;) {
            const auto left = taps - tap;
            const auto *from = offsets + tap;
            auto *to = sums + tap * channels;
            if (left >= 5) {
                correlate_channels<5>(places, input, step, from, gradients, to, channels);
                tap += 5;
            } else if (left >= 3) {
                correlate_channels<3>(places, input, step, from, gradients, to, channels);
                tap += 3;
            } else {
                correlate_channels<1>(places, input, step, from, gradients, to, channels);
                tap += 1;
            }
        }
    }
};

#define CT_KERNELS(name, target, Type)                                                                             \
    target void multiply_##name(                                                                                   \
        int64_t count, const float *rows, int64_t stride, const float *packed, int64_t depth, const float *bias,   \
        float *output, int64_t output_stride, int64_t outputs) {                                                   \
        Type::multiply_all(count, rows, stride, packed, depth, bias, output, output_stride, outputs);              \
    }                                                                                                              \
    target void filter_##name(                                                                                     \
        int64_t count, const float *input, int64_t step, const int64_t *offsets, const float *const *weights,      \
        int64_t taps, const float *bias, float *output, int64_t output_step, int64_t channels) {                   \
        Type::filter_some(count, input, step, offsets, weights, taps, bias, output, output_step, channels);        \
    }                                                                                                              \
    target void correlate_##name(                                                                                  \
        int64_t count, int64_t places, const float *left, const int64_t *left_places, const float *right,          \
        const int64_t *right_places, float *sums, int64_t outputs) {                                               \
        Type::correlate_all(count, places, left, left_places, right, right_places, sums, outputs);                 \
    }                                                                                                              \
    target void correlate_channels_##name(                                                                         \
        int64_t taps, int64_t places, const float *input, int64_t step, const int64_t *offsets,                    \
        const float *gradients, float *sums, int64_t channels) {                                                   \
        Type::correlate_channels_some(taps, places, input, step, offsets, gradients, sums, channels);              \
    }                                                                                                              \
    constexpr Kernels name##_kernels{                                                                              \
        Type::lanes, Type::rows, multiply_##name, filter_##name, correlate_##name, correlate_channels_##name};

using Narrow = Kernel<4, 6>;
CT_KERNELS(narrow, , Narrow)

#if defined(__x86_64__)
using Wide = Kernel<8, 6>;
CT_KERNELS(wide, CT_WIDE, Wide)
using Widest = Kernel<16, 12>;
CT_KERNELS(widest, CT_WIDEST, Widest)
#endif

}  // namespace

const Kernels &kernels() {
#if defined(__x86_64__)
    switch (vector_width()) {
        case VectorWidth::widest: return widest_kernels;
        case VectorWidth::wide: return wide_kernels;
        case VectorWidth::narrow: break;
    }
#endif
    return narrow_kernels;
}

TapRange::TapRange(int64_t start, int64_t dilation, int64_t taps, int64_t length) {
    first = std::min(start >= 0 ? 0 : (-start + dilation - 1) / dilation, taps);
    last = std::max(first, std::min(taps, length > start ? (length - start - 1) / dilation + 1 : 0));
}

Interior::Interior(const ConvolutionShape &s) {
    begin = std::min((s.left + s.stride_x - 1) / s.stride_x, s.output_width);
    const int64_t room = s.width - 1 - (s.kernel_width - 1) * s.dilation_x + s.left;
    end = std::max(begin, std::min(room < 0 ? 0 : room / s.stride_x + 1, s.output_width));
}

namespace {

int64_t rounded_up(int64_t value, int64_t step) { return (value + step - 1) / step * step; }

// Copies what each of some rows of the output is computed from: [rows, taps, in], zeros outside the input.
void gather(const ConvolutionShape &s, const float *input, int64_t first, int64_t last, float *patches) {
    const int64_t line = s.kernel_width * s.inputs;
    for (int64_t row = first; row < last; ++row) {
        const int64_t x = row % s.output_width * s.stride_x - s.left;
        const int64_t y = row / s.output_width % s.output_height * s.stride_y - s.top;
        const float *image = input + row / (s.output_width * s.output_height) * s.height * s.width * s.inputs;
        const TapRange across(x, s.dilation_x, s.kernel_width, s.width);
        for (int64_t i = 0; i < s.kernel_height; ++i, patches += line) {
            const int64_t from = y + i * s.dilation_y;
            if (from < 0 || from >= s.height) {
                std::fill_n(patches, line, 0.0f);
                continue;
            }
            std::fill_n(patches, across.first * s.inputs, 0.0f);
            const float *source = image + (from * s.width + x) * s.inputs;
            if (s.dilation_x == 1) {
                std::copy(source + across.first * s.inputs, source + across.last * s.inputs,
                    patches + across.first * s.inputs);
            } else {
                for (int64_t j = across.first; j < across.last; ++j) {
                    std::copy_n(source + j * s.dilation_x * s.inputs, s.inputs, patches + j * s.inputs);
                }
            }
            std::fill_n(patches + across.last * s.inputs, line - across.last * s.inputs, 0.0f);
        }
    }
}

}  // namespace

int64_t packed_size(int64_t columns, int64_t depth) { return rounded_up(columns, kernels().lanes) * depth; }

void pack(
    const float *weight, int64_t columns, int64_t column_step, int64_t inner, int64_t inner_step,
    const std::vector<int64_t> &taps, float *packed) {
    const int64_t lanes = kernels().lanes, depth = inner * static_cast<int64_t>(taps.size());
    for (int64_t o = 0; o < columns;) {
        const int64_t width = columns - o > lanes ? 2 * lanes : lanes;
        for (int64_t lane = 0; lane < width; ++lane) {
            if (o + lane >= columns) {
                for (int64_t d = 0; d < depth; ++d) packed[d * width + lane] = 0;
                continue;
            }
            for (size_t t = 0; t < taps.size(); ++t) {
                const float *source = weight + (o + lane) * column_step + taps[t];
                float *target = packed + static_cast<int64_t>(t) * inner * width + lane;
                for (int64_t c = 0; c < inner; ++c) target[c * width] = source[c * inner_step];
            }
        }
        packed += width * depth;
        o += width;
    }
}

int64_t rows_at_a_time(int64_t rows, int64_t length, int64_t threads) {
    const int64_t cached = 16384 / std::max<int64_t>(length, 1);
    const int64_t most = rounded_up(std::min<int64_t>(std::max<int64_t>(cached, 48), 480), kernels().rows);
    // Every thread gets as many parts, but not less than one step of the kernel.
    const int64_t parts = rounded_up((rows + most - 1) / most, threads);
    return std::max((rows + parts - 1) / parts, kernels().rows);
}

void convolve(
    const ConvolutionShape &shape, const float *input, const float *packed, const float *bias, float *output,
    int64_t first, int64_t last, std::vector<float> &patches) {
    const float *rows = input + first * shape.inputs;
    if (!shape.is_matrix_product()) {
        const auto size = static_cast<size_t>((last - first) * shape.depth());
        if (patches.size() < size) patches.resize(size);
        gather(shape, input, first, last, patches.data());
        rows = patches.data();
    }
    kernels().multiply_all(
        last - first, rows, shape.depth(), packed, shape.depth(), bias, output + first * shape.outputs, shape.outputs,
        shape.outputs);
}

void convolve_channels(
    const ConvolutionShape &s, const float *input, const float *weight, const float *bias, float *output,
    int64_t first, int64_t last) {
    const int64_t channels = s.inputs, step = s.stride_x * channels;
    std::vector<int64_t> offsets(static_cast<size_t>(s.taps()));
    std::vector<const float *> weights(static_cast<size_t>(s.taps()));
    const Interior interior(s);
    for (int64_t line = first; line < last; ++line) {
        const int64_t y = line % s.output_height * s.stride_y - s.top;
        const float *image = input + line / s.output_height * s.height * s.width * channels;
        const TapRange down(y, s.dilation_y, s.kernel_height, s.height);
        for (int64_t x = 0; x < s.output_width;) {
            const int64_t start = x * s.stride_x - s.left;
            const TapRange across(start, s.dilation_x, s.kernel_width, s.width);
            int64_t taps = 0;
            for (int64_t i = down.first; i < down.last; ++i) {
                for (int64_t j = across.first; j < across.last; ++j, ++taps) {
                    offsets[taps] = ((y + i * s.dilation_y) * s.width + start + j * s.dilation_x) * channels;
                    weights[taps] = weight + (i * s.kernel_width + j) * channels;
                }
            }
            const int64_t count = x == interior.begin ? std::max<int64_t>(interior.end - x, 1) : 1;
            kernels().filter_some(
                count, image, step, offsets.data(), weights.data(), taps, bias,
                output + (line * s.output_width + x) * channels, channels, channels);
            x += count;
        }
    }
}

}  // namespace ct
