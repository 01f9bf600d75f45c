/* SPDX-License-Identifier: Apache-2.0 */
/* Classes of SQLSTATE: https://www.postgresql.org/docs/15/errcodes-appendix.html */
#include "connect/postgres/failure.h"

#include <stdio.h>

#include "base/error.h"

struct entry {
    const char *sqlstate; /* all five characters, or the two of its class */
    struct wh_postgres_meaning meaning;
};

/* The first that fits counts: codes stand before their classes. */
static const struct entry entries[] = {
    {"40002", {WH_REFUSED, WH_RETRY_ITEM}}, /* a constraint that the commit enforces */
    {"40", {WH_BUSY, WH_RETRY_AGAIN}},      /* serialization, deadlock */
    {"55P03", {WH_BUSY, WH_RETRY_AGAIN}},   /* a lock that is not to be had */
    {"57014", {WH_CANCELLED, WH_RETRY_NEVER}},
    {"57P03", {WH_UNREACHABLE, WH_RETRY_AGAIN}}, /* the server is starting or stopping */
    {"57P", {WH_UNREACHABLE, WH_RETRY_RECONNECT}},
    {"25P03", {WH_UNREACHABLE, WH_RETRY_RECONNECT}}, /* idle for too long in a transaction */
    {"25", {WH_INVALID, WH_RETRY_NEVER}},
    {"08", {WH_UNREACHABLE, WH_RETRY_RECONNECT}},
    {"28", {WH_UNREACHABLE, WH_RETRY_NEVER}},
    {"3D", {WH_UNREACHABLE, WH_RETRY_NEVER}},
    {"42501", {WH_UNREACHABLE, WH_RETRY_NEVER}}, /* a privilege that is missing */
    {"53300", {WH_UNREACHABLE, WH_RETRY_AGAIN}}, /* too many connections */
    {"53", {WH_IO, WH_RETRY_NEVER}},             /* disk full, out of memory */
    {"58", {WH_IO, WH_RETRY_NEVER}},
    {"XX001", {WH_CORRUPT, WH_RETRY_NEVER}},
    {"XX002", {WH_CORRUPT, WH_RETRY_NEVER}},
    {"XX", {WH_IO, WH_RETRY_NEVER}},
    {"0A", {WH_UNSUPPORTED, WH_RETRY_NEVER}},
    {"42", {WH_INVALID, WH_RETRY_NEVER}},
    {"3F", {WH_INVALID, WH_RETRY_NEVER}},
    /* What a row's values, or the functions that look at them, can lead to. */
    {"22", {WH_REFUSED, WH_RETRY_ITEM}},
    {"23", {WH_REFUSED, WH_RETRY_ITEM}},
    {"44", {WH_REFUSED, WH_RETRY_ITEM}},
    {"54", {WH_REFUSED, WH_RETRY_ITEM}},
    {"2F", {WH_REFUSED, WH_RETRY_ITEM}},
    {"38", {WH_REFUSED, WH_RETRY_ITEM}},
    {"39", {WH_REFUSED, WH_RETRY_ITEM}},
    {"P0", {WH_REFUSED, WH_RETRY_ITEM}},
};

struct wh_postgres_meaning wh_postgres_meaning_of(const char *sqlstate)
{
    for (size_t i = 0; i < WH_COUNT_OF(entries); i++)
        if (strncmp(sqlstate, entries[i].sqlstate, strlen(entries[i].sqlstate)) == 0)
            return entries[i].meaning;
    return (struct wh_postgres_meaning){WH_IO, WH_RETRY_NEVER};
}

/** The server keeps a SQLSTATE as a number: six bits a character, the first one lowest. */
static int number_of(const char *sqlstate)
{
    int number = 0;
    for (int i = 0; i < 5 && sqlstate[i] != '\0'; i++)
        number += ((sqlstate[i] - '0') & 0x3f) << (6 * i);
    return number;
}

/** "Failing row contains (…)" repeats the item's values, which stand beside the message anyway. */
static const char *useful_detail(const PGresult *result, const char *sqlstate)
{
    const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
    bool repeats = strcmp(sqlstate, "23502") == 0 || strcmp(sqlstate, "23514") == 0;
    return repeats ? NULL : detail;
}

wh_code wh_postgres_result_failure(const PGresult *result, struct wh_error *err)
{
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    if (sqlstate == NULL || message == NULL) {
        struct wh_str text = wh_str_trim(wh_str_from(PQresultErrorMessage(result)));
        wh_error_set(err, WH_UNREACHABLE, "%.*s", WH_FMT(text));
        if (err != NULL)
            err->retry = WH_RETRY_RECONNECT;
        return WH_UNREACHABLE;
    }
    struct wh_postgres_meaning meaning = wh_postgres_meaning_of(sqlstate);
    const char *detail = useful_detail(result, sqlstate);
    wh_error_set(err, meaning.code, "%s%s%s", message, detail != NULL ? ": " : "",
                 detail != NULL ? detail : "");
    if (err != NULL) {
        err->retry = meaning.retry;
        err->vendor_code = number_of(sqlstate);
        snprintf(err->sqlstate, sizeof(err->sqlstate), "%s", sqlstate);
    }
    return meaning.code;
}

/* libpq breaks some of its messages into lines. */
static size_t on_one_line(struct wh_str text, char *out, size_t size)
{
    size_t len = 0;
    for (size_t i = 0; i < text.len && len < size; i++) {
        bool is_break = text.ptr[i] == '\n' || text.ptr[i] == '\t';
        if (!is_break)
            out[len++] = text.ptr[i];
        else if (len > 0 && out[len - 1] != ' ')
            out[len++] = ' ';
    }
    return len;
}

wh_code wh_postgres_connection_failure(const PGconn *connection, struct wh_error *err)
{
    char line[WH_ERROR_MESSAGE_SIZE];
    struct wh_str text = wh_str_trim(wh_str_from(PQerrorMessage(connection)));
    size_t len = on_one_line(text, line, sizeof(line));
    wh_error_set(err, WH_UNREACHABLE, "%.*s", (int)len, line);
    if (err != NULL) {
        err->retry = WH_RETRY_RECONNECT;
        snprintf(err->sqlstate, sizeof(err->sqlstate), "%s", "08006");
    }
    return WH_UNREACHABLE;
}
