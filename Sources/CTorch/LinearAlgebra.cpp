#include "Support.h"

using namespace ct;

int ct_symmetric_eigen(ct_tensor input, ct_tensor *values, ct_tensor *vectors, ct_message *error) {
    return guarded(error, [&] {
        const auto &matrices = get(input);
        // LAPACK's behaviour is not defined where something is not a number.
        TORCH_CHECK(at::isfinite(matrices).all().item<bool>(), "an eigenvalue problem has entries that are not finite");
        auto [eigenvalues, eigenvectors] = at::linalg_eigh(matrices);
        ct_tensor owned[2];
        own_all({eigenvalues, eigenvectors}, owned);
        *values = owned[0];
        *vectors = owned[1];
    });
}

int ct_determinant(ct_tensor input, ct_tensor *result, ct_message *error) {
    return yielding(result, error, [&] { return at::linalg_det(get(input)); });
}
