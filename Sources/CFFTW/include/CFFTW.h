// SPDX-License-Identifier: Apache-2.0
#ifndef WEFT_FFTW_H
#define WEFT_FFTW_H

#include <stdint.h>

// Fourier transforms by FFTW, behind an interface of its own.
//
// FFTW is under the GPL. Nothing here is linked with it or made from its headers: the library that the machine
// has is loaded when a transform is first asked for, and where it has none that is reported.
//
// - Arrays are dense: `outer` x `length` x `inner`, of which the axis in the middle is transformed; the parts of
//   a complex number stand side by side. Outputs do not overlap inputs, which stay as they are.
// - Lines are divided among the caller's team (weft_team.h) by shapes alone; FFTW itself runs on the thread
//   that calls it. Hence the same inputs give the same bits in every run of a plan.
// - FFTW ends the process where it is refused memory. So what it could take is looked for before it is called,
//   by each thread; what others take in between is not seen.

#ifdef __cplusplus
extern "C" {
#endif

typedef enum weft_fft_kind {
    WEFT_FFT_FORWARD = 0,   // complex -> complex, with exp(−2πi·jk / length)
    WEFT_FFT_BACKWARD,      // complex -> complex, with exp(+2πi·jk / length)
    WEFT_FFT_REAL,          // real -> the first half of the complex numbers, length / 2 + 1
    WEFT_FFT_INVERSE_REAL,  // these -> real; what only complex results could have is not looked at
} weft_fft_kind;

typedef enum weft_fft_status {
    WEFT_FFT_OK = 0,
    WEFT_FFT_NO_LIBRARY,
    WEFT_FFT_NO_PLAN,
    WEFT_FFT_NO_MEMORY,
} weft_fft_status;

/// A transform: the sums of all elements of a line, each times its exponential, times `factor`.
typedef struct weft_fft_problem {
    weft_fft_kind kind;
    int is_double;
    int64_t outer, length, inner;
    double factor;
} weft_fft_problem;

typedef struct weft_fft_plan weft_fft_plan;

/// The most bytes that making a plan takes, a good part of which the plan keeps.
int64_t weft_fft_planning_bytes(const weft_fft_problem *problem);

/// A plan, which many threads may use at once; NULL where there is none, and why.
weft_fft_plan *weft_fft_make_plan(const weft_fft_problem *problem, weft_fft_status *status);
void weft_fft_free_plan(weft_fft_plan *plan);

/// The most bytes that so many threads take while they run a plan.
int64_t weft_fft_scratch_bytes(const weft_fft_plan *plan, int threads);

/// Runs a plan. Without memory for it the results are undefined.
weft_fft_status weft_fft_run(weft_fft_plan *plan, const void *from, void *to);

/// The version of the library that is there, of single or of double precision; NULL for none.
const char *weft_fft_library_version(int is_double);

#ifdef __cplusplus
}
#endif

#endif
