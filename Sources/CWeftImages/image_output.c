// SPDX-License-Identifier: Apache-2.0
#include "image_output.h"

#include <stdlib.h>

bool weft_image_output_reserve(weft_image_output *output, size_t more) {
    if (more <= output->room - output->count) { return true; }
    if (more > SIZE_MAX / 4 || output->room > SIZE_MAX / 4) { return false; }
    size_t room = output->room * 2;
    if (room < output->count + more) { room = output->count + more; }
    if (room < 4096) { room = 4096; }
    unsigned char *bytes = realloc(output->bytes, room);
    if (bytes == NULL) { return false; }
    output->bytes = bytes;
    output->room = room;
    return true;
}

void weft_image_output_free(weft_image_output *output) {
    free(output->bytes);
    output->bytes = NULL;
    output->count = output->room = 0;
}
