// SPDX-License-Identifier: Apache-2.0
#include "weft_crc32c.h"

#include <pthread.h>
#include <string.h>

#if defined(__x86_64__)
#include <nmmintrin.h>
#elif defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#endif

// The polynomial, its bits in the order of the bytes' bits.
#define POLYNOMIAL 0x82F63B78u

// table[k][b] is what byte b becomes when k zero bytes follow it.
static uint32_t table[8][256];
static pthread_once_t table_made = PTHREAD_ONCE_INIT;

static void make_table(void) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t sum = byte;
        for (int bit = 0; bit < 8; bit++) { sum = (sum >> 1) ^ (sum & 1 ? POLYNOMIAL : 0); }
        table[0][byte] = sum;
    }
    for (int k = 1; k < 8; k++) {
        for (int byte = 0; byte < 256; byte++) {
            table[k][byte] = (table[k - 1][byte] >> 8) ^ table[0][table[k - 1][byte] & 255];
        }
    }
}

uint32_t weft_crc32c_portable(uint32_t sum, const void *bytes, size_t count) {
    pthread_once(&table_made, make_table);
    const unsigned char *at = bytes;
    sum = ~sum;
    for (; count >= 8; count -= 8, at += 8) {
        sum ^= at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
        sum = table[7][sum & 255] ^ table[6][sum >> 8 & 255] ^ table[5][sum >> 16 & 255]
            ^ table[4][sum >> 24] ^ table[3][at[4]] ^ table[2][at[5]] ^ table[1][at[6]]
            ^ table[0][at[7]];
    }
    for (; count > 0; count--, at++) { sum = (sum >> 8) ^ table[0][(sum ^ *at) & 255]; }
    return ~sum;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t by_instruction(
    uint32_t sum, const unsigned char *at, size_t count) {
    uint64_t wide = (uint32_t)~sum;
    for (; count >= 8; count -= 8, at += 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        wide = _mm_crc32_u64(wide, word);
    }
    uint32_t narrow = (uint32_t)wide;
    for (; count > 0; count--, at++) { narrow = _mm_crc32_u8(narrow, *at); }
    return ~narrow;
}

uint32_t weft_crc32c(uint32_t sum, const void *bytes, size_t count) {
    return __builtin_cpu_supports("sse4.2") ? by_instruction(sum, bytes, count)
                                            : weft_crc32c_portable(sum, bytes, count);
}
#elif defined(__ARM_FEATURE_CRC32)
uint32_t weft_crc32c(uint32_t sum, const void *bytes, size_t count) {
    const unsigned char *at = bytes;
    sum = ~sum;
    for (; count >= 8; count -= 8, at += 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        sum = __crc32cd(sum, word);
    }
    for (; count > 0; count--, at++) { sum = __crc32cb(sum, *at); }
    return ~sum;
}
#else
uint32_t weft_crc32c(uint32_t sum, const void *bytes, size_t count) {
    return weft_crc32c_portable(sum, bytes, count);
}
#endif
