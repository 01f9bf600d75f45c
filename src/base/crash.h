/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Named points at which a test may kill the process, so that every place where a crash could hurt
 * is tried. In builds without WH_CRASH_POINTS they are nothing.
 *
 * WHERRY_CRASH_AT=name or name:N kills with SIGKILL when the point is reached for the Nth time.
 */
#ifndef WH_BASE_CRASH_H
#define WH_BASE_CRASH_H

#if defined(WH_CRASH_POINTS)
void wh_crash_point(const char *name);
#define WH_CRASH_POINT(name) wh_crash_point(name)
#else
#define WH_CRASH_POINT(name) ((void)0)
#endif

#endif
