/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/location.h"

#include <stdlib.h>

#include "base/error.h"

#define MAX_URL 8192

/* What wherry sets where neither the URL nor the environment does. */
static const struct {
    const char *keyword;
    const char *environment;
    const char *value;
} defaults[] = {
    {"connect_timeout", "PGCONNECT_TIMEOUT", "10"},
    {"fallback_application_name", NULL, "wherry"},
    /* A server that is gone without a word is noticed within a minute, not within two hours. */
    {"keepalives_idle", NULL, "30"},
    {"keepalives_interval", NULL, "10"},
    {"keepalives_count", NULL, "3"},
};

/* What wherry decides, whatever was written. */
static const char *const fixed[][2] = {
    {"client_encoding", "UTF8"},
};

bool wh_postgres_accepts(struct wh_str url)
{
    return wh_str_starts_with(url, WH_STR("postgresql:")) ||
           wh_str_starts_with(url, WH_STR("postgres:"));
}

/** libpq's own text may quote what it could not read, and a password with it: it is not told. */
static wh_code parse(struct wh_str url, PQconninfoOption **ret, struct wh_error *err)
{
    char room[MAX_URL + 1];
    char *problem = NULL;
    if (url.len > MAX_URL || memchr(url.ptr, '\0', url.len) != NULL)
        return wh_error_set(err, WH_INVALID,
                            "the postgresql: URL is longer than %d bytes or holds a NUL byte",
                            MAX_URL);
    memcpy(room, url.ptr, url.len);
    room[url.len] = '\0';
    char *behind = strchr(room, ':') + 1;
    WH_TRY(wh_libpq_load(err));
    *ret = PQconninfoParse(strncmp(behind, "//", 2) == 0 ? room : behind, &problem);
    PQfreemem(problem);
    if (*ret != NULL)
        return WH_OK;
    return wh_error_set(err, WH_INVALID,
                        "the postgresql: URL cannot be read; write "
                        "postgresql://USER@HOST:PORT/DATABASE?OPTION=VALUE or "
                        "'postgresql:host=HOST dbname=DATABASE …' with libpq's options, and %%XX "
                        "for special characters in a URI");
}

static void add(struct wh_postgres_location *location, size_t *count, const char *keyword,
                const char *value)
{
    location->keywords[*count] = keyword;
    location->values[(*count)++] = value;
}

static bool is_said(const PQconninfoOption *parsed, const char *keyword)
{
    for (const PQconninfoOption *option = parsed; option->keyword != NULL; option++)
        if (strcmp(option->keyword, keyword) == 0)
            return option->val != NULL;
    return false;
}

static void fill(struct wh_postgres_location *location)
{
    size_t count = 0;
    for (size_t i = 0; i < WH_COUNT_OF(defaults); i++) {
        bool is_set = defaults[i].environment != NULL && getenv(defaults[i].environment) != NULL;
        if (!is_set && !is_said(location->parsed, defaults[i].keyword))
            add(location, &count, defaults[i].keyword, defaults[i].value);
    }
    for (const PQconninfoOption *option = location->parsed; option->keyword != NULL; option++)
        if (option->val != NULL)
            add(location, &count, option->keyword, option->val);
    for (size_t i = 0; i < WH_COUNT_OF(fixed); i++)
        add(location, &count, fixed[i][0], fixed[i][1]);
    add(location, &count, NULL, NULL);
}

wh_code wh_postgres_location_parse(struct wh_str url, struct wh_postgres_location *ret,
                                   struct wh_error *err)
{
    *ret = (struct wh_postgres_location){.parsed = NULL};
    WH_TRY(parse(url, &ret->parsed, err));
    size_t count = WH_COUNT_OF(defaults) + WH_COUNT_OF(fixed) + 1;
    for (const PQconninfoOption *option = ret->parsed; option->keyword != NULL; option++)
        count++;
    ret->keywords = calloc(count, sizeof(*ret->keywords));
    ret->values = calloc(count, sizeof(*ret->values));
    if (ret->keywords == NULL || ret->values == NULL) {
        wh_postgres_location_release(ret);
        return wh_error_no_memory(err, count * sizeof(*ret->keywords));
    }
    fill(ret);
    return WH_OK;
}

void wh_postgres_location_release(struct wh_postgres_location *location)
{
    if (location->parsed != NULL)
        PQconninfoFree(location->parsed);
    free(location->keywords);
    free(location->values);
    *location = (struct wh_postgres_location){.parsed = NULL};
}
