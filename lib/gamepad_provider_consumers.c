/* SPDX-License-Identifier: MIT */
/* The provider's consumers: they come, may see or not, are woken, and go. */
#include <assert.h>
#include <errno.h>

#include "lib/gamepad_provider.h"
#include "lib/snapshot_wait.h"

/* Where the pointer to it is: the one that is NULL if there is none. */
static struct gamepad_consumer **find(struct gamepad_provider_state *state,
				      uint64_t id)
{
	struct gamepad_consumer **at = &state->consumers;

	while (*at && (*at)->id != id)
		at = &(*at)->next;
	return at;
}

/* The provider's policy was checked when it was set. */
static void set_wake(const struct gamepad_provider_state *state,
		     struct gamepad_consumer *consumer)
{
	int ret = sealmem_snapshot_writer_set_wake(&consumer->writer.snapshot,
						   state->wake,
						   state->wake_interval_us);

	assert(ret == 0);
	(void)ret;
}

int sealmem_gamepad_provider_add_consumer(
	struct sealmem_gamepad_provider *provider,
	const struct sealmem_options *options,
	struct sealmem_readonly_region *ret_region, uint64_t *ret_consumer)
{
	struct gamepad_provider_state *state = provider->state;
	struct gamepad_consumer *consumer;
	int ret = gamepad_provider_check(provider);

	if (ret < 0)
		return ret;
	ret = gamepad_consumer_create(state->slots.count, options, ret_region,
				      &consumer);
	if (ret < 0)
		return ret;
	consumer->id = ++state->last_id;
	*find(state, consumer->id) = consumer;
	set_wake(state, consumer);
	*ret_consumer = consumer->id;
	if (state->options.flags & SEALMEM_GAMEPAD_PROVIDER_NO_GATE) {
		consumer->is_open = true;
		gamepad_reveal(state, consumer);
	}
	gamepad_provider_finish(state);
	return 0;
}

int sealmem_gamepad_provider_set_active(
	struct sealmem_gamepad_provider *provider, uint64_t consumer,
	bool active)
{
	struct gamepad_provider_state *state = provider->state;
	struct gamepad_consumer *found;
	int ret = gamepad_provider_check(provider);

	if (ret < 0)
		return ret;
	found = *find(state, consumer);
	if (!found)
		return -ENOENT;
	if (found->is_active == active)
		return -EALREADY;
	found->is_active = active;
	if (!active)
		gamepad_consumer_hide_all(found);
	else if (found->is_open)
		gamepad_reveal(state, found);
	gamepad_provider_finish(state);
	return 0;
}

int sealmem_gamepad_provider_remove_consumer(
	struct sealmem_gamepad_provider *provider, uint64_t consumer)
{
	struct gamepad_consumer **at, *found;
	int ret = gamepad_provider_check(provider);

	if (ret < 0)
		return ret;
	at = find(provider->state, consumer);
	found = *at;
	if (!found)
		return -ENOENT;
	*at = found->next;
	gamepad_consumer_close(found);
	return 0;
}

/* --- waking --------------------------------------------------------------- */

int sealmem_gamepad_provider_set_wake(struct sealmem_gamepad_provider *provider,
				      enum sealmem_snapshot_wake policy,
				      uint32_t interval_us)
{
	struct gamepad_provider_state *state = provider->state;
	int ret = gamepad_provider_check(provider);

	if (ret < 0)
		return ret;
	if (!snapshot_is_wake_valid(policy, interval_us))
		return -EINVAL;
	state->wake = policy;
	state->wake_interval_us = interval_us;
	for (struct gamepad_consumer *consumer = state->consumers; consumer;
	     consumer = consumer->next)
		set_wake(state, consumer);
	return 0;
}

void sealmem_gamepad_provider_wake(struct sealmem_gamepad_provider *provider)
{
	if (!provider->state)
		return;
	for (struct gamepad_consumer *consumer = provider->state->consumers;
	     consumer; consumer = consumer->next)
		sealmem_snapshot_writer_wake(&consumer->writer.snapshot);
}

int sealmem_gamepad_provider_wake_timeout(
	const struct sealmem_gamepad_provider *provider)
{
	int first = -1, timeout;

	if (!provider->state)
		return -1;
	for (const struct gamepad_consumer *consumer =
		     provider->state->consumers;
	     consumer; consumer = consumer->next) {
		timeout = sealmem_snapshot_writer_wake_timeout(
			&consumer->writer.snapshot);
		if (timeout >= 0 && (first < 0 || timeout < first))
			first = timeout;
	}
	return first;
}
