/* SPDX-License-Identifier: MIT */
/*
 * A reader of a snapshot buffer. It has room for two values of each part: one
 * has the last whole value, into the other the next is copied. What was copied
 * becomes the last value once it is known to be whole.
 */
#include <errno.h>
#include <sealmem/snapshot.h>
#include <stdlib.h>
#include <string.h>

#include "lib/snapshot.h"

/* Each try copies; a reader that is overtaken this often is told so. */
#define READ_TRIES 16

static const struct directory *
directory_of(const struct sealmem_snapshot_reader *reader)
{
	return snapshot_directory(reader->mapping.addr);
}

/* --- init ----------------------------------------------------------------- */

static int check_header(const struct sealmem_readonly_mapping *mapping,
			const struct sealmem_snapshot_layout *layout,
			size_t size)
{
	struct header wanted = snapshot_header(layout);
	uint32_t words[sizeof(wanted) / sizeof(uint32_t)];
	const uint32_t *shared = mapping->addr;

	if (!sealmem_readonly_mapping_at(mapping, 0, size, LINE))
		return -EPROTO;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		words[i] = atomic_load_word(&shared[i]);
	return memcmp(words, &wanted, sizeof(wanted)) == 0 ? 0 : -EPROTO;
}

int sealmem_snapshot_reader_init(struct sealmem_readonly_mapping *take_mapping,
				 const struct sealmem_snapshot_layout *layout,
				 struct sealmem_snapshot_reader *ret_reader)
{
	struct sealmem_snapshot_sizes sizes;
	void *values;
	size_t size;
	int ret;

	if (take_mapping->size == 0)
		return -EBADF;
	ret = snapshot_measure(layout, &sizes, &size);
	if (ret < 0)
		return ret;
	ret = check_header(take_mapping, layout, size);
	if (ret < 0)
		return ret;
	values = aligned_alloc(LINE, 2 * (size_t)sizes.part_count *
					     sizes.slot_lines * LINE);
	if (!values)
		return -ENOMEM;
	*ret_reader = (struct sealmem_snapshot_reader){
		.mapping = *take_mapping,
		.sizes = sizes,
		.method = copy_method_at(0),
		.values = values,
	};
	*take_mapping = (struct sealmem_readonly_mapping){ 0 };
	return 0;
}

/* --- values --------------------------------------------------------------- */

static uint64_t bit_of(uint32_t part)
{
	return (uint64_t)1 << part;
}

static void *value_at(const struct sealmem_snapshot_reader *reader,
		      uint32_t part, bool is_second)
{
	size_t index = 2 * (size_t)part + is_second;

	return (char *)reader->values + index * reader->sizes.slot_lines * LINE;
}

static bool is_last_second(const struct sealmem_snapshot_reader *reader,
			   uint32_t part)
{
	return reader->second & bit_of(part);
}

static void *last_value(const struct sealmem_snapshot_reader *reader,
			uint32_t part)
{
	return value_at(reader, part, is_last_second(reader, part));
}

static void *spare_value(const struct sealmem_snapshot_reader *reader,
			 uint32_t part)
{
	return value_at(reader, part, !is_last_second(reader, part));
}

const void *sealmem_snapshot_value(const struct sealmem_snapshot_reader *reader,
				   uint32_t part)
{
	if (part >= reader->sizes.part_count || reader->generations[part] == 0)
		return NULL;
	return last_value(reader, part);
}

const void *snapshot_replaced(const struct sealmem_snapshot_reader *reader,
			      uint32_t part)
{
	return spare_value(reader, part);
}

void snapshot_unread(struct sealmem_snapshot_reader *reader, uint32_t part,
		     uint64_t generation)
{
	reader->generations[part] = generation;
	reader->second ^= bit_of(part);
}

/* --- reads ---------------------------------------------------------------- */

bool sealmem_snapshot_has_changed(struct sealmem_snapshot_reader *reader)
{
	uint64_t now;

	if (reader->mapping.size == 0)
		return false;
	now = snapshot_load_generation(&directory_of(reader)->summary);
	if (now == reader->summary)
		return false;
	reader->summary = now;
	return true;
}

/* Into the spare value; true if nobody was overwriting the slot. */
static bool copy_slot(const struct sealmem_snapshot_reader *reader,
		      const struct generation *shared, uint32_t part,
		      uint64_t generation)
{
	size_t offset = snapshot_slot_offset(&reader->sizes, part, generation);

	reader->method->load(spare_value(reader, part),
			     (const char *)reader->mapping.addr + offset,
			     reader->sizes.slot_lines);
	return snapshot_is_whole(shared, generation, reader->sizes.slot_count);
}

/* @now is not what was seen last. */
static enum sealmem_snapshot_state
read_news(struct sealmem_snapshot_reader *reader, uint32_t part, uint64_t now)
{
	const struct generation *shared = &directory_of(reader)->parts[part];

	for (int i = 0; i < READ_TRIES; i++) {
		/* Generations only grow. */
		if (now < reader->generations[part])
			return SEALMEM_SNAPSHOT_CORRUPT;
		if (copy_slot(reader, shared, part, now)) {
			reader->generations[part] = now;
			reader->second ^= bit_of(part);
			return SEALMEM_SNAPSHOT_FRESH;
		}
		now = snapshot_load_generation(shared);
	}
	return SEALMEM_SNAPSHOT_BUSY;
}

/* Most reads find nothing new, and end here. */
static inline enum sealmem_snapshot_state
read_part(struct sealmem_snapshot_reader *reader, uint32_t part)
{
	const struct generation *shared = &directory_of(reader)->parts[part];
	uint64_t now = snapshot_load_generation(shared);

	if (now == reader->generations[part])
		return SEALMEM_SNAPSHOT_UNCHANGED;
	return read_news(reader, part, now);
}

/* Loaded before the generations: closed means that they are the last. */
static bool is_closed(const struct sealmem_snapshot_reader *reader)
{
	return atomic_load_acquire(&directory_of(reader)->is_closed) != 0;
}

static int answer(enum sealmem_snapshot_state state, bool closed)
{
	if (state == SEALMEM_SNAPSHOT_UNCHANGED && closed)
		return SEALMEM_SNAPSHOT_WRITER_GONE;
	return (int)state;
}

int sealmem_snapshot_read(struct sealmem_snapshot_reader *reader, uint32_t part,
			  const void **ret_value)
{
	enum sealmem_snapshot_state state;
	bool closed;

	if (reader->mapping.size == 0)
		return -EBADF;
	if (part >= reader->sizes.part_count)
		return -EINVAL;
	closed = is_closed(reader);
	state = read_part(reader, part);
	if (ret_value)
		*ret_value = sealmem_snapshot_value(reader, part);
	return answer(state, closed);
}

/* --- all parts ------------------------------------------------------------ */

static enum sealmem_snapshot_state
read_each(struct sealmem_snapshot_reader *reader, uint64_t *ret_fresh)
{
	enum sealmem_snapshot_state worst = SEALMEM_SNAPSHOT_UNCHANGED, state;

	*ret_fresh = 0;
	for (uint32_t part = 0; part < reader->sizes.part_count; part++) {
		state = read_part(reader, part);
		if (state == SEALMEM_SNAPSHOT_FRESH)
			*ret_fresh |= bit_of(part);
		if (state > worst)
			worst = state;
	}
	return worst;
}

/*
 * Copies what is new since @copied, which becomes what the spare values have.
 * BUSY: one was overtaken.
 */
static enum sealmem_snapshot_state
copy_news(const struct sealmem_snapshot_reader *reader, uint64_t *copied)
{
	const struct directory *directory = directory_of(reader);

	for (uint32_t part = 0; part < reader->sizes.part_count; part++) {
		const struct generation *shared = &directory->parts[part];
		uint64_t now = snapshot_load_generation(shared);

		if (now == copied[part])
			continue;
		if (now < copied[part])
			return SEALMEM_SNAPSHOT_CORRUPT;
		if (!copy_slot(reader, shared, part, now))
			return SEALMEM_SNAPSHOT_BUSY;
		copied[part] = now;
	}
	return SEALMEM_SNAPSHOT_FRESH;
}

/* What was copied becomes the last value of each part at once. */
static uint64_t advance(struct sealmem_snapshot_reader *reader,
			const uint64_t *copied)
{
	uint64_t fresh = 0;

	for (uint32_t part = 0; part < reader->sizes.part_count; part++) {
		if (copied[part] != reader->generations[part])
			fresh |= bit_of(part);
		reader->generations[part] = copied[part];
	}
	reader->second ^= fresh;
	return fresh;
}

/*
 * Publications have an order, and the summary counts them, each after its part.
 * If the summary stays at N while all parts are read, each part is as it was
 * after publication N, but for the one that N + 1 is about: that may be there
 * or not, and either is a moment.
 */
static enum sealmem_snapshot_state
read_cut(struct sealmem_snapshot_reader *reader, uint64_t *ret_fresh)
{
	const struct generation *summary = &directory_of(reader)->summary;
	uint64_t copied[SEALMEM_SNAPSHOT_PARTS_MAX], before;
	enum sealmem_snapshot_state state;

	*ret_fresh = 0;
	memcpy(copied, reader->generations, sizeof(copied));
	for (int i = 0; i < READ_TRIES; i++) {
		before = snapshot_load_generation(summary);
		state = copy_news(reader, copied);
		if (state == SEALMEM_SNAPSHOT_CORRUPT)
			return state;
		if (state == SEALMEM_SNAPSHOT_FRESH &&
		    snapshot_load_generation(summary) == before) {
			*ret_fresh = advance(reader, copied);
			return *ret_fresh ? SEALMEM_SNAPSHOT_FRESH :
					    SEALMEM_SNAPSHOT_UNCHANGED;
		}
	}
	return SEALMEM_SNAPSHOT_BUSY;
}

int sealmem_snapshot_read_all(struct sealmem_snapshot_reader *reader,
			      unsigned int flags, uint64_t *ret_fresh)
{
	enum sealmem_snapshot_state state = SEALMEM_SNAPSHOT_UNCHANGED;
	uint64_t fresh = 0, summary;
	bool closed;

	if (reader->mapping.size == 0)
		return -EBADF;
	if (flags & ~SEALMEM_SNAPSHOT_CUT)
		return -EINVAL;
	closed = is_closed(reader);
	summary = snapshot_load_generation(&directory_of(reader)->summary);
	if (summary != reader->all_seen)
		state = flags & SEALMEM_SNAPSHOT_CUT ?
				read_cut(reader, &fresh) :
				read_each(reader, &fresh);
	/* What was published since the load shows in the next one. */
	if (state <= SEALMEM_SNAPSHOT_FRESH)
		reader->all_seen = summary;
	if (ret_fresh)
		*ret_fresh = fresh;
	return answer(state, closed);
}

void sealmem_snapshot_reader_close(struct sealmem_snapshot_reader *reader)
{
	free(reader->values);
	sealmem_readonly_mapping_unmap(&reader->mapping);
	*reader = (struct sealmem_snapshot_reader){ 0 };
}
