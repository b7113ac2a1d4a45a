/* SPDX-License-Identifier: MIT */
/*
 * Which snapshot buffers there can be, and what stands at their beginning. The
 * protocol is in lib/snapshot.h.
 */
#include <errno.h>
#include <sealmem/snapshot.h>

#include "lib/snapshot.h"

#define MAGIC 0x4e534d53u /* "SMSN", little-endian */
#define VERSION 1u

#define SLOTS_MAX 8

_Static_assert(
	LINE + sizeof(struct directory) + LINE +
			SEALMEM_SNAPSHOT_PARTS_MAX *
				(sizeof(struct generation) + SLOTS_MAX * LINE +
				 2ull * SEALMEM_SNAPSHOT_PART_SIZE_MAX) <=
		UINT32_MAX,
	"the largest layout has a size on every machine");

static uint32_t count_slots(const struct sealmem_snapshot_layout *layout)
{
	return layout->slot_count == 0 ? 2 : layout->slot_count;
}

static bool is_layout_valid(const struct sealmem_snapshot_layout *layout)
{
	uint32_t slots = count_slots(layout);

	return layout->struct_size == sizeof(*layout) &&
	       layout->part_count >= 1 &&
	       layout->part_count <= SEALMEM_SNAPSHOT_PARTS_MAX &&
	       (slots == 2 || slots == 4 || slots == SLOTS_MAX) &&
	       layout->part_size >= 1 &&
	       layout->part_size <=
		       SEALMEM_SNAPSHOT_PART_SIZE_MAX / slots * 2 &&
	       layout->reserved == 0;
}

static uint32_t round_up(uint32_t size)
{
	return (size + LINE - 1) / LINE * LINE;
}

int snapshot_measure(const struct sealmem_snapshot_layout *layout,
		     struct sealmem_snapshot_sizes *ret_sizes, size_t *ret_size)
{
	struct sealmem_snapshot_sizes sizes;

	if (!is_layout_valid(layout))
		return -EINVAL;
	sizes = (struct sealmem_snapshot_sizes){
		.part_count = layout->part_count,
		.part_size = layout->part_size,
		.slot_count = count_slots(layout),
		.slot_lines = round_up(layout->part_size) / LINE,
		.first_slot =
			LINE +
			round_up(sizeof(struct directory) +
				 layout->part_count *
					 (uint32_t)sizeof(struct generation)),
	};
	*ret_sizes = sizes;
	*ret_size = snapshot_slot_offset(&sizes, sizes.part_count, 0);
	return 0;
}

int sealmem_snapshot_size(const struct sealmem_snapshot_layout *layout,
			  size_t *ret_size)
{
	struct sealmem_snapshot_sizes sizes;

	return snapshot_measure(layout, &sizes, ret_size);
}

struct header snapshot_header(const struct sealmem_snapshot_layout *layout)
{
	return (struct header){
		.magic = MAGIC,
		.version = VERSION,
		.part_count = layout->part_count,
		.part_size = layout->part_size,
		.slot_count = count_slots(layout),
		.fingerprint_low = (uint32_t)layout->fingerprint,
		.fingerprint_high = (uint32_t)(layout->fingerprint >> 32),
	};
}
