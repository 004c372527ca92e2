// SPDX-License-Identifier: Apache-2.0
#if !__has_include(<png.h>)
#error "libpng is missing: run Scripts/setup.sh, or install libpng-dev"
#endif
#include <png.h>

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weft_images.h"

struct weft_png_reader {
    png_structp png;
    png_infop info;
    const unsigned char *bytes;
    size_t count;
    size_t at;
    weft_image_header header;
    weft_image_status status;
    char message[200];
    /// Where errors go: of the function of this file that is running.
    jmp_buf jump;
};

static _Noreturn void fail(png_structp png, png_const_charp message) {
    weft_png_reader *reader = png_get_error_ptr(png);
    snprintf(reader->message, sizeof reader->message, "%s", message);
    reader->status = strstr(message, "emory") != NULL ? WEFT_IMAGE_OUT_OF_MEMORY : WEFT_IMAGE_DAMAGED;
    longjmp(reader->jump, 1);
}

/// Faults of what is beside the pixels, such as a comment.
static void ignore(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

static void take(png_structp png, png_bytep target, size_t count) {
    weft_png_reader *reader = png_get_io_ptr(png);
    if (count > reader->count - reader->at) { png_error(png, "the file ends too early"); }
    memcpy(target, reader->bytes + reader->at, count);
    reader->at += count;
}

weft_png_reader *weft_png_open(const void *bytes, size_t count) {
    weft_png_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL) { return NULL; }
    reader->bytes = bytes;
    reader->count = count;
    if (setjmp(reader->jump) != 0) {
        weft_png_close(reader);
        return NULL;
    }
    reader->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, reader, fail, ignore);
    if (reader->png != NULL) { reader->info = png_create_info_struct(reader->png); }
    if (reader->info == NULL) {
        weft_png_close(reader);
        return NULL;
    }
    png_set_read_fn(reader->png, reader, take);
    // Also of what is beside the pixels and can be left out: a transparent colour would be missing.
    png_set_crc_action(reader->png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    // How large an image may be is asked of the header.
    png_set_user_limits(reader->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
#ifdef PNG_HANDLE_AS_UNKNOWN_SUPPORTED
    // Only what pixels need is read: no texts, no profiles, which may be large when they are unpacked.
    png_set_keep_unknown_chunks(reader->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
#endif
    return reader;
}

weft_image_status weft_png_read_header(weft_png_reader *reader, weft_image_header *header) {
    if (setjmp(reader->jump) != 0) { return reader->status; }
    png_structp png = reader->png;
    png_infop info = reader->info;
    png_read_info(png, info);
    int type = png_get_color_type(png, info);
    weft_image_header *own = &reader->header;
    own->width = png_get_image_width(png, info);
    own->height = png_get_image_height(png, info);
    own->bits = png_get_bit_depth(png, info) == 16 ? 16 : 8;
    own->channels = type & PNG_COLOR_MASK_COLOR ? 3 : 1;
    if (type & PNG_COLOR_MASK_ALPHA || png_get_valid(png, info, PNG_INFO_tRNS)) { own->channels++; }
    // Deflate makes at most 1032 bytes of one. A row has one more, which names its filter.
    uint64_t bits = (uint64_t)own->width * png_get_channels(png, info) * png_get_bit_depth(png, info);
    uint64_t row = (bits + 7) / 8 + 1;
    own->least_bytes = row / 1032 * own->height + row % 1032 * own->height / 1032;
    *header = *own;
    return WEFT_IMAGE_OK;
}

weft_image_status weft_png_read_pixels(
    weft_png_reader *reader, bool keeps_16, void *pixels, size_t row_bytes) {
    if (setjmp(reader->jump) != 0) { return reader->status; }
    png_structp png = reader->png;
    // Palettes to colours, fewer bits to 8, a transparent colour to an alpha.
    png_set_expand(png);
    if (!keeps_16) { png_set_scale_16(png); }
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (keeps_16) { png_set_swap(png); }
#endif
    int passes = png_set_interlace_handling(png);
    png_read_update_info(png, reader->info);
    if (png_get_rowbytes(png, reader->info) != row_bytes) {
        png_error(png, "the rows are not as the header says");
    }
    for (int pass = 0; pass < passes; pass++) {
        png_bytep row = pixels;
        for (uint32_t y = 0; y < reader->header.height; y++, row += row_bytes) {
            png_read_row(png, row, NULL);
        }
    }
    png_read_end(png, NULL);
    return WEFT_IMAGE_OK;
}

const char *weft_png_message(const weft_png_reader *reader) { return reader->message; }

void weft_png_close(weft_png_reader *reader) {
    png_destroy_read_struct(&reader->png, &reader->info, NULL);
    free(reader);
}
