#pragma once

#include <algorithm>

#include "Support.h"

namespace ct {

// Steps that turn each element of a result [n, c, ...], whose channels are last, into another.
class ElementProgram {
public:
    // One side of a step: as many elements as there are, or one number.
    struct Side {
        const float *values;
        float number;
    };

    // Brings the operands into the layout of a result of some sizes.
    ElementProgram(std::vector<ct_element_step> steps, at::TensorList operands, at::IntArrayRef sizes);

    // Whether each operand is one number, one per channel or one per element, and gradients are recorded by the last
    // alone.
    bool fits() const { return is_possible; }

    // Runs all steps on rows of all channels that lie one after the other, from row `first` of the result on.
    void run(float *values, int64_t first, int64_t rows, std::vector<float> &scratch) const;

    // Computes, for rows from `first` on, the gradients by the elements before all steps and by operands, whose places
    // are null where they are not wanted, from those by the results.
    void differentiate(
        const float *values, const float *gradients, float *results, const std::vector<float *> &operand_results,
        int64_t first, int64_t rows, std::vector<float> &scratch) const;

private:
    enum class Extent { number, channels, elements };

    struct Operand {
        Extent extent;
        at::Tensor tensor;
    };

    // As many rows as stay in the cache with all that is computed from them.
    int64_t rows_at_a_time() const { return std::max<int64_t>(1, 1024 / channels); }

    // One side of a step from row `first + row` on; `place` says where a register or slot is in row `first`.
    template <typename Place>
    Side side(int32_t index, int64_t first, int64_t row, const Place &place) const;

    // Calls a body with all rows and elements of a step, or with one row at a time if it reads one number per channel.
    template <typename Body>
    void for_each_piece(const ct_element_step &step, int64_t rows, const Body &body) const;

    std::vector<ct_element_step> steps;
    // The steps with a slot of its own for each result: 0 is the element before, k + 1 the result of step k.
    std::vector<ct_element_step> slots;
    // The slot of the last result.
    int32_t last_slot = 0;
    std::vector<Operand> operands;
    int64_t channels;
    int32_t registers = 1;
    bool is_possible = true;
};

}  // namespace ct
