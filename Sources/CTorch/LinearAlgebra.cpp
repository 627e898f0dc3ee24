#include "Support.h"

#include <algorithm>

using namespace ct;

namespace {

// How many rows of a symmetric product are computed at a time: few, so that little left of the diagonal is.
constexpr int64_t strip = 256;

}  // namespace

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

int ct_symmetric_product(
    ct_tensor matrix, ct_tensor left, ct_tensor right, double factor, ct_tensor *result, ct_message *error) {
    return yielding(result, error, [&] {
        const auto &rows = get(left), &columns = get(right);
        TORCH_CHECK(rows.dim() == 2 && columns.dim() == 2, "a symmetric product is one of matrices");
        const auto count = rows.size(0);
        TORCH_CHECK(columns.size(1) == count, "a symmetric product is square, not ", count, " x ", columns.size(1));
        const auto base = get_optional(matrix);
        auto sums = at::empty({count, count}, rows.options());
        for (int64_t start = 0; start < count; start += strip) {
            const auto end = std::min(start + strip, count);
            auto own = sums.slice(0, start, end).slice(1, start);
            const auto before = base ? base->slice(0, start, end).slice(1, start) : own;
            at::addmm_out(own, before, rows.slice(0, start, end), columns.slice(1, start), base ? 1 : 0, factor);
            for (int64_t below = end; below < count; below += strip) {
                const auto last = std::min(below + strip, count);
                sums.slice(0, below, last).slice(1, start, end).copy_(own.slice(1, below - start, last - start).t());
            }
        }
        return sums;
    });
}

int ct_mix_slices(
    ct_tensor input, const int64_t *targets, const int64_t *sources, const double *weights, int64_t terms, int64_t count,
    ct_tensor *result, ct_message *error) {
    return yielding(result, error, [&] {
        const auto &slices = get(input);
        auto shape = slices.sizes().vec();
        TORCH_CHECK(!shape.empty(), "a number has no slices to mix");
        shape[0] = count;
        auto sums = at::zeros(shape, slices.options());
        for (int64_t term = 0; term < terms; ++term) {
            sums.select(0, targets[term]).add_(slices.select(0, sources[term]), weights[term]);
        }
        return sums;
    });
}
