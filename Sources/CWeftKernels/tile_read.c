// SPDX-License-Identifier: Apache-2.0
// Reading inputs that are not contiguous.
#include <string.h>

#include "tile_program.h"

void weft_tile_classify(weft_tile_source *source, int rank, const int64_t *dims,
                        const int64_t *strides, int64_t count) {
    // Axes that continue one another in this input alone merge further than those of the program.
    int n = 0;
    for (int i = 0; i < rank; i++) {
        if (n > 0 && source->strides[n - 1] == strides[i] * dims[i]) {
            source->dims[n - 1] *= dims[i];
            source->strides[n - 1] = strides[i];
        } else {
            source->dims[n] = dims[i];
            source->strides[n] = strides[i];
            n++;
        }
    }
    source->rank = n;
    source->period = count;
    if (n == 0 || (n == 1 && source->strides[0] == 1)) {
        source->reading = WEFT_READ_DIRECT;
    } else if (n == 1 && source->strides[0] == 0) {
        source->reading = WEFT_READ_SCALAR;
    } else if (n == 2 && source->strides[0] == 0 && source->strides[1] == 1) {
        source->period = source->dims[1];
        // Copying a long period once costs more cache than it saves.
        source->reading = source->period <= 1024 ? WEFT_READ_PERIODIC : WEFT_READ_WRAPPED;
    } else if (n == 2 && source->strides[0] == 1 && source->strides[1] == 0
               && source->dims[1] >= WEFT_LONG_ROW) {
        source->reading = WEFT_READ_ROWS;
        source->period = source->dims[1];
    } else {
        source->reading = WEFT_READ_STRIDED;
    }
}

void weft_tile_seek(const weft_tile_source *source, weft_tile_cursor *cursor, int64_t index) {
    cursor->offset = 0;
    for (int i = source->rank - 1; i >= 0; i--) {
        int64_t p = index % source->dims[i];
        index /= source->dims[i];
        cursor->position[i] = p;
        cursor->offset += p * source->strides[i];
    }
}

#define WEFT_GATHER(T, name)                                                                       \
    static void gather_##name(const weft_tile_source *source, weft_tile_cursor *cursor,            \
                              const T *base, T *d, int64_t n, weft_tile_fn fill) {                 \
        int inner = source->rank - 1;                                                              \
        int64_t extent = source->dims[inner], stride = source->strides[inner];                     \
        while (n > 0) {                                                                            \
            int64_t run = extent - cursor->position[inner];                                        \
            if (run > n) run = n;                                                                  \
            const T *s = base + cursor->offset;                                                    \
            if (stride == 0) {                                                                     \
                if (run >= 16) fill(d, s, NULL, NULL, run, NULL);                                  \
                else for (int64_t i = 0; i < run; i++) d[i] = *s;                                  \
            } else if (stride == 1) {                                                              \
                if (run >= 16) memcpy(d, s, (size_t)run * sizeof(T));                              \
                else for (int64_t i = 0; i < run; i++) d[i] = s[i];                                \
            } else {                                                                               \
                for (int64_t i = 0; i < run; i++) d[i] = s[i * stride];                            \
            }                                                                                      \
            d += run;                                                                              \
            n -= run;                                                                              \
            cursor->position[inner] += run;                                                        \
            cursor->offset += run * stride;                                                        \
            for (int i = inner; i >= 0 && cursor->position[i] == source->dims[i]; i--) {           \
                cursor->offset -= source->dims[i] * source->strides[i];                            \
                cursor->position[i] = 0;                                                           \
                if (i > 0) {                                                                       \
                    cursor->position[i - 1]++;                                                     \
                    cursor->offset += source->strides[i - 1];                                      \
                }                                                                                  \
            }                                                                                      \
        }                                                                                          \
    }

WEFT_GATHER(uint8_t, 1)
WEFT_GATHER(uint16_t, 2)
WEFT_GATHER(uint32_t, 4)
WEFT_GATHER(uint64_t, 8)

// The logarithm of an element's size.
static int size_class(int size) { return size == 1 ? 0 : size == 2 ? 1 : size == 4 ? 2 : 3; }

void weft_tile_gather(const weft_tile_source *source, weft_tile_cursor *cursor,
                      const weft_tile_kernels *kernels, const void *base, void *dst, int64_t n) {
    weft_tile_fn fill = kernels->fill[size_class(source->size)];
    switch (source->size) {
    case 1: gather_1(source, cursor, (const uint8_t *)base, (uint8_t *)dst, n, fill); break;
    case 2: gather_2(source, cursor, (const uint16_t *)base, (uint16_t *)dst, n, fill); break;
    case 4: gather_4(source, cursor, (const uint32_t *)base, (uint32_t *)dst, n, fill); break;
    default: gather_8(source, cursor, (const uint64_t *)base, (uint64_t *)dst, n, fill); break;
    }
}

void weft_tile_splat(const weft_tile_kernels *kernels, void *dst, const void *element, int size,
                     int64_t n) {
    kernels->fill[size_class(size)](dst, element, NULL, NULL, n, NULL);
}

void weft_tile_cycle(void *dst, const char *base, int size, int64_t period, int64_t phase,
                     int64_t n) {
    // The first period comes from memory, the rest by doubling what is there.
    char *d = (char *)dst;
    int64_t first = n < period ? n : period, upper = period - phase;
    if (upper > first) upper = first;
    memcpy(d, base + phase * size, (size_t)(upper * size));
    memcpy(d + upper * size, base, (size_t)((first - upper) * size));
    for (int64_t done = first; done < n;) {
        int64_t more = done < n - done ? done : n - done;
        memcpy(d + done * size, d, (size_t)(more * size));
        done += more;
    }
}
