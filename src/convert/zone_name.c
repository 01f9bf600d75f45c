/* SPDX-License-Identifier: Apache-2.0 */
#include "convert/zone_name.h"

#include <stdio.h>
#include <string.h>

#define FOLDER "/usr/share/zoneinfo/"

enum { MAX_NAME = 64, MAX_FILE = 256 * 1024, MINUTE = 60 };

/* Abbreviations that stand for one offset all over the world and time, or nearly so;
 * minutes east. */
static const struct {
    const char *name;
    int32_t minutes;
} abbreviations[] = {
    {"utc", 0},    {"gmt", 0},    {"uct", 0},    {"ut", 0},      {"z", 0},       {"zulu", 0},
    {"wet", 0},    {"bst", 60},   {"cet", 60},   {"cest", 120},  {"met", 60},    {"mest", 120},
    {"eet", 120},  {"eest", 180}, {"msd", 240},  {"sast", 120},  {"eat", 180},   {"hkt", 480},
    {"jst", 540},  {"kst", 540},  {"awst", 480}, {"acst", 570},  {"acdt", 630},  {"aest", 600},
    {"aedt", 660}, {"nzst", 720}, {"nzdt", 780}, {"nst", -210},  {"ndt", -150},  {"ast", -240},
    {"adt", -180}, {"est", -300}, {"edt", -240}, {"cst", -360},  {"cdt", -300},  {"mst", -420},
    {"mdt", -360}, {"pst", -480}, {"pdt", -420}, {"akst", -540}, {"akdt", -480}, {"hst", -600},
};

static bool find_abbreviation(struct wh_str name, struct wh_zone *ret)
{
    for (size_t i = 0; i < WH_COUNT_OF(abbreviations); i++) {
        if (!wh_str_equal_ascii_fold(name, wh_str_from(abbreviations[i].name)))
            continue;
        *ret = wh_zone_fixed(abbreviations[i].minutes * MINUTE);
        return true;
    }
    return false;
}

/* Letters, digits and what names have between them: no way out of the folder. */
static bool is_plain(struct wh_str name)
{
    if (name.len == 0 || name.len > MAX_NAME || name.ptr[0] == '/')
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_letter && !(c >= '0' && c <= '9') && strchr("_-+/", c) == NULL)
            return false;
    }
    return true;
}

static wh_code read_zone_file(FILE *file, struct wh_arena *arena, struct wh_zone *ret,
                              bool *ret_found, struct wh_error *err)
{
    char *bytes = wh_arena_bytes(arena, MAX_FILE);
    if (bytes == NULL)
        return wh_error_no_memory(err, MAX_FILE);
    size_t size = fread(bytes, 1, MAX_FILE, file);
    wh_arena_give_back(arena, bytes + size);
    enum wh_fault fault = wh_zone_read(wh_str_make(bytes, size), arena, ret);
    *ret_found = fault == WH_FAULT_NONE;
    return fault == WH_FAULT_NO_MEMORY ? wh_error_no_memory(err, size) : WH_OK;
}

wh_code wh_zone_by_name(struct wh_str name, struct wh_arena *arena, struct wh_zone *ret,
                        bool *ret_found, struct wh_error *err)
{
    *ret_found = find_abbreviation(name, ret);
    if (*ret_found)
        return WH_OK;
    char path[sizeof(FOLDER) + MAX_NAME];
    FILE *file = NULL;
    if (is_plain(name)) {
        (void)snprintf(path, sizeof(path), "%s%.*s", FOLDER, WH_FMT(name));
        file = fopen(path, "re");
    }
    if (file == NULL) {
        *ret_found = wh_zone_parse_posix(name, ret) == WH_FAULT_NONE;
        return WH_OK;
    }
    wh_code rc = read_zone_file(file, arena, ret, ret_found, err);
    (void)fclose(file);
    return rc;
}
