/* SPDX-License-Identifier: Apache-2.0 */
/* Migration files: any bytes are read or refused with a message, in bounded time and memory. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "plan/migration.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* Every variable is set, some of them to what YAML would take for structure. */
static const char *environment(void *ctx, const char *name)
{
    static const char *const values[] = {"value", "", "a: [b, {c: d}]\n- e", "null"};
    (void)ctx;
    return strcmp(name, "UNSET") == 0 ? NULL : values[strlen(name) % 4];
}

/* What is read must be whole, what is refused must say why. */
static void check(wh_code rc, const struct wh_migration *migration, const struct wh_error *err)
{
    if (rc == WH_OK && migration == NULL)
        abort();
    if (rc == WH_OK && (migration->item_count == 0 || migration->items[0].text.len == 0))
        abort();
    if (rc != WH_OK && (migration != NULL || err->code != rc || err->message[0] == '\0'))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    int file = memfd_create("migration", MFD_CLOEXEC);
    if (file < 0 || write(file, bytes, len) != (ssize_t)len)
        abort();
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
    struct wh_migration_request request = {.path = path, .environment = environment};
    struct wh_migration *migration = NULL;
    struct wh_error err = WH_ERROR_NONE;
    wh_code rc = wh_migration_read(&request, &migration, &err);
    check(rc, migration, &err);
    wh_migration_free(migration);
    close(file);
    return 0;
}
