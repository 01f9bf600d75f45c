/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The suites that every destination passes, whatever it is: they speak through the contract of
 * connect/connector.h only. What a system does in its own way stands in its fixture.
 */
#ifndef WH_TESTS_CONNECT_CONFORMANCE_H
#define WH_TESTS_CONNECT_CONFORMANCE_H

#include "connect/connector.h"

/** A value, as its canonical text, that the system's storage would alter. */
struct conformance_quirk {
    struct wh_type type;
    const char *text;
};

/** A value, as its canonical text, in whose place a source finds another one. */
struct conformance_rewording {
    struct wh_type type;
    const char *text;
    const char *reads_as;
};

struct conformance_fixture {
    const struct wh_connector *connector;

    /** Writes the URL of an empty database of the test's own, @p number (0, 1) of it, to @p url. A
     *  writer there waits for another one for some hundred milliseconds at most. */
    void (*make_url)(char *url, size_t size, const char *folder, int number);

    /** Opens what its ledger is on, for a destination at @p ctx, a URL; NULL: it is its own. */
    wh_code (*open_ledger)(void *ctx, struct wh_connection *ret, struct wh_error *err);

    /** Values that `check` must fault; every other value of the suite must read back equal. Ends
     *  with a NULL text. */
    const struct conformance_quirk *quirks;

    /** DDL for: parent (id primary key), child (id primary key, parent_id with a deferred foreign
     *  key to it), and picky (id primary key, name with NOT NULL, code UNIQUE, size with CHECK
     *  size > 0), all integers but name and code (text). */
    const char *constraints;

    /** A query that runs for minutes. Written whole: NULL where the ledger is another fixture's,
     *  too. */
    const char *endless_query;

    /* Written whole: */
    const char *ending;                             /* of a table's name: ".csv" */
    const struct wh_format_options *format;         /* how it is read back; NULL: as it shows */
    const struct conformance_rewording *rewordings; /* end with a NULL text */
};

/** Runs all tests of a destination that commits with its ledger; the number of failed ones. */
int conformance_run(const char *name, const struct conformance_fixture *fixture);

/** The same of one that writes a table whole, into a folder that is its URL. */
int conformance_run_whole(const char *name, const struct conformance_fixture *fixture);

#endif
