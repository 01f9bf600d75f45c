/* SPDX-License-Identifier: Apache-2.0 */
/* What is done once for a call with constant arguments, when the expression is compiled. */
#include "base/error.h"
#include "convert/functions.h"
#include "convert/zone_name.h"
#include "data/datetime.h"
#include "data/number_format.h"

static wh_code constant_argument(struct wh_compile *compile, const struct wh_call_parts *parts,
                                 size_t index, const char *what, struct wh_str *ret)
{
    const struct wh_node *argument = parts->inputs[index];
    if (wh_node_constant_text(argument, ret))
        return WH_OK;
    return WH_REFUSE(compile, argument->offset, WH_UNSUPPORTED,
                     "the %s of %s() has to be a literal in wherry's expressions", what,
                     parts->operation->name);
}

/* A format that stands as argument @p index. */
static wh_code format_argument(struct wh_compile *compile, const struct wh_call_parts *parts,
                               size_t index, struct wh_str *ret)
{
    WH_TRY(constant_argument(compile, parts, index, "format", ret));
    if (ret->len == 0)
        return WH_REFUSE(compile, parts->inputs[index]->offset, WH_INVALID,
                         "the format of %s() is empty", parts->operation->name);
    return WH_OK;
}

static wh_code refuse_format(struct wh_compile *compile, const struct wh_call_parts *parts,
                             size_t index, struct wh_str bad)
{
    struct wh_str format = WH_STR_NONE;
    WH_TRY(format_argument(compile, parts, index, &format));
    if (bad.len == 0)
        return wh_error_no_memory(compile->err, format.len);
    return WH_REFUSE(compile, parts->inputs[index]->offset, WH_UNSUPPORTED,
                     "'%.*s' in the format '%.*s' of %s() is not supported", WH_FMT(bad),
                     WH_FMT(format), parts->operation->name);
}

wh_code wh_prepare_number_format(struct wh_compile *compile, struct wh_call_parts *parts)
{
    struct wh_str format;
    struct wh_str bad = WH_STR_NONE;
    if (wh_node_is_null_constant(parts->inputs[1]))
        return WH_OK; /* all is NULL */
    WH_TRY(format_argument(compile, parts, 1, &format));
    const struct wh_number_format *compiled =
        wh_number_format_compile(format, compile->arena, &bad);
    if (compiled == NULL)
        return refuse_format(compile, parts, 1, bad);
    if (strcmp(parts->operation->name, "to_number") == 0 && !wh_number_format_reads(compiled))
        return WH_REFUSE(compile, parts->inputs[1]->offset, WH_UNSUPPORTED,
                         "'RN' and 'EEEE' are not supported in the format of to_number()");
    parts->state = compiled;
    return WH_OK;
}

/* A template of dates that stands as argument @p index. */
static wh_code compile_format(struct wh_compile *compile, const struct wh_call_parts *parts,
                              size_t index, const struct wh_date_format **ret)
{
    struct wh_str text;
    struct wh_str bad = WH_STR_NONE;
    WH_TRY(format_argument(compile, parts, index, &text));
    *ret = wh_date_format_compile(text, compile->arena, &bad);
    if (*ret == NULL)
        return refuse_format(compile, parts, index, bad);
    if (strcmp(parts->operation->name, "to_char") != 0 && !wh_date_format_reads(*ret))
        return WH_REFUSE(compile, parts->inputs[index]->offset, WH_UNSUPPORTED,
                         "the format '%.*s' of %s() has fields of ISO weeks beside those of the "
                         "other calendar",
                         WH_FMT(text), parts->operation->name);
    return WH_OK;
}

wh_code wh_prepare_date_format(struct wh_compile *compile, struct wh_call_parts *parts)
{
    const struct wh_date_format *format = NULL;
    if (wh_node_is_null_constant(parts->inputs[1]))
        return WH_OK; /* all is NULL */
    WH_TRY(compile_format(compile, parts, 1, &format));
    parts->state = format;
    return WH_OK;
}

wh_code wh_prepare_date_formats(struct wh_compile *compile, struct wh_call_parts *parts)
{
    size_t count = parts->input_count - 1;
    const struct wh_date_format **formats =
        wh_arena_array(compile->arena, count, sizeof(struct wh_date_format *));
    if (formats == NULL)
        return wh_error_no_memory(compile->err, count * sizeof(struct wh_date_format *));
    for (size_t i = 0; i < count; i++) {
        if (wh_node_is_null_constant(parts->inputs[i + 1]))
            return WH_OK;
        WH_TRY(compile_format(compile, parts, i + 1, &formats[i]));
    }
    parts->state = formats;
    return WH_OK;
}

wh_code wh_prepare_utf8(struct wh_compile *compile, struct wh_call_parts *parts)
{
    struct wh_str name;
    if (wh_node_is_null_constant(parts->inputs[1]))
        return WH_OK;
    WH_TRY(constant_argument(compile, parts, 1, "encoding", &name));
    if (wh_str_equal_ascii_fold(name, WH_STR("UTF8")) ||
        wh_str_equal_ascii_fold(name, WH_STR("UTF-8")))
        return WH_OK;
    return WH_REFUSE(compile, parts->inputs[1]->offset, WH_UNSUPPORTED,
                     "the encoding '%.*s' is not supported in %s(): 'UTF8' is; the encoding of a "
                     "source is said with 'encoding:'",
                     WH_FMT(name), parts->operation->name);
}

/* ---- fields --------------------------------------------------------------------------------- */

static bool is_truncated(struct wh_str unit, enum wh_kind kind)
{
    static const struct wh_interval none = {.months = 0};
    struct wh_interval interval;
    int64_t ignored;
    if (kind == WH_KIND_INTERVAL)
        return wh_interval_truncate(unit, &none, &interval) == WH_FAULT_NONE;
    return wh_timestamp_truncate(unit, 0, &ignored) == WH_FAULT_NONE;
}

static bool is_extracted(struct wh_str field, enum wh_kind kind)
{
    static const struct wh_interval none = {.months = 0};
    int64_t ignored;
    if (kind == WH_KIND_INTERVAL)
        return wh_interval_extract(field, &none, &ignored) == WH_FAULT_NONE;
    if (kind == WH_KIND_TIME)
        return wh_time_extract_field(field, 0, &ignored) == WH_FAULT_NONE;
    return wh_timestamp_extract(field, 0, &ignored) == WH_FAULT_NONE ||
           wh_date_extract(field, 0, &ignored) == WH_FAULT_NONE;
}

static bool is_known_field(struct wh_str field, const struct wh_call_parts *parts)
{
    char room[WH_FIELD_SIZE];
    struct wh_str lower = wh_field_lower(field, room);
    enum wh_kind kind = parts->inputs[1]->type.kind;
    return strcmp(parts->operation->name, "date_trunc") == 0 ? is_truncated(lower, kind)
                                                             : is_extracted(lower, kind);
}

/* extract() from a date knows no parts of a day, where date_part() gives 0. */
static bool is_time_field(struct wh_str field)
{
    static const char *const names[] = {"hour",         "minute",       "second",
                                        "milliseconds", "microseconds", NULL};
    char room[WH_FIELD_SIZE];
    struct wh_str lower = wh_field_lower(field, room);
    for (const char *const *name = names; *name != NULL; name++) {
        if (wh_str_is(lower, *name))
            return true;
    }
    return false;
}

wh_code wh_prepare_field(struct wh_compile *compile, struct wh_call_parts *parts)
{
    struct wh_str field;
    const char *function = parts->operation->name;
    if (wh_node_is_null_constant(parts->inputs[0]))
        return WH_OK;
    WH_TRY(constant_argument(compile, parts, 0, "field", &field));
    if (!is_known_field(field, parts))
        return WH_REFUSE(compile, parts->inputs[0]->offset, WH_UNSUPPORTED,
                         "the field '%.*s' is not supported in %s()", WH_FMT(field), function);
    if (strcmp(function, "extract") == 0 && parts->inputs[1]->type.kind == WH_KIND_DATE &&
        is_time_field(field))
        return WH_REFUSE(compile, parts->inputs[0]->offset, WH_INVALID,
                         "a date has no field '%.*s'", WH_FMT(field));
    return WH_OK;
}

/* ---- time zones ------------------------------------------------------------------------------ */

static wh_code prepare_zone(struct wh_compile *compile, struct wh_call_parts *parts, size_t index)
{
    struct wh_str name;
    bool is_found = false;
    struct wh_node *argument = parts->inputs[index];
    if (wh_node_is_null_constant(argument))
        return WH_OK;
    WH_TRY(constant_argument(compile, parts, index, "time zone", &name));
    struct wh_zone *zone = WH_ARENA_NEW(compile->arena, struct wh_zone);
    if (zone == NULL)
        return wh_error_no_memory(compile->err, sizeof(*zone));
    WH_TRY(wh_zone_by_name(name, compile->arena, zone, &is_found, compile->err));
    if (!is_found)
        return WH_REFUSE(compile, argument->offset, WH_UNSUPPORTED,
                         "the time zone '%.*s' is not known: write a name such as "
                         "'Europe/Berlin', as the system's time zone files have it, or an "
                         "interval",
                         WH_FMT(name));
    parts->state = zone;
    return WH_OK;
}

wh_code wh_prepare_zone(struct wh_compile *compile, struct wh_call_parts *parts)
{
    return prepare_zone(compile, parts, 0);
}

/* There PostgreSQL reads '+02' as east of UTC, and elsewhere as west:
 * it has to be said otherwise. */
wh_code wh_prepare_last_zone(struct wh_compile *compile, struct wh_call_parts *parts)
{
    struct wh_str name;
    size_t last = parts->input_count - 1;
    if (wh_node_constant_text(parts->inputs[last], &name) && name.len > 0 &&
        strchr("+-0123456789", name.ptr[0]) != NULL)
        return WH_REFUSE(compile, parts->inputs[last]->offset, WH_UNSUPPORTED,
                         "an offset for a time zone is not supported in %s(): write a name",
                         parts->operation->name);
    return prepare_zone(compile, parts, last);
}

wh_code wh_prepare_field_zone(struct wh_compile *compile, struct wh_call_parts *parts)
{
    WH_TRY(wh_prepare_field(compile, parts));
    return prepare_zone(compile, parts, 2);
}
