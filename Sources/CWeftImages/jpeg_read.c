// SPDX-License-Identifier: Apache-2.0
#if !__has_include(<jpeglib.h>)
#error "libjpeg is missing: run Scripts/setup.sh, or install libjpeg62-turbo-dev"
#endif
#include <stddef.h>
#include <stdio.h>

#include <jpeglib.h>
// After jpeglib.h.
#include <jerror.h>

#include <setjmp.h>
#include <stdlib.h>

#include "weft_images.h"

/// A file that has more is made to keep a reader busy: each goes over the whole image again.
#define MOST_SCANS 500

struct weft_jpeg_reader {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    bool is_made;
    weft_image_header header;
    weft_image_status status;
    char message[JMSG_LENGTH_MAX];
    /// Where errors go: of the function of this file that is running.
    jmp_buf jump;
};

static _Noreturn void fail(j_common_ptr jpeg) {
    weft_jpeg_reader *reader = jpeg->client_data;
    reader->errors.format_message(jpeg, reader->message);
    switch (reader->errors.msg_code) {
        case JERR_OUT_OF_MEMORY:
            reader->status = WEFT_IMAGE_OUT_OF_MEMORY;
            break;
        case JERR_ARITH_NOTIMPL:
        case JERR_BAD_PRECISION:
        case JERR_CCIR601_NOTIMPL:
        case JERR_CONVERSION_NOTIMPL:
        case JERR_FRACT_SAMPLE_NOTIMPL:
        case JERR_NOTIMPL:
        case JERR_NOT_COMPILED:
        case JERR_SOF_UNSUPPORTED:
            reader->status = WEFT_IMAGE_UNSUPPORTED;
            break;
        default:
            reader->status = WEFT_IMAGE_DAMAGED;
    }
    longjmp(reader->jump, 1);
}

/// The library goes on with grey where pixels are missing, and says so by a warning: here that is an error. What else
/// it warns of leaves all pixels as they are, such as bytes too many between two parts, which some cameras write.
static void warn(j_common_ptr jpeg, int level) {
    if (level >= 0) { return; }
    switch (jpeg->err->msg_code) {
        case JWRN_ARITH_BAD_CODE:
        case JWRN_BOGUS_PROGRESSION:
        case JWRN_HIT_MARKER:
        case JWRN_HUFF_BAD_CODE:
        case JWRN_JPEG_EOF:
        case JWRN_MUST_RESYNC:
            fail(jpeg);
        default:
            return;
    }
}

static void count_scans(j_common_ptr jpeg) {
    weft_jpeg_reader *reader = jpeg->client_data;
    if (reader->jpeg.input_scan_number > MOST_SCANS) {
        snprintf(
            reader->message, sizeof reader->message, "more than %d scans of one image", MOST_SCANS);
        reader->status = WEFT_IMAGE_DAMAGED;
        longjmp(reader->jump, 1);
    }
}

weft_jpeg_reader *weft_jpeg_open(const void *bytes, size_t count) {
    weft_jpeg_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL) { return NULL; }
    reader->jpeg.err = jpeg_std_error(&reader->errors);
    reader->errors.error_exit = fail;
    reader->errors.emit_message = warn;
    reader->jpeg.client_data = reader;
    if (setjmp(reader->jump) != 0) {
        weft_jpeg_close(reader);
        return NULL;
    }
    jpeg_create_decompress(&reader->jpeg);
    reader->is_made = true;
    reader->progress.progress_monitor = count_scans;
    reader->jpeg.progress = &reader->progress;
    jpeg_mem_src(&reader->jpeg, bytes, count);
    return reader;
}

weft_image_status weft_jpeg_read_header(weft_jpeg_reader *reader, weft_image_header *header) {
    if (setjmp(reader->jump) != 0) { return reader->status; }
    struct jpeg_decompress_struct *jpeg = &reader->jpeg;
    jpeg_read_header(jpeg, TRUE);
    weft_image_header *own = &reader->header;
    own->width = jpeg->image_width;
    own->height = jpeg->image_height;
    own->bits = 8;
    switch (jpeg->jpeg_color_space) {
        case JCS_GRAYSCALE:
            own->channels = 1;
            jpeg->out_color_space = JCS_GRAYSCALE;
            break;
        case JCS_RGB:
        case JCS_YCbCr:
            own->channels = 3;
            jpeg->out_color_space = JCS_RGB;
            break;
        case JCS_CMYK:
        case JCS_YCCK:
            own->channels = 3;
            jpeg->out_color_space = JCS_CMYK;
            break;
        default:
            snprintf(
                reader->message, sizeof reader->message, "%d colours that have no names",
                jpeg->num_components);
            return WEFT_IMAGE_UNSUPPORTED;
    }
    // Each block has a Huffman code, which has a bit at least.
    own->least_bytes = 0;
    for (int i = 0; !jpeg->arith_code && i < jpeg->num_components; i++) {
        jpeg_component_info *component = &jpeg->comp_info[i];
        own->least_bytes += (uint64_t)component->width_in_blocks * component->height_in_blocks / 8;
    }
    *header = *own;
    return WEFT_IMAGE_OK;
}

/// The product of two parts of 255, rounded.
static unsigned char multiplied(unsigned a, unsigned b) {
    unsigned product = a * b + 128;
    return (unsigned char)((product + (product >> 8)) >> 8);
}

/// Four inks to three colours, as most programs do it: what of the light the colour's ink and the black leave.
static void to_rgb(const unsigned char *inks, unsigned char *row, uint32_t width, bool is_inverted) {
    unsigned flip = is_inverted ? 0 : 255;
    for (uint32_t x = 0; x < width; x++, inks += 4, row += 3) {
        unsigned light = inks[3] ^ flip;
        for (int colour = 0; colour < 3; colour++) {
            row[colour] = multiplied(inks[colour] ^ flip, light);
        }
    }
}

weft_image_status weft_jpeg_read_pixels(weft_jpeg_reader *reader, void *pixels, size_t row_bytes) {
    if (setjmp(reader->jump) != 0) { return reader->status; }
    struct jpeg_decompress_struct *jpeg = &reader->jpeg;
    // The exact transform, which gives the same bits in all versions of the library.
    jpeg->dct_method = JDCT_ISLOW;
    jpeg_start_decompress(jpeg);
    bool has_inks = jpeg->out_color_space == JCS_CMYK;
    if (jpeg->output_width != reader->header.width || jpeg->output_height != reader->header.height
        || row_bytes != (size_t)reader->header.width * reader->header.channels
        || jpeg->output_components != (has_inks ? 4 : (int)reader->header.channels)) {
        snprintf(reader->message, sizeof reader->message, "the rows are not as the header says");
        return WEFT_IMAGE_DAMAGED;
    }
    // The library frees it with the reader.
    unsigned char *inks = has_inks ? jpeg->mem->alloc_large(
                              (j_common_ptr)jpeg, JPOOL_IMAGE, (size_t)jpeg->output_width * 4)
                                   : NULL;
    unsigned char *row = pixels;
    for (uint32_t y = 0; y < reader->header.height; y++, row += row_bytes) {
        JSAMPROW target = has_inks ? inks : row;
        jpeg_read_scanlines(jpeg, &target, 1);
        if (has_inks) { to_rgb(inks, row, jpeg->output_width, jpeg->saw_Adobe_marker); }
    }
    jpeg_finish_decompress(jpeg);
    return WEFT_IMAGE_OK;
}

const char *weft_jpeg_message(const weft_jpeg_reader *reader) { return reader->message; }

void weft_jpeg_close(weft_jpeg_reader *reader) {
    if (reader->is_made) { jpeg_destroy_decompress(&reader->jpeg); }
    free(reader);
}
