// SPDX-License-Identifier: Apache-2.0
#include <stddef.h>
#include <stdio.h>

#include <jpeglib.h>
// After jpeglib.h.
#include <jerror.h>

#include <setjmp.h>

#include "image_output.h"

typedef struct {
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_destination_mgr destination;
    weft_image_output *output;
    bool is_made;
    weft_image_status status;
    jmp_buf jump;
} jpeg_writer;

static _Noreturn void fail(j_common_ptr jpeg) {
    jpeg_writer *writer = jpeg->client_data;
    char message[JMSG_LENGTH_MAX];
    writer->errors.format_message(jpeg, message);
    snprintf(writer->output->message, sizeof writer->output->message, "%s", message);
    writer->status = writer->errors.msg_code == JERR_OUT_OF_MEMORY ? WEFT_IMAGE_OUT_OF_MEMORY
                                                                   : WEFT_IMAGE_UNSUPPORTED;
    longjmp(writer->jump, 1);
}

static void ignore(j_common_ptr jpeg, int level) {
    (void)jpeg;
    (void)level;
}

/// Lets the library write into what room there is, behind `count` bytes.
static void make_room(j_compress_ptr jpeg) {
    jpeg_writer *writer = jpeg->client_data;
    weft_image_output *output = writer->output;
    if (!weft_image_output_reserve(output, 1 << 16)) { ERREXIT1(jpeg, JERR_OUT_OF_MEMORY, 0); }
    writer->destination.next_output_byte = output->bytes + output->count;
    writer->destination.free_in_buffer = output->room - output->count;
}

/// The library has filled all the room.
static boolean when_full(j_compress_ptr jpeg) {
    jpeg_writer *writer = jpeg->client_data;
    writer->output->count = writer->output->room;
    make_room(jpeg);
    return TRUE;
}

static void end(j_compress_ptr jpeg) {
    jpeg_writer *writer = jpeg->client_data;
    writer->output->count = writer->output->room - writer->destination.free_in_buffer;
}

/// In a function of its own: what it changes in `writer` is there after a longjmp, too.
static weft_image_status write_all(
    jpeg_writer *writer, const unsigned char *pixels, const weft_image_header *header, int quality,
    bool halves_colours) {
    struct jpeg_compress_struct *jpeg = &writer->jpeg;
    jpeg->err = jpeg_std_error(&writer->errors);
    writer->errors.error_exit = fail;
    writer->errors.emit_message = ignore;
    jpeg->client_data = writer;
    if (setjmp(writer->jump) != 0) { return writer->status; }
    jpeg_create_compress(jpeg);
    writer->is_made = true;
    writer->destination.init_destination = make_room;
    writer->destination.empty_output_buffer = when_full;
    writer->destination.term_destination = end;
    jpeg->dest = &writer->destination;
    jpeg->image_width = header->width;
    jpeg->image_height = header->height;
    jpeg->input_components = (int)header->channels;
    jpeg->in_color_space = header->channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(jpeg);
    jpeg_set_quality(jpeg, quality, TRUE);
    jpeg->dct_method = JDCT_ISLOW;
    if (!halves_colours) { jpeg->comp_info[0].h_samp_factor = jpeg->comp_info[0].v_samp_factor = 1; }
    jpeg_start_compress(jpeg, TRUE);
    size_t row_bytes = (size_t)header->width * header->channels;
    for (uint32_t y = 0; y < header->height; y++, pixels += row_bytes) {
        // It reads from the row only.
        JSAMPROW row = (JSAMPROW)(uintptr_t)pixels;
        jpeg_write_scanlines(jpeg, &row, 1);
    }
    jpeg_finish_compress(jpeg);
    return WEFT_IMAGE_OK;
}

weft_image_status weft_jpeg_write(
    const void *pixels, weft_image_header header, int quality, bool halves_colours,
    weft_image_output *output) {
    if (header.channels != 1 && header.channels != 3) { return WEFT_IMAGE_UNSUPPORTED; }
    jpeg_writer writer = {.output = output};
    weft_image_status status = write_all(&writer, pixels, &header, quality, halves_colours);
    if (writer.is_made) { jpeg_destroy_compress(&writer.jpeg); }
    return status;
}
