// SPDX-License-Identifier: Apache-2.0
#include "dnn_conv_internal.h"

#include <stdlib.h>
#include <string.h>

/// Input, filter and output, in the order of the arguments of a run.
enum { INPUT, FILTER, OUTPUT, SIDES };

/// What one thread does at a time.
typedef struct part {
    wd_op op;
    wd_reorder sides[SIDES];
} part;

struct weft_dnn_conv {
    weft_dnn_conv_kind kind;
    bool has_bias;
    wd_conv_cut cut;
    part first, usual, last;  // the first and the last piece, where they are not as the others
    bool has_first, has_last;
    // From a piece's part of the caller's arrays to the next one's, in elements.
    size_t steps[SIDES], bias_step;
    size_t lead;  // that pieces but the first begin earlier in the input
    size_t bytes[SIDES];  // of an element
    size_t filter_elements, bias_elements;
    double cost;  // of a piece, in nanoseconds
};

/// What a kind computes.
static int result(weft_dnn_conv_kind kind) {
    static const int results[3] = {OUTPUT, INPUT, FILTER};
    return results[kind];
}

/// By kind, the primitive's names of input, filter, output and bias.
static const int argumentNames[3][SIDES + 1] = {
    {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST, DNNL_ARG_BIAS},
    {DNNL_ARG_DIFF_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_DST},
    {DNNL_ARG_SRC, DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_BIAS}};

static bool makeReorders(part *made, weft_dnn_conv_kind kind, const wd_conv_problem *p,
                         const_dnnl_primitive_desc_t pd) {
    wd_desc_ref ours[SIDES] = {wd_desc_see(&p->input), wd_desc_see(&p->filter),
                               wd_desc_see(&p->output)};
    bool good = true;
    for (int i = 0; good && i < SIDES; i++)
        good = wd_reorder_init(&made->sides[i], i == result(kind), ours[i],
                               wd_desc_wanted(pd, argumentNames[kind][i]));
    return good;
}

/// What is cut.
static int64_t extentOf(const weft_dnn_conv_spec *spec, const wd_conv_cut *cut) {
    if (cut->axis == WD_CUT_IMAGES) return spec->batch;
    if (cut->axis == WD_CUT_ROWS) return spec->output[0];
    return spec->kind == WEFT_DNN_CONV_BACKWARD_DATA ? spec->input_channels
                                                     : spec->output_channels;
}

/// The specification of a piece by its number.
static weft_dnn_conv_spec pieceOf(const weft_dnn_conv_spec *spec, const wd_conv_cut *cut,
                                  int64_t number) {
    weft_dnn_conv_spec piece = *spec;
    int64_t begin = number * cut->piece, extent = extentOf(spec, cut) - begin;
    if (extent > cut->piece) extent = cut->piece;
    if (cut->axis == WD_CUT_IMAGES) {
        piece.batch = extent;
    } else if (cut->axis == WD_CUT_ROWS) {
        wd_conv_rows rows = wd_conv_input_rows(spec, begin, extent);
        piece.output[0] = extent;
        piece.input[0] = rows.count;
        piece.padding_low[0] = rows.low;
        piece.padding_high[0] = rows.high;
    } else if (spec->kind == WEFT_DNN_CONV_BACKWARD_DATA) {
        piece.input_channels = extent;
    } else {
        piece.output_channels = extent;
    }
    return piece;
}

static bool makePart(part *made, const weft_dnn_conv_spec *spec, const wd_conv_cut *cut,
                     int64_t number) {
    weft_dnn_conv_spec own = pieceOf(spec, cut, number);
    // The primitive's arrays are dense; the piece's may be a part of the caller's channels.
    wd_conv_problem dense, stored;
    memset(&stored, 0, sizeof stored);
    dnnl_primitive_desc_t pd =
        wd_conv_pose(&dense, &own, &own) ? wd_conv_describe(&dense, spec) : NULL;
    if (pd && !(wd_conv_pose(&stored, &own, spec)
                && makeReorders(made, spec->kind, &stored, pd))) {
        dnnl_primitive_desc_destroy(pd);
        pd = NULL;
    }
    wd_conv_free(&dense), wd_conv_free(&stored);
    return pd && wd_op_init(&made->op, pd, SIDES + spec->bias, argumentNames[spec->kind]);
}

static void freePart(part *made) {
    wd_op_free(&made->op);
    for (int i = 0; i < SIDES; i++) wd_op_free(&made->sides[i].op);
    memset(made, 0, sizeof *made);
}

static void freeParts(weft_dnn_conv *conv) {
    freePart(&conv->first);
    freePart(&conv->usual);
    freePart(&conv->last);
}

/// Whether a part takes the filter in the usual one's layout: then all pieces share one.
static bool hasUsualFilter(const weft_dnn_conv *conv, const part *other) {
    const_dnnl_primitive_desc_t usual = NULL, own = NULL;
    int name = argumentNames[conv->kind][FILTER];
    return dnnl_primitive_get_primitive_desc(conv->usual.op.primitive, &usual) == dnnl_success
        && dnnl_primitive_get_primitive_desc(other->op.primitive, &own) == dnnl_success
        && dnnl_memory_desc_equal(wd_desc_wanted(usual, name), wd_desc_wanted(own, name));
}

static void setSteps(weft_dnn_conv *conv, const weft_dnn_conv_spec *spec) {
    size_t piece = (size_t)conv->cut.piece, all = (size_t)spec->output_channels;
    size_t input = piece * (size_t)spec->input_channels, output = piece * all;
    conv->filter_elements = (size_t)(spec->input_channels / spec->groups) * all;
    bool rows = conv->cut.axis == WD_CUT_ROWS;
    for (int i = 0; i < spec->spatial_rank; i++) {
        if (!rows || i > 0) {
            input *= (size_t)spec->input[i];
            output *= (size_t)spec->output[i];
        }
        conv->filter_elements *= (size_t)spec->kernel[i];
    }
    conv->lead = rows ? input / piece * (size_t)spec->padding_low[0] : 0;
    conv->bias_elements = spec->bias ? all : 0;
    conv->bias_step = 0;
    memset(conv->steps, 0, sizeof conv->steps);
    if (conv->cut.axis != WD_CUT_CHANNELS) {
        conv->steps[INPUT] = rows ? input * (size_t)spec->strides[0] : input;
        conv->steps[OUTPUT] = output;
    } else if (conv->kind == WEFT_DNN_CONV_BACKWARD_DATA) {
        conv->steps[INPUT] = piece;
        conv->steps[FILTER] = piece * all;
    } else {
        conv->steps[FILTER] = conv->steps[OUTPUT] = conv->bias_step = piece;
    }
}

static bool build(weft_dnn_conv *conv, const weft_dnn_conv_spec *spec, const wd_conv_cut *cut) {
    conv->cut = *cut;
    setSteps(conv, spec);
    conv->cost = wd_conv_products(spec) * WD_PRODUCT_NANOSECONDS / (double)cut->pieces;
    bool rows = cut->axis == WD_CUT_ROWS, shares = cut->axis != WD_CUT_CHANNELS;
    conv->has_first = rows && cut->pieces > 2;
    conv->has_last = rows || extentOf(spec, cut) % cut->piece != 0;
    return makePart(&conv->usual, spec, cut, conv->has_first ? 1 : 0)
        && (!conv->has_first
            || (makePart(&conv->first, spec, cut, 0) && hasUsualFilter(conv, &conv->first)))
        && (!conv->has_last
            || (makePart(&conv->last, spec, cut, cut->pieces - 1)
                && (!shares || hasUsualFilter(conv, &conv->last))));
}

static bool isWide(const weft_dnn_conv_spec *spec) {
    return spec->input_type == WEFT_DNN_F32 && spec->filter_type == WEFT_DNN_F32
        && spec->output_type == WEFT_DNN_F32;
}

/// The products that an element of the output is a sum of.
static int64_t termsOf(const weft_dnn_conv_spec *spec) {
    int64_t terms = spec->input_channels / spec->groups;
    for (int i = 0; i < spec->spatial_rank; i++) terms *= spec->kernel[i];
    return terms;
}

static bool areTypes(const weft_dnn_conv_spec *spec) {
    return isWide(spec)
        || (spec->kind == WEFT_DNN_CONV_FORWARD
            && weft_dnn_multiplies(spec->input_type, spec->filter_type, spec->output_type,
                                   termsOf(spec)));
}

/// Whether a part's implementation is fast, and exact where integers are summed: all but these kernels
/// round sums of integers to F32 on their way.
static bool isGood(const part *p, const weft_dnn_conv_spec *spec) {
    const char *implementation = p->op.implementation;
    if (!implementation || isWide(spec)) return true;
    if (strncmp(implementation, "ref", 3) == 0) return false;
    return spec->output_type != WEFT_DNN_S32 || termsOf(spec) <= WD_FLOAT_TERMS
        || strncmp(implementation, "br", 2) == 0;
}

static bool isValid(const weft_dnn_conv_spec *spec) {
    bool extents = spec->batch > 0 && spec->input_channels > 0 && spec->output_channels > 0
        && spec->groups > 0;
    bool known = spec->spatial_rank >= 1 && spec->spatial_rank <= 3
        && (int)spec->kind >= WEFT_DNN_CONV_FORWARD
        && (int)spec->kind <= WEFT_DNN_CONV_BACKWARD_FILTER;
    for (int i = 0; known && i < spec->spatial_rank; i++) {
        extents = extents && spec->input[i] > 0 && spec->kernel[i] > 0 && spec->output[i] > 0
            && spec->strides[i] > 0 && spec->dilations[i] > 0;
    }
    if (!known) {
        wd_fail("a convolution of kind %d and spatial rank %d", (int)spec->kind,
                spec->spatial_rank);
    } else if (!extents) {
        wd_fail("a convolution without elements");
    } else if (spec->input_channels % spec->groups || spec->output_channels % spec->groups) {
        wd_fail("groups that do not divide the channels");
    } else if (!areTypes(spec)) {
        wd_fail("a convolution of types %d and %d to %d", (int)spec->input_type,
                (int)spec->filter_type, (int)spec->output_type);
    } else if (spec->bias && spec->output_type == WEFT_DNN_S32) {
        wd_fail("a convolution of integers with something added");
    } else if (spec->bias && spec->kind == WEFT_DNN_CONV_BACKWARD_DATA) {
        wd_fail("a convolution's bias where its kind has none");
    } else {
        return true;
    }
    return false;
}

weft_dnn_conv *weft_dnn_conv_create(const weft_dnn_conv_spec *spec) {
    if (!isValid(spec) || !wd_has_room() || !wd_engine()) return NULL;
    weft_dnn_conv *conv = calloc(1, sizeof *conv);
    if (!conv) {
        wd_fail("no memory");
        return NULL;
    }
    conv->kind = spec->kind;
    conv->has_bias = spec->bias;
    conv->bytes[INPUT] = wd_type_bytes(spec->input_type);
    conv->bytes[FILTER] = wd_type_bytes(spec->filter_type);
    conv->bytes[OUTPUT] = wd_type_bytes(spec->output_type);
    int saved = wd_serial_begin();
    wd_conv_cut cut = wd_conv_best_cut(spec), whole = {WD_CUT_IMAGES, 1, spec->batch};
    bool good = build(conv, spec, &cut);
    if (!good && cut.pieces > 1) {
        freeParts(conv);
        good = build(conv, spec, &whole);
    }
    wd_serial_end(saved);
    if (good && !(isGood(&conv->first, spec) && isGood(&conv->usual, spec)
                  && isGood(&conv->last, spec))) {
        wd_fail("no fast and exact convolution of small elements here");
        good = false;
    }
    if (good) return conv;
    weft_dnn_conv_destroy(conv);
    return NULL;
}

// MARK: Runs

typedef struct job {
    const weft_dnn_conv *conv;
    char *sides[SIDES], *bias;
    size_t steps[SIDES], bias_step;  // from a piece to the next, in bytes
    bool filter_is_theirs;           // in the primitives' layout
    bool packs;                      // only reorders the filter's pieces, to the output
    wd_outcome outcome;
} job;

static job makeJob(const weft_dnn_conv *conv, const void *input, const void *filter,
                   const void *bias, const void *output) {
    job j = {.conv = conv, .sides = {(char *)input, (char *)filter, (char *)output},
             .bias = conv->has_bias ? (char *)bias : NULL,
             .bias_step = conv->bias_step * conv->bytes[OUTPUT]};
    for (int i = 0; i < SIDES; i++) j.steps[i] = conv->steps[i] * conv->bytes[i];
    return j;
}

static size_t filterBytes(const weft_dnn_conv *conv) {
    return wd_round64(conv->usual.sides[FILTER].bytes);
}

static weft_dnn_status runPart(const job *j, int64_t i) {
    const weft_dnn_conv *conv = j->conv;
    const part *part = conv->has_first && i == 0                  ? &conv->first
        : conv->has_last && i == conv->cut.pieces - 1 ? &conv->last
                                                      : &conv->usual;
    char *theirs[SIDES + 1], *ours[SIDES];
    for (int side = 0; side < SIDES; side++)
        theirs[side] = ours[side] = j->sides[side] + (size_t)i * j->steps[side];
    if (i > 0) theirs[INPUT] = ours[INPUT] -= conv->lead * conv->bytes[INPUT];
    theirs[SIDES] = j->bias ? j->bias + (size_t)i * j->bias_step : NULL;
    if (j->packs) return wd_reorder_copy(&part->sides[FILTER], ours[FILTER], ours[OUTPUT]);
    // The primitive's own arrays first, then what the operations use, one at a time.
    size_t arrayBytes = 0, bytes = part->op.scratchpad_bytes;
    bool reorders[SIDES];
    for (int side = 0; side < SIDES; side++) {
        const wd_reorder *reorder = &part->sides[side];
        reorders[side] = reorder->needed && !(j->filter_is_theirs && side == FILTER);
        if (!reorders[side]) continue;
        arrayBytes += wd_round64(reorder->bytes);
        if (reorder->op.scratchpad_bytes > bytes) bytes = reorder->op.scratchpad_bytes;
    }
    char *scratch = NULL;
    if (arrayBytes + bytes) {
        scratch = wd_scratch(WD_PIECE, arrayBytes + bytes);
        if (!scratch) return WEFT_DNN_OUT_OF_MEMORY;
    }
    void *rest = bytes ? scratch + arrayBytes : NULL;
    int out = result(conv->kind);
    weft_dnn_status status = WEFT_DNN_OK;
    for (int side = 0; side < SIDES && status == WEFT_DNN_OK; side++) {
        if (!reorders[side]) continue;
        theirs[side] = scratch;
        scratch += wd_round64(part->sides[side].bytes);
        if (side != out)
            status = wd_op_run(&part->sides[side].op, (void *[]){ours[side], theirs[side]}, rest);
    }
    if (status == WEFT_DNN_OK) status = wd_op_run(&part->op, (void *const *)theirs, rest);
    if (status == WEFT_DNN_OK && reorders[out])
        status = wd_op_run(&part->sides[out].op, (void *[]){theirs[out], ours[out]}, rest);
    return status;
}

static void runPiece(void *context, int64_t i) {
    job *j = context;
    wd_outcome_note(&j->outcome, runPart(j, i));
}

static weft_dnn_status runPieces(job *j) {
    wd_parallel(j->conv->cut.pieces, j->conv->cost, runPiece, j);
    return wd_outcome_take(&j->outcome);
}

static bool hasKind(const weft_dnn_conv *conv, weft_dnn_conv_kind kind) {
    if (conv->kind == kind) return true;
    wd_fail("a convolution handle of another kind");
    return false;
}

/// A convolution, or the gradient of its input. `packed`: the filter is in the primitives' layout.
static weft_dnn_status run(const weft_dnn_conv *conv, weft_dnn_conv_kind kind, const void *input,
                           const void *filter, bool packed, const void *bias,
                           const void *output) {
    if (!hasKind(conv, kind)) return WEFT_DNN_WRONG_KIND;
    const wd_reorder *reorder = &conv->usual.sides[FILTER];
    bool shared = conv->cut.axis != WD_CUT_CHANNELS && reorder->needed;
    if (shared && !packed) {
        void *copy = wd_scratch(WD_SHARED, reorder->bytes);
        if (!copy) return WEFT_DNN_OUT_OF_MEMORY;
        weft_dnn_status status = wd_reorder_copy(reorder, filter, copy);
        if (status != WEFT_DNN_OK) return status;
        filter = copy;
    }
    job j = makeJob(conv, input, filter, bias, output);
    j.filter_is_theirs = shared || packed;
    if (packed && conv->cut.axis == WD_CUT_CHANNELS) j.steps[FILTER] = filterBytes(conv);
    return runPieces(&j);
}

weft_dnn_status weft_dnn_conv_forward(const weft_dnn_conv *conv, const void *input,
                                      const void *filter, const void *bias, void *output) {
    return run(conv, WEFT_DNN_CONV_FORWARD, input, filter, false, bias, output);
}

/// For each thread, what a piece takes.
static size_t pieceBytes(const weft_dnn_conv *conv, const part *p) {
    size_t arrayBytes = 0, bytes = p->op.scratchpad_bytes;
    for (int i = 0; i < SIDES; i++) {
        const wd_reorder *side = &p->sides[i];
        if (!side->needed || (i == FILTER && conv->cut.axis != WD_CUT_CHANNELS)) continue;
        arrayBytes += wd_round64(side->bytes);
        if (side->op.scratchpad_bytes > bytes) bytes = side->op.scratchpad_bytes;
    }
    return arrayBytes + bytes;
}

size_t weft_dnn_conv_scratch_bytes(const weft_dnn_conv *conv) {
    bool sums = conv->kind == WEFT_DNN_CONV_BACKWARD_FILTER;
    size_t filters = conv->cut.axis == WD_CUT_CHANNELS ? 0 : sums ? (size_t)conv->cut.pieces : 1;
    size_t most = 0;
    const part *parts[] = {&conv->first, &conv->usual, &conv->last};
    for (int i = 0; i < 3; i++) {
        size_t bytes = pieceBytes(conv, parts[i]);
        if (bytes > most) most = bytes;
    }
    return filters * filterBytes(conv) + most * wd_threads_of(conv->cut.pieces);
}

size_t weft_dnn_conv_packed_bytes(const weft_dnn_conv *conv) {
    const wd_reorder *filter = &conv->usual.sides[FILTER];
    if (conv->kind != WEFT_DNN_CONV_FORWARD || !filter->needed) return 0;
    return conv->cut.axis == WD_CUT_CHANNELS ? (size_t)conv->cut.pieces * filterBytes(conv)
                                             : filter->bytes;
}

weft_dnn_status weft_dnn_conv_pack(const weft_dnn_conv *conv, const void *filter, void *packed) {
    if (!weft_dnn_conv_packed_bytes(conv)) {
        wd_fail("a convolution whose filter is not reordered");
        return WEFT_DNN_WRONG_KIND;
    }
    if (conv->cut.axis != WD_CUT_CHANNELS) return wd_reorder_copy(&conv->usual.sides[FILTER], filter, packed);
    job j = makeJob(conv, NULL, filter, NULL, packed);
    j.packs = true;
    j.steps[OUTPUT] = filterBytes(conv);
    return runPieces(&j);
}

weft_dnn_status weft_dnn_conv_forward_packed(const weft_dnn_conv *conv, const void *input,
                                             const void *packed, const void *bias, void *output) {
    return run(conv, WEFT_DNN_CONV_FORWARD, input, packed, true, bias, output);
}

weft_dnn_status weft_dnn_conv_backward_data(const weft_dnn_conv *conv, const float *output_gradient,
                                            const float *filter, float *input_gradient) {
    return run(conv, WEFT_DNN_CONV_BACKWARD_DATA, input_gradient, filter, false, NULL,
               output_gradient);
}

// MARK: The gradient of the filter

/// Gradients of the pieces, one behind the other.
typedef struct partial_sums {
    float *first;
    size_t count, step;  // of one, and from one to the next
    int64_t pieces;
} partial_sums;

enum { SUMS_AT_ONCE = 4096 };

static void addSums(void *context, int64_t i) {
    const partial_sums *sums = context;
    size_t begin = (size_t)i * SUMS_AT_ONCE, end = begin + SUMS_AT_ONCE;
    if (end > sums->count) end = sums->count;
    for (int64_t piece = 1; piece < sums->pieces; piece++) {
        const float *more = sums->first + (size_t)piece * sums->step;
        for (size_t k = begin; k < end; k++) sums->first[k] += more[k];
    }
}

/// Adds all to the first, in their order.
static void addUp(float *first, size_t count, size_t step, size_t pieces) {
    if (count == 0) return;
    partial_sums sums = {first, count, step, (int64_t)pieces};
    wd_parallel((int64_t)((count - 1) / SUMS_AT_ONCE + 1), (double)pieces * SUMS_AT_ONCE * 0.15,
                addSums, &sums);
}

weft_dnn_status weft_dnn_conv_backward_filter(const weft_dnn_conv *conv, const float *input,
                                              const float *output_gradient, float *filter_gradient,
                                              float *bias_gradient) {
    if (!hasKind(conv, WEFT_DNN_CONV_BACKWARD_FILTER)) return WEFT_DNN_WRONG_KIND;
    job j = makeJob(conv, input, filter_gradient, bias_gradient, output_gradient);
    if (conv->cut.axis == WD_CUT_CHANNELS || conv->cut.pieces == 1) return runPieces(&j);
    // Each piece's gradients, in the primitives' layout.
    const wd_reorder *reorder = &conv->usual.sides[FILTER];
    size_t bytes = filterBytes(conv), pieces = (size_t)conv->cut.pieces;
    size_t biasBytes = wd_round64(conv->bias_elements * sizeof(float));
    char *scratch = wd_scratch(WD_SHARED, pieces * (bytes + biasBytes));
    if (!scratch) return WEFT_DNN_OUT_OF_MEMORY;
    j.sides[FILTER] = scratch;
    j.steps[FILTER] = bytes;
    j.filter_is_theirs = true;
    float *biases = (float *)(scratch + pieces * bytes);
    if (conv->has_bias) j.bias = (char *)biases;
    j.bias_step = biasBytes;
    weft_dnn_status status = runPieces(&j);
    if (status != WEFT_DNN_OK) return status;
    addUp((float *)scratch, reorder->bytes / sizeof(float), bytes / sizeof(float), pieces);
    addUp(biases, conv->bias_elements, biasBytes / sizeof(float), pieces);
    if (conv->has_bias) memcpy(bias_gradient, biases, conv->bias_elements * sizeof(float));
    if (reorder->needed) return wd_reorder_copy(reorder, scratch, filter_gradient);
    memcpy(filter_gradient, scratch, conv->filter_elements * sizeof(float));
    return WEFT_DNN_OK;
}

void weft_dnn_conv_destroy(weft_dnn_conv *conv) {
    if (!conv) return;
    freeParts(conv);
    free(conv);
}

const char *weft_dnn_conv_implementation(const weft_dnn_conv *conv) {
    return conv->usual.op.implementation;
}
