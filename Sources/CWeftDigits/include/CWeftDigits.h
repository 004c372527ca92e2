// SPDX-License-Identifier: Apache-2.0
#ifndef CWEFTDIGITS_H
#define CWEFTDIGITS_H

#include <stdint.h>

/// The images: 1,797 handwritten digits.
#define WEFT_DIGITS_COUNT 1797
/// The pixels of an image: 8 rows of 8.
#define WEFT_DIGITS_PIXELS 64
/// The rows, and the columns, of an image.
#define WEFT_DIGITS_SIDE 8
/// The largest value of a pixel; the smallest is 0.
#define WEFT_DIGITS_MAXIMUM 16

#pragma clang assume_nonnull begin

/// The pixels of all images, one image after the other, each row by row: `WEFT_DIGITS_COUNT *
/// WEFT_DIGITS_PIXELS` bytes that live for ever. Image i begins at `i * WEFT_DIGITS_PIXELS`.
///
/// (Functions and not arrays: Swift does not import C arrays of this length.)
const uint8_t *weft_digits_pixels(void);

/// The digits that the images show, 0 to 9: `WEFT_DIGITS_COUNT` bytes that live for ever.
const uint8_t *weft_digits_labels(void);

#pragma clang assume_nonnull end

#endif
