/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of hosts: https://www.postgresql.org/docs/15/libpq-connect.html,
 * "Specifying Multiple Hosts". */
#include "connect/postgres/hosts.h"

#include "base/error.h"

static const char *const keywords[] = {
    [WH_POSTGRES_HOST] = "host", [WH_POSTGRES_HOSTADDR] = "hostaddr", [WH_POSTGRES_PORT] = "port"};

void wh_postgres_hosts_init(struct wh_postgres_hosts *hosts)
{
    *hosts = (struct wh_postgres_hosts){.lists = {WH_STR_NONE, WH_STR_NONE, WH_STR_NONE}};
    wh_arena_init(&hosts->arena);
}

void wh_postgres_hosts_release(struct wh_postgres_hosts *hosts)
{
    wh_arena_release(&hosts->arena);
}

wh_code wh_postgres_hosts_take(struct wh_postgres_hosts *hosts, const char *keyword,
                               const char *value, struct wh_error *err)
{
    for (size_t i = 0; i < WH_POSTGRES_HOST_LISTS && value != NULL && *value != '\0'; i++) {
        if (strcmp(keyword, keywords[i]) != 0)
            continue;
        WH_TRY(wh_arena_copy(&hosts->arena, wh_str_from(value), &hosts->given[i], err));
        hosts->lists[i] = hosts->given[i];
    }
    return WH_OK;
}

/* ---- lists ----------------------------------------------------------------------------------- */

static size_t count_entries(struct wh_str list)
{
    if (list.ptr == NULL)
        return 0;
    size_t count = 1;
    for (size_t i = 0; i < list.len; i++)
        count += list.ptr[i] == ',';
    return count;
}

/** Where the entry of that number begins. */
static size_t entry_start(struct wh_str list, size_t number)
{
    size_t at = 0;
    for (; number > 0; at++)
        number -= list.ptr[at] == ',';
    return at;
}

/** "" where there is none. */
static struct wh_str entry_at(struct wh_str list, size_t number)
{
    if (number >= count_entries(list))
        return WH_STR("");
    size_t start = entry_start(list, number);
    size_t end = start;
    while (end < list.len && list.ptr[end] != ',')
        end++;
    return wh_str_make(list.ptr + start, end - start);
}

static wh_code remove_entry(struct wh_postgres_hosts *hosts, struct wh_str *list, size_t number,
                            struct wh_error *err)
{
    size_t start = entry_start(*list, number);
    size_t end = start + entry_at(*list, number).len;
    bool is_last = end == list->len;
    size_t before = is_last ? start - 1 : start; /* the comma before it, or the one behind it */
    size_t behind = is_last ? end : end + 1;
    return wh_arena_format(&hosts->arena, list, err, "%.*s%.*s", (int)before, list->ptr,
                           (int)(list->len - behind), list->ptr + behind);
}

/* ---- hosts ----------------------------------------------------------------------------------- */

static size_t count_hosts(const struct wh_str lists[WH_POSTGRES_HOST_LISTS])
{
    return WH_MAX(count_entries(lists[WH_POSTGRES_HOST]),
                  count_entries(lists[WH_POSTGRES_HOSTADDR]));
}

/** What is left open may be anything. */
static bool may_be(const struct wh_str lists[WH_POSTGRES_HOST_LISTS], size_t number,
                   const PGconn *conn)
{
    struct wh_str host = entry_at(lists[WH_POSTGRES_HOST], number);
    struct wh_str ports = lists[WH_POSTGRES_PORT];
    struct wh_str port = entry_at(ports, count_entries(ports) == 1 ? 0 : number);
    if (host.len == 0)
        host = entry_at(lists[WH_POSTGRES_HOSTADDR], number);
    return (host.len == 0 || wh_str_is(host, PQhost(conn))) &&
           (port.len == 0 || wh_str_is(port, PQport(conn)));
}

/** The entry that @p conn is at; as many as there are: none. */
static size_t find_host(const struct wh_str lists[WH_POSTGRES_HOST_LISTS], const PGconn *conn)
{
    size_t count = count_hosts(lists);
    size_t number = 0;
    while (number < count && !may_be(lists, number, conn))
        number++;
    return number;
}

unsigned wh_postgres_hosts_find(const struct wh_postgres_hosts *hosts, const PGconn *conn)
{
    size_t number = find_host(hosts->given, conn);
    return number < count_hosts(hosts->given) ? (unsigned)number + 1 : 0;
}

wh_code wh_postgres_hosts_prefer(struct wh_postgres_hosts *hosts, unsigned number,
                                 struct wh_error *err)
{
    size_t count = count_hosts(hosts->lists);
    WH_ASSERT(number >= 1 && number <= count, err);
    for (size_t i = 0; i < WH_POSTGRES_HOST_LISTS; i++) {
        struct wh_str *list = &hosts->lists[i];
        if (count_entries(*list) != count || count == 1)
            continue;
        struct wh_str first = entry_at(*list, number - 1);
        WH_TRY(remove_entry(hosts, list, number - 1, err));
        WH_TRY(wh_arena_format(&hosts->arena, list, err, "%.*s,%.*s", (int)first.len, first.ptr,
                               (int)list->len, list->ptr));
    }
    return WH_OK;
}

wh_code wh_postgres_hosts_drop(struct wh_postgres_hosts *hosts, const PGconn *conn, bool *ret_left,
                               struct wh_error *err)
{
    size_t count = count_hosts(hosts->lists);
    size_t number = find_host(hosts->lists, conn);
    *ret_left = count > 1 && number < count;
    for (size_t i = 0; i < WH_POSTGRES_HOST_LISTS && *ret_left; i++)
        if (count_entries(hosts->lists[i]) == count)
            WH_TRY(remove_entry(hosts, &hosts->lists[i], number, err));
    return WH_OK;
}

wh_code wh_postgres_hosts_start(struct wh_postgres_hosts *hosts,
                                const struct wh_postgres_location *location, PGconn **ret,
                                struct wh_error *err)
{
    size_t count = 0;
    while (location->keywords[count] != NULL)
        count++;
    size_t room = count + WH_POSTGRES_HOST_LISTS + 1;
    const char **names = wh_arena_array(&hosts->arena, room, sizeof(*names));
    const char **values = wh_arena_array(&hosts->arena, room, sizeof(*values));
    *ret = NULL;
    if (names == NULL || values == NULL)
        return wh_error_no_memory(err, room * sizeof(*names));
    memcpy(names, location->keywords, count * sizeof(*names));
    memcpy(values, location->values, count * sizeof(*values));
    /* The last value of a keyword counts. */
    for (size_t i = 0; i < WH_POSTGRES_HOST_LISTS; i++) {
        if (hosts->lists[i].ptr == NULL)
            continue;
        names[count] = keywords[i];
        values[count++] = hosts->lists[i].ptr;
    }
    *ret = PQconnectStartParams(names, values, 0);
    return *ret != NULL ? WH_OK : wh_error_no_memory(err, sizeof(void *));
}
