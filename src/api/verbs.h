/* SPDX-License-Identifier: Apache-2.0 */
/** The verbs: their option tables, and the functions that do them. */
#ifndef WH_API_VERBS_H
#define WH_API_VERBS_H

#include <wherry/wherry.h>

#include "report/paper.h"

/** Does a verb: writes its result on @p paper. *ret_exit is set where WH_OK is not the whole story
 *  (items were refused); it is WHERRY_EXIT_OK before. */
typedef wh_code api_verb_run(struct wherry_job *job, struct wh_paper *paper,
                             enum wherry_exit *ret_exit, struct wh_error *err);

/* A file each: run_verb.c, plan_verb.c, … */
api_verb_run api_run;
api_verb_run api_plan;
api_verb_run api_status;
api_verb_run api_log;
api_verb_run api_functions;
api_verb_run api_schema;

/** The function of the verb at @p index of wherry_verbs(). */
api_verb_run *api_verb_function(size_t index);

/** The index of the verb named @p name. WH_INVALID names the nearest, WH_UNSUPPORTED is for those
 *  of the design that this version has not. */
WH_MUST_CHECK wh_code api_verb_find(const char *name, size_t *ret, struct wh_error *err);

/** The same for an option of a verb. */
WH_MUST_CHECK wh_code api_option_find(const struct wherry_verb *verb, const char *name, size_t *ret,
                                      struct wh_error *err);

#endif
