/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/type.h"

#include "base/macros.h"

#define MODIFIER_HEADER 4 /* numeric, varchar and bpchar count a header in */
#define ALL_SECOND_DIGITS 6
#define INTERVAL_FULL_RANGE 0x7fff

struct known_type {
    Oid oid;
    struct wh_type type;
    enum wh_postgres_form form;
    bool compares_as_text;
};

static const struct known_type known_types[] = {
    {WH_OID_BOOL, {.kind = WH_KIND_BOOL}, WH_FORM_BOOL, false},
    {WH_OID_INT2, {.kind = WH_KIND_INT, .bits = 16}, WH_FORM_INT2, false},
    {WH_OID_INT4, {.kind = WH_KIND_INT, .bits = 32}, WH_FORM_INT4, false},
    {WH_OID_INT8, {.kind = WH_KIND_INT, .bits = 64}, WH_FORM_INT8, false},
    {WH_OID_FLOAT4, {.kind = WH_KIND_FLOAT, .bits = 32}, WH_FORM_FLOAT4, false},
    {WH_OID_FLOAT8, {.kind = WH_KIND_FLOAT, .bits = 64}, WH_FORM_FLOAT8, false},
    {WH_OID_NUMERIC, {.kind = WH_KIND_NUMERIC}, WH_FORM_NUMERIC, false},
    {WH_OID_DATE, {.kind = WH_KIND_DATE}, WH_FORM_DATE, false},
    {WH_OID_TIME, {.kind = WH_KIND_TIME}, WH_FORM_INT8, false},
    {WH_OID_TIMESTAMP, {.kind = WH_KIND_TIMESTAMP}, WH_FORM_INT8, false},
    {WH_OID_TIMESTAMPTZ, {.kind = WH_KIND_TIMESTAMPTZ}, WH_FORM_INT8, false},
    /* '1 month' equals '30 days' there. */
    {WH_OID_INTERVAL, {.kind = WH_KIND_INTERVAL}, WH_FORM_INTERVAL, true},
    {WH_OID_TEXT, {.kind = WH_KIND_TEXT}, WH_FORM_BYTES, false},
    {WH_OID_VARCHAR, {.kind = WH_KIND_TEXT}, WH_FORM_BYTES, false},
    {WH_OID_BPCHAR, {.kind = WH_KIND_TEXT, .is_padded = true}, WH_FORM_BYTES, false},
    {WH_OID_BYTEA, {.kind = WH_KIND_BYTES}, WH_FORM_BYTES, false},
    {WH_OID_JSON, {.kind = WH_KIND_TEXT}, WH_FORM_BYTES, true},
    {WH_OID_UUID, {.kind = WH_KIND_TEXT, .length = 36}, WH_FORM_UUID, false},
};

/** An enum's values travel as their labels, citext's as text. */
static const struct known_type like_text = {0, {.kind = WH_KIND_TEXT}, WH_FORM_BYTES, true};

static const struct known_type *find_known(const struct wh_postgres_type *type)
{
    for (size_t i = 0; i < WH_COUNT_OF(known_types); i++)
        if (known_types[i].oid == type->oid)
            return &known_types[i];
    return type->kind == 'e' || wh_str_is(type->name, "citext") ? &like_text : NULL;
}

/** A scale is 11 bits with a sign; negative ones round to tens, which nothing here expects. */
static bool apply_numeric(int modifier, struct wh_postgres_reading *reading)
{
    int packed = modifier - MODIFIER_HEADER;
    int scale = ((packed & 0x7ff) ^ 1024) - 1024;
    if (scale < 0)
        return false;
    reading->type.has_scale = true;
    reading->type.precision = (int16_t)((packed >> 16) & 0xffff);
    reading->type.scale = (int16_t)scale;
    return true;
}

/** An interval's modifier also says which fields it keeps; only all of them are read. */
static bool apply_interval(int modifier, struct wh_postgres_reading *reading)
{
    reading->is_exact = wh_postgres_second_digits(modifier & 0xffff) == ALL_SECOND_DIGITS;
    return ((modifier >> 16) & INTERVAL_FULL_RANGE) == INTERVAL_FULL_RANGE;
}

static bool apply_modifier(int modifier, Oid oid, struct wh_postgres_reading *reading)
{
    if (modifier < 0)
        return true;
    switch (oid) {
    case WH_OID_VARCHAR:
    case WH_OID_BPCHAR:
        reading->type.length = modifier - MODIFIER_HEADER;
        return true;
    case WH_OID_NUMERIC:
        return apply_numeric(modifier, reading);
    case WH_OID_TIME:
    case WH_OID_TIMESTAMP:
    case WH_OID_TIMESTAMPTZ:
        reading->is_exact = wh_postgres_second_digits(modifier) == ALL_SECOND_DIGITS;
        return true;
    case WH_OID_INTERVAL:
        return apply_interval(modifier, reading);
    default:
        return true;
    }
}

bool wh_postgres_type_read(const struct wh_postgres_type *type, struct wh_postgres_reading *ret)
{
    const struct known_type *known = find_known(type);
    if (known == NULL)
        return false;
    *ret = (struct wh_postgres_reading){.type = known->type,
                                        .form = known->form,
                                        .is_exact = known->form != WH_FORM_UUID,
                                        .compares_as_text = known->compares_as_text};
    /* Of bpchar without a length nothing is cut off or filled up: its spaces are the value's,
     * though it equals others. */
    if (type->oid == WH_OID_BPCHAR && type->modifier < 0) {
        ret->type.is_padded = false;
        ret->compares_as_text = true;
    }
    return apply_modifier(type->modifier, type->oid, ret);
}

enum wh_postgres_form wh_postgres_copy_in_form(const struct wh_postgres_reading *reading)
{
    return reading->type.is_padded ? WH_FORM_UNPADDED : reading->form;
}

int wh_postgres_second_digits(int modifier)
{
    return modifier < 0 || modifier > ALL_SECOND_DIGITS ? ALL_SECOND_DIGITS : modifier;
}
