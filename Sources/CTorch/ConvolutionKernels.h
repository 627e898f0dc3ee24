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

// The number of floats of a packed weight, which has a whole number of vectors of output channels.
int64_t packed_size(const ConvolutionShape &shape);

// Copies a weight [out, in, kernel height, kernel width] in the order in which `convolve` reads it.
void pack(const ConvolutionShape &shape, const float *weight, float *packed);

// How many rows of the output are computed at a time: as many as stay in the cache, and fewer if threads had none.
int64_t rows_at_a_time(const ConvolutionShape &shape, int64_t threads);

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
