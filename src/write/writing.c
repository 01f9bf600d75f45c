/* SPDX-License-Identifier: Apache-2.0 */
#include "write/writing.h"

#include <stdlib.h>

#include "base/error.h"
#include "write/earlier.h"
#include "write/insert_together.h"

wh_code wh_item_writer_open(const struct wh_item_plan *item, const struct wh_connection *connection,
                            struct wh_writer **ret, struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    wh_arena_init(&scratch);
    size_t count = WH_MAX(item->target_count, 1);
    size_t *columns = wh_arena_array(&scratch, count, sizeof(*columns));
    bool *insert_only = wh_arena_array(&scratch, count, sizeof(*insert_only));
    if (columns == NULL || insert_only == NULL)
        return wh_error_no_memory(err, count * sizeof(*columns));
    for (size_t i = 0; i < item->target_count; i++) {
        columns[i] = item->targets[i].table_column;
        insert_only[i] = item->targets[i].insert_only;
    }
    struct wh_writer_request request = {.table = item->table.name,
                                        .planned = &item->table,
                                        .columns = columns,
                                        .column_count = item->target_count,
                                        .match = item->match,
                                        .match_count = item->match_count,
                                        .insert_only = insert_only};
    return connection->functions->writer_open(connection->destination, &request, ret, err);
}

static wh_code open_writers(struct wh_writing *writing, struct wh_error *err)
{
    const struct wh_writing_options *options = &writing->options;
    if (options->has_table)
        WH_TRY(wh_item_writer_open(options->item, options->connection, &writing->writer, err));
    if (options->shared != NULL)
        writing->commit = *options->shared;
    else
        writing->commit = (struct wh_channel){.connection = options->connection,
                                              .ledger = options->ledger,
                                              .writer = writing->writer};
    return WH_OK;
}

static wh_code list_compared(struct wh_writing *writing, struct wh_error *err)
{
    const struct wh_item_plan *item = writing->options.item;
    writing->compared =
        wh_arena_array(&writing->arena, WH_MAX(item->target_count, 1), sizeof(*writing->compared));
    if (writing->compared == NULL)
        return wh_error_no_memory(err, item->target_count * sizeof(*writing->compared));
    for (size_t i = 0; i < item->target_count; i++)
        if (!item->targets[i].insert_only)
            writing->compared[writing->compared_count++] = i;
    return WH_OK;
}

static wh_code name_columns(struct wh_writing *writing, struct wh_error *err)
{
    const struct wh_item_plan *item = writing->options.item;
    struct wh_segment_schema *schema = &writing->schema;
    size_t rules = item->definition->clean_count + item->definition->expect_count;
    size_t *plain = wh_arena_array(&writing->arena, WH_MAX(item->target_count, 1), sizeof(*plain));
    schema->source_count = item->source_table.column_count;
    schema->target_count = item->target_count;
    schema->rule_count = rules;
    schema->source_names =
        wh_arena_array(&writing->arena, WH_MAX(schema->source_count, 1), sizeof(struct wh_str));
    schema->target_names =
        wh_arena_array(&writing->arena, WH_MAX(item->target_count, 1), sizeof(struct wh_str));
    schema->rule_names = wh_arena_array(&writing->arena, WH_MAX(rules, 1), sizeof(struct wh_str));
    if (plain == NULL || schema->source_names == NULL || schema->target_names == NULL ||
        schema->rule_names == NULL)
        return wh_error_no_memory(err, item->target_count * sizeof(struct wh_str));
    for (size_t i = 0; i < schema->source_count; i++)
        schema->source_names[i] = item->source_table.columns[i].name;
    for (size_t i = 0; i < item->target_count; i++) {
        schema->target_names[i] = item->targets[i].name;
        plain[i] = item->targets[i].plain_source;
    }
    for (size_t i = 0; i < item->definition->clean_count; i++)
        schema->rule_names[i] = item->definition->clean[i].name;
    for (size_t i = 0; i < item->definition->expect_count; i++)
        schema->rule_names[item->definition->clean_count + i] = item->definition->expect[i].name;
    schema->plain_sources = plain;
    return WH_OK;
}

static wh_code open_log(struct wh_writing *writing, struct wh_error *err)
{
    const struct wh_item_plan *item = writing->options.item;
    bool has_images = item->definition->log != WH_LOG_KEYS;
    WH_TRY(name_columns(writing, err));
    writing->schema.item = item->definition->name;
    writing->schema.match = item->match;
    writing->schema.match_count = item->match_count;
    writing->schema.key_is_match = item->key_is_match;
    writing->schema.fingerprint = item->fingerprint;
    writing->schema.has_images = has_images;
    /* Hashes of redacted values cannot be made again from their images. */
    writing->schema.has_hashes = !has_images || item->definition->redact_count > 0;
    writing->segments = wh_segment_cache_new();
    writing->texts =
        wh_arena_array(&writing->arena, WH_MAX(item->target_count, 1), sizeof(*writing->texts));
    if (writing->segments == NULL || writing->texts == NULL)
        return wh_error_no_memory(err, item->target_count * sizeof(*writing->texts));
    return wh_segment_encoder_new(&writing->schema, &writing->encoder, err);
}

wh_code wh_writing_open(const struct wh_writing_options *options, struct wh_writing **ret,
                        struct wh_error *err)
{
    struct wh_writing *writing = calloc(1, sizeof(*writing));
    if (writing == NULL)
        return wh_error_no_memory(err, sizeof(*writing));
    writing->options = *options;
    writing->grace.cancel = options->cancel;
    wh_arena_init(&writing->arena);
    wh_arena_init(&writing->images);
    wh_arena_init(&writing->scratch);
    wh_code rc = open_writers(writing, err);
    if (rc == WH_OK)
        rc = list_compared(writing, err);
    if (rc == WH_OK)
        rc = open_log(writing, err);
    if (rc != WH_OK) {
        wh_writing_close(writing);
        return rc;
    }
    *ret = writing;
    return WH_OK;
}

void wh_writing_close(struct wh_writing *writing)
{
    if (writing == NULL)
        return;
    if (writing->writer != NULL)
        writing->options.connection->functions->writer_close(writing->writer);
    wh_gathering_free(writing->gathering);
    free(writing->entries);
    wh_segment_encoder_free(writing->encoder);
    wh_segment_cache_free(writing->segments);
    wh_arena_release(&writing->images);
    wh_arena_release(&writing->scratch);
    wh_arena_release(&writing->arena);
    free(writing);
}
