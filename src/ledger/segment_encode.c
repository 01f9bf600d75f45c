/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Batches are added to column builders as they come; finishing codes and compresses each column by
 * itself. All buffers are kept from segment to segment.
 */
#include <stdlib.h>

#include "base/error.h"
#include "data/hash.h"
#include "ledger/bits.h"
#include "ledger/column_builder.h"
#include "ledger/filter.h"
#include "ledger/segment_format.h"
#include "ledger/segment_schema.h"
#include "ledger/state.h"
#include "ledger/streams.h"

/* A number of each item, as differences to the item before. */
struct differences {
    struct wh_buf bytes;
    uint64_t before;
};

/** How a key starts. */
struct key_prefix {
    char bytes[WH_KEY_PREFIX];
    size_t len;
};

struct wh_segment_encoder {
    const struct wh_segment_schema *schema;
    size_t item_count;
    struct wh_buf statuses; /* a byte an item */
    struct wh_buf images;   /* a byte an item */
    struct differences files;
    struct differences numbers;
    struct wh_flags lineless;
    struct wh_buf hashes[3];  /* match, source, after */
    struct wh_buf key_hashes; /* uint64_t, of the items that have a key */
    struct key_prefix least_key;
    struct key_prefix last_key;
    struct wh_flags *touched; /* one a rule */
    struct wh_column_builder *columns;
    size_t column_count;
    struct wh_column_plan *after_plans; /* by target; found in the first items, kept */
    bool plans_are_final;
    bool is_finished; /* until the reset: columns are coded */
    struct wh_stream_writer writer;
    struct wh_buf scratch[2];
    struct wh_buf filter_blob;
    struct wh_buf statuses_blob;
    struct wh_buf body_blob;
};

/* ---- life ------------------------------------------------------------------------------------ */

static void init_buffers(struct wh_segment_encoder *encoder)
{
    struct wh_buf *const buffers[] = {
        &encoder->statuses,      &encoder->images,         &encoder->files.bytes,
        &encoder->numbers.bytes, &encoder->lineless.bytes, &encoder->hashes[0],
        &encoder->hashes[1],     &encoder->hashes[2],      &encoder->key_hashes,
        &encoder->scratch[0],    &encoder->scratch[1],     &encoder->filter_blob,
        &encoder->statuses_blob, &encoder->body_blob,
    };
    for (size_t i = 0; i < WH_COUNT_OF(buffers); i++)
        wh_buf_init(buffers[i], WH_STREAMS_LIMIT);
    for (size_t i = 0; i < encoder->schema->rule_count; i++)
        wh_buf_init(&encoder->touched[i].bytes, WH_STREAMS_LIMIT);
    for (size_t i = 0; i < encoder->column_count; i++)
        wh_column_builder_init(&encoder->columns[i]);
}

wh_code wh_segment_encoder_new(const struct wh_segment_schema *schema,
                               struct wh_segment_encoder **ret, struct wh_error *err)
{
    if (schema->source_count > WH_SEGMENT_COLUMNS || schema->target_count > WH_SEGMENT_COLUMNS ||
        schema->rule_count > WH_SEGMENT_COLUMNS)
        return wh_error_set(err, WH_LIMIT, "item type '%.*s' has more than %d columns or rules",
                            WH_FMT(schema->item), WH_SEGMENT_COLUMNS);
    struct wh_segment_encoder *encoder = calloc(1, sizeof(*encoder));
    if (encoder == NULL)
        return wh_error_no_memory(err, sizeof(*encoder));
    encoder->schema = schema;
    size_t columns = wh_column_of_key(schema) + 1;
    encoder->columns = calloc(columns, sizeof(*encoder->columns));
    encoder->touched = calloc(WH_MAX(schema->rule_count, 1), sizeof(*encoder->touched));
    encoder->after_plans = calloc(WH_MAX(schema->target_count, 1), sizeof(*encoder->after_plans));
    if (encoder->columns == NULL || encoder->touched == NULL || encoder->after_plans == NULL) {
        free(encoder->columns);
        free(encoder->touched);
        free(encoder->after_plans);
        free(encoder);
        return wh_error_no_memory(err, columns * sizeof(*encoder->columns));
    }
    encoder->column_count = columns;
    for (size_t i = 0; i < schema->target_count; i++)
        encoder->after_plans[i].reference = SIZE_MAX;
    init_buffers(encoder);
    wh_code rc = wh_stream_writer_init(&encoder->writer, err);
    if (rc != WH_OK) {
        wh_segment_encoder_free(encoder);
        return rc;
    }
    *ret = encoder;
    return WH_OK;
}

void wh_segment_encoder_free(struct wh_segment_encoder *encoder)
{
    if (encoder == NULL)
        return;
    wh_buf_release(&encoder->statuses);
    wh_buf_release(&encoder->images);
    wh_buf_release(&encoder->files.bytes);
    wh_buf_release(&encoder->numbers.bytes);
    wh_buf_release(&encoder->lineless.bytes);
    for (size_t i = 0; i < WH_COUNT_OF(encoder->hashes); i++)
        wh_buf_release(&encoder->hashes[i]);
    wh_buf_release(&encoder->key_hashes);
    for (size_t i = 0; i < encoder->schema->rule_count; i++)
        wh_buf_release(&encoder->touched[i].bytes);
    for (size_t i = 0; i < encoder->column_count; i++)
        wh_column_builder_release(&encoder->columns[i]);
    wh_stream_writer_release(&encoder->writer);
    wh_buf_release(&encoder->scratch[0]);
    wh_buf_release(&encoder->scratch[1]);
    wh_buf_release(&encoder->filter_blob);
    wh_buf_release(&encoder->statuses_blob);
    wh_buf_release(&encoder->body_blob);
    free(encoder->columns);
    free(encoder->touched);
    free(encoder->after_plans);
    free(encoder);
}

static void reset_flags(struct wh_flags *flags)
{
    wh_buf_reset_huge(&flags->bytes);
    flags->count = 0;
    flags->set = 0;
}

void wh_segment_encoder_reset(struct wh_segment_encoder *encoder)
{
    encoder->item_count = 0;
    encoder->is_finished = false;
    wh_buf_reset_huge(&encoder->statuses);
    wh_buf_reset_huge(&encoder->images);
    wh_buf_reset_huge(&encoder->files.bytes);
    wh_buf_reset_huge(&encoder->numbers.bytes);
    encoder->files.before = 0;
    encoder->numbers.before = 0;
    reset_flags(&encoder->lineless);
    for (size_t i = 0; i < WH_COUNT_OF(encoder->hashes); i++)
        wh_buf_reset_huge(&encoder->hashes[i]);
    wh_buf_reset_huge(&encoder->key_hashes);
    encoder->least_key.len = 0;
    encoder->last_key.len = 0;
    for (size_t i = 0; i < encoder->schema->rule_count; i++)
        reset_flags(&encoder->touched[i]);
    for (size_t i = 0; i < encoder->column_count; i++)
        wh_column_builder_reset(&encoder->columns[i]);
}

/* ---- what every item has --------------------------------------------------------------------- */

static wh_code add_positions(struct wh_segment_encoder *encoder, const struct wh_segment_rows *rows,
                             struct wh_error *err)
{
    uint8_t lineless[WH_BATCH_ROWS];
    WH_TRY(wh_buf_reserve(&encoder->files.bytes, rows->count * WH_VARINT_SIZE, err));
    WH_TRY(wh_buf_reserve(&encoder->numbers.bytes, rows->count * WH_VARINT_SIZE, err));
    char *file = encoder->files.bytes.ptr + encoder->files.bytes.len;
    char *number = encoder->numbers.bytes.ptr + encoder->numbers.bytes.len;
    for (size_t i = 0; i < rows->count; i++) {
        const struct wh_position *position = &rows->positions[i];
        uint64_t here = position->line != 0 ? position->line : position->offset;
        lineless[i] = position->line == 0;
        file = wh_put_varint(file, wh_zigzag(position->file - encoder->files.before));
        number = wh_put_varint(number, wh_zigzag(here - encoder->numbers.before - 1));
        encoder->files.before = position->file;
        encoder->numbers.before = here;
    }
    encoder->files.bytes.len = (size_t)(file - encoder->files.bytes.ptr);
    encoder->numbers.bytes.len = (size_t)(number - encoder->numbers.bytes.ptr);
    return wh_flags_add(&encoder->lineless, lineless, rows->count, err);
}

static wh_code add_hashes(struct wh_segment_encoder *encoder, const struct wh_segment_rows *rows,
                          struct wh_error *err)
{
    const uint64_t *const hashes[] = {rows->match_hashes, rows->source_hashes, rows->after_hashes};
    for (size_t n = 0; n < WH_COUNT_OF(hashes); n++) {
        struct wh_buf *out = &encoder->hashes[n];
        WH_TRY(wh_buf_reserve(out, rows->count * 8, err));
        for (size_t i = 0; i < rows->count; i++, out->len += 8) {
            uint16_t row = rows->rows[i];
            bool is_known = hashes[n] != NULL && row != UINT16_MAX;
            wh_put_u64(out->ptr + out->len, is_known ? hashes[n][row] : 0);
        }
    }
    return WH_OK;
}

static wh_code add_touched(struct wh_segment_encoder *encoder, const struct wh_segment_rows *rows,
                           struct wh_error *err)
{
    uint8_t values[WH_BATCH_ROWS];
    for (size_t rule = 0; rule < encoder->schema->rule_count; rule++) {
        const uint8_t *by_row = rows->touched != NULL ? rows->touched[rule] : NULL;
        for (size_t i = 0; i < rows->count; i++) {
            bool has_row = by_row != NULL && rows->rows[i] != UINT16_MAX;
            values[i] = has_row && by_row[rows->rows[i]] != 0;
        }
        WH_TRY(wh_flags_add(&encoder->touched[rule], values, rows->count, err));
    }
    return WH_OK;
}

static struct wh_str prefix_str(const struct key_prefix *prefix)
{
    return wh_str_make(prefix->bytes, prefix->len);
}

static void set_prefix(struct key_prefix *prefix, struct wh_str key)
{
    memcpy(prefix->bytes, key.ptr, key.len);
    prefix->len = key.len;
}

/* Cutting keeps the order: what is between two keys is, cut, between them as they are cut. */
static void widen_range(struct wh_segment_encoder *encoder, struct wh_str key, bool is_first)
{
    struct wh_str cut = wh_str_make(key.ptr, WH_MIN(key.len, WH_KEY_PREFIX));
    if (is_first || wh_str_compare(cut, prefix_str(&encoder->least_key)) < 0)
        set_prefix(&encoder->least_key, cut);
    if (is_first || wh_str_compare(cut, prefix_str(&encoder->last_key)) > 0)
        set_prefix(&encoder->last_key, cut);
}

static wh_code add_key_hashes(struct wh_segment_encoder *encoder,
                              const struct wh_segment_rows *rows, struct wh_error *err)
{
    struct wh_buf *out = &encoder->key_hashes;
    WH_TRY(wh_buf_reserve(out, rows->count * sizeof(uint64_t), err));
    for (size_t i = 0; i < rows->count; i++) {
        if (rows->keys[i].ptr == NULL)
            continue;
        uint64_t hash = wh_hash_bytes(rows->keys[i], WH_STATE_KEY_SEED);
        widen_range(encoder, rows->keys[i], out->len == 0);
        memcpy(out->ptr + out->len, &hash, sizeof(hash));
        out->len += sizeof(hash);
    }
    return WH_OK;
}

/* ---- columns --------------------------------------------------------------------------------- */

/* The items of a batch that have one kind of image, and where. */
struct picked {
    size_t count;
    uint16_t rows[WH_BATCH_ROWS];
    uint8_t images[WH_BATCH_ROWS]; /* all that the item has */
};

/* @p images: all that an item must have. */
static void pick(const struct wh_segment_rows *rows, unsigned images, struct picked *ret)
{
    ret->count = 0;
    for (size_t i = 0; i < rows->count; i++) {
        if ((rows->images[i] & images) != images)
            continue;
        ret->rows[ret->count] = rows->rows[i];
        ret->images[ret->count++] = rows->images[i];
    }
}

static inline bool derives(const struct wh_derivation *derivation, const struct wh_column *from,
                           size_t from_row, const struct wh_column *to, size_t to_row)
{
    bool is_null = wh_column_is_null(to, to_row);
    if (is_null != wh_column_is_null(from, from_row))
        return false;
    return is_null ||
           wh_derives(derivation, from->values.texts[from_row], to->values.texts[to_row]);
}

/* What a column's values may be derived from: a column of another image. */
struct origin {
    const struct wh_column *values; /* NULL: nothing */
    enum wh_image image;
};

/* A target that is a column as it was read has the very texts of it. */
static bool shares_texts(const struct wh_column *a, const struct wh_column *b)
{
    return a->values.any == b->values.any && a->validity == b->validity;
}

/* Sets @p same where the origin gives the value. */
static void find_derived(const struct wh_derivation *derivation, const struct wh_column *values,
                         const struct picked *picked, struct origin from, uint8_t *same)
{
    bool shares = derivation->transform == WH_TRANSFORM_NONE && shares_texts(values, from.values);
    for (size_t i = 0; i < picked->count; i++) {
        uint16_t row = picked->rows[i];
        same[i] = (picked->images[i] & from.image) != 0 &&
                  (shares || derives(derivation, from.values, row, values, row));
    }
}

/* Adds a column of one kind of image; values that are derived are not stored. */
static wh_code add_column(struct wh_column_builder *builder, const struct wh_column *values,
                          const struct picked *picked, struct origin from, struct wh_error *err)
{
    uint8_t same[WH_BATCH_ROWS];
    if (from.values != NULL)
        find_derived(&builder->plan.derivation, values, picked, from, same);
    struct wh_column_part part = {.values = values,
                                  .rows = picked->rows,
                                  .count = picked->count,
                                  .same = from.values != NULL ? same : NULL};
    return wh_column_builder_add(builder, &part, err);
}

static wh_code add_source(struct wh_segment_encoder *encoder, const struct wh_segment_rows *rows,
                          struct wh_error *err)
{
    struct picked picked;
    struct origin nothing = {.values = NULL};
    pick(rows, WH_IMAGE_SOURCE, &picked);
    for (size_t i = 0; picked.count > 0 && i < encoder->schema->source_count; i++)
        WH_TRY(add_column(&encoder->columns[wh_column_of_source(i)], &rows->source[i], &picked,
                          nothing, err));
    return WH_OK;
}

static wh_code add_after(struct wh_segment_encoder *encoder, const struct wh_segment_rows *rows,
                         struct wh_error *err)
{
    const struct wh_segment_schema *schema = encoder->schema;
    struct picked picked;
    pick(rows, WH_IMAGE_AFTER, &picked);
    for (size_t i = 0; picked.count > 0 && i < schema->target_count; i++) {
        struct wh_column_builder *builder = &encoder->columns[wh_column_of_after(schema, i)];
        size_t reference = builder->plan.reference;
        struct origin source = {.values = reference != SIZE_MAX ? &rows->source[reference] : NULL,
                                .image = WH_IMAGE_SOURCE};
        WH_TRY(add_column(builder, &rows->after[i], &picked, source, err));
    }
    return WH_OK;
}

static wh_code add_before(struct wh_segment_encoder *encoder, const struct wh_segment_rows *rows,
                          struct wh_error *err)
{
    const struct wh_segment_schema *schema = encoder->schema;
    struct picked picked;
    pick(rows, WH_IMAGE_BEFORE, &picked);
    for (size_t i = 0; picked.count > 0 && i < schema->target_count; i++) {
        struct wh_column_builder *builder = &encoder->columns[wh_column_of_before(schema, i)];
        struct origin after = {.values = rows->after != NULL ? &rows->after[i] : NULL,
                               .image = WH_IMAGE_AFTER};
        WH_TRY(add_column(builder, &rows->before[i], &picked, after, err));
    }
    return WH_OK;
}

/* ---- what after columns are made of ---------------------------------------------------------- */

/* Pairs of columns that are tried; item types with more columns are compared by name only. */
enum { MOST_PAIRS = 4096 };

/* Items that have to be seen before what was found is final. */
enum { ENOUGH_ITEMS = 24 };

static bool try_source(struct wh_segment_encoder *encoder, const struct wh_segment_rows *rows,
                       const struct wh_derive_sample *sample, size_t target, size_t source)
{
    struct wh_column_plan *plan = &encoder->after_plans[target];
    if (!wh_find_derivation(&rows->source[source], &rows->after[target], sample, &plan->derivation))
        return false;
    plan->reference = wh_column_of_source(source);
    return true;
}

/* The schema says which column a target is a cast of; otherwise the values do. */
static void plan_after(struct wh_segment_encoder *encoder, const struct wh_segment_rows *rows,
                       const struct wh_derive_sample *sample, size_t target)
{
    const struct wh_segment_schema *schema = encoder->schema;
    size_t plain = schema->plain_sources != NULL ? schema->plain_sources[target] : SIZE_MAX;
    encoder->after_plans[target] = (struct wh_column_plan){.reference = SIZE_MAX};
    if (plain != SIZE_MAX && try_source(encoder, rows, sample, target, plain))
        return;
    bool try_all = schema->source_count * schema->target_count <= MOST_PAIRS;
    for (size_t i = 0; i < schema->source_count; i++) {
        bool has_its_name = wh_str_equal(schema->source_names[i], schema->target_names[target]);
        if (has_its_name && try_source(encoder, rows, sample, target, i))
            return;
    }
    for (size_t i = 0; try_all && i < schema->source_count; i++)
        if (try_source(encoder, rows, sample, target, i))
            return;
}

/* Looks at the first items; columns that were begun keep what they were begun with. */
static void plan_columns(struct wh_segment_encoder *encoder, const struct wh_segment_rows *rows)
{
    const struct wh_segment_schema *schema = encoder->schema;
    struct picked picked;
    pick(rows, WH_IMAGE_SOURCE | WH_IMAGE_AFTER, &picked);
    struct wh_derive_sample sample = {.rows = picked.rows, .count = picked.count};
    bool can_plan = !encoder->plans_are_final && sample.count > 0;
    for (size_t i = 0; can_plan && i < schema->target_count; i++)
        plan_after(encoder, rows, &sample, i);
    encoder->plans_are_final |= picked.count >= ENOUGH_ITEMS;
    for (size_t i = 0; i < schema->target_count; i++) {
        encoder->columns[wh_column_of_after(schema, i)].plan = encoder->after_plans[i];
        encoder->columns[wh_column_of_before(schema, i)].plan.reference =
            wh_column_of_after(schema, i);
    }
}

/* ---- keys ------------------------------------------------------------------------------------ */

/* The column of an image that item @p item's key equals; SIZE_MAX: none. */
static size_t equal_column(const struct wh_segment_rows *rows, size_t item, enum wh_image image,
                           const struct wh_column *columns, size_t count)
{
    for (size_t i = 0; (rows->images[item] & image) != 0 && i < count; i++) {
        size_t row = rows->rows[item];
        if (!wh_column_is_null(&columns[i], row) &&
            wh_str_equal(columns[i].values.texts[row], rows->keys[item]))
            return i;
    }
    return SIZE_MAX;
}

/* The first key with an image says which column keys are compared with. */
static size_t find_key_reference(const struct wh_segment_schema *schema,
                                 const struct wh_segment_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        if (rows->keys[i].ptr == NULL || rows->images[i] == 0)
            continue;
        size_t found = equal_column(rows, i, WH_IMAGE_SOURCE, rows->source, schema->source_count);
        if (found != SIZE_MAX)
            return wh_column_of_source(found);
        found = equal_column(rows, i, WH_IMAGE_AFTER, rows->after, schema->target_count);
        return found != SIZE_MAX ? wh_column_of_after(schema, found) : SIZE_MAX;
    }
    return SIZE_MAX;
}

static wh_code add_keys(struct wh_segment_encoder *encoder, const struct wh_segment_rows *rows,
                        struct wh_error *err)
{
    const struct wh_segment_schema *schema = encoder->schema;
    struct wh_column_builder *builder = &encoder->columns[wh_column_of_key(schema)];
    if (builder->plan.reference == SIZE_MAX)
        builder->plan.reference = find_key_reference(schema, rows);
    size_t reference = builder->plan.reference;
    bool is_source = reference < schema->source_count;
    const struct wh_column *other = NULL;
    if (reference != SIZE_MAX)
        other =
            is_source ? &rows->source[reference] : &rows->after[reference - schema->source_count];
    enum wh_image image = is_source ? WH_IMAGE_SOURCE : WH_IMAGE_AFTER;
    uint64_t validity[WH_BATCH_ROWS / 64] = {0};
    uint16_t items[WH_BATCH_ROWS];
    uint8_t same[WH_BATCH_ROWS];
    struct wh_column keys = {.validity = validity};
    struct wh_column_part part = {
        .values = &keys, .rows = items, .count = rows->count, .same = other != NULL ? same : NULL};
    /* Only read through the column. */
    memcpy(&keys.values.texts, &rows->keys, sizeof(keys.values.texts));
    for (size_t i = 0; i < rows->count; i++) {
        items[i] = (uint16_t)i;
        if (rows->keys[i].ptr != NULL)
            wh_column_set_valid(&keys, i);
        same[i] = (rows->images[i] & image) != 0 && other != NULL &&
                  derives(&builder->plan.derivation, other, rows->rows[i], &keys, i);
    }
    return wh_column_builder_add(builder, &part, err);
}

/* ---- adding ---------------------------------------------------------------------------------- */

wh_code wh_segment_encoder_add(struct wh_segment_encoder *encoder,
                               const struct wh_segment_rows *rows, struct wh_error *err)
{
    WH_ASSERT(rows->count <= WH_BATCH_ROWS && !encoder->is_finished, err);
    if (rows->count == 0)
        return WH_OK;
    if (encoder->item_count == 0)
        plan_columns(encoder, rows);
    WH_TRY(wh_buf_append(&encoder->statuses, rows->statuses, rows->count, err));
    WH_TRY(wh_buf_append(&encoder->images, rows->images, rows->count, err));
    WH_TRY(add_positions(encoder, rows, err));
    WH_TRY(add_touched(encoder, rows, err));
    if (encoder->schema->has_hashes)
        WH_TRY(add_hashes(encoder, rows, err));
    WH_TRY(add_source(encoder, rows, err));
    WH_TRY(add_after(encoder, rows, err));
    WH_TRY(add_before(encoder, rows, err));
    WH_TRY(add_keys(encoder, rows, err));
    WH_TRY(add_key_hashes(encoder, rows, err));
    encoder->item_count += rows->count;
    return WH_OK;
}

/* ---- finishing ------------------------------------------------------------------------------- */

static wh_code write_plan(struct wh_buf *out, const struct wh_column_plan *plan,
                          struct wh_error *err)
{
    const struct wh_template *template = &plan->derivation.template;
    WH_TRY(wh_buf_append_varint(out, plan->reference + 1, err));
    WH_TRY(wh_buf_append_byte(out, (char)plan->form, err));
    WH_TRY(wh_buf_append_byte(out, (char)plan->derivation.transform, err));
    if (plan->derivation.transform != WH_TRANSFORM_TEMPLATE)
        return WH_OK;
    WH_TRY(wh_buf_append_byte(out, (char)template->source_len, err));
    WH_TRY(wh_buf_append_byte(out, (char)template->target_len, err));
    return wh_buf_append(out, template->steps, template->target_len, err);
}

static wh_code write_plans(struct wh_segment_encoder *encoder, struct wh_error *err)
{
    struct wh_buf *out = &encoder->scratch[0];
    wh_buf_reset(out);
    for (size_t i = 0; i < encoder->column_count; i++)
        WH_TRY(write_plan(out, &encoder->columns[i].plan, err));
    return wh_stream_add(&encoder->writer, wh_buf_str(out), WH_STREAM_ANY, err);
}

static wh_code write_fixed(struct wh_segment_encoder *encoder, struct wh_error *err)
{
    struct wh_stream_writer *writer = &encoder->writer;
    struct wh_buf *scratch = &encoder->scratch[0];
    wh_buf_reset(scratch);
    WH_TRY(wh_segment_schema_append(scratch, encoder->schema, err));
    WH_TRY(wh_stream_add(writer, wh_buf_str(scratch), WH_STREAM_ANY, err));
    WH_TRY(write_plans(encoder, err));
    WH_TRY(wh_stream_add(writer, wh_buf_str(&encoder->images), WH_STREAM_ANY, err));
    WH_TRY(wh_stream_add(writer, wh_buf_str(&encoder->files.bytes), WH_STREAM_ANY, err));
    WH_TRY(wh_stream_add(writer, wh_buf_str(&encoder->numbers.bytes), WH_STREAM_ANY, err));
    WH_TRY(wh_flags_write(&encoder->lineless, scratch, writer, err));
    for (size_t i = 0; i < WH_COUNT_OF(encoder->hashes); i++)
        WH_TRY(wh_stream_add(writer, wh_buf_str(&encoder->hashes[i]), WH_STREAM_RANDOM, err));
    for (size_t i = 0; i < encoder->schema->rule_count; i++)
        WH_TRY(wh_flags_write(&encoder->touched[i], scratch, writer, err));
    return WH_OK;
}

static wh_code write_body(struct wh_segment_encoder *encoder, struct wh_error *err)
{
    wh_buf_reset(&encoder->body_blob);
    wh_stream_writer_reset(&encoder->writer);
    for (size_t i = 0; i < encoder->column_count; i++)
        WH_TRY(wh_column_builder_code(&encoder->columns[i], encoder->scratch, err));
    WH_TRY(write_fixed(encoder, err));
    for (size_t i = 0; i < encoder->column_count; i++)
        WH_TRY(wh_column_builder_write(&encoder->columns[i], &encoder->scratch[0], &encoder->writer,
                                       err));
    return wh_stream_finish(&encoder->writer, &encoder->body_blob, err);
}

static wh_code write_statuses(struct wh_segment_encoder *encoder, struct wh_error *err)
{
    wh_buf_reset(&encoder->statuses_blob);
    wh_stream_writer_reset(&encoder->writer);
    WH_TRY(wh_stream_add(&encoder->writer, wh_buf_str(&encoder->statuses), WH_STREAM_ANY, err));
    return wh_stream_finish(&encoder->writer, &encoder->statuses_blob, err);
}

static wh_code write_filter(struct wh_segment_encoder *encoder, struct wh_error *err)
{
    wh_buf_reset(&encoder->filter_blob);
    /* Buffers are made by malloc: aligned for any type. */
    const uint64_t *hashes = (const void *)encoder->key_hashes.ptr;
    return wh_filter_append(&encoder->filter_blob, hashes,
                            encoder->key_hashes.len / sizeof(*hashes), err);
}

/* A blob's bytes, never a NULL pointer: the column it goes to is NOT NULL. */
static struct wh_str blob_of(const struct wh_buf *buf)
{
    return buf->len > 0 ? wh_buf_str(buf) : WH_STR("");
}

wh_code wh_segment_encoder_finish(struct wh_segment_encoder *encoder, struct wh_segment_blob *ret,
                                  struct wh_error *err)
{
    WH_ASSERT(!encoder->is_finished, err);
    encoder->is_finished = true;
    WH_TRY(write_filter(encoder, err));
    WH_TRY(write_statuses(encoder, err));
    WH_TRY(write_body(encoder, err));
    *ret = (struct wh_segment_blob){.item_count = encoder->item_count,
                                    .least_key = prefix_str(&encoder->least_key),
                                    .last_key = prefix_str(&encoder->last_key),
                                    .filter = blob_of(&encoder->filter_blob),
                                    .statuses = blob_of(&encoder->statuses_blob),
                                    .body = blob_of(&encoder->body_blob)};
    return WH_OK;
}

bool wh_segment_encoder_change(struct wh_segment_encoder *encoder, size_t ordinal, uint8_t status,
                               uint8_t images)
{
    uint8_t before = (uint8_t)encoder->statuses.ptr[ordinal];
    encoder->statuses.ptr[ordinal] = (char)status;
    return status == before ||
           (before == WH_STATUS_INSERTED && (uint8_t)encoder->images.ptr[ordinal] == images);
}

wh_code wh_segment_encoder_finish_changes(struct wh_segment_encoder *encoder,
                                          struct wh_segment_blob *segment, struct wh_error *err)
{
    WH_ASSERT(encoder->is_finished, err);
    WH_TRY(write_statuses(encoder, err));
    segment->statuses = blob_of(&encoder->statuses_blob);
    return WH_OK;
}
