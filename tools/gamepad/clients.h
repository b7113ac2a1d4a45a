/* SPDX-License-Identifier: MIT */
/*
 * Clients of the gamepad server: each has a connection and a consumer of the
 * provider, with memory of its own. Nothing that one of them does or leaves
 * undone makes another one wait.
 */
#ifndef SEALMEM_TOOLS_CLIENTS_H
#define SEALMEM_TOOLS_CLIENTS_H

#include <sys/types.h>

#include <sealmem/channel.h>
#include <sealmem/gamepad_provider.h>

#include "tools/gamepad/loop.h"
#include "tools/gamepad/rumble.h"

/* What is said of clients, and not again within the hour. */
enum clients_complaint {
	CLIENTS_FULL,
	CLIENTS_SHARE,
	CLIENTS_NOT_ACCEPTED,
	CLIENTS_NO_MEMORY,
	CLIENTS_GARBAGE,
	CLIENTS_SURPLUS,
	CLIENTS_FLOOD,
	CLIENTS_COMPLAINTS,
};

/**
 * struct clients_setup - What clients need
 * @loop: Where to wait for them; borrowed
 * @provider: What they see; borrowed
 * @rumble: What they may ask for; borrowed
 * @broker: Who creates their memory; NULL: this process
 * @max: How many there may be
 * @other_users: They may be of other users
 */
struct clients_setup {
	struct loop *loop;
	struct sealmem_gamepad_provider *provider;
	struct rumble *rumble;
	const char *broker;
	uint32_t max;
	bool other_users;
};

/**
 * struct client - One of them, or an empty place
 * @watch: For what it says, and for its end; the first member
 * @clients: All of them
 * @channel: Its connection
 * @uid: Whose it is
 * @consumer: Its number at the provider; 0: none yet
 * @rumble: What it asks for
 */
struct client {
	struct loop_watch watch;
	struct clients *clients;
	struct sealmem_channel channel;
	uid_t uid;
	uint64_t consumer;
	struct rumble_client rumble;
};

/**
 * struct clients - All of them
 * @setup: As given
 * @watch: For those who come
 * @listener: Where they come from
 * @next: Was accepted, and there was nothing to give it yet
 * @places: Clients; there are gaps
 * @deaf_until_us: Until then nobody is accepted; 0: whoever comes is
 * @said_us: When each complaint was made; 0: never
 */
struct clients {
	struct clients_setup setup;
	struct loop_watch watch;
	struct sealmem_channel listener;
	struct sealmem_channel next;
	struct client *places;
	uint64_t deaf_until_us;
	uint64_t said_us[CLIENTS_COMPLAINTS];
};

/* Whoever comes gets memory from now on. Stays where it is. 0 or -errno. */
int clients_open(struct clients *clients, const struct clients_setup *setup,
		 struct sealmem_channel *take_listener);

/* For the provider; @data is struct clients, which may be empty. */
sealmem_gamepad_notice clients_notice;

/* When clients_step() has something to do; UINT64_MAX: nothing. */
uint64_t clients_due_us(const struct clients *clients);

/* After each turn of the loop. */
void clients_step(struct clients *clients);

/* Zeroes their memory, and hangs up. Empty ones are accepted. */
void clients_close(struct clients *clients);

#endif
