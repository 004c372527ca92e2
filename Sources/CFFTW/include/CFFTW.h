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
} weft_fft_status;

/// A transform: the sums of all elements of a line, each times its exponential, times `factor`.
typedef struct weft_fft_problem {
    weft_fft_kind kind;
    int is_double;
    int64_t outer, length, inner;
    double factor;
} weft_fft_problem;

typedef struct weft_fft_plan weft_fft_plan;

/// A plan, which many threads may use at once; NULL where there is none, and why.
weft_fft_plan *weft_fft_make_plan(const weft_fft_problem *problem, weft_fft_status *status);
void weft_fft_free_plan(weft_fft_plan *plan);

/// Runs a plan.
void weft_fft_run(const weft_fft_plan *plan, const void *from, void *to);

/// The version of the library that is there, of single or of double precision; NULL for none.
const char *weft_fft_library_version(int is_double);

#ifdef __cplusplus
}
#endif

#endif
