/* SPDX-License-Identifier: Apache-2.0 */
#include "report/rule_report.h"

#include "report/table.h"
#include "report/text.h"

enum { SAMPLE_INDENT = 4, VALUE_WIDTH = 48 /* of a sample's value on a terminal */ };

/* ---- how often ------------------------------------------------------------------------------- */

/** A dry run is asked what each rule would do; one that would do nothing is an answer, too. */
static void add_rules(const struct wh_item_result *item, struct wh_table *table)
{
    for (size_t at = 0; at < item->rule_count; at++) {
        const struct wh_rule_record *rule = &item->rules[at];
        bool is_warning = wh_str_is(rule->kind, "warn");
        char room[WH_TEXT_SIZE];
        if (rule->hits == 0 && item->samples == NULL)
            continue;
        wh_table_add(table, (struct wh_cell[]){
                                {.text = wh_str_from(wh_text_count(rule->hits, room))},
                                {.text = rule->kind, .ink = is_warning ? WH_INK_WARN : WH_INK_DIM},
                                {.text = rule->name},
                                {.text = item->name, .ink = WH_INK_DIM}});
    }
}

/* ---- for example ----------------------------------------------------------------------------- */

/** NULL, or the value in quotes; cut on a terminal. */
static void print_value(struct wh_str value, struct wh_paper *paper)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena arena;
    struct wh_str shown = value;
    struct wh_error unused = WH_ERROR_NONE;
    wh_arena_init(&arena);
    if (value.ptr == NULL) {
        wh_paper_put(paper, WH_STR("NULL"));
        return;
    }
    bool is_bounded = wh_paper_room(paper, 0) != SIZE_MAX;
    wh_paper_put(paper, WH_STR("'"));
    if (is_bounded && wh_text_show(value, VALUE_WIDTH, &arena, &shown, &unused) == WH_OK)
        wh_paper_put(paper, shown);
    else
        wh_paper_put_data(paper, value);
    wh_paper_put(paper, WH_STR("'"));
}

static void print_change(const struct wh_rule_change *change, struct wh_paper *paper)
{
    wh_paper_put_data(paper, change->column);
    if (change->is_redacted) {
        wh_paper_put(paper, WH_STR(" redacted"));
        return;
    }
    wh_paper_put(paper, WH_STR(" "));
    print_value(change->before, paper);
    wh_paper_put(paper, WH_STR(" → "));
    print_value(change->after, paper);
}

static void print_sample(const struct wh_rule_sample *sample, struct wh_paper *paper)
{
    wh_paper_indent(paper, SAMPLE_INDENT);
    wh_paper_ink(paper, WH_INK_DIM);
    wh_paper_put(paper, sample->key.ptr != NULL ? WH_STR("key ") : WH_STR(""));
    wh_paper_put_data(paper, sample->key.ptr != NULL ? sample->key : sample->place);
    wh_paper_ink(paper, WH_INK_PLAIN);
    for (size_t i = 0; i < sample->change_count; i++) {
        wh_paper_put(paper, i == 0 ? WH_STR(": ") : WH_STR(", "));
        print_change(&sample->changes[i], paper);
    }
    if (sample->reason.ptr != NULL) {
        wh_paper_put(paper, WH_STR(": "));
        wh_paper_put_data(paper, sample->reason);
    }
    wh_paper_put(paper, WH_STR("\n"));
}

static void print_samples(const struct wh_item_result *item, struct wh_paper *paper)
{
    for (size_t rule = 0; rule < item->rule_count && item->samples != NULL; rule++) {
        const struct wh_rule_samples *samples = &item->samples[rule];
        if (samples->count == 0)
            continue;
        wh_paper_put(paper, WH_STR("\n  "));
        wh_paper_put_data(paper, item->rules[rule].name);
        wh_paper_ink(paper, WH_INK_DIM);
        wh_paper_put(paper, WH_STR(", for example of "));
        wh_paper_put_data(paper, item->name);
        wh_paper_ink(paper, WH_INK_PLAIN);
        wh_paper_put(paper, WH_STR("\n"));
        for (size_t i = 0; i < samples->count; i++)
            print_sample(&samples->items[i], paper);
    }
}

void wh_report_rules(const struct wh_run_result *result, struct wh_paper *paper)
{
    static const struct wh_table_column columns[] = {{.title = "hits", .is_right = true},
                                                     {.title = "kind"},
                                                     {.title = "rule", .may_shrink = true},
                                                     {.title = "item", .may_shrink = true},
                                                     {.title = NULL}};
    WH_CLEANUP(wh_table_release) struct wh_table table;
    wh_table_init(&table, columns, 2);
    for (size_t item = 0; item < result->item_count; item++)
        add_rules(&result->items[item], &table);
    if (wh_table_row_count(&table) > 0)
        wh_paper_put(paper, WH_STR("\nRules\n"));
    wh_table_print(&table, paper);
    for (size_t item = 0; item < result->item_count; item++)
        print_samples(&result->items[item], paper);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static json_t *sample_json(const struct wh_rule_sample *sample)
{
    json_t *changes = json_array();
    for (size_t i = 0; i < sample->change_count; i++) {
        const struct wh_rule_change *change = &sample->changes[i];
        json_t *object = json_object();
        wh_json_put(&object, "column", wh_json_text(change->column));
        wh_json_put(&object, "before", wh_json_text(change->before));
        wh_json_put(&object, "after", wh_json_text(change->after));
        wh_json_put(&object, "redacted", json_boolean(change->is_redacted));
        wh_json_add(&changes, object);
    }
    json_t *object = json_object();
    wh_json_put(&object, "key", wh_json_text(sample->key));
    wh_json_put(&object, "place", wh_json_text(sample->place));
    wh_json_put(&object, "reason", wh_json_text(sample->reason));
    wh_json_put(&object, "changes", changes);
    return object;
}

static json_t *rule_json(const struct wh_rule_record *rule, const struct wh_rule_samples *samples)
{
    json_t *object = json_object();
    wh_json_put(&object, "kind", wh_json_text(rule->kind));
    wh_json_put(&object, "name", wh_json_text(rule->name));
    wh_json_put(&object, "hits", wh_json_count(rule->hits));
    if (samples == NULL)
        return object;
    json_t *list = json_array();
    for (size_t i = 0; i < samples->count; i++)
        wh_json_add(&list, sample_json(&samples->items[i]));
    wh_json_put(&object, "samples", list);
    return object;
}

json_t *wh_report_rules_json(const struct wh_item_result *item)
{
    json_t *rules = json_array();
    for (size_t at = 0; at < item->rule_count; at++)
        wh_json_add(&rules,
                    rule_json(&item->rules[at], item->samples != NULL ? &item->samples[at] : NULL));
    return rules;
}
