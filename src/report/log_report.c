/* SPDX-License-Identifier: Apache-2.0 */
#include "report/log_report.h"

#include "report/hints.h"
#include "report/log_forms.h"
#include "rules/clean.h"

enum { ROWS_AT_ONCE = 500 /* the first so many decide the widths of a table */ };

static const struct wh_table_column entry_columns[] = {{.title = "item"},    {.title = "key"},
                                                       {.title = "status"},  {.title = "at"},
                                                       {.title = "message"}, {.title = NULL}};

static const struct wh_table_column failure_columns[] = {{.title = "item"},   {.title = "key"},
                                                         {.title = "at"},     {.title = "refused"},
                                                         {.title = "reason"}, {.title = NULL}};

void wh_log_printer_init(struct wh_log_printer *printer, enum wh_log_form form, bool is_failures,
                         struct wh_paper *paper)
{
    *printer = (struct wh_log_printer){.form = form, .paper = paper};
    wh_table_init(&printer->table, is_failures ? failure_columns : entry_columns, 0);
}

void wh_log_printer_release(struct wh_log_printer *printer)
{
    wh_table_release(&printer->table);
}

static void print_full_table(struct wh_log_printer *printer)
{
    if (wh_table_row_count(&printer->table) >= ROWS_AT_ONCE)
        wh_table_print(&printer->table, printer->paper);
}

static struct wh_cell key_cell(struct wh_str key)
{
    if (key.ptr == NULL)
        return (struct wh_cell){.text = WH_STR("(none)"), .ink = WH_INK_DIM};
    return (struct wh_cell){.text = key};
}

static void add_entry(struct wh_log_printer *printer, const struct wh_log_entry *entry)
{
    enum wh_item_status status = entry->logged.status;
    struct wh_str message = entry->failure != NULL ? entry->failure->message : WH_STR_NONE;
    wh_table_add(&printer->table,
                 (struct wh_cell[]){{.text = entry->item},
                                    key_cell(entry->logged.key),
                                    {.text = wh_str_from(wh_item_status_name(status)),
                                     .ink = wh_status_ink(status)},
                                    {.text = entry->place, .ink = WH_INK_DIM},
                                    {.text = message}});
    print_full_table(printer);
}

/** Records that cannot be given back corrected are only counted; see docs/commands/log.md. */
static void print_extract(struct wh_log_printer *printer, const struct wh_log_entry *entry)
{
    if (entry->logged.source == NULL) {
        printer->unreadable++;
        return;
    }
    if (entry->failure != NULL && wh_str_is(entry->failure->stage, wh_stage_name(WH_STAGE_KEY))) {
        printer->keyless++;
        return;
    }
    if (printer->form == WH_LOG_EXTRACT_NDJSON) {
        wh_log_print_extract_json(entry, printer->paper);
    } else {
        if (printer->count == 0)
            wh_log_print_extract_csv_head(entry, printer->paper);
        wh_log_print_extract_csv(entry, printer->paper);
    }
    printer->count++;
}

wh_code wh_log_printer_entry(struct wh_log_printer *printer, const struct wh_log_entry *entry,
                             struct wh_error *err)
{
    switch (printer->form) {
    case WH_LOG_TABLE:
        add_entry(printer, entry);
        break;
    case WH_LOG_HISTORY:
        if (printer->count > 0)
            wh_paper_put(printer->paper, WH_STR("\n"));
        wh_log_print_history(entry, printer->paper);
        break;
    case WH_LOG_NDJSON:
        wh_log_print_json(entry, printer->paper);
        break;
    case WH_LOG_CSV:
        if (printer->count == 0)
            wh_log_print_csv_head(printer->paper);
        wh_log_print_csv(entry, printer->paper);
        break;
    case WH_LOG_EXTRACT_NDJSON:
    case WH_LOG_EXTRACT_CSV:
        print_extract(printer, entry);
        return wh_paper_check(printer->paper, err);
    }
    printer->count++;
    return wh_paper_check(printer->paper, err);
}

/** "rejected (map: signup)", "failed (write: 23514)": the short form of why, for a table. */
static wh_code refusal_text(const struct wh_failure_record *failure, struct wh_arena *arena,
                            struct wh_str *ret, struct wh_error *err)
{
    const char *status = wh_item_status_name(failure->status);
    struct wh_str cause = failure->rule.ptr != NULL     ? failure->rule
                          : failure->column.ptr != NULL ? failure->column
                                                        : failure->sqlstate;
    return wh_arena_format(arena, ret, err, "%s (%.*s%s%.*s)", status, WH_FMT(failure->stage),
                           cause.ptr != NULL ? ": " : "", WH_FMT(cause));
}

static void add_failure(struct wh_log_printer *printer, const struct wh_failure_record *failure)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena arena;
    wh_arena_init(&arena);
    struct wh_str refusal;
    if (refusal_text(failure, &arena, &refusal, &printer->paper->error) != WH_OK)
        return;
    wh_table_add(&printer->table, (struct wh_cell[]){{.text = failure->item},
                                                     key_cell(failure->key),
                                                     {.text = failure->place, .ink = WH_INK_DIM},
                                                     {.text = refusal, .ink = WH_INK_WARN},
                                                     {.text = failure->message}});
    print_full_table(printer);
}

wh_code wh_log_printer_failure(struct wh_log_printer *printer,
                               const struct wh_failure_record *failure, struct wh_error *err)
{
    switch (printer->form) {
    case WH_LOG_TABLE:
    case WH_LOG_HISTORY:
        add_failure(printer, failure);
        break;
    case WH_LOG_NDJSON:
        wh_log_print_failure_json(failure, printer->paper);
        break;
    case WH_LOG_CSV:
        if (printer->count == 0)
            wh_log_print_csv_head(printer->paper);
        wh_log_print_failure_csv(failure, printer->paper);
        break;
    case WH_LOG_EXTRACT_NDJSON:
    case WH_LOG_EXTRACT_CSV:
        /* An extract is made of entries: a failure row is cut where it is long. */
        break;
    }
    printer->count++;
    return wh_paper_check(printer->paper, err);
}

void wh_log_printer_finish(struct wh_log_printer *printer)
{
    /* A head without records: what reads the CSV finds its columns. */
    if (printer->form == WH_LOG_CSV && printer->count == 0)
        wh_log_print_csv_head(printer->paper);
    wh_table_print(&printer->table, printer->paper);
}
