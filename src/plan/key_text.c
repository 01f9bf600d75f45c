/* SPDX-License-Identifier: Apache-2.0 */
/* Keys as text: what logs show and `--id` takes. */
#include "data/text.h"
#include "plan/make.h"

/* ---- printing: once for every item, so without a detour -------------------------------------- */

/* What a backslash is put before: in values what would end them, in names also what ends those. */
static bool is_special(char c, bool in_name)
{
    return c == '\\' || c == ',' || (in_name && c == '=');
}

static size_t escaped_length(struct wh_str text, bool in_name)
{
    size_t length = text.len;
    for (size_t i = 0; i < text.len; i++)
        length += is_special(text.ptr[i], in_name);
    return length;
}

static char *put_escaped(char *room, struct wh_str text, bool in_name)
{
    for (size_t i = 0; i < text.len; i++) {
        if (is_special(text.ptr[i], in_name))
            *room++ = '\\';
        *room++ = text.ptr[i];
    }
    return room;
}

wh_code wh_key_print(const struct wh_item_plan *item, const struct wh_str *parts,
                     struct wh_arena *arena, struct wh_str *ret, struct wh_error *err)
{
    *ret = parts[0];
    if (item->key_count == 1)
        return WH_OK;
    size_t size = 0;
    for (size_t i = 0; i < item->key_count; i++)
        size += escaped_length(item->key[i].name, true) + escaped_length(parts[i], false) + 2;
    char *room = wh_arena_bytes(arena, size);
    if (room == NULL)
        return wh_error_no_memory(err, size);
    char *end = room;
    for (size_t i = 0; i < item->key_count; i++) {
        if (i > 0)
            *end++ = ',';
        end = put_escaped(end, item->key[i].name, true);
        *end++ = '=';
        end = put_escaped(end, parts[i], false);
    }
    *ret = wh_str_make(room, (size_t)(end - room));
    return WH_OK;
}

/* ---- parsing --------------------------------------------------------------------------------- */

/* Cuts the text before the next unescaped @p separator from @p rest and undoes its escapes. False
 * in *ret_found where there is none left: then all of it was taken. */
static wh_code take_escaped(struct wh_str *rest, char separator, struct wh_arena *arena,
                            struct wh_str *ret, bool *ret_found, struct wh_error *err)
{
    char *room = wh_arena_bytes(arena, rest->len + 1);
    if (room == NULL)
        return wh_error_no_memory(err, rest->len + 1);
    size_t length = 0;
    size_t i = 0;
    while (i < rest->len && rest->ptr[i] != separator) {
        if (rest->ptr[i] == '\\' && i + 1 < rest->len)
            i++;
        room[length++] = rest->ptr[i++];
    }
    *ret_found = i < rest->len;
    *ret = wh_str_make(room, length);
    i += *ret_found;
    *rest = wh_str_make(rest->ptr + i, rest->len - i);
    return WH_OK;
}

static wh_code refuse_form(const struct wh_item_plan *item, struct wh_str typed,
                           struct wh_arena *arena, struct wh_error *err)
{
    struct wh_str form = WH_STR("");
    for (size_t i = 0; i < item->key_count; i++)
        WH_TRY(wh_arena_format(arena, &form, err, "%.*s%s%.*s=…", WH_FMT(form), i > 0 ? "," : "",
                               WH_FMT(item->key[i].name)));
    return wh_error_set(err, WH_INVALID,
                        "'%.*s' is not a key of item '%.*s'; write %.*s, with a backslash before "
                        "a comma that belongs to a value",
                        WH_FMT(typed), WH_FMT(item->definition->name), WH_FMT(form));
}

static size_t find_part(const struct wh_item_plan *item, struct wh_str name)
{
    for (size_t i = 0; i < item->key_count; i++)
        if (wh_str_equal(item->key[i].name, name))
            return i;
    for (size_t i = 0; i < item->key_count; i++)
        if (wh_str_equal_ascii_fold(item->key[i].name, name))
            return i;
    return SIZE_MAX;
}

/* Every part once, in any order. */
static wh_code split_parts(const struct wh_item_plan *item, struct wh_str typed,
                           struct wh_arena *arena, struct wh_str *parts, struct wh_error *err)
{
    struct wh_str rest = typed;
    bool goes_on = true;
    size_t count = 0;
    while (goes_on) {
        struct wh_str name;
        bool has_value;
        WH_TRY(take_escaped(&rest, '=', arena, &name, &has_value, err));
        size_t part = find_part(item, wh_str_trim(name));
        if (!has_value || part == SIZE_MAX || parts[part].ptr != NULL)
            return refuse_form(item, typed, arena, err);
        WH_TRY(take_escaped(&rest, ',', arena, &parts[part], &goes_on, err));
        count++;
    }
    return count == item->key_count ? WH_OK : refuse_form(item, typed, arena, err);
}

/* ---- the canonical text of a part ------------------------------------------------------------ */

static wh_code refuse_part(const struct wh_item_plan *item, const struct wh_key_part *part,
                           struct wh_str why, struct wh_error *err)
{
    return wh_error_set(err, WH_INVALID, "that is no key of item '%.*s': column '%.*s': %.*s",
                        WH_FMT(item->definition->name), WH_FMT(part->name), WH_FMT(why));
}

/* Nobody types the spaces at the end of a char(n). */
static struct wh_str fill_up(struct wh_str typed, struct wh_type type, struct wh_arena *arena)
{
    if (type.kind != WH_KIND_TEXT || !type.is_padded || type.length == 0)
        return typed;
    while (typed.len > 0 && typed.ptr[typed.len - 1] == ' ')
        typed.len--;
    return wh_utf8_pad(typed, (size_t)type.length, arena);
}

/* A record of one row that has nothing but this key column. */
static wh_code make_record(const struct wh_item_plan *item, const struct wh_key_part *part,
                           struct wh_str typed, struct wh_arena *arena, struct wh_column **ret,
                           struct wh_error *err)
{
    const struct wh_table_info *source = &item->source_table;
    *ret = wh_arena_array(arena, source->column_count, sizeof(**ret));
    if (*ret == NULL)
        return wh_error_no_memory(err, source->column_count * sizeof(**ret));
    struct wh_column *column = &(*ret)[part->source_column];
    struct wh_type type = source->columns[part->source_column].type;
    WH_TRY(wh_column_init(column, type, 1, arena, err));
    typed = fill_up(typed, type, arena);
    if (typed.ptr == NULL)
        return wh_error_no_memory(err, (size_t)type.length);
    enum wh_fault fault = wh_value_parse(typed, arena, column, 0);
    if (fault == WH_FAULT_NO_MEMORY)
        return wh_error_no_memory(err, typed.len);
    return fault == WH_FAULT_NONE ? WH_OK
                                  : refuse_part(item, part, wh_str_from(wh_fault_text(fault)), err);
}

static wh_code print_value(const struct wh_column *column, struct wh_arena *arena,
                           struct wh_str *ret, struct wh_error *err)
{
    if (wh_value_print(column, 0, arena, ret) != WH_FAULT_NONE)
        return wh_error_no_memory(err, WH_DOUBLE_SIZE);
    return WH_OK;
}

/* What cannot be converted is known by the source's text, as in the log: it was rejected there. */
static wh_code map_part(const struct wh_eval_request *request, struct wh_eval *eval,
                        struct wh_str *ret, struct wh_error *err)
{
    uint8_t code = 0;
    uint16_t node = 0;
    struct wh_faults faults = {.codes = &code, .nodes = &node};
    struct wh_column value;
    WH_TRY(wh_eval_run(eval, request, &value, &faults, err));
    if (faults.count > 0 || wh_column_is_null(&value, 0))
        return WH_OK;
    return print_value(&value, request->arena, ret, err);
}

static wh_code canonical_part(const struct wh_item_plan *item, const struct wh_key_part *part,
                              struct wh_str typed, struct wh_arena *arena, struct wh_str *ret,
                              struct wh_error *err)
{
    struct wh_column *record;
    WH_TRY(make_record(item, part, typed, arena, &record, err));
    WH_TRY(print_value(&record[part->source_column], arena, ret, err));
    if (part->target == SIZE_MAX)
        return WH_OK;
    uint16_t row = 0;
    struct wh_selection selection = {.rows = &row, .count = 1};
    struct wh_eval_request request = {.program = item->targets[part->target].program,
                                      .columns = record,
                                      .selection = &selection,
                                      .row_count = 1,
                                      .arena = arena};
    struct wh_eval *eval;
    WH_TRY(wh_eval_new(&eval, err));
    wh_code rc = map_part(&request, eval, ret, err);
    wh_eval_free(eval);
    return rc;
}

/* The parts as they were typed. */
static wh_code cut_parts(const struct wh_item_plan *item, struct wh_str typed,
                         struct wh_arena *arena, struct wh_str **ret, struct wh_error *err)
{
    struct wh_str *parts = wh_arena_array(arena, item->key_count, sizeof(*parts));
    if (parts == NULL)
        return wh_error_no_memory(err, item->key_count * sizeof(*parts));
    if (!wh_utf8_is_valid(typed))
        return wh_error_set(err, WH_INVALID, "the key is not UTF-8");
    *ret = parts;
    if (item->key_count > 1)
        return split_parts(item, typed, arena, parts, err);
    parts[0] = typed;
    return WH_OK;
}

wh_code wh_key_source_parts(const struct wh_item_plan *item, struct wh_str typed,
                            struct wh_arena *arena, struct wh_str **ret, struct wh_error *err)
{
    struct wh_column *record;
    WH_TRY(cut_parts(item, typed, arena, ret, err));
    for (size_t i = 0; i < item->key_count; i++) {
        WH_TRY(make_record(item, &item->key[i], (*ret)[i], arena, &record, err));
        WH_TRY(print_value(&record[item->key[i].source_column], arena, &(*ret)[i], err));
    }
    return WH_OK;
}

wh_code wh_key_parse(const struct wh_item_plan *item, struct wh_str typed, struct wh_arena *arena,
                     struct wh_str *ret, struct wh_error *err)
{
    struct wh_str *parts;
    WH_TRY(cut_parts(item, typed, arena, &parts, err));
    for (size_t i = 0; i < item->key_count; i++)
        WH_TRY(canonical_part(item, &item->key[i], parts[i], arena, &parts[i], err));
    return wh_key_print(item, parts, arena, ret, err);
}
