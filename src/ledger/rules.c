/* SPDX-License-Identifier: Apache-2.0 */
/* How often rules and checks did something. */
#include "base/error.h"
#include "ledger/statements.h"

wh_code wh_ledger_add_hits(struct wh_ledger *ledger, const struct wh_rule_record *rule,
                           struct wh_error *err)
{
    struct wh_param params[] = {
        wh_param_int(rule->run),   wh_param_text(rule->item), wh_param_int((int64_t)rule->ordinal),
        wh_param_text(rule->kind), wh_param_text(rule->name), wh_param_int((int64_t)rule->hits),
    };
    return wh_ledger_execute(ledger, WH_SQL_ADD_HITS, params, WH_COUNT_OF(params), err);
}

static wh_code read_rule(const struct wh_param *row, struct wh_arena *arena,
                         struct wh_rule_record *ret, struct wh_error *err)
{
    WH_TRY(wh_copy_bytes_of(&row[0], arena, &ret->item, err));
    WH_TRY(wh_copy_bytes_of(&row[1], arena, &ret->kind, err));
    WH_TRY(wh_copy_bytes_of(&row[2], arena, &ret->name, err));
    ret->ordinal = (uint64_t)row[3].number;
    ret->hits = (uint64_t)row[4].number;
    return WH_OK;
}

wh_code wh_ledger_rules(struct wh_ledger *ledger, int64_t run, struct wh_arena *arena,
                        struct wh_rule_record **ret, size_t *ret_count, struct wh_error *err)
{
    struct wh_param param = wh_param_int(run);
    struct wh_param row[5];
    struct wh_rule_record *rules = NULL;
    size_t count = 0;
    WH_TRY(wh_ledger_execute(ledger, WH_SQL_RULES, &param, 1, err));
    wh_code rc;
    while ((rc = wh_ledger_next(ledger, WH_SQL_RULES, row, WH_COUNT_OF(row), err)) == WH_OK) {
        rules = wh_grow_array(arena, rules, count, sizeof(*rules));
        if (rules == NULL)
            return wh_error_no_memory(err, count * sizeof(*rules));
        rules[count].run = run;
        WH_TRY(read_rule(row, arena, &rules[count++], err));
    }
    *ret = rules;
    *ret_count = count;
    return rc == WH_END ? WH_OK : rc;
}
