/* SPDX-License-Identifier: Apache-2.0 */
/** Bytes that come once: kept whole, known again, given up when asked to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "stream/stream.h"

#define BYTES ((size_t)3 << 20)

struct writing {
    int descriptor;
    const char *bytes;
    size_t len;
};

static void *write_all(void *given)
{
    const struct writing *writing = given;
    for (size_t done = 0; done < writing->len;) {
        ssize_t put = write(writing->descriptor, writing->bytes + done, writing->len - done);
        if (put < 0)
            break;
        done += (size_t)put;
    }
    (void)close(writing->descriptor);
    return NULL;
}

/* Spools @p bytes out of a pipe. */
static void fill(struct wh_spool *spool, const char *bytes, size_t len)
{
    struct wh_error err = WH_ERROR_NONE;
    int ends[2];
    pthread_t thread;
    assert_int_equal(pipe(ends), 0);
    struct writing writing = {ends[1], bytes, len};
    assert_int_equal(pthread_create(&thread, NULL, write_all, &writing), 0);
    assert_int_equal(wh_spool_fill(spool, ends[0], NULL, &err), WH_OK);
    (void)pthread_join(thread, NULL);
    (void)close(ends[0]);
}

static char *make_bytes(void)
{
    char *bytes = malloc(BYTES);
    assert_non_null(bytes);
    for (size_t i = 0; i < BYTES; i++)
        bytes[i] = (char)(i * 2654435761u >> 13);
    return bytes;
}

static void reads_as_a_file_at_any_place_and_again(void **state)
{
    (void)state;
    char *bytes = make_bytes();
    char *room = malloc(BYTES);
    assert_non_null(room);
    WH_CLEANUP(wh_spool_close) struct wh_spool spool;
    fill(&spool, bytes, BYTES);
    struct wh_error err = WH_ERROR_NONE;
    struct wh_stream_form form = {.spool = &spool};
    for (int i = 0; i < 2; i++) {
        WH_CLEANUP(wh_stream_close) struct wh_stream stream = WH_STREAM_CLOSED;
        size_t got;
        assert_int_equal(wh_stream_open(&stream, "given", form, &err), WH_OK);
        assert_int_equal(wh_stream_size(&stream), BYTES);
        assert_int_equal(wh_stream_read_at(&stream, 0, room, BYTES, &got, &err), WH_OK);
        assert_int_equal(got, BYTES);
        assert_memory_equal(room, bytes, BYTES);
        assert_int_equal(wh_stream_read_at(&stream, 77, room, 10, &got, &err), WH_OK);
        assert_memory_equal(room, bytes + 77, 10);
        assert_int_equal(wh_file_expect(&stream.file, stream.file.stamp, &err), WH_OK);
    }
    free(room);
    free(bytes);
}

static void the_same_bytes_have_the_same_digest(void **state)
{
    (void)state;
    char *bytes = make_bytes();
    WH_CLEANUP(wh_spool_close) struct wh_spool first;
    WH_CLEANUP(wh_spool_close) struct wh_spool again;
    WH_CLEANUP(wh_spool_close) struct wh_spool other;
    fill(&first, bytes, BYTES);
    fill(&again, bytes, BYTES);
    bytes[BYTES - 1] ^= 1;
    fill(&other, bytes, BYTES);
    assert_true(first.digest == again.digest);
    assert_true(first.digest != other.digest);
    free(bytes);
}

static void nothing_is_no_bytes(void **state)
{
    (void)state;
    WH_CLEANUP(wh_spool_close) struct wh_spool spool;
    fill(&spool, "", 0);
    assert_int_equal(spool.kept.size, 0);
}

static void does_not_wait_once_it_is_cancelled(void **state)
{
    (void)state;
    struct wh_error err = WH_ERROR_NONE;
    struct wh_cancel cancel = {0};
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    wh_cancel_raise(&cancel, WH_CANCEL_AFTER_GROUP);
    struct wh_spool spool;
    assert_int_equal(wh_spool_fill(&spool, ends[0], &cancel, &err), WH_CANCELLED);
    assert_int_equal(spool.kept.descriptor, -1);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void what_cannot_be_read_is_an_error(void **state)
{
    (void)state;
    struct wh_error err = WH_ERROR_NONE;
    struct wh_spool spool;
    int folder = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(folder >= 0);
    assert_int_equal(wh_spool_fill(&spool, folder, NULL, &err), WH_IO);
    (void)close(folder);
    assert_int_equal(wh_spool_fill(&spool, 999, NULL, &err), WH_IO);
    assert_non_null(strstr(err.message, "cannot be read"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_as_a_file_at_any_place_and_again),
        cmocka_unit_test(the_same_bytes_have_the_same_digest),
        cmocka_unit_test(nothing_is_no_bytes),
        cmocka_unit_test(does_not_wait_once_it_is_cancelled),
        cmocka_unit_test(what_cannot_be_read_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
