/* SPDX-License-Identifier: Apache-2.0 */
/* Classes of SQLSTATE: https://www.postgresql.org/docs/15/errcodes-appendix.html */
#include "connect/postgres/failure.h"

#include <stdio.h>

#include "base/error.h"

#define HOST_BEGINS WH_STR("connection to server ")

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
    /* What cannot be in order here: statements, savepoints and snapshots that are not there,
     * files of the server's. */
    {"26", {WH_IO, WH_RETRY_NEVER}},
    {"2D", {WH_IO, WH_RETRY_NEVER}},
    {"34", {WH_IO, WH_RETRY_NEVER}},
    {"3B", {WH_IO, WH_RETRY_NEVER}},
    {"72", {WH_IO, WH_RETRY_NEVER}},
    {"F0", {WH_IO, WH_RETRY_NEVER}},
};

/** Of a SQLSTATE of five characters. A class that is not listed was made up by somebody's trigger
 *  or function. */
static struct wh_postgres_meaning meaning_of(const char *sqlstate)
{
    for (size_t i = 0; i < WH_COUNT_OF(entries); i++)
        if (strncmp(sqlstate, entries[i].sqlstate, strlen(entries[i].sqlstate)) == 0)
            return entries[i].meaning;
    return (struct wh_postgres_meaning){WH_REFUSED, WH_RETRY_ITEM};
}

bool wh_postgres_may_be_a_rows(wh_code code, const char *sqlstate)
{
    return code == WH_UNSUPPORTED || strcmp(sqlstate, "XX000") == 0 ||
           (code == WH_INVALID && strncmp(sqlstate, "25", 2) != 0);
}

/** A row is to blame where the server was looking at one: with a context,
 *  which names a line of COPY or a function. */
static struct wh_postgres_meaning meaning_of_result(const PGresult *result, const char *sqlstate)
{
    struct wh_postgres_meaning meaning = meaning_of(sqlstate);
    if (wh_postgres_may_be_a_rows(meaning.code, sqlstate) &&
        PQresultErrorField(result, PG_DIAG_CONTEXT) != NULL)
        meaning = (struct wh_postgres_meaning){WH_REFUSED, WH_RETRY_ITEM};
    return meaning;
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

static void take_name(char name[WH_POSTGRES_TOLD_SIZE], const PGresult *result, int field)
{
    const char *told = PQresultErrorField(result, field);
    bool fits = told != NULL && strlen(told) < WH_POSTGRES_TOLD_SIZE;
    snprintf(name, WH_POSTGRES_TOLD_SIZE, "%s", fits ? told : "");
}

void wh_postgres_read_broken(const PGresult *result, struct wh_postgres_broken *ret)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    snprintf(ret->sqlstate, sizeof(ret->sqlstate), "%s", state != NULL ? state : "");
    take_name(ret->schema, result, PG_DIAG_SCHEMA_NAME);
    take_name(ret->table, result, PG_DIAG_TABLE_NAME);
    take_name(ret->constraint, result, PG_DIAG_CONSTRAINT_NAME);
}

static struct wh_str told(const PGresult *result, int field)
{
    const char *text = PQresultErrorField(result, field);
    return text != NULL ? wh_str_from(text) : WH_STR("");
}

static bool is_end(char last)
{
    return memchr(".:;?!", last, 5) != NULL;
}

/** libpq breaks some of its messages into lines, as the server does with a deadlock's detail: what
 *  each of several hosts came to begins a new one. With one host libpq asks whether the server is
 *  running; asked of each, that would hide what they said. */
static void on_one_line(struct wh_str text, char *out, size_t size)
{
    size_t hosts = 0;
    size_t len = 0;
    out[0] = '\0';
    for (struct wh_str rest = text; rest.ptr != NULL;)
        hosts += wh_str_starts_with(wh_str_split(&rest, '\n'), HOST_BEGINS);
    while (text.ptr != NULL && len < size) {
        struct wh_str line = wh_str_trim(wh_str_split(&text, '\n'));
        if (line.len == 0 ||
            (hosts > 1 && wh_str_starts_with(line, WH_STR("Is the server running"))))
            continue;
        const char *between = len == 0                                ? ""
                              : wh_str_starts_with(line, HOST_BEGINS) ? "; "
                              : is_end(out[len - 1])                  ? " "
                                                                      : ". ";
        len += (size_t)snprintf(out + len, size - len, "%s%.*s", between, WH_FMT(line));
    }
    if (len >= size)
        out[wh_str_utf8_cut(wh_str_make(out, size - 1), size - 1)] = '\0';
}

/** What a row is refused with stands in the log as the server said it. */
static void tell_result(const PGresult *result, const char *sqlstate,
                        struct wh_postgres_meaning meaning, struct wh_error *err)
{
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *detail = useful_detail(result, sqlstate);
    char line[WH_ERROR_MESSAGE_SIZE];
    wh_error_set(err, meaning.code, "%s%s%s", message, detail != NULL ? ": " : "",
                 detail != NULL ? detail : "");
    if (err == NULL || meaning.retry == WH_RETRY_ITEM || strchr(err->message, '\n') == NULL)
        return;
    on_one_line(wh_str_from(err->message), line, sizeof(line));
    wh_error_set(err, meaning.code, "%s", line);
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
    struct wh_postgres_meaning meaning = meaning_of_result(result, sqlstate);
    tell_result(result, sqlstate, meaning, err);
    if (err != NULL) {
        err->retry = meaning.retry;
        err->vendor_code = number_of(sqlstate);
        snprintf(err->sqlstate, sizeof(err->sqlstate), "%s", sqlstate);
    }
    wh_error_blame(err, told(result, PG_DIAG_CONSTRAINT_NAME), told(result, PG_DIAG_COLUMN_NAME));
    return meaning.code;
}

static wh_code tell_connection(struct wh_str text, const char *sqlstate,
                               struct wh_postgres_meaning meaning, struct wh_error *err)
{
    char line[WH_ERROR_MESSAGE_SIZE];
    on_one_line(text, line, sizeof(line));
    wh_error_set(err, meaning.code, "%s", line);
    if (err != NULL) {
        err->retry = meaning.retry;
        snprintf(err->sqlstate, sizeof(err->sqlstate), "%s", sqlstate);
    }
    return meaning.code;
}

#define LOST "08006"
static const struct wh_postgres_meaning lost = {WH_UNREACHABLE, WH_RETRY_RECONNECT};

wh_code wh_postgres_connection_failure(const PGconn *connection, struct wh_error *err)
{
    return tell_connection(wh_str_from(PQerrorMessage(connection)), LOST, lost, err);
}

/* ---- connecting ------------------------------------------------------------------------------ */

/* What libpq itself says no to. It has no codes; its texts are not translated,
 * since wherry sets no locale. */
static const char *const refusals[] = {
    "certificate", "does not support SSL", "no password supplied",
    "alert", /* of TLS: the server does not like the client's certificate */
};

/** Where ":  28P01: " stands, as libpq writes SQLSTATEs; NULL: nowhere. */
static const char *find_code(const char *text)
{
    for (const char *at = text; (at = strstr(at, ":  ")) != NULL; at++) {
        size_t len = strspn(at + 3, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ");
        if (len == 5 && at[8] == ':' && at[9] == ' ')
            return at;
    }
    return NULL;
}

/** Names of hosts, files and roles stand in quotes, and may be anything. */
static void drop_quoted(const char *text, char *out)
{
    bool is_quoted = false;
    for (; *text != '\0'; text++) {
        is_quoted ^= *text == '"';
        if (!is_quoted)
            *out++ = *text;
    }
    *out = '\0';
}

static bool is_refusal(const char *message)
{
    char text[WH_ERROR_MESSAGE_SIZE]; /* as long as the message is at most */
    drop_quoted(message, text);
    for (size_t i = 0; i < WH_COUNT_OF(refusals); i++)
        if (strstr(text, refusals[i]) != NULL)
            return true;
    return false;
}

/** The lines without codes and places in the server's own source; the last code counts. */
static void read_lines(char *text, char sqlstate[6])
{
    char *out = text;
    for (char *line = text; *line != '\0';) {
        size_t len = strcspn(line, "\n");
        len += line[len] == '\n';
        if (strncmp(line, "LOCATION:", 9) != 0) {
            memmove(out, line, len);
            out += len;
        }
        line += len;
    }
    *out = '\0';
    const char *found;
    while ((found = find_code(text)) != NULL) {
        char *at = text + (found - text);
        memcpy(sqlstate, at + 3, 5);
        memmove(at + 1, at + 9, strlen(at + 9) + 1);
    }
}

wh_code wh_postgres_connecting_failure(const PGconn *connection, struct wh_error *err)
{
    char sqlstate[6] = "";
    char text[WH_ERROR_MESSAGE_SIZE];
    struct wh_str said = wh_str_from(PQerrorMessage(connection));
    snprintf(text, sizeof(text), "%.*s", (int)wh_str_utf8_cut(said, sizeof(text) - 1), said.ptr);
    read_lines(text, sqlstate);
    if (sqlstate[0] != '\0')
        return tell_connection(wh_str_from(text), sqlstate, meaning_of(sqlstate), err);
    if (is_refusal(text))
        return tell_connection(wh_str_from(text), WH_POSTGRES_NEVER_MADE,
                               (struct wh_postgres_meaning){WH_UNREACHABLE, WH_RETRY_NEVER}, err);
    return tell_connection(wh_str_from(text), WH_POSTGRES_NEVER_MADE, lost, err);
}
