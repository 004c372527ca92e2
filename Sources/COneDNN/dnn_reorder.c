// SPDX-License-Identifier: Apache-2.0
#include "dnn_internal.h"

bool wd_reorder_init(wd_reorder *r, bool back, wd_desc_ref ours, wd_desc_ref theirs) {
    r->bytes = dnnl_memory_desc_get_size(theirs);
    r->needed = !dnnl_memory_desc_equal(theirs, ours);
    if (!r->needed) return true;
    dnnl_engine_t engine = wd_engine();
    dnnl_primitive_attr_t attr = wd_attributes();
    if (!attr) return false;
    int saved = wd_serial_begin();
    dnnl_primitive_desc_t pd = NULL;
    bool good = wd_ok(wd_reorder_primitive_desc_create(&pd, back ? theirs : ours, engine,
                                                       back ? ours : theirs, engine, attr),
                      "array layout");
    dnnl_primitive_attr_destroy(attr);
    int arguments[2] = {DNNL_ARG_FROM, DNNL_ARG_TO};
    good = good && wd_op_init(&r->op, pd, 2, arguments);
    wd_serial_end(saved);
    return good;
}

weft_dnn_status wd_reorder_copy(const wd_reorder *r, const void *from, void *to) {
    void *scratch = NULL;
    if (r->op.scratchpad_bytes) {
        scratch = wd_scratch(WD_PIECE, r->op.scratchpad_bytes);
        if (!scratch) return WEFT_DNN_OUT_OF_MEMORY;
    }
    return wd_op_run(&r->op, (void *[]){(void *)from, to}, scratch);
}
