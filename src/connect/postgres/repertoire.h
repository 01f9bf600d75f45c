/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The characters of a database whose encoding is not UTF8, and what stands in its ledger for
 * others: numeric character references, as XML has them (docs/ledger.md). A database in UTF8 has no
 * repertoire: nothing is looked at.
 */
#ifndef WH_CONNECT_POSTGRES_REPERTOIRE_H
#define WH_CONNECT_POSTGRES_REPERTOIRE_H

#include <stdint.h>

#include "base/arena.h"
#include "connect/destination.h"

#define WH_POSTGRES_ENCODING_SIZE 32

/** What encodings of one byte a character have is all in Unicode's first plane. */
#define WH_POSTGRES_FIRST_PLANE 0x10000

struct wh_postgres_repertoire {
    char encoding[WH_POSTGRES_ENCODING_SIZE];
    /* false: characters have several bytes; which there are only the server can tell */
    bool is_known;
    uint8_t characters[WH_POSTGRES_FIRST_PLANE /
                       8]; /* a bitmap; ASCII is left out: all encodings have it */
};

/** Asks the server, outside of transactions. *ret is the caller's to free(); NULL for UTF8. */
WH_MUST_CHECK wh_code wh_postgres_repertoire_read(struct wh_destination *destination,
                                                  struct wh_postgres_repertoire **ret,
                                                  struct wh_error *err);

/** The first character of @p text (valid UTF-8) that is not known to be there, a slice of it;
 *  len 0: none. */
struct wh_str wh_postgres_find_lacking(const struct wh_postgres_repertoire *repertoire,
                                       struct wh_str text);

/** The number of the character that @p text (valid UTF-8) begins with. */
uint32_t wh_postgres_character(struct wh_str text);

/** @p text as the database can keep it: `&#x65E5;` stands for what it lacks, and `&#x26;` for an &
 *  behind which #x comes. @p text itself where nothing of that is in it, otherwise in @p arena. */
WH_MUST_CHECK wh_code wh_postgres_write_references(const struct wh_postgres_repertoire *repertoire,
                                                   struct wh_str text, struct wh_arena *arena,
                                                   struct wh_str *ret, struct wh_error *err);

/** And back. What is no such reference stands for itself. */
WH_MUST_CHECK wh_code wh_postgres_read_references(struct wh_str text, struct wh_arena *arena,
                                                  struct wh_str *ret, struct wh_error *err);

#endif
