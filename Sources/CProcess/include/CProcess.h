#ifndef INTRAFUSION_CPROCESS_H
#define INTRAFUSION_CPROCESS_H

/// Settings of the C library and of OpenMP that suit a process of long computations. They are made before `main` runs: linking
/// this module is enough.

/// How often a waiting OpenMP thread looks for work before it sleeps, unless the environment says otherwise.
///
/// Left alone, threads look for milliseconds: on a busy machine most of its time is spent so. Threads that sleep at once take
/// twice as long for small networks on a quiet one.
extern const char intrafusion_spin_setting[];

#endif
