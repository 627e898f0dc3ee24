#pragma once

#include <cstddef>

#include "ConvolutionKernels.h"

namespace ct {

// The gradient of a convolution's input from that of its output, both with the channels last.
//
// Positions of the input with the same remainders by the strides are read by the same taps of the kernel: for each pair
// of remainders this is a convolution of the output's gradient, with steps of one.
class InputGradient {
public:
    // Packs a weight [out, in, kernel height, kernel width], or [channels, 1, kernel height, kernel width] where each
    // channel is computed from itself.
    InputGradient(const ConvolutionShape &shape, const float *weight, bool is_by_channel, int64_t threads);

    // The number of parts that can be computed at the same time.
    int64_t part_count() const { return static_cast<int64_t>(parts.size()); }

    // Computes one part.
    void run(int64_t part, const float *gradients, float *result, std::vector<float> &scratch) const;

private:
    struct Tap {
        // Where the tap is in the kernel, and the position of the output's gradient relative to that of the phase.
        int64_t index, y, x;
    };

    // The positions y + q stride, x + r stride.
    struct Phase {
        int64_t y, x, height, width;
        // By rows of the kernel, positions of the output ascending.
        std::vector<std::vector<Tap>> rows;
        int64_t tap_count;
        // Whether taps of one row read neighbours.
        bool is_dense;
        // Where the phase's part of the packed weight starts.
        int64_t start;
    };

    // Rows or lines first..<last of a phase.
    struct Part {
        std::size_t phase;
        int64_t first, last;
    };

    void gather(const Phase &phase, const Part &part, const float *gradients, float *patches) const;
    void multiply(const Part &part, const float *gradients, float *result, std::vector<float> &scratch) const;
    void filter(const Part &part, const float *gradients, float *result) const;

    ConvolutionShape shape;
    bool is_by_channel;
    std::vector<Phase> phases;
    std::vector<Part> parts;
    std::vector<float> packed;
    // What `multiply_all` and `filter_some` start from.
    std::vector<float> zeros;
};

// The number of rows of the sums that `add_weight_gradient` fills: one for each weight of an output channel, [kernel
// height, kernel width, in], and one for the bias.
inline int64_t sum_rows(const ConvolutionShape &shape, bool is_by_channel) {
    return (is_by_channel ? shape.taps() : shape.depth()) + 1;
}

// Adds what rows first..<last of the output's gradient [n height width, out] contribute to the sums from..<to of
// [kernel height kernel width in + 1, out or whole vectors].
void add_weight_gradient(
    const ConvolutionShape &shape, const float *input, const float *gradients, int64_t first, int64_t last,
    int64_t from, int64_t to, float *sums, int64_t columns);

// The same for lines of the gradient of an output whose channels are computed from themselves, to the sums
// [kernel height kernel width + 1, channels].
void add_channel_weight_gradient(
    const ConvolutionShape &shape, const float *input, const float *gradients, int64_t first, int64_t last,
    float *sums);

}  // namespace ct
