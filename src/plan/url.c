/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/make.h"

/* Where the authority of "scheme://user:password@host/path" is, after "//"; SIZE_MAX: none. */
static size_t find_authority(struct wh_str url)
{
    for (size_t i = 0; i + 2 < url.len; i++) {
        if (url.ptr[i] == ':')
            return url.ptr[i + 1] == '/' && url.ptr[i + 2] == '/' ? i + 3 : SIZE_MAX;
        if (url.ptr[i] == '/' || url.ptr[i] == '?')
            return SIZE_MAX;
    }
    return SIZE_MAX;
}

wh_code wh_url_show(struct wh_str url, struct wh_arena *arena, struct wh_str *ret,
                    struct wh_error *err)
{
    struct wh_str rest = url;
    struct wh_str shown = wh_str_split(&rest, '?');
    const char *secret = shown.len > 0 ? memmem(shown.ptr, shown.len, "password", 8) : NULL;
    if (secret != NULL)
        shown.len = (size_t)(secret - shown.ptr);
    size_t authority = find_authority(shown);
    /* The last @: a password may hold one. */
    const char *at =
        authority == SIZE_MAX ? NULL : memrchr(shown.ptr + authority, '@', shown.len - authority);
    if (at == NULL)
        return wh_arena_copy(arena, shown, ret, err);
    size_t behind = (size_t)(at + 1 - shown.ptr);
    return wh_arena_format(arena, ret, err, "%.*s%.*s", WH_FMT(wh_str_make(shown.ptr, authority)),
                           WH_FMT(wh_str_make(shown.ptr + behind, shown.len - behind)));
}
