// Distances between features. Targets lie side by side in vectors, so that a lane adds up one pair.

#include "CKernels.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace {

// How many terms are added in a register, and how many such sums in `float`; all else is added in `double`.
constexpr ptrdiff_t chain = 8;
constexpr ptrdiff_t chains = 8;
// How many elements of each feature are taken at a time.
constexpr ptrdiff_t stretch = 2 * chain * chains;

// What is added up.
enum class Term { absolute, product, largest };

typedef float Four __attribute__((vector_size(16)));
typedef float LooseFour __attribute__((vector_size(16), aligned(alignof(float)), may_alias));

// Copies four rows of four elements to the columns of [4, stride].
CT_INLINE void transpose(
    const float *first, const float *second, const float *third, const float *fourth, float *to, ptrdiff_t stride) {
    const Four a = *reinterpret_cast<const LooseFour *>(first), b = *reinterpret_cast<const LooseFour *>(second);
    const Four c = *reinterpret_cast<const LooseFour *>(third), d = *reinterpret_cast<const LooseFour *>(fourth);
    const Four left = __builtin_shufflevector(a, b, 0, 4, 1, 5), right = __builtin_shufflevector(c, d, 0, 4, 1, 5);
    const Four lower = __builtin_shufflevector(a, b, 2, 6, 3, 7), upper = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    *reinterpret_cast<LooseFour *>(to) = __builtin_shufflevector(left, right, 0, 1, 4, 5);
    *reinterpret_cast<LooseFour *>(to + stride) = __builtin_shufflevector(left, right, 2, 3, 6, 7);
    *reinterpret_cast<LooseFour *>(to + 2 * stride) = __builtin_shufflevector(lower, upper, 0, 1, 4, 5);
    *reinterpret_cast<LooseFour *>(to + 3 * stride) = __builtin_shufflevector(lower, upper, 2, 3, 6, 7);
}

// Whether a pair is to be computed, by its place among these features.
CT_INLINE bool is_needed(const ck_features &features, ptrdiff_t source, ptrdiff_t target) {
    const auto row = features.first_source + source, column = features.first_target + target;
    return row < column || row >= features.shared_count || column >= features.shared_count;
}

// A tile is `Rows` sources and two vectors of targets, whose sums stay in registers.
template <int Lanes, int Rows> struct Kernel {
    static constexpr int width = 2 * Lanes;
    typedef float Vector __attribute__((vector_size(Lanes * sizeof(float))));
    typedef int32_t Bits __attribute__((vector_size(Lanes * sizeof(float))));
    typedef float Loose __attribute__((vector_size(Lanes * sizeof(float)), aligned(alignof(float)), may_alias));
    typedef double Wide __attribute__((vector_size(Lanes * sizeof(double))));
    typedef double LooseWide __attribute__((vector_size(Lanes * sizeof(double)), aligned(alignof(double)), may_alias));

    template <Term Kind> static CT_INLINE void add(const Vector &source, const Vector &target, Vector &sum) {
        if constexpr (Kind == Term::product) {
            sum += source * target;
        } else {
            const Vector size = (Vector)((Bits)(source - target) & 0x7fffffff);
            if constexpr (Kind == Term::absolute) {
                sum += size;
            } else {
                sum = size > sum ? size : sum;
            }
        }
    }

    // Adds elements of sources [count, Rows] and targets [count, width] to totals [Rows, CK_BLOCK].
    template <Term Kind>
    static CT_INLINE void tile(
        const float *sources, const float *targets, ptrdiff_t count, double *totals) {
        for (ptrdiff_t outer = 0; outer < count; outer += chain * chains) {
            Vector partial[Rows][2] = {};
            const ptrdiff_t limit = std::min(outer + chain * chains, count);
            for (ptrdiff_t start = outer; start < limit; start += chain) {
                Vector sums[Rows][2] = {};
                const ptrdiff_t end = std::min(start + chain, limit);
                for (ptrdiff_t k = start; k < end; ++k) {
                    const Vector left = *reinterpret_cast<const Loose *>(targets + k * width);
                    const Vector right = *reinterpret_cast<const Loose *>(targets + k * width + Lanes);
#pragma clang loop unroll(full)
                    for (int m = 0; m < Rows; ++m) {
                        // Subtracting zero, unlike adding it, leaves every number as it is, so that this costs nothing.
                        const Vector value = sources[k * Rows + m] - Vector{};
                        add<Kind>(value, left, sums[m][0]);
                        add<Kind>(value, right, sums[m][1]);
                    }
                }
#pragma clang loop unroll(full)
                for (int m = 0; m < Rows; ++m) {
#pragma clang loop unroll(full)
                    for (int v = 0; v < 2; ++v) {
                        if constexpr (Kind == Term::largest) {
                            partial[m][v] = sums[m][v] > partial[m][v] ? sums[m][v] : partial[m][v];
                        } else {
                            partial[m][v] += sums[m][v];
                        }
                    }
                }
            }
            for (int m = 0; m < Rows; ++m) {
                for (int v = 0; v < 2; ++v) {
                    auto *total = reinterpret_cast<LooseWide *>(totals + m * CK_BLOCK + v * Lanes);
                    const Wide sum = __builtin_convertvector(partial[m][v], Wide);
                    if constexpr (Kind == Term::largest) {
                        *total = sum > *total ? sum : *total;
                    } else {
                        *total += sum;
                    }
                }
            }
        }
    }

    // Copies elements of features side by side, [panels, count, Width]; those of further features are zero.
    template <int Width>
    static CT_INLINE void fill(
        float *panel, const float *const *features, ptrdiff_t feature_count, ptrdiff_t column, ptrdiff_t count) {
        for (ptrdiff_t first = 0; first < feature_count; first += Width, panel += count * Width) {
            for (ptrdiff_t lane = 0; lane < Width; lane += 4) {
                const float *rows[4];
                const auto some = std::min<ptrdiff_t>(4, feature_count - first - lane);
                for (ptrdiff_t row = 0; row < some; ++row) rows[row] = features[first + lane + row] + column;
                float *to = panel + lane;
                ptrdiff_t k = 0;
                for (; some == 4 && k + 4 <= count; k += 4, to += 4 * Width) {
                    transpose(rows[0] + k, rows[1] + k, rows[2] + k, rows[3] + k, to, Width);
                }
                for (; k < count; ++k, to += Width) {
                    for (ptrdiff_t row = 0; row < 4; ++row) to[row] = row < some ? rows[row][k] : 0;
                }
            }
        }
    }

    // Adds up the terms of all pairs that are needed.
    template <Term Kind> static CT_INLINE void all(const ck_features &features, double *totals) {
        alignas(64) float sources[CK_BLOCK * stretch];
        alignas(64) float targets[CK_BLOCK * stretch];
        for (ptrdiff_t column = 0; column < features.length; column += stretch) {
            const auto count = std::min(stretch, features.length - column);
            fill<Rows>(sources, features.sources, features.source_count, column, count);
            fill<width>(targets, features.targets, features.target_count, column, count);
            for (ptrdiff_t target = 0; target < features.target_count; target += width) {
                const auto last = std::min(target + width, features.target_count) - 1;
                for (ptrdiff_t source = 0; source < features.source_count; source += Rows) {
                    const auto end = std::min<ptrdiff_t>(source + Rows, features.source_count) - 1;
                    if (!is_needed(features, source, last) && !is_needed(features, end, last)) continue;
                    tile<Kind>(
                        sources + source * count, targets + target * count, count,
                        totals + source * CK_BLOCK + target);
                }
            }
        }
    }
};

// Sums in `double` with sixteen lanes, whatever the processor's vectors, so that the order of the terms is the same.
typedef float Lanes __attribute__((vector_size(16 * sizeof(float)), aligned(alignof(float)), may_alias));
typedef double WideLanes __attribute__((vector_size(16 * sizeof(double))));

// Returns sum x^2.
CT_INLINE double squares(const float *x, ptrdiff_t length) {
    WideLanes sums = {};
    ptrdiff_t k = 0;
    for (; k + 16 <= length; k += 16) {
        const WideLanes values = __builtin_convertvector(*reinterpret_cast<const Lanes *>(x + k), WideLanes);
        sums += values * values;
    }
    double total = 0;
    for (int lane = 0; lane < 16; ++lane) total += sums[lane];
    for (; k < length; ++k) total += static_cast<double>(x[k]) * x[k];
    return total;
}

// Returns sum (x - y)^2.
CT_INLINE double squared_differences(const float *x, const float *y, ptrdiff_t length) {
    WideLanes sums = {};
    ptrdiff_t k = 0;
    for (; k + 16 <= length; k += 16) {
        const WideLanes difference = __builtin_convertvector(*reinterpret_cast<const Lanes *>(x + k), WideLanes)
            - __builtin_convertvector(*reinterpret_cast<const Lanes *>(y + k), WideLanes);
        sums += difference * difference;
    }
    double total = 0;
    for (int lane = 0; lane < 16; ++lane) total += sums[lane];
    for (; k < length; ++k) {
        const double difference = static_cast<double>(x[k]) - y[k];
        total += difference * difference;
    }
    return total;
}

// Turns products into distances: |x - y|^2 = |x|^2 + |y|^2 - 2 <x, y>. Where that would cancel, and where products may leave
// the range of `float`, differences are squared instead.
CT_INLINE void euclidean(const ck_features &features, double *totals) {
    double target_squares[CK_BLOCK];
    for (ptrdiff_t target = 0; target < features.target_count; ++target) {
        target_squares[target] = squares(features.targets[target], features.length);
    }
    const double least = features.length * 1e-30;
    for (ptrdiff_t source = 0; source < features.source_count; ++source) {
        const double source_squares = squares(features.sources[source], features.length);
        double *row = totals + source * CK_BLOCK;
        int64_t is_lost[CK_BLOCK], lost = 0;
        for (ptrdiff_t target = 0; target < features.target_count; ++target) {
            const double sum = source_squares + target_squares[target];
            const double squared = sum - 2 * row[target];
            const double bounded = squared >= sum / 2 ? squared : 0;
            // Also where the total is not a number.
            is_lost[target] = !(bounded > 0) | !(bounded <= 2 * sum) | (sum < least);
            lost += is_lost[target];
            row[target] = std::sqrt(bounded);
        }
        for (ptrdiff_t target = 0; lost > 0 && target < features.target_count; ++target) {
            if (!is_lost[target] || !is_needed(features, source, target)) continue;
            row[target] = std::sqrt(
                squared_differences(features.sources[source], features.targets[target], features.length));
        }
    }
}

// Computes in `double` what left the range of `float`.
void mend(ck_distance kind, const ck_features &features, double *totals) {
    for (ptrdiff_t source = 0; source < features.source_count; ++source) {
        for (ptrdiff_t target = 0; target < features.target_count; ++target) {
            double &total = totals[source * CK_BLOCK + target];
            if (std::isfinite(total)) continue;
            const float *x = features.sources[source], *y = features.targets[target];
            total = 0;
            for (ptrdiff_t k = 0; k < features.length; ++k) {
                const double size = std::abs(static_cast<double>(x[k]) - y[k]);
                total = kind == CK_ABSOLUTE ? total + size : std::max(total, size);
            }
        }
    }
}

template <int Lanes, int Rows>
CT_INLINE void run(ck_distance kind, const ck_features &features, double *totals) {
    switch (kind) {
    case CK_ABSOLUTE: return Kernel<Lanes, Rows>::template all<Term::absolute>(features, totals);
    case CK_LARGEST: return Kernel<Lanes, Rows>::template all<Term::largest>(features, totals);
    case CK_EUCLIDEAN:
        Kernel<Lanes, Rows>::template all<Term::product>(features, totals);
        return euclidean(features, totals);
    }
}

#if defined(__x86_64__)
CT_WIDEST void run_widest(ck_distance kind, const ck_features &features, double *totals) {
    run<16, 8>(kind, features, totals);
}

CT_WIDE void run_wide(ck_distance kind, const ck_features &features, double *totals) {
    run<8, 4>(kind, features, totals);
}
#endif

void run_on_this_processor(ck_distance kind, const ck_features &features, double *totals) {
#if defined(__x86_64__)
    switch (ct::vector_width()) {
    case ct::VectorWidth::widest: return run_widest(kind, features, totals);
    case ct::VectorWidth::wide: return run_wide(kind, features, totals);
    case ct::VectorWidth::narrow: break;
    }
#endif
    run<4, 4>(kind, features, totals);
}

}  // namespace

void ck_distances(ck_distance kind, const ck_features *features, double *distances) {
    run_on_this_processor(kind, *features, distances);
    if (kind != CK_EUCLIDEAN) mend(kind, *features, distances);
}
