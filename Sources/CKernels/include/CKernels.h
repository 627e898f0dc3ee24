#pragma once

// Loops over floats, compiled for several sets of instructions; the processor's own is chosen while the program runs.

#include <stddef.h>

#include "Vectors.h"

#ifdef __cplusplus
extern "C" {
#endif

// What is computed of two features.
typedef enum {
    // sum |x - y|
    CK_ABSOLUTE,
    // sqrt(sum (x - y)^2)
    CK_EUCLIDEAN,
    // max |x - y|
    CK_LARGEST,
} ck_distance;

// The most sources and targets of one call.
enum { CK_BLOCK = 128 };

// The features of some sources and some targets, each of `length` finite floats.
typedef struct {
    const float *const *sources;
    const float *const *targets;
    ptrdiff_t source_count, target_count, length;
    // Where the first ones stand among all. The first `shared_count` sources and targets are the same features, and of their
    // distances only those with source < target are needed.
    ptrdiff_t first_source, first_target, shared_count;
} ck_features;

// Computes the distances of every source from every target, [CK_BLOCK, CK_BLOCK] and zero before; those that are not needed
// are undefined.
//
// The relative error is at most 15 * 2^-24 = 9e-7 if all roundings add up, and about 1e-8 in practice. A result does not
// depend on other features; up to rounding it does not depend on the processor either.
void ck_distances(ck_distance kind, const ck_features *features, double *distances);

#ifdef __cplusplus
}
#endif
