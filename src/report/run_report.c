/* SPDX-License-Identifier: Apache-2.0 */
#include "report/run_report.h"

#include "report/hints.h"
#include "report/reason_report.h"
#include "report/rule_report.h"
#include "report/table.h"
#include "report/text.h"

enum { KEYS_SHOWN = 10 /* of those that are missing; --json has all */ };

static uint64_t refused(const struct wh_counts *counts)
{
    return counts->rejected + counts->failed;
}

/** Items that are in the destination as the migration wants them. */
static uint64_t arrived(const struct wh_counts *counts)
{
    return counts->inserted + counts->updated + counts->unchanged;
}

bool wh_report_sums_close(const struct wh_run_result *result)
{
    for (size_t item = 0; item < result->item_count; item++)
        if (!result->items[item].sum_closes)
            return false;
    return wh_counts_close(&result->total);
}

static bool leaves_nothing(const struct wh_run_result *result)
{
    return result->is_dry_run || result->is_rehearsal;
}

/* ---- the headline ---------------------------------------------------------------------------- */

static void print_subject(const struct wh_run_report *report, struct wh_paper *paper)
{
    const struct wh_run_result *result = report->result;
    if (result->is_dry_run)
        wh_paper_put(paper, WH_STR("Dry run of "));
    else if (result->is_rehearsal)
        wh_paper_put(paper, WH_STR("Rehearsal of "));
    else
        wh_paper_printf(paper, "Run %lld of ", (long long)result->run);
    wh_paper_put_data(paper, report->migration);
}

/** Vanished rows are looked at behind the last record: they stopped the run where they are told. */
static bool stopped_for_deletes(const struct wh_run_report *report)
{
    const struct wh_run_result *result = report->result;
    if (report->error->code != WH_STOPPED || result->item_count == 0)
        return false;
    const struct wh_item_result *last = &result->items[result->item_count - 1];
    return last->vanished > last->counts.deleted;
}

/** "2 items refused, 1 key not found", or what there was of both. */
static void print_shortcomings(uint64_t bad, uint64_t missing, struct wh_paper *paper)
{
    char room[WH_TEXT_SIZE];
    if (bad > 0)
        wh_paper_printf(paper, "%s item%s refused", wh_text_count(bad, room), wh_text_plural(bad));
    if (bad > 0 && missing > 0)
        wh_paper_put(paper, WH_STR(", "));
    if (missing > 0)
        wh_paper_printf(paper, "%s key%s not found", wh_text_count(missing, room),
                        wh_text_plural(missing));
}

static void print_outcome(const struct wh_run_report *report, struct wh_paper *paper)
{
    const struct wh_run_result *result = report->result;
    uint64_t bad = refused(&result->total);
    uint64_t missing = wh_run_missing_keys(result);
    if (report->error->code == WH_CANCELLED)
        wh_paper_put(paper, WH_STR(" was interrupted"));
    else if (report->error->code == WH_STOPPED)
        wh_paper_put(paper, stopped_for_deletes(report) ? WH_STR(" stopped at the limit of deletes")
                                                        : WH_STR(" stopped at the failure limit"));
    else if (report->error->code != WH_OK)
        wh_paper_put(paper, WH_STR(" did not finish"));
    else if (result->total.read == 0 && missing == 0)
        wh_paper_put(paper, WH_STR(" finished: there was nothing to read"));
    else if (bad == 0 && missing == 0)
        wh_paper_put(paper, WH_STR(" finished: all well"));
    else
        wh_paper_put(paper, WH_STR(" finished: "));
    if (report->error->code == WH_OK)
        print_shortcomings(bad, missing, paper);
}

static enum wh_ink headline_ink(const struct wh_run_report *report)
{
    if (report->error->code != WH_OK)
        return report->error->code == WH_CANCELLED ? WH_INK_WARN : WH_INK_BAD;
    const struct wh_counts *total = &report->result->total;
    bool is_well = refused(total) == 0 && wh_run_missing_keys(report->result) == 0;
    return is_well && total->read > 0 ? WH_INK_GOOD : WH_INK_WARN;
}

static void print_headline(const struct wh_run_report *report, struct wh_paper *paper)
{
    wh_paper_ink(paper, headline_ink(report));
    print_subject(report, paper);
    print_outcome(report, paper);
    wh_paper_ink(paper, WH_INK_PLAIN);
    wh_paper_put(paper, WH_STR("\n"));
    if (report->result->resumed)
        wh_paper_line(paper, WH_INK_PLAIN,
                      "It went on with an interrupted run: the counts are of all of it, rate and "
                      "time of what was left.");
    if (report->result->paused_seconds > 0)
        wh_paper_line(paper, WH_INK_PLAIN, "It paused for %.0f seconds because of the guard.",
                      report->result->paused_seconds);
}

/* ---- the counts ------------------------------------------------------------------------------ */

static const struct wh_table_column count_columns[] = {
    {.title = "item", .may_shrink = true},
    {.title = "read", .is_right = true},
    {.title = "inserted", .is_right = true, .may_vanish = true},
    {.title = "updated", .is_right = true, .may_vanish = true},
    {.title = "unchanged", .is_right = true, .may_vanish = true},
    {.title = "skipped", .is_right = true, .may_vanish = true},
    {.title = "rejected", .is_right = true, .may_vanish = true},
    {.title = "failed", .is_right = true, .may_vanish = true},
    {.title = "rate", .is_right = true},
    {.title = "time", .is_right = true},
    {.title = NULL},
};

enum { COUNT_CELLS = WH_COUNT_OF(count_columns) - 1, FIRST_COUNT = 1, COUNTS = 7 };

/** What a line of the table is about. */
struct counted {
    struct wh_str name;
    const struct wh_counts *counts;
    uint64_t read_now; /* in … */
    double seconds;
};

static void add_counts(struct wh_table *table, const struct counted *counted)
{
    static const enum wh_ink inks[COUNTS] = {[5] = WH_INK_BAD, [6] = WH_INK_BAD};
    const struct wh_counts *counts = counted->counts;
    const uint64_t values[COUNTS] = {counts->read,      counts->inserted, counts->updated,
                                     counts->unchanged, counts->skipped,  counts->rejected,
                                     counts->failed};
    char rooms[COUNT_CELLS][WH_TEXT_SIZE];
    struct wh_cell cells[COUNT_CELLS] = {{.text = counted->name}};
    for (size_t count = 0; count < COUNTS; count++)
        cells[FIRST_COUNT + count] = (struct wh_cell){
            .text = wh_str_from(wh_text_count(values[count], rooms[FIRST_COUNT + count])),
            .ink = values[count] > 0 ? inks[count] : WH_INK_DIM};
    cells[FIRST_COUNT].ink = WH_INK_PLAIN;
    cells[COUNT_CELLS - 2].text =
        wh_str_from(wh_text_rate(counted->read_now, counted->seconds, rooms[COUNT_CELLS - 2]));
    cells[COUNT_CELLS - 1].text =
        wh_str_from(wh_text_seconds(counted->seconds, rooms[COUNT_CELLS - 1]));
    wh_table_add(table, cells);
}

static void print_counts(const struct wh_run_result *result, struct wh_paper *paper)
{
    WH_CLEANUP(wh_table_release) struct wh_table table;
    wh_table_init(&table, count_columns, 2);
    for (size_t item = 0; item < result->item_count; item++) {
        const struct wh_item_result *part = &result->items[item];
        add_counts(&table, &(struct counted){.name = part->name,
                                             .counts = &part->counts,
                                             .read_now = part->read_now,
                                             .seconds = part->seconds});
    }
    if (result->item_count > 1)
        add_counts(&table, &(struct counted){.name = WH_STR("total"),
                                             .counts = &result->total,
                                             .read_now = result->read_now,
                                             .seconds = result->seconds});
    wh_paper_put(paper, WH_STR("\n"));
    wh_table_print(&table, paper);
}

static void print_sum(const struct wh_run_result *result, struct wh_paper *paper)
{
    bool closes = wh_report_sums_close(result);
    wh_paper_put(paper, WH_STR("\n  "));
    wh_paper_ink(paper, closes ? WH_INK_GOOD : WH_INK_BAD);
    wh_paper_put(paper, closes ? WH_STR("the sum closes: ") : WH_STR("THE SUM DOES NOT CLOSE: "));
    wh_paper_ink(paper, WH_INK_PLAIN);
    wh_report_sum(&result->total, paper);
    wh_paper_put(paper, WH_STR("\n"));
    if (!closes)
        wh_paper_line(
            paper, WH_INK_BAD,
            "  That is a bug in wherry: do not trust this run; keep the ledger and report it.");
    char room[WH_TEXT_SIZE];
    if (result->total.deleted > 0)
        wh_paper_line(
            paper, WH_INK_PLAIN, "  and %s row%s deleted, whose items the source no longer has",
            wh_text_count(result->total.deleted, room), wh_text_plural(result->total.deleted));
}

/** Where the ledger could not be asked any more, nothing is told in the place of what it says. A
 *  sum that was counted and does not close is an error of its own. */
static void print_sums(const struct wh_run_report *report, struct wh_paper *paper)
{
    const struct wh_run_result *result = report->result;
    wh_code code = report->error->code;
    bool is_counted = wh_report_sums_close(result) || code == WH_OK || code == WH_DIFFERENT;
    if (!is_counted && !leaves_nothing(result))
        wh_paper_line(paper, WH_INK_WARN, "\n  what was committed could not be counted");
    if (!is_counted)
        return;
    print_counts(result, paper);
    print_sum(result, paper);
}

/** A rehearsal and a dry run leave no log that could list them. */
static void print_vanished(const struct wh_item_result *item, bool is_logged,
                           struct wh_paper *paper)
{
    if (item->vanished <= item->counts.deleted)
        return;
    char room[WH_TEXT_SIZE];
    uint64_t rows = item->vanished - item->counts.deleted;
    wh_paper_put(paper, WH_STR("  "));
    wh_paper_put_data(paper, item->name);
    wh_paper_printf(paper, ": %s row%s written to '", wh_text_count(rows, room),
                    wh_text_plural(rows));
    wh_paper_put_data(paper, item->into);
    wh_paper_put(paper, WH_STR("', whose items the source no longer has"));
    wh_paper_put(paper, is_logged ? WH_STR(", listed by 'log --missing'\n") : WH_STR("\n"));
}

/** The ledger does not have these: of a run that went on they are the last session's. */
static const char *since_when(bool is_resumed)
{
    return is_resumed ? "since the run went on, " : "";
}

static void print_put_back(const struct wh_item_result *item, bool is_resumed,
                           struct wh_paper *paper)
{
    if (item->put_back == 0)
        return;
    char room[WH_TEXT_SIZE];
    wh_paper_put(paper, WH_STR("  "));
    wh_paper_put_data(paper, item->name);
    wh_paper_printf(paper, ": %s%s of the inserted rows had been there: somebody deleted %s from '",
                    since_when(is_resumed), wh_text_count(item->put_back, room),
                    item->put_back == 1 ? "it" : "them");
    wh_paper_put_data(paper, item->into);
    wh_paper_put(paper, WH_STR("', and they are put back\n"));
}

/** "  person: no record that could be read has the keys '77', '78' and 3 more" */
static void print_missing_keys(const struct wh_run_report *report,
                               const struct wh_item_result *item, struct wh_paper *paper)
{
    size_t shown = WH_MIN(item->missing_key_count, (size_t)KEYS_SHOWN);
    if (shown == 0)
        return;
    wh_paper_put(paper, WH_STR("  "));
    wh_paper_put_data(paper, item->name);
    wh_paper_printf(paper, ": no record %s has the key%s",
                    report->is_by_key_alone ? "that could be read" : "that was asked for",
                    wh_text_plural(item->missing_key_count));
    for (size_t i = 0; i < shown; i++) {
        wh_paper_put(paper, i > 0 ? WH_STR(", '") : WH_STR(" '"));
        wh_paper_put_data(paper, item->missing_keys[i]);
        wh_paper_put(paper, WH_STR("'"));
    }
    if (shown < item->missing_key_count)
        wh_paper_printf(paper, " and %zu more", item->missing_key_count - shown);
    wh_paper_put(paper, WH_STR("\n"));
}

static void print_left_alone(const struct wh_item_result *item, struct wh_paper *paper)
{
    if (item->left_alone == 0)
        return;
    char room[WH_TEXT_SIZE];
    wh_paper_put(paper, WH_STR("  "));
    wh_paper_put_data(paper, item->name);
    wh_paper_printf(paper,
                    ": %s record%s left alone: no item of such a key is rejected at present, or "
                    "another record has its key; the first is '",
                    wh_text_count(item->left_alone, room),
                    item->left_alone == 1 ? " was" : "s were");
    wh_paper_put_data(paper, item->left_alone_example);
    wh_paper_put(paper, WH_STR("'\n"));
}

static void print_numbers(const struct wh_item_result *item, struct wh_paper *paper)
{
    if (item->numbers.ptr == NULL)
        return;
    wh_paper_put(paper, WH_STR("  "));
    wh_paper_put_data(paper, item->name);
    wh_paper_put(paper, WH_STR(": the sequence of "));
    wh_paper_put_data(paper, item->numbers);
    wh_paper_put(paper, WH_STR("\n"));
}

static void print_ignored(const struct wh_item_result *item, bool is_resumed,
                          struct wh_paper *paper)
{
    if (item->ignored == 0)
        return;
    char room[WH_TEXT_SIZE];
    wh_paper_put(paper, WH_STR("  "));
    wh_paper_put_data(paper, item->name);
    wh_paper_printf(paper,
                    ": %s%s member%s without a column %s ignored, as 'unknown: ignore' says\n",
                    since_when(is_resumed), wh_text_count(item->ignored, room),
                    wh_text_plural(item->ignored), item->ignored == 1 ? "was" : "were");
}

static void print_reasons(const struct wh_item_result *item, struct wh_paper *paper)
{
    wh_report_reasons(&(struct wh_refused_items){.item = item->name,
                                                 .counts = &item->counts,
                                                 .reasons = item->reasons,
                                                 .reason_count = item->reason_count},
                      paper);
}

/* ---- what now -------------------------------------------------------------------------------- */

/** Whichever list is the longer one. */
static struct wh_hint show_refused(const struct wh_counts *counts)
{
    return (struct wh_hint){"log", counts->failed > counts->rejected ? "--failed" : "--rejected",
                            "what was refused, and why"};
}

/** What to do about it, the error says. */
static void print_lost_ledger(const struct wh_run_report *report, struct wh_paper *paper)
{
    const bool *is_left = report->result->ledger_left.is_there;
    bool has_runs = is_left[WH_TABLE_LEDGER] && is_left[WH_TABLE_RUN];
    struct wh_hint look[3] = {{NULL, NULL, NULL}};
    size_t count = 0;
    if (has_runs)
        look[count++] = (struct wh_hint){"status", "", "what is still known of the runs"};
    if (has_runs && is_left[WH_TABLE_FAILURE])
        look[count++] = (struct wh_hint){"log", "--failed", "what was refused, and why"};
    wh_paper_line(
        paper, WH_INK_PLAIN,
        "\nWhat was committed stays in the destination; nothing is half written. No run goes on "
        "from here,\nsince a table of the ledger is gone.");
    wh_report_hints(look, &report->about, paper);
}

static void print_unfinished(const struct wh_run_report *report, struct wh_paper *paper)
{
    static const struct wh_hint go_on[] = {{"run", "", "goes on where this run stopped"},
                                           {"status", "", "what is done so far"},
                                           {NULL, NULL, NULL}};
    const struct wh_hint go_on_stopped[] = {
        show_refused(&report->result->total),
        {"run", "--max-failures 10%", "goes on, with another limit"},
        {"run", "--restart", "starts anew, after a change of the migration"},
        {NULL, NULL, NULL}};
    static const struct wh_hint go_on_deletes[] = {
        {"run", "", "again: with the whole source, or with a higher 'limits: deletes'"},
        {"status", "", "what is done so far"},
        {NULL, NULL, NULL}};
    const struct wh_hint *hints = report->error->code != WH_STOPPED ? go_on
                                  : stopped_for_deletes(report)     ? go_on_deletes
                                                                    : go_on_stopped;
    const struct wh_run_result *result = report->result;
    if (leaves_nothing(result)) {
        wh_paper_line(paper, WH_INK_PLAIN, "\nNothing was written.");
        return;
    }
    if (result->has_lost_ledger) {
        print_lost_ledger(report, paper);
        return;
    }
    wh_paper_line(paper, WH_INK_PLAIN,
                  "\nWhat was committed stays, with its log; nothing is half written.");
    if (report->is_partial)
        wh_paper_line(paper, WH_INK_PLAIN, "Run the same command again to finish it.");
    else
        wh_report_hints(hints, &report->about, paper);
}

static void print_dry_run(const struct wh_run_report *report, struct wh_paper *paper)
{
    static const struct wh_hint rehearse[] = {
        {"run", "--rehearse", "writes everything, and takes it back"}, {NULL, NULL, NULL}};
    wh_paper_line(paper, WH_INK_PLAIN,
                  "\nNothing was written: this was a dry run. What the destination would refuse of "
                  "it, a rehearsal tells:");
    wh_report_hints(rehearse, &report->about, paper);
}

static void print_finished(const struct wh_run_report *report, struct wh_paper *paper)
{
    const struct wh_run_result *result = report->result;
    const struct wh_counts *total = &result->total;
    if (result->is_dry_run)
        print_dry_run(report, paper);
    else if (result->is_rehearsal)
        wh_paper_line(paper, WH_INK_PLAIN, "\nAll of it was rolled back: no row of it stays.");
    if (leaves_nothing(result) || refused(total) == 0)
        return;
    char in[WH_TEXT_SIZE];
    char of[WH_TEXT_SIZE];
    wh_paper_line(paper, WH_INK_PLAIN,
                  "\n%s of %s read are in the destination as they should be; what was refused "
                  "left it as it was.\nWhat next:",
                  wh_text_count(arrived(total), in), wh_text_count(total->read, of));
    wh_report_refusal_hints(total, &report->about, paper);
}

/** Line by line: what a value in it may do to a terminal, it does not. */
static void print_trace(struct wh_str trace, struct wh_paper *paper)
{
    while (trace.len > 0) {
        wh_paper_put_data(paper, wh_str_split(&trace, '\n'));
        wh_paper_put(paper, WH_STR("\n"));
    }
    wh_paper_put(paper, WH_STR("\n"));
}

void wh_report_run_text(const struct wh_run_report *report, struct wh_paper *paper)
{
    const struct wh_run_result *result = report->result;
    if (result->trace.len > 0)
        print_trace(wh_buf_str(&result->trace), paper);
    print_headline(report, paper);
    if (result->item_count > 0) {
        print_sums(report, paper);
    }
    for (size_t item = 0; item < result->item_count; item++)
        print_vanished(&result->items[item], result->run != 0, paper);
    for (size_t item = 0; item < result->item_count; item++) {
        print_missing_keys(report, &result->items[item], paper);
        print_put_back(&result->items[item], result->resumed, paper);
        print_ignored(&result->items[item], result->resumed, paper);
        print_left_alone(&result->items[item], paper);
        print_numbers(&result->items[item], paper);
    }
    for (size_t item = 0; item < result->item_count; item++)
        print_reasons(&result->items[item], paper);
    wh_report_rules(result, paper);
    if (report->error->code == WH_OK)
        print_finished(report, paper);
    else
        print_unfinished(report, paper);
}
