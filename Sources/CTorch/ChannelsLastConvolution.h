#pragma once

#include <optional>

#include "ConvolutionKernels.h"
#include "ElementProgram.h"

namespace ct {

// The numbers that describe a convolution, one per axis.
struct ConvolutionGeometry {
    at::IntArrayRef stride, padding, dilation;
    int64_t groups;
};

// A convolution of floats over two axes by our own kernels, which have the channels last.
class ChannelsLastConvolution {
public:
    // Nothing where libtorch has to do it.
    //
    // Sizes of the input [n, in, height, width] and the weight [out, in / groups, kernel height, kernel width]; a
    // geometry over one axis is one over two whose first has length 1.
    static std::optional<ChannelsLastConvolution> make(
        at::IntArrayRef input, at::IntArrayRef weight, const ConvolutionGeometry &geometry);

    // Whether the kernels compute gradients of it too.
    bool is_differentiable() const;

    // The sizes of the result.
    std::vector<int64_t> output_sizes() const {
        return {shape.samples, shape.outputs, shape.output_height, shape.output_width};
    }

    // The weight in the order in which `run` reads it.
    at::Tensor packed(const at::Tensor &weight) const;

    // Whether each channel is computed from itself.
    bool is_by_channel;

    // Returns the result [n, out, height, width] for an input, a packed weight and a bias or nothing.
    //
    // A program, if there is one, runs on the result. `before` receives the result without it.
    at::Tensor run(
        const at::Tensor &input, const at::Tensor &packed, const at::Tensor &bias, const ElementProgram *program,
        at::Tensor *before = nullptr) const;

    // Returns the gradient by the input from that by the result, both with the channels last.
    at::Tensor input_gradient(const at::Tensor &weight, const at::Tensor &gradient) const;

    // Returns the gradients by the weight and by the bias.
    std::pair<at::Tensor, at::Tensor> weight_gradients(const at::Tensor &input, const at::Tensor &gradient) const;

private:
    ConvolutionShape shape;
};

// The same where uses of a tensor are recorded: the gradients are computed by our own kernels as well.
//
// Undefined tensors are allowed for the bias. The program's operands are as they are for a result of `sizes`, which may
// lack the first of both axes.
at::Tensor differentiable_convolution(
    const ChannelsLastConvolution &convolution, const at::Tensor &input, const at::Tensor &weight,
    const at::Tensor &bias, const std::vector<ct_element_step> &steps, const std::vector<at::Tensor> &operands,
    at::IntArrayRef sizes);

}  // namespace ct
