/* SPDX-License-Identifier: Apache-2.0 */
#define WH_LIBPQ_OWN_NAMES
#include "connect/postgres/libpq.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>

/* The name under which every libpq since PostgreSQL 8.3 is installed. */
#define LIBRARY "libpq.so.5"

/* Written once, by load(), and the same for all threads after that:
 * the library's only such globals. */
static struct wh_libpq libpq;
static char problem[256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static const struct {
    const char *name;
    size_t place;
} functions[] = {
#define X(function) {#function, offsetof(struct wh_libpq, function)},
    WH_LIBPQ_FUNCTIONS(X)
#undef X
};

/** dlerror() is the thread's own. */
static void keep_problem(void)
{
    const char *text = dlerror();
    snprintf(problem, sizeof(problem), "%s", text != NULL ? text : LIBRARY " is not usable");
}

static void load(void)
{
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        keep_problem();
        return;
    }
    for (size_t i = 0; i < WH_COUNT_OF(functions); i++) {
        void *function = dlsym(library, functions[i].name);
        if (function == NULL)
            keep_problem();
        /* POSIX has it that a pointer to data holds one to a function; C does not convert them. */
        memcpy((char *)&libpq + functions[i].place, &function, sizeof(function));
    }
}

wh_code wh_libpq_load(struct wh_error *err)
{
    pthread_once(&once, load);
    if (problem[0] == '\0')
        return WH_OK;
    return wh_error_set(err, WH_UNREACHABLE,
                        "PostgreSQL's client library cannot be loaded: %s; install libpq5",
                        problem);
}

const struct wh_libpq *wh_libpq(void)
{
    return &libpq;
}
