/* SPDX-License-Identifier: Apache-2.0 */
#include "api/job.h"

#include <stdlib.h>

#include "api/verbs.h"
#include "base/error.h"
#include "base/option.h"
#include "report/json.h"
#include "report/text.h"

enum {
    MAX_VALUES = 100000,      /* of one option: keys of --id */
    MAX_VALUE_BYTES = 1 << 20 /* of one value */
};

/* ---- options --------------------------------------------------------------------------------- */

static wh_code check_count(const char *name, struct wh_str value, struct wh_error *err)
{
    uint64_t ignored;
    if (wh_count_parse(value, &ignored, NULL) == WH_OK)
        return WH_OK;
    return wh_error_set(err, WH_INVALID, "'%.*s' is not a whole number, as '%s' needs it",
                        WH_FMT(value), name);
}

/** "10" or "1%", "0.5%": digits with at most one point before a percent sign. */
static bool parse_bound(struct wh_str value, struct wh_bound *ret)
{
    bool is_percent = wh_str_ends_with(value, WH_STR("%"));
    struct wh_str fraction = wh_str_make(value.ptr, value.len - (is_percent ? 1 : 0));
    struct wh_str whole = wh_str_split(&fraction, '.');
    uint64_t before;
    if (whole.len > 15 || wh_count_parse(whole, &before, NULL) != WH_OK)
        return false;
    double amount = (double)before;
    if (fraction.ptr != NULL) {
        uint64_t behind;
        if (!is_percent || fraction.len > 9 || wh_count_parse(fraction, &behind, NULL) != WH_OK)
            return false;
        double unit = 1;
        for (size_t digit = 0; digit < fraction.len; digit++)
            unit *= 10;
        amount += (double)behind / unit;
    }
    *ret = (struct wh_bound){.is_set = true, .is_percent = is_percent, .amount = amount};
    return !is_percent || amount <= 100;
}

static wh_code check_bound(const char *name, struct wh_str value, struct wh_error *err)
{
    struct wh_bound ignored;
    if (parse_bound(value, &ignored))
        return WH_OK;
    return wh_error_set(err, WH_INVALID,
                        "'%.*s' is neither a whole number nor a percentage, as '%s' needs it",
                        WH_FMT(value), name);
}

static wh_code check_choice(const struct wherry_option *option, struct wh_str value,
                            struct wh_error *err)
{
    struct wh_str rest = wh_str_from(option->argument);
    while (rest.ptr != NULL)
        if (wh_str_equal(wh_str_split(&rest, '|'), value))
            return WH_OK;
    return wh_error_set(err, WH_INVALID, "'%.*s' is not one of %s, as '%s' needs it", WH_FMT(value),
                        option->argument, option->name);
}

static wh_code check_value(const struct wherry_option *option, struct wh_str value,
                           struct wh_error *err)
{
    if (value.len > MAX_VALUE_BYTES)
        return wh_error_set(err, WH_LIMIT, "the value of '%s' is longer than 1 MiB", option->name);
    switch (option->value) {
    case WHERRY_VALUE_TEXT:
        break;
    case WHERRY_VALUE_SWITCH:
        if (!wh_str_is(value, "true") && !wh_str_is(value, "false"))
            return wh_error_set(err, WH_INVALID, "'%s' takes no value", option->name);
        break;
    case WHERRY_VALUE_COUNT:
        return check_count(option->name, value, err);
    case WHERRY_VALUE_BOUND:
        return check_bound(option->name, value, err);
    case WHERRY_VALUE_CHOICE:
        return check_choice(option, value, err);
    }
    return WH_OK;
}

static wh_code add_value(struct wherry_job *job, struct api_values *values, struct wh_str value,
                         struct wh_error *err)
{
    if (values->count == values->capacity) {
        size_t capacity = values->capacity * 2 + 4;
        struct wh_str *items = reallocarray(values->items, capacity, sizeof *items);
        if (items == NULL)
            return wh_error_no_memory(err, capacity * sizeof *items);
        values->items = items;
        values->capacity = capacity;
    }
    WH_TRY(wh_arena_copy(&job->arena, value, &values->items[values->count], err));
    values->count++;
    return WH_OK;
}

wh_code wherry_job_set(struct wherry_job *job, const char *name, const char *value,
                       struct wh_error *err)
{
    size_t index;
    WH_TRY(api_option_find(job->verb, name, &index, err));
    const struct wherry_option *option = &job->verb->options[index];
    struct api_values *values = &job->values[index];
    WH_TRY(check_value(option, wh_str_from(value), err));
    if (values->count > 0 && !option->is_repeatable)
        return wh_error_set(err, WH_INVALID, "'%s' is given twice", name);
    if (values->count >= MAX_VALUES)
        return wh_error_set(err, WH_LIMIT, "'%s' is given more than %d times", name, MAX_VALUES);
    return add_value(job, values, wh_str_from(value), err);
}

const struct api_values *api_values(const struct wherry_job *job, const char *name)
{
    static const struct api_values nothing = {.count = 0};
    size_t index;
    return api_option_find(job->verb, name, &index, NULL) == WH_OK ? &job->values[index] : &nothing;
}

struct wh_str api_text(const struct wherry_job *job, const char *name)
{
    const struct api_values *values = api_values(job, name);
    return values->count > 0 ? values->items[0] : WH_STR_NONE;
}

bool api_switch(const struct wherry_job *job, const char *name)
{
    return wh_str_is(api_text(job, name), "true");
}

uint64_t api_count(const struct wherry_job *job, const char *name, uint64_t otherwise)
{
    uint64_t count = otherwise;
    struct wh_str text = api_text(job, name);
    if (text.ptr != NULL)
        WH_IGNORE(wh_count_parse(text, &count, NULL), "checked when it was set");
    return count;
}

struct wh_bound api_bound(const struct wherry_job *job, const char *name)
{
    struct wh_bound bound = {.is_set = false};
    struct wh_str text = api_text(job, name);
    if (text.ptr != NULL && !parse_bound(text, &bound))
        bound.is_set = false;
    return bound;
}

/* ---- what verbs share ------------------------------------------------------------------------ */

wh_code api_read_migration(struct wherry_job *job, struct wh_migration **ret, struct wh_error *err)
{
    struct wh_str file = api_text(job, "file");
    WH_TRY(wh_migration_read(&(struct wh_migration_request){.path = file.ptr}, ret, err));
    wh_budget_init(&job->budget, (*ret)->limits.memory);
    return WH_OK;
}

void api_migration_free(struct wh_migration **migration)
{
    wh_migration_free(*migration);
}

void api_note(const struct wherry_job *job, struct wh_str text)
{
    struct wh_str copy;
    WH_CLEANUP(wh_arena_release) struct wh_arena arena;
    wh_arena_init(&arena);
    if (job->io->note != NULL && wh_text_show(text, SIZE_MAX, &arena, &copy, NULL) == WH_OK &&
        wh_arena_copy(&arena, copy, &copy, NULL) == WH_OK)
        job->io->note(job->io->ctx, copy.ptr);
}

/* ---- a job ----------------------------------------------------------------------------------- */

wh_code wherry_job_new(const char *verb, struct wherry_job **ret, struct wh_error *err)
{
    size_t index;
    *ret = NULL;
    WH_TRY(api_verb_find(verb, &index, err));
    struct wherry_job *job = calloc(1, sizeof *job);
    if (job == NULL)
        return wh_error_no_memory(err, sizeof *job);
    job->verb_index = index;
    job->verb = &wherry_verbs()[index];
    job->exit_code = WHERRY_EXIT_BUG;
    wh_arena_init(&job->arena);
    wh_budget_init(&job->budget, 0);
    *ret = job;
    return WH_OK;
}

void wherry_job_free(struct wherry_job *job)
{
    if (job == NULL)
        return;
    for (size_t option = 0; option < API_MAX_OPTIONS; option++)
        free(job->values[option].items);
    wh_arena_release(&job->arena);
    free(job);
}

static wh_code check_required(const struct wherry_job *job, struct wh_error *err)
{
    for (size_t option = 0; job->verb->options[option].name != NULL; option++)
        if (job->verb->options[option].is_required && job->values[option].count == 0)
            return wh_error_set(err, WH_INVALID, "'%s' needs %s: %s", job->verb->name,
                                job->verb->options[option].argument,
                                job->verb->options[option].help);
    return WH_OK;
}

/** A verb that failed before it wrote anything still owes a reader of JSON its one document. */
static void print_failure(const struct wherry_job *job, const struct wh_error *error,
                          struct wh_paper *paper)
{
    json_t *document = wh_json_document(job->verb->name);
    wh_json_put(&document, "exit_code", json_integer(job->exit_code));
    wh_json_put(&document, "error", wh_json_error(error));
    /* Whoever reads a log reads lines. */
    wh_json_print(document, strcmp(job->verb->name, "log") != 0, paper);
}

static wh_code run_verb(struct wherry_job *job, struct wh_paper *paper, struct wh_error *err)
{
    WH_TRY(check_required(job, err));
    job->exit_code = WHERRY_EXIT_OK;
    return api_verb_function(job->verb_index)(job, paper, &job->exit_code, err);
}

wh_code wherry_job_run(struct wherry_job *job, const struct wherry_io *io, struct wh_error *err)
{
    struct wh_error error = WH_ERROR_NONE;
    if (job->was_run)
        return wh_error_set(err, WH_INVALID, "a job runs once");
    job->was_run = true;
    job->io = io;
    WH_CLEANUP(wh_paper_release) struct wh_paper paper;
    wh_paper_init(&paper, &(struct wh_paper_options){.write = io->write,
                                                     .ctx = io->ctx,
                                                     .use_colour = io->use_colour,
                                                     .width = io->width});
    wh_code rc = run_verb(job, &paper, &error);
    if (rc != WH_OK && !paper.sink_failed)
        job->exit_code = wherry_exit_code(rc);
    if (rc != WH_OK && api_wants_json(job) && !paper.is_written)
        print_failure(job, &error, &paper);
    wh_code written = wh_paper_flush(&paper, rc == WH_OK ? &error : NULL);
    if (rc == WH_OK && written != WH_OK && !paper.sink_failed)
        job->exit_code = wherry_exit_code(written);
    job->io = NULL;
    if (err != NULL)
        *err = error;
    return rc != WH_OK ? rc : written;
}

void wherry_job_refuse(struct wherry_job *job, const struct wherry_io *io,
                       const struct wh_error *error)
{
    job->was_run = true;
    job->exit_code = wherry_exit_code(error->code);
    if (io->format != WHERRY_JSON)
        return;
    WH_CLEANUP(wh_paper_release) struct wh_paper paper;
    wh_paper_init(&paper, &(struct wh_paper_options){.write = io->write, .ctx = io->ctx});
    print_failure(job, error, &paper);
    WH_IGNORE(wh_paper_flush(&paper, NULL), "the caller's own function failed, and knows");
}

void wherry_job_cancel(struct wherry_job *job)
{
    bool is_second = wh_cancel_asked(&job->cancel, WH_CANCEL_AFTER_GROUP);
    wh_cancel_raise(&job->cancel, is_second ? WH_CANCEL_NOW : WH_CANCEL_AFTER_GROUP);
}

enum wherry_exit wherry_job_exit_code(const struct wherry_job *job)
{
    return job->exit_code;
}

enum wherry_exit wherry_exit_code(wh_code code)
{
    switch (code) {
    case WH_OK:
    case WH_END:
        return WHERRY_EXIT_OK;
    case WH_INVALID:
    case WH_UNSUPPORTED:
        return WHERRY_EXIT_USAGE;
    case WH_UNREACHABLE:
    case WH_IO:
    case WH_NO_MEMORY:
    case WH_LIMIT:
    case WH_BUSY:
    case WH_REFUSED:
    case WH_CONFLICT:
    case WH_CORRUPT:
        return WHERRY_EXIT_UNREACHABLE;
    case WH_STOPPED:
        return WHERRY_EXIT_STOPPED;
    case WH_DIFFERENT:
        return WHERRY_EXIT_DIFFERENT;
    case WH_CANCELLED:
        return WHERRY_EXIT_INTERRUPTED;
    case WH_BUG:
        break;
    }
    return WHERRY_EXIT_BUG;
}
