/* SPDX-License-Identifier: MIT */
/* Effects that clients ask for: who may, how often, and when it is over. */
#ifndef SEALMEM_TOOLS_RUMBLE_H
#define SEALMEM_TOOLS_RUMBLE_H

#include <sealmem/gamepad_effect.h>
#include <sealmem/gamepad_provider.h>

#include "tools/gamepad/source.h"

/* What one client may ask for in a second; more is dropped. */
#define RUMBLE_EFFECTS_MAX	100
/* Who sends more messages than this in a second means harm. */
#define RUMBLE_MESSAGES_MAX	1000

/**
 * struct rumble_client - What a client asks for
 * @visible: A bit for each slot whose pad it may see
 * @since_us: When the second began
 * @messages: What it sent in it
 */
struct rumble_client {
	uint32_t visible;
	uint64_t since_us;
	uint32_t messages;
};

/**
 * struct rumble_played - What was played last in a slot
 * @client: Who wanted it; NULL: nobody who is still there
 * @device: On what
 */
struct rumble_played {
	const struct rumble_client *client;
	uint64_t device;
};

/**
 * struct rumble - Where effects go
 * @source: Who plays them; borrowed
 * @provider: Who knows which device it is; borrowed
 * @played: By slot
 */
struct rumble {
	struct source *source;
	struct sealmem_gamepad_provider *provider;
	struct rumble_played played[SEALMEM_GAMEPAD_COUNT_MAX];
};

/*
 * Takes one message from a client and plays what it asks for, if it may. 0, or
 * as sealmem_gamepad_effect_receive(), -EBUSY (dropped: too many effects) or
 * -EDQUOT (far too many messages).
 */
int rumble_hear(struct rumble *rumble, struct rumble_client *client,
		struct sealmem_channel *channel);

/* Ends what is played because this client wanted it. */
void rumble_stop(struct rumble *rumble, const struct rumble_client *client);

/* When there is another source, whose devices have played nothing yet. */
void rumble_forget_all(struct rumble *rumble);

#endif
