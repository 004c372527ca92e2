// SPDX-License-Identifier: Apache-2.0
// FFTW's functions, found in the library at run time.
#ifndef WEFT_FFTW_LIBRARY_H
#define WEFT_FFTW_LIBRARY_H

#include <pthread.h>
#include <stddef.h>

/// One loop over an array: how many steps, and how far each goes in the input and in the output.
typedef struct wf_dim {
    ptrdiff_t n, from, to;
} wf_dim;

/// The functions for one precision. Pointers to numbers are of its type.
typedef struct wf_library {
    void *(*plan_complex)(int rank, const wf_dim *dims, int loops, const wf_dim *loop_dims, void *from,
                          void *to, int sign, unsigned flags);
    void *(*plan_real)(int rank, const wf_dim *dims, int loops, const wf_dim *loop_dims, void *from,
                       void *to, unsigned flags);
    void *(*plan_inverse_real)(int rank, const wf_dim *dims, int loops, const wf_dim *loop_dims,
                               void *from, void *to, unsigned flags);
    void (*run_complex)(void *plan, void *from, void *to);
    void (*run_real)(void *plan, void *from, void *to);
    void (*run_inverse_real)(void *plan, void *from, void *to);
    void (*free_plan)(void *plan);
    /// A plan as a text to be freed. NULL where the library has no such function.
    char *(*describe_plan)(void *plan);
    const char *version;
} wf_library;

/// The library of single or of double precision; NULL where the machine has none.
const wf_library *wf_find_library(int is_double);

/// Held while a plan is made or freed: FFTW's planner serves one thread at a time.
extern pthread_mutex_t wf_planner;

#endif
