// SPDX-License-Identifier: Apache-2.0
// Included once for each instruction set, by dnn_gemv.c; hence no guard.

/// sums[r] += sum over k of row[r][k] * vector[k], for `group` rows, 1 or 4. A row's sum is the same
/// alone or among four.
static void WD_NAME(rowStretch)(const float *const row[4], int64_t group, const float *vector,
                                int64_t length, float sums[4]) {
#pragma clang fp contract(fast)
    int64_t whole = length / 32 * 32;
    lanes even[4] = {{0}}, odd[4] = {{0}};
    if (group == 4) {
        for (int64_t k = 0; k < whole; k += 32) {
            lanes v0 = *(const lanes *)(vector + k), v1 = *(const lanes *)(vector + k + 16);
            for (int r = 0; r < 4; r++) {
                even[r] += *(const lanes *)(row[r] + k) * v0;
                odd[r] += *(const lanes *)(row[r] + k + 16) * v1;
            }
        }
    } else {
        for (int64_t k = 0; k < whole; k += 32) {
            even[0] += *(const lanes *)(row[0] + k) * *(const lanes *)(vector + k);
            odd[0] += *(const lanes *)(row[0] + k + 16) * *(const lanes *)(vector + k + 16);
        }
    }
    for (int64_t r = 0; r < group; r++) {
        lanes all = even[r] + odd[r];
        for (int width = 8; width > 0; width /= 2)
            for (int l = 0; l < width; l++) all[l] += all[l + width];
        float sum = all[0];
        for (int64_t k = whole; k < length; k++) sum += row[r][k] * vector[k];
        sums[r] += sum;
    }
}

/// out[i - first] = sum over k of matrix[i, k] * vector[k], for [count, length].
static void WD_NAME(rows)(const float *matrix, const float *vector, float *out, int64_t first,
                          int64_t end, int64_t count, int64_t length) {
    (void)count;
    for (int64_t i = first; i < end;) {
        // Four rows share the loads of the vector.
        int64_t group = end - i >= 4 ? 4 : 1;
        float sums[4] = {0};
        for (int64_t k = 0; k < length; k += LENGTH_OF_STRETCH) {
            const float *row[4];
            for (int64_t r = 0; r < 4; r++)
                row[r] = matrix + (i + (r < group ? r : 0)) * length + k;
            int64_t rest = length - k;
            WD_NAME(rowStretch)(row, group, vector + k,
                                rest < LENGTH_OF_STRETCH ? rest : LENGTH_OF_STRETCH, sums);
        }
        for (int64_t r = 0; r < group; r++) out[i + r - first] = sums[r];
        i += group;
    }
}

/// Adds up `width` adjacent columns, a multiple of 16. Passes of `rows` whole rows, at most 8, stream
/// through the matrix in the order of memory; the sums stay in the first-level cache. The sums are the same
/// whatever `rows` is.
__attribute__((always_inline)) static inline void WD_NAME(columnPasses)(
    const float *matrix, const float *vector, float *out, int64_t count, int64_t length,
    int64_t width, const int rows) {
#pragma clang fp contract(fast)
    int64_t k = 0;
    for (int64_t i = 0; i < width; i += 16) *(lanes *)(out + i) = (lanes){0};
    for (; k + rows <= length; k += rows) {
        const float *row = matrix + k * count;
        lanes factor[8];
        for (int r = 0; r < rows; r++) factor[r] = (lanes){0} + vector[k + r];
        for (int64_t i = 0; i < width; i += 16) {
            lanes sum = *(const lanes *)(out + i);
#pragma clang loop unroll(full)
            for (int r = 0; r < rows; r++) sum += *(const lanes *)(row + r * count + i) * factor[r];
            *(lanes *)(out + i) = sum;
        }
    }
    for (; k < length; k++) {
        lanes factor = (lanes){0} + vector[k];
        for (int64_t i = 0; i < width; i += 16)
            *(lanes *)(out + i) += *(const lanes *)(matrix + k * count + i) * factor;
    }
}

/// The same with as many rows at a time as leave room for the sums.
static void WD_NAME(columnBlock)(const float *matrix, const float *vector, float *out,
                                 int64_t count, int64_t length, int64_t width) {
    if (count % CROWDING_ELEMENTS == 0)
        WD_NAME(columnPasses)(matrix, vector, out, count, length, width, 4);
    else
        WD_NAME(columnPasses)(matrix, vector, out, count, length, width, 8);
}

/// Adds up the last columns, `width` of them, less than 16.
static void WD_NAME(lastColumns)(const float *matrix, const float *vector, float *out,
                                 int64_t count, int64_t length, int64_t width) {
#pragma clang fp contract(fast)
    lanes sums = {0};
    // A row's end is read together with what follows it, until the last rows, where nothing may.
    int64_t safe = length - (16 - width + count - 1) / count;
    if (safe < 0) safe = 0;
    for (int64_t k = 0; k < safe; k++)
        sums += *(const lanes *)(matrix + k * count) * ((lanes){0} + vector[k]);
    for (int64_t k = safe; k < length; k++) {
        lanes row = {0};
        memcpy(&row, matrix + k * count, (size_t)width * sizeof(float));
        sums += row * ((lanes){0} + vector[k]);
    }
    memcpy(out, &sums, (size_t)width * sizeof(float));
}

/// out[i - first] = sum over k of matrix[k, i] * vector[k], for [length, count].
static void WD_NAME(columns)(const float *matrix, const float *vector, float *out, int64_t first,
                             int64_t end, int64_t count, int64_t length) {
    int64_t whole = (end - first) / 16 * 16, rest = end - first - whole;
    float stretch[COLUMNS_OF_UNIT];
    for (int64_t k = 0; k < length; k += LENGTH_OF_STRETCH) {
        int64_t rows = length - k < LENGTH_OF_STRETCH ? length - k : LENGTH_OF_STRETCH;
        const float *start = matrix + k * count + first;
        float *sums = k == 0 ? out : stretch;
        if (whole) WD_NAME(columnBlock)(start, vector + k, sums, count, rows, whole);
        if (rest) WD_NAME(lastColumns)(start + whole, vector + k, sums + whole, count, rows, rest);
        for (int64_t i = 0; k > 0 && i < end - first; i++) out[i] += stretch[i];
    }
}
