/* SPDX-License-Identifier: Apache-2.0 */
/* JSON as PostgreSQL writes it, and jsonb compared. */
#include "base/error.h"
#include "convert/json.h"
#include "data/numeric.h"

/* ---- texts ---------------------------------------------------------------------------------- */

static const char *escape_of(unsigned char c)
{
    switch (c) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\b':
        return "\\b";
    case '\f':
        return "\\f";
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    default:
        return NULL;
    }
}

wh_code wh_json_put_string(struct wh_buf *out, struct wh_str text, struct wh_error *err)
{
    size_t plain = 0;
    WH_TRY(wh_buf_append_byte(out, '"', err));
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        const char *escape = escape_of(c);
        if (escape == NULL && c >= 0x20)
            continue;
        WH_TRY(wh_buf_append(out, text.ptr + plain, i - plain, err));
        plain = i + 1;
        if (escape != NULL)
            WH_TRY(wh_buf_append_str(out, wh_str_from(escape), err));
        else
            WH_TRY(wh_buf_printf(out, err, "\\u%04x", c));
    }
    WH_TRY(wh_buf_append(out, text.ptr + plain, text.len - plain, err));
    return wh_buf_append_byte(out, '"', err);
}

/* ---- values --------------------------------------------------------------------------------- */

/** How a value is laid out. */
struct layout {
    const char *comma; /* between children on one line */
    const char *colon;
    bool is_pretty;
    bool omits_nulls; /* members of objects that are null */
};

struct printing {
    const struct layout *layout;
    struct wh_buf *out;
    size_t depth;
    struct wh_error *err;
};

static wh_code print_value(struct printing *printing, const struct wh_json *json);

static wh_code put(struct printing *printing, const char *text)
{
    return wh_buf_append_str(printing->out, wh_str_from(text), printing->err);
}

static wh_code new_line(struct printing *printing)
{
    if (!printing->layout->is_pretty)
        return WH_OK;
    WH_TRY(put(printing, "\n"));
    for (size_t i = 0; i < printing->depth; i++)
        WH_TRY(put(printing, "    "));
    return WH_OK;
}

static wh_code print_child(struct printing *printing, const struct wh_json *child, bool is_member,
                           bool is_first)
{
    if (!is_first)
        WH_TRY(put(printing, printing->layout->comma));
    WH_TRY(new_line(printing));
    if (is_member) {
        WH_TRY(wh_json_put_string(printing->out, child->name, printing->err));
        WH_TRY(put(printing, printing->layout->colon));
    }
    return print_value(printing, child);
}

static wh_code print_container(struct printing *printing, const struct wh_json *json)
{
    bool is_object = json->kind == WH_JSON_OBJECT;
    bool is_first = true;
    WH_TRY(put(printing, is_object ? "{" : "["));
    printing->depth++;
    for (const struct wh_json *child = json->child; child != NULL; child = child->next) {
        if (is_object && printing->layout->omits_nulls && child->kind == WH_JSON_NULL)
            continue;
        WH_TRY(print_child(printing, child, is_object, is_first));
        is_first = false;
    }
    printing->depth--;
    WH_TRY(new_line(printing));
    return put(printing, is_object ? "}" : "]");
}

static wh_code print_value(struct printing *printing, const struct wh_json *json)
{
    switch (json->kind) {
    case WH_JSON_NULL:
        return put(printing, "null");
    case WH_JSON_BOOL:
        return put(printing, json->flag ? "true" : "false");
    case WH_JSON_NUMBER:
        return wh_buf_append_str(printing->out, json->text, printing->err);
    case WH_JSON_STRING:
        return wh_json_put_string(printing->out, json->text, printing->err);
    case WH_JSON_ARRAY:
    case WH_JSON_OBJECT:
        break;
    }
    return print_container(printing, json);
}

wh_code wh_jsonb_print(const struct wh_json *json, struct wh_buf *out, struct wh_error *err)
{
    static const struct layout layout = {.comma = ", ", .colon = ": "};
    struct printing printing = {.layout = &layout, .out = out, .err = err};
    return print_value(&printing, json);
}

wh_code wh_jsonb_print_pretty(const struct wh_json *json, struct wh_buf *out, struct wh_error *err)
{
    static const struct layout layout = {.comma = ",", .colon = ": ", .is_pretty = true};
    struct printing printing = {.layout = &layout, .out = out, .err = err};
    return print_value(&printing, json);
}

wh_code wh_json_print_without_nulls(const struct wh_json *json, struct wh_buf *out,
                                    struct wh_error *err)
{
    static const struct layout layout = {.comma = ",", .colon = ":", .omits_nulls = true};
    struct printing printing = {.layout = &layout, .out = out, .err = err};
    return print_value(&printing, json);
}

/* ---- comparing ------------------------------------------------------------------------------ */

/* Counts steps; true once there were too many, and then all comparing ends. */
static bool is_over(struct wh_jsonb_comparison *comparison, size_t steps)
{
    comparison->steps += steps;
    return comparison->steps > WH_JSON_MAX_STEPS;
}

static bool equal_numbers(struct wh_str a, struct wh_str b, struct wh_arena *scratch)
{
    struct wh_numeric left;
    struct wh_numeric right;
    if (wh_str_equal(a, b))
        return true;
    return wh_numeric_parse(a, scratch, &left) == WH_FAULT_NONE &&
           wh_numeric_parse(b, scratch, &right) == WH_FAULT_NONE &&
           wh_numeric_compare(&left, &right) == 0;
}

bool wh_jsonb_equal(struct wh_jsonb_comparison *comparison, const struct wh_json *a,
                    const struct wh_json *b)
{
    if (is_over(comparison, 1) || a->kind != b->kind || a->count != b->count)
        return false;
    if (a->kind == WH_JSON_BOOL)
        return a->flag == b->flag;
    if (a->kind == WH_JSON_STRING)
        return wh_str_equal(a->text, b->text);
    if (a->kind == WH_JSON_NUMBER)
        return equal_numbers(a->text, b->text, comparison->scratch);
    const struct wh_json *right = b->child;
    for (const struct wh_json *left = a->child; left != NULL; left = left->next) {
        if (!wh_str_equal(left->name, right->name) || !wh_jsonb_equal(comparison, left, right))
            return false;
        right = right->next;
    }
    return true;
}

static bool is_container(const struct wh_json *json)
{
    return json->kind == WH_JSON_ARRAY || json->kind == WH_JSON_OBJECT;
}

/* ---- order ---------------------------------------------------------------------------------- */

#define THREE_WAY(a, b) (((a) > (b)) - ((a) < (b)))

static int order_numbers(struct wh_str a, struct wh_str b, struct wh_arena *scratch)
{
    struct wh_numeric left = wh_numeric_from_int(0);
    struct wh_numeric right = wh_numeric_from_int(0);
    if (wh_numeric_parse(a, scratch, &left) != WH_FAULT_NONE ||
        wh_numeric_parse(b, scratch, &right) != WH_FAULT_NONE)
        return 0;
    return wh_numeric_compare(&left, &right);
}

static int order_values(struct wh_jsonb_comparison *comparison, const struct wh_json *a,
                        const struct wh_json *b);

static int order_children(struct wh_jsonb_comparison *comparison, const struct wh_json *a,
                          const struct wh_json *b)
{
    int order = THREE_WAY(a->count, b->count);
    const struct wh_json *right = b->child;
    for (const struct wh_json *left = a->child; order == 0 && left != NULL; left = left->next) {
        order = wh_str_compare(left->name, right->name);
        if (order == 0)
            order = order_values(comparison, left, right);
        right = right->next;
    }
    return order;
}

static int order_values(struct wh_jsonb_comparison *comparison, const struct wh_json *a,
                        const struct wh_json *b)
{
    static const int ranks[] = {[WH_JSON_NULL] = 0, [WH_JSON_STRING] = 1, [WH_JSON_NUMBER] = 2,
                                [WH_JSON_BOOL] = 3, [WH_JSON_ARRAY] = 4,  [WH_JSON_OBJECT] = 5};
    if (is_over(comparison, 1))
        return 0;
    if (a->kind != b->kind)
        return THREE_WAY(ranks[a->kind], ranks[b->kind]);
    if (is_container(a))
        return order_children(comparison, a, b);
    if (a->kind == WH_JSON_STRING)
        return wh_str_compare(a->text, b->text);
    if (a->kind == WH_JSON_NUMBER)
        return order_numbers(a->text, b->text, comparison->scratch);
    return a->kind == WH_JSON_BOOL ? THREE_WAY(a->flag, b->flag) : 0;
}

/* At the top PostgreSQL takes what is no array for one of one value, which an array without any is
 * less than. */
int wh_jsonb_order(struct wh_jsonb_comparison *comparison, const struct wh_json *a,
                   const struct wh_json *b)
{
    bool is_empty[] = {a->kind == WH_JSON_ARRAY && a->count == 0,
                       b->kind == WH_JSON_ARRAY && b->count == 0};
    if (is_empty[0] && !is_container(b))
        return -1;
    if (is_empty[1] && !is_container(a))
        return 1;
    return order_values(comparison, a, b);
}

/* ---- containing ----------------------------------------------------------------------------- */

static bool fits(struct wh_jsonb_comparison *comparison, const struct wh_json *value,
                 const struct wh_json *wanted)
{
    if (value->kind != wanted->kind)
        return false;
    return is_container(wanted) ? wh_jsonb_contains(comparison, value, wanted)
                                : wh_jsonb_equal(comparison, value, wanted);
}

static bool has_element(struct wh_jsonb_comparison *comparison, const struct wh_json *array,
                        const struct wh_json *wanted)
{
    for (const struct wh_json *element = array->child; element != NULL; element = element->next) {
        if (is_over(comparison, 1))
            return false;
        if (fits(comparison, element, wanted))
            return true;
    }
    return false;
}

static bool has_members(struct wh_jsonb_comparison *comparison, const struct wh_json *object,
                        const struct wh_json *wanted)
{
    for (const struct wh_json *member = wanted->child; member != NULL; member = member->next) {
        if (is_over(comparison, object->count))
            return false;
        const struct wh_json *found = wh_json_member(object, member->name);
        if (found == NULL || !fits(comparison, found, member))
            return false;
    }
    return true;
}

/* An array contains a scalar that is one of its elements. */
bool wh_jsonb_contains(struct wh_jsonb_comparison *comparison, const struct wh_json *a,
                       const struct wh_json *b)
{
    if (a->kind == WH_JSON_ARRAY && !is_container(b))
        return has_element(comparison, a, b);
    if (a->kind != b->kind)
        return false;
    if (a->kind == WH_JSON_OBJECT)
        return has_members(comparison, a, b);
    if (a->kind != WH_JSON_ARRAY)
        return wh_jsonb_equal(comparison, a, b);
    for (const struct wh_json *wanted = b->child; wanted != NULL; wanted = wanted->next) {
        if (!has_element(comparison, a, wanted))
            return false;
    }
    return true;
}
