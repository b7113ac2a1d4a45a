/* SPDX-License-Identifier: MIT */
/*
 * Effects that clients ask for. What a client may not see it can not shake
 * either, and what it began ends with it, unless somebody else has begun
 * something there since.
 */
#include <errno.h>
#include <string.h>

#include "tools/gamepad/rumble.h"
#include "tools/tool.h"

#define SECOND_US	1000000

static int count_message(struct rumble_client *client)
{
	uint64_t now_us = tool_now_us();

	if (now_us - client->since_us >= SECOND_US) {
		client->since_us = now_us;
		client->messages = 0;
	}
	client->messages++;
	if (client->messages > RUMBLE_MESSAGES_MAX)
		return -EDQUOT;
	return client->messages > RUMBLE_EFFECTS_MAX ? -EBUSY : 0;
}

static bool may_shake(const struct rumble_client *client, uint32_t slot)
{
	return slot < SEALMEM_GAMEPAD_COUNT_MAX && client->visible & 1u << slot;
}

/* A pad without motors, or one that is just gone, is no reason to complain. */
static void play(struct rumble *rumble, const struct rumble_client *client,
		 const struct sealmem_gamepad_effect *effect)
{
	uint64_t device;

	if (!rumble->source->play || !may_shake(client, effect->index) ||
	    sealmem_gamepad_provider_slot_device(rumble->provider,
						 effect->index, &device) < 0)
		return;
	if (rumble->source->play(rumble->source, device, effect) == 0)
		rumble->played[effect->index] =
			(struct rumble_played){ client, device };
}

int rumble_hear(struct rumble *rumble, struct rumble_client *client,
		struct sealmem_channel *channel)
{
	struct sealmem_gamepad_effect effect;
	int ret = sealmem_gamepad_effect_receive(channel, 0, &effect);

	if (ret == 0)
		ret = count_message(client);
	if (ret == 0)
		play(rumble, client, &effect);
	return ret;
}

void rumble_stop(struct rumble *rumble, const struct rumble_client *client)
{
	struct sealmem_gamepad_effect effect = {
		.struct_size = sizeof(effect),
		.type = SEALMEM_GAMEPAD_EFFECT_RESET,
	};

	for (uint32_t i = 0; i < SEALMEM_GAMEPAD_COUNT_MAX; i++) {
		struct rumble_played *played = &rumble->played[i];
		uint64_t device;

		if (played->client != client)
			continue;
		effect.index = i;
		if (sealmem_gamepad_provider_slot_device(rumble->provider, i,
							 &device) == 0 &&
		    device == played->device)
			rumble->source->play(rumble->source, device, &effect);
		*played = (struct rumble_played){ 0 };
	}
}

void rumble_forget_all(struct rumble *rumble)
{
	memset(rumble->played, 0, sizeof(rumble->played));
}
