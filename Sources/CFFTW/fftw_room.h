// SPDX-License-Identifier: Apache-2.0
// What FFTW takes from the allocator, and whether it can have it.
#ifndef WEFT_FFTW_ROOM_H
#define WEFT_FFTW_ROOM_H

#include <stdbool.h>
#include <stdint.h>

#include "CFFTW.h"
#include "fftw_library.h"

/// The most bytes that a plan of FFTW's for so many lines takes in a run: 0 for most lengths. For the thread that
/// holds the planner.
int64_t wf_run_bytes(const wf_library *library, void *fftw, const weft_fft_problem *problem,
                     int64_t lines);

/// Whether this thread could have so many bytes now.
bool wf_has_room(int64_t bytes);

#endif
