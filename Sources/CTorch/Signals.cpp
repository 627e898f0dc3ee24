#include "Support.h"

using namespace ct;

int ct_fourier(
    ct_tensor tensor, int64_t axis, int64_t length, bool inverse, bool one_sided, ct_tensor *result,
    ct_message *error) {
    return yielding(result, error, [&]() -> at::Tensor {
        const auto &input = get(tensor);
        TORCH_CHECK(
            input.dim() >= 2 && (input.size(-1) == 1 || input.size(-1) == 2),
            "a Fourier transform needs a last axis of 1 or 2, got shape ", input.sizes());
        TORCH_CHECK(
            axis >= 0 && axis < input.dim() - 1, "cannot transform axis ", axis, " of shape ", input.sizes());
        require_within(1, length, "the length of a Fourier transform");
        auto real = input.select(-1, 0);
        auto signal = at::complex(
            real.contiguous(), input.size(-1) == 2 ? input.select(-1, 1).contiguous() : at::zeros_like(real));
        if (inverse && one_sided) return at::fft_irfft(signal, length, axis).unsqueeze(-1);
        auto spectrum = inverse ? at::fft_ifft(signal, length, axis) : at::fft_fft(signal, length, axis);
        if (one_sided) spectrum = spectrum.slice(axis, 0, length / 2 + 1);
        return at::view_as_real(spectrum.contiguous());
    });
}
