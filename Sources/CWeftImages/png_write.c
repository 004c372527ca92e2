// SPDX-License-Identifier: Apache-2.0
#include <png.h>

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include "image_output.h"

typedef struct {
    png_structp png;
    png_infop info;
    weft_image_output *output;
    weft_image_status status;
    jmp_buf jump;
} png_writer;

static _Noreturn void fail(png_structp png, png_const_charp message) {
    png_writer *writer = png_get_error_ptr(png);
    snprintf(writer->output->message, sizeof writer->output->message, "%s", message);
    writer->status = strstr(message, "emory") != NULL ? WEFT_IMAGE_OUT_OF_MEMORY : WEFT_IMAGE_UNSUPPORTED;
    longjmp(writer->jump, 1);
}

static void ignore(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

static void put(png_structp png, png_bytep bytes, size_t count) {
    weft_image_output *output = ((png_writer *)png_get_io_ptr(png))->output;
    if (!weft_image_output_reserve(output, count)) { png_error(png, "out of memory"); }
    memcpy(output->bytes + output->count, bytes, count);
    output->count += count;
}

static void flush(png_structp png) { (void)png; }

/// In a function of its own: what it changes in `writer` is there after a longjmp, too.
static weft_image_status write_all(
    png_writer *writer, const unsigned char *pixels, const weft_image_header *header, int level) {
    static const int types[] = {
        PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB, PNG_COLOR_TYPE_RGB_ALPHA};
    if (setjmp(writer->jump) != 0) { return writer->status; }
    writer->png = png_create_write_struct(PNG_LIBPNG_VER_STRING, writer, fail, ignore);
    if (writer->png != NULL) { writer->info = png_create_info_struct(writer->png); }
    if (writer->info == NULL) { return WEFT_IMAGE_OUT_OF_MEMORY; }
    png_structp png = writer->png;
    png_set_write_fn(png, writer, put, flush);
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_compression_level(png, level);
    png_set_IHDR(
        png, writer->info, header->width, header->height, (int)header->bits,
        types[header->channels - 1], PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
        PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, writer->info);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (header->bits == 16) { png_set_swap(png); }
#endif
    size_t row_bytes = (size_t)header->width * header->channels * (header->bits / 8);
    for (uint32_t y = 0; y < header->height; y++, pixels += row_bytes) { png_write_row(png, pixels); }
    png_write_end(png, NULL);
    return WEFT_IMAGE_OK;
}

weft_image_status weft_png_write(
    const void *pixels, weft_image_header header, int level, weft_image_output *output) {
    if (header.channels < 1 || header.channels > 4) { return WEFT_IMAGE_UNSUPPORTED; }
    png_writer writer = {.output = output};
    weft_image_status status = write_all(&writer, pixels, &header, level);
    png_destroy_write_struct(&writer.png, &writer.info);
    return status;
}
