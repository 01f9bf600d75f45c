/* SPDX-License-Identifier: Apache-2.0 */
#include "connect_postgres_server.h"

#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/macros.h"

#define PROGRAMS "/usr/lib/postgresql/15/bin"
#define COMMAND_SIZE 1024

static char folder[POSTGRES_SERVER_FOLDER_SIZE];

/** Runs a command of the shell; gives its exit code, 0 where all is well. */
static int run_shell(const char *format, ...) WH_PRINTF(1, 2);
static int run_shell(const char *format, ...)
{
    char command[COMMAND_SIZE];
    va_list args;
    va_start(args, format);
    int size = vsnprintf(command, sizeof(command), format, args);
    va_end(args);
    return size > 0 && (size_t)size < sizeof(command) ? system(command) : -1;
}

/** PostgreSQL does not run as root. */
static const char *as_server_user(void)
{
    return geteuid() == 0 ? "setpriv --reuid=postgres --regid=postgres --clear-groups " : "";
}

static bool own_folder(void)
{
    const struct passwd *user = geteuid() == 0 ? getpwnam("postgres") : NULL;
    return geteuid() != 0 || (user != NULL && chown(folder, user->pw_uid, user->pw_gid) == 0);
}

static void give_up(const char *what)
{
    printf("%s\n", what);
    run_shell("cat '%s'/log* 2>/dev/null", folder);
    postgres_server_stop();
    exit(1);
}

bool postgres_server_start(void)
{
    const char *root = getenv("TMPDIR");
    if (access(PROGRAMS "/initdb", X_OK) != 0) {
        printf("skipped: PostgreSQL 15 is not installed (Debian's postgresql-15)\n");
        return false;
    }
    snprintf(folder, sizeof(folder), "%.40s/wherry-pg-XXXXXX", root != NULL ? root : "/tmp");
    if (mkdtemp(folder) == NULL || !own_folder())
        give_up("the server's folder cannot be made");
    if (run_shell("tests/postgres-data '%s' >'%s'/log.initdb 2>&1", folder, folder) != 0)
        give_up("its data folder cannot be made");
    if (run_shell("%s" PROGRAMS
                  "/pg_ctl -D '%s'/data -s -w -l '%s'/log -o \"-c listen_addresses='' "
                  "-k '%s' -c fsync=off -c autovacuum=off -c timezone=Asia/Kathmandu -c "
                  "datestyle=german\" start "
                  ">'%s'/log.start 2>&1",
                  as_server_user(), folder, folder, folder, folder) != 0)
        give_up("the server does not start");
    return true;
}

void postgres_server_stop(void)
{
    if (folder[0] == '\0')
        return;
    if (run_shell("%s" PROGRAMS "/pg_ctl -D '%s'/data -s -m immediate stop 2>/dev/null",
                  as_server_user(), folder) != 0)
        printf("the server of '%s' does not stop\n", folder);
    if (run_shell("rm -rf '%s'", folder) != 0)
        printf("'%s' cannot be removed\n", folder);
    folder[0] = '\0';
}

const char *postgres_server_host(void)
{
    return folder;
}

void postgres_server_run(const char *database, const char *sql)
{
    char path[POSTGRES_SERVER_FOLDER_SIZE + 16];
    snprintf(path, sizeof(path), "%s/script", folder);
    FILE *script = fopen(path, "w");
    if (script == NULL || fputs(sql, script) < 0 || fclose(script) != 0)
        give_up("a script cannot be written");
    if (run_shell("psql -X -q -v ON_ERROR_STOP=1 -h '%s' -U postgres -d %s -f '%s' "
                  ">'%s'/log.psql 2>&1",
                  folder, database, path, folder) != 0)
        give_up("a script failed");
}
