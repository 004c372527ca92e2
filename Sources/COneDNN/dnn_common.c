// SPDX-License-Identifier: Apache-2.0
#include "dnn_internal.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

// MARK: Errors

static _Thread_local char lastError[256];

void wd_fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(lastError, sizeof lastError, format, arguments);
    va_end(arguments);
}

const char *weft_dnn_last_error(void) { return lastError; }

#if WEFT_DNN_AVAILABLE

bool wd_ok(dnnl_status_t status, const char *what) {
    if (status == dnnl_success) return true;
    const char *reason;
    switch (status) {
    case dnnl_out_of_memory: reason = "out of memory"; break;
    case dnnl_invalid_arguments: reason = "invalid arguments"; break;
    case dnnl_unimplemented: reason = "not implemented"; break;
    case dnnl_runtime_error: reason = "run-time error"; break;
    default: reason = "failure"; break;
    }
    wd_fail("oneDNN, %s: %s (%d)", what, reason, (int)status);
    return false;
}

bool weft_dnn_version(int *major, int *minor, int *patch) {
    // Not the header's: a program may run with a newer library.
    const dnnl_version_t *version = dnnl_version();
    *major = version->major;
    *minor = version->minor;
    *patch = version->patch;
    return true;
}

// MARK: Engine

static dnnl_engine_t engine;
static pthread_once_t engineOnce = PTHREAD_ONCE_INIT;

static void makeEngine(void) {
    if (dnnl_engine_create(&engine, dnnl_cpu, 0) != dnnl_success) engine = NULL;
}

dnnl_engine_t wd_engine(void) {
    pthread_once(&engineOnce, makeEngine);
    if (!engine) wd_fail("oneDNN has no CPU engine");
    return engine;
}

// MARK: Scratch memory

// A thread's runs follow one another, so they all share one block.
typedef struct scratch {
    void *block;
    size_t bytes;
} scratch;

static _Thread_local scratch threadScratch;
static pthread_key_t scratchKey;
static pthread_once_t scratchOnce = PTHREAD_ONCE_INIT;
static bool hasScratchKey;

static void freeScratch(void *block) { free(block); }

static void makeScratchKey(void) { hasScratchKey = pthread_key_create(&scratchKey, freeScratch) == 0; }

void weft_dnn_release_scratch(void) {
    if (!threadScratch.block) return;
    if (hasScratchKey) pthread_setspecific(scratchKey, NULL);
    free(threadScratch.block);
    threadScratch = (scratch){NULL, 0};
}

void *wd_scratch(size_t bytes) {
    if (bytes <= threadScratch.bytes) return threadScratch.block;
    pthread_once(&scratchOnce, makeScratchKey);
    weft_dnn_release_scratch();
    // Growth in larger steps spares a sequence of slightly growing requests.
    size_t rounded = (bytes + 0xFFFF) & ~(size_t)0xFFFF;
    void *block = NULL;
    if (rounded < bytes || posix_memalign(&block, 64, rounded) != 0) {
        wd_fail("no memory for %zu bytes of scratch", bytes);
        return NULL;
    }
    threadScratch = (scratch){block, rounded};
    if (hasScratchKey) pthread_setspecific(scratchKey, block);
    return block;
}

#else  // Without oneDNN

static void *unavailable(void) {
    wd_fail("Weft was built without oneDNN");
    return NULL;
}

static weft_dnn_status failed(void) {
    unavailable();
    return WEFT_DNN_FAILED;
}

bool weft_dnn_version(int *major, int *minor, int *patch) {
    *major = *minor = *patch = 0;
    return false;
}

void weft_dnn_release_scratch(void) {}

weft_dnn_matmul *weft_dnn_matmul_create(const weft_dnn_matmul_spec *spec) {
    return (void)spec, unavailable();
}
weft_dnn_status weft_dnn_matmul_run(const weft_dnn_matmul *matmul, const void *a, const void *b,
                                    const void *bias, const void *addend, void *c) {
    return (void)matmul, (void)a, (void)b, (void)bias, (void)addend, (void)c, failed();
}
void weft_dnn_matmul_destroy(weft_dnn_matmul *matmul) { (void)matmul; }
const char *weft_dnn_matmul_implementation(const weft_dnn_matmul *matmul) { return (void)matmul, ""; }

weft_dnn_conv *weft_dnn_conv_create(const weft_dnn_conv_spec *spec) {
    return (void)spec, unavailable();
}
weft_dnn_status weft_dnn_conv_forward(const weft_dnn_conv *conv, const float *input,
                                      const float *filter, const float *bias, float *output) {
    return (void)conv, (void)input, (void)filter, (void)bias, (void)output, failed();
}
weft_dnn_status weft_dnn_conv_backward_data(const weft_dnn_conv *conv, const float *output_gradient,
                                            const float *filter, float *input_gradient) {
    return (void)conv, (void)output_gradient, (void)filter, (void)input_gradient, failed();
}
weft_dnn_status weft_dnn_conv_backward_filter(const weft_dnn_conv *conv, const float *input,
                                              const float *output_gradient, float *filter_gradient,
                                              float *bias_gradient) {
    return (void)conv, (void)input, (void)output_gradient, (void)filter_gradient,
           (void)bias_gradient, failed();
}
void weft_dnn_conv_destroy(weft_dnn_conv *conv) { (void)conv; }
const char *weft_dnn_conv_implementation(const weft_dnn_conv *conv) { return (void)conv, ""; }

#endif
