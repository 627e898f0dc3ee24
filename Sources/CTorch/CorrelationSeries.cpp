// Sums of powers of correlations, which take the covariances of jointly normal channels through a function.

#include "Parallel.h"
#include "Vectors.h"

#include <algorithm>

using namespace ct;

namespace {

typedef double Vector __attribute__((vector_size(64)));
typedef double Loose __attribute__((vector_size(64), aligned(alignof(double)), may_alias));

constexpr int64_t lanes = 8;
// Rows whose sums stay in registers.
constexpr int64_t rows_at_once = 8;
// Channels of a square of results, which is computed once for both of its places.
constexpr int64_t square = 64;

// sum_k c_k,i c_k,j rho_ij^k for channels i and j.
struct Series {
    const double *covariance;
    // 1 / sigma and c, with zeros behind the channels up to a whole square. [padded] and [count, padded]
    const double *inverse;
    const double *coefficients;
    int64_t channels, padded, count;
    double *sums;
};

// Computes the square that starts at a row and a column. [square, square]
CT_INLINE void fill(const Series &series, int64_t row, int64_t column, double *values) {
    for (int64_t above = 0; above < square; above += rows_at_once) {
        for (int64_t left = 0; left < square; left += lanes) {
            const Vector others = *reinterpret_cast<const Loose *>(series.inverse + column + left);
            Vector correlations[rows_at_once], sums[rows_at_once] = {};
            for (int64_t lane = 0; lane < rows_at_once; ++lane) {
                const auto own = row + above + lane;
                Vector some = {};
                if (own < series.channels) {
                    const auto *from = series.covariance + own * series.channels + column + left;
                    if (column + left + lanes <= series.channels) {
                        some = *reinterpret_cast<const Loose *>(from);
                    } else {
                        for (int64_t k = 0; column + left + k < series.channels; ++k) some[k] = from[k];
                    }
                }
                some *= series.inverse[own] * others;
                some = some < -1 ? Vector{} - 1 : some;
                correlations[lane] = some > 1 ? Vector{} + 1 : some;
            }
            for (int64_t term = series.count - 1; term >= 0; --term) {
                const auto *coefficients = series.coefficients + term * series.padded;
                const Vector factors = *reinterpret_cast<const Loose *>(coefficients + column + left);
#pragma clang loop unroll(full)
                for (int64_t lane = 0; lane < rows_at_once; ++lane) {
                    sums[lane] = (sums[lane] + coefficients[row + above + lane] * factors) * correlations[lane];
                }
            }
            for (int64_t lane = 0; lane < rows_at_once; ++lane) {
                *reinterpret_cast<Loose *>(values + (above + lane) * square + left) = sums[lane];
            }
        }
    }
}

// Computes the rows of a square from the diagonal on, and the columns that equal them.
CT_INLINE void add_up(const Series &series, int64_t row) {
    alignas(64) double values[square * square];
    const auto rows = std::min(square, series.channels - row);
    for (int64_t column = row; column < series.channels; column += square) {
        fill(series, row, column, values);
        const auto columns = std::min(square, series.channels - column);
        for (int64_t own = 0; own < rows; ++own) {
            std::copy_n(values + own * square, columns, series.sums + (row + own) * series.channels + column);
        }
        if (column == row) continue;
        for (int64_t other = 0; other < columns; ++other) {
            auto *to = series.sums + (column + other) * series.channels + row;
            for (int64_t own = 0; own < rows; ++own) to[own] = values[own * square + other];
        }
    }
}

#if defined(__x86_64__)
CT_WIDEST void add_up_widest(const Series &series, int64_t row) { add_up(series, row); }
CT_WIDE void add_up_wide(const Series &series, int64_t row) { add_up(series, row); }
#endif

void add_up_on_this_processor(const Series &series, int64_t row) {
#if defined(__x86_64__)
    switch (vector_width()) {
    case VectorWidth::widest: return add_up_widest(series, row);
    case VectorWidth::wide: return add_up_wide(series, row);
    case VectorWidth::narrow: break;
    }
#endif
    add_up(series, row);
}

}  // namespace

int ct_correlation_series(
    ct_tensor covariance, ct_tensor deviations, ct_tensor coefficients, ct_tensor *result, ct_message *error) {
    return yielding(result, error, [&] {
        const auto channels = get(covariance).size(0);
        const auto padded = (channels + square - 1) / square * square;
        const auto values = get(covariance).to(at::kDouble).contiguous();
        TORCH_CHECK(
            values.dim() == 2 && values.size(1) == channels && get(deviations).numel() == channels
                && get(coefficients).dim() == 2 && get(coefficients).size(1) == channels,
            "a series of correlations needs one deviation and one coefficient of each power for each channel");
        const auto inverse = at::constant_pad_nd(get(deviations).to(at::kDouble).reciprocal(), {0, padded - channels});
        const auto factors = at::constant_pad_nd(get(coefficients).to(at::kDouble), {0, padded - channels}).contiguous();
        auto sums = at::empty({channels, channels}, values.options());
        const Series series{
            values.data_ptr<double>(), inverse.data_ptr<double>(), factors.data_ptr<double>(), channels, padded,
            factors.size(0), sums.data_ptr<double>()};
        // Long rows of squares go together with short ones, so that parts take equally long.
        const auto rows = padded / square;
        in_parallel((rows + 1) / 2, [&](int64_t begin, int64_t end) {
            for (auto index = begin; index < end; ++index) {
                add_up_on_this_processor(series, index * square);
                if (rows - 1 - index != index) add_up_on_this_processor(series, (rows - 1 - index) * square);
            }
        });
        return sums;
    });
}
