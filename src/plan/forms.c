/* SPDX-License-Identifier: Apache-2.0 */
/* The forms of values that several tables of keys share. */
#include "base/error.h"
#include "base/option.h"
#include "plan/keys.h"
#include "plan/migration.h"
#include "plan/nearest.h"

static void *field(void *object, size_t offset)
{
    return (char *)object + offset;
}

/* ---- texts ----------------------------------------------------------------------------------- */

static bool takes_null(const struct wh_key *key)
{
    return key->form == &wh_form_expression || key->form == &wh_form_expressions;
}

static wh_code read_text(const struct wh_key *key, const struct wh_yaml_node *value, void *object,
                         struct wh_arena *arena, struct wh_error *err)
{
    (void)arena;
    WH_TRY(wh_require_text(key->name, value, false, err));
    *(struct wh_str *)field(object, key->offset) = value->text;
    return WH_OK;
}

static wh_code read_placed(const struct wh_key *key, const struct wh_yaml_node *value, void *object,
                           struct wh_arena *arena, struct wh_error *err)
{
    (void)arena;
    WH_TRY(wh_require_text(key->name, value, takes_null(key), err));
    *(struct wh_expr_text *)field(object, key->offset) = wh_placed_text(value);
    return WH_OK;
}

static json_t *text_schema(const struct wh_key *key)
{
    return wh_schema_scalar(takes_null(key));
}

const struct wh_form wh_form_text = {.read = read_text, .schema = text_schema};
const struct wh_form wh_form_place = {.read = read_placed, .schema = text_schema};
const struct wh_form wh_form_expression = {.read = read_placed, .schema = text_schema};

/* ---- one or a list --------------------------------------------------------------------------- */

static wh_code read_several(const struct wh_key *key, const struct wh_yaml_node *value,
                            void *object, struct wh_arena *arena, struct wh_error *err)
{
    bool is_list = value->kind == WH_YAML_LIST;
    size_t count = is_list ? value->count : 1;
    if (count == 0)
        return wh_yaml_error(value, err, "'%s' is an empty list", key->name);
    struct wh_expr_text *texts = wh_arena_array(arena, count, sizeof(*texts));
    if (texts == NULL)
        return wh_error_no_memory(err, count * sizeof(*texts));
    for (size_t i = 0; i < count; i++) {
        const struct wh_yaml_node *element = is_list ? value->elements[i] : value;
        WH_TRY(wh_require_text(key->name, element, takes_null(key), err));
        texts[i] = wh_placed_text(element);
    }
    *(struct wh_expr_text **)field(object, key->offset) = texts;
    *(size_t *)field(object, key->count_offset) = count;
    return WH_OK;
}

static json_t *several_schema(const struct wh_key *key)
{
    return wh_schema_one_or_list(wh_schema_scalar(takes_null(key)));
}

const struct wh_form wh_form_names = {.read = read_several, .schema = several_schema};
const struct wh_form wh_form_expressions = {.read = read_several, .schema = several_schema};

/* ---- flags and choices ----------------------------------------------------------------------- */

static wh_code read_flag(const struct wh_key *key, const struct wh_yaml_node *value, void *object,
                         struct wh_arena *arena, struct wh_error *err)
{
    (void)arena;
    WH_TRY(wh_require_text(key->name, value, false, err));
    bool is_true = wh_str_is(value->text, "true");
    if (!is_true && !wh_str_is(value->text, "false"))
        return wh_yaml_error(value, err, "'%s' must be true or false, not '%.*s'", key->name,
                             WH_FMT(value->written));
    *(bool *)field(object, key->offset) = is_true;
    return WH_OK;
}

static json_t *flag_schema(const struct wh_key *key)
{
    (void)key;
    return json_pack("{s:s}", "type", "boolean");
}

static wh_code refuse_choice(const struct wh_key *key, const struct wh_yaml_node *value,
                             struct wh_arena *arena, struct wh_error *err)
{
    struct wh_str names = WH_STR("");
    struct wh_nearest search = wh_nearest_to(value->written);
    for (const struct wh_choice *choice = key->detail; choice->name != NULL; choice++) {
        wh_nearest_offer(&search, wh_str_from(choice->name));
        WH_TRY(wh_arena_format(arena, &names, err, "%.*s%s%s", WH_FMT(names),
                               names.len > 0 ? ", " : "", choice->name));
    }
    return wh_yaml_error(value, err, "'%s' must be one of %.*s, not '%.*s'" WH_NEAREST_FORMAT,
                         key->name, WH_FMT(names), WH_FMT(value->written), WH_NEAREST(search));
}

static wh_code read_choice(const struct wh_key *key, const struct wh_yaml_node *value, void *object,
                           struct wh_arena *arena, struct wh_error *err)
{
    WH_TRY(wh_require_text(key->name, value, false, err));
    for (const struct wh_choice *choice = key->detail; choice->name != NULL; choice++) {
        if (!wh_str_is(value->text, choice->name))
            continue;
        /* Into whichever enum it is: all of them have the size of an int. */
        _Static_assert(sizeof(enum wh_mode) == sizeof(choice->value), "enums are ints");
        memcpy(field(object, key->offset), &choice->value, sizeof(choice->value));
        return WH_OK;
    }
    return refuse_choice(key, value, arena, err);
}

static json_t *choice_schema(const struct wh_key *key)
{
    json_t *names = json_array();
    for (const struct wh_choice *choice = key->detail; choice->name != NULL; choice++) {
        if (json_array_append_new(names, json_string(choice->name)) != 0) {
            json_decref(names);
            return NULL;
        }
    }
    return json_pack("{s:o}", "enum", names);
}

const struct wh_form wh_form_flag = {.read = read_flag, .schema = flag_schema};
const struct wh_form wh_form_choice = {.read = read_choice, .schema = choice_schema};

/* ---- numbers --------------------------------------------------------------------------------- */

static wh_code refuse_number(const struct wh_key *key, const struct wh_yaml_node *value,
                             const char *wanted, struct wh_error *err)
{
    return wh_yaml_error(value, err, "'%s' must be %s, not '%.*s'", key->name, wanted,
                         WH_FMT(value->written));
}

static wh_code read_size(const struct wh_key *key, const struct wh_yaml_node *value, void *object,
                         struct wh_arena *arena, struct wh_error *err)
{
    (void)arena;
    uint64_t *size = field(object, key->offset);
    WH_TRY(wh_require_text(key->name, value, false, err));
    if (wh_size_parse(value->text, size, err) != WH_OK || *size == 0)
        return refuse_number(key, value, "a size like 64MiB or 10kB", err);
    return WH_OK;
}

static wh_code read_count(const struct wh_key *key, const struct wh_yaml_node *value, void *object,
                          struct wh_arena *arena, struct wh_error *err)
{
    (void)arena;
    uint64_t *count = field(object, key->offset);
    WH_TRY(wh_require_text(key->name, value, false, err));
    if (wh_count_parse(value->text, count, err) != WH_OK || *count == 0)
        return refuse_number(key, value, "a whole number from 1", err);
    return WH_OK;
}

/* A percentage may have digits behind the point, up to six of them; a number of items may not. */
static bool parse_bound(struct wh_str text, struct wh_bound *ret)
{
    enum { MAX_DIGITS = 6 };
    struct wh_str rest = text;
    bool is_percent = wh_str_ends_with(text, WH_STR("%"));
    if (is_percent)
        rest.len--;
    struct wh_str whole = wh_str_split(&rest, '.');
    bool has_point = rest.ptr != NULL;
    uint64_t integer;
    uint64_t fraction = 0;
    if (wh_count_parse(whole, &integer, NULL) != WH_OK || integer > UINT64_C(1000000000000000))
        return false;
    if (has_point &&
        (!is_percent || rest.len > MAX_DIGITS || wh_count_parse(rest, &fraction, NULL) != WH_OK))
        return false;
    double scale = 1;
    for (size_t i = 0; i < rest.len; i++)
        scale *= 10;
    *ret = (struct wh_bound){.is_set = true,
                             .is_percent = is_percent,
                             .amount = (double)integer + (double)fraction / scale};
    return !is_percent || ret->amount <= 100;
}

static wh_code read_bound(const struct wh_key *key, const struct wh_yaml_node *value, void *object,
                          struct wh_arena *arena, struct wh_error *err)
{
    (void)arena;
    WH_TRY(wh_require_text(key->name, value, false, err));
    struct wh_bound bound;
    if (!parse_bound(value->text, &bound))
        return refuse_number(key, value, "a number of items like 100 or a part of them like 1%",
                             err);
    *(struct wh_bound *)field(object, key->offset) = bound;
    return WH_OK;
}

static json_t *size_schema(const struct wh_key *key)
{
    (void)key;
    return json_pack("{s:[s,s], s:s, s:i}", "type", "string", "integer", "pattern",
                     "^[0-9]+ ?([kMG]i?B|B)?$", "minimum", 1);
}

static json_t *count_schema(const struct wh_key *key)
{
    (void)key;
    return json_pack("{s:s, s:i}", "type", "integer", "minimum", 1);
}

static wh_code read_rate(const struct wh_key *key, const struct wh_yaml_node *value, void *object,
                         struct wh_arena *arena, struct wh_error *err)
{
    (void)arena;
    uint64_t *rate = field(object, key->offset);
    WH_TRY(wh_require_text(key->name, value, false, err));
    struct wh_str number = value->text;
    if (wh_str_ends_with(number, WH_STR("/s")))
        number.len -= 2;
    if (wh_count_parse(number, rate, err) != WH_OK || *rate == 0)
        return refuse_number(key, value, "a number of items a second like 5000/s", err);
    return WH_OK;
}

static json_t *rate_schema(const struct wh_key *key)
{
    (void)key;
    return json_pack("{s:[s,s], s:s, s:i}", "type", "string", "integer", "pattern",
                     "^0*[1-9][0-9]*/s$", "minimum", 1);
}

static json_t *bound_schema(const struct wh_key *key)
{
    (void)key;
    return json_pack("{s:[s,s], s:s, s:i}", "type", "string", "integer", "pattern",
                     "^[0-9]+([.][0-9]{1,6})?%$", "minimum", 0);
}

const struct wh_form wh_form_size = {.read = read_size, .schema = size_schema};
const struct wh_form wh_form_count = {.read = read_count, .schema = count_schema};
const struct wh_form wh_form_rate = {.read = read_rate, .schema = rate_schema};
const struct wh_form wh_form_bound = {.read = read_bound, .schema = bound_schema};

/* ---- mappings -------------------------------------------------------------------------------- */

static wh_code read_level(const struct wh_key *key, const struct wh_yaml_node *value, void *object,
                          struct wh_arena *arena, struct wh_error *err)
{
    struct wh_level level = {.keys = key->detail, .object = field(object, key->offset)};
    WH_TRY(wh_arena_format(arena, &level.label, err, "'%s'", key->name));
    return wh_keys_read(&level, value, arena, err);
}

static json_t *level_schema(const struct wh_key *key)
{
    return wh_keys_schema(key->detail);
}

const struct wh_form wh_form_level = {.read = read_level, .schema = level_schema};

/* ---- option tables: a mapping whose keys another room declares ------------------------------- */

static wh_code read_option_list(const struct wh_option *option, const struct wh_yaml_node *value,
                                void *object, struct wh_arena *arena, struct wh_error *err)
{
    if (value->kind != WH_YAML_LIST)
        return wh_yaml_error(value, err, "'%s' must be a list, not %s", option->name,
                             wh_yaml_kind_name(value));
    struct wh_option_list *list = field(object, option->offset);
    /* An empty list is a statement, too, and not the same as none. */
    list->items = wh_arena_array(arena, WH_MAX(value->count, 1), sizeof(*list->items));
    if (list->items == NULL)
        return wh_error_no_memory(err, value->count * sizeof(*list->items));
    for (size_t i = 0; i < value->count; i++) {
        const struct wh_yaml_node *element = value->elements[i];
        if (element->kind != WH_YAML_SCALAR || element->is_absent)
            return wh_yaml_error(element, err, "'%s' must be a list of texts, not of %s",
                                 option->name, wh_yaml_kind_name(element));
        list->items[i] = element->text;
    }
    list->count = value->count;
    return WH_OK;
}

static wh_code read_option(const struct wh_option *option, const struct wh_yaml_node *value,
                           void *object, struct wh_arena *arena, struct wh_error *err)
{
    if (option->type == WH_OPTION_LIST)
        return read_option_list(option, value, object, arena, err);
    if (value->kind != WH_YAML_SCALAR)
        return wh_yaml_error(value, err, "'%s' must be a text, not %s", option->name,
                             wh_yaml_kind_name(value));
    wh_code rc = wh_option_set(option, object, value->text, err);
    return rc == WH_OK ? WH_OK : wh_error_at(err, rc, value->line, value->column);
}

static wh_code unknown_option(const struct wh_option *table, const char *around,
                              const struct wh_yaml_node *name, struct wh_error *err)
{
    struct wh_nearest search = wh_nearest_to(name->text);
    for (const struct wh_option *option = table; option->name != NULL; option++)
        wh_nearest_offer(&search, wh_str_from(option->name));
    return wh_yaml_error(name, err, "unknown key '%.*s' in '%s'" WH_NEAREST_FORMAT,
                         WH_FMT(name->text), around, WH_NEAREST(search));
}

static wh_code read_options(const struct wh_key *key, const struct wh_yaml_node *value,
                            void *object, struct wh_arena *arena, struct wh_error *err)
{
    WH_TRY(wh_require_mapping(key->name, value, err));
    for (size_t i = 0; i < value->count; i++) {
        const struct wh_yaml_pair *pair = &value->pairs[i];
        const struct wh_option *option = wh_option_find(key->detail, pair->key->text);
        if (option == NULL)
            return unknown_option(key->detail, key->name, pair->key, err);
        if (pair->value->is_absent)
            return wh_yaml_error(pair->key, err, "'%s' has no value", option->name);
        WH_TRY(read_option(option, pair->value, field(object, key->offset), arena, err));
    }
    return WH_OK;
}

static json_t *option_schema(const struct wh_option *option)
{
    switch (option->type) {
    case WH_OPTION_BOOL:
        return json_pack("{s:s}", "type", "boolean");
    case WH_OPTION_COUNT:
        return json_pack("{s:s, s:i}", "type", "integer", "minimum", 0);
    case WH_OPTION_SIZE:
        return size_schema(NULL);
    case WH_OPTION_LIST:
        return json_pack("{s:s, s:o}", "type", "array", "items", wh_schema_scalar(true));
    case WH_OPTION_TEXT:
    case WH_OPTION_CHAR:
        break;
    }
    return wh_schema_scalar(false);
}

static json_t *options_schema(const struct wh_key *key)
{
    json_t *properties = json_object();
    for (const struct wh_option *option = key->detail; option->name != NULL; option++) {
        json_t *schema = option_schema(option);
        json_t *help = json_sprintf("%s (default: %s)", option->help, option->default_text);
        if (json_object_set_new(schema, "description", help) != 0 ||
            json_object_set_new(properties, option->name, schema) != 0) {
            json_decref(properties);
            return NULL;
        }
    }
    return json_pack("{s:s, s:o, s:b}", "type", "object", "properties", properties,
                     "additionalProperties", 0);
}

const struct wh_form wh_form_options = {.read = read_options, .schema = options_schema};

/* ---- what later versions bring --------------------------------------------------------------- */

static wh_code read_later(const struct wh_key *key, const struct wh_yaml_node *value, void *object,
                          struct wh_arena *arena, struct wh_error *err)
{
    (void)object;
    (void)arena;
    (void)value;
    const char *instead = key->detail;
    /* Without a place: the key's is added by who read it. */
    return wh_error_set(err, WH_UNSUPPORTED, "'%s' is not supported by this version; %s", key->name,
                        instead);
}

const struct wh_form wh_form_later = {.read = read_later, .schema = NULL};
