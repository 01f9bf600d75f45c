/* SPDX-License-Identifier: Apache-2.0 */
#include "arguments.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LONGEST_NAME = 64 };

/** A walk over the arguments. */
struct walk {
    char **next;
    char **end;
    size_t positional; /* how many were seen */
    bool only_positional;
    const struct wherry_verb *verb;
    struct cli_arguments *ret;
};

static wh_code fail(struct wh_error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static wh_code fail(struct wh_error *err, const char *format, ...)
{
    va_list arguments;
    *err = (struct wh_error)WH_ERROR_NONE;
    err->code = WH_INVALID;
    va_start(arguments, format);
    vsnprintf(err->message, sizeof err->message, format, arguments);
    va_end(arguments);
    return WH_INVALID;
}

static bool is_one_of(const char *text, const char *a, const char *b)
{
    return strcmp(text, a) == 0 || strcmp(text, b) == 0;
}

/** Options that are the program's; true where @p argument is one. */
static bool take_common(struct cli_arguments *arguments, const char *argument)
{
    if (strcmp(argument, "--json") == 0)
        arguments->wants_json = true;
    else if (is_one_of(argument, "--no-color", "--no-colour"))
        arguments->no_color = true;
    else if (is_one_of(argument, "-h", "--help"))
        arguments->wants_help = true;
    else if (strcmp(argument, "--version") == 0)
        arguments->wants_version = true;
    else
        return false;
    return true;
}

static const struct wherry_verb *find_verb(const char *name)
{
    const struct wherry_verb *verb = wherry_verbs();
    while (verb->name != NULL && strcmp(verb->name, name) != 0)
        verb++;
    return verb->name != NULL ? verb : NULL;
}

static const struct wherry_option *find_option(const struct wherry_verb *verb, const char *name)
{
    const struct wherry_option *option = verb->options;
    while (option->name != NULL && strcmp(option->name, name) != 0)
        option++;
    return option->name != NULL ? option : NULL;
}

static wh_code take_positional(struct walk *walk, const char *argument, struct wh_error *err)
{
    size_t seen = 0;
    for (const struct wherry_option *option = walk->verb->options; option->name != NULL; option++) {
        if (!option->is_positional || seen++ < walk->positional)
            continue;
        walk->positional++;
        if (strcmp(option->name, "file") == 0)
            walk->ret->file = argument;
        return wherry_job_set(walk->ret->job, option->name, argument, err);
    }
    return fail(err, "'%s' is one argument too many for 'wherry %s'", argument, walk->verb->name);
}

/** The value of an option: behind '=', or the next argument. NULL where there is none. */
static const char *take_value(struct walk *walk, const struct wherry_option *option,
                              const char *behind_equals)
{
    if (behind_equals != NULL)
        return behind_equals;
    if (option->value == WHERRY_VALUE_SWITCH)
        return "true";
    return walk->next < walk->end ? *walk->next++ : NULL;
}

static wh_code take_option(struct walk *walk, const char *argument, struct wh_error *err)
{
    char name[LONGEST_NAME];
    const char *equals = strchr(argument, '=');
    size_t len = equals != NULL ? (size_t)(equals - argument) : strlen(argument);
    if (argument[1] != '-')
        return fail(err, "there is no option '%s'; options are written out: --json, --help",
                    argument);
    if (len - 2 >= sizeof name)
        return fail(err, "there is no option '%.80s…'", argument);
    memcpy(name, argument + 2, len - 2);
    name[len - 2] = '\0';
    const struct wherry_option *option = find_option(walk->verb, name);
    if (option == NULL)
        return wherry_job_set(walk->ret->job, name, "", err); /* says what is near */
    const char *value = take_value(walk, option, equals != NULL ? equals + 1 : NULL);
    if (value == NULL)
        return fail(err, "'--%s' needs a value: %s", name, option->argument);
    return wherry_job_set(walk->ret->job, name, value, err);
}

static wh_code take_argument(struct walk *walk, struct wh_error *err)
{
    const char *argument = *walk->next++;
    if (walk->only_positional || argument[0] != '-' || argument[1] == '\0')
        return take_positional(walk, argument, err);
    if (strcmp(argument, "--") == 0) {
        walk->only_positional = true;
        return WH_OK;
    }
    return take_common(walk->ret, argument) ? WH_OK : take_option(walk, argument, err);
}

/** Help is given whatever else stands in the line:
 *  somebody who asks for it is unsure of the rest. */
static void look_for_help(struct walk *walk)
{
    for (char **argument = walk->next; argument < walk->end; argument++) {
        if (strcmp(*argument, "--") == 0)
            return;
        walk->ret->wants_help |= is_one_of(*argument, "-h", "--help");
    }
}

/** The verb, or what stands for one: "help CMD", "--help", "--version". */
static wh_code take_verb(struct walk *walk, struct wh_error *err)
{
    struct cli_arguments *ret = walk->ret;
    while (walk->next < walk->end && take_common(ret, *walk->next))
        walk->next++;
    if (walk->next < walk->end && strcmp(*walk->next, "help") == 0) {
        ret->wants_help = true;
        walk->next++;
    }
    if (walk->next == walk->end)
        return ret->wants_help || ret->wants_version
                   ? WH_OK
                   : fail(err, "no command; 'wherry --help' lists them");
    ret->verb = *walk->next++;
    if ((*ret->verb) == '-')
        return fail(err, "'%s' stands before the command; options come behind it%s", ret->verb, "");
    walk->verb = find_verb(ret->verb);
    look_for_help(walk);
    if (walk->verb != NULL && ret->wants_help)
        return WH_OK;
    return wherry_job_new(ret->verb, &ret->job, err);
}

wh_code cli_parse(int argc, char **argv, struct cli_arguments *ret, struct wh_error *err)
{
    *ret = (struct cli_arguments){.verb = NULL};
    struct walk walk = {.next = argv + 1, .end = argv + argc, .ret = ret};
    if (argc < 1)
        walk.next = walk.end;
    wh_code rc = take_verb(&walk, err);
    while (rc == WH_OK && walk.verb != NULL && ret->job != NULL && walk.next < walk.end)
        rc = take_argument(&walk, err);
    /* Also behind a mistake it says how that is to be told. */
    for (; rc != WH_OK && walk.next < walk.end; walk.next++)
        ret->wants_json = ret->wants_json || strcmp(*walk.next, "--json") == 0;
    return rc;
}
