// SPDX-License-Identifier: Apache-2.0
#ifndef WEFT_IMAGE_OUTPUT_H
#define WEFT_IMAGE_OUTPUT_H

#include "weft_images.h"

/// Makes room for so many more bytes. False when there is no memory.
bool weft_image_output_reserve(weft_image_output *output, size_t more);

#endif
