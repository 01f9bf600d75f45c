/* SPDX-License-Identifier: Apache-2.0 */
/** Whether a table's first record names its columns. */
#include "base/error.h"
#include "format/csv_detect_internal.h"

/* Records that are looked at. */
#define MAX_ROWS 200

/* Longer ones are no names. */
#define MAX_NAME 64

/* What speaks for a header and what against one. */
struct votes {
    size_t typed_below;  /* a text above numbers or times */
    size_t typed_itself; /* a number or time above such */
    size_t repeated;     /* a text that stands in its column again */
    size_t names;        /* cells that look like names */
    size_t words;        /* cells with a word that columns are often named with */
    size_t second_text;  /* columns in which the second record is a text above numbers, too */
    size_t cells;
};

/* One column. */
struct column_tally {
    size_t typed;
    size_t filled;
    size_t repeated;
    size_t later_typed; /* behind the second record */
    size_t later_filled;
};

static const char *const name_words[] = {
    "id",     "name",        "key",     "code",     "date",    "type",    "title",  "value",
    "city",   "country",     "email",   "mail",     "address", "phone",   "first",  "last",
    "status", "description", "text",    "note",     "notes",   "comment", "number", "nr",
    "no",     "amount",      "price",   "time",     "year",    "month",   "day",    "state",
    "street", "zip",         "region",  "category", "color",   "size",    "url",    "col",
    "column", "field",       "label",   "letter",   "word",    "user",    "group",  "count",
    "total",  "quantity",    "unit",    "slug",     "x",       "y",       "z",      "a",
    "b",      "c",           "vorname", "nachname", "ort",     "datum",   "betrag",
};

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte & 0x80) != 0;
}

static bool looks_like_name(struct wh_str cell)
{
    if (cell.len == 0 || cell.len > MAX_NAME || !(is_letter(cell.ptr[0]) || cell.ptr[0] == '_'))
        return false;
    return memchr(cell.ptr, '\n', cell.len) == NULL && memchr(cell.ptr, '@', cell.len) == NULL;
}

/* Whether one of the cell's words is one that columns are named with. */
static bool has_name_word(struct wh_str cell)
{
    size_t start = 0;
    for (size_t i = 0; i <= cell.len; i++) {
        if (i < cell.len && is_letter(cell.ptr[i]))
            continue;
        struct wh_str word = wh_str_make(cell.ptr + start, i - start);
        for (size_t k = 0; k < WH_COUNT_OF(name_words); k++) {
            if (wh_str_equal_ascii_fold(word, wh_str_from(name_words[k])))
                return true;
        }
        start = i + 1;
    }
    return false;
}

static bool is_typed(enum wh_csv_look look)
{
    return look == WH_CSV_LOOK_NUMBER || look == WH_CSV_LOOK_TIME;
}

static void add_cell(struct column_tally *tally, struct wh_str first, struct wh_str cell,
                     bool is_second)
{
    enum wh_csv_look look = wh_csv_look_of(cell);
    if (look == WH_CSV_LOOK_EMPTY || wh_str_is(cell, "\\N") || wh_str_is(cell, "NULL"))
        return;
    tally->filled++;
    tally->typed += is_typed(look);
    tally->repeated += look == WH_CSV_LOOK_TEXT && wh_str_equal(cell, first);
    tally->later_filled += !is_second;
    tally->later_typed += !is_second && is_typed(look);
}

static void vote(struct votes *votes, const struct column_tally *tally, struct wh_str first,
                 struct wh_str second)
{
    enum wh_csv_look look = wh_csv_look_of(first);
    bool is_typed_column = tally->filled > 0 && tally->typed * 10 >= tally->filled * 9;
    bool is_later_typed = tally->later_filled >= 2 && tally->later_typed == tally->later_filled;
    votes->typed_below += is_typed_column && look == WH_CSV_LOOK_TEXT;
    votes->typed_itself += is_typed_column && is_typed(look);
    votes->repeated += !is_typed_column && tally->repeated > 0;
    votes->names += looks_like_name(first) || first.len == 0;
    votes->words += has_name_word(first);
    votes->second_text +=
        is_later_typed && look == WH_CSV_LOOK_TEXT && wh_csv_look_of(second) == WH_CSV_LOOK_TEXT;
    votes->cells++;
}

static wh_code count_votes(const struct wh_csv_trial *trial, struct wh_str *first, size_t count,
                           struct wh_arena *scratch, struct votes *votes, struct wh_error *err)
{
    struct column_tally *tallies = wh_arena_array(scratch, count, sizeof(*tallies));
    struct wh_str *second = NULL;
    if (tallies == NULL)
        return wh_error_no_memory(err, count * sizeof(*tallies));
    memset(tallies, 0, count * sizeof(*tallies));
    size_t seen = 0;
    for (size_t i = trial->first + 1; i < trial->row_count && seen < MAX_ROWS; i++) {
        struct wh_str *cells;
        size_t cell_count;
        if (trial->rows[i].cells != trial->width)
            continue;
        WH_TRY(wh_csv_trial_cells(trial, i, scratch, &cells, &cell_count, err));
        for (size_t k = 0; k < count && k < cell_count; k++)
            add_cell(&tallies[k], first[k], cells[k], seen == 0);
        second = seen++ == 0 ? cells : second;
    }
    for (size_t k = 0; k < count; k++)
        vote(votes, &tallies[k], first[k], second != NULL ? second[k] : WH_STR(""));
    return WH_OK;
}

/* ---- deciding -------------------------------------------------------------------------------- */

static bool are_expected(const struct wh_option_list *expected, const struct wh_str *cells,
                         size_t count)
{
    for (size_t i = 0; i < expected->count; i++) {
        bool is_there = false;
        for (size_t k = 0; k < count; k++)
            is_there |= wh_str_equal(expected->items[i], cells[k]);
        if (!is_there)
            return false;
    }
    return expected->count > 0;
}

/* Sets the reason and the answer; false where it cannot be told. */
static bool decide(const struct votes *votes, bool is_alone, const char **ret_reason,
                   bool *ret_has_header)
{
    *ret_has_header = votes->typed_below > 0;
    if (votes->typed_below > 0 && votes->typed_itself == 0) {
        *ret_reason = "texts stand above numbers or times";
        return votes->second_text == 0;
    }
    if (votes->typed_itself > 0) {
        *ret_reason = "the first record has numbers or times like those below it";
        return votes->typed_below == 0;
    }
    *ret_has_header = true;
    *ret_reason = "the names are such as columns have";
    bool are_names = votes->names == votes->cells;
    return are_names && votes->repeated == 0 && (is_alone || votes->words > 0);
}

static wh_code not_sure(const struct wh_str *cells, size_t count, struct wh_error *err)
{
    return wh_error_set(err, WH_INVALID,
                        "cannot tell for certain whether the first record ('%.*s%s%.*s%s) names "
                        "the columns; state it in 'format': header: true, header: false, or how "
                        "many records do",
                        WH_FMT(cells[0]), count > 1 ? "', '" : "",
                        WH_FMT(count > 1 ? cells[1] : WH_STR("")), count > 2 ? "', …" : "'");
}

static wh_code decide_header(struct wh_detection *detection, struct wh_arena *scratch,
                             struct wh_error *err)
{
    struct wh_candidate *best = &detection->best;
    const struct wh_csv_trial *trial = &best->trial;
    struct wh_str *cells;
    size_t count;
    WH_TRY(wh_csv_trial_cells(trial, trial->first, scratch, &cells, &count, err));
    best->options.header = WH_STR("true");
    detection->header_reason = "it names the key";
    const struct wh_option_list *columns = &best->options.columns;
    if (count == 0 || are_expected(&detection->request->expected, cells, count))
        return WH_OK;
    detection->header_reason = "it is what 'columns' states";
    if (columns->count == count && are_expected(columns, cells, count))
        return WH_OK;

    struct votes votes = {0};
    bool has_header;
    WH_TRY(count_votes(trial, cells, count, scratch, &votes, err));
    bool is_alone = trial->row_count - trial->first == 1;
    if (!decide(&votes, is_alone, &detection->header_reason, &has_header))
        return not_sure(cells, count, err);
    if (!has_header)
        best->options.header = WH_STR("false");
    return WH_OK;
}

wh_code wh_detect_header(struct wh_detection *detection, struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    wh_arena_init(&scratch);
    return decide_header(detection, &scratch, err);
}
