/* SPDX-License-Identifier: MIT */
/* Servers end when they are told to, and not in the middle of something. */
#ifndef SEALMEM_TOOLS_SIGNALS_H
#define SEALMEM_TOOLS_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/*
 * From now on SIGINT, SIGTERM and SIGHUP come only while ppoll waits with
 * @ret_while_waiting, and then signals_stopped() says so.
 */
void signals_prepare(sigset_t *ret_while_waiting);
bool signals_stopped(void);

/*
 * After signals_prepare(): SIGHUP asks for the settings to be read again, and
 * no longer for an end, but when the terminal that the server was started from
 * is gone.
 */
void signals_reload_by_hangup(void);

/* Was it asked for since the last call? */
bool signals_take_reload(void);

#endif
