/* SPDX-License-Identifier: Apache-2.0 */
#include "run/opening.h"

#include "run/again.h"
#include "run/split.h"

struct wh_plan_request wh_run_plan_request(struct wh_run_context *run)
{
    return (struct wh_plan_request){.migration = run->request->migration,
                                    .connectors = run->request->connectors,
                                    .read_only = true,
                                    .budget = &run->budget,
                                    .reached = &run->reached,
                                    .cancel = run->request->cancel};
}

wh_code wh_run_open_another(const struct wh_plan_request *request, struct wh_connection *ret,
                            struct wh_error *err)
{
    const struct wh_connector *connector = NULL;
    WH_TRY(wh_plan_open_destination(request, &connector, &ret->destination, err));
    ret->functions = connector->destination;
    return WH_OK;
}

struct wh_writing_options wh_run_writing_options(const struct wh_item_run *item)
{
    const struct wh_run_context *run = item->run;
    return (struct wh_writing_options){.item = item->item,
                                       .connection = &run->connection,
                                       .ledger = run->ledger,
                                       .run = run->run,
                                       .owner = run->owner,
                                       .state = item->state,
                                       .memory = wh_run_group_memory(run),
                                       .others = item->others,
                                       .other_count = item->other_count,
                                       .has_table = true,
                                       .is_dry_run = run->options->dry_run,
                                       .waits_for_disk = true,
                                       .is_rehearsal = run->options->rehearse,
                                       .lets_wait =
                                           wh_run_tries_again(item) && item->item->refers_to_itself,
                                       .redaction_seed = run->redaction_seed,
                                       .cancel = run->request->cancel};
}

struct wh_mapper_options wh_run_mapper_options(const struct wh_item_run *item,
                                               const struct wh_writing *writing)
{
    return (struct wh_mapper_options){.item = item->item,
                                      .survey = item->survey,
                                      .state = item->state,
                                      .connection = writing->options.connection,
                                      .writer = writing->writer,
                                      .now = item->run->now,
                                      .cancel = item->run->request->cancel};
}
