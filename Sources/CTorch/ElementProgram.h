#pragma once

#include "Support.h"

namespace ct {

// Steps that turn each element of a result [n, c, ...], whose channels are last, into another.
class ElementProgram {
public:
    // Brings the operands into the layout of a result.
    ElementProgram(const ct_element_program &program, const at::Tensor &result);

    // Whether each operand is one number, one per channel or one per element.
    bool fits() const { return is_possible; }

    // Runs all steps on rows of all channels that lie one after the other, from row `first` of the result on.
    void run(float *values, int64_t first, int64_t rows, std::vector<float> &scratch) const;

private:
    enum class Extent { number, channels, elements };

    struct Operand {
        Extent extent;
        at::Tensor tensor;
    };

    std::vector<ct_element_step> steps;
    std::vector<Operand> operands;
    int64_t channels;
    int32_t registers = 1;
    bool is_possible = true;
};

}  // namespace ct
