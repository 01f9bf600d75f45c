/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that state what is to be done rather than how: `tidy`, `map_values` and `keep: most
 * complete` become the expressions that somebody would have written, or maps of values, once the
 * source's columns are known. */
#include "plan/tidy.h"

#include "base/error.h"
#include "convert/ast.h"
#include "plan/value_file.h"
#include "rules/value_map.h"
#include "sql/quote.h"

#define MAX_TEXT (16u << 20)

/* What trim takes away, as a literal. */
#define BLANKS "E' \\t\\n\\r\\f\\x0b'"

/** Appends the step's expression over @p inner. */
typedef wh_code step_function(struct wh_buf *out, struct wh_str inner, struct wh_error *err);

static wh_code append_trim(struct wh_buf *out, struct wh_str inner, struct wh_error *err)
{
    return wh_buf_printf(out, err, "btrim(%.*s, " BLANKS ")", WH_FMT(inner));
}

static wh_code append_null_if_blank(struct wh_buf *out, struct wh_str inner, struct wh_error *err)
{
    return wh_buf_printf(out, err, "CASE WHEN btrim(%.*s, " BLANKS ") = '' THEN NULL ELSE %.*s END",
                         WH_FMT(inner), WH_FMT(inner));
}

static wh_code append_lower(struct wh_buf *out, struct wh_str inner, struct wh_error *err)
{
    return wh_buf_printf(out, err, "lower(%.*s)", WH_FMT(inner));
}

static wh_code append_upper(struct wh_buf *out, struct wh_str inner, struct wh_error *err)
{
    return wh_buf_printf(out, err, "upper(%.*s)", WH_FMT(inner));
}

static wh_code append_initcap(struct wh_buf *out, struct wh_str inner, struct wh_error *err)
{
    return wh_buf_printf(out, err, "initcap(%.*s)", WH_FMT(inner));
}

static wh_code append_strip_control(struct wh_buf *out, struct wh_str inner, struct wh_error *err)
{
    return wh_buf_printf(out, err, "strip_control(%.*s)", WH_FMT(inner));
}

static wh_code append_nfc(struct wh_buf *out, struct wh_str inner, struct wh_error *err)
{
    return wh_buf_printf(out, err, "normalize(%.*s, NFC)", WH_FMT(inner));
}

static wh_code append_nfkc(struct wh_buf *out, struct wh_str inner, struct wh_error *err)
{
    return wh_buf_printf(out, err, "normalize(%.*s, NFKC)", WH_FMT(inner));
}

static const struct step {
    const char *name;
    step_function *append;
} steps[] = {{"trim", append_trim},
             {"null_if_blank", append_null_if_blank},
             {"strip_control", append_strip_control},
             {"lower", append_lower},
             {"upper", append_upper},
             {"initcap", append_initcap},
             {"nfc", append_nfc},
             {"nfkc", append_nfkc}};

static const struct step *find_step(struct wh_str name)
{
    for (size_t i = 0; i < WH_COUNT_OF(steps); i++)
        if (wh_str_is(name, steps[i].name))
            return &steps[i];
    return NULL;
}

wh_code wh_tidy_check(const struct wh_clean_definition *rule, struct wh_error *err)
{
    for (size_t i = 0; i < rule->tidy_count; i++) {
        const struct wh_expr_text *step = &rule->tidy[i];
        bool is_repeated = false;
        for (size_t j = 0; j < i; j++)
            is_repeated = is_repeated || wh_str_equal(rule->tidy[j].text, step->text);
        if (find_step(step->text) != NULL && !is_repeated)
            continue;
        wh_error_set(err, WH_INVALID,
                     is_repeated ? "'tidy' has '%.*s' twice"
                                 : "'tidy' has no step '%.*s'; its steps are trim, null_if_blank, "
                                   "strip_control, lower, upper, initcap, nfc, nfkc",
                     WH_FMT(step->text));
        return wh_error_at(err, WH_INVALID, step->line, step->column);
    }
    return WH_OK;
}

/* ---- expressions ----------------------------------------------------------------------------- */

/* "name" with all steps applied to it, the first one innermost. */
static wh_code tidy_expression(const struct wh_clean_definition *rule, struct wh_str name,
                               struct wh_arena *arena, struct wh_str *ret, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf text;
    wh_buf_init(&text, MAX_TEXT);
    WH_TRY(wh_sql_append_name(&text, name, err));
    WH_TRY(wh_arena_copy(arena, wh_buf_str(&text), ret, err));
    for (size_t i = 0; i < rule->tidy_count; i++) {
        wh_buf_reset(&text);
        WH_TRY(find_step(rule->tidy[i].text)->append(&text, *ret, err));
        WH_TRY(wh_arena_copy(arena, wh_buf_str(&text), ret, err));
    }
    return WH_OK;
}

/* A copy of @p text in *ret, if it is no longer than an expression may be. */
static wh_code keep_expression(const struct wh_buf *text, const char *rule, struct wh_arena *arena,
                               struct wh_str *ret, struct wh_error *err)
{
    if (text->len > WH_EXPR_MAX_BYTES)
        return wh_error_set(err, WH_INVALID,
                            "%s comes to an expression of %zu bytes, and %zu are the limit", rule,
                            text->len, WH_EXPR_MAX_BYTES);
    return wh_arena_copy(arena, wh_buf_str(text), ret, err);
}

static wh_code append_literal(struct wh_buf *text, struct wh_str value, struct wh_error *err)
{
    return value.ptr == NULL ? wh_buf_append_str(text, WH_STR("NULL"), err)
                             : wh_sql_append_text(text, value, err);
}

/* CASE "name" WHEN '1' THEN '10' … ELSE "name" END: for columns that are no text. */
static wh_code case_expression(struct wh_str name, const struct wh_mapping_definition *mapping,
                               struct wh_arena *arena, struct wh_str *ret, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf text;
    wh_buf_init(&text, MAX_TEXT);
    WH_TRY(wh_buf_append_str(&text, WH_STR("CASE "), err));
    WH_TRY(wh_sql_append_name(&text, name, err));
    for (size_t i = 0; i < mapping->pair_count; i++) {
        WH_TRY(wh_buf_append_str(&text, WH_STR(" WHEN "), err));
        WH_TRY(append_literal(&text, mapping->pairs[i].from, err));
        WH_TRY(wh_buf_append_str(&text, WH_STR(" THEN "), err));
        WH_TRY(append_literal(&text, mapping->pairs[i].to, err));
    }
    WH_TRY(wh_buf_append_str(&text, WH_STR(" ELSE "), err));
    WH_TRY(wh_sql_append_name(&text, name, err));
    WH_TRY(wh_buf_append_str(&text, WH_STR(" END"), err));
    return keep_expression(&text, "'map_values' of one column", arena, ret, err);
}

/* How many of the record's values there are; an empty text is none. */
static wh_code completeness(const struct wh_table_info *table, struct wh_arena *arena,
                            struct wh_str *ret, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf text;
    wh_buf_init(&text, MAX_TEXT);
    for (size_t i = 0; i < table->column_count; i++) {
        bool is_text = table->columns[i].type.kind == WH_KIND_TEXT;
        WH_TRY(wh_buf_append_str(&text, i == 0 ? WH_STR("num_nonnulls(") : WH_STR(", "), err));
        WH_TRY(wh_buf_append_str(&text, is_text ? WH_STR("nullif(") : WH_STR(""), err));
        WH_TRY(wh_sql_append_name(&text, table->columns[i].name, err));
        WH_TRY(wh_buf_append_str(&text, is_text ? WH_STR(", '')") : WH_STR(""), err));
    }
    WH_TRY(wh_buf_append_str(&text, WH_STR(")"), err));
    return keep_expression(&text, "'most complete' of so many columns", arena, ret, err);
}

/* ---- rules ----------------------------------------------------------------------------------- */

/* The columns that are named, or all of text. */
static wh_code list_columns(const struct wh_table_info *table, struct wh_arena *arena,
                            struct wh_clean_definition *rule, struct wh_error *err)
{
    size_t most = WH_MAX(table->column_count, rule->column_count);
    rule->sets = wh_arena_array(arena, WH_MAX(most, 1), sizeof(*rule->sets));
    if (rule->sets == NULL)
        return wh_error_no_memory(err, most * sizeof(*rule->sets));
    for (size_t i = 0; i < rule->column_count; i++)
        rule->sets[rule->set_count++].column = rule->columns[i];
    for (size_t i = 0; i < table->column_count && rule->column_count == 0; i++)
        if (table->columns[i].type.kind == WH_KIND_TEXT)
            rule->sets[rule->set_count++].column =
                (struct wh_expr_text){.text = table->columns[i].name,
                                      .line = rule->tidy[0].line,
                                      .column = rule->tidy[0].column};
    return WH_OK;
}

wh_code wh_tidy_begin(const struct wh_table_info *table, struct wh_arena *arena,
                      struct wh_clean_definition *rule, struct wh_error *err)
{
    if (rule->tidy_count > 0)
        return list_columns(table, arena, rule, err);
    if (!rule->keeps_most_complete)
        return WH_OK;
    rule->keep_value.line = rule->duplicates[0].line;
    rule->keep_value.column = rule->duplicates[0].column;
    wh_code rc = completeness(table, arena, &rule->keep_value.text, err);
    return rc == WH_OK ? rc : wh_error_at(err, rc, rule->keep_value.line, rule->keep_value.column);
}

/* Pairs that a file has, or those that are stated, as a map. */
static wh_code make_map(const struct wh_making *making, enum wh_unmatched unmatched,
                        struct wh_assignment_definition *set, struct wh_error *err)
{
    const struct wh_mapping_definition *mapping = set->mapping;
    struct wh_value_pair *pairs = mapping->pairs;
    size_t count = mapping->pair_count;
    struct wh_value_map *map = NULL;
    if (mapping->file.text.ptr == NULL) {
        WH_TRY(wh_value_map_make(pairs, count, unmatched, making->arena, &map, err));
        set->map = map;
        return WH_OK;
    }
    wh_code rc = wh_value_file_read(making->plan, mapping, making->arena, &pairs, &count, err);
    if (rc == WH_OK)
        rc = wh_value_map_make(pairs, count, unmatched, making->arena, &map, err);
    set->map = map;
    return rc == WH_OK ? WH_OK
                       : wh_error_prefix(err, wh_at(rc, mapping->file, err), "values of '%.*s'",
                                         WH_FMT(mapping->file.text));
}

/* A column of text has its values looked up; of others a CASE knows how they compare. */
static wh_code finish_mapping(const struct wh_making *making, enum wh_unmatched unmatched,
                              struct wh_assignment_definition *set, struct wh_error *err)
{
    const struct wh_table_info *table = &making->item->source_table;
    size_t column = wh_table_find_column(table, set->column.text);
    const struct wh_type *type = &table->columns[column].type;
    if (type->kind == WH_KIND_TEXT) {
        WH_CLEANUP(wh_buf_release) struct wh_buf text;
        wh_buf_init(&text, MAX_TEXT);
        WH_TRY(wh_sql_append_name(&text, set->column.text, err));
        WH_TRY(wh_arena_copy(making->arena, wh_buf_str(&text), &set->value.text, err));
        return make_map(making, unmatched, set, err);
    }
    char room[WH_TYPE_NAME_SIZE];
    if (set->mapping->file.text.ptr != NULL || unmatched != WH_UNMATCHED_KEEP)
        return wh_place_error(set->column, err,
                              "'map_values' from a file and 'unmatched' are for columns of text, "
                              "and '%.*s' is of type %s; write a CASE in 'set' or 'map'",
                              WH_FMT(set->column.text), wh_type_name(*type, room));
    return wh_at(
        case_expression(set->column.text, set->mapping, making->arena, &set->value.text, err),
        set->column, err);
}

wh_code wh_tidy_finish(const struct wh_making *making, const struct wh_clean_definition *rule,
                       struct wh_error *err)
{
    for (size_t i = 0; i < rule->set_count; i++) {
        struct wh_assignment_definition *set = &rule->sets[i];
        if (rule->tidy_count > 0) {
            set->value.line = rule->tidy[0].line;
            set->value.column = rule->tidy[0].column;
            WH_TRY(tidy_expression(rule, set->column.text, making->arena, &set->value.text, err));
        } else if (set->mapping != NULL) {
            WH_TRY(finish_mapping(making, rule->unmatched, set, err));
        }
    }
    return WH_OK;
}
