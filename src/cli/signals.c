/* SPDX-License-Identifier: Apache-2.0 */
#include "signals.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

/* A signal handler gets no context but a global: the one global that the program changes. */
static struct {
    _Atomic(struct wherry_job *) job;
    atomic_int count;
    atomic_bool is_at_work; /* items are read and written */
} watched;

static const int cancelling[] = {SIGINT, SIGTERM, SIGHUP};

static void set_handler(int number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

static void say(const char *text, size_t size)
{
    ssize_t ignored = write(STDERR_FILENO, text, size);
    (void)ignored;
}

static void on_signal(int number)
{
    static const char early[] = "\nstopping; once more stops at once\n";
    static const char first[] = "\nstopping as soon as the work in hand is committed or rolled "
                                "back; once more stops at once\n";
    static const char second[] = "\nstopping at once\n";
    struct wherry_job *job = atomic_load(&watched.job);
    int interrupted_errno = errno;
    if (job == NULL)
        return; /* all is done but the last words */
    wherry_job_cancel(job);
    if (atomic_fetch_add(&watched.count, 1) == 0) {
        if (atomic_load(&watched.is_at_work))
            say(first, sizeof first - 1);
        else
            say(early, sizeof early - 1);
    } else {
        say(second, sizeof second - 1);
        set_handler(number, SIG_DFL);
    }
    errno = interrupted_errno;
}

void cli_signals_watch(struct wherry_job *job)
{
    atomic_store(&watched.job, job);
    set_handler(SIGPIPE, SIG_IGN);
    for (size_t at = 0; at < sizeof cancelling / sizeof cancelling[0]; at++) {
        struct sigaction before;
        /* What was ignored from the start stays so: nohup, jobs in the background. */
        if (sigaction(cancelling[at], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            set_handler(cancelling[at], on_signal);
    }
}

void cli_signals_at_work(void)
{
    atomic_store(&watched.is_at_work, true);
}

void cli_signals_forget(void)
{
    atomic_store(&watched.job, NULL);
}
