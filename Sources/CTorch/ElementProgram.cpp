// Programs on elements, compiled for several sets of instructions.

#include "ElementProgram.h"

#include <algorithm>

#include "Vectors.h"

namespace ct {
namespace {

// One side of a step: as many elements as there are, or one number.
struct Side {
    const float *values;
    float number;
};

// e^x to single precision: 2^n e^r with |r| at most half of log 2.
CT_INLINE float exponential(float x) {
    x = x < -87.0f ? -87.0f : x;
    x = x > 88.0f ? 88.0f : x;
    const float shifted = x * 1.44269504f + 12582912.0f, n = shifted - 12582912.0f;
    const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
    float sum = 1.9875691500e-4f;
    sum = sum * r + 1.3981999507e-3f;
    sum = sum * r + 8.3334519073e-3f;
    sum = sum * r + 4.1665795894e-2f;
    sum = sum * r + 1.6666665459e-1f;
    sum = sum * r + 5.0000001201e-1f;
    sum = sum * r * r + r + 1.0f;
    int32_t bits;
    std::memcpy(&bits, &shifted, sizeof bits);
    bits = static_cast<int32_t>(static_cast<uint32_t>(bits + 127) << 23);
    float power;
    std::memcpy(&power, &bits, sizeof power);
    return sum * power;
}

// Comparisons keep an x that is no number, as libtorch does.
CT_INLINE float clamped(float x, float low, float high) {
    x = x < low ? low : x;
    return x > high ? high : x;
}

CT_INLINE float sigmoid(float x) {
    // The exponential ends at 88.
    const float result = x < -88 ? 0 : 1.0f / (1.0f + exponential(-x));
    return x == x ? result : x;
}

template <typename Function>
CT_INLINE void each(const Side &side, float *result, int64_t count, const Function &function) {
#pragma clang loop vectorize(assume_safety)
    for (int64_t i = 0; i < count; ++i) result[i] = function(side.values[i]);
}

template <typename Function>
CT_INLINE void each(
    const Side &left, const Side &right, float *result, int64_t count, const Function &function) {
    const float *x = left.values, *y = right.values, a = left.number, b = right.number;
    if (x && y) {
#pragma clang loop vectorize(assume_safety)
        for (int64_t i = 0; i < count; ++i) result[i] = function(x[i], y[i]);
    } else if (x) {
#pragma clang loop vectorize(assume_safety)
        for (int64_t i = 0; i < count; ++i) result[i] = function(x[i], b);
    } else if (y) {
#pragma clang loop vectorize(assume_safety)
        for (int64_t i = 0; i < count; ++i) result[i] = function(a, y[i]);
    } else {
        std::fill_n(result, count, function(a, b));
    }
}

// Runs one step on elements that lie one after the other.
CT_INLINE void run_step(
    const ct_element_step &step, const Side &left, const Side &right, float *result, int64_t count) {
    const auto first = static_cast<float>(step.first), second = static_cast<float>(step.second);
    switch (step.operation) {
        case CT_STEP_RELU: return each(left, result, count, [](float x) { return x < 0 ? 0 : x; });
        case CT_STEP_SIGMOID: return each(left, result, count, [](float x) { return sigmoid(x); });
        case CT_STEP_SILU: return each(left, result, count, [](float x) { return x * sigmoid(x); });
        case CT_STEP_HARDSWISH:
            return each(left, result, count, [](float x) { return x * clamped(x + 3, 0, 6) / 6; });
        case CT_STEP_CLAMP:
            return each(left, result, count, [=](float x) { return clamped(x, first, second); });
        case CT_STEP_HARD_SIGMOID:
            return each(left, result, count, [=](float x) { return clamped(x * first + second, 0, 1); });
        case CT_STEP_LEAKY_RELU: return each(left, result, count, [=](float x) { return x > 0 ? x : x * first; });
        case CT_STEP_ADD: return each(left, right, result, count, [](float x, float y) { return x + y; });
        case CT_STEP_SUBTRACT: return each(left, right, result, count, [](float x, float y) { return x - y; });
        case CT_STEP_MULTIPLY: return each(left, right, result, count, [](float x, float y) { return x * y; });
        case CT_STEP_DIVIDE: return each(left, right, result, count, [](float x, float y) { return x / y; });
        default: return;
    }
}

using RunStep = void (*)(const ct_element_step &, const Side &, const Side &, float *, int64_t);

#define CT_RUN_STEP(name, target)                                                                                  \
    target void run_step_##name(                                                                                   \
        const ct_element_step &step, const Side &left, const Side &right, float *result, int64_t count) {          \
        run_step(step, left, right, result, count);                                                                \
    }

CT_RUN_STEP(narrow, )
#if defined(__x86_64__)
CT_RUN_STEP(wide, CT_WIDE)
CT_RUN_STEP(widest, CT_WIDEST)
#endif

RunStep chosen_run_step() {
#if defined(__x86_64__)
    switch (vector_width()) {
        case VectorWidth::widest: return run_step_widest;
        case VectorWidth::wide: return run_step_wide;
        case VectorWidth::narrow: break;
    }
#endif
    return run_step_narrow;
}

}  // namespace

ElementProgram::ElementProgram(const ct_element_program &program, const at::Tensor &result)
    : steps(program.steps, program.steps + program.step_count), channels(result.size(1)) {
    for (int32_t index = 0; index < program.operand_count; ++index) {
        const auto &operand = get(program.operands[index]);
        auto extent = Extent::number;
        auto values = operand;
        if (!is_plain(operand) || operand.dim() > result.dim()) {
            is_possible = false;
        } else if (operand.sizes() == result.sizes()) {
            extent = Extent::elements;
            values = over_two_axes(operand).contiguous(at::MemoryFormat::ChannelsLast);
        } else if (operand.numel() == channels && operand.dim() >= result.dim() - 1
            && operand.size(operand.dim() - result.dim() + 1) == channels) {
            extent = Extent::channels;
            values = operand.reshape({channels}).contiguous();
        } else if (operand.numel() != 1) {
            is_possible = false;
        }
        operands.push_back({extent, values});
    }
    const auto check = [&](int32_t place) {
        TORCH_CHECK(
            place >= -program.operand_count && place < 8, "a program has no place ", place);
        registers = std::max(registers, place + 1);
    };
    for (const auto &step : steps) {
        check(step.left);
        check(step.right);
        TORCH_CHECK(step.result >= 0, "a step needs a register for its result");
        check(step.result);
    }
}

void ElementProgram::run(float *values, int64_t first, int64_t rows, std::vector<float> &scratch) const {
    static const RunStep run_step = chosen_run_step();
    const auto count = rows * channels;
    const auto size = static_cast<size_t>((registers - 1) * count);
    if (scratch.size() < size) scratch.resize(size);
    const auto place_of = [&](int32_t index) { return index == 0 ? values : scratch.data() + (index - 1) * count; };
    const auto extent = [&](int32_t index) { return index < 0 ? operands[-1 - index].extent : Extent::elements; };
    const auto side = [&](int32_t index, int64_t row) {
        if (index >= 0) return Side{place_of(index) + row * channels, 0};
        const auto &operand = operands[-1 - index];
        const auto *from = operand.tensor.data_ptr<float>();
        switch (operand.extent) {
            case Extent::number: return Side{nullptr, *from};
            case Extent::channels: return Side{from, 0};
            case Extent::elements: return Side{from + (first + row) * channels, 0};
        }
    };
    for (const auto &step : steps) {
        const bool is_by_row = extent(step.left) == Extent::channels || extent(step.right) == Extent::channels;
        const auto many = is_by_row ? 1 : rows;
        for (int64_t row = 0; row < rows; row += many) {
            run_step(
                step, side(step.left, row), side(step.right, row), place_of(step.result) + row * channels,
                many * channels);
        }
    }
}

}  // namespace ct
