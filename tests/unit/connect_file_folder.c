/* SPDX-License-Identifier: Apache-2.0 */
#include "connect_file_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "connect/file/file.h"

void test_folder_make(struct test_folder *folder)
{
    const char *parent = getenv("TMPDIR");
    (void)snprintf(folder->path, sizeof(folder->path), "%s/wherry-test-XXXXXX",
                   parent != NULL ? parent : "/tmp");
    assert_non_null(mkdtemp(folder->path));
}

char *test_folder_path(const struct test_folder *folder, const char *name, char *room)
{
    (void)snprintf(room, 512, "%s/%s", folder->path, name);
    return room;
}

/* Files first, then the folder; what lies two folders deep is none of ours. */
static void remove_all(const char *path)
{
    DIR *opened = opendir(path);
    assert_non_null(opened);
    const struct dirent *entry;
    while ((entry = readdir(opened)) != NULL) {
        char inner[1024];
        struct stat status;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        (void)snprintf(inner, sizeof(inner), "%s/%s", path, entry->d_name);
        if (lstat(inner, &status) == 0 && S_ISDIR(status.st_mode))
            remove_all(inner);
        else
            (void)unlink(inner);
    }
    (void)closedir(opened);
    (void)rmdir(path);
}

void test_folder_remove(const struct test_folder *folder)
{
    remove_all(folder->path);
}

int test_folder_setup(void **state)
{
    static struct test_folder folder;
    test_folder_make(&folder);
    *state = &folder;
    return 0;
}

int test_folder_teardown(void **state)
{
    test_folder_remove(*state);
    return 0;
}

void test_folder_write(const struct test_folder *folder, const char *name, struct wh_str bytes)
{
    char path[512];
    FILE *file = fopen(test_folder_path(folder, name, path), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.ptr, 1, bytes.len, file), bytes.len);
    assert_int_equal(fclose(file), 0);
}

void test_folder_make_inner(const struct test_folder *folder, const char *name)
{
    char path[512];
    assert_int_equal(mkdir(test_folder_path(folder, name, path), 0700), 0);
}

struct wh_format_options test_format_options(void)
{
    struct wh_format_options options;
    wh_format_options_init(&options);
    return options;
}

wh_code test_folder_open(const struct test_folder *folder, const char *from,
                         const struct wh_format_options *format, struct wh_source **ret,
                         struct wh_error *err)
{
    struct wh_source_request request = {
        .url = wh_str_from(folder->path), .from = wh_str_from(from), .format = format};
    return wh_file_connector.source->open(&request, ret, err);
}
