/* SPDX-License-Identifier: MIT */
/*
 * What systemd and a service that it starts say to each other, by environment
 * variables and datagrams. Nothing happens where there is no systemd.
 */
#ifndef SEALMEM_TOOLS_SERVICE_H
#define SEALMEM_TOOLS_SERVICE_H

#include <stdbool.h>

#include <sealmem/channel.h>

/* Was this process started for a socket that is there already? */
bool service_has_listener(void);

/*
 * The one listening socket that was passed, once. False after a line that says
 * why it is of no use.
 */
bool service_take_listener(struct sealmem_channel *ret_listener);

/* What follows READY=1 in sd_notify(3)'s words. Nobody waits for an answer. */
void service_say_ready(const char *status);
void service_say_reloading(void);
void service_say_stopping(void);

#endif
