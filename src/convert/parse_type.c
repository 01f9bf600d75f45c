/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "base/error.h"
#include "convert/parse.h"

enum modifiers {
    NO_MODIFIERS,
    LENGTH,   /* (n): characters */
    PRECISION /* (p) or (p, s) */
};

struct type_name {
    const char *name; /* PostgreSQL's own, which its grammar turns SQL's names into */
    struct wh_type type;
    enum modifiers modifiers;
};

static const struct type_name type_names[] = {
    {"bool", {.kind = WH_KIND_BOOL}, NO_MODIFIERS},
    {"int2", {.kind = WH_KIND_INT, .bits = 16}, NO_MODIFIERS},
    {"int4", {.kind = WH_KIND_INT, .bits = 32}, NO_MODIFIERS},
    {"int8", {.kind = WH_KIND_INT, .bits = 64}, NO_MODIFIERS},
    {"float4", {.kind = WH_KIND_FLOAT, .bits = 32}, NO_MODIFIERS},
    {"float8", {.kind = WH_KIND_FLOAT, .bits = 64}, NO_MODIFIERS},
    {"numeric", {.kind = WH_KIND_NUMERIC}, PRECISION},
    {"date", {.kind = WH_KIND_DATE}, NO_MODIFIERS},
    {"time", {.kind = WH_KIND_TIME}, NO_MODIFIERS},
    {"timestamp", {.kind = WH_KIND_TIMESTAMP}, NO_MODIFIERS},
    {"timestamptz", {.kind = WH_KIND_TIMESTAMPTZ}, NO_MODIFIERS},
    {"interval", {.kind = WH_KIND_INTERVAL}, NO_MODIFIERS},
    {"text", {.kind = WH_KIND_TEXT}, NO_MODIFIERS},
    {"varchar", {.kind = WH_KIND_TEXT}, LENGTH},
    {"bpchar", {.kind = WH_KIND_TEXT, .is_padded = true}, LENGTH},
    {"bytea", {.kind = WH_KIND_BYTES}, NO_MODIFIERS},
    {"uuid", {.kind = WH_KIND_TEXT, .form = WH_TEXT_UUID}, NO_MODIFIERS},
    {"json", {.kind = WH_KIND_TEXT, .form = WH_TEXT_JSON}, NO_MODIFIERS},
    {"jsonb", {.kind = WH_KIND_TEXT, .form = WH_TEXT_JSONB}, NO_MODIFIERS},
};

enum { MAX_LENGTH = 10485760, MAX_PRECISION = 1000 };

bool wh_parse_name(PgQuery__Node *const *parts, size_t count, struct wh_str *ret)
{
    if (count == 0 || count > 2)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (parts[i]->node_case != PG_QUERY__NODE__NODE_STRING)
            return false;
    }
    *ret = wh_str_from(parts[count - 1]->string->sval);
    return count == 1 || wh_str_is(wh_str_from(parts[0]->string->sval), "pg_catalog");
}

static wh_code read_modifier(struct wh_parse *parse, const PgQuery__Node *node, uint32_t offset,
                             int32_t *ret)
{
    if (node->node_case != PG_QUERY__NODE__NODE_A_CONST ||
        node->a_const->val_case != PG_QUERY__A__CONST__VAL_IVAL)
        return wh_expr_refuse(parse->text, offset, parse->err, WH_INVALID,
                              "what stands in the brackets of a type is a whole number");
    *ret = node->a_const->ival->ival;
    return WH_OK;
}

static wh_code apply_length(struct wh_parse *parse, const PgQuery__TypeName *name, uint32_t offset,
                            struct wh_type *type)
{
    if (name->n_typmods > 1)
        return wh_expr_refuse(parse->text, offset, parse->err, WH_INVALID,
                              "a text type has one length");
    int32_t length = 0;
    WH_TRY(read_modifier(parse, name->typmods[0], offset, &length));
    if (length < 1 || length > MAX_LENGTH)
        return wh_expr_refuse(parse->text, offset, parse->err, WH_INVALID,
                              "the length of a text type is 1 to %d, not %" PRId32, MAX_LENGTH,
                              length);
    type->length = length;
    return WH_OK;
}

static wh_code apply_precision(struct wh_parse *parse, const PgQuery__TypeName *name,
                               uint32_t offset, struct wh_type *type)
{
    int32_t precision = 0;
    int32_t scale = 0;
    if (name->n_typmods > 2)
        return wh_expr_refuse(parse->text, offset, parse->err, WH_INVALID,
                              "numeric has a precision and a scale");
    WH_TRY(read_modifier(parse, name->typmods[0], offset, &precision));
    if (name->n_typmods == 2)
        WH_TRY(read_modifier(parse, name->typmods[1], offset, &scale));
    if (precision < 1 || precision > MAX_PRECISION)
        return wh_expr_refuse(parse->text, offset, parse->err, WH_INVALID,
                              "the precision of numeric is 1 to %d, not %" PRId32, MAX_PRECISION,
                              precision);
    if (scale < -MAX_PRECISION || scale > MAX_PRECISION)
        return wh_expr_refuse(parse->text, offset, parse->err, WH_INVALID,
                              "the scale of numeric is -%d to %d, not %" PRId32, MAX_PRECISION,
                              MAX_PRECISION, scale);
    type->has_scale = true;
    type->precision = (int16_t)precision;
    type->scale = (int16_t)scale;
    return WH_OK;
}

static wh_code apply_modifiers(struct wh_parse *parse, const PgQuery__TypeName *name,
                               const struct type_name *known, struct wh_type *type)
{
    uint32_t offset = wh_parse_offset(parse, name->location);
    if (name->n_typmods == 0)
        return WH_OK;
    if (known->modifiers == LENGTH)
        return apply_length(parse, name, offset, type);
    if (known->modifiers == PRECISION)
        return apply_precision(parse, name, offset, type);
    return wh_expr_refuse(parse->text, offset, parse->err, WH_UNSUPPORTED,
                          "'%s' with a precision or with fields is not supported: cast to '%s'",
                          known->name, known->name);
}

/* Of arrays there are text[], of one dimension; a varchar without a length is text. */
static wh_code parse_array_type(struct wh_parse *parse, const PgQuery__TypeName *name,
                                struct wh_str element, struct wh_type *ret)
{
    bool is_text =
        wh_str_is(element, "text") || (wh_str_is(element, "varchar") && name->n_typmods == 0);
    if (!is_text || name->n_array_bounds > 1)
        return wh_expr_refuse(parse->text, wh_parse_offset(parse, name->location), parse->err,
                              WH_UNSUPPORTED,
                              "of arrays there are those of text, of one dimension: text[]");
    *ret = (struct wh_type){.kind = WH_KIND_TEXT, .form = WH_TEXT_LIST, .element = WH_KIND_TEXT};
    return WH_OK;
}

wh_code wh_parse_type(struct wh_parse *parse, const PgQuery__TypeName *name, struct wh_type *ret)
{
    uint32_t offset = wh_parse_offset(parse, name->location);
    struct wh_str text = WH_STR_NONE;
    bool is_plain = wh_parse_name(name->names, name->n_names, &text);
    if (name->n_array_bounds > 0)
        return parse_array_type(parse, name, text, ret);
    for (size_t i = 0; is_plain && !name->setof && !name->pct_type && i < WH_COUNT_OF(type_names);
         i++) {
        if (!wh_str_is(text, type_names[i].name))
            continue;
        *ret = type_names[i].type;
        return apply_modifiers(parse, name, &type_names[i], ret);
    }
    return wh_expr_refuse(parse->text, offset, parse->err, WH_UNSUPPORTED,
                          "the type '%.*s' is not supported in expressions: there are boolean, "
                          "smallint, integer, bigint, real, double precision, numeric, date, time, "
                          "timestamp, timestamptz, interval, text, varchar, char, bytea, uuid, "
                          "json, jsonb and text[]",
                          WH_FMT(text));
}
