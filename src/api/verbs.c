/* SPDX-License-Identifier: Apache-2.0 */
#include "api/verbs.h"

#include <string.h>

#include "base/error.h"
#include "plan/nearest.h"

#define FILE_OPTION                                                                                \
    {                                                                                              \
        .name = "file", .argument = "FILE", .is_positional = true, .is_required = true,            \
        .help = "the migration file"                                                               \
    }
#define ITEM_OPTION(text)                                                                          \
    {                                                                                              \
        .name = "item", .argument = "ITEM", .is_positional = true, .help = (text)                  \
    }
#define ID_OPTION(text)                                                                            \
    {                                                                                              \
        .name = "id", .argument = "KEY", .is_repeatable = true, .help = (text)                     \
    }
#define SWITCH_OPTION(name_, text)                                                                 \
    {                                                                                              \
        .name = (name_), .value = WHERRY_VALUE_SWITCH, .help = (text)                              \
    }
#define LAST_OPTION                                                                                \
    {                                                                                              \
        .name = NULL                                                                               \
    }

static const struct wherry_option run_options[] = {
    FILE_OPTION,
    ITEM_OPTION("only this item type"),
    ID_OPTION("only the item with this key; may be repeated; parts of a key as a=1,b=2"),
    SWITCH_OPTION("trace", "with --id: show every step of these items"),
    {.name = "limit",
     .argument = "N",
     .value = WHERRY_VALUE_COUNT,
     .help = "only the first N records of each item type"},
    {.name = "where",
     .argument = "EXPR",
     .help = "only records for which this holds, over source columns"},
    {.name = "only",
     .argument = "failed|rejected",
     .value = WHERRY_VALUE_CHOICE,
     .help = "only items that are failed or rejected at present"},
    {.name = "from",
     .argument = "FILE",
     .help = "rejected items only, read from FILE: a corrected 'log --rejected --export'"},
    SWITCH_OPTION("trust-ledger",
                  "skip, unread, items whose source and migration have not changed"),
    SWITCH_OPTION("compare-all",
                  "read all rows that are there, also those that nobody has touched"),
    SWITCH_OPTION("restart", "begin anew instead of going on with an interrupted run"),
    SWITCH_OPTION("dry-run", "write nothing, neither data nor log"),
    SWITCH_OPTION("rehearse", "do all of it in one transaction, then roll back"),
    {.name = "workers",
     .argument = "N",
     .value = WHERRY_VALUE_COUNT,
     .help = "threads that migrate (default: one a core, at most 8)"},
    {.name = "max-failures",
     .argument = "N|P%",
     .value = WHERRY_VALUE_BOUND,
     .help = "stop above so many rejected and failed items"},
    LAST_OPTION};

static const struct wherry_option plan_options[] = {FILE_OPTION, ITEM_OPTION("only this item type"),
                                                    LAST_OPTION};

static const struct wherry_option status_options[] = {FILE_OPTION, LAST_OPTION};

static const struct wherry_option log_options[] = {
    FILE_OPTION,
    ITEM_OPTION("only this item type"),
    ID_OPTION("the history of the item with this key; may be repeated"),
    SWITCH_OPTION("failed",
                  "items that could not be written: refused there, edited since, or owned"),
    SWITCH_OPTION("rejected", "items that a rule, check or conversion refused"),
    SWITCH_OPTION("missing", "items that the source no longer has, of which the row was kept"),
    {.name = "rule", .argument = "NAME", .help = "items that this rule or check touched"},
    {.name = "run",
     .argument = "N",
     .value = WHERRY_VALUE_COUNT,
     .help = "of this run (default: the latest; with --id: all)"},
    {.name = "export",
     .argument = "ndjson|csv",
     .value = WHERRY_VALUE_CHOICE,
     .help = "every field of every entry, one a line; with --rejected: the source's records, to "
             "correct them and give them back with 'run --from'"},
    LAST_OPTION};

static const struct wherry_option schema_options[] = {LAST_OPTION};

static const struct wherry_option functions_options[] = {
    {.name = "name",
     .argument = "NAME",
     .is_positional = true,
     .help = "only this one, a pattern of names (json*), or where a word stands (/zone/)"},
    LAST_OPTION};

static const struct wherry_verb verbs[] = {
    {.name = "run",
     .summary = "migrate",
     .example = "wherry run shop.yaml\n"
                "wherry run shop.yaml customer --id 1017 --trace\n"
                "wherry run shop.yaml --dry-run --limit 1000",
     .options = run_options},
    {.name = "plan",
     .summary = "what a run would do",
     .example = "wherry plan shop.yaml",
     .options = plan_options},
    {.name = "status",
     .summary = "runs, progress, counts",
     .example = "wherry status shop.yaml",
     .options = status_options},
    {.name = "log",
     .summary = "what happened to items",
     .example = "wherry log shop.yaml --rejected\n"
                "wherry log shop.yaml customer --id 1017\n"
                "wherry log shop.yaml --export csv >items.csv",
     .options = log_options},
    {.name = "functions",
     .summary = "what expressions are made of, with examples",
     .example = "wherry functions\n"
                "wherry functions split_part\n"
                "wherry functions 'json*'\n"
                "wherry functions /zone/ --json",
     .options = functions_options},
    {.name = "schema",
     .summary = "the JSON Schema of migration files, for editors",
     .example = "wherry schema >wherry.schema.json",
     .options = schema_options},
    {.name = NULL}};

static api_verb_run *const functions[] = {api_run, api_plan,      api_status,
                                          api_log, api_functions, api_schema};
_Static_assert(WH_COUNT_OF(functions) + 1 == WH_COUNT_OF(verbs), "a function for each verb");

/** What the design has and this version has not. */
static const char *const absent_verbs[] = {"audit", "init",    "verify", "undo",
                                           "copy",  "monitor", "report", "serve"};
const struct wherry_verb *wherry_verbs(void)
{
    return verbs;
}

const char *wherry_version(void)
{
    return WH_VERSION;
}

api_verb_run *api_verb_function(size_t index)
{
    return functions[index];
}

wh_code api_verb_find(const char *name, size_t *ret, struct wh_error *err)
{
    struct wh_nearest nearest = wh_nearest_to(wh_str_from(name));
    for (size_t verb = 0; verbs[verb].name != NULL; verb++) {
        *ret = verb;
        if (strcmp(verbs[verb].name, name) == 0)
            return WH_OK;
        wh_nearest_offer(&nearest, wh_str_from(verbs[verb].name));
    }
    for (size_t verb = 0; verb < WH_COUNT_OF(absent_verbs); verb++)
        if (strcmp(absent_verbs[verb], name) == 0)
            return wh_error_set(err, WH_UNSUPPORTED, "'%s' is not part of this version", name);
    return wh_error_set(err, WH_INVALID, "there is no command '%s'" WH_NEAREST_FORMAT, name,
                        WH_NEAREST(nearest));
}

wh_code api_option_find(const struct wherry_verb *verb, const char *name, size_t *ret,
                        struct wh_error *err)
{
    struct wh_nearest nearest = wh_nearest_to(wh_str_from(name));
    for (size_t option = 0; verb->options[option].name != NULL; option++) {
        *ret = option;
        if (strcmp(verb->options[option].name, name) == 0)
            return WH_OK;
        wh_nearest_offer(&nearest, wh_str_from(verb->options[option].name));
    }
    return wh_error_set(err, WH_INVALID, "'%s' has no option '%s'" WH_NEAREST_FORMAT, verb->name,
                        name, WH_NEAREST(nearest));
}
