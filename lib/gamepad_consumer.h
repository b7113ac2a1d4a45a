/* SPDX-License-Identifier: MIT */
/* One consumer of a gamepad provider: its region, and what it may see. */
#ifndef LIB_GAMEPAD_CONSUMER_H
#define LIB_GAMEPAD_CONSUMER_H

#include "lib/gamepad_slot.h"

struct gamepad_consumer {
	struct gamepad_consumer *next;
	uint64_t id;
	bool is_active;
	/* Its gate: there was a gesture. */
	bool is_open;
	/* A bit for each slot: it saw the pad there, and knows of no end. */
	uint32_t seen;
	struct sealmem_gamepad_writer writer;
	/* Of each slot: presses that it could not see. */
	uint32_t hidden[SEALMEM_GAMEPAD_COUNT_MAX][SEALMEM_GAMEPAD_BUTTONS];
};

/* As sealmem_gamepad_writer_create(), and -ENOMEM. */
int gamepad_consumer_create(uint32_t pad_count,
			    const struct sealmem_options *options,
			    struct sealmem_readonly_region *ret_region,
			    struct gamepad_consumer **ret_consumer);

static inline bool
gamepad_consumer_sees(const struct gamepad_consumer *consumer)
{
	return consumer->is_active && consumer->is_open;
}

/* A pad as this consumer may see it. */
struct sealmem_gamepad
gamepad_consumer_view(const struct gamepad_consumer *consumer, uint32_t slot,
		      const struct sealmem_gamepad *pad);

/*
 * A pad that it did not see so far, or saw as another connection: @before has
 * the presses that do not count. Buttons that were not there have none.
 */
void gamepad_consumer_reveal(struct gamepad_consumer *consumer, uint32_t slot,
			     const struct sealmem_gamepad *before,
			     const struct sealmem_gamepad *pad);
void gamepad_consumer_show(struct gamepad_consumer *consumer, uint32_t slot,
			   const struct sealmem_gamepad *pad);

/* One pad, and all: nothing of it stays anywhere in the region. */
void gamepad_consumer_hide(struct gamepad_consumer *consumer, uint32_t slot);
void gamepad_consumer_hide_all(struct gamepad_consumer *consumer);

/* Hides all, says goodbye and frees. */
void gamepad_consumer_close(struct gamepad_consumer *consumer);

#endif
