/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Replays a corpus through a fuzz target without libFuzzer: every file of the folders named on the
 * command line (and every file named itself) is one input. What once crashed stays tested by every
 * compiler and sanitizer. Exits with 77, a skipped test to CTest, where there is no input at all.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SKIPPED = 77, LARGEST_INPUT = 64 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* The file's bytes in memory of exactly its size,
 * so that a sanitizer sees each byte read too far. */
static uint8_t *read_file(const char *path, size_t size)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return NULL;
    uint8_t *bytes = malloc(size > 0 ? size : 1);
    if (bytes != NULL && fread(bytes, 1, size, file) != size) {
        free(bytes);
        bytes = NULL;
    }
    (void)fclose(file);
    return bytes;
}

static int replay_file(const char *path, size_t size)
{
    uint8_t *bytes = size <= LARGEST_INPUT ? read_file(path, size) : NULL;
    if (bytes == NULL) {
        (void)fprintf(stderr, "replay: cannot read '%s'\n", path);
        return -1;
    }
    /* On record before the target runs: a crash prints no name of its own. */
    (void)fprintf(stderr, "%s\n", path);
    (void)LLVMFuzzerTestOneInput(bytes, size);
    free(bytes);
    return 1;
}

static int replay(const char *path);

static int replay_folder(const char *path)
{
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, NULL, alphasort);
    int inputs = 0;
    for (int i = 0; i < count; i++) {
        char *inner = NULL;
        if (entries[i]->d_name[0] != '.' && inputs >= 0 &&
            asprintf(&inner, "%s/%s", path, entries[i]->d_name) > 0) {
            int found = replay(inner);
            inputs = found < 0 ? -1 : inputs + found;
        }
        free(inner);
        free(entries[i]);
    }
    free(entries);
    return inputs;
}

/* How many inputs were run; -1 where one could not be read. A path that is missing has none. */
static int replay(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return errno == ENOENT ? 0 : -1;
    if (S_ISDIR(status.st_mode))
        return replay_folder(path);
    return replay_file(path, (size_t)status.st_size);
}

int main(int argc, char **argv)
{
    int inputs = 0;
    for (int i = 1; i < argc; i++) {
        int found = replay(argv[i]);
        if (found < 0)
            return EXIT_FAILURE;
        inputs += found;
    }
    (void)printf("%d inputs replayed\n", inputs);
    return inputs > 0 ? EXIT_SUCCESS : SKIPPED;
}
