// A C interface over libtorch.
//
// Every function returns 0 on success. On failure it returns non-zero, leaves its out-parameters untouched
// and, where `error` is not null, stores an owned message that the caller frees with ct_free_message.
// No C++ exception leaves this interface. A returned tensor is owned by the caller (ct_tensor_free).

#ifndef CTORCH_H
#define CTORCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ct_tensor_storage *ct_tensor;
typedef char *ct_message;

// Element types, in the order of Torch.DType.
enum {
    CT_FLOAT32 = 0, CT_FLOAT64, CT_FLOAT16, CT_BFLOAT16, CT_INT64, CT_INT32, CT_INT16, CT_INT8, CT_UINT8,
    CT_BOOL
};

// A device: -1 is the CPU, 0 and up a CUDA ordinal.
typedef int32_t ct_device;

// MARK: Runtime

int ct_torch_version(ct_message *version, ct_message *error);
int ct_set_thread_count(int32_t count, ct_message *error);
int ct_thread_count(int32_t *count, ct_message *error);
int ct_cuda_device_count(int32_t *count, ct_message *error);
int64_t ct_live_tensor_count(void);
void ct_free_message(ct_message message);

// MARK: Lifecycle

int ct_tensor_from_bytes(
    const void *bytes, size_t byte_count, int32_t type, const int64_t *shape, int32_t rank, ct_tensor *result,
    ct_message *error);
int ct_tensor_full(
    double value, int32_t type, const int64_t *shape, int32_t rank, ct_device device, ct_tensor *result,
    ct_message *error);
// kind: 0 uniform in [0, 1), 1 standard normal; float32 on the CPU from a generator of its own.
int ct_tensor_random(
    int32_t kind, uint64_t seed, const int64_t *shape, int32_t rank, ct_tensor *result, ct_message *error);
void ct_tensor_free(ct_tensor tensor);
// The elements on the CPU in row-major order, each in memory of its own.
int ct_tensor_gather(ct_tensor tensor, ct_tensor *result, ct_message *error);
int ct_tensor_copy_bytes(ct_tensor tensor, void *bytes, size_t byte_count, ct_message *error);
int ct_tensor_rank(ct_tensor tensor, int32_t *rank, ct_message *error);
int ct_tensor_shape(ct_tensor tensor, int64_t *shape, int32_t capacity, ct_message *error);
// The distance in memory, in elements, between neighbours along each axis.
int ct_tensor_strides(ct_tensor tensor, int64_t *strides, int32_t capacity, ct_message *error);
int ct_tensor_type(ct_tensor tensor, int32_t *type, ct_message *error);
int ct_tensor_device(ct_tensor tensor, ct_device *device, ct_message *error);
int ct_tensor_convert(ct_tensor tensor, int32_t type, ct_tensor *result, ct_message *error);
int ct_tensor_move(ct_tensor tensor, ct_device device, ct_tensor *result, ct_message *error);

// MARK: Elementwise

enum {
    CT_ABS = 0, CT_NEGATE, CT_EXP, CT_LOG, CT_SQRT, CT_RECIPROCAL, CT_TANH, CT_SIGMOID, CT_ERF, CT_FLOOR, CT_CEIL,
    CT_ROUND, CT_SIGN, CT_SIN, CT_COS, CT_RELU, CT_GELU, CT_GELU_TANH, CT_SILU, CT_MISH, CT_HARDSWISH,
    CT_SOFTSIGN, CT_IS_FINITE, CT_LOGICAL_NOT, CT_TAN, CT_ASIN, CT_ACOS, CT_ATAN, CT_SINH, CT_COSH, CT_ASINH,
    CT_ACOSH, CT_ATANH, CT_IS_NAN, CT_IS_INFINITE
};
int ct_unary(int32_t operation, ct_tensor input, ct_tensor *result, ct_message *error);

enum {
    // first and second scalar per operation:
    CT_LEAKY_RELU = 0,  // slope
    CT_ELU,             // alpha
    CT_CELU,            // alpha
    CT_SELU,            // alpha, gamma
    CT_SOFTPLUS,        // beta
    CT_HARD_SIGMOID,    // alpha, beta: clamp(alpha x + beta, 0, 1)
    CT_CLAMP,           // low, high
    CT_ADD_SCALAR,      // addend
    CT_MULTIPLY_SCALAR, // factor
    CT_POWER_SCALAR,    // exponent
    CT_THRESHOLDED_RELU // alpha
};
int ct_unary_with_scalars(
    int32_t operation, double first, double second, ct_tensor input, ct_tensor *result, ct_message *error);

enum {
    CT_ADD = 0, CT_SUBTRACT, CT_MULTIPLY, CT_DIVIDE, CT_POWER, CT_MAXIMUM, CT_MINIMUM, CT_EQUAL, CT_LESS,
    CT_LESS_EQUAL, CT_GREATER, CT_GREATER_EQUAL, CT_AND, CT_OR, CT_XOR, CT_REMAINDER, CT_FLOOR_MODULO,
    CT_TRUNCATED_DIVIDE
};
int ct_binary(int32_t operation, ct_tensor left, ct_tensor right, ct_tensor *result, ct_message *error);
int ct_select(ct_tensor condition, ct_tensor when_true, ct_tensor when_false, ct_tensor *result, ct_message *error);

// MARK: Bits

enum { CT_BITWISE_AND = 0, CT_BITWISE_OR, CT_BITWISE_XOR, CT_SHIFT_LEFT, CT_SHIFT_RIGHT };
// Shifts by a negative number or by at least the width leave 0, or the sign where integers shift right.
int ct_bitwise(int32_t operation, ct_tensor left, ct_tensor right, ct_tensor *result, ct_message *error);
int ct_bitwise_not(ct_tensor input, ct_tensor *result, ct_message *error);
// The same bytes as elements of another type of the same width.
int ct_reinterpret(ct_tensor input, int32_t type, ct_tensor *result, ct_message *error);

// MARK: Reduction

enum { CT_SUM = 0, CT_MEAN, CT_MAX, CT_MIN, CT_L1_NORM, CT_L2_NORM, CT_ANY, CT_ALL, CT_LOG_SUM_EXP, CT_PRODUCT };
int ct_reduce(
    int32_t operation, ct_tensor input, const int64_t *axes, int32_t axis_count, bool keep, ct_tensor *result,
    ct_message *error);
int ct_arg_max(ct_tensor input, int64_t axis, bool keep, ct_tensor *result, ct_message *error);
int ct_softmax(ct_tensor input, int64_t axis, bool logarithm, ct_tensor *result, ct_message *error);

// MARK: Shape

int ct_reshape(ct_tensor input, const int64_t *shape, int32_t rank, ct_tensor *result, ct_message *error);
int ct_permute(ct_tensor input, const int64_t *order, int32_t rank, ct_tensor *result, ct_message *error);
int ct_expand(ct_tensor input, const int64_t *shape, int32_t rank, ct_tensor *result, ct_message *error);
int ct_slice(
    ct_tensor input, int64_t axis, int64_t start, int64_t end, int64_t step, ct_tensor *result, ct_message *error);
int ct_flip(ct_tensor input, const int64_t *axes, int32_t count, ct_tensor *result, ct_message *error);
int ct_index_select(ct_tensor input, int64_t axis, ct_tensor indices, ct_tensor *result, ct_message *error);
int ct_concatenate(const ct_tensor *inputs, int32_t count, int64_t axis, ct_tensor *result, ct_message *error);
// amounts: rank pairs (before, after) in axis order, negative amounts crop; mode: 0 constant, 1 reflect, 2 edge.
int ct_pad(
    ct_tensor input, const int64_t *amounts, int32_t rank, int32_t mode, double value, ct_tensor *result,
    ct_message *error);

// MARK: Indexing

// Indices are int64 and count from 0; indices outside the axis are an error.
int ct_gather(ct_tensor input, int64_t axis, ct_tensor indices, ct_tensor *result, ct_message *error);
enum { CT_REPLACE = 0, CT_ACCUMULATE_SUM, CT_ACCUMULATE_PRODUCT, CT_ACCUMULATE_MAXIMUM, CT_ACCUMULATE_MINIMUM };
// Puts updates at indices along an axis, or combines them with what is there.
int ct_scatter(
    int32_t operation, ct_tensor input, int64_t axis, ct_tensor indices, ct_tensor updates, ct_tensor *result,
    ct_message *error);
// Equal elements keep their order.
int ct_sort(
    ct_tensor input, int64_t axis, bool descending, ct_tensor *values, ct_tensor *indices, ct_message *error);
int ct_cumulative_sum(ct_tensor input, int64_t axis, ct_tensor *result, ct_message *error);
int ct_cumulative_product(ct_tensor input, int64_t axis, ct_tensor *result, ct_message *error);
// The distinct elements in ascending order, or the distinct slices of an axis where it is not negative; for each
// element or slice which one it is; how often each occurs.
int ct_unique(
    ct_tensor input, int64_t axis, ct_tensor *values, ct_tensor *inverse, ct_tensor *counts, ct_message *error);
// The positions [count, rank] of the elements that are not zero, in row-major order.
int ct_nonzero(ct_tensor input, ct_tensor *result, ct_message *error);

// MARK: Linear algebra and network layers

int ct_matrix_multiply(ct_tensor left, ct_tensor right, ct_tensor *result, ct_message *error);
// matrix + factor left right for left [n, k] and right [k, n] whose product is symmetric, as the matrix is; null is zero. About
// half as much work as another product.
int ct_symmetric_product(
    ct_tensor matrix, ct_tensor left, ct_tensor right, double factor, ct_tensor *result, ct_message *error);
// sum_k coefficients[k, i] coefficients[k, j] rho_ij^k over k from one on, rho being correlations within [-1, 1], of a symmetric
// covariance [n, n] with deviations [n], in double precision.
int ct_correlation_series(
    ct_tensor covariance, ct_tensor deviations, ct_tensor coefficients, ct_tensor *result, ct_message *error);
// Adds weights[i] input[sources[i]] to result[targets[i]] for every i; the result has `count` slices, zero before.
int ct_mix_slices(
    ct_tensor input, const int64_t *targets, const int64_t *sources, const double *weights, int64_t terms, int64_t count,
    ct_tensor *result, ct_message *error);
// Solves matrix X = right for a symmetric positive definite matrix [n, n] and right [n, k].
int ct_solve_positive_definite(ct_tensor matrix, ct_tensor right, ct_tensor *result, ct_message *error);
// input [..., in], weight [out, in], bias [out] or null.
int ct_linear(ct_tensor input, ct_tensor weight, ct_tensor bias, ct_tensor *result, ct_message *error);
int ct_convolution(
    ct_tensor input, ct_tensor weight, ct_tensor bias, const int64_t *stride, const int64_t *padding,
    const int64_t *dilation, const int64_t *output_padding, int32_t spatial_rank, bool transposed, int64_t groups,
    ct_tensor *result, ct_message *error);
// What one step of a program does; the functions of two elements come last.
enum {
    CT_STEP_RELU = 0, CT_STEP_SIGMOID, CT_STEP_SILU, CT_STEP_HARDSWISH, CT_STEP_CLAMP, CT_STEP_HARD_SIGMOID,
    CT_STEP_LEAKY_RELU, CT_STEP_ADD, CT_STEP_SUBTRACT, CT_STEP_MULTIPLY, CT_STEP_DIVIDE
};
// A step of a program on elements. A place from 0 on is a register, of which 0 holds the elements at first and at the
// end; -1 is the program's first operand, -2 its second.
typedef struct {
    int32_t operation, left, right, result;
    double first, second;
} ct_element_step;
typedef struct {
    const ct_element_step *steps;
    int32_t step_count;
    const ct_tensor *operands;
    int32_t operand_count;
} ct_element_program;
// A convolution whose result goes through a program while it is in the cache. The result is null where that is not
// possible: on accelerators, for operands of other shapes than one number, one per channel or one per element, or where
// uses of any but the last are recorded.
int ct_convolution_program(
    ct_tensor input, ct_tensor weight, ct_tensor bias, const int64_t *stride, const int64_t *padding,
    const int64_t *dilation, int32_t spatial_rank, int64_t groups, const ct_element_program *program,
    ct_tensor *result, ct_message *error);
int ct_max_pool(
    ct_tensor input, const int64_t *kernel, const int64_t *stride, const int64_t *padding,
    const int64_t *dilation, int32_t spatial_rank, bool ceiling, ct_tensor *result, ct_tensor *positions,
    ct_message *error);
int ct_average_pool(
    ct_tensor input, const int64_t *kernel, const int64_t *stride, const int64_t *padding, int32_t spatial_rank,
    bool ceiling, bool count_padding, ct_tensor *result, ct_message *error);
// In training the batch's own statistics normalise, and new_mean and new_variance receive
// (1 - momentum) * running + momentum * batch; otherwise both stay untouched.
int ct_batch_normalisation(
    ct_tensor input, ct_tensor scale, ct_tensor shift, ct_tensor mean, ct_tensor variance, double epsilon,
    bool training, double momentum, ct_tensor *result, ct_tensor *new_mean, ct_tensor *new_variance,
    ct_message *error);
// (x - mean) / sqrt(variance + epsilon) with the statistics of each run of the last axes.
int ct_layer_normalisation(
    ct_tensor input, int32_t axis_count, double epsilon, ct_tensor *result, ct_message *error);
// Explicit equation: letters, "..." and an arrow.
int ct_einsum(const char *equation, const ct_tensor *inputs, int32_t count, ct_tensor *result, ct_message *error);
// interpolation: 0 linear, 1 nearest, 2 cubic; padding: 0 zeros, 1 border, 2 reflection.
int ct_grid_sample(
    ct_tensor input, ct_tensor grid, int32_t interpolation, int32_t padding, bool align_corners, ct_tensor *result,
    ct_message *error);
// Mean over the batch; targets are class indices (int64).
int ct_cross_entropy(
    ct_tensor logits, ct_tensor targets, double label_smoothing, ct_tensor *result, ct_message *error);

// Eigenvalues [..., n], ascending, and orthonormal eigenvectors [..., n, n] as columns; only the lower triangles of the
// symmetric matrices [..., n, n] are read.
int ct_symmetric_eigen(ct_tensor input, ct_tensor *values, ct_tensor *vectors, ct_message *error);

// Determinants [...] of matrices [..., n, n].
int ct_determinant(ct_tensor input, ct_tensor *result, ct_message *error);

// MARK: Signals

// Discrete Fourier transform of an axis that is cut or padded with zeros to a length. The last axis is 1 (real) or 2
// (complex). The result is complex; the inverse of one side of a spectrum is real, with a last axis of 1.
int ct_fourier(
    ct_tensor input, int64_t axis, int64_t length, bool inverse, bool one_sided, ct_tensor *result,
    ct_message *error);

// MARK: Autograd and optimisation

int ct_require_gradient(ct_tensor input, ct_tensor *result, ct_message *error);
int ct_detach(ct_tensor input, ct_tensor *result, ct_message *error);
// results receives count tensors; null where the loss does not depend on the parameter or where it records nothing.
int ct_gradients(ct_tensor loss, const ct_tensor *parameters, int32_t count, ct_tensor *results, ct_message *error);
// One step of stochastic gradient descent as PyTorch defines it. buffers holds null before a parameter's first step;
// new_parameters receives count owned tensors, new_buffers too where there is momentum, else nulls.
int ct_gradient_descent_step(
    const ct_tensor *parameters, const ct_tensor *gradients, const ct_tensor *buffers, int32_t count,
    double learning_rate, double momentum, double weight_decay, bool nesterov, ct_tensor *new_parameters,
    ct_tensor *new_buffers, ct_message *error);

#ifdef __cplusplus
}
#endif

#endif
