// SPDX-License-Identifier: Apache-2.0
#ifndef WEFT_DNN_INTERNAL_H
#define WEFT_DNN_INTERNAL_H

#include "COneDNN.h"

#include <stddef.h>

/// Notes a failure for weft_dnn_last_error().
void wd_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#if !__has_include(<oneapi/dnnl/dnnl.h>)
#error "oneDNN is missing: run Scripts/setup.sh, or install libdnnl-dev"
#endif
#include <oneapi/dnnl/dnnl.h>
#include <stdatomic.h>

/// Returns true if `status` is success, else notes the failure.
bool wd_ok(dnnl_status_t status, const char *what);

/// The process's CPU engine; NULL after a failure.
dnnl_engine_t wd_engine(void);

/// Whether oneDNN uses AVX-512 here.
bool wd_has_avx512(void);

/// `bytes` of the calling thread's scratch memory, aligned to 64 bytes; NULL if there are none.
/// The contents last until the thread's next call.
void *wd_scratch(size_t bytes);

static inline size_t wd_round64(size_t bytes) { return (bytes + 63) & ~(size_t)63; }

/// One way of a first-level cache: addresses so far apart want the same set of it.
#define WD_CACHE_WAY_BYTES 4096

// MARK: Threads

/// Up to so many multiplications, a second thread costs more than it saves.
#define WD_SERIAL_PRODUCTS 100000.0

/// And up to so many bytes of a filter.
#define WD_SERIAL_REORDER_BYTES 200000

/// The number of threads to make a handle for.
int wd_thread_count(int wanted);

/// The number of threads that the caller may use; 1 inside of a parallel region.
int wd_threads_now(void);
bool wd_in_parallel(void);

/// Lets oneDNN use `threads` from this thread; returns what to restore, 0 for nothing.
int wd_threads_set(int threads);
void wd_threads_restore(int saved);

/// Calls body(context, i) for each i in 0 ..< count on up to `threads` threads.
void wd_parallel(int64_t count, int threads, void (*body)(void *context, int64_t i),
                 void *context);

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
void wd_desc_free(wd_desc *desc);
wd_desc_ref wd_desc_see(const wd_desc *desc);
/// What `pd` wants for the execution argument `argument`; owned by `pd`.
wd_desc_ref wd_desc_wanted(const_dnnl_primitive_desc_t pd, int argument);

// MARK: Operations

enum { WD_MAX_ARGUMENTS = 5, WD_IDLE_BINDINGS = 8 };

typedef struct wd_binding wd_binding;

/// A primitive that any number of threads may run at once.
typedef struct wd_op {
    dnnl_primitive_t primitive;
    // The number of threads that the primitive was made for. It has scratch memory for no more.
    // Of an `exact` one the result depends on the number, in the last bits or altogether: it
    // takes so many whatever the caller may use.
    int threads;
    bool exact;
    int count;
    int arguments[WD_MAX_ARGUMENTS];  // DNNL_ARG_...
    size_t scratchpad_bytes;
    const char *implementation;
    // Memory objects hold the pointers of one run, so each run needs its own. They are costly
    // to make: those of finished runs wait here.
    _Atomic(wd_binding *) idle[WD_IDLE_BINDINGS];
} wd_op;

/// Takes over `pd`, also after a failure. `arguments` lack the scratchpad.
bool wd_op_init(wd_op *op, dnnl_primitive_desc_t pd, int threads, int count, const int *arguments);
void wd_op_free(wd_op *op);
/// `arrays` are in the order of the arguments. Sets the number of threads itself.
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
bool wd_reorder_init(wd_reorder *r, bool back, wd_desc_ref ours, wd_desc_ref theirs, int threads);

/// Runs a reorder that is needed, outside of an operation that has scratch memory under way.
weft_dnn_status wd_reorder_copy(const wd_reorder *r, const void *from, void *to);

// MARK: Relu

/// Makes what is below 0 to 0; what is not a number stays.
void wd_relu(float *elements, int64_t count, int threads);

// MARK: Products with a vector

/// out[batch, count] = matrix * vector, where a dense matrix is [count, length], or
/// [length, count] if `columns`.
typedef struct wd_gemv {
    int64_t batch, count, length;
    bool columns;
    int64_t matrix_step, vector_step;  // from one of the batch to the next; 0: the same for all
    int64_t bias_step;  // from one element of an output to the next, 0 or 1
    bool relu;
    int threads;
    int64_t parts, part;  // set by wd_gemv_prepare
} wd_gemv;

/// Completes `gemv` and returns the size of the scratch memory of its runs.
size_t wd_gemv_prepare(wd_gemv *gemv);

/// Elements of 32 bits; `bias` and `addend`, which is as large as `out`, may be NULL. The bits do not
/// depend on the number of threads.
void wd_gemv_run(const wd_gemv *gemv, const float *matrix, const float *vector, const float *bias,
                 const float *addend, float *out, void *scratch);

#endif
