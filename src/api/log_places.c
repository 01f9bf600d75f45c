/* SPDX-License-Identifier: Apache-2.0 */
#include "api/log_places.h"

#include <inttypes.h>

#include "api/connectors.h"
#include "base/error.h"
#include "ledger/tables.h"

void api_places_init(struct api_places *places, const struct wh_migration *migration,
                     struct wh_ledger *ledger)
{
    *places = (struct api_places){.migration = migration, .ledger = ledger};
    wh_arena_init(&places->names);
    wh_arena_init(&places->text);
}

void api_places_release(struct api_places *places)
{
    wh_arena_release(&places->names);
    wh_arena_release(&places->text);
}

/** NULL where this version cannot read the source that the migration names. */
static const struct wh_source_functions *find_source(const struct wh_migration *migration)
{
    for (const struct wh_connector *const *next = wh_connectors; *next != NULL; next++)
        if ((*next)->source != NULL && (*next)->accepts(migration->source.text))
            return (*next)->source;
    return NULL;
}

static wh_code look_up(struct api_places *places, const struct wh_log_entry *entry,
                       struct wh_error *err)
{
    const struct wh_source_functions *source = find_source(places->migration);
    /* Where a table was dropped, a place is a number and a line. */
    bool has_names = wh_ledger_has(places->ledger, WH_TABLE_ITEM);
    struct wh_item_record *records = NULL;
    size_t count = 0;
    wh_arena_reset(&places->names, SIZE_MAX);
    places->run = 0;
    places->file_count = 0;
    WH_TRY(wh_arena_copy(&places->names, entry->item, &places->item, err));
    if (has_names)
        WH_TRY(wh_ledger_items(places->ledger, entry->run, &places->names, &records, &count, err));
    for (size_t i = 0; i < count && source != NULL && source->files_then != NULL; i++)
        if (wh_str_equal(records[i].name, entry->item))
            WH_TRY(source->files_then(records[i].source_identity, &places->names, &places->files,
                                      &places->file_count, err));
    places->run = entry->run;
    return WH_OK;
}

wh_code api_place_of(struct api_places *places, const struct wh_log_entry *entry,
                     struct wh_str *ret, struct wh_error *err)
{
    const struct wh_position *position = &entry->position;
    *ret = entry->place;
    if (entry->place.ptr != NULL || position->line == 0)
        return WH_OK;
    if (places->run != entry->run || !wh_str_equal(places->item, entry->item))
        WH_TRY(look_up(places, entry, err));
    wh_arena_reset(&places->text, SIZE_MAX);
    if (position->file < places->file_count)
        return wh_arena_format(&places->text, ret, err, "%.*s:%" PRIu64,
                               WH_FMT(places->files[position->file]), position->line);
    return wh_arena_format(&places->text, ret, err, "file %" PRIu32 ", line %" PRIu64,
                           position->file + 1, position->line);
}
