#define _GNU_SOURCE
#include "CProcess.h"

#include <limits.h>

const char intrafusion_spin_setting[] = "GOMP_SPINCOUNT=1000";

#if defined(__linux__) && defined(__GLIBC__)
#include <alloca.h>
#include <malloc.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

// Large tensors come and go with every layer: pages that were given back have to be cleared again by the kernel.
__attribute__((constructor)) static void keep_pages(void) {
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, INT_MAX);
}

// OpenMP reads its settings when its library is loaded, before any constructor of this program: the program starts again, which is
// cheap here as no library has been initialised.
static void settle(int count, char **arguments, char **environment) {
    (void)count;
    static const char *const own[] = {"OMP_WAIT_POLICY=", "GOMP_SPINCOUNT="};
    size_t entries = 0;
    for (char **entry = environment; *entry; ++entry, ++entries) {
        for (size_t i = 0; i < sizeof own / sizeof *own; ++i) {
            if (strncmp(*entry, own[i], strlen(own[i])) == 0) return;
        }
    }
    char **settled = alloca((entries + 2) * sizeof *settled);
    memcpy(settled, environment, entries * sizeof *settled);
    settled[entries] = (char *)intrafusion_spin_setting;
    settled[entries + 1] = NULL;
    // If this fails, the program goes on without the setting.
    execve("/proc/self/exe", arguments, settled);
}

__attribute__((section(".preinit_array"), used)) static void (*const settled)(int, char **, char **) = settle;
#endif
