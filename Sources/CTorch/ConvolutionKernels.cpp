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
                const Vector value = Vector{} + rows[m * stride + d];
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
        float *output, int64_t outputs) {
        for (int64_t o = 0; o < outputs;) {
            const bool is_double = outputs - o > Lanes;
            for (int64_t row = 0; row < count; row += Rows) {
                const auto some = std::min<int64_t>(Rows, count - row);
                const auto *from = rows + row * stride;
                auto *to = output + row * outputs + o;
                if (is_double) {
                    multiply_some<2>(some, from, stride, packed, depth, bias + o, to, outputs, outputs - o);
                } else {
                    multiply_some<1>(some, from, stride, packed, depth, bias + o, to, outputs, outputs - o);
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
        const float *bias, float *output, int64_t channels) {
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
                *reinterpret_cast<Loose *>(output + p * channels + c) = sums[p];
            }
        }
        for (; c < channels; ++c) {
            for (int p = 0; p < Count; ++p) {
                float sum = bias[c];
                for (int64_t t = 0; t < taps; ++t) sum += input[p * step + offsets[t] + c] * weights[t][c];
                output[p * channels + c] = sum;
            }
        }
    }

    static CT_INLINE void filter_some(
        int64_t count, const float *input, int64_t step, const int64_t *offsets, const float *const *weights,
        int64_t taps, const float *bias, float *output, int64_t channels) {
        constexpr int many = Rows > 8 ? 8 : 4;
        for (; count >= many; count -= many, input += many * step, output += many * channels) {
            filter<many>(input, step, offsets, weights, taps, bias, output, channels);
        }
        for (; count > 0; --count, input += step, output += channels) {
            filter<1>(input, step, offsets, weights, taps, bias, output, channels);
        }
    }
};

using MultiplyAll = void (*)(
    int64_t, const float *, int64_t, const float *, int64_t, const float *, float *, int64_t);
using FilterSome = void (*)(
    int64_t, const float *, int64_t, const int64_t *, const float *const *, int64_t, const float *, float *, int64_t);

// The kernels for one set of instructions.
struct Kernels {
    int64_t lanes, rows;
    MultiplyAll multiply_all;
    FilterSome filter_some;
};

#define CT_KERNELS(name, target, Type)                                                                             \
    target void multiply_##name(                                                                                   \
        int64_t count, const float *rows, int64_t stride, const float *packed, int64_t depth, const float *bias,   \
        float *output, int64_t outputs) {                                                                          \
        Type::multiply_all(count, rows, stride, packed, depth, bias, output, outputs);                             \
    }                                                                                                              \
    target void filter_##name(                                                                                     \
        int64_t count, const float *input, int64_t step, const int64_t *offsets, const float *const *weights,      \
        int64_t taps, const float *bias, float *output, int64_t channels) {                                        \
        Type::filter_some(count, input, step, offsets, weights, taps, bias, output, channels);                     \
    }                                                                                                              \
    constexpr Kernels name##_kernels{Type::lanes, Type::rows, multiply_##name, filter_##name};

using Narrow = Kernel<4, 6>;
CT_KERNELS(narrow, , Narrow)

#if defined(__x86_64__)
using Wide = Kernel<8, 6>;
CT_KERNELS(wide, CT_WIDE, Wide)
using Widest = Kernel<16, 12>;
CT_KERNELS(widest, CT_WIDEST, Widest)
#endif

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

int64_t rounded_up(int64_t value, int64_t step) { return (value + step - 1) / step * step; }

// The taps first..<last along one axis that fall inside `length` from a start that may be negative.
struct TapRange {
    int64_t first, last;

    TapRange(int64_t start, int64_t dilation, int64_t taps, int64_t length) {
        first = std::min(start >= 0 ? 0 : (-start + dilation - 1) / dilation, taps);
        last = std::max(first, std::min(taps, length > start ? (length - start - 1) / dilation + 1 : 0));
    }
};

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

int64_t packed_size(const ConvolutionShape &shape) {
    return rounded_up(shape.outputs, kernels().lanes) * shape.depth();
}

void pack(const ConvolutionShape &shape, const float *weight, float *packed) {
    const int64_t lanes = kernels().lanes, taps = shape.taps(), depth = shape.depth();
    for (int64_t o = 0; o < shape.outputs;) {
        const int64_t width = shape.outputs - o > lanes ? 2 * lanes : lanes;
        for (int64_t lane = 0; lane < width; ++lane) {
            const bool is_channel = o + lane < shape.outputs;
            const float *source = weight + (o + lane) * depth;
            for (int64_t c = 0; c < shape.inputs; ++c) {
                for (int64_t t = 0; t < taps; ++t) {
                    packed[(t * shape.inputs + c) * width + lane] = is_channel ? source[c * taps + t] : 0;
                }
            }
        }
        packed += width * depth;
        o += width;
    }
}

int64_t rows_at_a_time(const ConvolutionShape &shape, int64_t threads) {
    const int64_t cached = 16384 / std::max(shape.depth(), shape.outputs);
    const int64_t most = rounded_up(std::min<int64_t>(std::max<int64_t>(cached, 48), 480), kernels().rows);
    // Every thread gets as many parts, but not less than one step of the kernel.
    const int64_t parts = rounded_up((shape.rows() + most - 1) / most, threads);
    return std::max((shape.rows() + parts - 1) / parts, kernels().rows);
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
        last - first, rows, shape.depth(), packed, shape.depth(), bias, output + first * shape.outputs, shape.outputs);
}

void convolve_channels(
    const ConvolutionShape &s, const float *input, const float *weight, const float *bias, float *output,
    int64_t first, int64_t last) {
    const int64_t channels = s.inputs, step = s.stride_x * channels;
    std::vector<int64_t> offsets(static_cast<size_t>(s.taps()));
    std::vector<const float *> weights(static_cast<size_t>(s.taps()));
    // Positions begin..<end have all taps of the kernel's width inside the input.
    const int64_t reach = (s.kernel_width - 1) * s.dilation_x;
    const int64_t begin = std::min((s.left + s.stride_x - 1) / s.stride_x, s.output_width);
    const int64_t room = s.width - 1 - reach + s.left;
    const int64_t end = std::max(begin, std::min(room < 0 ? 0 : room / s.stride_x + 1, s.output_width));
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
            const int64_t count = x == begin && begin < end ? end - begin : 1;
            kernels().filter_some(
                count, image, step, offsets.data(), weights.data(), taps, bias,
                output + (line * s.output_width + x) * channels, channels);
            x += count;
        }
    }
}

}  // namespace ct
