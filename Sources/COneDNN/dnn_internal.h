// SPDX-License-Identifier: Apache-2.0
#ifndef WEFT_DNN_INTERNAL_H
#define WEFT_DNN_INTERNAL_H

#include "COneDNN.h"

#include <stddef.h>

/// Notes a failure for weft_dnn_last_error().
void wd_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#include "dnn_guarded.h"

#include <stdatomic.h>

/// Returns true if `status` is success, else notes the failure.
bool wd_ok(dnnl_status_t status, const char *what);

/// Whether there is memory for what the library takes to make a primitive. It does not look at every
/// allocation, and writes code where exceptions cannot come out: without memory it ends the process.
bool wd_has_room(void);

/// The process's CPU engine; NULL after a failure.
dnnl_engine_t wd_engine(void);

/// Whether oneDNN uses AVX-512 here.
bool wd_has_avx512(void);

/// Whether there are instructions that multiply elements of the type, and sum the products exactly as
/// far as the sums' type goes.
bool wd_multiplies(weft_dnn_type type);

/// So many products of bytes, 255 by -128, have sums that F32 holds.
#define WD_FLOAT_TERMS 514

/// Whether there are products of such operands to such results at all.
bool wd_are_factors(weft_dnn_type a, weft_dnn_type b, weft_dnn_type c);

dnnl_data_type_t wd_type(weft_dnn_type type);
/// The size of an element.
size_t wd_type_bytes(weft_dnn_type type);

/// What a thread's scratch memory is for: what all pieces of an operation share, or one piece.
typedef enum wd_scratch_use { WD_SHARED, WD_PIECE, WD_SCRATCH_USES } wd_scratch_use;

/// `bytes` of the calling thread's scratch memory, aligned to 64 bytes; NULL if there are none.
/// The contents last until the thread's next call for the same use.
void *wd_scratch(wd_scratch_use use, size_t bytes);

static inline size_t wd_round64(size_t bytes) { return (bytes + 63) & ~(size_t)63; }

/// One way of a first-level cache: addresses so far apart want the same set of it.
#define WD_CACHE_WAY_BYTES 4096

// MARK: Threads

/// What a multiplication with its addition takes, in nanoseconds.
#define WD_PRODUCT_NANOSECONDS 0.02

/// Lets oneDNN use nothing but the calling thread until wd_serial_end is given what this returned.
int wd_serial_begin(void);
void wd_serial_end(int saved);

/// The threads that may do `pieces` at once.
size_t wd_threads_of(int64_t pieces);

/// Calls body(context, i) for each i in 0 ..< count, which takes about `cost` nanoseconds, on the
/// caller's team.
void wd_parallel(int64_t count, double cost, void (*body)(void *context, int64_t i), void *context);

/// What became of an operation of several pieces: the first failure, with its message, which is
/// noted on the thread that failed.
typedef struct wd_outcome {
    _Atomic int failed;
    weft_dnn_status status;
    char message[256];
} wd_outcome;

void wd_outcome_note(wd_outcome *outcome, weft_dnn_status status);
/// After all pieces; notes the message for the calling thread.
weft_dnn_status wd_outcome_take(wd_outcome *outcome);

// MARK: Memory descriptors

// A struct in version 2 and an owned pointer in version 3.
typedef dnnl_memory_desc_t wd_desc;
#if DNNL_VERSION_MAJOR >= 3
typedef const_dnnl_memory_desc_t wd_desc_ref;
#else
typedef const dnnl_memory_desc_t *wd_desc_ref;
#endif

bool wd_desc_strided(wd_desc *desc, int rank, const int64_t *dims, dnnl_data_type_t type,
                     const int64_t *strides);
/// The layout is left to the primitive.
bool wd_desc_any(wd_desc *desc, int rank, const int64_t *dims, dnnl_data_type_t type);
/// A part of `whole` that begins at `offsets`, which are multiples of the layout's blocks; where the
/// part begins, in elements, is in `first`.
bool wd_desc_part(wd_desc *desc, const wd_desc *whole, const int64_t *dims, const int64_t *offsets,
                  int64_t *first);
/// A copy of what belongs to oneDNN.
bool wd_desc_copy(wd_desc *desc, wd_desc_ref from);
void wd_desc_free(wd_desc *desc);
wd_desc_ref wd_desc_see(const wd_desc *desc);
/// What `pd` wants for the execution argument `argument`; owned by `pd`.
wd_desc_ref wd_desc_wanted(const_dnnl_primitive_desc_t pd, int argument);

// MARK: Operations

enum { WD_MAX_ARGUMENTS = 5, WD_IDLE_BINDINGS = 8 };

typedef struct wd_binding wd_binding;

/// A primitive, which one thread runs, and any number of threads at once.
typedef struct wd_op {
    dnnl_primitive_t primitive;
    int count;
    int arguments[WD_MAX_ARGUMENTS];  // DNNL_ARG_...
    size_t scratchpad_bytes;
    const char *implementation;
    // Memory objects hold the pointers of one run, so each run needs its own. They are costly
    // to make: those of finished runs wait here.
    _Atomic(wd_binding *) idle[WD_IDLE_BINDINGS];
} wd_op;

/// Takes over `pd`, also after a failure. `arguments` lack the scratchpad.
bool wd_op_init(wd_op *op, dnnl_primitive_desc_t pd, int count, const int *arguments);
void wd_op_free(wd_op *op);
/// `arrays` are in the order of the arguments. Only the calling thread does it.
weft_dnn_status wd_op_run(const wd_op *op, void *const *arrays, void *scratchpad);

/// Attributes with the scratchpad mode that concurrent runs need; NULL after a failure.
dnnl_primitive_attr_t wd_attributes(void);

// MARK: Layouts

/// Between an array in the caller's layout and the same in that of a primitive.
typedef struct wd_reorder {
    bool needed;   // the layouts differ
    size_t bytes;  // of the primitive's array
    wd_op op;
} wd_reorder;

/// `back`: from the primitive's to the caller's.
bool wd_reorder_init(wd_reorder *r, bool back, wd_desc_ref ours, wd_desc_ref theirs);

/// Runs a reorder that is needed, outside of an operation that has scratch memory under way.
weft_dnn_status wd_reorder_copy(const wd_reorder *r, const void *from, void *to);

// MARK: Relu

/// Makes what is below 0 to 0 in rows of `columns` elements, `step` elements apart; what is not a
/// number stays.
void wd_relu(float *first, int64_t rows, int64_t columns, int64_t step);

// MARK: Products with a vector

/// out[batch, count] = matrix * vector, where a dense matrix is [count, length], or
/// [length, count] if `columns`.
typedef struct wd_gemv {
    int64_t batch, count, length;
    bool columns;
    int64_t matrix_step, vector_step;  // from one of the batch to the next; 0: the same for all
    int64_t bias_step;  // from one element of an output to the next, 0 or 1
    bool relu;
    int64_t parts, part;  // set by wd_gemv_prepare
} wd_gemv;

/// Completes `gemv` and returns the size of the scratch memory of its runs.
size_t wd_gemv_prepare(wd_gemv *gemv);

/// Elements of 32 bits; `bias` and `addend`, which is as large as `out`, may be NULL. The bits do not
/// depend on the number of threads.
void wd_gemv_run(const wd_gemv *gemv, const float *matrix, const float *vector, const float *bias,
                 const float *addend, float *out, void *scratch);

#endif
