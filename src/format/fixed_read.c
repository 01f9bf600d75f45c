/* SPDX-License-Identifier: Apache-2.0 */
/** From text to rows and bad records. */
#include <inttypes.h>

#include "base/error.h"
#include "base/size.h"
#include "data/text.h"
#include "format/fixed.h"

/* Cells that one batch has room for: bounds its memory where a table is very wide. */
#define MAX_BATCH_CELLS ((size_t)1 << 20)

/* One call of wh_fixed_read(). */
struct pass {
    struct wh_fixed_reader *reader;
    const struct wh_fixed *fixed;
    struct wh_format_text *text;
    struct wh_batch *batch;
    uint64_t offset; /* of the text in its file */
    size_t rows;     /* found in this text, not yet in the batch */
    size_t used;     /* bytes of the text that are done with */
};

/* ---- opening --------------------------------------------------------------------------------- */

static int compare_edges(const void *a, const void *b, void *layout)
{
    const struct wh_fixed_field *fields = ((const struct wh_fixed_layout *)layout)->fields;
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;
    uint32_t left_at = fields[left / 2].start + left % 2 * fields[left / 2].length;
    uint32_t right_at = fields[right / 2].start + right % 2 * fields[right / 2].length;
    return left_at < right_at ? -1 : left_at > right_at;
}

/* Sorts where fields start and end. */
static wh_code sort_places(struct wh_fixed *fixed, struct wh_arena *arena, struct wh_error *err)
{
    const struct wh_fixed_layout *layout = &fixed->layout;
    uint32_t count = 2 * (uint32_t)layout->count;
    uint32_t *edges = wh_arena_array(arena, WH_MAX(count, 1U), sizeof(*edges));
    fixed->places = wh_arena_array(arena, WH_MAX(count, 1U), sizeof(*fixed->places));
    fixed->ranks = wh_arena_array(arena, WH_MAX(count, 1U), sizeof(*fixed->ranks));
    if (edges == NULL || fixed->places == NULL || fixed->ranks == NULL)
        return wh_error_no_memory(err, count * sizeof(*edges));
    for (uint32_t i = 0; i < count; i++)
        edges[i] = i;
    qsort_r(edges, count, sizeof(*edges), compare_edges, &fixed->layout);
    for (uint32_t i = 0; i < count; i++) {
        const struct wh_fixed_field *field = &layout->fields[edges[i] / 2];
        fixed->places[i] = field->start + edges[i] % 2 * field->length;
        fixed->ranks[edges[i]] = i;
    }
    return WH_OK;
}

wh_code wh_fixed_init(struct wh_fixed *fixed, const struct wh_format_options *options,
                      struct wh_arena *arena, struct wh_error *err)
{
    bool trims = options->trim.ptr == NULL || wh_str_is(options->trim, "both");
    *fixed = (struct wh_fixed){.nulls = &options->nulls,
                               .encoding = options->encoding,
                               .counts_bytes = wh_str_is(options->places, "bytes"),
                               .trims_left = trims || wh_str_is(options->trim, "left"),
                               .trims_right = trims || wh_str_is(options->trim, "right"),
                               .pads_short = wh_str_is(options->ragged, "pad"),
                               .ignores_behind = wh_str_is(options->unknown, "ignore"),
                               .length = options->length,
                               .cell_limit = options->cell,
                               .record_limit = wh_format_record_limit(options),
                               .find_text = wh_fixed_find_text};
    WH_TRY(wh_fixed_layout_read(options, arena, &fixed->layout, err));
    return sort_places(fixed, arena, err);
}

wh_code wh_fixed_reader_init(struct wh_fixed_reader *reader, const struct wh_fixed *fixed,
                             struct wh_error *err)
{
    size_t rows = MAX_BATCH_CELLS / WH_MAX(fixed->layout.count, (size_t)1);
    *reader = (struct wh_fixed_reader){.fixed = fixed, .row_capacity = WH_MIN(rows, WH_BATCH_ROWS)};
    reader->rows = malloc(reader->row_capacity * sizeof(*reader->rows));
    if (reader->rows == NULL)
        return wh_error_no_memory(err, reader->row_capacity * sizeof(*reader->rows));
    return WH_OK;
}

void wh_fixed_reader_release(struct wh_fixed_reader *reader)
{
    if (reader == NULL)
        return;
    free(reader->rows);
    free(reader->text_bits);
    *reader = (struct wh_fixed_reader){0};
}

/* ---- finding records ------------------------------------------------------------------------- */

/* Bytes of the first @p count characters of @p text; SIZE_MAX where there are not that many. */
static size_t size_of_characters(const struct wh_fixed *fixed, struct wh_str text, uint64_t count)
{
    if (fixed->counts_bytes)
        return text.len >= count ? (size_t)count : SIZE_MAX;
    size_t most = text.len < 4 * count ? text.len : (size_t)(4 * count);
    size_t offset = wh_utf8_offset(wh_str_make(text.ptr, most), (size_t)count);
    if (offset < most)
        return offset;
    /* The last character may end the text. */
    return wh_utf8_length(wh_str_make(text.ptr, most)) == count ? most : SIZE_MAX;
}

/* A record without a line end. A character is whole when the next one begins, or the part ends. */
static struct wh_fixed_record find_by_length(const struct wh_fixed *fixed,
                                             const struct wh_format_text *text, size_t start)
{
    struct wh_str rest = wh_str_make(text->bytes.ptr + start, text->bytes.len - start);
    size_t size = size_of_characters(fixed, rest, fixed->length);
    bool is_whole = size < rest.len || (size == rest.len && (text->is_last || fixed->counts_bytes));
    if (!is_whole && text->is_last) {
        size = rest.len;
        is_whole = true;
    }
    return (struct wh_fixed_record){
        .start = start, .end = start + size, .next = start + size, .is_whole = is_whole};
}

/* The record at @p start. A record that the file ends in is whole. */
static struct wh_fixed_record find_record(const struct wh_fixed *fixed,
                                          const struct wh_format_text *text, size_t start)
{
    if (fixed->length > 0)
        return find_by_length(fixed, text, start);
    const char *from = text->bytes.ptr + start;
    size_t left = text->bytes.len - start;
    const char *newline = memchr(from, '\n', left);
    struct wh_fixed_record record = {.start = start,
                                     .end = start + left,
                                     .next = start + left,
                                     .is_whole = newline != NULL || text->is_last,
                                     .has_newline = newline != NULL};
    if (newline == NULL)
        return record;
    record.end = (size_t)(newline - text->bytes.ptr);
    record.next = record.end + 1;
    record.end -= record.end > start && newline[-1] == '\r';
    return record;
}

/* Blank lines are no records. */
static bool is_record(const struct wh_fixed_record *record)
{
    return record->end > record->start;
}

size_t wh_fixed_count(const struct wh_fixed *fixed, const struct wh_format_text *text, size_t stop,
                      struct wh_format_count *ret)
{
    size_t at = 0;
    while (at < stop && at < text->bytes.len) {
        struct wh_fixed_record record = find_record(fixed, text, at);
        if (!record.is_whole)
            break;
        ret->records += is_record(&record);
        ret->lines += record.has_newline;
        at = record.next;
    }
    return at;
}

/* ---- records --------------------------------------------------------------------------------- */

bool wh_fixed_batch_is_full(const struct wh_fixed_reader *reader, const struct wh_batch *batch)
{
    return wh_batch_is_full(batch, reader->row_capacity, batch->row_count + batch->bad_count,
                            batch->size);
}

static bool has_room(const struct pass *pass)
{
    const struct wh_batch *batch = pass->batch;
    size_t items = batch->row_count + pass->rows + batch->bad_count;
    return !wh_batch_is_full(batch, pass->reader->row_capacity, items, batch->size + pass->used);
}

/* A file of records without line ends has no lines. */
static struct wh_position position_at(const struct pass *pass, size_t at)
{
    struct wh_position position = pass->text->position;
    position.offset = pass->offset + at;
    if (pass->fixed->length > 0)
        position.line = 0;
    return position;
}

static wh_code add_bad(struct pass *pass, const struct wh_fixed_record *record,
                       struct wh_str reason, struct wh_error *err)
{
    size_t size = record->end - record->start;
    struct wh_bad_record bad = {
        .position = position_at(pass, record->start),
        .reason = reason,
        .raw = wh_str_make(pass->text->bytes.ptr + record->start, WH_MIN(size, WH_FORMAT_RAW_SIZE)),
        .size = record->next - record->start,
        .before_row = (uint32_t)(pass->batch->row_count + pass->rows)};
    return wh_batch_add_bad(pass->batch, &bad, err);
}

static bool is_blank(struct wh_str text)
{
    size_t i = 0;
    while (i < text.len && text.ptr[i] == ' ')
        i++;
    return i == text.len;
}

wh_code wh_fixed_size_reason(const struct wh_fixed *fixed, struct wh_arena *arena,
                             struct wh_str *ret, struct wh_error *err)
{
    return wh_arena_format(arena, ret, err,
                           "the record is longer than one may be (%" PRIu64
                           " bytes; format option 'record')",
                           fixed->record_limit);
}

/* The reason for a record of @p places places where the layout wants more, or less. */
static wh_code width_reason(const struct pass *pass, size_t places, struct wh_str *ret,
                            struct wh_error *err)
{
    uint32_t width = pass->fixed->layout.width;
    return wh_arena_format(&pass->batch->arena, ret, err,
                           "the record has %zu %s and the layout %" PRIu32 "; see '%s'", places,
                           pass->fixed->counts_bytes ? "bytes" : "characters", width,
                           places < width ? "ragged" : "unknown");
}

/* Room for the offsets of a row, in the batch's arena. */
static wh_code new_offsets(const struct pass *pass, uint32_t **ret, struct wh_error *err)
{
    size_t size;
    if (!wh_size_mul(2 * pass->fixed->layout.count, sizeof(**ret), &size))
        return wh_error_no_memory(err, SIZE_MAX);
    *ret = wh_arena_alloc(&pass->batch->arena, size);
    return *ret != NULL ? WH_OK : wh_error_no_memory(err, size);
}

/* Finds the places of the layout in a line with characters of several bytes,
 * and how many it has. */
static wh_code find_offsets(const struct pass *pass, struct wh_str line, const uint32_t **ret,
                            size_t *ret_places, struct wh_error *err)
{
    uint32_t *offsets;
    WH_TRY(new_offsets(pass, &offsets, err));
    const struct wh_fixed *fixed = pass->fixed;
    *ret_places = wh_utf8_offsets(line, fixed->places, 2 * fixed->layout.count, offsets);
    *ret = offsets;
    return WH_OK;
}

/* The places of the layout in a line of @p size bytes that is too short for all of them. */
static wh_code cut_offsets(const struct pass *pass, size_t size, const uint32_t **ret,
                           struct wh_error *err)
{
    uint32_t *offsets;
    WH_TRY(new_offsets(pass, &offsets, err));
    for (size_t i = 0; i < 2 * pass->fixed->layout.count; i++)
        offsets[i] = (uint32_t)WH_MIN(pass->fixed->places[i], size);
    *ret = offsets;
    return WH_OK;
}

/* True where a field begins or ends inside a character: only where places are bytes. */
static bool cuts_character(const struct wh_fixed *fixed, struct wh_str line)
{
    for (size_t i = 0; i < 2 * fixed->layout.count; i++) {
        size_t at = fixed->places[i];
        if (at < line.len && ((unsigned char)line.ptr[at] & 0xC0) == 0x80)
            return true;
    }
    return false;
}

/* A line of characters that are not all ASCII. */
static wh_code check_wide(const struct pass *pass, struct wh_str line, struct wh_fixed_row *row,
                          size_t *ret_places, struct wh_str *ret_reason, struct wh_error *err)
{
    if (!wh_utf8_is_valid(line))
        return wh_format_text_reason(NULL, line, pass->fixed->encoding, &pass->batch->arena,
                                     ret_reason, err);
    if (!pass->fixed->counts_bytes)
        return find_offsets(pass, line, &row->offsets, ret_places, err);
    if (cuts_character(pass->fixed, line))
        return wh_arena_format(&pass->batch->arena, ret_reason, err,
                               "a field ends inside a character; are places characters?");
    return WH_OK;
}

/* The text behind the last field of a line with @p places places. */
static struct wh_str text_behind(const struct pass *pass, struct wh_str line,
                                 const struct wh_fixed_row *row)
{
    size_t count = 2 * pass->fixed->layout.count;
    size_t end = count > 0 ? row->offsets[count - 1] : 0;
    return wh_str_make(line.ptr + end, line.len - end);
}

static wh_code check_cells(const struct pass *pass, const struct wh_fixed_row *row,
                           struct wh_str *ret, struct wh_error *err)
{
    const struct wh_fixed_layout *layout = &pass->fixed->layout;
    for (size_t i = 0; i < layout->count; i++) {
        const uint32_t *ranks = pass->fixed->ranks + 2 * i;
        uint64_t size = row->offsets[ranks[1]] - row->offsets[ranks[0]];
        if (size > pass->fixed->cell_limit)
            return wh_arena_format(&pass->batch->arena, ret, err,
                                   "column '%.*s': the field has %" PRIu64
                                   " bytes, above the limit of %" PRIu64 " (limits.cell)",
                                   WH_FMT(layout->fields[i].name), size, pass->fixed->cell_limit);
    }
    return WH_OK;
}

/* Fills @p row, or gives the reason why the record is none. */
static wh_code check_record(const struct pass *pass, struct wh_str line, struct wh_fixed_row *row,
                            struct wh_str *ret, struct wh_error *err)
{
    const struct wh_fixed *fixed = pass->fixed;
    if (WH_UNLIKELY(line.len > fixed->record_limit))
        return wh_fixed_size_reason(fixed, &pass->batch->arena, ret, err);
    size_t places = line.len;
    if (WH_UNLIKELY(!wh_fixed_is_plain(line))) {
        WH_TRY(check_wide(pass, line, row, &places, ret, err));
        if (ret->ptr != NULL)
            return WH_OK;
    }
    if (WH_UNLIKELY(places < fixed->layout.width && !fixed->pads_short))
        return width_reason(pass, places, ret, err);
    if (WH_UNLIKELY(places < fixed->layout.width && row->offsets == fixed->places))
        WH_TRY(cut_offsets(pass, line.len, &row->offsets, err));
    if (WH_UNLIKELY(places > fixed->layout.width && !fixed->ignores_behind) &&
        !is_blank(text_behind(pass, line, row)))
        return width_reason(pass, places, ret, err);
    if (WH_UNLIKELY(line.len > fixed->cell_limit))
        return check_cells(pass, row, ret, err);
    return WH_OK;
}

static wh_code take_record(struct pass *pass, const struct wh_fixed_record *record,
                           struct wh_error *err)
{
    pass->used = record->next;
    if (is_record(record)) {
        struct wh_str line =
            wh_str_make(pass->text->bytes.ptr + record->start, record->end - record->start);
        struct wh_fixed_row row = {.start = record->start, .offsets = pass->fixed->places};
        struct wh_str reason = WH_STR_NONE;
        WH_TRY(check_record(pass, line, &row, &reason, err));
        if (reason.ptr != NULL) {
            WH_TRY(add_bad(pass, record, reason, err));
        } else {
            pass->batch->positions[pass->batch->row_count + pass->rows] =
                position_at(pass, record->start);
            pass->reader->rows[pass->rows++] = row;
        }
    }
    pass->text->position.line += record->has_newline;
    return WH_OK;
}

/* Room for the bits of @p size bytes. */
static wh_code need_bits(struct wh_fixed_reader *reader, size_t size, struct wh_error *err)
{
    if (size <= reader->text_capacity && reader->text_bits != NULL)
        return WH_OK;
    size_t bytes = wh_fixed_words(size) * sizeof(*reader->text_bits);
    uint64_t *bits = realloc(reader->text_bits, bytes);
    if (bits == NULL)
        return wh_error_no_memory(err, bytes);
    reader->text_bits = bits;
    reader->text_capacity = size;
    return WH_OK;
}

wh_code wh_fixed_read(struct wh_fixed_reader *reader, struct wh_format_text *text,
                      struct wh_batch *batch, size_t *ret_used, struct wh_error *err)
{
    struct pass pass = {.reader = reader,
                        .fixed = reader->fixed,
                        .text = text,
                        .batch = batch,
                        .offset = text->position.offset};
    while (pass.used < text->bytes.len && has_room(&pass)) {
        struct wh_fixed_record record = find_record(pass.fixed, text, pass.used);
        if (!record.is_whole)
            break;
        WH_TRY(take_record(&pass, &record, err));
    }
    struct wh_str done = wh_str_make(text->bytes.ptr, pass.used);
    WH_TRY(need_bits(reader, done.len, err));
    pass.fixed->find_text(done, reader->text_bits);
    WH_TRY(wh_fixed_fill(reader, done, pass.rows, batch, err));
    text->position.offset = pass.offset + pass.used;
    batch->size += pass.used;
    *ret_used = pass.used;
    return WH_OK;
}
