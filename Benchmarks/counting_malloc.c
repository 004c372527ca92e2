// SPDX-License-Identifier: Apache-2.0
// A `malloc` that counts, put before glibc's by `Benchmarks/allocations`.
//
// What oneDNN asks for is counted apart: it comes from its library, or by `operator new` from the C++
// library, which nothing else in the process uses for its steps.
#define _GNU_SOURCE
#include <errno.h>
#include <link.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static _Atomic uint64_t own_count, own_bytes, vendor_count, vendor_bytes;

// The code of oneDNN and of the C++ library.
typedef struct code_range { uintptr_t start, end; } code_range;
static code_range vendor_code[8];
static int vendor_ranges;

static int note_library(struct dl_phdr_info *info, size_t size, void *unused) {
    (void)size;
    (void)unused;
    // libgomp serves oneDNN alone: some of its regions ask for a team, be it of one thread.
    if (strstr(info->dlpi_name, "libdnnl") == NULL && strstr(info->dlpi_name, "libstdc++") == NULL
        && strstr(info->dlpi_name, "libgomp") == NULL)
        return 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        if (part->p_type != PT_LOAD || (part->p_flags & PF_X) == 0 || vendor_ranges == 8) continue;
        uintptr_t start = info->dlpi_addr + part->p_vaddr;
        vendor_code[vendor_ranges++] = (code_range){ start, start + part->p_memsz };
    }
    return 0;
}

__attribute__((constructor)) static void find_vendor(void) {
    dl_iterate_phdr(note_library, NULL);
}

static void count(size_t bytes, void *caller) {
    uintptr_t address = (uintptr_t)caller;
    for (int i = 0; i < vendor_ranges; i++) {
        if (address < vendor_code[i].start || address >= vendor_code[i].end) continue;
        atomic_fetch_add_explicit(&vendor_count, 1, memory_order_relaxed);
        atomic_fetch_add_explicit(&vendor_bytes, bytes, memory_order_relaxed);
        return;
    }
    atomic_fetch_add_explicit(&own_count, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&own_bytes, bytes, memory_order_relaxed);
}

// What `weft bench --allocations` reads: allocations and bytes of Weft and Swift, then of oneDNN.
void weft_allocation_counts(uint64_t counts[4]) {
    counts[0] = atomic_load_explicit(&own_count, memory_order_relaxed);
    counts[1] = atomic_load_explicit(&own_bytes, memory_order_relaxed);
    counts[2] = atomic_load_explicit(&vendor_count, memory_order_relaxed);
    counts[3] = atomic_load_explicit(&vendor_bytes, memory_order_relaxed);
}

void *malloc(size_t bytes) {
    count(bytes, __builtin_return_address(0));
    return __libc_malloc(bytes);
}

void *calloc(size_t number, size_t bytes) {
    count(number * bytes, __builtin_return_address(0));
    return __libc_calloc(number, bytes);
}

void *realloc(void *block, size_t bytes) {
    count(bytes, __builtin_return_address(0));
    return __libc_realloc(block, bytes);
}

void *memalign(size_t alignment, size_t bytes) {
    count(bytes, __builtin_return_address(0));
    return __libc_memalign(alignment, bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes) {
    count(bytes, __builtin_return_address(0));
    return __libc_memalign(alignment, bytes);
}

int posix_memalign(void **block, size_t alignment, size_t bytes) {
    count(bytes, __builtin_return_address(0));
    void *made = __libc_memalign(alignment, bytes);
    if (made == NULL) return ENOMEM;
    *block = made;
    return 0;
}
