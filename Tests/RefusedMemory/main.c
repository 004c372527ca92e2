// SPDX-License-Identifier: Apache-2.0
//
// Makes and runs operations of oneDNN, LAPACK and FFTW in processes that may take a little more memory than nothing.
// Prints how many ended in an error and how many were done; ends with 0 when no process was ended.
#include "CFFTW.h"
#include "CLapack.h"
#include "COneDNN.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static float a[48 * 40], b[40 * 64], c[48 * 64];

static weft_dnn_matmul *made;

/// Runs a product that has been made with enough memory.
static bool runs(void) { return weft_dnn_matmul_run(made, a, b, NULL, NULL, c) == WEFT_DNN_OK; }

static bool multiplies(int64_t rows) {
    weft_dnn_matmul_spec spec = {.batch = 1, .m = rows, .k = 40, .n = 64};
    made = weft_dnn_matmul_create(&spec);
    return made && runs();
}

static bool convolves(int64_t channels) {
    weft_dnn_conv_spec spec = {.kind = WEFT_DNN_CONV_FORWARD, .spatial_rank = 2, .batch = 1,
                               .input_channels = channels, .output_channels = channels,
                               .groups = 1};
    for (int i = 0; i < 2; i++) {
        spec.input[i] = spec.output[i] = 8;
        spec.kernel[i] = 3;
        spec.strides[i] = spec.dilations[i] = spec.padding_low[i] = spec.padding_high[i] = 1;
    }
    weft_dnn_conv *conv = weft_dnn_conv_create(&spec);
    if (!conv) return false;
    weft_dnn_conv_destroy(conv);
    return true;
}

/// Factorizes in a process that has not done so before: the library still has to get its buffer.
static bool factorizes(void) {
    static double matrix[64 * 64];
    for (int i = 0; i < 64; i++) matrix[i * 65] = 1;
    return !weft_lapack_cholesky(WEFT_LAPACK_F64, 1, 64, matrix, matrix).fault;
}

/// Lines of a prime length, for which FFTW takes memory in each run.
enum { LINES = 3, PRIME = 10007 };
static float lines[2 * LINES * PRIME], spectrum[2 * LINES * PRIME];
static weft_fft_plan *transform;

/// Runs a transform that has been made with enough memory.
static bool transforms(void) {
    return weft_fft_run(transform, lines, spectrum) == WEFT_FFT_OK;
}

/// The same of arrays that are not aligned, for which another plan is made first.
static bool transforms_anywhere(void) {
    return weft_fft_run(transform, lines + 1, spectrum + 1) == WEFT_FFT_OK;
}

static bool plans(int64_t length) {
    weft_fft_problem problem = {.kind = WEFT_FFT_FORWARD, .outer = LINES - 1, .length = length,
                                .inner = 1, .factor = 1};
    weft_fft_status status;
    transform = weft_fft_make_plan(&problem, &status);
    return transform != NULL;
}

static bool plans_again(void) { return plans(PRIME - 4) && transforms(); }
static bool multiplies_again(void) { return multiplies(48); }
static bool convolves_again(void) { return convolves(40); }

typedef struct operation {
    bool (*is_done)(void);
    size_t most_bytes;
} operation;

/// The pages of the address space in use.
static long pages(void) {
    long count = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%ld", &count) != 1) count = -1;
    if (file) fclose(file);
    return count;
}

/// What is allocated to be there; a compiler leaves out what nobody sees.
static void *volatile sink;

/// Leaves the process `bytes` of memory, in one piece.
static void leave(size_t bytes) {
    void *rest = sink = malloc(bytes);
    struct rlimit limit;
    limit.rlim_cur = limit.rlim_max = (rlim_t)pages() * (rlim_t)sysconf(_SC_PAGESIZE);
    if (!rest || setrlimit(RLIMIT_AS, &limit)) _exit(2);
    for (size_t size = 1 << 20; size > 0; size = size > 1024 ? size / 2 : size - 16)
        do sink = malloc(size);
        while (sink);
    free(rest);
}

int main(void) {
    // A sanitizer's shadow memory takes more than any limit.
    if (pages() < 0 || pages() > 1 << 24) return 0;
    // What a library does once, and C++ for its first exception, is not what is looked at.
    if (!convolves(24) || !multiplies(47)) return 1;
    operation operations[8] = {
        {runs, 64 << 20}, {multiplies_again, 64 << 20}, {convolves_again, 64 << 20},
        {factorizes, 512 << 20},
    };
    int count = 4;
    if (weft_fft_library_version(0)) {
        if (!plans(PRIME)) return 1;
        operations[count++] = (operation){transforms, 64 << 20};
        operations[count++] = (operation){transforms_anywhere, 64 << 20};
        operations[count++] = (operation){plans_again, 64 << 20};
    }
    int all_failed = 0, all_done = 0, ended = 0;
    for (int i = 0; i < count; i++) {
        int failed = 0, done = 0;
        for (size_t bytes = 64; bytes <= operations[i].most_bytes; bytes += bytes / 4) {
            pid_t child = fork();
            if (child == 0) {
                leave(bytes);
                _exit(operations[i].is_done() ? 0 : 1);
            }
            int status = 0;
            waitpid(child, &status, 0);
            if (!WIFEXITED(status) || WEXITSTATUS(status) > 1) ended++;
            else if (WEXITSTATUS(status) == 1) failed++;
            else done++;
        }
        if (!failed || !done) return 1;
        all_failed += failed;
        all_done += done;
    }
    printf("%d failed, %d were done, %d processes ended\n", all_failed, all_done, ended);
    return ended == 0 ? 0 : 1;
}
