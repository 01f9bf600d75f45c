/* SPDX-License-Identifier: Apache-2.0 */
/* What a user should know before a run: shown by `wherry plan`. */
#include <stdarg.h>
#include <stdio.h>

#include "format/csv.h"
#include "plan/make.h"

enum { FIRST_NOTES = 16 };

static wh_code grow(struct wh_making *making, struct wh_error *err)
{
    struct wh_item_plan *item = making->item;
    size_t capacity = WH_MAX(2 * making->note_capacity, FIRST_NOTES);
    struct wh_plan_note *notes = wh_arena_array(making->arena, capacity, sizeof(*notes));
    if (notes == NULL)
        return wh_error_no_memory(err, capacity * sizeof(*notes));
    if (item->note_count > 0)
        memcpy(notes, item->notes, item->note_count * sizeof(*notes));
    item->notes = notes;
    making->note_capacity = capacity;
    return WH_OK;
}

wh_code wh_add_note(struct wh_making *making, struct wh_error *err, bool is_warning,
                    const char *format, ...)
{
    struct wh_item_plan *item = making->item;
    char text[2048];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (item->note_count == making->note_capacity)
        WH_TRY(grow(making, err));
    struct wh_str whole = wh_str_make(text, WH_MIN((size_t)WH_MAX(length, 0), sizeof(text) - 1));
    whole.len = wh_str_utf8_cut(whole, whole.len);
    struct wh_plan_note *note = &item->notes[item->note_count++];
    note->is_warning = is_warning;
    return wh_arena_copy(making->arena, whole, &note->text, err);
}

/* ---- what nothing reads ---------------------------------------------------------------------- */

static void mark_input(void *ctx, size_t index)
{
    ((bool *)ctx)[index] = true;
}

static void mark_program(const struct wh_program *program, bool *is_read)
{
    if (program != NULL)
        wh_program_inputs(program, mark_input, is_read);
}

static void mark_rule(const struct wh_clean_rule *rule, bool *is_read)
{
    mark_program(rule->when, is_read);
    mark_program(rule->keep_value, is_read);
    for (size_t i = 0; i < rule->definition->set_count; i++)
        mark_program(rule->sets[i].value, is_read);
    for (size_t i = 0; i < rule->definition->duplicate_count; i++)
        mark_program(rule->duplicates[i], is_read);
}

static wh_code mark_read(const struct wh_making *making, bool **ret, struct wh_error *err)
{
    const struct wh_item_plan *item = making->item;
    size_t count = item->source_table.column_count;
    *ret = wh_arena_array(making->arena, WH_MAX(count, 1), sizeof(**ret));
    if (*ret == NULL)
        return wh_error_no_memory(err, count);
    mark_program(item->where, *ret);
    for (size_t i = 0; i < item->definition->clean_count; i++)
        mark_rule(&item->clean[i], *ret);
    for (size_t i = 0; i < item->target_count; i++)
        mark_program(item->targets[i].program, *ret);
    for (size_t i = 0; i < item->key_count; i++)
        (*ret)[item->key[i].source_column] = true;
    return WH_OK;
}

static wh_code note_unread(struct wh_making *making, struct wh_error *err)
{
    const struct wh_table_info *source = &making->item->source_table;
    struct wh_name_list unread = {.count = 0};
    bool *is_read;
    WH_TRY(mark_read(making, &is_read, err));
    for (size_t i = 0; i < source->column_count; i++)
        if (!is_read[i])
            WH_TRY(wh_name_list_add(&unread, source->columns[i].name, making->arena, err));
    if (unread.count == 0)
        return WH_OK;
    WH_TRY(wh_name_list_end(&unread, making->arena, err));
    return wh_add_note(making, err, false, "nothing reads source column%s %.*s",
                       unread.count == 1 ? "" : "s", WH_FMT(unread.text));
}

/* ---- what nobody writes ---------------------------------------------------------------------- */

static wh_code note_unwritten(struct wh_making *making, struct wh_error *err)
{
    const struct wh_item_plan *item = making->item;
    struct wh_name_list defaults = {.count = 0};
    struct wh_name_list nulls = {.count = 0};
    bool *is_written;
    WH_TRY(wh_mark_mapped(making, &is_written, err));
    for (size_t i = 0; i < item->table.column_count; i++) {
        const struct wh_column_info *column = &item->table.columns[i];
        if (column->is_generated || is_written[i])
            continue;
        WH_TRY(wh_name_list_add(column->has_default ? &defaults : &nulls, column->name,
                                making->arena, err));
    }
    WH_TRY(wh_name_list_end(&defaults, making->arena, err));
    WH_TRY(wh_name_list_end(&nulls, making->arena, err));
    if (defaults.count > 0)
        WH_TRY(wh_add_note(making, err, false,
                           "nothing writes column%s %.*s: new rows get the default",
                           defaults.count == 1 ? "" : "s", WH_FMT(defaults.text)));
    if (nulls.count == 0)
        return WH_OK;
    return wh_add_note(making, err, false, "nothing writes column%s %.*s: new rows have NULL there",
                       nulls.count == 1 ? "" : "s", WH_FMT(nulls.text));
}

/* ---- one remark each ------------------------------------------------------------------------- */

static wh_code note_triggers(struct wh_making *making, struct wh_error *err)
{
    const struct wh_item_plan *item = making->item;
    if (!item->table.has_triggers)
        return WH_OK;
    struct wh_str names = item->table.triggers;
    return wh_add_note(
        making, err, true,
        "table '%.*s' has triggers%s%.*s%s: what they write elsewhere is not in the log, and what "
        "was written is read back, since an item whose row they alter fails",
        WH_FMT(item->table.name), names.len > 0 ? " (" : "", WH_FMT(names),
        names.len > 0 ? ")" : "");
}

/* Which columns are written, and which of them in rows that are there, too. */
static wh_code list_written(const struct wh_making *making, struct wh_advice_request *request,
                            struct wh_error *err)
{
    const struct wh_item_plan *item = making->item;
    struct wh_advice_column *columns =
        wh_arena_array(making->arena, item->target_count, sizeof(*columns));
    if (columns == NULL)
        return wh_error_no_memory(err, item->target_count * sizeof(*columns));
    for (size_t i = 0; i < item->target_count; i++)
        columns[i] = (struct wh_advice_column){.name = item->targets[i].name,
                                               .is_updated = !item->targets[i].insert_only};
    for (size_t i = 0; i < item->match_count; i++)
        columns[item->match[i]].is_updated = false;
    request->columns = columns;
    request->column_count = item->target_count;
    return WH_OK;
}

/* What the destination itself has to say of its table:
 * asked for where there is somebody to read it. */
static wh_code note_advice(struct wh_making *making, struct wh_error *err)
{
    const struct wh_item_plan *item = making->item;
    const struct wh_plan *plan = making->plan;
    struct wh_advice advice = {.count = 0};
    struct wh_advice_request request = {.table = item->table.name,
                                        .is_first = item->ordinal == 0,
                                        .updates = item->definition->mode == WH_MODE_UPSERT,
                                        .deletes = item->definition->missing == WH_MISSING_DELETE,
                                        .arena = making->arena};
    if (!plan->wants_advice || item->will_create || plan->destination == NULL ||
        plan->destination_connector->destination->advise == NULL)
        return WH_OK;
    WH_TRY(list_written(making, &request, err));
    wh_code rc = item->source_functions->is_large(item->source, &request.is_large, err);
    WH_TRY(wh_at_connection(rc, plan->migration->source, err));
    rc =
        plan->destination_connector->destination->advise(plan->destination, &request, &advice, err);
    WH_TRY(wh_at_connection(rc, plan->migration->destination, err));
    for (size_t i = 0; i < advice.count; i++)
        WH_TRY(wh_add_note(making, err, true, "%.*s", WH_FMT(advice.sentences[i])));
    return WH_OK;
}

static wh_code note_key_aside(struct wh_making *making, struct wh_error *err)
{
    const struct wh_item_plan *item = making->item;
    if (!item->table.key_is_aside)
        return WH_OK;
    return wh_add_note(
        making, err, true,
        "table '%.*s' has no primary key: a run is filling it, or ended before it was "
        "full, and the next one makes the key first",
        WH_FMT(item->table.name));
}

static wh_code note_circle(struct wh_making *making, struct wh_error *err)
{
    const struct wh_item_plan *item = making->item;
    if (item->refers_ahead == NULL)
        return WH_OK;
    struct wh_str other = item->refers_ahead->name;
    return wh_add_note(
        making, err, true,
        "rows of '%.*s' refer to those of '%.*s', which refer back and are written "
        "later: they fail, unless what they refer to is there. Where the column may "
        "be NULL, leave it out of the map in a first run; otherwise drop the foreign "
        "key for the run (ALTER TABLE … DROP CONSTRAINT) and add it again",
        WH_FMT(item->definition->name), WH_FMT(other));
}

static wh_code note_delimiter(struct wh_making *making, struct wh_error *err)
{
    const struct wh_table_info *source = &making->item->source_table;
    if (source->column_count != 1)
        return WH_OK;
    char likely = wh_csv_likely_delimiter(source->columns[0].name);
    if (likely == '\0')
        return WH_OK;
    char text[] = {likely, '\0'};
    return wh_add_note(making, err, true,
                       "the source has one column only, and its name holds '%s': perhaps write "
                       "'format: { delimiter: \"%s\" }'",
                       likely == '\t' ? "\\t" : text, likely == '\t' ? "\\t" : text);
}

static wh_code note_match(struct wh_making *making, struct wh_error *err)
{
    const struct wh_item_plan *item = making->item;
    if (item->key_is_match)
        return WH_OK;
    struct wh_name_list names = {.count = 0};
    for (size_t i = 0; i < item->match_count; i++)
        WH_TRY(wh_name_list_add(&names, item->targets[item->match[i]].name, making->arena, err));
    WH_TRY(wh_name_list_end(&names, making->arena, err));
    return wh_add_note(making, err, false,
                       "rows are found by %.*s, which is not simply the key: where two items mean "
                       "the same row, the first one has it and the others fail",
                       WH_FMT(names.text));
}

static wh_code note_changed_keys(struct wh_making *making, struct wh_error *err)
{
    const struct wh_item_plan *item = making->item;
    for (size_t i = 0; i < item->definition->clean_count; i++) {
        const struct wh_clean_rule *rule = &item->clean[i];
        for (size_t j = 0; j < rule->definition->set_count; j++)
            for (size_t k = 0; k < item->key_count; k++)
                if (rule->sets[j].column == item->key[k].source_column)
                    WH_TRY(wh_add_note(making, err, false,
                                       "rule '%.*s' changes key column '%.*s': items are known by "
                                       "the key as it is then",
                                       WH_FMT(rule->definition->name), WH_FMT(item->key[k].name)));
    }
    return WH_OK;
}

/* True where the source holds nothing longer. */
static bool is_bounded_before(const struct wh_item_plan *item, const struct wh_target *target)
{
    if (target->plain_source == SIZE_MAX)
        return false;
    struct wh_type source = item->source_table.columns[target->plain_source].type;
    return source.kind == WH_KIND_TEXT && source.length > 0 && source.length <= target->type.length;
}

/* Text columns with a length: what does not fit is rejected, never cut. */
static wh_code note_lengths(struct wh_making *making, struct wh_error *err)
{
    const struct wh_item_plan *item = making->item;
    struct wh_name_list bounded = {.count = 0};
    for (size_t i = 0; i < item->target_count; i++)
        if (item->targets[i].type.kind == WH_KIND_TEXT && item->targets[i].type.length > 0 &&
            !is_bounded_before(item, &item->targets[i]))
            WH_TRY(wh_name_list_add(&bounded, item->targets[i].name, making->arena, err));
    if (bounded.count == 0)
        return WH_OK;
    WH_TRY(wh_name_list_end(&bounded, making->arena, err));
    return wh_add_note(making, err, false,
                       "values that are too long for %.*s are rejected, not cut",
                       WH_FMT(bounded.text));
}

wh_code wh_make_notes(struct wh_making *making, struct wh_error *err)
{
    static wh_code (*const remarks[])(struct wh_making *, struct wh_error *) = {
        note_delimiter, note_triggers,  note_key_aside, note_advice,       note_circle,
        note_unread,    note_unwritten, note_match,     note_changed_keys, note_lengths,
    };
    for (size_t i = 0; i < WH_COUNT_OF(remarks); i++)
        WH_TRY(remarks[i](making, err));
    return WH_OK;
}
