/* SPDX-License-Identifier: Apache-2.0 */
/* `clean:`: a list of rules, each with one of set, reject, skip and duplicates. */
#include "base/error.h"
#include "plan/read.h"
#include "plan/tidy.h"

/* What stands under one rule, before it is known which kind of rule it is. */
struct draft {
    struct wh_clean_definition rule; /* first: wh_form_set fills it */
    struct wh_str reject;
    struct wh_str skip;
    struct wh_expr_text keep;
    struct wh_assignment_definition *mapped; /* map_values */
    size_t mapped_count;
    struct wh_expr_text unmatched;
};

/* ---- keep: first, last, min(expr), max(expr) ------------------------------------------------- */

/* True where the bracket that @p text begins with is closed by its last byte, and not before.
 * Brackets in string literals and quoted names do not count. */
static bool is_in_brackets(struct wh_str text)
{
    size_t depth = 0;
    char quote = '\0';
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (quote != '\0')
            quote = c == quote ? '\0' : quote;
        else if (c == '\'' || c == '"')
            quote = c;
        else if (c == '(')
            depth++;
        else if (c == ')' && --depth == 0)
            return i + 1 == text.len;
    }
    return false;
}

/* Cuts "name ( expression )" into *ret; false where @p text is not that. */
static bool cut_call(struct wh_expr_text text, const char *name, struct wh_expr_text *ret)
{
    struct wh_str whole = wh_str_trim(text.text);
    size_t length = strlen(name);
    if (whole.len <= length ||
        !wh_str_equal_ascii_fold(wh_str_make(whole.ptr, length), wh_str_from(name)))
        return false;
    struct wh_str rest = wh_str_trim(wh_str_make(whole.ptr + length, whole.len - length));
    if (rest.len < 3 || rest.ptr[0] != '(' || !is_in_brackets(rest))
        return false;
    *ret = (struct wh_expr_text){.text = wh_str_make(rest.ptr + 1, rest.len - 2),
                                 .line = text.line,
                                 .column = text.column + (uint32_t)(rest.ptr + 1 - text.text.ptr)};
    return wh_str_trim(ret->text).len > 0;
}

static wh_code read_keep(const struct wh_key *key, const struct wh_yaml_node *value, void *object,
                         struct wh_arena *arena, struct wh_error *err)
{
    (void)arena;
    struct draft *draft = object;
    WH_TRY(wh_require_text(key->name, value, false, err));
    struct wh_str text = wh_str_trim(value->text);
    draft->keep = wh_placed_text(value);
    if (wh_str_is(text, "first"))
        draft->rule.keep = WH_SURVIVOR_FIRST;
    else if (wh_str_is(text, "last"))
        draft->rule.keep = WH_SURVIVOR_LAST;
    else if (wh_str_is(text, "most complete")) {
        draft->rule.keep = WH_SURVIVOR_MAX;
        draft->rule.keeps_most_complete = true;
    } else if (cut_call(draft->keep, "min", &draft->rule.keep_value))
        draft->rule.keep = WH_SURVIVOR_MIN;
    else if (cut_call(draft->keep, "max", &draft->rule.keep_value))
        draft->rule.keep = WH_SURVIVOR_MAX;
    else
        return wh_yaml_error(value, err,
                             "'keep' must be first, last, most complete, min(expression) or "
                             "max(expression), not "
                             "'%.*s'",
                             WH_FMT(value->written));
    return WH_OK;
}

static json_t *keep_schema(const struct wh_key *key)
{
    (void)key;
    return json_pack("{s:s, s:s}", "type", "string", "pattern",
                     "^(first|last|most complete|([mM][iI][nN]|[mM][aA][xX]) *[(].+[)])$");
}

static const struct wh_form form_keep = {.read = read_keep, .schema = keep_schema};

/* ---- unmatched ------------------------------------------------------------------------------- */

static const struct wh_choice unmatched_choices[] = {{"keep", WH_UNMATCHED_KEEP},
                                                     {"reject", WH_UNMATCHED_REJECT},
                                                     {"null", WH_UNMATCHED_NULL},
                                                     {NULL, 0}};

/* YAML's null means the word here. */
static wh_code read_unmatched(const struct wh_key *key, const struct wh_yaml_node *value,
                              void *object, struct wh_arena *arena, struct wh_error *err)
{
    struct draft *draft = object;
    int choice = WH_UNMATCHED_NULL;
    struct wh_key named = *key;
    named.offset = 0;
    if (!wh_yaml_is_null(value))
        WH_TRY(wh_form_choice.read(&named, value, &choice, arena, err));
    draft->rule.unmatched = (enum wh_unmatched)choice;
    draft->unmatched = wh_placed_text(value);
    return WH_OK;
}

static json_t *unmatched_schema(const struct wh_key *key)
{
    (void)key;
    return json_pack("{s:[s,s,s,n]}", "enum", "keep", "reject", "null");
}

static const struct wh_form form_unmatched = {.read = read_unmatched, .schema = unmatched_schema};

/* ---- a rule ---------------------------------------------------------------------------------- */

static const struct wh_key clean_keys[] = {
    {.name = "name",
     .form = &wh_form_text,
     .offset = offsetof(struct draft, rule.name),
     .help = "what logs and reports call the rule (default: clean 1, clean 2 …)"},
    {.name = "when",
     .form = &wh_form_expression,
     .offset = offsetof(struct draft, rule.when),
     .help = "a condition over the source's columns; without it the rule is for every record"},
    {.name = "set",
     .form = &wh_form_set,
     .help = "new values for source columns, as expressions; the old ones stay in the log"},
    {.name = "tidy",
     .form = &wh_form_names,
     .offset = offsetof(struct draft, rule.tidy),
     .count_offset = offsetof(struct draft, rule.tidy_count),
     .help = "steps for texts, in their order: trim, null_if_blank, strip_control, lower, upper, "
             "initcap, nfc, nfkc"},
    {.name = "columns",
     .form = &wh_form_names,
     .offset = offsetof(struct draft, rule.columns),
     .count_offset = offsetof(struct draft, rule.column_count),
     .help = "the source columns that 'tidy' is for (default: all of text)"},
    {.name = "map_values",
     .form = &wh_form_map_values,
     .offset = offsetof(struct draft, mapped),
     .count_offset = offsetof(struct draft, mapped_count),
     .help = "source columns, and for each what its values become, or a CSV file that says so: "
             "[file, column of the old values, column of the new ones]"},
    {.name = "unmatched",
     .form = &form_unmatched,
     .detail = unmatched_choices,
     .help = "what becomes of a value that 'map_values' does not have: keep (default), reject the "
             "record, null"},
    {.name = "reject",
     .form = &wh_form_text,
     .offset = offsetof(struct draft, reject),
     .help = "rejects the record, with this reason"},
    {.name = "skip",
     .form = &wh_form_text,
     .offset = offsetof(struct draft, skip),
     .help = "leaves the record out on purpose, with this reason"},
    {.name = "duplicates",
     .form = &wh_form_expressions,
     .offset = offsetof(struct draft, rule.duplicates),
     .count_offset = offsetof(struct draft, rule.duplicate_count),
     .help = "expressions that make two records the same; one of them goes on, the others are "
             "skipped"},
    {.name = "keep",
     .form = &form_keep,
     .help =
         "which of the duplicates goes on: first (default), last, most complete, min(expression), "
         "max(expression)"},
    {.name = NULL},
};

static wh_code choose_action(const struct wh_yaml_node *node, struct draft *draft,
                             struct wh_error *err)
{
    struct wh_clean_definition *rule = &draft->rule;
    int actions = (rule->set_count > 0) + (rule->tidy_count > 0) + (draft->mapped_count > 0) +
                  (draft->reject.ptr != NULL) + (draft->skip.ptr != NULL) +
                  (rule->duplicate_count > 0);
    if (actions != 1)
        return wh_yaml_error(node, err,
                             "a clean rule must have one of 'set', 'tidy', 'map_values', 'reject', "
                             "'skip' and 'duplicates', not %s of them",
                             actions == 0 ? "none" : "several");
    if (rule->duplicate_count > 0)
        rule->action = WH_CLEAN_DUPLICATES;
    else if (rule->set_count > 0 || rule->tidy_count > 0 || draft->mapped_count > 0)
        rule->action = WH_CLEAN_SET;
    else
        rule->action = draft->reject.ptr != NULL ? WH_CLEAN_REJECT : WH_CLEAN_SKIP;
    rule->reason = draft->reject.ptr != NULL ? draft->reject : draft->skip;
    if (draft->mapped_count > 0) {
        rule->sets = draft->mapped;
        rule->set_count = draft->mapped_count;
    }
    if (rule->column_count > 0 && rule->tidy_count == 0)
        return wh_yaml_error(node, err, "'columns' belongs to 'tidy', which this rule has not");
    if (draft->unmatched.line != 0 && draft->mapped_count == 0)
        return wh_yaml_error(node, err,
                             "'unmatched' belongs to 'map_values', which this rule has not");
    WH_TRY(wh_tidy_check(rule, err));
    if (draft->keep.text.ptr != NULL && rule->action != WH_CLEAN_DUPLICATES) {
        wh_error_set(err, WH_INVALID, "'keep' belongs to 'duplicates', which this rule has not");
        return wh_error_at(err, WH_INVALID, draft->keep.line, draft->keep.column);
    }
    if (rule->when.text.ptr == NULL && rule->reason.ptr != NULL)
        return wh_yaml_error(node, err,
                             "the rule would %s every record; say which ones with 'when'",
                             rule->action == WH_CLEAN_REJECT ? "reject" : "skip");
    return WH_OK;
}

/* Where the rule has no name, *ret has the one that it gets. */
static wh_code read_rule(const struct wh_yaml_node *node, struct wh_str label,
                         struct wh_arena *arena, struct wh_clean_definition *ret,
                         struct wh_error *err)
{
    struct draft draft = {.keep = {.line = 0}};
    struct wh_level level = {.keys = clean_keys, .label = label, .object = &draft};
    WH_TRY(wh_keys_read(&level, node, arena, err));
    WH_TRY(choose_action(node, &draft, err));
    if (draft.rule.name.ptr == NULL)
        draft.rule.name = ret->name;
    *ret = draft.rule;
    return WH_OK;
}

static wh_code read_clean(const struct wh_key *key, const struct wh_yaml_node *value, void *object,
                          struct wh_arena *arena, struct wh_error *err)
{
    struct wh_item_definition *item = object;
    WH_TRY(wh_require_list(key->name, value, err));
    if (value->count > UINT16_MAX)
        return wh_yaml_error(value, err, "'clean' has more than %d rules", (int)UINT16_MAX);
    item->clean = wh_arena_array(arena, WH_MAX(value->count, 1), sizeof(*item->clean));
    if (item->clean == NULL)
        return wh_error_no_memory(err, value->count * sizeof(*item->clean));
    /* Rules of 'defaults' stand in one list with those of an item type. */
    const char *prefix = key->detail != NULL ? key->detail : "clean";
    for (size_t i = 0; i < value->count; i++) {
        struct wh_clean_definition *rule = &item->clean[i];
        struct wh_str label;
        WH_TRY(wh_arena_format(arena, &rule->name, err, "%s %zu", prefix, i + 1));
        WH_TRY(wh_arena_format(arena, &label, err, "rule %zu of '%s'", i + 1, prefix));
        WH_TRY(read_rule(value->elements[i], label, arena, rule, err));
    }
    item->clean_count = value->count;
    return WH_OK;
}

static json_t *clean_schema(const struct wh_key *key)
{
    (void)key;
    return wh_schema_list(wh_keys_schema(clean_keys));
}

const struct wh_form wh_form_clean = {.read = read_clean, .schema = clean_schema};
