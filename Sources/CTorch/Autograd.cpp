#include <torch/csrc/autograd/autograd.h>

#include "Support.h"

using namespace ct;

int ct_require_gradient(ct_tensor input, ct_tensor *result, ct_message *error) {
    return yielding(result, error, [&] { return get(input).detach().requires_grad_(true); });
}

int ct_detach(ct_tensor input, ct_tensor *result, ct_message *error) {
    return yielding(result, error, [&] { return get(input).detach(); });
}

int ct_gradients(
    ct_tensor loss, const ct_tensor *parameters, int32_t count, ct_tensor *results, ct_message *error) {
    return guarded(error, [&] {
        std::vector<at::Tensor> inputs;
        std::vector<size_t> recorded;
        for (int32_t index = 0; index < count; ++index) {
            const at::Tensor &parameter = get(parameters[index]);
            if (!parameter.requires_grad()) continue;
            inputs.push_back(parameter);
            recorded.push_back(static_cast<size_t>(index));
        }
        TORCH_CHECK(count == 0 || !inputs.empty(), "no gradient is recorded for any of the parameters");
        auto found = torch::autograd::grad(
            {get(loss)}, inputs, {}, /*retain_graph=*/{}, /*create_graph=*/false, /*allow_unused=*/true);
        std::vector<at::Tensor> gradients(static_cast<size_t>(count));
        for (size_t place = 0; place < recorded.size(); ++place) gradients[recorded[place]] = found[place];
        own_all(gradients, results);
    });
}

int ct_gradient_descent_step(
    const ct_tensor *parameters, const ct_tensor *gradients, const ct_tensor *buffers, int32_t count,
    double learning_rate, double momentum, double weight_decay, bool nesterov, ct_tensor *new_parameters,
    ct_tensor *new_buffers, ct_message *error) {
    return guarded(error, [&] {
        std::vector<at::Tensor> results;
        results.resize(2 * static_cast<size_t>(count));
        for (int32_t index = 0; index < count; ++index) {
            auto parameter = get(parameters[index]).detach();
            auto gradient = get(gradients[index]).detach();
            TORCH_CHECK(
                gradient.sizes() == parameter.sizes(), "parameter ", index, " has shape ", parameter.sizes(),
                ", its gradient ", gradient.sizes());
            if (weight_decay != 0) gradient = gradient.add(parameter, weight_decay);
            auto direction = gradient;
            at::Tensor velocity;
            if (momentum != 0) {
                velocity = buffers[index] == nullptr ? gradient : get(buffers[index]).mul(momentum).add_(gradient);
                direction = nesterov ? gradient.add(velocity, momentum) : velocity;
            }
            results[static_cast<size_t>(index)] = parameter.add(direction, -learning_rate);
            results[static_cast<size_t>(count + index)] = velocity;
        }
        std::vector<ct_tensor> owned(results.size());
        own_all(results, owned.data());
        std::copy(owned.begin(), owned.begin() + count, new_parameters);
        std::copy(owned.begin() + count, owned.end(), new_buffers);
    });
}
