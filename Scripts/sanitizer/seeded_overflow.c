// SPDX-License-Identifier: Apache-2.0
//
// A kernel under AddressSanitizer. `seeded_overflow seeded`: the output is one element too short,
// which must be reported. `seeded_overflow correct`: it fits; nothing may be reported.
#include "weft_structure.h"
#include "weft_team.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT = 1 << 16 };

int main(int count, char **arguments) {
    const char *mode = count > 1 ? arguments[1] : "";
    int64_t missing;
    if (strcmp(mode, "seeded") == 0) {
        missing = 1;
    } else if (strcmp(mode, "correct") == 0) {
        missing = 0;
    } else {
        fprintf(stderr, "usage: %s seeded|correct\n", arguments[0]);
        return 2;
    }
    // Rows of four, so that the loop is divided among the team.
    int64_t dims[] = { COUNT / 4, 4 };
    float *output = malloc((size_t)(COUNT - missing) * sizeof *output);
    weft_team_acquire(0);
    weft_status status = weft_iota(WEFT_F32, 2, dims, 1, output);
    weft_team_release();
    printf("status %d, %g\n", (int)status, output[7]);
    free(output);
    return status == WEFT_OK ? 0 : 1;
}
