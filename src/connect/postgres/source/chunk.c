/* SPDX-License-Identifier: Apache-2.0 */
#include "connect/postgres/source/chunk.h"

#include <inttypes.h>

#include "base/error.h"
#include "base/option.h"
#include "data/text.h"

static const char *const names[] = {[WH_POSTGRES_AS_GIVEN] = "all",
                                    [WH_POSTGRES_BY_NUMBER] = "number",
                                    [WH_POSTGRES_BY_KEY] = "key",
                                    [WH_POSTGRES_BY_CTID] = "ctid"};

static wh_code print_end(const struct wh_postgres_source *source, struct wh_str end,
                         struct wh_arena *arena, struct wh_str *ret, struct wh_error *err)
{
    *ret = end.ptr != NULL ? end : WH_STR("-");
    if (end.ptr == NULL || source->order != WH_POSTGRES_BY_KEY)
        return WH_OK;
    return wh_bytes_print(end, arena, ret) == WH_FAULT_NONE ? WH_OK
                                                            : wh_error_no_memory(err, 2 * end.len);
}

static wh_code print_same(const struct wh_postgres_chunk *chunk, struct wh_arena *arena,
                          struct wh_str *ret, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf text;
    wh_buf_init(&text, WH_POSTGRES_MAX_SQL);
    WH_TRY(wh_buf_printf(&text, err, "same %" PRIu64, chunk->ordinal));
    for (size_t i = 0; i < chunk->same_count; i++) {
        struct wh_str value;
        if (wh_bytes_print(chunk->same[i], arena, &value) != WH_FAULT_NONE)
            return wh_error_no_memory(err, 2 * chunk->same[i].len);
        WH_TRY(wh_buf_printf(&text, err, " %.*s", WH_FMT(value)));
    }
    return wh_arena_copy(arena, wh_buf_str(&text), ret, err);
}

wh_code wh_postgres_chunk_print(const struct wh_postgres_source *source,
                                const struct wh_postgres_chunk *chunk, struct wh_arena *arena,
                                struct wh_str *ret, struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf text;
    struct wh_str first;
    struct wh_str last;
    wh_buf_init(&text, WH_POSTGRES_MAX_SQL);
    if (chunk->same_count > 0)
        return print_same(chunk, arena, ret, err);
    WH_TRY(print_end(source, chunk->first, arena, &first, err));
    WH_TRY(print_end(source, chunk->last, arena, &last, err));
    WH_TRY(wh_buf_printf(&text, err, "%s %" PRIu64 " ", names[source->order], chunk->ordinal));
    WH_TRY(wh_buf_append_str(&text, first, err));
    WH_TRY(wh_buf_append_byte(&text, ' ', err));
    WH_TRY(wh_buf_append_str(&text, last, err));
    return wh_arena_copy(arena, wh_buf_str(&text), ret, err);
}

static bool is_block(struct wh_str text)
{
    uint64_t block;
    return wh_count_parse(text, &block, NULL) == WH_OK && block <= UINT32_MAX;
}

static bool is_number(struct wh_str text)
{
    int64_t number;
    return wh_int_parse(text, &number) == WH_FAULT_NONE;
}

static bool parse_bytes(struct wh_str text, struct wh_arena *arena, struct wh_str *ret)
{
    if (!wh_str_starts_with(text, WH_STR("\\x")) ||
        wh_bytes_parse(text, arena, ret) != WH_FAULT_NONE || !wh_utf8_is_valid(*ret))
        return false;
    if (ret->len == 0)
        *ret = WH_STR("");
    return true;
}

/** False for what is no end of a chunk of this source. */
static bool parse_end(const struct wh_postgres_source *source, struct wh_str text,
                      struct wh_arena *arena, struct wh_str *ret)
{
    *ret = WH_STR_NONE;
    if (wh_str_is(text, "-"))
        return true;
    *ret = text;
    switch (source->order) {
    case WH_POSTGRES_BY_NUMBER:
        return is_number(text);
    case WH_POSTGRES_BY_KEY:
        return parse_bytes(text, arena, ret);
    case WH_POSTGRES_BY_CTID:
        return is_block(text);
    case WH_POSTGRES_AS_GIVEN:
        break;
    }
    return false;
}

/** The values behind "same"; false for what is none of this source's. */
static bool parse_same(const struct wh_postgres_source *source, struct wh_str rest,
                       struct wh_arena *arena, struct wh_postgres_chunk *ret)
{
    size_t most = WH_MIN(source->info.order_count, (size_t)WH_POSTGRES_KEY_COLUMNS);
    if (wh_count_parse(wh_str_split(&rest, ' '), &ret->ordinal, NULL) != WH_OK ||
        ret->ordinal > WH_POSTGRES_MAX_CHUNKS)
        return false;
    while (rest.ptr != NULL) {
        if (ret->same_count == most)
            return false;
        struct wh_str *value = &ret->same[ret->same_count];
        size_t column = source->info.order[ret->same_count++];
        if (!parse_bytes(wh_str_split(&rest, ' '), arena, value) ||
            (source->types[column].kind == WH_KIND_INT && !is_number(*value)))
            return false;
    }
    return ret->same_count > 0;
}

static bool parse_range(const struct wh_postgres_source *source, struct wh_str rest,
                        struct wh_arena *arena, struct wh_postgres_chunk *ret)
{
    return wh_count_parse(wh_str_split(&rest, ' '), &ret->ordinal, NULL) == WH_OK &&
           ret->ordinal <= WH_POSTGRES_MAX_CHUNKS &&
           parse_end(source, wh_str_split(&rest, ' '), arena, &ret->first) && rest.ptr != NULL &&
           parse_end(source, rest, arena, &ret->last);
}

wh_code wh_postgres_chunk_parse(const struct wh_postgres_source *source, struct wh_str text,
                                struct wh_arena *arena, struct wh_postgres_chunk *ret,
                                struct wh_error *err)
{
    struct wh_str rest = text;
    *ret = (struct wh_postgres_chunk){.ordinal = 0};
    struct wh_str name = wh_str_split(&rest, ' ');
    bool is_sound = wh_str_is(name, "same") ? parse_same(source, rest, arena, ret)
                                            : wh_str_is(name, names[source->order]) &&
                                                  parse_range(source, rest, arena, ret);
    return is_sound ? WH_OK
                    : wh_error_set(err, WH_CORRUPT, "'%.*s' is no chunk of '%.*s'", WH_FMT(text),
                                   WH_FMT(source->info.name));
}
