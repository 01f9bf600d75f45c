/* SPDX-License-Identifier: Apache-2.0 */
#include "report/hints.h"
#include "report/json.h"
#include "report/plan_report.h"

static json_t *url_json(struct wh_str url)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_str shown;
    return wh_report_url(url, &arena, &shown, NULL) == WH_OK ? wh_json_text(shown) : NULL;
}

static json_t *value_json(const struct wh_target *target)
{
    static const char *const kinds[] = {[WH_VALUE_EXPRESSION] = "expression",
                                        [WH_VALUE_LITERAL] = "literal",
                                        [WH_VALUE_NULL] = "null",
                                        [WH_VALUE_INSERT] = "insert"};
    const struct wh_assignment_definition *assignment = target->assignment;
    json_t *object = json_object();
    if (assignment == NULL) {
        wh_json_put(&object, "kind", json_string("same"));
        return object;
    }
    wh_json_put(&object, "kind", json_string(kinds[assignment->source]));
    if (assignment->source != WH_VALUE_NULL)
        wh_json_put(&object, "text", wh_json_text(assignment->value.text));
    return object;
}

static json_t *target_json(const struct wh_target *target)
{
    char type[WH_TYPE_NAME_SIZE];
    json_t *object = json_object();
    wh_json_put(&object, "column", wh_json_text(target->name));
    wh_json_put(&object, "type", json_string(wh_type_name(target->type, type)));
    wh_json_put(&object, "not_null", json_boolean(target->is_not_null));
    wh_json_put(&object, "insert_only", json_boolean(target->insert_only));
    wh_json_put(&object, "redacted", json_boolean(target->is_redacted));
    wh_json_put(&object, "value", value_json(target));
    return object;
}

static json_t *clean_json(const struct wh_clean_definition *rule)
{
    json_t *sets = json_array();
    for (size_t at = 0; at < rule->set_count; at++)
        wh_json_add(&sets, wh_json_text(rule->sets[at].column.text));
    json_t *duplicates = json_array();
    for (size_t at = 0; at < rule->duplicate_count; at++)
        wh_json_add(&duplicates, wh_json_text(rule->duplicates[at].text));
    json_t *object = json_object();
    wh_json_put(&object, "name", wh_json_text(rule->name));
    wh_json_put(&object, "action", json_string(wh_clean_action_name(rule->action)));
    wh_json_put(&object, "when", wh_json_text(rule->when.text));
    wh_json_put(&object, "sets", sets);
    wh_json_put(&object, "duplicates", duplicates);
    if (rule->action == WH_CLEAN_DUPLICATES)
        wh_json_put(&object, "keep", json_string(wh_survivor_name(rule->keep)));
    return object;
}

static json_t *expect_json(const struct wh_expect_definition *check)
{
    json_t *columns = json_array();
    for (size_t at = 0; at < check->column_count; at++)
        wh_json_add(&columns, wh_json_text(check->columns[at].text));
    json_t *object = json_object();
    wh_json_put(&object, "name", wh_json_text(check->name));
    wh_json_put(&object, "kind", json_string(wh_expect_kind_name(check->kind)));
    wh_json_put(&object, "columns", columns);
    wh_json_put(&object, "severity", json_string(check->is_warning ? "warn" : "error"));
    return object;
}

static json_t *names_json(const struct wh_item_plan *item, bool is_key)
{
    json_t *list = json_array();
    size_t count = is_key ? item->key_count : item->match_count;
    for (size_t at = 0; at < count; at++)
        wh_json_add(
            &list, wh_json_text(is_key ? item->key[at].name : item->targets[item->match[at]].name));
    return list;
}

/** The lists of an item type: rules, map, checks, notes. */
static void put_lists(const struct wh_item_plan *item, json_t **object)
{
    const struct wh_item_definition *definition = item->definition;
    json_t *clean = json_array();
    for (size_t at = 0; at < definition->clean_count; at++)
        wh_json_add(&clean, clean_json(&definition->clean[at]));
    json_t *map = json_array();
    for (size_t at = 0; at < item->target_count; at++)
        wh_json_add(&map, target_json(&item->targets[at]));
    json_t *expect = json_array();
    for (size_t at = 0; at < definition->expect_count; at++)
        wh_json_add(&expect, expect_json(&definition->expect[at]));
    json_t *notes = json_array();
    for (size_t at = 0; at < item->note_count; at++) {
        json_t *note = json_object();
        wh_json_put(&note, "warning", json_boolean(item->notes[at].is_warning));
        wh_json_put(&note, "text", wh_json_text(item->notes[at].text));
        wh_json_add(&notes, note);
    }
    wh_json_put(object, "clean", clean);
    wh_json_put(object, "map", map);
    wh_json_put(object, "expect", expect);
    wh_json_put(object, "notes", notes);
}

static json_t *item_json(const struct wh_item_plan *item)
{
    const struct wh_item_definition *definition = item->definition;
    json_t *object = json_object();
    wh_json_put(&object, "item", wh_json_text(definition->name));
    wh_json_put(&object, "from", wh_json_text(definition->from.text));
    wh_json_put(&object, "query", wh_json_text(definition->query.text));
    wh_json_put(&object, "source", wh_json_text(item->source_explained));
    wh_json_put(&object, "into", wh_json_text(definition->into.text));
    wh_json_put(&object, "where", wh_json_text(definition->where.text));
    wh_json_put(&object, "key", names_json(item, true));
    wh_json_put(&object, "match", names_json(item, false));
    wh_json_put(&object, "mode", json_string(wh_mode_name(definition->mode)));
    wh_json_put(&object, "drift", json_string(wh_drift_name(definition->drift)));
    wh_json_put(&object, "missing", json_string(wh_missing_name(definition->missing)));
    put_lists(item, &object);
    wh_json_put(&object, "creates",
                item->will_create ? wh_json_text(item->create_statement) : json_null());
    return object;
}

void wh_report_plan_json(const struct wh_plan_report *report, struct wh_paper *paper)
{
    const struct wh_migration *migration = report->plan->migration;
    json_t *items = json_array();
    for (size_t item = 0; item < report->plan->item_count; item++)
        if (report->only == NULL || report->only == &report->plan->items[item])
            wh_json_add(&items, item_json(&report->plan->items[item]));
    json_t *document = wh_json_document("plan");
    wh_json_put(&document, "migration", wh_json_text(migration->name));
    wh_json_put(&document, "source", url_json(migration->source.text));
    wh_json_put(&document, "destination", url_json(migration->destination.text));
    wh_json_put(&document, "has_ledger", json_boolean(report->has_ledger));
    wh_json_put(&document, "workers", json_integer(report->workers));
    wh_json_put(&document, "room", wh_json_text(report->room));
    wh_json_put(&document, "goes_on_with",
                report->open_run != NULL ? json_integer(report->open_run->id) : json_null());
    wh_json_put(&document, "items", items);
    wh_json_print(document, true, paper);
}
