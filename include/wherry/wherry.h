/* SPDX-License-Identifier: Apache-2.0 */
/**
 * libwherry: move data from one system to another, and prove what was done.
 *
 * A job is one verb (run, plan, status, log, schema) with options, by name and value, from the
 * verb's option table. It runs in the calling thread, tells its progress through a callback, can be
 * cancelled from a signal handler or another thread, and writes its result as text or JSON through
 * a function of the caller's. The library prints nothing, installs no signal handlers and never
 * exits. All text is NUL-terminated UTF-8.
 *
 *     struct wherry_job *job = NULL;
 *     struct wh_error error = WH_ERROR_NONE;
 *     if (wherry_job_new("run", &job, &error) == WH_OK &&
 *         wherry_job_set(job, "file", "shop.yaml", &error) == WH_OK)
 *         wherry_job_run(job, &io, &error);
 *     wherry_job_free(job);
 */
#ifndef WHERRY_WHERRY_H
#define WHERRY_WHERRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wherry/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The program's exit codes, and what wherry_job_exit_code() gives. */
enum wherry_exit {
    WHERRY_EXIT_OK = 0,          /**< all well */
    WHERRY_EXIT_ITEMS = 1,       /**< finished, with items rejected or failed, or keys not found */
    WHERRY_EXIT_USAGE = 2,       /**< usage or migration file wrong */
    WHERRY_EXIT_UNREACHABLE = 3, /**< source or destination out of reach */
    WHERRY_EXIT_STOPPED = 4,     /**< stopped at the failure limit */
    WHERRY_EXIT_DIFFERENT = 5,   /**< verification or monitoring found differences */
    WHERRY_EXIT_INTERRUPTED = 6, /**< interrupted; run again to go on */
    WHERRY_EXIT_BUG = 70         /**< a bug in wherry */
};

/** What an option takes. */
enum wherry_value {
    WHERRY_VALUE_TEXT = 0,
    WHERRY_VALUE_SWITCH, /**< "true" or "false"; on a command line its name alone means true */
    WHERRY_VALUE_COUNT,  /**< a whole number from 0 */
    WHERRY_VALUE_BOUND,  /**< a whole number, or a part of all: "10", "1%" */
    WHERRY_VALUE_CHOICE  /**< one of the words of `argument`, with '|' between them */
};

/** An option of a verb. */
struct wherry_option {
    const char *name;     /**< "workers"; given as --workers on the command line */
    const char *argument; /**< what help shows for the value: "N"; NULL for a switch */
    enum wherry_value value;
    bool is_positional; /**< given without its name, in the table's order */
    bool is_required;
    bool is_repeatable;
    const char *help; /**< one line */
};

/** A verb: what a job can do. */
struct wherry_verb {
    const char *name;
    const char *summary;                 /**< one line */
    const char *example;                 /**< one or more command lines */
    const struct wherry_option *options; /**< ends with a NULL name */
};

/** All verbs; ends with a NULL name. Static. */
WH_API const struct wherry_verb *wherry_verbs(void);

/** The version of the library: "0.1.0". */
WH_API const char *wherry_version(void);

struct wherry_job;

/** A job for @p verb. WH_INVALID where there is no such verb (the message names the nearest),
 *  WH_UNSUPPORTED for one that is not part of this version. The caller frees it with
 *  wherry_job_free(). */
WH_API WH_MUST_CHECK wh_code wherry_job_new(const char *verb, struct wherry_job **ret,
                                            struct wh_error *err);

/** Sets an option; a repeatable one gets one more value. The value is copied. WH_INVALID for an
 *  unknown name (the message names the nearest), a value that does not fit or a second value where
 *  one is allowed; WH_UNSUPPORTED for an option that is not part of this version. */
WH_API WH_MUST_CHECK wh_code wherry_job_set(struct wherry_job *job, const char *name,
                                            const char *value, struct wh_error *err);

enum wherry_format {
    WHERRY_TEXT = 0, /**< for people */
    WHERRY_JSON      /**< one JSON document, or one line of JSON an item where a verb says so */
};

/** Where a job is. Texts are borrowed for the time of the call. */
struct wherry_progress {
    const char *stage; /**< "survey", "migrate", "finish" */
    const char *item;  /**< the item type */
    uint64_t done;     /**< bytes of the source, or records */
    uint64_t total;    /**< 0: not known */
    uint64_t items;    /**< read so far */
    uint64_t refused;  /**< rejected and failed so far */
    double seconds;    /**< since the stage began */
    /** Of a run that is gone on with: what of `done` and `items` was so before the stage began. */
    uint64_t done_before;
    uint64_t items_before;
};

/** How a job talks to its caller. Functions are called one at a time, in the thread of
 *  wherry_job_run(); remarks may come from its other threads. */
struct wherry_io {
    /** Takes the next bytes of the result; anything but 0 ends the job with WH_IO. */
    int (*write)(void *ctx, const char *bytes, size_t size);
    /** Takes a remark for people, one line without its line end; may be NULL. */
    void (*note)(void *ctx, const char *text);
    /** Takes the progress, about ten times a second; may be NULL. */
    void (*progress)(void *ctx, const struct wherry_progress *progress);
    void *ctx;
    enum wherry_format format;
    bool use_colour; /**< text may have ANSI colours */
    unsigned width;  /**< columns of the terminal; 0: unbounded */
};

/**
 * Runs the job once. What it did so far is written even where it fails or is cancelled; with
 * WHERRY_JSON the document says so under "error". WH_OK also where items were rejected or failed:
 * wherry_job_exit_code() tells.
 */
WH_API WH_MUST_CHECK wh_code wherry_job_run(struct wherry_job *job, const struct wherry_io *io,
                                            struct wh_error *err);

/**
 * What wherry_job_run() writes, for a job that cannot be run since @p error refused one of its
 * options: with WHERRY_JSON a document that says so, otherwise nothing.
 */
WH_API void wherry_job_refuse(struct wherry_job *job, const struct wherry_io *io,
                              const struct wh_error *error);

/** Asks a running job to stop: the first call after the group in flight, the second at once. Safe
 *  in signal handlers and from any thread. */
WH_API void wherry_job_cancel(struct wherry_job *job);

/** What a program should exit with after the job; before wherry_job_run() it is WHERRY_EXIT_BUG.
 *  Where `write` took no more, it is what the job itself came to. */
WH_API enum wherry_exit wherry_job_exit_code(const struct wherry_job *job);

/** The exit code for an error that came before there was a job. */
WH_API enum wherry_exit wherry_exit_code(wh_code code);

WH_API void wherry_job_free(struct wherry_job *job);

#ifdef __cplusplus
}
#endif

#endif
