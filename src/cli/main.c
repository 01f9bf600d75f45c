/* SPDX-License-Identifier: Apache-2.0 */
/** wherry, the program: a command line becomes a job of libwherry's,
 *  a job's outcome an exit code. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <wherry/wherry.h>

#include "arguments.h"
#include "help.h"
#include "progress.h"
#include "signals.h"
#include "terminal.h"

/** What the job's functions work with. */
struct session {
    struct cli_terminal terminal;
    struct cli_progress progress;
    int write_errno; /* why stdout took no more; 0: it did */
};

static int write_result(void *ctx, const char *bytes, size_t size)
{
    struct session *session = ctx;
    cli_progress_finish(&session->progress);
    while (size > 0) {
        ssize_t written = write(STDOUT_FILENO, bytes, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0) {
            session->write_errno = errno;
            return -1;
        }
        bytes += written;
        size -= (size_t)written;
    }
    return 0;
}

static void print_note(void *ctx, const char *text)
{
    struct session *session = ctx;
    cli_progress_clear(&session->progress);
    fprintf(stderr, "%s\n", text);
}

static void show_progress(void *ctx, const struct wherry_progress *progress)
{
    struct session *session = ctx;
    cli_signals_at_work();
    cli_progress_show(&session->progress, progress);
}

static int run_job(const struct cli_arguments *arguments, struct session *session)
{
    struct wh_error error = WH_ERROR_NONE;
    const struct wherry_io io = {.write = write_result,
                                 .note = print_note,
                                 .progress = show_progress,
                                 .ctx = session,
                                 .format = arguments->wants_json ? WHERRY_JSON : WHERRY_TEXT,
                                 .use_colour = session->terminal.out_has_colour,
                                 .width = session->terminal.out_width};
    cli_signals_watch(arguments->job);
    wh_code rc = wherry_job_run(arguments->job, &io, &error);
    cli_signals_forget();
    cli_progress_finish(&session->progress);
    int exit_code = (int)wherry_job_exit_code(arguments->job);
    /* Whoever read the output has seen enough: `wherry log … | head`. */
    if (session->write_errno == EPIPE)
        return exit_code;
    if (session->write_errno != 0) {
        fprintf(stderr, "wherry: stdout cannot be written: %s\n",
                strerrordesc_np(session->write_errno));
        return WHERRY_EXIT_UNREACHABLE;
    }
    if (rc != WH_OK)
        cli_print_error(&session->terminal, arguments->file, &error);
    return exit_code;
}

/** What was typed is wrong; it may have asked for JSON behind the mistake. */
static int refuse(const struct cli_arguments *arguments, struct session *session,
                  const struct wh_error *error)
{
    const struct wherry_io io = {.write = write_result,
                                 .ctx = session,
                                 .format = arguments->wants_json ? WHERRY_JSON : WHERRY_TEXT};
    if (arguments->job != NULL)
        wherry_job_refuse(arguments->job, &io, error);
    cli_print_error(&session->terminal, NULL, error);
    return (int)wherry_exit_code(error->code);
}

/** Help and version are data that were asked for. */
static int print_help(const struct cli_arguments *arguments)
{
    if (arguments->wants_version)
        printf("wherry %s\n", wherry_version());
    else if (arguments->verb != NULL)
        cli_help_verb(stdout, arguments->verb);
    else
        cli_help(stdout);
    return fflush(stdout) == 0 ? WHERRY_EXIT_OK : WHERRY_EXIT_UNREACHABLE;
}

/**
 * Where the shell closed a standard stream (`2>&-`), the next file opened would get its
 * number, and messages would be written into that file. Opened the wrong way round, it
 * fails as if it were closed.
 */
static void hold_standard_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 &&
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
            _exit(WHERRY_EXIT_UNREACHABLE);
}

int main(int argc, char **argv)
{
    hold_standard_streams();
    struct cli_arguments arguments;
    struct session session = {.write_errno = 0};
    struct wh_error error = WH_ERROR_NONE;
    wh_code rc = cli_parse(argc, argv, &arguments, &error);
    cli_terminal_look(&session.terminal, arguments.no_color);
    cli_progress_init(&session.progress, &session.terminal);
    int exit_code;
    if (rc != WH_OK) {
        exit_code = refuse(&arguments, &session, &error);
    } else if (arguments.wants_version || arguments.wants_help) {
        exit_code = print_help(&arguments);
    } else {
        exit_code = run_job(&arguments, &session);
    }
    wherry_job_free(arguments.job);
    return exit_code;
}
