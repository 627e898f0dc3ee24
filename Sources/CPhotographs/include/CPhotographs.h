#ifndef INTRAFUSION_CPHOTOGRAPHS_H
#define INTRAFUSION_CPHOTOGRAPHS_H

#include <stddef.h>

// The bundled photographs, compiled in so that the command is a single file.

/// How many photographs there are.
#define CP_PHOTOGRAPHS 30

/// A JPEG file in memory.
typedef struct {
    const unsigned char *bytes;
    size_t count;
} cp_photograph;

extern const cp_photograph cp_photographs[CP_PHOTOGRAPHS];

#endif
