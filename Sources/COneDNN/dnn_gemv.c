// SPDX-License-Identifier: Apache-2.0
#include "dnn_internal.h"

// oneDNN treats a vector as a matrix of one row and is 2 to 10 times slower than memory then.

#include <string.h>

#define WD_CONCAT2(a, b) a##b
#define WD_CONCAT(a, b) WD_CONCAT2(a, b)
#define WD_NAME(name) WD_CONCAT(name, WD_SUFFIX)

// What an element of a matrix takes, which comes from a cache or from memory.
#define NANOSECONDS 0.05

// The rows or columns of a unit, the piece of work that a thread takes.
enum { ROWS_OF_UNIT = 16, COLUMNS_OF_UNIT = 1024 };

// Long columns are summed in parts, so that threads can share the rows of a matrix, not the
// columns: whole rows come from memory at twice the speed. The parts depend on the shape alone. They
// are large, since each one's sums move to the thread that adds them up; a matrix of 1024 by 1024 has four,
// and so at most four threads.
enum { ELEMENTS_OF_PART = 1 << 18, MOST_PARTS = 16 };

// Of a longer sum stretches of so many elements are added up by themselves: its error grows with the
// length of one and with their number, not with their product.
enum { LENGTH_OF_STRETCH = 1 << 13 };

// Rows so far apart, or a multiple of it, fall on the same sets of a first-level cache of eight ways. Eight
// of them at once would leave none for the sums.
enum { CROWDING_ELEMENTS = WD_CACHE_WAY_BYTES / sizeof(float) };

// The last vector of a matrix may reach beyond its end, so it comes from a copy.
typedef float lanes __attribute__((vector_size(64), aligned(4)));

#define WD_SUFFIX Base
#include "dnn_gemv_kernels.h"
#undef WD_SUFFIX

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define WD_SUFFIX Avx2
#include "dnn_gemv_kernels.h"
#undef WD_SUFFIX
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx2,fma"), \
                                            min_vector_width(512))), apply_to = function)
#define WD_SUFFIX Avx512
#include "dnn_gemv_kernels.h"
#undef WD_SUFFIX
#pragma clang attribute pop
#endif

typedef void (*kernel)(const float *matrix, const float *vector, float *out, int64_t first,
                       int64_t end, int64_t count, int64_t length);

static kernel chooseRows(void) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")) return rowsAvx512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return rowsAvx2;
#endif
    return rowsBase;
}

static kernel chooseColumns(void) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl"))
        return columnsAvx512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return columnsAvx2;
#endif
    return columnsBase;
}

typedef struct job {
    const wd_gemv *gemv;
    kernel kernel;
    int64_t unit, units, parts, part;  // part: the length of one
    const float *matrix, *vector, *bias, *addend;
    float *out, *partial;  // partial: [parts, batch, count]
} job;

static void finish(const job *j, const float *sums, int64_t item, int64_t first, int64_t end) {
    const wd_gemv *g = j->gemv;
    float *out = j->out + item * g->count;
    for (int64_t k = first; k < end; k++) {
        float value = sums[k - first];
        if (j->bias) value += j->bias[k * g->bias_step];
        if (j->addend) value += j->addend[item * g->count + k];
        if (g->relu && value <= 0) value = 0;
        out[k] = value;
    }
}

static void runUnit(void *context, int64_t i) {
    const job *j = context;
    const wd_gemv *g = j->gemv;
    int64_t part = i % j->parts, first = i / j->parts % j->units * j->unit;
    int64_t item = i / j->parts / j->units;
    int64_t end = first + j->unit < g->count ? first + j->unit : g->count;
    int64_t start = part * j->part;
    int64_t length = g->length - start < j->part ? g->length - start : j->part;
    float own[COLUMNS_OF_UNIT];
    float *sums = j->partial ? j->partial + (part * g->batch + item) * g->count + first : own;
    // Rows are never in parts, so that a start is one of whole rows of columns.
    j->kernel(j->matrix + item * g->matrix_step + start * g->count,
              j->vector + item * g->vector_step + start, sums, first, end, g->count, length);
    if (!j->partial) finish(j, sums, item, first, end);
}

size_t wd_gemv_prepare(wd_gemv *gemv) {
    gemv->part = gemv->length;
    gemv->parts = 1;
    if (!gemv->columns) return 0;
    int64_t part = ELEMENTS_OF_PART / gemv->count, least = (gemv->length - 1) / MOST_PARTS + 1;
    part = (part > least ? part : least) + 7;
    part -= part % 8;
    if (part >= gemv->length) return 0;
    gemv->part = part;
    gemv->parts = (gemv->length - 1) / part + 1;
    return (size_t)(gemv->parts * gemv->batch * gemv->count) * sizeof(float);
}

void wd_gemv_run(const wd_gemv *gemv, const float *matrix, const float *vector, const float *bias,
                 const float *addend, float *out, void *scratch) {
    int64_t unit = gemv->columns ? COLUMNS_OF_UNIT : ROWS_OF_UNIT;
    int64_t units = (gemv->count - 1) / unit + 1;
    job j = {gemv, gemv->columns ? chooseColumns() : chooseRows(), unit, units, gemv->parts,
             gemv->part, matrix, vector, bias, addend, out, gemv->parts > 1 ? scratch : NULL};
    double products = (double)(unit < gemv->count ? unit : gemv->count) * (double)gemv->part;
    wd_parallel(gemv->batch * units * gemv->parts, products * NANOSECONDS, runUnit, &j);
    if (!j.partial) return;
    int64_t outputs = gemv->batch * gemv->count;
    for (int64_t part = 1; part < gemv->parts; part++)
        for (int64_t k = 0; k < outputs; k++) j.partial[k] += j.partial[part * outputs + k];
    for (int64_t item = 0; item < gemv->batch; item++)
        finish(&j, j.partial + item * gemv->count, item, 0, gemv->count);
}
