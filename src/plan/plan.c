/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "plan/extract.h"
#include "plan/make.h"
#include "plan/nearest.h"

/* ---- connectors ------------------------------------------------------------------------------ */

enum role { SOURCE, DESTINATION };

static bool can(const struct wh_connector *connector, enum role role)
{
    return role == SOURCE ? connector->source != NULL : connector->destination != NULL;
}

/* "file, sqlite": what can be used in this role. */
static wh_code list_connectors(const struct wh_connector *const *connectors, enum role role,
                               struct wh_arena *arena, struct wh_str *ret, struct wh_error *err)
{
    *ret = WH_STR("");
    for (; *connectors != NULL; connectors++)
        if (can(*connectors, role))
            WH_TRY(wh_arena_format(arena, ret, err, "%.*s%s%s", WH_FMT(*ret),
                                   ret->len > 0 ? ", " : "", (*connectors)->name));
    return WH_OK;
}

static wh_code refuse_url(const struct wh_plan_request *request, enum role role,
                          struct wh_expr_text url, struct wh_error *err)
{
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    wh_arena_init(&scratch);
    const char *key = role == SOURCE ? "source" : "destination";
    struct wh_str shown;
    struct wh_str names;
    WH_TRY(wh_url_show(url.text, &scratch, &shown, err));
    WH_TRY(list_connectors(request->connectors, role, &scratch, &names, err));
    wh_error_set(err, WH_UNSUPPORTED, "'%.*s' is no %s that this version can use; it can use: %.*s",
                 WH_FMT(shown), key, WH_FMT(names));
    wh_error_at(err, WH_UNSUPPORTED, url.line, url.column);
    return WH_UNSUPPORTED;
}

static wh_code find_connector(const struct wh_plan_request *request, enum role role,
                              struct wh_expr_text url, const struct wh_connector **ret,
                              struct wh_error *err)
{
    for (const struct wh_connector *const *next = request->connectors; *next != NULL; next++) {
        *ret = *next;
        if ((*next)->accepts(url.text) && can(*next, role))
            return WH_OK;
    }
    *ret = NULL;
    return refuse_url(request, role, url, err);
}

/* ---- destination ----------------------------------------------------------------------------- */

static wh_code check_ledger(const struct wh_migration *migration,
                            const struct wh_connector *connector, struct wh_error *err)
{
    bool is_whole = connector->destination->commit_kind == WH_COMMIT_WHOLE;
    bool is_apart = !wh_str_is(migration->ledger.text, "destination");
    if (is_apart == is_whole || (is_whole && migration->ledger.line == 0))
        return WH_OK;
    wh_error_set(err, WH_UNSUPPORTED,
                 is_whole ? "files can hold no ledger; leave 'ledger' out, or name an SQLite "
                            "database for it: sqlite:.wherry/NAME.db"
                          : "the ledger of a database is kept in it, so that data and log are "
                            "committed together; leave 'ledger' out");
    return wh_at(WH_UNSUPPORTED, migration->ledger, err);
}

/* The ledger of a destination that can hold none; see struct wh_destination_request. */
static wh_code open_ledger(void *ctx, struct wh_connection *ret, struct wh_error *err)
{
    const struct wh_plan_request *request = ctx;
    WH_CLEANUP(wh_arena_release) struct wh_arena scratch;
    const struct wh_migration *migration = request->migration;
    const struct wh_connector *connector = NULL;
    struct wh_expr_text url = migration->ledger;
    wh_arena_init(&scratch);
    if (url.line == 0)
        WH_TRY(wh_plan_ledger_url(migration, &scratch, &url.text, err));
    WH_TRY(find_connector(request, DESTINATION, url, &connector, err));
    WH_ASSERT(connector != NULL, err);
    if (url.line == 0)
        WH_TRY(request->read_only ? wh_plan_find_ledger_folder(migration, err)
                                  : wh_plan_make_ledger_folder(migration, err));
    struct wh_destination_request open = {.url = url.text,
                                          .base_folder = migration->folder,
                                          .read_only = request->read_only,
                                          .budget = request->budget,
                                          .cancel = request->cancel};
    ret->functions = connector->destination;
    wh_code rc = wh_at(connector->destination->open(&open, &ret->destination, err), url, err);
    return rc == WH_OK ? WH_OK : wh_error_prefix(err, rc, "the ledger");
}

wh_code wh_plan_open_destination(const struct wh_plan_request *request,
                                 const struct wh_connector **ret_connector,
                                 struct wh_destination **ret, struct wh_error *err)
{
    const struct wh_migration *migration = request->migration;
    struct wh_plan_request own = *request;
    *ret = NULL;
    WH_TRY(find_connector(request, DESTINATION, migration->destination, ret_connector, err));
    WH_ASSERT(*ret_connector != NULL, err);
    const struct wh_destination_functions *functions = (*ret_connector)->destination;
    WH_TRY(check_ledger(migration, *ret_connector, err));
    if (migration->analyze && functions->analyze == NULL)
        return wh_error_set(err, WH_UNSUPPORTED,
                            "'analyze: true': files have no statistics; leave 'analyze' out");
    if (migration->guard.query.text.ptr != NULL && functions->gauge == NULL) {
        wh_error_set(err, WH_UNSUPPORTED,
                     "'guard' asks a PostgreSQL destination; leave it out, or say 'limits: "
                     "{ rate: … }'");
        return wh_at(WH_UNSUPPORTED, migration->guard.query, err);
    }
    struct wh_destination_request open = {.url = migration->destination.text,
                                          .base_folder = migration->folder,
                                          .open_ledger = open_ledger,
                                          .open_ledger_ctx = &own,
                                          .read_only = request->read_only,
                                          .budget = request->budget,
                                          .cancel = request->cancel,
                                          .reached = request->reached,
                                          .listener = request->listener};
    return wh_at(functions->open(&open, ret, err), migration->destination, err);
}

static bool all_create(const struct wh_migration *migration)
{
    for (size_t i = 0; i < migration->item_count; i++)
        if (!migration->items[i].create)
            return false;
    return true;
}

/* Where nothing may be written, a database that is not there yet is none: its tables are planned
 * as new. Any other use of it fails when it is opened for writing. */
static wh_code open_destination(const struct wh_plan_request *request, struct wh_plan *plan,
                                struct wh_str *ret_why_not, struct wh_error *err)
{
    wh_code rc =
        wh_plan_open_destination(request, &plan->destination_connector, &plan->destination, err);
    if (rc != WH_UNREACHABLE || !request->read_only)
        return rc;
    if (!wh_plan_writes_files(plan) && !all_create(request->migration))
        return rc;
    plan->destination = NULL;
    WH_TRY(wh_arena_copy(&plan->arena, wh_str_from(err != NULL ? err->message : ""), ret_why_not,
                         err));
    wh_error_reset(err);
    return WH_OK;
}

/* ---- sources --------------------------------------------------------------------------------- */

static wh_code refuse_query(const struct wh_plan *plan, const struct wh_item_definition *item,
                            struct wh_error *err)
{
    wh_error_set(err, WH_UNSUPPORTED,
                 "item '%.*s': a source of kind '%s' takes no 'query'; name under 'from' what is "
                 "read, and say which records are meant under 'where'",
                 WH_FMT(item->name), plan->source_connector->name);
    return wh_at(WH_UNSUPPORTED, item->query, err);
}

/* The key's columns: by them a file's header is told. */
static wh_code list_key(const struct wh_item_definition *item, struct wh_arena *arena,
                        struct wh_option_list *ret, struct wh_error *err)
{
    ret->items = wh_arena_array(arena, item->key_count, sizeof(*ret->items));
    if (ret->items == NULL)
        return wh_error_no_memory(err, item->key_count * sizeof(*ret->items));
    ret->count = item->key_count;
    for (size_t i = 0; i < item->key_count; i++)
        ret->items[i] = item->key[i].text;
    return WH_OK;
}

static wh_code open_source(const struct wh_plan_request *request, struct wh_plan *plan,
                           struct wh_item_plan *item, struct wh_error *err)
{
    const struct wh_source_functions *functions = plan->source_connector->source;
    const struct wh_item_definition *definition = item->definition;
    bool is_query = definition->query.text.ptr != NULL;
    if (is_query && !functions->takes_query)
        return refuse_query(plan, definition, err);
    if (definition->states_format && !functions->takes_format)
        return wh_place_error(wh_item_place(item), err,
                              "item '%.*s': 'format' says how files are written, and the source is "
                              "of kind '%s'; leave it out",
                              WH_FMT(definition->name), plan->source_connector->name);
    struct wh_source_request open = {.url = request->migration->source.text,
                                     .from = definition->from.text,
                                     .query = definition->query.text,
                                     .base_folder = request->migration->folder,
                                     .format = &definition->format,
                                     .is_input_taken = request->is_input_taken,
                                     .batch_rows = request->migration->limits.group,
                                     .budget = request->budget,
                                     .cancel = request->cancel,
                                     .sibling = plan->first_source};
    item->source_functions = functions;
    WH_TRY(list_key(definition, &plan->arena, &open.key, err));
    wh_code rc = functions->open(&open, &item->source, err);
    if (plan->first_source == NULL)
        plan->first_source = item->source;
    if (rc == WH_OK)
        rc = functions->describe(item->source, &item->source_table, err);
    if (rc == WH_OK)
        rc = functions->explain(item->source, &plan->arena, &item->source_explained, err);
    if (rc == WH_OK)
        return WH_OK;
    struct wh_expr_text place = is_query ? definition->query : definition->from;
    rc = wh_at_connection(rc, request->migration->source, err);
    return wh_error_prefix(err, wh_at(rc, place, err), "item '%.*s'", WH_FMT(definition->name));
}

/* ---- the plan -------------------------------------------------------------------------------- */

static wh_code note_missing_database(struct wh_plan *plan, struct wh_str why_not,
                                     struct wh_error *err)
{
    struct wh_item_plan *first = &plan->items[0];
    if (plan->destination != NULL || plan->item_count == 0 || wh_plan_writes_files(plan))
        return WH_OK;
    struct wh_making making = {
        .plan = plan, .item = first, .arena = &plan->arena, .note_capacity = first->note_count};
    return wh_add_note(&making, err, true,
                       "%.*s; planned as if it were empty, since every item has 'create: true'",
                       WH_FMT(why_not));
}

static wh_code make_items(const struct wh_plan_request *request, struct wh_plan *plan,
                          struct wh_error *err)
{
    size_t count = request->migration->item_count;
    struct wh_planned_item *order;
    WH_TRY(wh_plan_order_items(plan, &order, err));
    plan->items = wh_arena_array(&plan->arena, WH_MAX(count, 1), sizeof(*plan->items));
    if (plan->items == NULL)
        return wh_error_no_memory(err, count * sizeof(*plan->items));
    for (size_t i = 0; i < count; i++) {
        struct wh_item_plan *item = &plan->items[i];
        item->definition = order[i].definition;
        item->refers_ahead = order[i].refers_ahead;
        item->references = order[i].references;
        item->refers_to_itself = order[i].refers_to_itself;
        item->ordinal = i;
        /* Counted first: what is open is closed with the plan, also where the rest fails. */
        plan->item_count = i + 1;
        WH_TRY(open_source(request, plan, item, err));
        if (request->from.ptr != NULL && wh_str_equal(item->definition->name, request->from_item))
            WH_TRY(wh_extract_open(plan, item, request->from, err));
        WH_TRY(wh_make_item(plan, item, err));
    }
    return WH_OK;
}

/* A query that gives no number is found before a run begins. */
static wh_code check_guard(const struct wh_plan *plan, struct wh_error *err)
{
    struct wh_expr_text query = plan->migration->guard.query;
    double unused = 0;
    if (query.text.ptr == NULL || plan->destination == NULL)
        return WH_OK;
    wh_code rc = plan->destination_connector->destination->gauge(plan->destination, query.text,
                                                                 &unused, err);
    if (rc == WH_OK)
        return WH_OK;
    rc = wh_at_connection(rc, plan->migration->destination, err);
    return wh_error_prefix(err, wh_at(rc, query, err), "the query of 'guard'");
}

static wh_code fill_plan(const struct wh_plan_request *request, struct wh_plan *plan,
                         struct wh_error *err)
{
    struct wh_str why_not = WH_STR_NONE;
    WH_TRY(
        find_connector(request, SOURCE, request->migration->source, &plan->source_connector, err));
    WH_TRY(open_destination(request, plan, &why_not, err));
    WH_TRY(check_guard(plan, err));
    WH_TRY(make_items(request, plan, err));
    return note_missing_database(plan, why_not, err);
}

wh_code wh_plan_make(const struct wh_plan_request *request, struct wh_plan **ret,
                     struct wh_error *err)
{
    *ret = NULL;
    struct wh_plan *plan = calloc(1, sizeof(*plan));
    if (plan == NULL)
        return wh_error_no_memory(err, sizeof(*plan));
    wh_arena_init(&plan->arena);
    plan->migration = request->migration;
    plan->connectors = request->connectors;
    plan->budget = request->budget;
    plan->cancel = request->cancel;
    plan->wants_advice = request->wants_advice;
    wh_code rc = fill_plan(request, plan, err);
    if (rc == WH_OK)
        *ret = plan;
    else
        wh_plan_free(plan);
    return rc;
}

void wh_plan_free(struct wh_plan *plan)
{
    if (plan == NULL)
        return;
    for (size_t i = 0; i < plan->item_count; i++)
        if (plan->items[i].source != NULL)
            plan->items[i].source_functions->close(plan->items[i].source);
    if (plan->destination != NULL)
        plan->destination_connector->destination->close(plan->destination);
    wh_arena_release(&plan->arena);
    free(plan);
}

/* ---- new tables ------------------------------------------------------------------------------ */

/* True where an item type before it makes the same table. */
static bool is_made_before(const struct wh_plan *plan, const struct wh_item_plan *item)
{
    for (size_t i = 0; i < item->ordinal; i++)
        if (plan->items[i].will_create &&
            wh_str_equal_ascii_fold(plan->items[i].table.name, item->table.name))
            return true;
    return false;
}

static wh_code create_table(struct wh_plan *plan, const struct wh_item_plan *item,
                            struct wh_error *err)
{
    struct wh_str statement;
    wh_code rc = plan->destination_connector->destination->create(
        plan->destination, &item->table, true, &plan->arena, &statement, err);
    rc = wh_at_connection(rc, plan->migration->destination, err);
    return wh_at(rc, item->definition->into, err);
}

wh_code wh_plan_create_tables(struct wh_plan *plan, struct wh_error *err)
{
    bool any = false;
    /* A file is begun when its item type's turn comes. */
    if (wh_plan_writes_files(plan))
        return WH_OK;
    for (size_t i = 0; i < plan->item_count; i++) {
        if (!plan->items[i].will_create || is_made_before(plan, &plan->items[i]))
            continue;
        WH_ASSERT(plan->destination != NULL, err);
        WH_TRY(create_table(plan, &plan->items[i], err));
        any = true;
    }
    /* Anew, over the tables as the destination now says they are: its types may be wider than the
     * ones asked for, and the next run must come to the same programs and fingerprint. */
    for (size_t i = 0; any && i < plan->item_count; i++)
        plan->items[i].will_create = false;
    for (size_t i = 0; any && i < plan->item_count; i++)
        WH_TRY(wh_make_item(plan, &plan->items[i], err));
    return WH_OK;
}

/* ---- questions ------------------------------------------------------------------------------- */

uint64_t wh_plan_group_items(const struct wh_plan *plan)
{
    uint64_t stated = plan->migration->limits.group;
    unsigned capabilities = plan->destination_connector->destination->capabilities;
    if (stated != 0)
        return stated;
    return (capabilities & WH_INSERTS_MANY) != 0 ? WH_TOGETHER_GROUP_ITEMS : WH_GROUP_ITEMS;
}

wh_code wh_plan_find_item(const struct wh_plan *plan, struct wh_str name,
                          const struct wh_item_plan **ret, struct wh_error *err)
{
    struct wh_nearest search = wh_nearest_to(name);
    for (size_t i = 0; i < plan->item_count; i++) {
        *ret = &plan->items[i];
        if (wh_str_equal((*ret)->definition->name, name))
            return WH_OK;
        wh_nearest_offer(&search, (*ret)->definition->name);
    }
    *ret = NULL;
    return wh_error_set(err, WH_INVALID, "the migration has no item type '%.*s'" WH_NEAREST_FORMAT,
                        WH_FMT(name), WH_NEAREST(search));
}
