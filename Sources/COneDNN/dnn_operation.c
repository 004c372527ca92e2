// SPDX-License-Identifier: Apache-2.0
#include "dnn_internal.h"

#include <stdlib.h>
#include <string.h>

// MARK: Memory descriptors

#if DNNL_VERSION_MAJOR >= 3

bool wd_desc_strided(wd_desc *desc, int rank, const int64_t *dims, dnnl_data_type_t type,
                     const int64_t *strides) {
    *desc = NULL;
    return wd_ok(wd_memory_desc_create_with_strides(desc, rank, dims, type, strides), "array");
}

bool wd_desc_any(wd_desc *desc, int rank, const int64_t *dims, dnnl_data_type_t type) {
    *desc = NULL;
    return wd_ok(wd_memory_desc_create_with_tag(desc, rank, dims, type, dnnl_format_tag_any),
                 "array");
}

bool wd_desc_part(wd_desc *desc, const wd_desc *whole, const int64_t *dims, const int64_t *offsets,
                  int64_t *first) {
    *desc = NULL;
    return wd_ok(dnnl_memory_desc_create_submemory(desc, *whole, dims, offsets), "part of an array")
        && wd_ok(dnnl_memory_desc_query(*desc, dnnl_query_submemory_offset_s64, first), "its place");
}

bool wd_desc_copy(wd_desc *desc, wd_desc_ref from) {
    *desc = NULL;
    return wd_ok(dnnl_memory_desc_clone(desc, from), "array");
}

void wd_desc_free(wd_desc *desc) {
    if (*desc) dnnl_memory_desc_destroy(*desc);
    *desc = NULL;
}

wd_desc_ref wd_desc_see(const wd_desc *desc) { return *desc; }

#else

bool wd_desc_strided(wd_desc *desc, int rank, const int64_t *dims, dnnl_data_type_t type,
                     const int64_t *strides) {
    return wd_ok(dnnl_memory_desc_init_by_strides(desc, rank, dims, type, strides), "array");
}

bool wd_desc_any(wd_desc *desc, int rank, const int64_t *dims, dnnl_data_type_t type) {
    return wd_ok(dnnl_memory_desc_init_by_tag(desc, rank, dims, type, dnnl_format_tag_any),
                 "array");
}

bool wd_desc_part(wd_desc *desc, const wd_desc *whole, const int64_t *dims, const int64_t *offsets,
                  int64_t *first) {
    bool good = wd_ok(dnnl_memory_desc_init_submemory(desc, whole, dims, offsets),
                      "part of an array");
    *first = good ? desc->offset0 : 0;
    return good;
}

bool wd_desc_copy(wd_desc *desc, wd_desc_ref from) {
    *desc = *from;
    return true;
}

void wd_desc_free(wd_desc *desc) { memset(desc, 0, sizeof *desc); }

wd_desc_ref wd_desc_see(const wd_desc *desc) { return desc->ndims ? desc : NULL; }

#endif

wd_desc_ref wd_desc_wanted(const_dnnl_primitive_desc_t pd, int argument) {
    return dnnl_primitive_desc_query_md(pd, dnnl_query_exec_arg_md, argument);
}

dnnl_primitive_attr_t wd_attributes(void) {
    dnnl_primitive_attr_t attributes = NULL;
    if (!wd_ok(wd_primitive_attr_create(&attributes), "attributes")) return NULL;
    // oneDNN's own scratchpad belongs to a primitive or to a thread, depending on how the library
    // was built; the first forbids concurrent runs.
    if (!wd_ok(dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user),
               "scratchpad mode")) {
        dnnl_primitive_attr_destroy(attributes);
        return NULL;
    }
    return attributes;
}

// MARK: Operations

struct wd_binding {
    dnnl_stream_t stream;
    int count;
    dnnl_exec_arg_t arguments[WD_MAX_ARGUMENTS + 1];
};

static void destroyBinding(wd_binding *binding) {
    for (int i = 0; i < binding->count; i++) dnnl_memory_destroy(binding->arguments[i].memory);
    if (binding->stream) dnnl_stream_destroy(binding->stream);
    free(binding);
}

static wd_binding *makeBinding(const wd_op *op) {
    wd_binding *binding = calloc(1, sizeof *binding);
    if (!binding) {
        wd_fail("no memory");
        return NULL;
    }
    dnnl_engine_t engine = wd_engine();
    const_dnnl_primitive_desc_t pd = NULL;
    bool good = engine
        && wd_ok(wd_stream_create(&binding->stream, engine, dnnl_stream_default_flags), "stream")
        && wd_ok(dnnl_primitive_get_primitive_desc(op->primitive, &pd), "description");
    int count = op->count + (op->scratchpad_bytes > 0);
    for (int i = 0; good && i < count; i++) {
        int argument = i < op->count ? op->arguments[i] : DNNL_ARG_SCRATCHPAD;
        dnnl_memory_t memory = NULL;
        good = wd_ok(wd_memory_create(&memory, wd_desc_wanted(pd, argument), engine,
                                      DNNL_MEMORY_NONE), "memory");
        if (good) binding->arguments[binding->count++] = (dnnl_exec_arg_t){argument, memory};
    }
    if (good) return binding;
    destroyBinding(binding);
    return NULL;
}

static wd_binding *takeBinding(const wd_op *op) {
    // The pool is not part of what callers see as the handle's value.
    _Atomic(wd_binding *) *idle = ((wd_op *)op)->idle;
    for (int i = 0; i < WD_IDLE_BINDINGS; i++) {
        if (!atomic_load_explicit(&idle[i], memory_order_relaxed)) continue;
        wd_binding *binding = atomic_exchange_explicit(&idle[i], NULL, memory_order_acquire);
        if (binding) return binding;
    }
    return makeBinding(op);
}

static void returnBinding(const wd_op *op, wd_binding *binding) {
    _Atomic(wd_binding *) *idle = ((wd_op *)op)->idle;
    for (int i = 0; i < WD_IDLE_BINDINGS; i++) {
        wd_binding *expected = NULL;
        if (atomic_compare_exchange_strong_explicit(&idle[i], &expected, binding,
                                                    memory_order_release, memory_order_relaxed))
            return;
    }
    destroyBinding(binding);
}

bool wd_op_init(wd_op *op, dnnl_primitive_desc_t pd, int count, const int *arguments) {
    memset(op, 0, sizeof *op);
    op->count = count;
    memcpy(op->arguments, arguments, (size_t)count * sizeof *arguments);
    wd_desc_ref scratchpad = dnnl_primitive_desc_query_md(pd, dnnl_query_scratchpad_md, 0);
    op->scratchpad_bytes = scratchpad ? dnnl_memory_desc_get_size(scratchpad) : 0;
    bool good = wd_ok(wd_primitive_create(&op->primitive, pd), "primitive");
    dnnl_primitive_desc_destroy(pd);
    const_dnnl_primitive_desc_t own = NULL;
    if (good && dnnl_primitive_get_primitive_desc(op->primitive, &own) == dnnl_success)
        dnnl_primitive_desc_query(own, dnnl_query_impl_info_str, 0, &op->implementation);
    // The first binding shows now what would otherwise fail in a run.
    wd_binding *binding = good ? makeBinding(op) : NULL;
    if (binding) {
        atomic_store(&op->idle[0], binding);
        return true;
    }
    wd_op_free(op);
    return false;
}

void wd_op_free(wd_op *op) {
    for (int i = 0; i < WD_IDLE_BINDINGS; i++) {
        wd_binding *binding = atomic_exchange(&op->idle[i], NULL);
        if (binding) destroyBinding(binding);
    }
    if (op->primitive) dnnl_primitive_destroy(op->primitive);
    op->primitive = NULL;
}

weft_dnn_status wd_op_run(const wd_op *op, void *const *arrays, void *scratchpad) {
    wd_binding *binding = takeBinding(op);
    if (!binding) return WEFT_DNN_OUT_OF_MEMORY;
    bool good = true;
    for (int i = 0; i < binding->count; i++) {
        void *array = i < op->count ? arrays[i] : scratchpad;
        good &= dnnl_memory_set_data_handle(binding->arguments[i].memory, array) == dnnl_success;
    }
    dnnl_status_t status = dnnl_runtime_error;
    if (good) {
        int saved = wd_serial_begin();
        status = wd_primitive_execute(op->primitive, binding->stream, binding->count,
                                      binding->arguments);
        wd_serial_end(saved);
    }
    returnBinding(op, binding);
    if (wd_ok(status, "run")) return WEFT_DNN_OK;
    return status == dnnl_out_of_memory ? WEFT_DNN_OUT_OF_MEMORY : WEFT_DNN_FAILED;
}
