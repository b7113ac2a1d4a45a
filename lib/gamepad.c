/* SPDX-License-Identifier: MIT */
/*
 * Gamepads: a snapshot buffer with one part a pad, and the rule that whatever
 * leaves it has every member in its range, whoever wrote it.
 */
#include <errno.h>
#include <sealmem/gamepad.h>
#include <sealmem/mapping.h>
#include <string.h>

#include "lib/gamepad.h"
#include "lib/snapshot.h"

/* Pinned: other builds of the library read this memory. */
#define PIN(member, at)                                                        \
	_Static_assert(offsetof(struct sealmem_gamepad, member) == (at),       \
		       "shared layout")
PIN(connected, 0);
PIN(mapping, 4);
PIN(axis_count, 8);
PIN(button_count, 12);
PIN(touch_count, 16);
PIN(event_time_us, 24);
PIN(publish_time_us, 32);
PIN(axes, 40);
PIN(buttons, 104);
PIN(touches, 488);
PIN(id, 680);
_Static_assert(sizeof(struct sealmem_gamepad) == 1064, "shared layout");
_Static_assert(sizeof(struct sealmem_gamepad_button) == 12, "shared layout");
_Static_assert(sizeof(struct sealmem_gamepad_touch) == 24, "shared layout");

/* Version 1 of struct sealmem_gamepad. */
#define FINGERPRINT 0x67616d6570616401u

static const struct sealmem_snapshot_layout layout = {
	.struct_size = sizeof(layout),
	.part_count = SEALMEM_GAMEPAD_COUNT,
	.part_size = sizeof(struct sealmem_gamepad),
	.fingerprint = FINGERPRINT,
};

/* --- ranges --------------------------------------------------------------- */

/* False for NaN too. */
static bool is_between(float value, float low, float high)
{
	return value >= low && value <= high;
}

static bool are_counts_valid(const struct sealmem_gamepad *pad)
{
	return pad->connected <= 1 &&
	       pad->mapping <= SEALMEM_GAMEPAD_MAPPING_STANDARD &&
	       pad->axis_count <= SEALMEM_GAMEPAD_AXES &&
	       pad->button_count <= SEALMEM_GAMEPAD_BUTTONS &&
	       pad->touch_count <= SEALMEM_GAMEPAD_TOUCHES &&
	       pad->reserved == 0 &&
	       memchr(pad->id, '\0', sizeof(pad->id)) != NULL;
}

static bool is_button_valid(const struct sealmem_gamepad_button *button)
{
	return is_between(button->value, 0, 1) && button->pressed <= 1 &&
	       button->touched <= 1 &&
	       button->type <= SEALMEM_GAMEPAD_BUTTON_TRACKPAD &&
	       button->reserved == 0;
}

static bool is_touch_valid(const struct sealmem_gamepad_touch *touch)
{
	return is_between(touch->x, -1, 1) && is_between(touch->y, -1, 1) &&
	       touch->has_surface_size <= 1 &&
	       (touch->reserved[0] | touch->reserved[1]) == 0;
}

/* Who may not see a pad must not have it in memory either. */
static bool is_blank_if_absent(const struct sealmem_gamepad *pad)
{
	static const struct sealmem_gamepad blank;

	return pad->connected || memcmp(pad, &blank, sizeof(blank)) == 0;
}

/* All members, the unused ones too: a reader may print them all. */
static bool is_valid(const struct sealmem_gamepad *pad)
{
	bool valid = are_counts_valid(pad) && is_blank_if_absent(pad);

	for (int i = 0; i < SEALMEM_GAMEPAD_AXES; i++)
		valid = valid && is_between(pad->axes[i], -1, 1);
	for (int i = 0; i < SEALMEM_GAMEPAD_BUTTONS; i++)
		valid = valid && is_button_valid(&pad->buttons[i]);
	for (int i = 0; i < SEALMEM_GAMEPAD_TOUCHES; i++)
		valid = valid && is_touch_valid(&pad->touches[i]);
	return valid;
}

bool gamepad_is_valid(const struct sealmem_gamepad *pad)
{
	return is_valid(pad);
}

/* --- writer --------------------------------------------------------------- */

int sealmem_gamepad_writer_create(const struct sealmem_options *options,
				  struct sealmem_readonly_region *ret_region,
				  struct sealmem_gamepad_writer *ret_writer)
{
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_writable_mapping mapping = { 0 };
	size_t size;
	int ret;

	ret = sealmem_snapshot_size(&layout, &size);
	if (ret < 0)
		return ret;
	ret = sealmem_readonly_region_create(size, options, &region, &mapping);
	if (ret < 0)
		return ret;
	ret = sealmem_snapshot_writer_init(&mapping, &layout,
					   &ret_writer->snapshot);
	if (ret < 0) {
		sealmem_writable_mapping_unmap(&mapping);
		sealmem_readonly_region_close(&region);
		return ret;
	}
	*ret_region = region;
	return 0;
}

int sealmem_gamepad_write(struct sealmem_gamepad_writer *writer, uint32_t index,
			  const struct sealmem_gamepad *pad)
{
	if (writer->snapshot.mapping.size == 0)
		return -EBADF;
	if (!is_valid(pad))
		return -EINVAL;
	return sealmem_snapshot_write(&writer->snapshot, index, pad);
}

void gamepad_writer_settle(struct sealmem_gamepad_writer *writer,
			   uint32_t index)
{
	snapshot_settle(&writer->snapshot, index);
}

void sealmem_gamepad_writer_close(struct sealmem_gamepad_writer *writer)
{
	sealmem_snapshot_writer_close(&writer->snapshot);
}

/* --- reader --------------------------------------------------------------- */

int sealmem_gamepad_reader_attach(const struct sealmem_readonly_region *region,
				  struct sealmem_gamepad_reader *ret_reader)
{
	struct sealmem_readonly_mapping mapping = { 0 };
	int ret = sealmem_readonly_region_map(region, &mapping);

	if (ret < 0)
		return ret;
	ret = sealmem_snapshot_reader_init(&mapping, &layout,
					   &ret_reader->snapshot);
	if (ret < 0)
		sealmem_readonly_mapping_unmap(&mapping);
	return ret;
}

bool sealmem_gamepad_has_changed(struct sealmem_gamepad_reader *reader)
{
	return sealmem_snapshot_has_changed(&reader->snapshot);
}

int sealmem_gamepad_wait(struct sealmem_gamepad_reader *reader, int timeout_ms)
{
	return sealmem_snapshot_wait(&reader->snapshot, timeout_ms);
}

int sealmem_gamepad_read(struct sealmem_gamepad_reader *reader, uint32_t index,
			 struct sealmem_gamepad *ret_pad)
{
	struct sealmem_snapshot_reader *snapshot = &reader->snapshot;
	const uint64_t before =
		snapshot->generations[index % SEALMEM_GAMEPAD_COUNT];
	const void *pad;
	int ret = sealmem_snapshot_read(snapshot, index, &pad);

	if (ret != SEALMEM_SNAPSHOT_FRESH)
		return ret;
	if (!is_valid(pad)) {
		/* Not seen: it is corrupt until it is replaced. */
		snapshot_unread(snapshot, index, before);
		return SEALMEM_SNAPSHOT_CORRUPT;
	}
	memcpy(ret_pad, pad, sizeof(*ret_pad));
	return ret;
}

void sealmem_gamepad_reader_close(struct sealmem_gamepad_reader *reader)
{
	sealmem_snapshot_reader_close(&reader->snapshot);
}
