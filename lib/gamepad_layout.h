/* SPDX-License-Identifier: MIT */
/*
 * A pad in shared memory: two parts of a snapshot buffer, the hot one for what
 * moves and the cold one for what the pad is. With n pads the hot parts are 0
 * to n - 1, and the cold parts follow in the same order. Types of buttons do not
 * move, but have a place beside what does.
 *
 * A hot part names the connection that it is of. A cold part has room for the
 * descriptions of two connections, each at a place that follows from its
 * number, and is published before the hot part that needs it. So whichever of
 * the two a writer was killed at, and whichever a reader copies, the
 * description of the connection before is still there.
 */
#ifndef LIB_GAMEPAD_LAYOUT_H
#define LIB_GAMEPAD_LAYOUT_H

#include <sealmem/gamepad.h>

/*
 * Of names, places and types of all members below, as
 * sealmem_structured_fingerprint() has them: that of the hot part, XOR that of
 * a description. A member that gets another meaning gets another name.
 */
#define GAMEPAD_FINGERPRINT 0xd6d1ddd908d8eac4u

/* As in struct sealmem_gamepad, one after the other. */
struct gamepad_moves {
	float axes[SEALMEM_GAMEPAD_AXES];
	struct sealmem_gamepad_button buttons[SEALMEM_GAMEPAD_BUTTONS];
	struct sealmem_gamepad_touch touches[SEALMEM_GAMEPAD_TOUCHES];
	struct sealmem_gamepad_pose pose;
};

/* One line, different in each publication. */
struct gamepad_head {
	uint64_t sequence;
	uint64_t event_time_us;
	uint64_t publish_time_us;
	uint32_t connection;
	uint32_t connected;
	uint32_t touch_count;
	uint32_t reserved[7];
};

struct gamepad_hot {
	struct gamepad_head head;
	struct gamepad_moves moves;
};

struct gamepad_facts {
	uint32_t connection;
	uint32_t mapping;
	uint32_t axis_count;
	uint32_t button_count;
	uint32_t axes_used;
	uint32_t buttons_used;
	uint32_t hand;
	uint32_t actuator;
	uint32_t supports_touch;
	uint32_t reserved[7];
};

/* All zero if there is none: no connection has number 0. */
struct gamepad_description {
	struct gamepad_facts facts;
	uint8_t id[SEALMEM_GAMEPAD_ID_SIZE];
};

struct gamepad_cold {
	struct gamepad_description descriptions[2];
};

/* The parts of a snapshot buffer are all of one size. */
union gamepad_part {
	struct gamepad_hot hot;
	struct gamepad_cold cold;
};

static inline struct sealmem_snapshot_layout gamepad_layout(uint32_t pad_count)
{
	return (struct sealmem_snapshot_layout){
		.struct_size = sizeof(struct sealmem_snapshot_layout),
		.part_count = 2 * pad_count,
		.part_size = sizeof(union gamepad_part),
		.fingerprint = GAMEPAD_FINGERPRINT,
	};
}

/* Is every member in its range, those too that no count covers? */
bool gamepad_hot_is_valid(const struct gamepad_hot *hot);
bool gamepad_description_is_valid(
	const struct gamepad_description *description);

/* The parts of a valid pad, of that connection; the sequence is left 0. */
struct gamepad_head gamepad_head_of(const struct sealmem_gamepad *pad,
				    uint32_t connection);
const struct gamepad_moves *gamepad_moves_of(const struct sealmem_gamepad *pad);
struct gamepad_description
gamepad_description_of(const struct sealmem_gamepad *pad, uint32_t connection);

/* Is the pad still what a description says? */
bool gamepad_is_described(const struct sealmem_gamepad *pad,
			  const struct gamepad_description *description);

void gamepad_join(const struct gamepad_hot *hot,
		  const struct gamepad_description *description,
		  struct sealmem_gamepad *ret_pad);

#endif
