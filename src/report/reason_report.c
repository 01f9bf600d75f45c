/* SPDX-License-Identifier: Apache-2.0 */
#include "report/reason_report.h"

#include "report/hints.h"
#include "report/text.h"

enum { REASONS_SHOWN = 12 /* of an item type; --json has all */ };

/* ---- text ------------------------------------------------------------------------------------ */

static void print_example(const struct wh_reason_count *reason, struct wh_paper *paper)
{
    bool has_place = reason->example_place.len > 0;
    bool has_key = reason->example_key.ptr != NULL;
    wh_paper_indent(paper, 10);
    wh_paper_ink(paper, WH_INK_DIM);
    wh_paper_put_data(paper, reason->example_place);
    if (has_key) {
        wh_paper_put(paper, has_place ? WH_STR(", key ") : WH_STR("key "));
        wh_paper_put_data(paper, reason->example_key);
    }
    if (has_place || has_key)
        wh_paper_put(paper, WH_STR(": "));
    wh_paper_ink(paper, WH_INK_PLAIN);
    wh_paper_put_data(paper, reason->example_message);
    wh_paper_put(paper, WH_STR("\n"));
}

static void print_reason(const struct wh_reason_count *reason, struct wh_paper *paper)
{
    char room[WH_TEXT_SIZE];
    wh_paper_printf(paper, "%8s  ", wh_text_count(reason->items, room));
    wh_paper_ink(paper, WH_INK_WARN);
    wh_report_refusal(&(struct wh_refusal){.status = reason->status,
                                           .stage = reason->stage,
                                           .rule = reason->rule,
                                           .column = reason->column,
                                           .sqlstate = reason->sqlstate},
                      paper);
    wh_paper_ink(paper, WH_INK_PLAIN);
    wh_paper_put(paper, WH_STR("\n"));
    print_example(reason, paper);
}

void wh_report_reasons(const struct wh_refused_items *refused, struct wh_paper *paper)
{
    if (refused->reason_count == 0)
        return;
    char room[WH_TEXT_SIZE];
    wh_paper_put(paper, WH_STR("\n"));
    wh_paper_put_data(paper, refused->item);
    wh_paper_printf(paper, ": %s refused, each logged with its values\n",
                    wh_text_count(refused->counts->rejected + refused->counts->failed, room));
    size_t shown = WH_MIN(refused->reason_count, (size_t)REASONS_SHOWN);
    for (size_t reason = 0; reason < shown; reason++)
        print_reason(&refused->reasons[reason], paper);
    if (shown < refused->reason_count)
        wh_paper_line(paper, WH_INK_DIM, "          and %zu more kinds of reason",
                      refused->reason_count - shown);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static json_t *reason_json(const struct wh_reason_count *reason)
{
    json_t *example = json_object();
    wh_json_put(&example, "place", wh_json_text(reason->example_place));
    wh_json_put(&example, "key", wh_json_text(reason->example_key));
    wh_json_put(&example, "message", wh_json_text(reason->example_message));
    json_t *object = json_object();
    wh_json_put(&object, "status", json_string(wh_item_status_name(reason->status)));
    wh_json_put(&object, "stage", wh_json_text(reason->stage));
    wh_json_put(&object, "rule", wh_json_text(reason->rule));
    wh_json_put(&object, "column", wh_json_text(reason->column));
    wh_json_put(&object, "sqlstate", wh_json_text(reason->sqlstate));
    wh_json_put(&object, "items", wh_json_count(reason->items));
    wh_json_put(&object, "example", example);
    return object;
}

json_t *wh_report_reasons_json(const struct wh_reason_count *reasons, size_t count)
{
    json_t *list = json_array();
    for (size_t at = 0; at < count; at++)
        wh_json_add(&list, reason_json(&reasons[at]));
    return list;
}
