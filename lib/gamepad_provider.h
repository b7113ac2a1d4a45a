/* SPDX-License-Identifier: MIT */
/* What the files of the gamepad provider share. */
#ifndef LIB_GAMEPAD_PROVIDER_H
#define LIB_GAMEPAD_PROVIDER_H

#include <sealmem/gamepad_provider.h>

#include "lib/gamepad_consumer.h"

struct gamepad_provider_state {
	struct sealmem_gamepad_provider_options options;
	struct gamepad_slots slots;
	/* In the order of their numbers. */
	struct gamepad_consumer *consumers;
	uint64_t last_id;
	enum sealmem_snapshot_wake wake;
	uint32_t wake_interval_us;
	bool is_in_notice;
	bool is_closing;
};

/* First in whatever changes something: -EBADF, -EBUSY from a notice. */
int gamepad_provider_check(const struct sealmem_gamepad_provider *provider);

/* Last in whatever gave notices: one of them may have closed the provider. */
void gamepad_provider_finish(struct gamepad_provider_state *state);

/* --- who sees what -------------------------------------------------------- */

/* To all consumers that may see it, with what they have to be told. */
void gamepad_publish_connect(struct gamepad_provider_state *state,
			     uint32_t slot);
void gamepad_publish_update(struct gamepad_provider_state *state, uint32_t slot,
			    const struct sealmem_gamepad *before);
/* The slot is empty already; @last was in it. */
void gamepad_publish_disconnect(struct gamepad_provider_state *state,
				uint32_t slot,
				const struct sealmem_gamepad *last);

/* All pads as they are now, to a consumer that saw none. */
void gamepad_reveal(struct gamepad_provider_state *state,
		    struct gamepad_consumer *consumer);

#endif
