#include <torch/csrc/autograd/custom_function.h>

#include "ChannelsLastConvolution.h"
#include "Parallel.h"

namespace ct {
namespace {

// What gradients need beside tensors.
struct Settings : torch::CustomClassHolder {
    Settings(ChannelsLastConvolution convolution, std::vector<ct_element_step> steps, std::vector<int64_t> sizes)
        : convolution(convolution), steps(std::move(steps)), sizes(std::move(sizes)) {}

    const ChannelsLastConvolution convolution;
    const std::vector<ct_element_step> steps;
    // The sizes of the result that the program's operands fit.
    const std::vector<int64_t> sizes;
};

// How many elements are differentiated at a time by a thread.
constexpr int64_t piece = 16384;

// The gradients by the elements that a program starts from, and by those of its operands that record them.
std::vector<at::Tensor> differentiate(
    const Settings &settings, const std::vector<at::Tensor> &operands, const at::Tensor &values,
    const at::Tensor &gradient, const std::vector<bool> &is_wanted) {
    const ElementProgram program(settings.steps, operands, settings.sizes);
    std::vector<at::Tensor> results{at::empty_like(gradient)};
    std::vector<float *> targets;
    for (auto wanted : is_wanted) {
        results.push_back(wanted ? at::empty_like(gradient) : at::Tensor());
        targets.push_back(wanted ? results.back().data_ptr<float>() : nullptr);
    }
    const auto channels = gradient.size(1), rows = gradient.numel() / channels;
    const auto many = std::max<int64_t>(1, piece / channels);
    const auto *from = values.data_ptr<float>(), *reached = gradient.data_ptr<float>();
    auto *to = results.front().data_ptr<float>();
    in_parallel((rows + many - 1) / many, [&](int64_t begin, int64_t end) {
        std::vector<float> scratch;
        for (auto first = begin * many; first < std::min(end * many, rows); first += many) {
            const auto place = first * channels;
            program.differentiate(
                from + place, reached + place, to + place, targets, first, std::min(many, rows - first), scratch);
        }
    });
    return results;
}

struct Function : torch::autograd::Function<Function> {
    static at::Tensor forward(
        torch::autograd::AutogradContext *context, const at::Tensor &input, const at::Tensor &weight,
        const optional_tensor &some_bias, at::TensorList operands, c10::intrusive_ptr<Settings> settings) {
        const auto &convolution = settings->convolution;
        const auto bias = some_bias.value_or(at::Tensor());
        const auto packed = convolution.packed(weight);
        const auto values = input.contiguous(at::MemoryFormat::ChannelsLast);
        std::vector<at::Tensor> kept{values, weight};
        at::Tensor output;
        if (settings->steps.empty()) {
            output = convolution.run(values, packed, bias, nullptr);
        } else {
            const ElementProgram program(settings->steps, operands, settings->sizes);
            at::Tensor before;
            output = convolution.run(values, packed, bias, &program, &before);
            kept.push_back(before);
            kept.insert(kept.end(), operands.begin(), operands.end());
        }
        context->save_for_backward(kept);
        context->saved_data["settings"] = c10::IValue::make_capsule(settings);
        context->saved_data["operands"] = static_cast<int64_t>(operands.size());
        context->saved_data["has bias"] = bias.defined();
        return output;
    }

    static std::vector<at::Tensor> backward(
        torch::autograd::AutogradContext *context, const std::vector<at::Tensor> &gradients) {
        const auto capsule = context->saved_data["settings"].toCapsule();
        const auto &settings = static_cast<const Settings &>(*capsule);
        const auto count = static_cast<size_t>(context->saved_data["operands"].toInt());
        const bool has_bias = context->saved_data["has bias"].toBool();
        // A bias that is missing is not counted.
        const auto is_operand_wanted = [&](size_t index) {
            return context->needs_input_grad((has_bias ? 3 : 2) + index);
        };
        // Input, weight, bias, operands and settings.
        std::vector<at::Tensor> results(4 + count);
        if (!gradients.front().defined()) return results;
        const auto kept = context->get_saved_variables();
        auto gradient = gradients.front().contiguous(at::MemoryFormat::ChannelsLast);
        if (!settings.steps.empty()) {
            std::vector<bool> is_wanted;
            for (size_t index = 0; index < count; ++index) is_wanted.push_back(is_operand_wanted(index));
            const auto found = differentiate(
                settings, {kept.begin() + 3, kept.end()}, kept[2], gradient, is_wanted);
            gradient = found.front();
            for (size_t index = 0; index < count; ++index) {
                if (!is_wanted[index]) continue;
                results[3 + index] = settings.sizes.size() == 3 ? found[1 + index].squeeze(2) : found[1 + index];
            }
        }
        const auto &convolution = settings.convolution;
        if (context->needs_input_grad(0)) results[0] = convolution.input_gradient(kept[1].detach(), gradient);
        if (context->needs_input_grad(1) || (has_bias && context->needs_input_grad(2))) {
            std::tie(results[1], results[2]) = convolution.weight_gradients(kept[0].detach(), gradient);
            if (!has_bias) results[2] = at::Tensor();
        }
        return results;
    }
};

}  // namespace

at::Tensor differentiable_convolution(
    const ChannelsLastConvolution &convolution, const at::Tensor &input, const at::Tensor &weight,
    const at::Tensor &bias, const std::vector<ct_element_step> &steps, const std::vector<at::Tensor> &operands,
    at::IntArrayRef sizes) {
    const auto some_bias = bias.defined() ? optional_tensor(bias) : optional_tensor();
    return Function::apply(
        input, weight, some_bias, at::TensorList(operands),
        c10::make_intrusive<Settings>(convolution, steps, sizes.vec()));
}

}  // namespace ct
