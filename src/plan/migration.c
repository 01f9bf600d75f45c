/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/migration.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "data/hash.h"
#include "data/text.h"
#include "plan/read.h"

enum { MAX_NAME = 128, MAX_GROUP = 1000000 };
#define MIN_MEMORY ((uint64_t)16 << 20)

#define MIGRATION(field) offsetof(struct wh_migration, field)
#define LIMITS(field) offsetof(struct wh_limits, field)

/* ---- keys that need a reader of their own ---------------------------------------------------- */

static wh_code read_version(const struct wh_key *key, const struct wh_yaml_node *value,
                            void *object, struct wh_arena *arena, struct wh_error *err)
{
    (void)object;
    (void)arena;
    WH_TRY(wh_require_text(key->name, value, false, err));
    if (!wh_str_is(value->text, "1"))
        return wh_yaml_unsupported(value, err,
                                   "'wherry: %.*s' is no version of migration files that this "
                                   "wherry reads; it reads 'wherry: 1'",
                                   WH_FMT(value->written));
    return WH_OK;
}

static json_t *version_schema(const struct wh_key *key)
{
    (void)key;
    return json_pack("{s:i}", "const", 1);
}

static wh_code read_name(const struct wh_key *key, const struct wh_yaml_node *value, void *object,
                         struct wh_arena *arena, struct wh_error *err)
{
    WH_TRY(wh_form_text.read(key, value, object, arena, err));
    if (value->text.len > MAX_NAME)
        return wh_yaml_error(value, err, "'name' is longer than %d bytes", (int)MAX_NAME);
    for (size_t i = 0; i < value->text.len; i++)
        if ((unsigned char)value->text.ptr[i] < 0x20)
            return wh_yaml_error(value, err, "'name' holds a control character");
    return WH_OK;
}

static json_t *name_schema(const struct wh_key *key)
{
    return wh_form_text.schema(key);
}

static wh_code read_ledger(const struct wh_key *key, const struct wh_yaml_node *value, void *object,
                           struct wh_arena *arena, struct wh_error *err)
{
    WH_TRY(wh_form_place.read(key, value, object, arena, err));
    if (!wh_str_is(value->text, "destination") &&
        !wh_str_starts_with(value->text, WH_STR("sqlite:")))
        return wh_yaml_unsupported(value, err,
                                   "'ledger' is 'destination' or, for files, an SQLite database: "
                                   "sqlite:.wherry/NAME.db");
    return WH_OK;
}

static json_t *ledger_schema(const struct wh_key *key)
{
    (void)key;
    return json_pack("{s:s, s:s}", "type", "string", "pattern", "^(destination|sqlite:.*)$");
}

/* Expressions mean UTC so far. An offset is something that can be written into the map. */
static wh_code read_timezone(const struct wh_key *key, const struct wh_yaml_node *value,
                             void *object, struct wh_arena *arena, struct wh_error *err)
{
    (void)object;
    (void)arena;
    WH_TRY(wh_require_text(key->name, value, false, err));
    if (!wh_str_is(value->text, "UTC"))
        return wh_yaml_unsupported(value, err,
                                   "'timezone: %.*s' is not supported by this version; write UTC, "
                                   "and say in the map what times mean: (column || "
                                   "'+02:00')::timestamptz",
                                   WH_FMT(value->written));
    return WH_OK;
}

static json_t *timezone_schema(const struct wh_key *key)
{
    (void)key;
    return json_pack("{s:s}", "const", "UTC");
}

static wh_code read_above(const struct wh_key *key, const struct wh_yaml_node *value, void *object,
                          struct wh_arena *arena, struct wh_error *err)
{
    (void)arena;
    struct wh_guard *guard = object;
    WH_TRY(wh_require_text(key->name, value, false, err));
    if (wh_double_parse(value->text, &guard->above) != WH_FAULT_NONE || !isfinite(guard->above))
        return wh_yaml_error(value, err, "'above' must be a number, not '%.*s'",
                             WH_FMT(value->written));
    return WH_OK;
}

static json_t *above_schema(const struct wh_key *key)
{
    (void)key;
    return json_pack("{s:s}", "type", "number");
}

static const struct wh_form form_above = {.read = read_above, .schema = above_schema};
static const struct wh_form form_version = {.read = read_version, .schema = version_schema};
static const struct wh_form form_name = {.read = read_name, .schema = name_schema};
static const struct wh_form form_ledger = {.read = read_ledger, .schema = ledger_schema};
static const struct wh_form form_timezone = {.read = read_timezone, .schema = timezone_schema};

/* ---- tables ---------------------------------------------------------------------------------- */

static const struct wh_key limit_keys[] = {
    {.name = "failures",
     .form = &wh_form_bound,
     .offset = LIMITS(failures),
     .help = "stops a run above so many rejected and failed items: 100, or 1% (default: no limit)"},
    {.name = "deletes",
     .form = &wh_form_bound,
     .offset = LIMITS(deletes),
     .help = "with 'missing: delete': above so many, nothing is deleted (default: 1%)"},
    {.name = "memory",
     .form = &wh_form_size,
     .offset = LIMITS(memory),
     .help = "what a run may take of memory; what needs more goes to disk (default: 512MiB)"},
    {.name = "group",
     .form = &wh_form_count,
     .offset = LIMITS(group),
     .help =
         "items that are committed together (default: 32768, or more where they come in no order)"},
    {.name = "cell",
     .form = &wh_form_size,
     .offset = LIMITS(cell),
     .help = "bytes that one value of a file may have (default: 64MiB)"},
    {.name = "reconnect",
     .form = &wh_form_count,
     .offset = LIMITS(reconnect),
     .help = "seconds for which a run tries to get a lost connection back (default: 300)"},
    {.name = "rate",
     .form = &wh_form_rate,
     .offset = LIMITS(rate),
     .help =
         "items a second that a run migrates at most, all workers together: 5000/s (default: as "
         "fast as it goes)"},
    {.name = NULL},
};

static const struct wh_key guard_keys[] = {
    {.name = "query",
     .form = &wh_form_expression,
     .is_required = true,
     .offset = offsetof(struct wh_guard, query),
     .help = "a query of the destination that gives one number, asked once a second"},
    {.name = "above",
     .form = &form_above,
     .is_required = true,
     .help = "above so much, the run pauses"},
    {.name = NULL},
};

static const struct wh_key default_keys[] = {
    {.name = "clean",
     .form = &wh_form_clean,
     .detail = "default",
     .help = "'tidy' rules for the text columns of every item type, before its own rules"},
    {.name = NULL},
};

static const struct wh_key migration_keys[] = {
    {.name = "wherry",
     .form = &form_version,
     .is_required = true,
     .help = "the version of migration files: 1"},
    {.name = "name",
     .form = &form_name,
     .is_required = true,
     .offset = MIGRATION(name),
     .help = "what the ledger knows this migration by"},
    {.name = "source",
     .form = &wh_form_place,
     .is_required = true,
     .offset = MIGRATION(source),
     .help = "what data leaves: a folder or file, relative to this file, sqlite:old.db or "
             "postgresql://…"},
    {.name = "destination",
     .form = &wh_form_place,
     .is_required = true,
     .offset = MIGRATION(destination),
     .help = "what data reaches: sqlite:file.db, postgresql://…, or a folder of files, relative to "
             "this file"},
    {.name = "ledger",
     .form = &form_ledger,
     .offset = MIGRATION(ledger),
     .help = "where the migration log is kept: destination; of files, which can hold none, "
             "sqlite:.wherry/NAME.db beside this file (default)"},
    {.name = "timezone",
     .form = &form_timezone,
     .help = "what times without a zone mean at the source: UTC"},
    {.name = "items",
     .form = &wh_form_items,
     .is_required = true,
     .help = "the item types, by name, in the order in which they are migrated"},
    {.name = "limits",
     .form = &wh_form_level,
     .offset = MIGRATION(limits),
     .detail = limit_keys,
     .help = "what a run may take, and when it stops"},
    {.name = "guard",
     .form = &wh_form_level,
     .offset = MIGRATION(guard),
     .detail = guard_keys,
     .help = "pauses a run while the destination has too much to do"},
    {.name = "analyze",
     .form = &wh_form_flag,
     .offset = MIGRATION(analyze),
     .help = "true: the destination's statistics of a table are made anew when it is written "
             "(ANALYZE; default: false)"},
    {.name = "lookups",
     .form = &wh_form_later,
     .detail = "write CASE column WHEN 'code' THEN 'value' … END in 'map'",
     .help = ""},
    {.name = "defaults",
     .form = &wh_form_level,
     .offset = MIGRATION(defaults),
     .detail = default_keys,
     .help = "what holds for all item types"},
    {.name = NULL},
};

/* ---- the file -------------------------------------------------------------------------------- */

static const char *process_environment(void *ctx, const char *name)
{
    (void)ctx;
    return getenv(name);
}

static void close_file(int *file)
{
    if (*file >= 0)
        close(*file);
}

static wh_code read_all(int file, const char *path, struct wh_buf *text, struct wh_error *err)
{
    for (;;) {
        WH_TRY(wh_buf_reserve(text, 65536, err));
        ssize_t got = read(file, text->ptr + text->len, 65536);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return wh_error_system(err, WH_INVALID, errno, "cannot read migration file '%s'", path);
        if (got == 0)
            return WH_OK;
        text->len += (size_t)got;
        if (text->len > WH_YAML_MAX_SIZE)
            return wh_error_set(err, WH_INVALID,
                                "migration file '%s' is larger than %zu bytes; is it one?", path,
                                WH_YAML_MAX_SIZE);
    }
}

static wh_code read_file(const char *path, struct wh_buf *text, struct wh_error *err)
{
    WH_CLEANUP(close_file) int file = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (file < 0 || fstat(file, &status) != 0)
        return wh_error_system(err, WH_INVALID, errno, "cannot read migration file '%s'", path);
    if (S_ISDIR(status.st_mode))
        return wh_error_set(err, WH_INVALID, "'%s' is a directory; name the migration file in it",
                            path);
    return read_all(file, path, text, err);
}

/* Line and column of a byte, both from 1, for a text that is not UTF-8 as a whole. */
static wh_code bad_byte(struct wh_str text, size_t offset, const char *what, struct wh_error *err)
{
    uint32_t line = 1;
    uint32_t column = 1;
    for (size_t i = 0; i < offset; i++) {
        column += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
        if (text.ptr[i] == '\n') {
            line++;
            column = 1;
        }
    }
    wh_error_set(err, WH_INVALID, "%s; save the file as UTF-8", what);
    return wh_error_at(err, WH_INVALID, line, column);
}

/* The file must be UTF-8. A byte order mark is allowed, and no part of the text. */
static wh_code check_encoding(struct wh_str *text, struct wh_error *err)
{
    if (wh_str_starts_with(*text, WH_STR("\xFF\xFE")) ||
        wh_str_starts_with(*text, WH_STR("\xFE\xFF")))
        return wh_error_set(err, WH_INVALID, "the file is UTF-16; save it as UTF-8");
    if (wh_str_starts_with(*text, WH_STR("\xEF\xBB\xBF")))
        *text = wh_str_make(text->ptr + 3, text->len - 3);
    size_t length;
    size_t bad = wh_utf8_find_bad(*text, &length);
    if (bad == text->len)
        return WH_OK;
    return bad_byte(*text, bad,
                    text->ptr[bad] == '\0' ? "a NUL byte stands here" : "a byte here is not UTF-8",
                    err);
}

static wh_code set_paths(const char *path, struct wh_migration *migration, struct wh_error *err)
{
    WH_TRY(wh_arena_copy(&migration->arena, wh_str_from(path), &migration->path, err));
    const char *slash = memrchr(migration->path.ptr, '/', migration->path.len);
    if (slash == NULL)
        migration->folder = WH_STR(".");
    else if (slash == migration->path.ptr)
        migration->folder = WH_STR("/");
    else
        migration->folder = wh_str_make(migration->path.ptr, (size_t)(slash - migration->path.ptr));
    return WH_OK;
}

/* ---- defaults -------------------------------------------------------------------------------- */

static wh_code check_default(const struct wh_clean_definition *rule,
                             const struct wh_yaml_node *root, struct wh_error *err)
{
    if (rule->tidy_count > 0 && rule->column_count == 0 && rule->when.text.ptr == NULL)
        return WH_OK;
    return wh_yaml_error(wh_yaml_find(root, "defaults"), err,
                         "rule '%.*s' of 'defaults' must be 'tidy' alone, for the text columns of "
                         "all item types: their other columns differ",
                         WH_FMT(rule->name));
}

static wh_code check_names(const struct wh_migration *migration,
                           const struct wh_item_definition *item, const struct wh_yaml_node *root,
                           struct wh_error *err)
{
    const struct wh_item_definition *defaults = &migration->defaults;
    size_t count = item->clean_count + item->expect_count;
    for (size_t i = 0; i < defaults->clean_count * count; i++) {
        size_t rule = i % count;
        struct wh_str name = rule < item->clean_count ? item->clean[rule].name
                                                      : item->expect[rule - item->clean_count].name;
        if (wh_str_equal(name, defaults->clean[i / count].name))
            return wh_yaml_error(wh_yaml_find(root, "defaults"), err,
                                 "item '%.*s' has a rule '%.*s', too; give one another name",
                                 WH_FMT(item->name), WH_FMT(name));
    }
    return WH_OK;
}

static void mix_hash(const struct wh_item_definition *defaults, uint64_t *hash)
{
    for (size_t i = 0; i < defaults->clean_count; i++) {
        *hash = wh_hash_bytes(defaults->clean[i].name, *hash);
        for (size_t j = 0; j < defaults->clean[i].tidy_count; j++)
            *hash = wh_hash_bytes(defaults->clean[i].tidy[j].text, *hash);
    }
}

/* The rules of 'defaults' come before the item type's own. */
static wh_code put_before(struct wh_migration *migration, struct wh_item_definition *item,
                          struct wh_error *err)
{
    const struct wh_item_definition *defaults = &migration->defaults;
    size_t count = defaults->clean_count + item->clean_count;
    struct wh_clean_definition *rules = wh_arena_array(&migration->arena, count, sizeof(*rules));
    if (rules == NULL)
        return wh_error_no_memory(err, count * sizeof(*rules));
    if (count > UINT16_MAX)
        return wh_error_set(err, WH_INVALID, "item '%.*s' has more than %d clean rules",
                            WH_FMT(item->name), (int)UINT16_MAX);
    for (size_t i = 0; i < count; i++)
        rules[i] =
            i < defaults->clean_count ? defaults->clean[i] : item->clean[i - defaults->clean_count];
    item->clean = rules;
    item->clean_count = count;
    mix_hash(defaults, &item->text_hash);
    return WH_OK;
}

static wh_code apply_defaults(struct wh_migration *migration, const struct wh_yaml_node *root,
                              struct wh_error *err)
{
    for (size_t i = 0; i < migration->defaults.clean_count; i++)
        WH_TRY(check_default(&migration->defaults.clean[i], root, err));
    for (size_t i = 0; i < migration->item_count && migration->defaults.clean_count > 0; i++) {
        WH_TRY(check_names(migration, &migration->items[i], root, err));
        WH_TRY(put_before(migration, &migration->items[i], err));
    }
    return WH_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

static void set_defaults(struct wh_migration *migration)
{
    migration->ledger.text = WH_STR("destination");
    migration->limits = (struct wh_limits){.deletes = {true, true, 1},
                                           .memory = (uint64_t)512 << 20,
                                           .cell = (uint64_t)64 << 20,
                                           .reconnect = 300};
}

/* Before anything else: the other keys of another version may mean anything. */
static wh_code check_version(const struct wh_yaml_node *root, struct wh_error *err)
{
    if (root->kind != WH_YAML_MAPPING)
        return wh_yaml_error(root, err,
                             "the file is %s, not a mapping of keys and values; a "
                             "migration file begins with 'wherry: 1'",
                             wh_yaml_kind_name(root));
    const struct wh_yaml_node *version = wh_yaml_find(root, "wherry");
    if (version == NULL)
        return wh_yaml_error(root, err,
                             "key 'wherry' is missing; a migration file begins with "
                             "'wherry: 1'");
    return read_version(&migration_keys[0], version, NULL, NULL, err);
}

static wh_code check_limits(const struct wh_migration *migration, const struct wh_yaml_node *root,
                            struct wh_error *err)
{
    const struct wh_yaml_node *limits = wh_yaml_find(root, "limits");
    if (limits == NULL)
        return WH_OK;
    if (migration->limits.memory < MIN_MEMORY)
        return wh_yaml_error(wh_yaml_find(limits, "memory"), err,
                             "'memory' must be at least 16MiB");
    if (migration->limits.group > MAX_GROUP)
        return wh_yaml_error(wh_yaml_find(limits, "group"), err, "'group' must be at most %d",
                             (int)MAX_GROUP);
    return WH_OK;
}

/* A steady pace is one of small groups: so many that one is committed every half second. */
static void size_groups(struct wh_limits *limits)
{
    uint64_t most = WH_MAX(limits->rate / 2, 1);
    if (limits->rate > 0)
        limits->group = WH_MIN(limits->group > 0 ? limits->group : WH_GROUP_ITEMS, most);
}

/* What a format states is checked together with limits.cell, which may stand behind it. */
static wh_code finish_formats(struct wh_migration *migration, const struct wh_yaml_node *root,
                              struct wh_error *err)
{
    const struct wh_yaml_node *items = wh_yaml_find(root, "items");
    for (size_t i = 0; i < migration->item_count; i++) {
        struct wh_item_definition *item = &migration->items[i];
        item->format.cell = migration->limits.cell;
        wh_code rc = wh_format_options_check(&item->format, err);
        if (rc == WH_OK)
            continue;
        const struct wh_yaml_node *format = wh_yaml_find(items->pairs[i].value, "format");
        if (format == NULL)
            format = wh_yaml_find(root, "limits");
        return wh_error_at(err, rc, format != NULL ? format->line : item->line,
                           format != NULL ? format->column : item->column);
    }
    return WH_OK;
}

static wh_code parse(struct wh_migration *migration, const struct wh_migration_request *request,
                     struct wh_error *err)
{
    struct wh_substitution substitution = {.environment = request->environment,
                                           .ctx = request->environment_ctx};
    if (substitution.environment == NULL)
        substitution.environment = process_environment;
    const struct wh_yaml_node *root;
    WH_TRY(wh_yaml_parse(migration->text, &substitution, &migration->arena, &root, err));
    WH_TRY(check_version(root, err));
    struct wh_level level = {
        .keys = migration_keys, .label = WH_STR("the migration"), .object = migration};
    WH_TRY(wh_keys_read(&level, root, &migration->arena, err));
    WH_TRY(check_limits(migration, root, err));
    size_groups(&migration->limits);
    WH_TRY(apply_defaults(migration, root, err));
    return finish_formats(migration, root, err);
}

static wh_code load(const struct wh_migration_request *request, struct wh_migration *migration,
                    struct wh_error *err)
{
    WH_CLEANUP(wh_buf_release) struct wh_buf bytes;
    wh_buf_init(&bytes, WH_YAML_MAX_SIZE + 2 * 65536);
    WH_TRY(read_file(request->path, &bytes, err));
    struct wh_str text = wh_buf_str(&bytes);
    WH_TRY(check_encoding(&text, err));
    WH_TRY(wh_arena_copy(&migration->arena, text, &migration->text, err));
    return parse(migration, request, err);
}

wh_code wh_migration_read(const struct wh_migration_request *request, struct wh_migration **ret,
                          struct wh_error *err)
{
    *ret = NULL;
    struct wh_migration *migration = calloc(1, sizeof(*migration));
    if (migration == NULL)
        return wh_error_no_memory(err, sizeof(*migration));
    wh_arena_init(&migration->arena);
    set_defaults(migration);
    wh_code rc = set_paths(request->path, migration, err);
    if (rc == WH_OK)
        rc = load(request, migration, err);
    if (rc == WH_OK)
        *ret = migration;
    else
        wh_migration_free(migration);
    return rc;
}

void wh_migration_free(struct wh_migration *migration)
{
    if (migration == NULL)
        return;
    wh_arena_release(&migration->arena);
    free(migration);
}

/* ---- schema ---------------------------------------------------------------------------------- */

wh_code wh_migration_schema(struct wh_buf *out, struct wh_error *err)
{
    json_t *schema = wh_keys_schema(migration_keys);
    json_t *whole = schema == NULL ? NULL
                                   : json_pack("{s:s, s:s}", "$schema",
                                               "https://json-schema.org/draft/2020-12/schema",
                                               "title", "a wherry migration file");
    if (whole == NULL || json_object_update(whole, schema) != 0) {
        json_decref(schema);
        json_decref(whole);
        return wh_error_no_memory(err, 0);
    }
    char *text = json_dumps(whole, JSON_INDENT(2));
    json_decref(schema);
    json_decref(whole);
    if (text == NULL)
        return wh_error_no_memory(err, 0);
    wh_code rc = wh_buf_append_str(out, wh_str_from(text), err);
    free(text);
    return rc == WH_OK ? wh_buf_append_byte(out, '\n', err) : rc;
}
