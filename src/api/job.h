/* SPDX-License-Identifier: Apache-2.0 */
/** A job from the inside: the options it was given, and how the verbs read them. */
#ifndef WH_API_JOB_H
#define WH_API_JOB_H

#include <wherry/wherry.h>

#include "base/arena.h"
#include "base/budget.h"
#include "base/cancel.h"
#include "plan/migration.h"

/** What an option was given; count 0: nothing. */
struct api_values {
    struct wh_str *items; /* NUL-terminated */
    size_t count;
    size_t capacity;
};

#define API_MAX_OPTIONS 16

struct wherry_job {
    size_t verb_index;
    const struct wherry_verb *verb;
    struct api_values values[API_MAX_OPTIONS]; /* one an option of the verb */
    struct wh_arena arena;                     /* of the values, and of what the verb makes */
    struct wh_budget budget;
    struct wh_cancel cancel;
    const struct wherry_io *io; /* while it runs */
    enum wherry_exit exit_code;
    bool is_input_taken; /* standard input was read */
    bool was_run;
};

/** Values of the option @p name, which the verb has. */
const struct api_values *api_values(const struct wherry_job *job, const char *name);

/** The only value; ptr NULL: none. */
struct wh_str api_text(const struct wherry_job *job, const char *name);
bool api_switch(const struct wherry_job *job, const char *name);
/** A count; @p otherwise where it was not given. */
uint64_t api_count(const struct wherry_job *job, const char *name, uint64_t otherwise);
struct wh_bound api_bound(const struct wherry_job *job, const char *name);

/** Reads the migration file that the option `file` names; the budget is set to its limit. */
WH_MUST_CHECK wh_code api_read_migration(struct wherry_job *job, struct wh_migration **ret,
                                         struct wh_error *err);

/** True for JSON. */
static inline bool api_wants_json(const struct wherry_job *job)
{
    return job->io->format == WHERRY_JSON;
}

/** A remark for people, where the caller takes any. */
void api_note(const struct wherry_job *job, struct wh_str text);

/** WH_MIGRATION cleanup: `WH_CLEANUP(api_migration_free) struct wh_migration *m = NULL;` */
void api_migration_free(struct wh_migration **migration);

#endif
