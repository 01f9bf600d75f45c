/* SPDX-License-Identifier: Apache-2.0 */
/**
 * JSON documents, built with jansson. docs/json.md says what is in them.
 *
 * A value that could not be made is NULL, and an object or list that such a value is put into
 * becomes NULL as well: so only the whole document is looked at, by wh_json_print().
 */
#ifndef WH_REPORT_JSON_H
#define WH_REPORT_JSON_H

#include <stdint.h>

#include <jansson.h>

#include "base/str.h"
#include "ledger/ledger.h"
#include "report/paper.h"

/** Version of the documents: raised when something is taken away or changes its meaning. */
#define WH_JSON_VERSION 1

/** A document of the verb @p verb: { "wherry": 1, "command": verb }. */
json_t *wh_json_document(const char *verb);

/** Puts @p value under @p name; takes it over. */
void wh_json_put(json_t **object, const char *name, json_t *value);
void wh_json_add(json_t **list, json_t *value);

/** null where ptr is NULL. JSON has Unicode only: bytes that are not UTF-8 become U+FFFD. */
json_t *wh_json_text(struct wh_str text);
json_t *wh_json_count(uint64_t count);
/** The counts of items by what became of them, by name. */
json_t *wh_json_counts(const struct wh_counts *counts);
/** "2026-11-25T02:46:24Z"; null for 0. */
json_t *wh_json_time(int64_t microseconds);
/** To the millisecond. */
json_t *wh_json_seconds(double seconds);

/** Prints @p document, which it takes over, and a line end: over several lines with @p is_pretty,
 *  otherwise in one. */
void wh_json_print(json_t *document, bool is_pretty, struct wh_paper *paper);

/** An error as an object: code, message, and place or SQLSTATE where there are any. */
json_t *wh_json_error(const struct wh_error *error);

#endif
