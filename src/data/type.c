/* SPDX-License-Identifier: Apache-2.0 */
#include "data/type.h"

#include <stdio.h>

#include "data/numeric.h"

size_t wh_kind_size(enum wh_kind kind)
{
    static const size_t sizes[WH_KIND_COUNT] = {
        [WH_KIND_BOOL] = sizeof(uint8_t),
        [WH_KIND_INT] = sizeof(int64_t),
        [WH_KIND_FLOAT] = sizeof(double),
        [WH_KIND_NUMERIC] = sizeof(struct wh_numeric),
        [WH_KIND_DATE] = sizeof(int32_t),
        [WH_KIND_TIME] = sizeof(int64_t),
        [WH_KIND_TIMESTAMP] = sizeof(int64_t),
        [WH_KIND_TIMESTAMPTZ] = sizeof(int64_t),
        [WH_KIND_INTERVAL] = sizeof(struct wh_interval),
        [WH_KIND_TEXT] = sizeof(struct wh_str),
        [WH_KIND_BYTES] = sizeof(struct wh_str),
    };
    return sizes[kind];
}

static const char *plain_name(struct wh_type type)
{
    switch (type.kind) {
    case WH_KIND_NULL:
        return "null";
    case WH_KIND_BOOL:
        return "boolean";
    case WH_KIND_INT:
        return type.bits == 16 ? "smallint" : type.bits == 32 ? "integer" : "bigint";
    case WH_KIND_FLOAT:
        return type.bits == 32 ? "real" : "double precision";
    case WH_KIND_NUMERIC:
        return "numeric";
    case WH_KIND_DATE:
        return "date";
    case WH_KIND_TIME:
        return "time without time zone";
    case WH_KIND_TIMESTAMP:
        return "timestamp without time zone";
    case WH_KIND_TIMESTAMPTZ:
        return "timestamp with time zone";
    case WH_KIND_INTERVAL:
        return "interval";
    case WH_KIND_TEXT:
        return "text";
    case WH_KIND_BYTES:
        return "bytea";
    }
    return "unknown";
}

static void print_form(struct wh_type type, char *room)
{
    static const char *const names[] = {
        [WH_TEXT_UUID] = "uuid", [WH_TEXT_JSON] = "json", [WH_TEXT_JSONB] = "jsonb"};
    struct wh_type element = {.kind = (enum wh_kind)type.element, .bits = type.bits};
    if (type.form == WH_TEXT_LIST)
        snprintf(room, WH_TYPE_NAME_SIZE, "%s[]", plain_name(element));
    else
        snprintf(room, WH_TYPE_NAME_SIZE, "%s", names[type.form]);
}

const char *wh_type_name(struct wh_type type, char *room)
{
    if (type.kind == WH_KIND_TEXT && type.form != WH_TEXT_PLAIN)
        print_form(type, room);
    else if (type.kind == WH_KIND_NUMERIC && type.has_scale)
        snprintf(room, WH_TYPE_NAME_SIZE, "numeric(%d,%d)", type.precision, type.scale);
    else if (type.kind == WH_KIND_TEXT && type.length > 0)
        snprintf(room, WH_TYPE_NAME_SIZE, "%s(%d)",
                 type.is_padded ? "character" : "character varying", type.length);
    else
        snprintf(room, WH_TYPE_NAME_SIZE, "%s", plain_name(type));
    return room;
}

bool wh_type_equal(struct wh_type a, struct wh_type b)
{
    return a.kind == b.kind && a.bits == b.bits && a.form == b.form && a.element == b.element &&
           a.is_padded == b.is_padded && a.has_scale == b.has_scale && a.length == b.length &&
           a.precision == b.precision && a.scale == b.scale;
}
