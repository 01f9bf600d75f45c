/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes as SQL, for messages and traces: what a call was made of, coercions included. */
#include <stdio.h>

#include "base/buf.h"
#include "convert/node.h"
#include "convert/value_print.h"

struct printer {
    struct wh_buf *out;
    const struct wh_node *root; /* what is printed */
    size_t end;                 /* the buffer's length at which printing stops */
    struct wh_error *err;
};

static wh_code put(struct printer *printer, const char *text)
{
    if (printer->out->len >= printer->end)
        return WH_OK;
    return wh_buf_append_str(printer->out, wh_str_from(text), printer->err);
}

static wh_code print_node(struct printer *printer, const struct wh_node *node);

static wh_code print_list(struct printer *printer, const struct wh_node *node, size_t first,
                          const char *separator)
{
    for (size_t i = first; i < node->input_count && printer->out->len < printer->end; i++) {
        WH_TRY(put(printer, i > first ? separator : ""));
        WH_TRY(print_node(printer, node->inputs[i]));
    }
    return WH_OK;
}

/* In brackets, so that nobody need know what binds closer; all of it needs none. */
static wh_code print_infix(struct printer *printer, const struct wh_node *node)
{
    bool is_outermost = node == printer->root;
    char separator[32];
    snprintf(separator, sizeof(separator), " %s ", node->operation->name);
    WH_TRY(put(printer, is_outermost ? "" : "("));
    WH_TRY(print_list(printer, node, 0, separator));
    return put(printer, is_outermost ? "" : ")");
}

static wh_code print_type(struct printer *printer, struct wh_type type)
{
    char room[WH_TYPE_NAME_SIZE];
    WH_TRY(put(printer, "::"));
    return put(printer, wh_type_name(type, room));
}

static wh_code print_call(struct printer *printer, const struct wh_node *node)
{
    switch (node->operation->style) {
    case WH_STYLE_INFIX:
        return print_infix(printer, node);
    case WH_STYLE_PREFIX:
        WH_TRY(put(printer, node->operation->name));
        WH_TRY(put(printer, " "));
        return print_node(printer, node->inputs[0]);
    case WH_STYLE_POSTFIX:
    case WH_STYLE_LIST:
        WH_TRY(print_node(printer, node->inputs[0]));
        WH_TRY(put(printer, " "));
        WH_TRY(put(printer, node->operation->name));
        return put(printer, node->operation->style == WH_STYLE_LIST ? " (…)" : "");
    case WH_STYLE_CAST:
        WH_TRY(print_node(printer, node->inputs[0]));
        return print_type(printer, node->type);
    case WH_STYLE_ASSIGN:
        return print_node(printer, node->inputs[0]);
    case WH_STYLE_FUNCTION:
        break;
    }
    WH_TRY(put(printer, node->operation->name));
    WH_TRY(put(printer, "("));
    WH_TRY(print_list(printer, node, 0, ", "));
    return put(printer, ")");
}

static wh_code print_case(struct printer *printer, const struct wh_node *node)
{
    WH_TRY(put(printer, "CASE"));
    for (size_t i = 0; i + 1 < node->input_count && printer->out->len < printer->end; i += 2) {
        WH_TRY(put(printer, " WHEN "));
        WH_TRY(print_node(printer, node->inputs[i]));
        WH_TRY(put(printer, " THEN "));
        WH_TRY(print_node(printer, node->inputs[i + 1]));
    }
    if (node->input_count % 2 == 1) {
        WH_TRY(put(printer, " ELSE "));
        WH_TRY(print_node(printer, node->inputs[node->input_count - 1]));
    }
    return put(printer, " END");
}

static wh_code print_wrapped(struct printer *printer, const struct wh_node *node,
                             const char *before, const char *between)
{
    WH_TRY(put(printer, before));
    WH_TRY(print_list(printer, node, 0, between));
    return put(printer, ")");
}

static wh_code print_node(struct printer *printer, const struct wh_node *node)
{
    if (printer->out->len >= printer->end)
        return WH_OK;
    switch (node->form) {
    case WH_NODE_COLUMN:
        return wh_buf_append_str(printer->out, node->name, printer->err);
    case WH_NODE_CONSTANT:
        return wh_value_print_short(&node->value, 0, printer->out, printer->err);
    case WH_NODE_CALL:
        return print_call(printer, node);
    case WH_NODE_RETYPE:
        return print_node(printer, node->inputs[0]);
    case WH_NODE_AND:
        return print_wrapped(printer, node, "(", " AND ");
    case WH_NODE_OR:
        return print_wrapped(printer, node, "(", " OR ");
    case WH_NODE_CASE:
        return print_case(printer, node);
    case WH_NODE_COALESCE:
        return print_wrapped(printer, node, "coalesce(", ", ");
    case WH_NODE_TRY:
        return print_wrapped(printer, node, "try(", ", ");
    case WH_NODE_LET:
        return print_node(printer, node->inputs[1]);
    case WH_NODE_SHARED:
        break;
    }
    return put(printer, "x"); /* the value that BETWEEN, IN or CASE looks at */
}

wh_code wh_node_print(const struct wh_node *node, size_t limit, struct wh_buf *out,
                      struct wh_error *err)
{
    struct printer printer = {.out = out, .root = node, .end = out->len + limit, .err = err};
    WH_TRY(print_node(&printer, node));
    if (out->len < printer.end)
        return WH_OK;
    out->len = wh_str_utf8_cut(wh_buf_str(out), printer.end);
    return wh_buf_append_str(out, WH_STR("…"), err);
}
