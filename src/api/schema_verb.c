/* SPDX-License-Identifier: Apache-2.0 */
/** schema: the JSON Schema of migration files. It is JSON in either format. */
#include "api/job.h"
#include "api/verbs.h"

enum { LARGEST_SCHEMA = 1 << 20 };

wh_code api_schema(struct wherry_job *job, struct wh_paper *paper, enum wherry_exit *ret_exit,
                   struct wh_error *err)
{
    (void)job;
    (void)ret_exit;
    WH_CLEANUP(wh_buf_release) struct wh_buf schema;
    wh_buf_init(&schema, LARGEST_SCHEMA);
    WH_TRY(wh_migration_schema(&schema, err));
    wh_paper_put(paper, wh_buf_str(&schema));
    if (!wh_str_ends_with(wh_buf_str(&schema), WH_STR("\n")))
        wh_paper_put(paper, WH_STR("\n"));
    return WH_OK;
}
