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

#endif
