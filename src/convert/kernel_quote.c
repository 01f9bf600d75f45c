/* SPDX-License-Identifier: Apache-2.0 */
/* quote_ident(), quote_literal() and their kin: what a program would read. */
#include "convert/kernel_quote.h"

#include <stdlib.h>

#include "convert/kernel_text.h"

/* ---- writing, and measuring before ---------------------------------------------------------- */

void wh_sink_put(struct wh_sink *sink, const char *bytes, size_t len)
{
    if (sink->at != NULL && len > 0) {
        memcpy(sink->at, bytes, len);
        sink->at += len;
    }
    sink->size += len;
}

void wh_sink_spaces(struct wh_sink *sink, size_t count)
{
    if (sink->at != NULL) {
        memset(sink->at, ' ', count);
        sink->at += count;
    }
    sink->size += count;
}

/* ---- literals ------------------------------------------------------------------------------- */

/* With a backslash in it, it is written E'…'. */
void wh_sink_literal(struct wh_sink *sink, struct wh_str text)
{
    if (text.len > 0 && memchr(text.ptr, '\\', text.len) != NULL)
        wh_sink_put(sink, "E", 1);
    wh_sink_put(sink, "'", 1);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '\'' || c == '\\')
            wh_sink_put(sink, &c, 1);
        wh_sink_put(sink, &c, 1);
    }
    wh_sink_put(sink, "'", 1);
}

/* ---- identifiers ---------------------------------------------------------------------------- */

/* Version 15's keywords that are not free to be any name, sorted: pg_get_keywords(),
 * catcode not U. */
static const char *const keywords[] = {
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "authorization",
    "between",
    "bigint",
    "binary",
    "bit",
    "boolean",
    "both",
    "case",
    "cast",
    "char",
    "character",
    "check",
    "coalesce",
    "collate",
    "collation",
    "column",
    "concurrently",
    "constraint",
    "create",
    "cross",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "dec",
    "decimal",
    "default",
    "deferrable",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "exists",
    "extract",
    "false",
    "fetch",
    "float",
    "for",
    "foreign",
    "freeze",
    "from",
    "full",
    "grant",
    "greatest",
    "group",
    "grouping",
    "having",
    "ilike",
    "in",
    "initially",
    "inner",
    "inout",
    "int",
    "integer",
    "intersect",
    "interval",
    "into",
    "is",
    "isnull",
    "join",
    "lateral",
    "leading",
    "least",
    "left",
    "like",
    "limit",
    "localtime",
    "localtimestamp",
    "national",
    "natural",
    "nchar",
    "none",
    "normalize",
    "not",
    "notnull",
    "null",
    "nullif",
    "numeric",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "out",
    "outer",
    "overlaps",
    "overlay",
    "placing",
    "position",
    "precision",
    "primary",
    "real",
    "references",
    "returning",
    "right",
    "row",
    "select",
    "session_user",
    "setof",
    "similar",
    "smallint",
    "some",
    "substring",
    "symmetric",
    "table",
    "tablesample",
    "then",
    "time",
    "timestamp",
    "to",
    "trailing",
    "treat",
    "trim",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "values",
    "varchar",
    "variadic",
    "verbose",
    "when",
    "where",
    "window",
    "with",
    "xmlattributes",
    "xmlconcat",
    "xmlelement",
    "xmlexists",
    "xmlforest",
    "xmlnamespaces",
    "xmlparse",
    "xmlpi",
    "xmlroot",
    "xmlserialize",
    "xmltable",
};

static int compare_keyword(const void *word, const void *keyword)
{
    return wh_str_compare(*(const struct wh_str *)word, wh_str_from(*(const char *const *)keyword));
}

static bool is_name_byte(char c, bool is_first)
{
    return (c >= 'a' && c <= 'z') || c == '_' || (!is_first && c >= '0' && c <= '9');
}

/* A name that means itself as it stands. */
static bool is_plain_name(struct wh_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!is_name_byte(text.ptr[i], i == 0))
            return false;
    }
    return text.len > 0 && bsearch(&text, keywords, WH_COUNT_OF(keywords), sizeof(keywords[0]),
                                   compare_keyword) == NULL;
}

void wh_sink_identifier(struct wh_sink *sink, struct wh_str text)
{
    if (is_plain_name(text)) {
        wh_sink_put(sink, text.ptr, text.len);
        return;
    }
    wh_sink_put(sink, "\"", 1);
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"')
            wh_sink_put(sink, "\"", 1);
        wh_sink_put(sink, &text.ptr[i], 1);
    }
    wh_sink_put(sink, "\"", 1);
}

/* ---- kernels -------------------------------------------------------------------------------- */

typedef void quote_function(struct wh_sink *sink, struct wh_str text);

static void quote_row(struct wh_call *call, size_t row, quote_function *quote)
{
    struct wh_str text = wh_text_at(&call->inputs[0], row);
    struct wh_sink sink = {.at = NULL};
    quote(&sink, text);
    char *room = wh_call_room(call, row, sink.size);
    if (room == NULL)
        return;
    wh_call_set_text(call, row, room, sink.size);
    sink = (struct wh_sink){.at = room};
    quote(&sink, text);
}

wh_code wh_text_quote_literal(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    quote_row(call, row, wh_sink_literal);
    return WH_OK;
}

wh_code wh_text_quote_ident(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    quote_row(call, row, wh_sink_identifier);
    return WH_OK;
}

/* Of a truth value both cast it to text, where other types are printed. */
wh_code wh_bool_quote(struct wh_call *call)
{
    const struct wh_operand *input = &call->inputs[0];
    WH_EACH_ROW(call, row)
    {
        struct wh_str quoted = wh_bool_at(input, row) ? WH_STR("'true'") : WH_STR("'false'");
        call->result->values.texts[row] = wh_operand_is_null(input, row) ? WH_STR("NULL") : quoted;
    }
    return WH_OK;
}

wh_code wh_text_quote_nullable(struct wh_call *call)
{
    WH_EACH_ROW(call, row)
    {
        if (wh_operand_is_null(&call->inputs[0], row))
            call->result->values.texts[row] = WH_STR("NULL");
        else
            quote_row(call, row, wh_sink_literal);
    }
    return WH_OK;
}
