/* SPDX-License-Identifier: MIT */
/* Who is connected to the server: they get the region and say nothing. */
#ifndef SEALMEM_TOOLS_CLIENTS_H
#define SEALMEM_TOOLS_CLIENTS_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include <sealmem/channel.h>

#define CLIENTS_MAX	64

/* What poll is asked about, at most: the listener, then the clients. */
#define CLIENTS_POLLED	(CLIENTS_MAX + 1)

/**
 * struct clients - Connections, and where they come from
 * @listener: Where they come from
 * @channels: Connections; there are gaps
 * @deaf_until_us: Accepting failed: until then nobody is accepted; else 0
 * @said_full: Somebody was turned away since there was room for all
 */
struct clients {
	struct sealmem_channel listener;
	struct sealmem_channel channels[CLIENTS_MAX];
	uint64_t deaf_until_us;
	bool said_full;
};

/* Fills in what to poll for; returns how much. */
unsigned int clients_poll(struct clients *clients,
			  struct pollfd polled[CLIENTS_POLLED]);

/* Lets go who hung up, and hands @region to who came. Never waits. */
void clients_step(struct clients *clients,
		  const struct pollfd polled[CLIENTS_POLLED],
		  const struct sealmem_readonly_region *region);

void clients_close(struct clients *clients);

#endif
