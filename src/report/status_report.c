/* SPDX-License-Identifier: Apache-2.0 */
#include "report/status_report.h"

#include <math.h>
#include <stdio.h>

#include "data/datetime.h"
#include "report/json.h"
#include "report/reason_report.h"
#include "report/table.h"
#include "report/text.h"

enum {
    RUNS_SHOWN = 20, /* as text; --json has all */
    LONGEST_OPTIONS = 1 << 20
};

/** A run that says it is running and holds no lock was killed: the next one goes on with it. */
static enum wh_run_state state_of(const struct wh_status_run *run)
{
    return run->record.state == WH_RUN_RUNNING && !run->is_alive ? WH_RUN_INTERRUPTED
                                                                 : run->record.state;
}

static struct wh_str reason_of(const struct wh_status_run *run)
{
    if (run->record.state == WH_RUN_RUNNING && !run->is_alive)
        return WH_STR("its process ended before it did");
    return run->record.reason;
}

static bool can_go_on(const struct wh_status_run *run)
{
    enum wh_run_state state = state_of(run);
    return run->has_whole_ledger && !run->record.is_partial &&
           (state == WH_RUN_INTERRUPTED || state == WH_RUN_STOPPED || state == WH_RUN_FAILED);
}

static double seconds_of(const struct wh_status_run *run, int64_t now)
{
    int64_t end = run->record.finished_at != 0 ? run->record.finished_at : now;
    return (double)(end - run->record.started_at) / (double)WH_USECS_PER_SECOND;
}

/** What was dropped with its table is not known, which is not zero. */
static struct wh_str count_text(const struct wh_status_run *run, uint64_t count,
                                char room[WH_TEXT_SIZE])
{
    return run->has_counts ? wh_str_from(wh_text_count(count, room)) : WH_STR("?");
}

/** Percent, rounded down: 100 means done. Negative: not known. */
static double percent_of(const struct wh_status_item *item)
{
    if (item->record.is_done)
        return 100;
    if (item->total == 0)
        return -1;
    double percent = floor(100.0 * (double)item->done / (double)item->total);
    return WH_MIN(percent, 99.0);
}

/* ---- text ------------------------------------------------------------------------------------ */

static wh_code append_option(struct wh_buf *out, const char *name, const json_t *value,
                             struct wh_arena *arena, struct wh_error *err)
{
    struct wh_str word = WH_STR_NONE;
    if (json_is_string(value))
        WH_TRY(wh_text_shell_word(wh_str_from(json_string_value(value)), arena, &word, err));
    if (out->len > 0)
        WH_TRY(wh_buf_append_byte(out, ' ', err));
    if (strcmp(name, "item") != 0)
        WH_TRY(wh_buf_printf(out, err, "--%s%s", name, word.ptr != NULL ? " " : ""));
    return wh_buf_append_str(out, word, err);
}

/** The options of a run as they are typed: "customer --id 17"; @p out is empty where there are
 *  none. */
static wh_code append_options(struct wh_buf *out, json_t *options, struct wh_arena *arena,
                              struct wh_error *err)
{
    const char *name;
    json_t *value;
    json_object_foreach(options, name, value)
    {
        size_t index;
        json_t *element;
        if (!json_is_array(value))
            WH_TRY(append_option(out, name, value, arena, err));
        json_array_foreach(value, index, element)
            WH_TRY(append_option(out, name, element, arena, err));
    }
    return WH_OK;
}

static json_t *load_options(const struct wh_run_record *run)
{
    return run->options.ptr != NULL ? json_loadb(run->options.ptr, run->options.len, 0, NULL)
                                    : NULL;
}

static void print_options(const struct wh_run_record *run, struct wh_arena *arena,
                          struct wh_buf *out)
{
    json_t *options = load_options(run);
    WH_IGNORE(append_options(out, options, arena, NULL), "without memory the column is empty");
    json_decref(options);
}

static void add_run(const struct wh_status_run *run, int64_t now, struct wh_table *table)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena arena;
    WH_CLEANUP(wh_buf_release) struct wh_buf options;
    wh_arena_init(&arena);
    wh_buf_init(&options, LONGEST_OPTIONS);
    print_options(&run->record, &arena, &options);
    char rooms[7][WH_TEXT_SIZE];
    const struct wh_counts *total = &run->total;
    uint64_t refused = total->rejected + total->failed;
    enum wh_run_state state = state_of(run);
    bool has_end = run->record.finished_at != 0 || run->is_alive;
    snprintf(rooms[0], WH_TEXT_SIZE, "%lld", (long long)run->record.id);
    wh_text_time(run->record.started_at, rooms[1]);
    if (has_end)
        wh_text_seconds(seconds_of(run, now), rooms[2]);
    else
        rooms[2][0] = '\0';
    wh_table_add(
        table, (struct wh_cell[]){
                   {.text = wh_str_from(rooms[0])},
                   {.text = wh_str_from(wh_run_state_name(state)), .ink = wh_run_state_ink(state)},
                   {.text = wh_str_from(rooms[1])},
                   {.text = wh_str_from(rooms[2])},
                   {.text = count_text(run, total->read, rooms[3])},
                   {.text = count_text(run, total->inserted + total->updated, rooms[4])},
                   {.text = count_text(run, refused, rooms[5]),
                    .ink = refused > 0 ? WH_INK_BAD : WH_INK_DIM},
                   {.text = wh_buf_str(&options), .ink = WH_INK_DIM}});
}

static void print_runs(const struct wh_status_report *report, struct wh_paper *paper)
{
    static const struct wh_table_column columns[] = {{.title = "run", .is_right = true},
                                                     {.title = "state"},
                                                     {.title = "started (UTC)"},
                                                     {.title = "took", .is_right = true},
                                                     {.title = "read", .is_right = true},
                                                     {.title = "written", .is_right = true},
                                                     {.title = "refused", .is_right = true},
                                                     {.title = "options", .may_shrink = true},
                                                     {.title = NULL}};
    WH_CLEANUP(wh_table_release) struct wh_table table;
    wh_table_init(&table, columns, 2);
    size_t shown = WH_MIN(report->run_count, (size_t)RUNS_SHOWN);
    for (size_t run = 0; run < shown; run++)
        add_run(&report->runs[run], report->now, &table);
    wh_table_print(&table, paper);
    if (shown < report->run_count)
        wh_paper_line(paper, WH_INK_DIM, "  and %zu older ones (--json has them)",
                      report->run_count - shown);
}

static void add_item(const struct wh_status_run *run, const struct wh_status_item *item,
                     struct wh_table *table)
{
    const struct wh_counts *counts = &item->record.counts;
    const uint64_t values[] = {counts->read,      counts->inserted, counts->updated,
                               counts->unchanged, counts->skipped,  counts->rejected,
                               counts->failed};
    char rooms[WH_COUNT_OF(values) + 1][WH_TEXT_SIZE];
    double percent = percent_of(item);
    snprintf(rooms[0], WH_TEXT_SIZE, percent < 0 ? "?" : "%.0f%%", percent);
    struct wh_cell cells[WH_COUNT_OF(values) + 2] = {{.text = item->record.name},
                                                     {.text = wh_str_from(rooms[0])}};
    for (size_t at = 0; at < WH_COUNT_OF(values); at++)
        cells[at + 2] = (struct wh_cell){.text = count_text(run, values[at], rooms[at + 1]),
                                         .ink = values[at] > 0 ? WH_INK_PLAIN : WH_INK_DIM};
    wh_table_add(table, cells);
}

static void print_latest(const struct wh_status_run *run, struct wh_paper *paper)
{
    static const struct wh_table_column columns[] = {
        {.title = "item", .may_shrink = true},
        {.title = "done", .is_right = true},
        {.title = "read", .is_right = true},
        {.title = "inserted", .is_right = true, .may_vanish = true},
        {.title = "updated", .is_right = true, .may_vanish = true},
        {.title = "unchanged", .is_right = true, .may_vanish = true},
        {.title = "skipped", .is_right = true, .may_vanish = true},
        {.title = "rejected", .is_right = true, .may_vanish = true},
        {.title = "failed", .is_right = true, .may_vanish = true},
        {.title = NULL}};
    wh_paper_printf(paper, "\nRun %lld", (long long)run->record.id);
    if (run->record.who.len > 0) {
        wh_paper_put(paper, WH_STR(", by "));
        wh_paper_put_data(paper, run->record.who);
    }
    if (reason_of(run).len > 0) {
        wh_paper_put(paper, WH_STR(": "));
        wh_paper_put_data(paper, reason_of(run));
    }
    wh_paper_put(paper, WH_STR("\n"));
    if (run->item_count == 0)
        return;
    WH_CLEANUP(wh_table_release) struct wh_table table;
    wh_table_init(&table, columns, 2);
    for (size_t item = 0; item < run->item_count; item++)
        add_item(run, &run->items[item], &table);
    wh_table_print(&table, paper);
}

/** Where counts were dropped, refused items are those whose reasons are left. */
static struct wh_counts refused_of(const struct wh_status_run *run,
                                   const struct wh_status_item *item)
{
    struct wh_counts counts = item->record.counts;
    for (size_t i = 0; i < item->reason_count && !run->has_counts; i++)
        counts.failed += item->reasons[i].items;
    return counts;
}

static void print_reasons(const struct wh_status_run *run, struct wh_paper *paper)
{
    for (size_t i = 0; i < run->item_count; i++) {
        const struct wh_status_item *item = &run->items[i];
        struct wh_counts refused = refused_of(run, item);
        wh_report_reasons(&(struct wh_refused_items){.item = item->record.name,
                                                     .counts = &refused,
                                                     .reasons = item->reasons,
                                                     .reason_count = item->reason_count},
                          paper);
    }
}

/** A run of one item type is gone on with by another of the same one only. */
static void print_next(const struct wh_status_report *report, struct wh_paper *paper)
{
    static const struct wh_hint go_on[] = {
        {"run", "", "goes on with it"}, {"run", "--restart", "starts anew"}, {NULL, NULL, NULL}};
    const struct wh_status_run *latest = &report->runs[0];
    if (!latest->has_whole_ledger)
        return;
    json_t *options = load_options(&latest->record);
    struct wh_hinted about = report->about;
    const char *item = json_string_value(json_object_get(options, "item"));
    about.item = item != NULL ? wh_str_from(item) : WH_STR_NONE;
    if (can_go_on(latest)) {
        wh_paper_put(paper, WH_STR("\nWhat is done is committed. To go on:\n"));
        wh_report_hints(go_on, &about, paper);
    } else if (latest->total.rejected + latest->total.failed > 0) {
        wh_paper_put(paper, WH_STR("\n"));
        wh_report_refusal_hints(&latest->total, &about, paper);
    }
    json_decref(options);
}

void wh_report_status_text(const struct wh_status_report *report, struct wh_paper *paper)
{
    static const struct wh_hint begin[] = {
        {"plan", "", "what a run would do"}, {"run", "", "migrates"}, {NULL, NULL, NULL}};
    wh_paper_ink(paper, WH_INK_BOLD);
    wh_paper_put_data(paper, report->migration);
    wh_paper_ink(paper, WH_INK_PLAIN);
    if (report->run_count == 0) {
        wh_paper_printf(paper, ": no run yet%s\n",
                        report->has_ledger ? "" : "; the destination has no ledger");
        wh_report_hints(begin, &report->about, paper);
        return;
    }
    wh_paper_printf(paper, ": %zu run%s\n", report->run_count, wh_text_plural(report->run_count));
    if (report->holder.ptr != NULL) {
        wh_paper_put(paper, WH_STR("a run is under way: "));
        wh_paper_put_data(paper, report->holder);
        wh_paper_put(paper, WH_STR("\n"));
    }
    print_runs(report, paper);
    print_latest(&report->runs[0], paper);
    print_reasons(&report->runs[0], paper);
    print_next(report, paper);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static json_t *item_json(const struct wh_status_run *run, const struct wh_status_item *item,
                         bool is_newest)
{
    double percent = percent_of(item);
    json_t *object = json_object();
    wh_json_put(&object, "item", wh_json_text(item->record.name));
    wh_json_put(&object, "into", wh_json_text(item->record.into));
    wh_json_put(&object, "done", run->has_items ? json_boolean(item->record.is_done) : json_null());
    wh_json_put(&object, "percent", percent < 0 ? json_null() : json_integer((json_int_t)percent));
    wh_json_put(&object, "records",
                item->record.records == UINT64_MAX ? json_null()
                                                   : wh_json_count(item->record.records));
    wh_json_put(&object, "counts",
                run->has_counts ? wh_json_counts(&item->record.counts) : json_null());
    if (is_newest)
        wh_json_put(&object, "reasons",
                    run->has_reasons ? wh_report_reasons_json(item->reasons, item->reason_count)
                                     : json_null());
    return object;
}

/** The options as they were given: an object, or the text where it is none. */
static json_t *options_json(struct wh_str options)
{
    json_t *object = options.ptr != NULL ? json_loadb(options.ptr, options.len, 0, NULL) : NULL;
    return object != NULL ? object : wh_json_text(options);
}

static json_t *run_json(const struct wh_status_run *run, int64_t now, bool is_newest)
{
    json_t *items = run->has_counts || run->has_items ? json_array() : json_null();
    for (size_t item = 0; item < run->item_count; item++)
        wh_json_add(&items, item_json(run, &run->items[item], is_newest));
    bool has_end = run->record.finished_at != 0 || run->is_alive;
    json_t *object = json_object();
    wh_json_put(&object, "run", json_integer(run->record.id));
    wh_json_put(&object, "state", json_string(wh_run_state_name(state_of(run))));
    wh_json_put(&object, "resumable", json_boolean(can_go_on(run)));
    wh_json_put(&object, "partial", json_boolean(run->record.is_partial));
    wh_json_put(&object, "options", options_json(run->record.options));
    wh_json_put(&object, "started_at", wh_json_time(run->record.started_at));
    wh_json_put(&object, "finished_at", wh_json_time(run->record.finished_at));
    wh_json_put(&object, "seconds", has_end ? wh_json_seconds(seconds_of(run, now)) : json_null());
    wh_json_put(&object, "who", wh_json_text(run->record.who));
    wh_json_put(&object, "version", wh_json_text(run->record.version));
    wh_json_put(&object, "reason", wh_json_text(reason_of(run)));
    wh_json_put(&object, "total", run->has_counts ? wh_json_counts(&run->total) : json_null());
    wh_json_put(&object, "items", items);
    return object;
}

void wh_report_status_json(const struct wh_status_report *report, struct wh_paper *paper)
{
    json_t *runs = json_array();
    for (size_t run = 0; run < report->run_count; run++)
        wh_json_add(&runs, run_json(&report->runs[run], report->now, run == 0));
    json_t *document = wh_json_document("status");
    wh_json_put(&document, "migration", wh_json_text(report->migration));
    wh_json_put(&document, "has_ledger", json_boolean(report->has_ledger));
    wh_json_put(&document, "locked_by", wh_json_text(report->holder));
    wh_json_put(&document, "runs", runs);
    wh_json_print(document, true, paper);
}
