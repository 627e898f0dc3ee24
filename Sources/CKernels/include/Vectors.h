#pragma once

#ifdef __cplusplus

// Sets of instructions that functions are compiled for, beside those that every processor has.
#if defined(__x86_64__)
#define CT_WIDE __attribute__((target("avx2,fma")))
#define CT_WIDEST __attribute__((target("avx512f,avx512vl,avx512dq,fma")))
#endif

// For a function that is part of functions that are compiled for several sets.
#define CT_INLINE __attribute__((always_inline)) inline

namespace ct {

enum class VectorWidth { narrow, wide, widest };

// The widest vectors that this processor has instructions for.
inline VectorWidth vector_width() {
#if defined(__x86_64__)
    static const auto width = [] {
        __builtin_cpu_init();
        if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return VectorWidth::narrow;
        const bool is_widest = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")
            && __builtin_cpu_supports("avx512dq");
        return is_widest ? VectorWidth::widest : VectorWidth::wide;
    }();
    return width;
#else
    return VectorWidth::narrow;
#endif
}

}  // namespace ct

#endif
