/* SPDX-License-Identifier: Apache-2.0 */
/** Fixed width behind the format contract. */
#include <inttypes.h>

#include "base/error.h"
#include "format/csv_dialect.h"
#include "format/fixed.h"

static const struct wh_fixed *fixed_from(const struct wh_parser *parser)
{
    return (const struct wh_fixed *)parser;
}

static struct wh_fixed_reader *reader_from(struct wh_format_reader *reader)
{
    return (struct wh_fixed_reader *)reader;
}

/* ---- opening --------------------------------------------------------------------------------- */

static wh_code check(const struct wh_format_options *options, struct wh_error *err)
{
    WH_TRY(wh_format_check_word("trim", options->trim, "both, left, right, none", err));
    WH_TRY(wh_format_check_word("places", options->places, "characters, bytes", err));
    WH_TRY(wh_format_check_word("ragged", options->ragged, "reject, pad", err));
    WH_TRY(wh_format_check_word("unknown", options->unknown, "reject, ignore", err));
    if ((options->fields.count > 0) == (options->layout.ptr != NULL))
        return wh_error_set(err, WH_INVALID,
                            "fixed width needs to know where the fields are: state 'fields', each "
                            "as \"name start length\", or a 'layout' file, and not both");
    if (options->length > WH_FIXED_MAX_WIDTH)
        return wh_error_set(err, WH_LIMIT,
                            "a record of %" PRIu64 " places is above the limit of "
                            "%" PRIu64,
                            options->length, WH_FIXED_MAX_WIDTH);
    /* A character has up to four bytes. */
    if (4 * options->length > wh_format_record_limit(options))
        return wh_error_set(err, WH_INVALID,
                            "a record of %" PRIu64 " places may have more bytes than 'record' "
                            "allows, %" PRIu64 "; raise that",
                            options->length, wh_format_record_limit(options));
    return WH_OK;
}

static wh_code head(const struct wh_format_head_request *request, struct wh_format_head *ret,
                    struct wh_error *err)
{
    struct wh_fixed_layout layout;
    WH_TRY(wh_fixed_layout_read(request->options, request->arena, &layout, err));
    uint64_t length = request->options->length;
    if (length > 0 && length < layout.width)
        return wh_error_set(err, WH_INVALID,
                            "a record of %" PRIu64 " places is too short for the layout, which "
                            "ends at %" PRIu32,
                            length, layout.width);
    struct wh_column_info *columns = wh_arena_array(request->arena, layout.count, sizeof(*columns));
    if (columns == NULL)
        return wh_error_no_memory(err, layout.count * sizeof(*columns));
    for (size_t i = 0; i < layout.count; i++)
        columns[i] = wh_format_text_column(layout.fields[i].name);
    *ret = (struct wh_format_head){
        .found = WH_FORMAT_WHOLE, .columns = columns, .column_count = layout.count};
    return WH_OK;
}

static wh_code open_parser(const struct wh_format_options *options,
                           const struct wh_table_info *table, struct wh_arena *arena,
                           struct wh_parser **ret, struct wh_error *err)
{
    struct wh_fixed *fixed = WH_ARENA_NEW(arena, struct wh_fixed);
    if (fixed == NULL)
        return wh_error_no_memory(err, sizeof(*fixed));
    WH_TRY(wh_fixed_init(fixed, options, arena, err));
    WH_ASSERT(fixed->layout.count == table->column_count, err);
    *ret = (struct wh_parser *)fixed;
    return WH_OK;
}

/* ---- in words -------------------------------------------------------------------------------- */

static const char *trim_text(const struct wh_fixed *fixed)
{
    if (fixed->trims_left && fixed->trims_right)
        return "spaces around fields left out";
    if (fixed->trims_left || fixed->trims_right)
        return fixed->trims_left ? "spaces before fields left out"
                                 : "spaces behind fields left out";
    return "spaces kept";
}

static wh_code explain(const struct wh_parser *parser, struct wh_buf *text, struct wh_error *err)
{
    const struct wh_fixed *fixed = fixed_from(parser);
    const char *places = fixed->counts_bytes ? "bytes" : "characters";
    WH_TRY(wh_buf_printf(text, err, "fixed width, %zu field%s in %" PRIu32 " %s, ",
                         fixed->layout.count, fixed->layout.count == 1 ? "" : "s",
                         fixed->layout.width, places));
    if (fixed->length > 0)
        WH_TRY(wh_buf_printf(text, err, "a record every %" PRIu64 " %s, ", fixed->length, places));
    else
        WH_TRY(wh_buf_printf(text, err, "a record a line, "));
    return wh_buf_printf(text, err, "%s, %s", trim_text(fixed),
                         fixed->pads_short ? "short records filled up with NULL"
                                           : "short records rejected");
}

static uint64_t count_lines(const struct wh_parser *parser, char before, struct wh_str text)
{
    (void)before;
    return fixed_from(parser)->length > 0 ? 0 : wh_csv_count_lines(text);
}

/* ---- reading --------------------------------------------------------------------------------- */

static void reader_free(struct wh_format_reader *reader)
{
    wh_fixed_reader_release(reader_from(reader));
    free(reader);
}

static wh_code reader_new(const struct wh_parser *parser, size_t batch_rows,
                          struct wh_format_reader **ret, struct wh_error *err)
{
    struct wh_fixed_reader *reader = calloc(1, sizeof(*reader));
    if (reader == NULL)
        return wh_error_no_memory(err, sizeof(*reader));
    wh_code rc = wh_fixed_reader_init(reader, fixed_from(parser), err);
    if (rc != WH_OK) {
        reader_free((struct wh_format_reader *)reader);
        return rc;
    }
    if (batch_rows > 0)
        reader->row_capacity = WH_MIN(reader->row_capacity, batch_rows);
    *ret = (struct wh_format_reader *)reader;
    return WH_OK;
}

static wh_code begin(const struct wh_format_reader *opened, struct wh_batch *batch,
                     struct wh_error *err)
{
    const struct wh_fixed_reader *reader = (const struct wh_fixed_reader *)opened;
    return wh_format_begin(batch, reader->fixed->layout.count, reader->row_capacity, err);
}

static bool is_full(const struct wh_format_reader *reader, const struct wh_batch *batch)
{
    return wh_fixed_batch_is_full((const struct wh_fixed_reader *)reader, batch);
}

static wh_code read_text(struct wh_format_reader *reader, struct wh_format_text *text,
                         struct wh_batch *batch, size_t *ret_used, struct wh_error *err)
{
    return wh_fixed_read(reader_from(reader), text, batch, ret_used, err);
}

static size_t count(const struct wh_parser *parser, const struct wh_format_text *text, size_t stop,
                    struct wh_format_count *ret)
{
    return wh_fixed_count(fixed_from(parser), text, stop, ret);
}

/* ---- records larger than the room for them --------------------------------------------------- */

struct fixed_judge {
    const struct wh_fixed *fixed;
    uint64_t taken;  /* bytes */
    uint64_t places; /* characters that began in them; or the bytes */
};

static wh_code judge_new(const struct wh_parser *parser, struct wh_arena *arena,
                         struct wh_judge **ret, struct wh_error *err)
{
    struct fixed_judge *judge = WH_ARENA_NEW(arena, struct fixed_judge);
    if (judge == NULL)
        return wh_error_no_memory(err, sizeof(*judge));
    judge->fixed = fixed_from(parser);
    *ret = (struct wh_judge *)judge;
    return WH_OK;
}

static struct wh_verdict readable(uint64_t size)
{
    return (struct wh_verdict){.kind = WH_VERDICT_READABLE, .size = size};
}

/* A record is whole where the character behind it begins. */
static struct wh_verdict judge_places(struct fixed_judge *judge, const struct wh_format_text *text)
{
    const struct wh_fixed *fixed = judge->fixed;
    for (size_t i = 0; i < text->bytes.len; i++) {
        bool begins = fixed->counts_bytes || ((unsigned char)text->bytes.ptr[i] & 0xC0) != 0x80;
        judge->places += begins;
        judge->taken++;
        if (judge->places > fixed->length)
            return readable(judge->taken);
    }
    return text->is_last ? readable(judge->taken)
                         : (struct wh_verdict){.kind = WH_VERDICT_UNDECIDED};
}

static struct wh_verdict judge_line(struct fixed_judge *judge, const struct wh_format_text *text)
{
    struct wh_str piece = text->bytes;
    const char *newline = piece.len > 0 ? memchr(piece.ptr, '\n', piece.len) : NULL;
    uint64_t len = judge->taken + (newline != NULL ? (uint64_t)(newline - piece.ptr) : piece.len);
    judge->taken += piece.len;
    if (newline == NULL && !text->is_last)
        return (struct wh_verdict){.kind = WH_VERDICT_UNDECIDED};
    uint64_t lines = newline != NULL;
    /* With a CR before it; a line that is above the limit without one is for
     * the reader to refuse. */
    if (len <= judge->fixed->record_limit + 1)
        return readable(len + lines);
    return (struct wh_verdict){.kind = WH_VERDICT_BAD, .size = len + lines, .lines = lines};
}

static struct wh_verdict judge_piece(struct wh_judge *opened, const struct wh_format_text *text)
{
    struct fixed_judge *judge = (struct fixed_judge *)opened;
    return judge->fixed->length > 0 ? judge_places(judge, text) : judge_line(judge, text);
}

static wh_code reason(const struct wh_judge *opened, struct wh_arena *arena, struct wh_str *ret,
                      struct wh_error *err)
{
    const struct fixed_judge *judge = (const struct fixed_judge *)opened;
    return wh_fixed_size_reason(judge->fixed, arena, ret, err);
}

/* ---- the format ------------------------------------------------------------------------------ */

const struct wh_format wh_fixed_format = {
    .name = "fixed",
    .help = "fields at fixed places of a line, or of so many characters",
    .suffixes = (const char *const[]){".fwf", NULL},
    .options = (const char *const[]){"fields", "layout", "length", "places", "trim", "nulls",
                                     "ragged", "unknown", NULL},
    .empty = "the file is empty",
    .no_columns = "the layout has no fields",
    .check = check,
    .head = head,
    .open = open_parser,
    .explain = explain,
    .count_lines = count_lines,
    .reader_new = reader_new,
    .reader_free = reader_free,
    .begin = begin,
    .is_full = is_full,
    .read = read_text,
    .count = count,
    .judge_new = judge_new,
    .judge = judge_piece,
    .reason = reason,
};
