// SPDX-License-Identifier: Apache-2.0
#include "dnn_internal.h"

// oneDNN's own relu is a maximum with 0, which loses what is not a number.
void wd_relu(float *first, int64_t rows, int64_t columns, int64_t step) {
    for (int64_t i = 0; i < rows; i++) {
        float *x = first + i * step;
        for (int64_t k = 0; k < columns; k++) x[k] = x[k] > 0 || x[k] != x[k] ? x[k] : 0;
    }
}
