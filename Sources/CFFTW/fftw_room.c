// SPDX-License-Identifier: Apache-2.0
// The bounds are of what version 3.3 was seen to take for a thousand lengths of all kinds.
#include "fftw_room.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/// What the planner has of its own, its table of solutions above all, which grows with the lengths.
enum { PLANNER_BYTES = 8 << 20 };
/// The numbers in buffers for some lines, or for parts of one.
enum { BUFFER_NUMBERS = 1 << 16 };
/// The greatest prime for which FFTW has code.
enum { GREATEST_PRIME = 13 };
/// The least that the allocator asks the system for where its heap cannot grow, and as much again.
enum { ALLOCATOR_BYTES = 2 << 20 };

static int64_t bytes_of(const weft_fft_problem *problem) {
    return problem->is_double ? sizeof(double) : sizeof(float);
}

/// The greatest prime factor of a length where FFTW transforms lines of another length for it, 0 elsewhere.
static int64_t prime_without_code(int64_t length) {
    int64_t greatest = 1;
    for (int64_t i = 2; i * i <= length; i++)
        for (; length % i == 0; length /= i) greatest = i;
    if (length > greatest) greatest = length;
    return greatest > GREATEST_PRIME ? greatest : 0;
}

int64_t weft_fft_planning_bytes(const weft_fft_problem *problem) {
    // Exponentials; for a prime also those of the other length, and what transforming them once takes.
    int64_t numbers = 2 * problem->length + 5 * prime_without_code(problem->length);
    return 2 * numbers * bytes_of(problem) + PLANNER_BYTES;
}

/// Whether a plan has steps that take memory, by their names.
static bool takes_memory(const wf_library *library, void *fftw) {
    static const char *const names[] = {"buf", "rader", "bluestein", "rdft2-rdft"};
    char *text = library->describe_plan ? library->describe_plan(fftw) : NULL;
    if (!text) return true;
    bool is_named = false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        is_named |= strstr(text, names[i]) != NULL;
    free(text);
    return is_named;
}

int64_t wf_run_bytes(const wf_library *library, void *fftw, const weft_fft_problem *problem,
                     int64_t lines) {
    if (!takes_memory(library, fftw)) return 0;
    int64_t numbers = BUFFER_NUMBERS + 4 * 2 * prime_without_code(problem->length);
    bool is_real = problem->kind == WEFT_FFT_REAL || problem->kind == WEFT_FFT_INVERSE_REAL;
    if (is_real) numbers += lines * (problem->length + 16);
    return numbers * bytes_of(problem);
}

bool wf_has_room(int64_t bytes) {
    // Addresses, of which no page is touched: what a limit of the address space refuses.
    size_t room = (size_t)bytes + ALLOCATOR_BYTES;
    void *probe = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (probe == MAP_FAILED) return false;
    munmap(probe, room);
    return true;
}
