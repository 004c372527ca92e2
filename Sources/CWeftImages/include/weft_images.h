// SPDX-License-Identifier: Apache-2.0
#ifndef WEFT_IMAGES_H
#define WEFT_IMAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// PNG and JPEG in memory, by libpng and libjpeg.
//
// - Both libraries report errors by longjmp. It never leaves a function of this file: each gives a status, and a
//   message of the reader or of the output says why.
// - A reader reads the header first, which takes no memory for pixels, and the pixels once. The bytes must stay
//   where they are as long as it lives. One thread uses a reader at a time.
// - Pixels are rows from top to bottom, their samples one beside the other, of 8 bits or of 16 in the machine's
//   byte order.

typedef enum weft_image_status {
    WEFT_IMAGE_OK = 0,
    WEFT_IMAGE_DAMAGED,
    WEFT_IMAGE_UNSUPPORTED,
    WEFT_IMAGE_OUT_OF_MEMORY
} weft_image_status;

/// What the beginning of a file says.
typedef struct weft_image_header {
    uint32_t width;
    uint32_t height;
    /// The samples of a pixel as they are read: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA. A palette's colours are RGB,
    /// a transparent colour makes an alpha, and CMYK is read as RGB.
    uint32_t channels;
    /// 8 or 16: the bits of a sample as they are read.
    uint32_t bits;
    /// No file of so many pixels has fewer bytes than these; 0 where nothing is known.
    uint64_t least_bytes;
} weft_image_header;

typedef struct weft_png_reader weft_png_reader;
typedef struct weft_jpeg_reader weft_jpeg_reader;

/// NULL when there is no memory.
weft_png_reader *_Nullable weft_png_open(const void *_Nonnull bytes, size_t count);
weft_image_status weft_png_read_header(
    weft_png_reader *_Nonnull reader, weft_image_header *_Nonnull header);
/// After the header: so many rows of so many bytes, with samples of 16 bits reduced to 8 unless `keeps_16`.
weft_image_status weft_png_read_pixels(
    weft_png_reader *_Nonnull reader, bool keeps_16, void *_Nonnull pixels, size_t row_bytes);
const char *_Nonnull weft_png_message(const weft_png_reader *_Nonnull reader);
void weft_png_close(weft_png_reader *_Nonnull reader);

/// NULL when there is no memory.
weft_jpeg_reader *_Nullable weft_jpeg_open(const void *_Nonnull bytes, size_t count);
weft_image_status weft_jpeg_read_header(
    weft_jpeg_reader *_Nonnull reader, weft_image_header *_Nonnull header);
/// After the header: so many rows of so many bytes.
weft_image_status weft_jpeg_read_pixels(
    weft_jpeg_reader *_Nonnull reader, void *_Nonnull pixels, size_t row_bytes);
const char *_Nonnull weft_jpeg_message(const weft_jpeg_reader *_Nonnull reader);
void weft_jpeg_close(weft_jpeg_reader *_Nonnull reader);

/// The bytes of a file that is being made; all zeros at the beginning.
typedef struct weft_image_output {
    unsigned char *_Nullable bytes;
    size_t count;
    size_t room;
    char message[200];
} weft_image_output;

/// `level` is zlib's, from 0 to 9. A header with its width, height, channels and bits.
weft_image_status weft_png_write(
    const void *_Nonnull pixels, weft_image_header header, int level,
    weft_image_output *_Nonnull output);
/// `quality` is from 1 to 100; of 1 or 3 channels of 8 bits. Without `halves_colours` colours are kept for each pixel.
weft_image_status weft_jpeg_write(
    const void *_Nonnull pixels, weft_image_header header, int quality, bool halves_colours,
    weft_image_output *_Nonnull output);
/// Gives back the bytes.
void weft_image_output_free(weft_image_output *_Nonnull output);

#endif
