/* SPDX-License-Identifier: Apache-2.0 */
/**
 * NDJSON and CSV of the log. Both are data to be read back, so nothing is altered in them: a
 * cell of the CSV that begins with '=' stays as it is (docs/commands/log.md says what that
 * means for spreadsheets).
 */
#include <stdlib.h>

#include "base/error.h"
#include "plan/extract.h"
#include "report/json.h"
#include "report/log_forms.h"
#include "report/text.h"

/* ---- JSON ------------------------------------------------------------------------------------ */

static json_t *image_json(const struct wh_str *names, size_t count, const struct wh_str *values)
{
    if (values == NULL)
        return json_null();
    json_t *object = json_object();
    for (size_t at = 0; at < count && object != NULL; at++) {
        json_t *value = wh_json_text(values[at]);
        if (value == NULL ||
            json_object_setn_new(object, names[at].ptr, names[at].len, value) != 0) {
            json_decref(object);
            object = NULL;
        }
    }
    return object;
}

static json_t *source_image(const struct wh_log_entry *entry)
{
    return image_json(entry->schema->source_names, entry->schema->source_count,
                      entry->logged.source);
}

static json_t *target_image(const struct wh_log_entry *entry, const struct wh_str *values)
{
    return image_json(entry->schema->target_names, entry->schema->target_count, values);
}

static json_t *rules_json(const struct wh_log_entry *entry)
{
    json_t *list = json_array();
    for (size_t rule = 0; rule < entry->schema->rule_count; rule++)
        if (wh_segment_touched(entry->segment, rule, entry->ordinal))
            wh_json_add(&list, wh_json_text(entry->schema->rule_names[rule]));
    return list;
}

static json_t *why_json(const struct wh_failure_record *failure)
{
    if (failure == NULL)
        return json_null();
    json_t *object = json_object();
    wh_json_put(&object, "stage", wh_json_text(failure->stage));
    wh_json_put(&object, "rule", wh_json_text(failure->rule));
    wh_json_put(&object, "column", wh_json_text(failure->column));
    wh_json_put(&object, "message", wh_json_text(failure->message));
    wh_json_put(&object, "sqlstate", wh_json_text(failure->sqlstate));
    return object;
}

void wh_log_print_json(const struct wh_log_entry *entry, struct wh_paper *paper)
{
    json_t *line = wh_json_document("log");
    wh_json_put(&line, "run", json_integer(entry->run));
    wh_json_put(&line, "at", wh_json_time(entry->at));
    wh_json_put(&line, "item", wh_json_text(entry->item));
    wh_json_put(&line, "key", wh_json_text(entry->logged.key));
    wh_json_put(&line, "status", json_string(wh_item_status_name(entry->logged.status)));
    wh_json_put(&line, "place", wh_json_text(entry->place));
    wh_json_put(&line, "failure", why_json(entry->failure));
    wh_json_put(&line, "rules", rules_json(entry));
    wh_json_put(&line, "source", source_image(entry));
    wh_json_put(&line, "before", target_image(entry, entry->logged.before));
    bool is_wanted = wh_log_is_wanted(entry);
    wh_json_put(&line, "after", target_image(entry, is_wanted ? NULL : entry->logged.after));
    wh_json_put(&line, "wanted", target_image(entry, is_wanted ? entry->logged.after : NULL));
    wh_json_put(&line, "remark", wh_json_text(wh_log_remark(entry)));
    wh_json_print(line, false, paper);
}

/** The record's values: an object, or the text where the ledger capped it. */
static json_t *values_json(struct wh_str values)
{
    json_t *object = values.ptr != NULL ? json_loadb(values.ptr, values.len, 0, NULL) : NULL;
    return object != NULL ? object : wh_json_text(values);
}

void wh_log_print_failure_json(const struct wh_failure_record *failure, struct wh_paper *paper)
{
    json_t *line = wh_json_document("log");
    wh_json_put(&line, "run", json_integer(failure->run));
    wh_json_put(&line, "at", wh_json_time(failure->at));
    wh_json_put(&line, "item", wh_json_text(failure->item));
    wh_json_put(&line, "key", wh_json_text(failure->key));
    wh_json_put(&line, "status", json_string(wh_item_status_name(failure->status)));
    wh_json_put(&line, "place", wh_json_text(failure->place));
    wh_json_put(&line, "failure", why_json(failure));
    wh_json_put(&line, "source", values_json(failure->values));
    wh_json_put(&line, "bytes", wh_json_text(failure->bytes));
    wh_json_print(line, false, paper);
}

/* ---- CSV: RFC 4180 --------------------------------------------------------------------------- */

static bool needs_quotes(struct wh_str text)
{
    bool needs = text.len == 0 || text.ptr[0] == ' ' || text.ptr[text.len - 1] == ' ';
    for (size_t at = 0; !needs && at < text.len; at++)
        needs = text.ptr[at] == '"' || text.ptr[at] == ',' || text.ptr[at] == '\r' ||
                text.ptr[at] == '\n';
    return needs;
}

/** NULL is the empty cell, empty text is "": what reads it back can tell them apart. */
static void print_cell(struct wh_paper *paper, struct wh_str text)
{
    size_t most = 2 * text.len + 2;
    if (text.ptr == NULL)
        return;
    if (!needs_quotes(text)) {
        wh_paper_put(paper, text);
        return;
    }
    char *out = wh_paper_write(paper, most);
    if (out == NULL)
        return;
    size_t len = 0;
    out[len++] = '"';
    for (size_t at = 0; at < text.len; at++) {
        if (text.ptr[at] == '"')
            out[len++] = '"';
        out[len++] = text.ptr[at];
    }
    out[len++] = '"';
    wh_paper_wrote(paper, len);
}

static void print_next_cell(struct wh_paper *paper, struct wh_str text)
{
    wh_paper_put(paper, WH_STR(","));
    print_cell(paper, text);
}

/** A JSON value as a cell; takes it over. */
static void print_json_cell(struct wh_paper *paper, json_t *value)
{
    char *text = value != NULL ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    if (text == NULL && paper->error.code == WH_OK)
        wh_error_no_memory(&paper->error, 0);
    wh_paper_put(paper, WH_STR(","));
    if (text != NULL && !json_is_null(value))
        print_cell(paper, wh_str_from(text));
    free(text);
    json_decref(value);
}

/** What an extract says beside the source's columns. */
static struct wh_str reason_of(const struct wh_log_entry *entry)
{
    return entry->failure != NULL ? entry->failure->message : WH_STR_NONE;
}

void wh_log_print_extract_json(const struct wh_log_entry *entry, struct wh_paper *paper)
{
    json_t *line = source_image(entry);
    wh_json_put(&line, WH_EXTRACT_PLACE, wh_json_text(entry->place));
    wh_json_put(&line, WH_EXTRACT_REASON, wh_json_text(reason_of(entry)));
    wh_json_print(line, false, paper);
}

void wh_log_print_extract_csv_head(const struct wh_log_entry *entry, struct wh_paper *paper)
{
    for (size_t i = 0; i < entry->schema->source_count; i++) {
        print_cell(paper, entry->schema->source_names[i]);
        wh_paper_put(paper, WH_STR(","));
    }
    wh_paper_put(paper, WH_STR(WH_EXTRACT_PLACE "," WH_EXTRACT_REASON "\r\n"));
}

void wh_log_print_extract_csv(const struct wh_log_entry *entry, struct wh_paper *paper)
{
    for (size_t i = 0; i < entry->schema->source_count; i++) {
        print_cell(paper, entry->logged.source[i]);
        wh_paper_put(paper, WH_STR(","));
    }
    print_cell(paper, entry->place);
    print_next_cell(paper, reason_of(entry));
    wh_paper_put(paper, WH_STR("\r\n"));
}

void wh_log_print_csv_head(struct wh_paper *paper)
{
    wh_paper_put(paper, WH_STR("run,at,item,key,status,place,stage,rule,column,message,sqlstate,"
                               "source,before,after,wanted\r\n"));
}

/** What entries and failures have in common; @p failure may be NULL. */
static void print_start(const struct wh_failure_record *about,
                        const struct wh_failure_record *failure, struct wh_paper *paper)
{
    static const struct wh_failure_record nothing = {.run = 0};
    char room[WH_TEXT_SIZE];
    wh_paper_printf(paper, "%lld,%s", (long long)about->run, wh_text_iso_time(about->at, room));
    print_next_cell(paper, about->item);
    print_next_cell(paper, about->key);
    print_next_cell(paper, wh_str_from(wh_item_status_name(about->status)));
    print_next_cell(paper, about->place);
    failure = failure != NULL ? failure : &nothing;
    print_next_cell(paper, failure->stage);
    print_next_cell(paper, failure->rule);
    print_next_cell(paper, failure->column);
    print_next_cell(paper, failure->message);
    print_next_cell(paper, failure->sqlstate);
}

void wh_log_print_csv(const struct wh_log_entry *entry, struct wh_paper *paper)
{
    struct wh_failure_record about = {.run = entry->run,
                                      .at = entry->at,
                                      .item = entry->item,
                                      .key = entry->logged.key,
                                      .status = entry->logged.status,
                                      .place = entry->place};
    print_start(&about, entry->failure, paper);
    print_json_cell(paper, source_image(entry));
    print_json_cell(paper, target_image(entry, entry->logged.before));
    bool is_wanted = wh_log_is_wanted(entry);
    print_json_cell(paper, target_image(entry, is_wanted ? NULL : entry->logged.after));
    print_json_cell(paper, target_image(entry, is_wanted ? entry->logged.after : NULL));
    wh_paper_put(paper, WH_STR("\r\n"));
}

void wh_log_print_failure_csv(const struct wh_failure_record *failure, struct wh_paper *paper)
{
    print_start(failure, failure, paper);
    print_next_cell(paper, failure->values);
    wh_paper_put(paper, WH_STR(",,,\r\n"));
}
