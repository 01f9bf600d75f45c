/* SPDX-License-Identifier: Apache-2.0 */
#include "report/catalog_report.h"

#include "report/json.h"

/* ---- text ----------------------------------------------------------------------------------- */

static void print_entry(const struct wh_catalog_entry *entry, struct wh_paper *paper)
{
    wh_paper_printf(paper, "  ");
    wh_paper_line(paper, WH_INK_BOLD, "%s", entry->signature);
    wh_paper_printf(paper, "      %s%s\n", entry->help, entry->is_own ? "; wherry's own" : "");
    wh_paper_printf(paper, "      %s", entry->example);
    wh_paper_ink(paper, WH_INK_DIM);
    wh_paper_put(paper, WH_STR("  is  "));
    wh_paper_ink(paper, entry->answer != NULL ? WH_INK_GOOD : WH_INK_DIM);
    if (entry->answer == NULL || entry->answer[0] == '\0')
        wh_paper_put(paper, entry->answer == NULL ? WH_STR("NULL") : WH_STR("''"));
    else
        wh_paper_put_data(paper, wh_str_from(entry->answer));
    wh_paper_ink(paper, WH_INK_PLAIN);
    wh_paper_put(paper, WH_STR("\n"));
}

static size_t print_subject(const struct wh_catalog_filter *filter,
                            const struct wh_catalog_subject *subject, bool is_first,
                            struct wh_paper *paper)
{
    size_t count = 0;
    for (const struct wh_catalog_entry *entry = subject->entries; entry->name != NULL; entry++) {
        if (!wh_catalog_matches(filter, subject, entry))
            continue;
        if (count++ == 0)
            wh_paper_printf(paper, "%s%s\n\n", is_first ? "" : "\n", subject->title);
        print_entry(entry, paper);
    }
    return count;
}

void wh_report_catalog_text(const struct wh_catalog_filter *filter, struct wh_paper *paper)
{
    size_t count = 0;
    for (const struct wh_catalog_subject *subject = wh_catalog(); subject->title != NULL; subject++)
        count += print_subject(filter, subject, count == 0, paper);
}

/* ---- JSON ----------------------------------------------------------------------------------- */

static void add_signature(void *ctx, const struct wh_signature *signature)
{
    json_t **list = ctx;
    json_t *arguments = json_array();
    json_t *literals = json_array();
    for (size_t i = 0; i < signature->count; i++) {
        wh_json_add(&arguments, json_string(signature->arguments[i]));
        if ((signature->literals >> i & 1) != 0)
            wh_json_add(&literals, json_integer((json_int_t)i + 1));
    }
    json_t *object = json_object();
    wh_json_put(&object, "arguments", arguments);
    wh_json_put(&object, "repeats_last", json_boolean(signature->repeats_last));
    wh_json_put(&object, "literals", literals);
    wh_json_put(&object, "result", json_string(signature->result));
    wh_json_put(&object, "insert_only", json_boolean(signature->is_volatile));
    wh_json_put(&object, "implicit", json_boolean(signature->is_implicit));
    wh_json_put(&object, "assignment", json_boolean(signature->is_assignment));
    wh_json_add(list, object);
}

static json_t *example_json(const struct wh_catalog_entry *entry)
{
    json_t *object = json_object();
    wh_json_put(&object, "expression", json_string(entry->example));
    wh_json_put(&object, "type", json_string(entry->type));
    wh_json_put(&object, "answer",
                entry->answer != NULL ? json_string(entry->answer) : json_null());
    return object;
}

static json_t *entry_json(const struct wh_catalog_subject *subject,
                          const struct wh_catalog_entry *entry)
{
    static const char *const kinds[] = {[WH_CATALOG_FUNCTION] = "function",
                                        [WH_CATALOG_OPERATOR] = "operator",
                                        [WH_CATALOG_CAST] = "cast",
                                        [WH_CATALOG_FORM] = "form"};
    json_t *signatures = json_array();
    wh_catalog_signatures(subject, entry, add_signature, &signatures);
    json_t *object = json_object();
    wh_json_put(&object, "name", json_string(entry->name));
    wh_json_put(&object, "kind", json_string(kinds[wh_catalog_kind(subject, entry)]));
    wh_json_put(&object, "subject", json_string(subject->title));
    wh_json_put(&object, "signature", json_string(entry->signature));
    wh_json_put(&object, "meaning", json_string(entry->help));
    wh_json_put(&object, "from", json_string(entry->is_own ? "wherry" : "postgresql"));
    wh_json_put(&object, "example", example_json(entry));
    wh_json_put(&object, "signatures", signatures);
    return object;
}

void wh_report_catalog_json(const struct wh_catalog_filter *filter, struct wh_paper *paper)
{
    json_t *functions = json_array();
    for (const struct wh_catalog_subject *subject = wh_catalog(); subject->title != NULL;
         subject++) {
        for (const struct wh_catalog_entry *entry = subject->entries; entry->name != NULL;
             entry++) {
            if (wh_catalog_matches(filter, subject, entry))
                wh_json_add(&functions, entry_json(subject, entry));
        }
    }
    json_t *document = wh_json_document("functions");
    wh_json_put(&document, "functions", functions);
    wh_json_print(document, true, paper);
}
