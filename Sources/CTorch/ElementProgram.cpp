// Programs on elements, compiled for several sets of instructions.

#include "ElementProgram.h"

#include <algorithm>

#include "Vectors.h"

namespace ct {
namespace {

using Side = ElementProgram::Side;

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

// Calls a function with both sides and one more list of elements, element by element, and keeps or adds the result.
template <bool Adds, typename Function>
CT_INLINE void derive(
    const Side &left, const Side &right, const float *third, float *result, int64_t count,
    const Function &function) {
    const float *x = left.values, *y = right.values, a = left.number, b = right.number;
    const auto keep = [&](int64_t i, float value) __attribute__((always_inline)) {
        result[i] = Adds ? result[i] + value : value;
    };
    if (x && y) {
#pragma clang loop vectorize(assume_safety)
        for (int64_t i = 0; i < count; ++i) keep(i, function(x[i], y[i], third[i]));
    } else if (x) {
#pragma clang loop vectorize(assume_safety)
        for (int64_t i = 0; i < count; ++i) keep(i, function(x[i], b, third[i]));
    } else if (y) {
#pragma clang loop vectorize(assume_safety)
        for (int64_t i = 0; i < count; ++i) keep(i, function(a, y[i], third[i]));
    } else {
        for (int64_t i = 0; i < count; ++i) keep(i, function(a, b, third[i]));
    }
}

// Computes the gradient by a step's left side, or its right one, from that by its result g.
template <bool Adds>
CT_INLINE void differentiate_side(
    const ct_element_step &step, bool is_right, const Side &left, const Side &right, const float *gradients,
    float *result, int64_t count) {
    const auto first = static_cast<float>(step.first), second = static_cast<float>(step.second);
    const auto each = [&](const auto &function) __attribute__((always_inline)) {
        derive<Adds>(left, right, gradients, result, count, function);
    };
    switch (step.operation) {
        case CT_STEP_RELU: return each([](float x, float, float g) { return x <= 0 ? 0 : g; });
        // The right side is the result.
        case CT_STEP_SIGMOID: return each([](float, float s, float g) { return g * s * (1 - s); });
        case CT_STEP_SILU:
            return each([](float x, float, float g) {
                const float s = sigmoid(x);
                return g * s * (1 + x * (1 - s));
            });
        case CT_STEP_HARDSWISH:
            return each([](float x, float, float g) {
                return x < -3 ? 0 : x <= 3 ? g * (x / 3 + 0.5f) : g;
            });
        case CT_STEP_CLAMP:
            return each([=](float x, float, float g) { return x >= first && x <= second ? g : 0; });
        case CT_STEP_HARD_SIGMOID:
            return each([=](float x, float, float g) {
                const float y = x * first + second;
                return y >= 0 && y <= 1 ? g * first : 0;
            });
        case CT_STEP_LEAKY_RELU: return each([=](float x, float, float g) { return x > 0 ? g : g * first; });
        case CT_STEP_ADD: return each([](float, float, float g) { return g; });
        case CT_STEP_SUBTRACT:
            if (is_right) return each([](float, float, float g) { return -g; });
            return each([](float, float, float g) { return g; });
        case CT_STEP_MULTIPLY:
            if (is_right) return each([](float x, float, float g) { return x * g; });
            return each([](float, float y, float g) { return y * g; });
        case CT_STEP_DIVIDE:
            if (is_right) return each([](float x, float y, float g) { return -g * (x / y / y); });
            return each([](float, float y, float g) { return g / y; });
        default: return;
    }
}

CT_INLINE void differentiate_step(
    const ct_element_step &step, bool is_right, bool adds, const Side &left, const Side &right,
    const float *gradients, float *result, int64_t count) {
    if (adds) {
        differentiate_side<true>(step, is_right, left, right, gradients, result, count);
    } else {
        differentiate_side<false>(step, is_right, left, right, gradients, result, count);
    }
}

// The functions for one set of instructions.
struct StepFunctions {
    void (*run)(const ct_element_step &, const Side &, const Side &, float *, int64_t);
    void (*differentiate)(
        const ct_element_step &, bool, bool, const Side &, const Side &, const float *, float *, int64_t);
};

#define CT_STEP_FUNCTIONS(name, target)                                                                            \
    target void run_step_##name(                                                                                   \
        const ct_element_step &step, const Side &left, const Side &right, float *result, int64_t count) {          \
        run_step(step, left, right, result, count);                                                                \
    }                                                                                                              \
    target void differentiate_step_##name(                                                                         \
        const ct_element_step &step, bool is_right, bool adds, const Side &left, const Side &right,                \
        const float *gradients, float *result, int64_t count) {                                                    \
        differentiate_step(step, is_right, adds, left, right, gradients, result, count);                           \
    }                                                                                                              \
    constexpr StepFunctions name##_functions{run_step_##name, differentiate_step_##name};

CT_STEP_FUNCTIONS(narrow, )
#if defined(__x86_64__)
CT_STEP_FUNCTIONS(wide, CT_WIDE)
CT_STEP_FUNCTIONS(widest, CT_WIDEST)
#endif

const StepFunctions &functions() {
#if defined(__x86_64__)
    switch (vector_width()) {
        case VectorWidth::widest: return widest_functions;
        case VectorWidth::wide: return wide_functions;
        case VectorWidth::narrow: break;
    }
#endif
    return narrow_functions;
}

bool takes_two(const ct_element_step &step) { return step.operation >= CT_STEP_ADD; }

}  // namespace

ElementProgram::ElementProgram(
    std::vector<ct_element_step> list, at::TensorList tensors, at::IntArrayRef sizes)
    : steps(std::move(list)), channels(sizes[1]) {
    const auto rank = static_cast<int64_t>(sizes.size()), count = static_cast<int64_t>(tensors.size());
    for (const auto &operand : tensors) {
        auto extent = Extent::number;
        auto values = operand.detach();
        if (!is_float_in_memory(operand) || operand.dim() > rank) {
            is_possible = false;
        } else if (operand.sizes() == sizes) {
            extent = Extent::elements;
            values = over_two_axes(values).contiguous(at::MemoryFormat::ChannelsLast);
        } else if (operand.requires_grad()) {
            is_possible = false;
        } else if (operand.numel() == channels && operand.dim() >= rank - 1
            && operand.size(operand.dim() - rank + 1) == channels) {
            extent = Extent::channels;
            values = values.reshape({channels}).contiguous();
        } else if (operand.numel() != 1) {
            is_possible = false;
        }
        operands.push_back({extent, values});
    }
    const auto check = [&](int32_t place) {
        TORCH_CHECK(place >= -count && place < 8, "a program has no place ", place);
        registers = std::max(registers, place + 1);
    };
    // The slot of what each register holds.
    int32_t held[8] = {};
    for (const auto &step : steps) {
        check(step.left);
        check(step.right);
        TORCH_CHECK(step.result >= 0, "a step needs a register for its result");
        check(step.result);
        auto slot = step;
        if (step.left >= 0) slot.left = held[step.left];
        if (step.right >= 0) slot.right = held[step.right];
        slot.result = static_cast<int32_t>(slots.size()) + 1;
        held[step.result] = slot.result;
        slots.push_back(slot);
    }
    last_slot = held[0];
}

template <typename Place>
ElementProgram::Side ElementProgram::side(int32_t index, int64_t first, int64_t row, const Place &place) const {
    if (index >= 0) return Side{place(index) + row * channels, 0};
    const auto &operand = operands[static_cast<size_t>(-1 - index)];
    const auto *from = operand.tensor.data_ptr<float>();
    switch (operand.extent) {
        case Extent::number: return Side{nullptr, *from};
        case Extent::channels: return Side{from, 0};
        case Extent::elements: return Side{from + (first + row) * channels, 0};
    }
}

template <typename Body>
void ElementProgram::for_each_piece(const ct_element_step &step, int64_t rows, const Body &body) const {
    const auto is_by_row = [&](int32_t index) {
        return index < 0 && operands[static_cast<size_t>(-1 - index)].extent == Extent::channels;
    };
    const auto many = is_by_row(step.left) || is_by_row(step.right) ? 1 : rows;
    for (int64_t row = 0; row < rows; row += many) body(row, many * channels);
}

void ElementProgram::run(float *values, int64_t first, int64_t rows, std::vector<float> &scratch) const {
    static const auto run_step = functions().run;
    const auto many = rows_at_a_time();
    const auto length = std::min(many, rows) * channels;
    const auto size = static_cast<size_t>((registers - 1) * length);
    if (scratch.size() < size) scratch.resize(size);
    for (int64_t start = 0; start < rows; start += many) {
        const auto place = [&](int32_t index) {
            return index == 0 ? values + start * channels : scratch.data() + (index - 1) * length;
        };
        for (const auto &step : steps) {
            for_each_piece(step, std::min(many, rows - start), [&](int64_t row, int64_t count) {
                run_step(
                    step, side(step.left, first + start, row, place), side(step.right, first + start, row, place),
                    place(step.result) + row * channels, count);
            });
        }
    }
}

void ElementProgram::differentiate(
    const float *values, const float *gradients, float *results, const std::vector<float *> &operand_results,
    int64_t first, int64_t rows, std::vector<float> &scratch) const {
    static const auto &functions = ct::functions();
    const auto many = rows_at_a_time();
    const auto length = std::min(many, rows) * channels;
    const auto size = static_cast<size_t>(2 * length) * (slots.size() + 1);
    if (scratch.size() < size) scratch.resize(size);
    auto *slot_gradients = scratch.data() + static_cast<int64_t>(slots.size() + 1) * length;
    std::vector<bool> is_known;
    for (int64_t start = 0; start < rows; start += many) {
        const auto part = std::min(many, rows - start), count = part * channels, from = start * channels;
        const auto slot = [&](int32_t index) {
            return index == 0 ? values + from : scratch.data() + index * length;
        };
        for (const auto &step : slots) {
            // Of the last result only the gradient is read, but by the sigmoid.
            if (step.result == last_slot && step.operation != CT_STEP_SIGMOID) continue;
            for_each_piece(step, part, [&](int64_t row, int64_t some) {
                functions.run(
                    step, side(step.left, first + start, row, slot), side(step.right, first + start, row, slot),
                    scratch.data() + step.result * length + row * channels, some);
            });
        }
        // Slots first, then operands.
        is_known.assign(slots.size() + 1 + operands.size(), false);
        const auto gradient = [&](int32_t index) -> float * {
            if (index == 0) return results + from;
            if (index > 0) return slot_gradients + index * length;
            auto *result = operand_results[static_cast<size_t>(-1 - index)];
            return result ? result + first * channels + from : nullptr;
        };
        const auto known = [&](int32_t index) {
            return is_known[index >= 0 ? static_cast<size_t>(index) : slots.size() - static_cast<size_t>(index)];
        };
        std::copy_n(gradients + from, count, gradient(last_slot));
        known(last_slot) = true;
        for (auto step = slots.rbegin(); step != slots.rend(); ++step) {
            if (!known(step->result)) continue;
            const auto *reached = gradient(step->result);
            for (const bool is_right : {false, true}) {
                if (is_right && !takes_two(*step)) continue;
                const auto index = is_right ? step->right : step->left;
                auto *target = gradient(index);
                if (!target) continue;
                const auto right = step->operation == CT_STEP_SIGMOID ? step->result : step->right;
                for_each_piece(*step, part, [&](int64_t row, int64_t some) {
                    functions.differentiate(
                        *step, is_right, known(index), side(step->left, first + start, row, slot),
                        side(right, first + start, row, slot), reached + row * channels,
                        target + row * channels, some);
                });
                known(index) = true;
            }
        }
        for (int32_t index = -static_cast<int32_t>(operands.size()); index <= 0; ++index) {
            if (!known(index) && gradient(index)) std::fill_n(gradient(index), count, 0.0f);
        }
    }
}

}  // namespace ct
