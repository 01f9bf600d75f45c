/* SPDX-License-Identifier: Apache-2.0 */
#include "report/plan_report.h"

#include <inttypes.h>
#include <stdio.h>

#include "report/hints.h"
#include "report/table.h"
#include "report/text.h"

/* ---- words ----------------------------------------------------------------------------------- */

const char *wh_mode_name(enum wh_mode mode)
{
    return mode == WH_MODE_INSERT ? "insert" : "upsert";
}

const char *wh_drift_name(enum wh_drift drift)
{
    static const char *const names[] = {
        [WH_DRIFT_FAIL] = "fail", [WH_DRIFT_KEEP] = "keep", [WH_DRIFT_OVERWRITE] = "overwrite"};
    return names[drift];
}

const char *wh_missing_name(enum wh_missing missing)
{
    static const char *const names[] = {
        [WH_MISSING_KEEP] = "keep", [WH_MISSING_DELETE] = "delete", [WH_MISSING_REPORT] = "report"};
    return names[missing];
}

const char *wh_clean_action_name(enum wh_clean_action action)
{
    static const char *const names[] = {[WH_CLEAN_SET] = "set",
                                        [WH_CLEAN_REJECT] = "reject",
                                        [WH_CLEAN_SKIP] = "skip",
                                        [WH_CLEAN_DUPLICATES] = "duplicates"};
    return names[action];
}

const char *wh_survivor_name(enum wh_survivor survivor)
{
    static const char *const names[] = {[WH_SURVIVOR_FIRST] = "first",
                                        [WH_SURVIVOR_LAST] = "last",
                                        [WH_SURVIVOR_MIN] = "min",
                                        [WH_SURVIVOR_MAX] = "max"};
    return names[survivor];
}

const char *wh_expect_kind_name(enum wh_expect_kind kind)
{
    static const char *const names[] = {[WH_EXPECT_NOT_NULL] = "not_null",
                                        [WH_EXPECT_UNIQUE] = "unique",
                                        [WH_EXPECT_ACCEPTED_VALUES] = "accepted_values",
                                        [WH_EXPECT_CHECK] = "check"};
    return names[kind];
}

/* ---- the migration --------------------------------------------------------------------------- */

/** "  from      ": the start of a line that states one thing. */
static void print_label(struct wh_paper *paper, const char *label)
{
    wh_paper_ink(paper, WH_INK_DIM);
    wh_paper_printf(paper, "  %-12s", label);
    wh_paper_ink(paper, WH_INK_PLAIN);
}

static void print_fact(struct wh_paper *paper, const char *label, struct wh_str text)
{
    print_label(paper, label);
    wh_paper_put_data(paper, text);
    wh_paper_put(paper, WH_STR("\n"));
}

/** A label with a table or text below it. */
static void print_heading(struct wh_paper *paper, const char *label)
{
    wh_paper_put(paper, WH_STR("  "));
    wh_paper_line(paper, WH_INK_DIM, "%s", label);
}

static void print_url(struct wh_paper *paper, const char *label, struct wh_str url)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_str shown;
    if (wh_paper_check(paper, NULL) == WH_OK &&
        wh_report_url(url, &arena, &shown, &paper->error) == WH_OK)
        print_fact(paper, label, shown);
}

static void print_bound(struct wh_paper *paper, const struct wh_bound *bound)
{
    if (bound->is_percent)
        wh_paper_printf(paper, "%g%%", bound->amount);
    else
        wh_paper_printf(paper, "%.0f", bound->amount);
}

static void print_limits(struct wh_paper *paper, const struct wh_plan *plan)
{
    const struct wh_limits *limits = &plan->migration->limits;
    char room[WH_TEXT_SIZE];
    uint64_t group = wh_plan_group_items(plan);
    print_label(paper, "limits");
    if (limits->failures.is_set) {
        wh_paper_put(paper, WH_STR("stops above "));
        print_bound(paper, &limits->failures);
        wh_paper_put(paper, WH_STR(" refused items, "));
    }
    wh_paper_printf(paper, "%" PRIu64 " MiB of memory, ", limits->memory >> 20);
    wh_paper_printf(paper, "%s item%s a commit\n", wh_text_count(group, room),
                    wh_text_plural(group));
}

static void print_ledger_place(const struct wh_plan_report *report, struct wh_paper *paper)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena arena;
    const struct wh_migration *migration = report->plan->migration;
    struct wh_str url = migration->ledger.text;
    wh_arena_init(&arena);
    if (report->plan->destination_connector->destination->commit_kind != WH_COMMIT_WHOLE) {
        wh_paper_put(paper, WH_STR("in the destination"));
        return;
    }
    if (migration->ledger.line == 0 &&
        wh_plan_ledger_url(migration, &arena, &url, &paper->error) != WH_OK)
        return;
    struct wh_str shown;
    if (wh_report_url(url, &arena, &shown, &paper->error) == WH_OK)
        wh_paper_put(paper, shown);
}

static void print_room(const struct wh_plan_report *report, struct wh_paper *paper)
{
    if (report->room.ptr == NULL)
        return;
    print_label(paper, "");
    wh_paper_ink(paper, WH_INK_WARN);
    wh_paper_put(paper, report->room);
    wh_paper_ink(paper, WH_INK_PLAIN);
    wh_paper_put(paper, WH_STR("\n"));
}

static void print_run(const struct wh_plan_report *report, struct wh_paper *paper)
{
    print_label(paper, "ledger");
    print_ledger_place(report, paper);
    wh_paper_printf(paper, "%s\n", report->has_ledger ? "" : ", made by the first run");
    print_label(paper, "workers");
    wh_paper_printf(paper, "%u\n", report->workers);
    print_room(report, paper);
    const struct wh_run_record *open_run = report->open_run;
    if (open_run == NULL)
        return;
    print_label(paper, "resume");
    wh_paper_ink(paper, WH_INK_WARN);
    wh_paper_printf(paper,
                    "goes on with run %lld (%s), if source and migration have not changed since; "
                    "--restart begins anew",
                    (long long)open_run->id, wh_run_state_name(open_run->state));
    wh_paper_ink(paper, WH_INK_PLAIN);
    wh_paper_put(paper, WH_STR("\n"));
}

/* ---- an item type ---------------------------------------------------------------------------- */

static void print_names(struct wh_paper *paper, const char *label, const struct wh_item_plan *item,
                        bool is_key)
{
    print_label(paper, label);
    size_t count = is_key ? item->key_count : item->match_count;
    for (size_t at = 0; at < count; at++) {
        if (at > 0)
            wh_paper_put(paper, WH_STR(", "));
        wh_paper_put_data(paper, is_key ? item->key[at].name : item->targets[item->match[at]].name);
    }
    wh_paper_put(paper, WH_STR("\n"));
}

static bool is_match(const struct wh_item_plan *item, size_t target)
{
    for (size_t at = 0; at < item->match_count; at++)
        if (item->match[at] == target)
            return true;
    return false;
}

/** What a destination column gets, in the words of the migration file. */
static struct wh_cell value_cell(const struct wh_item_plan *item, const struct wh_target *target)
{
    const struct wh_assignment_definition *assignment = target->assignment;
    if (assignment == NULL) {
        struct wh_str source = target->plain_source != SIZE_MAX
                                   ? item->source_table.columns[target->plain_source].name
                                   : target->name;
        return (struct wh_cell){.text = source};
    }
    if (assignment->source == WH_VALUE_NULL)
        return (struct wh_cell){.text = WH_STR("null"), .ink = WH_INK_DIM};
    return (struct wh_cell){.text = assignment->value.text};
}

static struct wh_str remark_of(const struct wh_item_plan *item, size_t at)
{
    const struct wh_target *target = &item->targets[at];
    const struct wh_assignment_definition *assignment = target->assignment;
    if (is_match(item, at))
        return WH_STR("match");
    if (target->insert_only)
        return WH_STR("on insert only");
    if (assignment == NULL)
        return WH_STR("same");
    if (assignment->source == WH_VALUE_LITERAL)
        return WH_STR("literal");
    return target->is_redacted ? WH_STR("redacted in the log") : WH_STR_NONE;
}

/** What is written as text may be a network or a point to the destination: it names its types. */
static wh_code type_of(const struct wh_item_plan *item, const struct wh_target *target,
                       struct wh_arena *arena, struct wh_str *ret, struct wh_error *err)
{
    char name[WH_TYPE_NAME_SIZE];
    struct wh_str declared = item->table.columns[target->table_column].declared;
    bool is_told = target->type.kind == WH_KIND_TEXT && declared.len > 0;
    struct wh_str type = is_told ? declared : wh_str_from(wh_type_name(target->type, name));
    return wh_arena_format(arena, ret, err, "%.*s%s", WH_FMT(type),
                           target->is_not_null ? " not null" : "");
}

static void print_map(const struct wh_item_plan *item, struct wh_paper *paper)
{
    static const struct wh_table_column columns[] = {{.title = "column"},
                                                     {.title = "type"},
                                                     {.title = "value", .may_shrink = true},
                                                     {.title = ""},
                                                     {.title = NULL}};
    WH_CLEANUP(wh_arena_release) struct wh_arena arena;
    WH_CLEANUP(wh_table_release) struct wh_table table;
    wh_arena_init(&arena);
    wh_table_init(&table, columns, 4);
    for (size_t at = 0; at < item->target_count; at++) {
        const struct wh_target *target = &item->targets[at];
        struct wh_str type;
        if (type_of(item, target, &arena, &type, &paper->error) != WH_OK)
            return;
        wh_table_add(&table, (struct wh_cell[]){{.text = target->name},
                                                {.text = type, .ink = WH_INK_DIM},
                                                value_cell(item, target),
                                                {.text = remark_of(item, at), .ink = WH_INK_DIM}});
    }
    print_heading(paper, "map");
    wh_table_print(&table, paper);
}

static void print_clean(const struct wh_item_plan *item, struct wh_paper *paper)
{
    static const struct wh_table_column columns[] = {{.title = "action"},
                                                     {.title = "rule"},
                                                     {.title = "when", .may_shrink = true},
                                                     {.title = NULL}};
    if (item->definition->clean_count == 0)
        return;
    WH_CLEANUP(wh_table_release) struct wh_table table;
    wh_table_init(&table, columns, 4);
    for (size_t at = 0; at < item->definition->clean_count; at++) {
        const struct wh_clean_definition *rule = &item->definition->clean[at];
        struct wh_str when = rule->when.text;
        if (rule->action == WH_CLEAN_DUPLICATES && rule->duplicate_count > 0)
            when = rule->duplicates[0].text;
        wh_table_add(&table,
                     (struct wh_cell[]){{.text = wh_str_from(wh_clean_action_name(rule->action))},
                                        {.text = rule->name},
                                        {.text = when.ptr != NULL ? when : WH_STR("always")}});
    }
    print_heading(paper, "clean");
    wh_table_print(&table, paper);
}

static void print_expect(const struct wh_item_plan *item, struct wh_paper *paper)
{
    static const struct wh_table_column columns[] = {{.title = "check"},
                                                     {.title = "name", .may_shrink = true},
                                                     {.title = "broken"},
                                                     {.title = NULL}};
    if (item->definition->expect_count == 0)
        return;
    WH_CLEANUP(wh_table_release) struct wh_table table;
    wh_table_init(&table, columns, 4);
    for (size_t at = 0; at < item->definition->expect_count; at++) {
        const struct wh_expect_definition *check = &item->definition->expect[at];
        wh_table_add(
            &table,
            (struct wh_cell[]){{.text = wh_str_from(wh_expect_kind_name(check->kind))},
                               {.text = check->name},
                               {.text = check->is_warning ? WH_STR("warns") : WH_STR("rejects")}});
    }
    print_heading(paper, "expect");
    wh_table_print(&table, paper);
}

static void print_notes(const struct wh_item_plan *item, struct wh_paper *paper)
{
    for (size_t at = 0; at < item->note_count; at++) {
        const struct wh_plan_note *note = &item->notes[at];
        wh_paper_ink(paper, note->is_warning ? WH_INK_WARN : WH_INK_DIM);
        wh_paper_printf(paper, "  %-12s", note->is_warning ? "warning" : "note");
        wh_paper_ink(paper, WH_INK_PLAIN);
        wh_paper_put_data(paper, note->text);
        wh_paper_put(paper, WH_STR("\n"));
    }
}

/** A statement over several lines, indented; each line is escaped for itself. */
static void print_statement(const struct wh_item_plan *item, struct wh_paper *paper)
{
    if (!item->will_create)
        return;
    print_heading(paper, "creates");
    struct wh_str rest = item->create_statement;
    while (rest.ptr != NULL) {
        wh_paper_put(paper, WH_STR("    "));
        wh_paper_put_data(paper, wh_str_split(&rest, '\n'));
        wh_paper_put(paper, WH_STR("\n"));
    }
}

static void print_item(const struct wh_item_plan *item, struct wh_paper *paper)
{
    const struct wh_item_definition *definition = item->definition;
    wh_paper_put(paper, WH_STR("\n"));
    wh_paper_ink(paper, WH_INK_BOLD);
    wh_paper_put_data(paper, definition->name);
    wh_paper_put(paper, WH_STR(" → "));
    wh_paper_put_data(paper, definition->into.text);
    wh_paper_ink(paper, WH_INK_PLAIN);
    wh_paper_put(paper, WH_STR("\n"));
    print_fact(paper, "from", item->source_explained);
    if (definition->where.text.ptr != NULL)
        print_fact(paper, "where", definition->where.text);
    print_names(paper, "key", item, true);
    print_names(paper, "match", item, false);
    print_label(paper, "mode");
    wh_paper_printf(paper, "%s; rows edited since: %s; items gone from the source: %s\n",
                    wh_mode_name(definition->mode), wh_drift_name(definition->drift),
                    wh_missing_name(definition->missing));
    print_clean(item, paper);
    print_map(item, paper);
    print_expect(item, paper);
    print_notes(item, paper);
    print_statement(item, paper);
}

void wh_report_plan_text(const struct wh_plan_report *report, struct wh_paper *paper)
{
    const struct wh_migration *migration = report->plan->migration;
    wh_paper_ink(paper, WH_INK_BOLD);
    wh_paper_put(paper, WH_STR("Plan of "));
    wh_paper_put_data(paper, migration->name);
    wh_paper_ink(paper, WH_INK_PLAIN);
    wh_paper_put(paper, WH_STR(" (nothing is written)\n"));
    print_url(paper, "source", migration->source.text);
    print_url(paper, "destination", migration->destination.text);
    print_run(report, paper);
    print_limits(paper, report->plan);
    for (size_t item = 0; item < report->plan->item_count; item++)
        if (report->only == NULL || report->only == &report->plan->items[item])
            print_item(&report->plan->items[item], paper);
}
