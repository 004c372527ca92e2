// SPDX-License-Identifier: Apache-2.0
// Copies of operands in the layouts that the primitives of a product want.
#include "dnn_matmul_internal.h"

#include <string.h>

// MARK: Rows

void wd_copy_rows(const void *from, size_t from_step, void *to, size_t to_step, int64_t rows,
                  size_t bytes) {
    for (int64_t row = 0; row < rows; row++)
        memcpy((char *)to + (size_t)row * to_step, (const char *)from + (size_t)row * from_step,
               bytes);
}

typedef struct padding_job {
    const char *from;
    char *to;
    size_t row, step;
    int64_t rows;
} padding_job;

enum { ROWS_AT_ONCE = 16 };

static void padRows(void *context, int64_t i) {
    const padding_job *job = context;
    int64_t first = i * ROWS_AT_ONCE, left = job->rows - first;
    wd_copy_rows(job->from + (size_t)first * job->row, job->row,
                 job->to + (size_t)first * job->step, job->step,
                 left < ROWS_AT_ONCE ? left : ROWS_AT_ONCE, job->row);
}

void wd_pad_rows(const void *from, void *to, int64_t rows, int64_t columns, size_t element) {
    padding_job job = {from, to, (size_t)columns * element,
                       (size_t)(columns + WD_PADDING) * element, rows};
    wd_parallel((rows - 1) / ROWS_AT_ONCE + 1, (double)job.row * ROWS_AT_ONCE * 0.1, padRows, &job);
}

// MARK: A layout of the primitives

// What moving an element takes, and what is worth a piece of its own.
#define NANOSECONDS 0.2
#define PIECE_ELEMENTS 8192
// Layouts have blocks of so many columns or fewer.
enum { BLOCK = 64, MOST_PIECES = 32 };

/// The last of `pieces` has all columns that are left, fewer or more than `columns`.
static void setPieces(wd_matmul_packing *packing, const wd_matmul_problem *p, int64_t pieces,
                      int64_t columns, size_t element) {
    packing->pieces = pieces;
    packing->from_step = (size_t)(p->transpose_b ? columns * p->k : columns) * element;
    packing->cost = NANOSECONDS * (double)columns * (double)p->k;
}

/// The layout that a primitive for `p` likes best.
static bool findLayout(wd_desc *layout, const wd_matmul_problem *p,
                       const weft_dnn_matmul_spec *spec) {
    wd_desc any;
    memset(&any, 0, sizeof any);
    dnnl_primitive_desc_t pd = NULL;
    if (wd_desc_any(&any, 2, (int64_t[]){p->k, p->n}, wd_type(spec->b)))
        pd = wd_matmul_describe(p, spec, &(wd_matmul_layouts){.b = WD_B_ANY}, &any);
    wd_desc_free(&any);
    if (!pd) return false;
    bool good = wd_desc_copy(layout, wd_desc_wanted(pd, DNNL_ARG_WEIGHTS));
    dnnl_primitive_desc_destroy(pd);
    return good;
}

static bool makeReorders(wd_matmul_packing *packing, const wd_matmul_problem *p,
                         weft_dnn_type b, int64_t columns) {
    dnnl_data_type_t type = wd_type(b);
    size_t element = wd_type_bytes(b);
    setPieces(packing, p, (p->n - 1) / columns + 1, columns, element);
    wd_reorder *made[2] = {&packing->usual, &packing->last};
    bool good = true;
    for (int i = 0; good && i < (packing->pieces > 1 ? 2 : 1); i++) {
        int64_t first = i ? (packing->pieces - 1) * columns : 0, at = 0;
        wd_matmul_problem part = *p;
        part.n = i || packing->pieces == 1 ? p->n - first : columns;
        wd_desc ours, theirs;
        memset(&ours, 0, sizeof ours), memset(&theirs, 0, sizeof theirs);
        good = wd_matmul_b(&ours, &part, type)
            && wd_desc_part(&theirs, &packing->layout, (int64_t[]){p->k, part.n},
                            (int64_t[]){0, first}, &at)
            && wd_reorder_init(made[i], false, wd_desc_see(&ours), wd_desc_see(&theirs));
        wd_desc_free(&ours), wd_desc_free(&theirs);
    }
    int64_t step = 0;
    if (packing->pieces > 1) good = good && wd_matmul_packing_step(packing, p, columns, &step);
    packing->to_step = (size_t)step * element;
    return good;
}

bool wd_matmul_packing_init(wd_matmul_packing *packing, const wd_matmul_problem *p,
                            const weft_dnn_matmul_spec *spec) {
    if (!findLayout(&packing->layout, p, spec)) return false;
    packing->bytes = dnnl_memory_desc_get_size(wd_desc_see(&packing->layout));
    int64_t pieces = 1, blocks = (p->n - 1) / BLOCK + 1;
    while (pieces < MOST_PIECES && 2 * pieces <= blocks
           && p->k * p->n / (2 * pieces) >= PIECE_ELEMENTS)
        pieces *= 2;
    return makeReorders(packing, p, spec->b, ((blocks - 1) / pieces + 1) * BLOCK);
}

bool wd_matmul_packing_init_apart(wd_matmul_packing *packing, const wd_matmul_problem *p,
                                  const weft_dnn_matmul_spec *spec, const wd_matmul_cut *cut,
                                  const wd_matmul_problem *usual, const wd_matmul_problem *last) {
    packing->is_apart = true;
    // A single piece is the last one.
    const wd_matmul_problem *pieces[2] = {cut->pieces > 1 ? usual : last, last};
    setPieces(packing, p, cut->axis == WD_COLUMNS ? cut->pieces : 1, pieces[0]->n,
              wd_type_bytes(spec->b));
    wd_desc *layouts[2] = {&packing->layout, &packing->last_layout};
    wd_reorder *reorders[2] = {&packing->usual, &packing->last};
    for (int i = 0; i < (packing->pieces > 1 ? 2 : 1); i++) {
        wd_matmul_problem part = *p;
        part.n = pieces[i]->n;
        wd_desc ours;
        memset(&ours, 0, sizeof ours);
        bool good = findLayout(layouts[i], pieces[i], spec)
            && wd_matmul_b(&ours, &part, wd_type(spec->b))
            && wd_reorder_init(reorders[i], false, wd_desc_see(&ours), wd_desc_see(layouts[i]));
        wd_desc_free(&ours);
        if (!good || !reorders[i]->needed) return false;
    }
    packing->bytes = packing->usual.bytes;
    if (packing->pieces == 1) return true;
    packing->to_step = wd_round64(packing->usual.bytes);
    packing->last_place = (size_t)(packing->pieces - 1) * packing->to_step;
    packing->bytes = packing->last_place + packing->last.bytes;
    return true;
}

void wd_matmul_packing_free(wd_matmul_packing *packing) {
    wd_op_free(&packing->usual.op);
    wd_op_free(&packing->last.op);
    wd_desc_free(&packing->layout);
    wd_desc_free(&packing->last_layout);
    memset(packing, 0, sizeof *packing);
}

bool wd_matmul_packing_part(const wd_matmul_packing *packing, int64_t k, int64_t columns,
                            bool last, wd_desc *part) {
    if (packing->is_apart) {
        bool own = last && packing->pieces > 1;
        return wd_desc_copy(part, wd_desc_see(own ? &packing->last_layout : &packing->layout));
    }
    int64_t first;
    return wd_desc_part(part, &packing->layout, (int64_t[]){k, columns}, (int64_t[]){0, 0}, &first);
}

bool wd_matmul_packing_step(const wd_matmul_packing *packing, const wd_matmul_problem *p,
                            int64_t columns, int64_t *step) {
    wd_desc rest;
    bool good = wd_desc_part(&rest, &packing->layout, (int64_t[]){p->k, p->n - columns},
                             (int64_t[]){0, columns}, step);
    wd_desc_free(&rest);
    return good;
}

typedef struct packing_job {
    const wd_matmul_packing *packing;
    const char *b;
    char *to;
    wd_outcome outcome;
} packing_job;

static void packPiece(void *context, int64_t i) {
    packing_job *job = context;
    const wd_matmul_packing *packing = job->packing;
    bool last = packing->pieces > 1 && i == packing->pieces - 1;
    // In a layout of the whole, that of the last piece says where it is.
    wd_outcome_note(&job->outcome,
                    wd_reorder_copy(last ? &packing->last : &packing->usual,
                                    job->b + (size_t)i * packing->from_step,
                                    job->to + (last ? packing->last_place
                                                    : (size_t)i * packing->to_step)));
}

weft_dnn_status wd_matmul_packing_run(const wd_matmul_packing *packing, const void *b, void *to) {
    packing_job job = {.packing = packing, .b = b, .to = to};
    wd_parallel(packing->pieces, packing->cost, packPiece, &job);
    return wd_outcome_take(&job.outcome);
}
