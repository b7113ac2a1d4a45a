/* SPDX-License-Identifier: MIT */
/* Slots of a gamepad provider, and what of a device may be shown: no I/O. */
#ifndef LIB_GAMEPAD_SLOT_H
#define LIB_GAMEPAD_SLOT_H

#include <sealmem/gamepad_provider.h>

/* The last two masks have a bit for each axis and button. */
struct gamepad_slot {
	uint64_t device;
	bool is_taken;
	bool is_recognised;
	bool have_touches_rested;
	uint32_t rested_axes;
	uint32_t rested_buttons;
	uint32_t first_counts[SEALMEM_GAMEPAD_BUTTONS];
	/* As it may be shown; press counts from 0 on. */
	struct sealmem_gamepad pad;
};

struct gamepad_slots {
	uint32_t count;
	struct gamepad_slot slot[SEALMEM_GAMEPAD_COUNT_MAX];
};

/* Each returns the number of slots if there is none. */
uint32_t gamepad_slots_find(const struct gamepad_slots *slots, uint64_t device);
uint32_t gamepad_slots_find_empty(const struct gamepad_slots *slots);
uint32_t gamepad_slots_find_evictable(const struct gamepad_slots *slots);

/* Unless @sanitize is set everything counts as having been at rest. */
void gamepad_slot_take(struct gamepad_slot *slot, uint64_t device,
		       const struct sealmem_gamepad *pad, bool sanitize);
/* False if that shows nothing new, whenever it was published. */
bool gamepad_slot_update(struct gamepad_slot *slot,
			 const struct sealmem_gamepad *pad);

/* Between two states of one slot, as they may be shown. */
bool gamepad_has_gesture(const struct sealmem_gamepad *before,
			 const struct sealmem_gamepad *now);

#endif
