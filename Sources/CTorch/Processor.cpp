// Corrects OpenBLAS's choice of kernels for processors that are newer than it.

#include <cstdlib>
#include <cstring>
#include <dlfcn.h>

#if defined(__x86_64__)
namespace {

// Takes kernels for the instructions that there are, where OpenBLAS did not know the processor and fell back to those of 2004:
// products of matrices are several times as fast. Kernels named by OPENBLAS_CORETYPE are kept.
__attribute__((constructor)) void chooseKernels() {
    if (std::getenv("OPENBLAS_CORETYPE")) return;
    const auto name = reinterpret_cast<char *(*)()>(dlsym(RTLD_DEFAULT, "openblas_get_corename"));
    const auto quit = reinterpret_cast<void (*)()>(dlsym(RTLD_DEFAULT, "gotoblas_dynamic_quit"));
    const auto init = reinterpret_cast<void (*)()>(dlsym(RTLD_DEFAULT, "gotoblas_dynamic_init"));
    if (!name || !quit || !init || std::strcmp(name(), "Prescott") != 0) return;
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return;
    const bool isWide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
        && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    // What names the kernels is looked up while they are chosen.
    setenv("OPENBLAS_CORETYPE", isWide ? "SkylakeX" : "Haswell", 1);
    quit();
    init();
    unsetenv("OPENBLAS_CORETYPE");
}

}  // namespace
#endif
