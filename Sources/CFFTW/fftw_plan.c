// SPDX-License-Identifier: Apache-2.0
// A transform is done in pieces of some lines, all by one plan of FFTW, the last piece of a row by another.
#include <math.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "CFFTW.h"
#include "fftw_library.h"
#include "fftw_room.h"
#include "weft_team.h"

// FFTW's flags. Estimating does not look at the arrays, and new ones may be given to the plan.
enum { UNALIGNED = 1U << 1, PRESERVE_INPUT = 1U << 4, ESTIMATE = 1U << 6 };
/// What FFTW's vector instructions want addresses to be multiples of.
enum { ALIGNMENT = 16 };
/// The numbers of a piece, which stay in a core's cache.
enum { PIECE_NUMBERS = 1 << 14 };

/// A plan of FFTW's, and the bytes that a thread takes while it runs it.
typedef struct made {
    void *fftw;
    int64_t bytes;
} made;

/// The plans for so many lines: for arrays that are aligned, and for others, which cost the vectors. The second is
/// made when it is first needed, since most arrays and their lines are aligned.
typedef struct pair {
    int64_t lines;
    made aligned, any;
    _Atomic bool has_any;
} pair;

struct weft_fft_plan {
    const wf_library *library;
    weft_fft_problem problem;
    /// Lines that lie side by side, and pieces of `width` of them: along `inner`, or along `outer` where each line is
    /// an array of its own.
    int64_t lines, width, pieces, rows;
    /// How many elements it is from one line to the next, and from one row of lines to the next.
    int64_t line_from, line_to, row_from, row_to;
    /// The bytes of an element.
    int64_t size_from, size_to;
    /// Of all pieces, and of the last one of a row where that is shorter.
    pair whole, rest;
    double cost;
};

static void *plan_lines(const weft_fft_plan *plan, int64_t lines, unsigned flags) {
    const weft_fft_problem *p = &plan->problem;
    wf_dim dim = {p->length, p->inner, p->inner}, loop = {lines, plan->line_from, plan->line_to};
    flags |= ESTIMATE | PRESERVE_INPUT;
    // Addresses that tell the arrays apart.
    void *from = (void *)64, *to = (void *)128;
    switch (p->kind) {
    case WEFT_FFT_FORWARD:
        return plan->library->plan_complex(1, &dim, 1, &loop, from, to, -1, flags);
    case WEFT_FFT_BACKWARD:
        return plan->library->plan_complex(1, &dim, 1, &loop, from, to, 1, flags);
    case WEFT_FFT_REAL: return plan->library->plan_real(1, &dim, 1, &loop, from, to, flags);
    case WEFT_FFT_INVERSE_REAL:
        return plan->library->plan_inverse_real(1, &dim, 1, &loop, from, to, flags);
    }
    return NULL;
}

/// For the thread that holds the planner.
static weft_fft_status make(const weft_fft_plan *plan, int64_t lines, unsigned flags, made *result) {
    if (!wf_has_room(weft_fft_planning_bytes(&plan->problem))) return WEFT_FFT_NO_MEMORY;
    void *fftw = plan_lines(plan, lines, flags);
    if (!fftw) return WEFT_FFT_NO_PLAN;
    *result = (made){fftw, wf_run_bytes(plan->library, fftw, &plan->problem, lines)};
    return WEFT_FFT_OK;
}

static weft_fft_status make_aligned(const weft_fft_plan *plan, pair *lines) {
    pthread_mutex_lock(&wf_planner);
    weft_fft_status status = make(plan, lines->lines, 0, &lines->aligned);
    pthread_mutex_unlock(&wf_planner);
    return status;
}

/// The plan for arrays anywhere; NULL where there is no memory for it.
static const made *plan_for_any(const weft_fft_plan *plan, pair *lines) {
    if (atomic_load_explicit(&lines->has_any, memory_order_acquire)) return &lines->any;
    pthread_mutex_lock(&wf_planner);
    bool is_there = lines->has_any
        || make(plan, lines->lines, UNALIGNED, &lines->any) == WEFT_FFT_OK;
    atomic_store_explicit(&lines->has_any, is_there, memory_order_release);
    pthread_mutex_unlock(&wf_planner);
    return is_there ? &lines->any : NULL;
}

weft_fft_plan *weft_fft_make_plan(const weft_fft_problem *problem, weft_fft_status *status) {
    const wf_library *library = wf_find_library(problem->is_double);
    *status = WEFT_FFT_NO_LIBRARY;
    if (!library) return NULL;
    *status = WEFT_FFT_NO_MEMORY;
    weft_fft_plan *plan = calloc(1, sizeof *plan);
    if (!plan) return NULL;
    plan->library = library;
    plan->problem = *problem;
    int64_t half = problem->length / 2 + 1;
    int64_t from = problem->kind == WEFT_FFT_INVERSE_REAL ? half : problem->length;
    int64_t to = problem->kind == WEFT_FFT_REAL ? half : problem->length;
    int64_t number = problem->is_double ? sizeof(double) : sizeof(float);
    plan->size_from = number * (problem->kind == WEFT_FFT_REAL ? 1 : 2);
    plan->size_to = number * (problem->kind == WEFT_FFT_INVERSE_REAL ? 1 : 2);
    bool is_flat = problem->inner == 1;
    plan->lines = is_flat ? problem->outer : problem->inner;
    plan->rows = is_flat ? 1 : problem->outer;
    plan->line_from = is_flat ? from : 1;
    plan->line_to = is_flat ? to : 1;
    plan->row_from = from * problem->inner;
    plan->row_to = to * problem->inner;
    // Four lines end at an aligned address whatever their length; lines side by side are read in whole cache lines.
    int64_t least = is_flat ? 4 : 16, width = PIECE_NUMBERS / problem->length / least * least;
    if (is_flat && problem->length >= PIECE_NUMBERS) least = 1;
    width = width < least ? least : width;
    plan->width = width < plan->lines ? width : plan->lines;
    plan->pieces = (plan->lines + plan->width - 1) / plan->width;
    double numbers = (double)plan->width * (double)problem->length;
    plan->cost = numbers * (1 + log2((double)problem->length)) * 0.3;
    plan->whole.lines = plan->width;
    plan->rest.lines = plan->lines % plan->width;
    *status = make_aligned(plan, &plan->whole);
    if (*status == WEFT_FFT_OK && plan->rest.lines) *status = make_aligned(plan, &plan->rest);
    if (*status == WEFT_FFT_OK) return plan;
    weft_fft_free_plan(plan);
    return NULL;
}

void weft_fft_free_plan(weft_fft_plan *plan) {
    if (!plan) return;
    const made *all[] = {&plan->whole.aligned, &plan->whole.any, &plan->rest.aligned, &plan->rest.any};
    pthread_mutex_lock(&wf_planner);
    for (int i = 0; i < 4; i++)
        if (all[i]->fftw) plan->library->free_plan(all[i]->fftw);
    pthread_mutex_unlock(&wf_planner);
    free(plan);
}

int64_t weft_fft_scratch_bytes(const weft_fft_plan *plan, int threads) {
    int64_t pieces = plan->rows * plan->pieces;
    return plan->whole.aligned.bytes * (threads < pieces ? threads : pieces);
}

/// Multiplies so many numbers.
static void multiply(const weft_fft_problem *problem, char *numbers, int64_t count) {
    if (problem->is_double) {
        double *x = (double *)numbers;
        for (int64_t i = 0; i < count; i++) x[i] *= problem->factor;
    } else {
        float *x = (float *)numbers, factor = (float)problem->factor;
        for (int64_t i = 0; i < count; i++) x[i] *= factor;
    }
}

/// Multiplies the results of a piece while they are in the cache.
static void scale(const weft_fft_plan *plan, char *to, int64_t lines) {
    const weft_fft_problem *problem = &plan->problem;
    if (problem->factor == 1) return;
    int64_t parts = problem->kind == WEFT_FFT_INVERSE_REAL ? 1 : 2;
    if (problem->inner == 1) {
        multiply(problem, to, lines * plan->line_to * parts);
        return;
    }
    int64_t elements = plan->row_to / problem->inner;
    for (int64_t k = 0; k < elements; k++)
        multiply(problem, to + k * problem->inner * plan->size_to, lines * parts);
}

typedef struct run {
    weft_fft_plan *plan;
    char *from, *to;
    _Atomic bool lacks_memory;
} run;

static void run_pieces(void *context, int64_t begin, int64_t end) {
    run *r = context;
    weft_fft_plan *plan = r->plan;
    int64_t looked_for = 0;
    for (int64_t i = begin; i < end; i++) {
        int64_t row = i / plan->pieces, piece = i % plan->pieces, line = piece * plan->width;
        char *from = r->from + (row * plan->row_from + line * plan->line_from) * plan->size_from;
        char *to = r->to + (row * plan->row_to + line * plan->line_to) * plan->size_to;
        bool is_rest = plan->rest.lines && piece == plan->pieces - 1;
        pair *lines = is_rest ? &plan->rest : &plan->whole;
        bool is_aligned = ((uintptr_t)from | (uintptr_t)to) % ALIGNMENT == 0;
        const made *made = is_aligned ? &lines->aligned : plan_for_any(plan, lines);
        if (!made || (made->bytes > looked_for && !wf_has_room(made->bytes))) {
            r->lacks_memory = true;
            return;
        }
        if (made->bytes > looked_for) looked_for = made->bytes;
        switch (plan->problem.kind) {
        case WEFT_FFT_FORWARD:
        case WEFT_FFT_BACKWARD: plan->library->run_complex(made->fftw, from, to); break;
        case WEFT_FFT_REAL: plan->library->run_real(made->fftw, from, to); break;
        case WEFT_FFT_INVERSE_REAL: plan->library->run_inverse_real(made->fftw, from, to); break;
        }
        scale(plan, to, lines->lines);
    }
}

weft_fft_status weft_fft_run(weft_fft_plan *plan, const void *from, void *to) {
    run r = {plan, (char *)from, to, false};
    weft_parallel_for(plan->rows * plan->pieces, 1, plan->cost, run_pieces, &r);
    return r.lacks_memory ? WEFT_FFT_NO_MEMORY : WEFT_FFT_OK;
}
