/* SPDX-License-Identifier: Apache-2.0 */
/**
 * libpq, loaded when the first postgresql: URL is read.
 *
 * It brings TLS, Kerberos and LDAP, 20 libraries that take two thirds of the time in which wherry
 * starts; most commands have no PostgreSQL to talk to (docs/decisions/0010). Its functions are
 * called by their own names, which are macros here; types and constants are those of its header.
 */
#ifndef WH_CONNECT_POSTGRES_LIBPQ_H
#define WH_CONNECT_POSTGRES_LIBPQ_H

#include <libpq-fe.h>

#include "base/error.h"

/** Those that are called. */
/* clang-format off */
#define WH_LIBPQ_FUNCTIONS(X) \
    X(PQcancel) X(PQclear) X(PQcmdStatus) X(PQcmdTuples) X(PQconnectPoll) X(PQconnectStartParams) \
    X(PQconninfo) X(PQconninfoFree) X(PQconninfoParse) X(PQconsumeInput) X(PQdb) X(PQerrorMessage) \
    X(PQfinish) X(PQflush) X(PQfmod) X(PQfname) X(PQfreeCancel) \
    X(PQfreemem) X(PQftype) X(PQgetCancel) X(PQgetCopyData) X(PQgetResult) X(PQgetisnull) \
    X(PQgetlength) X(PQgetvalue) X(PQhost) X(PQisBusy) X(PQnfields) X(PQnparams) X(PQntuples) \
    X(PQparameterStatus) X(PQparamtype) X(PQport) X(PQputCopyData) X(PQputCopyEnd) \
    X(PQresultErrorField) X(PQresultErrorMessage) X(PQresultStatus) \
    X(PQsendDescribePrepared) X(PQsendPrepare) X(PQsendQuery) X(PQsendQueryParams) \
    X(PQsendQueryPrepared) X(PQserverVersion) X(PQsetErrorVerbosity) X(PQsetNoticeProcessor) \
    X(PQsetnonblocking) X(PQsocket) X(PQstatus) X(PQtransactionStatus) X(PQuser)
/* clang-format on */

struct wh_libpq {
#define X(function) __typeof__(function) *function;
    WH_LIBPQ_FUNCTIONS(X)
#undef X
};

/** Loads the library if that was not done; before any function of it is called. WH_UNREACHABLE
 *  where it is not installed. Any thread. */
WH_MUST_CHECK wh_code wh_libpq_load(struct wh_error *err);

/** The loaded library. */
const struct wh_libpq *wh_libpq(void);

#ifndef WH_LIBPQ_OWN_NAMES
#define PQcancel (wh_libpq()->PQcancel)
#define PQclear (wh_libpq()->PQclear)
#define PQcmdStatus (wh_libpq()->PQcmdStatus)
#define PQcmdTuples (wh_libpq()->PQcmdTuples)
#define PQconnectPoll (wh_libpq()->PQconnectPoll)
#define PQconnectStartParams (wh_libpq()->PQconnectStartParams)
#define PQconninfo (wh_libpq()->PQconninfo)
#define PQconninfoFree (wh_libpq()->PQconninfoFree)
#define PQconninfoParse (wh_libpq()->PQconninfoParse)
#define PQconsumeInput (wh_libpq()->PQconsumeInput)
#define PQdb (wh_libpq()->PQdb)
#define PQerrorMessage (wh_libpq()->PQerrorMessage)
#define PQfinish (wh_libpq()->PQfinish)
#define PQflush (wh_libpq()->PQflush)
#define PQfmod (wh_libpq()->PQfmod)
#define PQfname (wh_libpq()->PQfname)
#define PQfreeCancel (wh_libpq()->PQfreeCancel)
#define PQfreemem (wh_libpq()->PQfreemem)
#define PQftype (wh_libpq()->PQftype)
#define PQgetCancel (wh_libpq()->PQgetCancel)
#define PQgetCopyData (wh_libpq()->PQgetCopyData)
#define PQgetResult (wh_libpq()->PQgetResult)
#define PQgetisnull (wh_libpq()->PQgetisnull)
#define PQgetlength (wh_libpq()->PQgetlength)
#define PQgetvalue (wh_libpq()->PQgetvalue)
#define PQhost (wh_libpq()->PQhost)
#define PQisBusy (wh_libpq()->PQisBusy)
#define PQnfields (wh_libpq()->PQnfields)
#define PQnparams (wh_libpq()->PQnparams)
#define PQntuples (wh_libpq()->PQntuples)
#define PQparameterStatus (wh_libpq()->PQparameterStatus)
#define PQparamtype (wh_libpq()->PQparamtype)
#define PQport (wh_libpq()->PQport)
#define PQputCopyData (wh_libpq()->PQputCopyData)
#define PQputCopyEnd (wh_libpq()->PQputCopyEnd)
#define PQresultErrorField (wh_libpq()->PQresultErrorField)
#define PQresultErrorMessage (wh_libpq()->PQresultErrorMessage)
#define PQresultStatus (wh_libpq()->PQresultStatus)
#define PQsendDescribePrepared (wh_libpq()->PQsendDescribePrepared)
#define PQsendPrepare (wh_libpq()->PQsendPrepare)
#define PQsendQuery (wh_libpq()->PQsendQuery)
#define PQsendQueryParams (wh_libpq()->PQsendQueryParams)
#define PQsendQueryPrepared (wh_libpq()->PQsendQueryPrepared)
#define PQserverVersion (wh_libpq()->PQserverVersion)
#define PQsetErrorVerbosity (wh_libpq()->PQsetErrorVerbosity)
#define PQsetNoticeProcessor (wh_libpq()->PQsetNoticeProcessor)
#define PQsetnonblocking (wh_libpq()->PQsetnonblocking)
#define PQsocket (wh_libpq()->PQsocket)
#define PQstatus (wh_libpq()->PQstatus)
#define PQtransactionStatus (wh_libpq()->PQtransactionStatus)
#define PQuser (wh_libpq()->PQuser)
#endif

#endif
