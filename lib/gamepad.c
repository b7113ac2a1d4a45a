/* SPDX-License-Identifier: MIT */
/*
 * Gamepads: who publishes them and who reads them. Whatever leaves the buffer
 * has every member in its range, whoever wrote it, and is one pad.
 */
#include <errno.h>
#include <sealmem/gamepad.h>
#include <sealmem/mapping.h>
#include <string.h>

#include "lib/gamepad.h"
#include "lib/gamepad_layout.h"
#include "lib/snapshot.h"

/* Hot parts read in one call, each after two other connections came. */
#define READ_TRIES 8

/* --- writer --------------------------------------------------------------- */

static int create(const struct sealmem_snapshot_layout *layout,
		  const struct sealmem_options *options,
		  struct sealmem_readonly_region *ret_region,
		  struct sealmem_snapshot_writer *ret_writer)
{
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_writable_mapping mapping = { 0 };
	size_t size;
	int ret;

	ret = sealmem_snapshot_size(layout, &size);
	if (ret < 0)
		return ret;
	ret = sealmem_readonly_region_create(size, options, &region, &mapping);
	if (ret < 0)
		return ret;
	ret = sealmem_snapshot_writer_init(&mapping, layout, ret_writer);
	if (ret < 0) {
		sealmem_writable_mapping_unmap(&mapping);
		sealmem_readonly_region_close(&region);
		return ret;
	}
	*ret_region = region;
	return 0;
}

int sealmem_gamepad_writer_create(uint32_t pad_count,
				  const struct sealmem_options *options,
				  struct sealmem_readonly_region *ret_region,
				  struct sealmem_gamepad_writer *ret_writer)
{
	struct sealmem_snapshot_layout layout;

	if (pad_count > SEALMEM_GAMEPAD_COUNT_MAX)
		return -EINVAL;
	layout = gamepad_layout(pad_count ? pad_count : SEALMEM_GAMEPAD_COUNT);
	return create(&layout, options, ret_region, &ret_writer->snapshot);
}

uint32_t
sealmem_gamepad_writer_count(const struct sealmem_gamepad_writer *writer)
{
	return writer->snapshot.sizes.part_count / 2;
}

/* What was published last, from memory of the writer's own. */
static const void *last_of(const struct sealmem_snapshot_writer *snapshot,
			   uint32_t part)
{
	return snapshot->parts[part].shadow;
}

static const struct gamepad_head *
last_head(const struct sealmem_snapshot_writer *snapshot, uint32_t index)
{
	const struct gamepad_hot *last = last_of(snapshot, index);

	return &last->head;
}

/* No connection is 0, and one never takes the place of the one before it. */
static uint32_t next_connection(uint32_t connection)
{
	return connection == UINT32_MAX ? 2 : connection + 1;
}

/* Is it the pad that was there before? */
static bool is_same(const struct gamepad_head *last,
		    const struct gamepad_cold *cold,
		    const struct sealmem_gamepad *pad)
{
	return last->connected &&
	       gamepad_is_described(pad,
				    &cold->descriptions[last->connection & 1]);
}

/* Another connection is described before it is named. */
static int describe(struct sealmem_snapshot_writer *snapshot, uint32_t part,
		    const struct sealmem_gamepad *pad, uint32_t connection)
{
	const struct gamepad_cold *before = last_of(snapshot, part);
	struct gamepad_cold cold = *before;

	cold.descriptions[connection & 1] =
		gamepad_description_of(pad, connection);
	return sealmem_snapshot_write(snapshot, part, &cold);
}

static int publish(struct sealmem_snapshot_writer *snapshot, uint32_t index,
		   const struct gamepad_head *head,
		   const struct gamepad_moves *moves)
{
	snapshot_stage_changes(snapshot, index,
			       offsetof(struct gamepad_hot, moves), moves,
			       sizeof(*moves));
	return sealmem_snapshot_write_range(snapshot, index, 0, head,
					    sizeof(*head));
}

/* No slot has what was published before: it would be there for who looks. */
static int forget(struct sealmem_snapshot_writer *snapshot, uint32_t index,
		  uint32_t part)
{
	static const struct gamepad_cold none;
	int ret;

	snapshot_settle(snapshot, index);
	ret = sealmem_snapshot_write(snapshot, part, &none);
	snapshot_settle(snapshot, part);
	return ret;
}

static int write_pad(struct sealmem_snapshot_writer *snapshot, uint32_t index,
		     const struct sealmem_gamepad *pad)
{
	const struct gamepad_head last = *last_head(snapshot, index);
	const uint32_t part = index + snapshot->sizes.part_count / 2;
	struct gamepad_head head = gamepad_head_of(pad, last.connection);
	int ret = 0;

	head.sequence = last.sequence + 1;
	if (pad->connected && !is_same(&last, last_of(snapshot, part), pad)) {
		head.connection = next_connection(last.connection);
		ret = describe(snapshot, part, pad, head.connection);
	}
	if (ret == 0)
		ret = publish(snapshot, index, &head, gamepad_moves_of(pad));
	/* Not before: until then its description is needed. */
	if (ret == 0 && last.connected && !pad->connected)
		ret = forget(snapshot, index, part);
	return ret;
}

int sealmem_gamepad_write(struct sealmem_gamepad_writer *writer, uint32_t index,
			  const struct sealmem_gamepad *pad)
{
	if (writer->snapshot.mapping.size == 0)
		return -EBADF;
	if (index >= sealmem_gamepad_writer_count(writer) ||
	    !gamepad_is_valid(pad))
		return -EINVAL;
	return write_pad(&writer->snapshot, index, pad);
}

void sealmem_gamepad_writer_close(struct sealmem_gamepad_writer *writer)
{
	sealmem_snapshot_writer_close(&writer->snapshot);
}

/* --- reader: attach ------------------------------------------------------- */

/* Not to be believed: whoever uses the layout compares all of it. */
static uint32_t
claimed_pad_count(const struct sealmem_readonly_mapping *mapping)
{
	const struct header *header =
		sealmem_readonly_mapping_at(mapping, 0, sizeof(*header), LINE);

	return header ? atomic_load_word(&header->part_count) / 2 : 0;
}

static int attach(struct sealmem_readonly_mapping *take_mapping,
		  struct sealmem_snapshot_reader *ret_reader)
{
	uint32_t count = claimed_pad_count(take_mapping);
	struct sealmem_snapshot_layout layout;

	if (count == 0 || count > SEALMEM_GAMEPAD_COUNT_MAX)
		return -EPROTO;
	layout = gamepad_layout(count);
	return sealmem_snapshot_reader_init(take_mapping, &layout, ret_reader);
}

int sealmem_gamepad_reader_attach(const struct sealmem_readonly_region *region,
				  struct sealmem_gamepad_reader *ret_reader)
{
	struct sealmem_readonly_mapping mapping = { 0 };
	int ret = sealmem_readonly_region_map(region, &mapping);

	if (ret < 0)
		return ret;
	ret = attach(&mapping, &ret_reader->snapshot);
	if (ret < 0)
		sealmem_readonly_mapping_unmap(&mapping);
	return ret;
}

uint32_t
sealmem_gamepad_reader_count(const struct sealmem_gamepad_reader *reader)
{
	return reader->snapshot.sizes.part_count / 2;
}

void sealmem_gamepad_reader_close(struct sealmem_gamepad_reader *reader)
{
	sealmem_snapshot_reader_close(&reader->snapshot);
}

/* --- reader: read --------------------------------------------------------- */

bool sealmem_gamepad_has_changed(struct sealmem_gamepad_reader *reader)
{
	return sealmem_snapshot_has_changed(&reader->snapshot);
}

int sealmem_gamepad_wait(struct sealmem_gamepad_reader *reader, int timeout_ms)
{
	return sealmem_snapshot_wait(&reader->snapshot, timeout_ms);
}

static const struct gamepad_description *
description_in(const struct gamepad_cold *cold, uint32_t connection)
{
	const struct gamepad_description *description =
		cold ? &cold->descriptions[connection & 1] : NULL;

	if (!description || description->facts.connection != connection)
		return NULL;
	return description;
}

static bool is_cold_valid(const struct gamepad_cold *cold)
{
	return gamepad_description_is_valid(&cold->descriptions[0]) &&
	       gamepad_description_is_valid(&cold->descriptions[1]);
}

/* FRESH: found. UNCHANGED: the cold part is of other connections. */
static int read_description(struct sealmem_snapshot_reader *snapshot,
			    uint32_t part, uint32_t connection,
			    const struct gamepad_description **ret_description)
{
	const uint64_t before = snapshot->generations[part];
	const void *cold = NULL;
	int ret = sealmem_snapshot_read(snapshot, part, &cold);

	if (ret == SEALMEM_SNAPSHOT_BUSY || ret == SEALMEM_SNAPSHOT_CORRUPT)
		return ret;
	if (ret == SEALMEM_SNAPSHOT_FRESH && !is_cold_valid(cold)) {
		snapshot_unread(snapshot, part, before);
		return SEALMEM_SNAPSHOT_CORRUPT;
	}
	*ret_description = description_in(cold, connection);
	return *ret_description ? SEALMEM_SNAPSHOT_FRESH :
				  SEALMEM_SNAPSHOT_UNCHANGED;
}

/* As read_description(); nothing is copied for a connection that is known. */
static int find_description(struct sealmem_snapshot_reader *snapshot,
			    uint32_t index, const struct gamepad_hot *hot,
			    const struct gamepad_description **ret_description)
{
	static const struct gamepad_description none;
	uint32_t part = index + snapshot->sizes.part_count / 2;

	if (!gamepad_hot_is_valid(hot))
		return SEALMEM_SNAPSHOT_CORRUPT;
	*ret_description =
		hot->head.connected ?
			description_in(sealmem_snapshot_value(snapshot, part),
				       hot->head.connection) :
			&none;
	if (*ret_description)
		return SEALMEM_SNAPSHOT_FRESH;
	return read_description(snapshot, part, hot->head.connection,
				ret_description);
}

/* A disconnection is published once for each slot, and is one all the same. */
static bool is_again(const struct sealmem_snapshot_reader *snapshot,
		     uint32_t index, const struct gamepad_hot *hot)
{
	const struct gamepad_hot *last = snapshot_replaced(snapshot, index);

	return !hot->head.connected && !last->head.connected &&
	       hot->head.sequence == last->head.sequence;
}

/* What is not FRESH has not been seen: the next read finds it again. */
static int read_once(struct sealmem_snapshot_reader *snapshot, uint32_t index,
		     uint64_t *ret_generation, struct sealmem_gamepad *ret_pad)
{
	const uint64_t before = snapshot->generations[index];
	const struct gamepad_description *description;
	const void *hot;
	int ret = sealmem_snapshot_read(snapshot, index, &hot);

	if (ret != SEALMEM_SNAPSHOT_FRESH)
		return ret;
	ret = find_description(snapshot, index, hot, &description);
	if (ret == SEALMEM_SNAPSHOT_FRESH && before != 0 &&
	    is_again(snapshot, index, hot))
		return SEALMEM_SNAPSHOT_UNCHANGED;
	if (ret == SEALMEM_SNAPSHOT_FRESH) {
		gamepad_join(hot, description, ret_pad);
		return ret;
	}
	*ret_generation = snapshot->generations[index];
	snapshot_unread(snapshot, index, before);
	return ret == SEALMEM_SNAPSHOT_UNCHANGED ? -EAGAIN : ret;
}

/*
 * A hot part that is in nobody's description is an old one: those that came
 * after it were published before its description went. If it is not, nobody
 * honest wrote it.
 */
int sealmem_gamepad_read(struct sealmem_gamepad_reader *reader, uint32_t index,
			 struct sealmem_gamepad *ret_pad)
{
	uint64_t generation = 0, before;
	int ret;

	if (reader->snapshot.mapping.size == 0)
		return -EBADF;
	if (index >= sealmem_gamepad_reader_count(reader))
		return -EINVAL;
	for (int i = 0; i < READ_TRIES; i++) {
		before = generation;
		ret = read_once(&reader->snapshot, index, &generation, ret_pad);
		if (ret != -EAGAIN)
			return ret;
		if (generation == before)
			return SEALMEM_SNAPSHOT_CORRUPT;
	}
	return SEALMEM_SNAPSHOT_BUSY;
}

uint32_t sealmem_gamepad_presses(const struct sealmem_gamepad *before,
				 const struct sealmem_gamepad *now,
				 uint32_t button)
{
	if (button >= now->button_count || button >= SEALMEM_GAMEPAD_BUTTONS)
		return 0;
	if (before->connection != now->connection)
		return now->buttons[button].press_count;
	return now->buttons[button].press_count -
	       before->buttons[button].press_count;
}
