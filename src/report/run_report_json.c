/* SPDX-License-Identifier: Apache-2.0 */
#include "report/json.h"
#include "report/reason_report.h"
#include "report/rule_report.h"
#include "report/run_report.h"

static json_t *texts_json(const struct wh_str *texts, size_t count)
{
    json_t *list = json_array();
    for (size_t at = 0; at < count; at++)
        wh_json_add(&list, wh_json_text(texts[at]));
    return list;
}

static json_t *item_json(const struct wh_item_result *item)
{
    json_t *object = json_object();
    wh_json_put(&object, "item", wh_json_text(item->name));
    wh_json_put(&object, "into", wh_json_text(item->into));
    wh_json_put(&object, "counts", wh_json_counts(&item->counts));
    wh_json_put(&object, "sum_closes", json_boolean(item->sum_closes));
    wh_json_put(&object, "vanished", wh_json_count(item->vanished));
    wh_json_put(&object, "put_back", wh_json_count(item->put_back));
    wh_json_put(&object, "ignored", wh_json_count(item->ignored));
    wh_json_put(&object, "left_alone", wh_json_count(item->left_alone));
    wh_json_put(&object, "missing_keys", texts_json(item->missing_keys, item->missing_key_count));
    wh_json_put(&object, "numbers", wh_json_text(item->numbers));
    wh_json_put(&object, "read_now", wh_json_count(item->read_now));
    wh_json_put(&object, "source_bytes", wh_json_count(item->source_bytes));
    wh_json_put(&object, "survey_seconds", wh_json_seconds(item->survey_seconds));
    wh_json_put(&object, "conversion_cpu_seconds", wh_json_seconds(item->conversion_seconds));
    wh_json_put(&object, "seconds", wh_json_seconds(item->seconds));
    wh_json_put(&object, "reasons", wh_report_reasons_json(item->reasons, item->reason_count));
    wh_json_put(&object, "rules", wh_report_rules_json(item));
    return object;
}

void wh_report_run_json(const struct wh_run_report *report, struct wh_paper *paper)
{
    const struct wh_run_result *result = report->result;
    json_t *items = json_array();
    for (size_t item = 0; item < result->item_count; item++)
        wh_json_add(&items, item_json(&result->items[item]));
    json_t *document = wh_json_document("run");
    wh_json_put(&document, "migration", wh_json_text(report->migration));
    wh_json_put(&document, "run", result->run != 0 ? json_integer(result->run) : json_null());
    const char *state = result->run != 0     ? wh_run_state_name(result->state)
                        : result->is_dry_run ? "dry run"
                                             : "rehearsal";
    wh_json_put(&document, "state", json_string(state));
    wh_json_put(&document, "resumed", json_boolean(result->resumed));
    wh_json_put(&document, "partial", json_boolean(report->is_partial));
    wh_json_put(&document, "dry_run", json_boolean(result->is_dry_run));
    wh_json_put(&document, "rehearsal", json_boolean(result->is_rehearsal));
    wh_json_put(&document, "reason", wh_json_text(result->reason));
    wh_json_put(&document, "workers", json_integer(result->workers));
    wh_json_put(&document, "seconds", wh_json_seconds(result->seconds));
    if (result->paused_seconds > 0)
        wh_json_put(&document, "paused_seconds", wh_json_seconds(result->paused_seconds));
    wh_json_put(&document, "total", wh_json_counts(&result->total));
    wh_json_put(&document, "sum_closes", json_boolean(wh_report_sums_close(result)));
    wh_json_put(&document, "items", items);
    if (result->trace.len > 0)
        wh_json_put(&document, "trace", wh_json_text(wh_buf_str(&result->trace)));
    wh_json_put(&document, "exit_code", json_integer(report->exit_code));
    wh_json_put(&document, "error",
                report->error->code == WH_OK ? json_null() : wh_json_error(report->error));
    wh_json_print(document, true, paper);
}
