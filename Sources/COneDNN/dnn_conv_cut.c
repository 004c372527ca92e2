// SPDX-License-Identifier: Apache-2.0
// How a convolution is cut into pieces for threads: by shape alone, so that the bits are the same for
// any number of threads.
#include "dnn_conv_internal.h"

// Up to so many multiplications, a second thread costs more than it saves.
#define SERIAL_PRODUCTS 100000.0
// A piece's own, if there are more than two.
#define PIECE_PRODUCTS 32000000.0
#define MOST_PIECES 16
// A piece is done in one go: more would keep a run from being stopped.
#define LONGEST_PIECE_PRODUCTS 2e9

// Kernels take channels in blocks.
enum { CHANNELS = 16 };
// Winograd's algorithm makes four rows at once.
enum { ROWS = 4 };
// Partial gradients of a filter are added up, and fewer pixels are not worth it.
enum { PIXELS_OF_GRADIENT = 512 };

double wd_conv_products(const weft_dnn_conv_spec *spec) {
    double products = (double)spec->batch * (double)spec->input_channels
        * (double)(spec->output_channels / spec->groups);
    for (int i = 0; i < spec->spatial_rank; i++)
        products *= (double)spec->output[i] * (double)spec->kernel[i];
    return products;
}

static double pixels(const weft_dnn_conv_spec *spec) {
    double count = (double)spec->batch;
    for (int i = 0; i < spec->spatial_rank; i++) count *= (double)spec->output[i];
    return count;
}

/// The channels that can be divided: each piece needs all of the other ones.
static int64_t dividedChannels(const weft_dnn_conv_spec *spec) {
    return spec->kind == WEFT_DNN_CONV_BACKWARD_DATA ? spec->input_channels : spec->output_channels;
}

/// Whether pieces have all images and some of the channels. They copy these from and to the caller's
/// layout; but pieces of some images each transform the filter for Winograd's algorithm, or make a
/// gradient of all of it.
static bool isByChannels(const weft_dnn_conv_spec *spec) {
    int64_t channels = dividedChannels(spec);
    if (spec->groups != 1 || channels < 2 * CHANNELS) return false;
    // Sums of small elements are large beside their making: to copy them costs more than to cut rows.
    if (spec->input_type != WEFT_DNN_F32 && spec->batch == 1) return false;
    // An odd one out of few images keeps a thread waiting.
    if (spec->batch < 8 && spec->batch % 2 != 0) return true;
    if (wd_conv_is_winograd(spec)) return pixels(spec) / 16 / 2 < (double)channels;
    return spec->kind == WEFT_DNN_CONV_BACKWARD_FILTER && pixels(spec) < 2 * PIXELS_OF_GRADIENT;
}

static wd_conv_cut divide(wd_conv_axis axis, int64_t extent, int64_t unit, int64_t wanted) {
    int64_t piece = ((extent - 1) / unit / wanted + 1) * unit;
    return (wd_conv_cut){axis, (extent - 1) / piece + 1, piece};
}

wd_conv_rows wd_conv_input_rows(const weft_dnn_conv_spec *spec, int64_t begin, int64_t count) {
    int64_t first = begin * spec->strides[0] - spec->padding_low[0];
    int64_t end = (begin + count - 1) * spec->strides[0] - spec->padding_low[0]
        + (spec->kernel[0] - 1) * spec->dilations[0] + 1;
    int64_t low = first < 0 ? -first : 0;
    int64_t high = end > spec->input[0] ? end - spec->input[0] : 0;
    return (wd_conv_rows){first + low, end - high - (first + low), low, high};
}

/// Whether pieces of rows are alike but for the first and the last one, which alone see padding.
static bool areAlike(const weft_dnn_conv_spec *spec, const wd_conv_cut *cut) {
    int64_t last = (cut->pieces - 1) * cut->piece;
    wd_conv_rows all = wd_conv_input_rows(spec, 0, spec->output[0]);
    wd_conv_rows second = wd_conv_input_rows(spec, cut->piece, 1);
    wd_conv_rows before = wd_conv_input_rows(spec, last - cut->piece, cut->piece);
    wd_conv_rows end = wd_conv_input_rows(spec, last, spec->output[0] - last);
    return all.count > 0 && second.low == 0 && before.high == 0 && end.count > 0;
}

wd_conv_cut wd_conv_best_cut(const weft_dnn_conv_spec *spec) {
    double products = wd_conv_products(spec), wanted = products / PIECE_PRODUCTS;
    bool channels = isByChannels(spec);
    wd_conv_cut whole = {WD_CUT_IMAGES, 1, spec->batch};
    // Rows of the input's gradient would need those of the output's at fractions of a stride.
    bool rows = !channels && spec->batch < 2 && spec->kind != WEFT_DNN_CONV_BACKWARD_DATA;
    if (products < SERIAL_PRODUCTS || (!channels && !rows && spec->batch < 2)) return whole;
    if (wanted > MOST_PIECES) wanted = MOST_PIECES;
    double longest = LONGEST_PIECE_PRODUCTS;
    // Each piece transforms for Winograd what it shares with the others; most products are spared.
    if (wd_conv_is_winograd(spec)) {
        wanted = 2;
        longest *= 4;
    }
    bool sums = !channels && spec->kind == WEFT_DNN_CONV_BACKWARD_FILTER;
    if (sums && wanted > pixels(spec) / PIXELS_OF_GRADIENT)
        wanted = pixels(spec) / PIXELS_OF_GRADIENT;
    // Each sum of a filter's gradient takes as much memory as the filter.
    if (!sums && wanted < products / longest) wanted = products / longest;
    // A power of two, which two or four threads share evenly.
    int64_t pieces = 2;
    while ((double)(2 * pieces) <= wanted) pieces *= 2;
    if (channels) return divide(WD_CUT_CHANNELS, dividedChannels(spec), CHANNELS, pieces);
    if (!rows) return divide(WD_CUT_IMAGES, spec->batch, 1, pieces);
    wd_conv_cut cut = divide(WD_CUT_ROWS, spec->output[0], ROWS, pieces);
    return cut.pieces > 1 && areAlike(spec, &cut) ? cut : whole;
}
