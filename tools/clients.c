/* SPDX-License-Identifier: MIT */
/*
 * Clients are not trusted: one that does not read, one that talks, and any
 * number that come at once cost a bounded amount of work, and nobody waits.
 */
#include <errno.h>
#include <string.h>

#include "tools/clients.h"
#include "tools/tool.h"

/* What the region says of itself on its way. */
#define LABEL		"gamepads"

/* Connections taken in one step, so that the pads get their turn. */
#define ACCEPTED_MAX	16

/* How long not to ask for connections when there is no descriptor for one. */
#define DEAF_US		200000

unsigned int clients_poll(struct clients *clients,
			  struct pollfd polled[CLIENTS_POLLED])
{
	unsigned int count = 0;

	if (tool_now_us() >= clients->deaf_until_us)
		clients->deaf_until_us = 0;
	polled[count++] = (struct pollfd){
		.fd = clients->deaf_until_us ?
			      -1 :
			      sealmem_channel_fd(&clients->listener),
		.events = POLLIN,
	};
	/* No gaps: poll takes no more places than descriptors are allowed. */
	for (unsigned int i = 0; i < CLIENTS_MAX; i++) {
		int fd = sealmem_channel_fd(&clients->channels[i]);

		if (fd >= 0)
			polled[count++] = (struct pollfd){
				.fd = fd, .events = POLLIN | POLLRDHUP
			};
	}
	return count;
}

/* The end of a connection is readable; and clients have nothing to say. */
static void drop_gone(struct clients *clients, const struct pollfd *polled)
{
	for (unsigned int i = 0; i < CLIENTS_MAX; i++) {
		if (sealmem_channel_fd(&clients->channels[i]) < 0)
			continue;
		if (!(polled++)->revents)
			continue;
		sealmem_channel_close(&clients->channels[i]);
		clients->deaf_until_us = 0;
	}
}

static void turn_away(struct clients *clients)
{
	/* Once, or whoever knocks again and again fills the log. */
	if (!clients->said_full)
		tool_say("turned a client away: there are %d already",
			 CLIENTS_MAX);
	clients->said_full = true;
}

static void welcome(struct clients *clients, struct sealmem_channel *channel,
		    const struct sealmem_readonly_region *region)
{
	/* A fresh connection has room for one message; if not, drop it. */
	if (sealmem_channel_send_readonly(channel, region, LABEL) < 0) {
		sealmem_channel_close(channel);
		return;
	}
	clients->said_full = false;
}

/* An empty place, or NULL. */
static struct sealmem_channel *find_place(struct clients *clients)
{
	for (unsigned int i = 0; i < CLIENTS_MAX; i++)
		if (sealmem_channel_fd(&clients->channels[i]) < 0)
			return &clients->channels[i];
	return NULL;
}

static void accept_failed(struct clients *clients, int ret)
{
	if (ret == -EAGAIN || ret == -EINTR)
		return;
	/* The connection stays in the queue: do not spin on it. */
	clients->deaf_until_us = tool_now_us() + DEAF_US;
	if (!clients->said_full)
		tool_say("cannot accept a client: %s", strerror(-ret));
	clients->said_full = true;
}

static void accept_new(struct clients *clients,
		       const struct sealmem_readonly_region *region)
{
	for (int i = 0; i < ACCEPTED_MAX; i++) {
		struct sealmem_channel surplus = { 0 };
		struct sealmem_channel *place = find_place(clients);
		int ret = sealmem_channel_accept(&clients->listener, 0,
						 place ? place : &surplus);

		if (ret < 0) {
			accept_failed(clients, ret);
			return;
		}
		if (place)
			welcome(clients, place, region);
		else
			turn_away(clients);
		sealmem_channel_close(&surplus);
	}
}

void clients_step(struct clients *clients,
		  const struct pollfd polled[CLIENTS_POLLED],
		  const struct sealmem_readonly_region *region)
{
	drop_gone(clients, &polled[1]);
	if (polled[0].revents)
		accept_new(clients, region);
}

void clients_close(struct clients *clients)
{
	for (unsigned int i = 0; i < CLIENTS_MAX; i++)
		sealmem_channel_close(&clients->channels[i]);
	sealmem_channel_close(&clients->listener);
}
