/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"
#include "report/hints.h"
#include "report/log_forms.h"
#include "report/table.h"
#include "report/text.h"

enum { IMAGE_COLUMNS = 5 /* a mark, the name, source, before, after */ };

/** The images of one entry as a table: a column for each image that there is. */
struct image_table {
    const struct wh_log_entry *entry;
    bool has_targets;
    struct wh_table_column columns[IMAGE_COLUMNS + 1];
    struct wh_table table;
    struct wh_arena arena; /* of values in quotes */
};

/** NULL, the text 'NULL', the empty text and spaces at an end: what would look like something else
 *  stands in quotes. */
static bool needs_quotes(struct wh_str value)
{
    return value.len == 0 || value.ptr[0] == ' ' || value.ptr[value.len - 1] == ' ' ||
           value.ptr[0] == '\'' || wh_str_is(value, "NULL");
}

static struct wh_cell value_cell(struct image_table *images, const struct wh_str *image,
                                 size_t column)
{
    if (image == NULL || column == SIZE_MAX)
        return (struct wh_cell){.text = WH_STR_NONE};
    struct wh_str value = image[column];
    if (value.ptr == NULL)
        return (struct wh_cell){.text = WH_STR("NULL"), .ink = WH_INK_DIM};
    char *quoted = needs_quotes(value) ? wh_arena_bytes(&images->arena, value.len + 2) : NULL;
    if (quoted == NULL)
        return (struct wh_cell){.text = value};
    quoted[0] = '\'';
    memcpy(quoted + 1, value.ptr, value.len);
    quoted[value.len + 1] = '\'';
    return (struct wh_cell){.text = wh_str_make(quoted, value.len + 2)};
}

static size_t column_named(const struct wh_str *names, size_t count, struct wh_str name)
{
    for (size_t column = 0; column < count; column++)
        if (wh_str_equal(names[column], name))
            return column;
    return SIZE_MAX;
}

/** The source column that stands beside a target: what it reads alone, or the one of its name, or
 *  one in another letter case: headers of files are seldom lower case. Not one that has the very
 *  name of another target, as it stands beside that. */
static size_t source_of(const struct wh_segment_schema *schema, size_t target)
{
    if (schema->plain_sources != NULL && schema->plain_sources[target] != SIZE_MAX)
        return schema->plain_sources[target];
    struct wh_str name = schema->target_names[target];
    size_t exact = column_named(schema->source_names, schema->source_count, name);
    if (exact != SIZE_MAX)
        return exact;
    for (size_t source = 0; source < schema->source_count; source++)
        if (wh_str_equal_ascii_fold(schema->source_names[source], name) &&
            column_named(schema->target_names, schema->target_count,
                         schema->source_names[source]) == SIZE_MAX)
            return source;
    return SIZE_MAX;
}

static void image_table_init(struct image_table *images, const struct wh_log_entry *entry)
{
    const struct wh_segment_item *logged = &entry->logged;
    size_t count = 0;
    *images = (struct image_table){.entry = entry,
                                   .has_targets = logged->before != NULL || logged->after != NULL};
    images->columns[count++] = (struct wh_table_column){.title = ""};
    images->columns[count++] = (struct wh_table_column){.title = "column"};
    if (logged->source != NULL)
        images->columns[count++] = (struct wh_table_column){.title = "source", .may_shrink = true};
    if (logged->before != NULL)
        images->columns[count++] = (struct wh_table_column){.title = "before", .may_shrink = true};
    if (logged->after != NULL)
        images->columns[count++] = (struct wh_table_column){
            .title = wh_log_is_wanted(entry) ? "wanted" : "after", .may_shrink = true};
    images->columns[count] = (struct wh_table_column){.title = NULL};
    wh_table_init(&images->table, images->columns, 0);
    wh_arena_init(&images->arena);
}

/** One row; SIZE_MAX for a source or target that it has not. */
static void add_row(struct image_table *images, struct wh_str name, size_t source, size_t target)
{
    const struct wh_segment_item *logged = &images->entry->logged;
    bool is_changed = target != SIZE_MAX && logged->before != NULL && logged->after != NULL &&
                      !wh_str_equal_or_null(logged->before[target], logged->after[target]);
    struct wh_cell cells[IMAGE_COLUMNS] = {{.text = is_changed ? WH_STR(" *") : WH_STR("  ")},
                                           {.text = name}};
    size_t count = 2;
    if (logged->source != NULL)
        cells[count++] = value_cell(images, logged->source, source);
    if (logged->before != NULL) {
        cells[count] = value_cell(images, logged->before, target);
        cells[count].ink = is_changed ? WH_INK_BAD : cells[count].ink;
        count++;
    }
    if (logged->after != NULL) {
        cells[count] = value_cell(images, logged->after, target);
        cells[count].ink = is_changed ? WH_INK_GOOD : cells[count].ink;
    }
    wh_table_add(&images->table, cells);
}

/** Source, before and after side by side: the destination's columns, then what else was read. */
static void add_rows(struct image_table *images, bool *is_shown)
{
    const struct wh_segment_schema *schema = images->entry->schema;
    if (images->has_targets)
        for (size_t target = 0; target < schema->target_count; target++) {
            size_t source = source_of(schema, target);
            if (source != SIZE_MAX)
                is_shown[source] = true;
            add_row(images, schema->target_names[target], source, target);
        }
    if (images->entry->logged.source == NULL)
        return;
    for (size_t source = 0; source < schema->source_count; source++)
        if (!is_shown[source])
            add_row(images, schema->source_names[source], source, SIZE_MAX);
}

static void print_images(const struct wh_log_entry *entry, struct wh_paper *paper)
{
    struct image_table images;
    image_table_init(&images, entry);
    bool *is_shown = wh_arena_array(&images.arena, entry->schema->source_count, sizeof *is_shown);
    if (is_shown != NULL)
        add_rows(&images, is_shown);
    else if (paper->error.code == WH_OK)
        wh_error_no_memory(&paper->error, entry->schema->source_count);
    wh_table_print(&images.table, paper);
    wh_table_release(&images.table);
    wh_arena_release(&images.arena);
}

static void print_rules(const struct wh_log_entry *entry, struct wh_paper *paper)
{
    for (size_t rule = 0; rule < entry->schema->rule_count; rule++) {
        if (!wh_segment_touched(entry->segment, rule, entry->ordinal))
            continue;
        wh_paper_put(paper, WH_STR("  touched by rule '"));
        wh_paper_put_data(paper, entry->schema->rule_names[rule]);
        wh_paper_put(paper, WH_STR("'\n"));
    }
}

static void print_failure(const struct wh_failure_record *failure, struct wh_paper *paper)
{
    wh_paper_put(paper, WH_STR("  "));
    wh_paper_ink(paper, WH_INK_WARN);
    wh_report_refusal(&(struct wh_refusal){.status = failure->status,
                                           .stage = failure->stage,
                                           .rule = failure->rule,
                                           .column = failure->column},
                      paper);
    wh_paper_ink(paper, WH_INK_PLAIN);
    wh_paper_put(paper, WH_STR("\n  "));
    wh_paper_put_data(paper, failure->message);
    if (failure->sqlstate.len > 0) {
        wh_paper_put(paper, WH_STR(" (SQLSTATE "));
        wh_paper_put_data(paper, failure->sqlstate);
        wh_paper_put(paper, WH_STR(")"));
    }
    wh_paper_put(paper, WH_STR("\n"));
}

void wh_log_print_history(const struct wh_log_entry *entry, struct wh_paper *paper)
{
    char room[WH_TEXT_SIZE];
    enum wh_item_status status = entry->logged.status;
    wh_paper_ink(paper, WH_INK_BOLD);
    wh_paper_put_data(paper, entry->item);
    wh_paper_put(paper, WH_STR(" "));
    wh_paper_put_data(paper,
                      entry->logged.key.ptr != NULL ? entry->logged.key : WH_STR("(no key)"));
    wh_paper_ink(paper, WH_INK_PLAIN);
    wh_paper_printf(paper, ", run %lld, %s UTC: ", (long long)entry->run,
                    wh_text_time(entry->at, room));
    wh_paper_ink(paper, wh_status_ink(status));
    wh_paper_printf(paper, "%s", wh_item_status_name(status));
    wh_paper_ink(paper, WH_INK_PLAIN);
    if (entry->place.len > 0) {
        wh_paper_put(paper, WH_STR(", from "));
        wh_paper_put_data(paper, entry->place);
    }
    wh_paper_put(paper, WH_STR("\n"));
    if (wh_log_remark(entry).ptr != NULL) {
        wh_paper_put(paper, WH_STR("  "));
        wh_paper_put(paper, wh_log_remark(entry));
        wh_paper_put(paper, WH_STR("\n"));
    }
    if (entry->failure != NULL)
        print_failure(entry->failure, paper);
    print_rules(entry, paper);
    print_images(entry, paper);
}
