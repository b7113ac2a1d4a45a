/* SPDX-License-Identifier: MIT */
/* The provider itself, and its devices: they come, change and go. */
#include <errno.h>
#include <sealmem/gamepad_provider.h>
#include <stdlib.h>

#include "lib/gamepad.h"
#include "lib/gamepad_provider.h"
#include "lib/options.h"

#define PROVIDER_FLAGS                                                         \
	(SEALMEM_GAMEPAD_PROVIDER_NO_SANITIZE |                                \
	 SEALMEM_GAMEPAD_PROVIDER_NO_GATE)

/* --- beginning and end ---------------------------------------------------- */

static int read_options(const struct sealmem_gamepad_provider_options *options,
			struct sealmem_gamepad_provider_options *ret_options)
{
	struct sealmem_gamepad_provider_options copy = { 0 };

	if (options && options_copy(&copy, sizeof(copy), options) < 0)
		return -EINVAL;
	if ((copy.flags & ~(uint32_t)PROVIDER_FLAGS) ||
	    copy.pad_count > SEALMEM_GAMEPAD_COUNT_MAX)
		return -EINVAL;
	if (copy.pad_count == 0)
		copy.pad_count = SEALMEM_GAMEPAD_COUNT;
	*ret_options = copy;
	return 0;
}

int sealmem_gamepad_provider_create(
	const struct sealmem_gamepad_provider_options *options,
	struct sealmem_gamepad_provider *ret_provider)
{
	struct sealmem_gamepad_provider_options copy;
	struct gamepad_provider_state *state;
	int ret = read_options(options, &copy);

	if (ret < 0)
		return ret;
	state = calloc(1, sizeof(*state));
	if (!state)
		return -ENOMEM;
	state->options = copy;
	state->slots.count = copy.pad_count;
	ret_provider->state = state;
	return 0;
}

static void destroy(struct gamepad_provider_state *state)
{
	struct gamepad_consumer *consumer;

	while ((consumer = state->consumers)) {
		state->consumers = consumer->next;
		gamepad_consumer_close(consumer);
	}
	free(state);
}

void sealmem_gamepad_provider_close(struct sealmem_gamepad_provider *provider)
{
	struct gamepad_provider_state *state = provider->state;

	provider->state = NULL;
	if (!state)
		return;
	if (state->is_in_notice)
		state->is_closing = true;
	else
		destroy(state);
}

int gamepad_provider_check(const struct sealmem_gamepad_provider *provider)
{
	if (!provider->state)
		return -EBADF;
	return provider->state->is_in_notice ? -EBUSY : 0;
}

void gamepad_provider_finish(struct gamepad_provider_state *state)
{
	if (state->is_closing)
		destroy(state);
}

/* --- devices -------------------------------------------------------------- */

/* Both kinds of refusal come before anything is changed. */
static int find_room(const struct gamepad_slots *slots, uint64_t device,
		     bool is_recognised, uint32_t *ret_slot)
{
	uint32_t slot = gamepad_slots_find_empty(slots);

	if (gamepad_slots_find(slots, device) < slots->count)
		return -EEXIST;
	if (slot == slots->count && is_recognised)
		slot = gamepad_slots_find_evictable(slots);
	if (slot == slots->count)
		return -ENOSPC;
	*ret_slot = slot;
	return 0;
}

static void empty(struct gamepad_provider_state *state, uint32_t slot)
{
	const struct sealmem_gamepad last = state->slots.slot[slot].pad;

	state->slots.slot[slot] = (struct gamepad_slot){ 0 };
	gamepad_publish_disconnect(state, slot, &last);
}

static bool is_shown(const struct sealmem_gamepad *pad)
{
	return pad->connected && gamepad_is_valid(pad);
}

int sealmem_gamepad_provider_connect(struct sealmem_gamepad_provider *provider,
				     uint64_t device, uint32_t flags,
				     const struct sealmem_gamepad *pad,
				     uint32_t *ret_slot)
{
	struct gamepad_provider_state *state = provider->state;
	bool is_recognised = flags & SEALMEM_GAMEPAD_RECOGNISED;
	struct gamepad_slot *slot;
	uint32_t number;
	int ret = gamepad_provider_check(provider);

	if (ret < 0)
		return ret;
	if ((flags & ~SEALMEM_GAMEPAD_RECOGNISED) || !is_shown(pad))
		return -EINVAL;
	ret = find_room(&state->slots, device, is_recognised, &number);
	if (ret < 0)
		return ret;
	slot = &state->slots.slot[number];
	if (slot->is_taken)
		empty(state, number);
	gamepad_slot_take(
		slot, device, pad,
		!(state->options.flags & SEALMEM_GAMEPAD_PROVIDER_NO_SANITIZE));
	slot->is_recognised = is_recognised;
	if (ret_slot)
		*ret_slot = number;
	gamepad_publish_connect(state, number);
	gamepad_provider_finish(state);
	return 0;
}

int sealmem_gamepad_provider_update(struct sealmem_gamepad_provider *provider,
				    uint64_t device,
				    const struct sealmem_gamepad *pad)
{
	struct gamepad_provider_state *state = provider->state;
	struct sealmem_gamepad before;
	struct gamepad_slot *slot;
	uint32_t number;
	int ret = gamepad_provider_check(provider);

	if (ret < 0)
		return ret;
	if (!is_shown(pad))
		return -EINVAL;
	number = gamepad_slots_find(&state->slots, device);
	if (number == state->slots.count)
		return -ENOENT;
	slot = &state->slots.slot[number];
	before = slot->pad;
	if (gamepad_slot_update(slot, pad))
		gamepad_publish_update(state, number, &before);
	gamepad_provider_finish(state);
	return 0;
}

int sealmem_gamepad_provider_disconnect(
	struct sealmem_gamepad_provider *provider, uint64_t device)
{
	struct gamepad_provider_state *state = provider->state;
	uint32_t slot;
	int ret = gamepad_provider_check(provider);

	if (ret < 0)
		return ret;
	slot = gamepad_slots_find(&state->slots, device);
	if (slot == state->slots.count)
		return -ENOENT;
	empty(state, slot);
	gamepad_provider_finish(state);
	return 0;
}

int sealmem_gamepad_provider_slot_device(
	const struct sealmem_gamepad_provider *provider, uint32_t slot,
	uint64_t *ret_device)
{
	const struct gamepad_provider_state *state = provider->state;

	if (!state)
		return -EBADF;
	if (slot >= state->slots.count)
		return -EINVAL;
	if (!state->slots.slot[slot].is_taken)
		return -ENOENT;
	*ret_device = state->slots.slot[slot].device;
	return 0;
}
