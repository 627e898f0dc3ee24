#pragma once

#include <cstdint>
#include <vector>

namespace ct {

// The shapes of a convolution over two axes; elements of input [n, height, width, in] and output are floats whose
// channels lie side by side.
struct ConvolutionShape {
    int64_t samples, height, width, inputs, outputs;
    int64_t kernel_height, kernel_width, stride_y, stride_x, dilation_y, dilation_x, top, left;
    int64_t output_height, output_width;

    int64_t taps() const { return kernel_height * kernel_width; }
    // The number of weights of one output channel where every input channel takes part.
    int64_t depth() const { return taps() * inputs; }
    int64_t rows() const { return samples * output_height * output_width; }
    // Whether a row of the input, as it is, is what one row of the output is computed from.
    bool is_matrix_product() const {
        return taps() == 1 && stride_y == 1 && stride_x == 1 && top == 0 && left == 0 && output_height == height
            && output_width == width;
    }
};

// The taps first..<last along one axis that fall inside `length` from a start that may be negative.
struct TapRange {
    int64_t first, last;

    TapRange(int64_t start, int64_t dilation, int64_t taps, int64_t length);
};

// The positions begin..<end of a line of the output that have all taps of the kernel's width inside the input.
struct Interior {
    int64_t begin, end;

    explicit Interior(const ConvolutionShape &shape);
};

// What is compiled for each set of instructions; the formulas are at the functions in `Kernel`.
struct Kernels {
    // The elements of a vector, and the rows that `multiply_all` takes at a time.
    int64_t lanes, rows;
    // Multiplies rows, `stride` apart, with a packed weight; rows of the output are `output_stride` apart.
    void (*multiply_all)(
        int64_t count, const float *rows, int64_t stride, const float *packed, int64_t depth, const float *bias,
        float *output, int64_t output_stride, int64_t outputs);
    // Computes positions of a convolution whose channels are computed from themselves.
    void (*filter_some)(
        int64_t count, const float *input, int64_t step, const int64_t *offsets, const float *const *weights,
        int64_t taps, const float *bias, float *output, int64_t output_step, int64_t channels);
    // Adds the products of all pairs of channels, summed over places, to sums [count, outputs]. The outputs fill at
    // least one vector.
    void (*correlate_all)(
        int64_t count, int64_t places, const float *left, const int64_t *left_places, const float *right,
        const int64_t *right_places, float *sums, int64_t outputs);
    // Adds the products of each channel with itself at some taps, summed over places, to sums [taps, channels].
    void (*correlate_channels)(
        int64_t taps, int64_t places, const float *input, int64_t step, const int64_t *offsets,
        const float *gradients, float *sums, int64_t channels);
};

// The kernels for this processor.
const Kernels &kernels();

// The number of floats of a packed matrix [depth, columns], which has a whole number of vectors of columns.
int64_t packed_size(int64_t columns, int64_t depth);

// Copies weights in the order in which `multiply_all` reads them: [taps, inner] of one or two vectors of columns after
// the other. The steps are distances in the weight, the taps places in it.
void pack(
    const float *weight, int64_t columns, int64_t column_step, int64_t inner, int64_t inner_step,
    const std::vector<int64_t> &taps, float *packed);

// How many rows of a length are computed at a time: as many as stay in the cache, and fewer if threads had none.
int64_t rows_at_a_time(int64_t rows, int64_t length, int64_t threads);

// Computes rows first..<last of the output [n height width, out] from a packed weight.
void convolve(
    const ConvolutionShape &shape, const float *input, const float *packed, const float *bias, float *output,
    int64_t first, int64_t last, std::vector<float> &patches);

// Computes lines first..<last of the output [n height, width, channels], each channel from itself, with a weight
// [kernel height, kernel width, channels].
void convolve_channels(
    const ConvolutionShape &shape, const float *input, const float *weight, const float *bias, float *output,
    int64_t first, int64_t last);

}  // namespace ct
