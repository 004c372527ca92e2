// SPDX-License-Identifier: Apache-2.0
#include "dnn_internal.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>

// MARK: Errors

static _Thread_local char lastError[256];

void wd_fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(lastError, sizeof lastError, format, arguments);
    va_end(arguments);
}

const char *weft_dnn_last_error(void) { return lastError; }

void wd_outcome_note(wd_outcome *outcome, weft_dnn_status status) {
    if (status == WEFT_DNN_OK || atomic_exchange(&outcome->failed, 1)) return;
    outcome->status = status;
    memcpy(outcome->message, lastError, sizeof lastError);
}

weft_dnn_status wd_outcome_take(wd_outcome *outcome) {
    if (!outcome->failed) return WEFT_DNN_OK;
    memcpy(lastError, outcome->message, sizeof lastError);
    return outcome->status;
}

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

void weft_dnn_version(int *major, int *minor, int *patch) {
    // Not the header's: a program may run with a newer library.
    const dnnl_version_t *version = dnnl_version();
    *major = version->major;
    *minor = version->minor;
    *patch = version->patch;
}

// MARK: Room

/// More than making a primitive was seen to take, which are 3 MB for a convolution of 40 channels.
#define WD_ROOM_BYTES ((size_t)8 << 20)

bool wd_has_room(void) {
    // Addresses, of which no page is touched: what a limit of the address space refuses.
    void *room = mmap(NULL, WD_ROOM_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                      0);
    if (room == MAP_FAILED) {
        wd_fail("no memory");
        return false;
    }
    munmap(room, WD_ROOM_BYTES);
    return true;
}

// MARK: Engine

static dnnl_engine_t engine;
static pthread_once_t engineOnce = PTHREAD_ONCE_INIT;

// Products of 16-bit elements by AMX were wrong, or ended the process, in versions 2.6 and 2.7 where
// k = 63, and up to 3.14.0 let what is not a number into other rows where 32 does not divide k.
static bool hasFaultyAMX(void) {
    const dnnl_version_t *version = dnnl_version();
    return version->major < 3 || (version->major == 3 && version->minor <= 14);
}

/// Whether an environment variable asks for less than AMX already.
static bool isBelowAMX(const char *variable) {
    const char *set = getenv(variable);
    return set && *set && !strstr(set, "AMX") && !strstr(set, "amx") && strcasecmp(set, "ALL") != 0
        && strcasecmp(set, "DEFAULT") != 0;
}

// What a program limits the library to, until it is made.
static pthread_mutex_t limitMutex = PTHREAD_MUTEX_INITIALIZER;
static bool isMade, isLimited;
static weft_dnn_isa instructionLimit;

bool weft_dnn_limit_instructions(weft_dnn_isa isa) {
    pthread_mutex_lock(&limitMutex);
    bool isInTime = !isMade;
    if (isInTime) {
        isLimited = true;
        instructionLimit = isa;
    }
    pthread_mutex_unlock(&limitMutex);
    return isInTime;
}

/// Whether the program has set a limit, after which it cannot any more.
static bool takeLimit(void) {
    pthread_mutex_lock(&limitMutex);
    isMade = true;
    pthread_mutex_unlock(&limitMutex);
    return isLimited;
}

/// Before the first primitive: later the library does not take it.
static void limitInstructions(void) {
    if (takeLimit()) {
        dnnl_set_max_cpu_isa(instructionLimit == WEFT_DNN_AVX2 ? dnnl_cpu_isa_avx2
                                                               : dnnl_cpu_isa_sse41);
        return;
    }
    if (!hasFaultyAMX()) return;
    if (isBelowAMX("ONEDNN_MAX_CPU_ISA") || isBelowAMX("DNNL_MAX_CPU_ISA")) return;
#if DNNL_VERSION_MAJOR >= 3
    dnnl_set_max_cpu_isa(dnnl_cpu_isa_avx512_core_fp16);
#else
    dnnl_set_max_cpu_isa(dnnl_cpu_isa_avx512_core_bf16);
#endif
}

static void makeEngine(void) {
    limitInstructions();
    if (wd_engine_create(&engine, dnnl_cpu, 0) != dnnl_success) engine = NULL;
}

dnnl_engine_t wd_engine(void) {
    pthread_once(&engineOnce, makeEngine);
    if (!engine) wd_fail("oneDNN has no CPU engine");
    return engine;
}

/// Whether oneDNN uses these instructions here.
static bool hasInstructions(dnnl_cpu_isa_t isa) {
    if (!wd_engine()) return false;
    return ((int)dnnl_get_effective_cpu_isa() & (int)isa) == (int)isa;
}

bool wd_has_avx512(void) { return hasInstructions(dnnl_cpu_isa_avx512_core); }

// MARK: Types

dnnl_data_type_t wd_type(weft_dnn_type type) {
    switch (type) {
    case WEFT_DNN_F32: return dnnl_f32;
    case WEFT_DNN_BF16: return dnnl_bf16;
    case WEFT_DNN_F16: return dnnl_f16;
    case WEFT_DNN_S8: return dnnl_s8;
    case WEFT_DNN_U8: return dnnl_u8;
    case WEFT_DNN_S32: return dnnl_s32;
    }
    return dnnl_data_type_undef;
}

size_t wd_type_bytes(weft_dnn_type type) {
    switch (type) {
    case WEFT_DNN_F32: case WEFT_DNN_S32: return 4;
    case WEFT_DNN_BF16: case WEFT_DNN_F16: return 2;
    case WEFT_DNN_S8: case WEFT_DNN_U8: return 1;
    }
    return 0;
}

bool wd_multiplies(weft_dnn_type type) {
    switch (type) {
    case WEFT_DNN_F32: return true;
    case WEFT_DNN_BF16: return hasInstructions(dnnl_cpu_isa_avx512_core_bf16);
    case WEFT_DNN_F16:
#if DNNL_VERSION_MAJOR >= 3
        return hasInstructions(dnnl_cpu_isa_avx512_core_fp16);
#else
        return false;
#endif
    // Kernels for older instructions add pairs of products in 16 bits, and saturate them.
    case WEFT_DNN_S8: case WEFT_DNN_U8: return hasInstructions(dnnl_cpu_isa_avx512_core_vnni);
    case WEFT_DNN_S32: break;
    }
    return false;
}

bool wd_are_factors(weft_dnn_type a, weft_dnn_type b, weft_dnn_type c) {
    if (c == WEFT_DNN_S32) return (a == WEFT_DNN_S8 || a == WEFT_DNN_U8) && b == WEFT_DNN_S8;
    bool floats = a == WEFT_DNN_F32 || a == WEFT_DNN_BF16 || a == WEFT_DNN_F16;
    return floats && a == b && (c == WEFT_DNN_F32 || c == a);
}

bool weft_dnn_multiplies(weft_dnn_type a, weft_dnn_type b, weft_dnn_type c, int64_t terms) {
    // Sums with a signed a are rounded to F32 on their way.
    bool exact = a != WEFT_DNN_S8 || terms <= WD_FLOAT_TERMS;
    return wd_are_factors(a, b, c) && wd_multiplies(a) && exact;
}

// MARK: Scratch memory

// A thread's runs follow one another, so they all share one block for each use.
typedef struct scratch {
    void *block;
    size_t bytes;
} scratch;

static _Thread_local scratch threadScratch[WD_SCRATCH_USES];
static pthread_key_t scratchKey;
static pthread_once_t scratchOnce = PTHREAD_ONCE_INIT;
static bool hasScratchKey;

static void release(scratch *s) {
    free(s->block);
    *s = (scratch){NULL, 0};
}

// Other destructors of the thread may still run operations.
static void freeScratch(void *all) {
    for (int i = 0; i < WD_SCRATCH_USES; i++) release((scratch *)all + i);
}

static void makeScratchKey(void) { hasScratchKey = pthread_key_create(&scratchKey, freeScratch) == 0; }

void *wd_scratch(wd_scratch_use use, size_t bytes) {
    scratch *own = &threadScratch[use];
    if (bytes <= own->bytes) return own->block;
    pthread_once(&scratchOnce, makeScratchKey);
    release(own);
    // Growth in larger steps spares a sequence of slightly growing requests.
    size_t rounded = (bytes + 0xFFFF) & ~(size_t)0xFFFF;
    void *block = NULL;
    if (rounded < bytes || posix_memalign(&block, 64, rounded) != 0) {
        wd_fail("no memory for %zu bytes of scratch", bytes);
        return NULL;
    }
    *own = (scratch){block, rounded};
    if (hasScratchKey) pthread_setspecific(scratchKey, threadScratch);
    return block;
}
