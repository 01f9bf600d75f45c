/* SPDX-License-Identifier: Apache-2.0 */
/** Reading a database's pages in larger pieces than SQLite asks for. */
#ifndef WH_CONNECT_SQLITE_READ_AHEAD_H
#define WH_CONNECT_SQLITE_READ_AHEAD_H

/**
 * The name of a VFS for `sqlite3_open_v2` that reads as SQLite's default one does, but
 * fetches 64 KiB where pages are asked for one behind another; NULL where it cannot be made:
 * the default serves, too.
 *
 * SQLite reads page by page, each with a system call: a table that is read whole costs one for
 * every 4 KiB. The first call registers the VFS (https://www.sqlite.org/vfs.html, "shims"), under
 * SQLite's own mutex; it stays until the process ends. Any thread.
 *
 * What was fetched is forgotten whenever a lock is taken or given back, in the file or in the
 * shared memory of a write-ahead log, and whenever this connection writes to the file. It therefore
 * never outlives a read transaction; and within one, SQLite reads from the file only pages that
 * nobody may change meanwhile (https://www.sqlite.org/walformat.html, "reader marks"). A database
 * that is opened as immutable takes no locks; nobody changes it at all.
 */
const char *wh_sqlite_read_ahead_vfs(void);

#endif
