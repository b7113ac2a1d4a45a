/* SPDX-License-Identifier: MIT */
/*
 * The writer of a snapshot buffer. The truth is in its own memory: the shadow
 * has the newest value of each part, and a bit for each line of each slot says
 * where the slot still is behind the shadow. Shared memory is only stored to.
 */
#include <errno.h>
#include <sealmem/snapshot.h>
#include <stdlib.h>
#include <string.h>

#include "lib/snapshot.h"
#include "lib/snapshot_wait.h"

static size_t group_count(const struct sealmem_snapshot_writer *writer)
{
	return (writer->sizes.slot_lines + GROUP - 1) / GROUP;
}

/* --- init ----------------------------------------------------------------- */

/* One block: the shadows of all parts, then the bits of all parts. */
static int allocate(struct sealmem_snapshot_writer *writer)
{
	const struct sealmem_snapshot_sizes *sizes = &writer->sizes;
	size_t shadow = (size_t)sizes->slot_lines * LINE;
	size_t stale = sizes->slot_count * group_count(writer);
	size_t size = sizes->part_count * (shadow + stale * sizeof(uint64_t));
	char *memory;

	size = (size + LINE - 1) / LINE * LINE;
	memory = aligned_alloc(LINE, size);
	if (!memory)
		return -ENOMEM;
	memset(memory, 0, size);
	writer->memory = memory;
	for (uint32_t i = 0; i < sizes->part_count; i++) {
		writer->parts[i].slots = (char *)writer->mapping.addr +
					 snapshot_slot_offset(sizes, i, 0);
		writer->parts[i].shadow = memory + i * shadow;
		writer->parts[i].stale =
			(uint64_t *)(memory + sizes->part_count * shadow) +
			i * stale;
	}
	return 0;
}

/* Nobody reads it yet. */
static void format(void *memory, const struct sealmem_snapshot_layout *layout,
		   size_t size)
{
	struct header header = snapshot_header(layout);

	memset(memory, 0, size);
	memcpy(memory, &header, sizeof(header));
}

int sealmem_snapshot_writer_init(struct sealmem_writable_mapping *take_mapping,
				 const struct sealmem_snapshot_layout *layout,
				 struct sealmem_snapshot_writer *ret_writer)
{
	struct sealmem_snapshot_writer writer = { 0 };
	size_t size;
	int ret;

	if (take_mapping->size == 0)
		return -EBADF;
	ret = snapshot_measure(layout, &writer.sizes, &size);
	if (ret < 0)
		return ret;
	if (!sealmem_writable_mapping_at(take_mapping, 0, size, LINE))
		return -EINVAL;
	writer.mapping = *take_mapping;
	writer.method = copy_method_at(0);
	ret = allocate(&writer);
	if (ret < 0)
		return ret;
	format(take_mapping->addr, layout, size);
	*ret_writer = writer;
	*take_mapping = (struct sealmem_writable_mapping){ 0 };
	return 0;
}

/* --- stage: into the shadow, and note which lines changed ----------------- */

/* The slots, all of them, are behind the shadow there. */
static inline void mark(const struct sealmem_snapshot_writer *writer,
			uint32_t part, size_t group, uint64_t lines)
{
	size_t slot_count = writer->sizes.slot_count;
	uint64_t *stale = writer->parts[part].stale + group * slot_count;

	for (size_t slot = 0; slot < slot_count; slot++)
		stale[slot] |= lines;
}

static inline void stage_range(const struct sealmem_snapshot_writer *writer,
			       uint32_t part, size_t offset, const void *data,
			       size_t size)
{
	size_t last = (offset + size - 1) / LINE;

	memcpy((char *)writer->parts[part].shadow + offset, data, size);
	for (size_t line = offset / LINE; line <= last; line++)
		mark(writer, part, line / GROUP, (uint64_t)1 << line % GROUP);
}

static void copy_lines(char *to, const char *data, uint64_t lines)
{
	for (; lines != 0; lines &= lines - 1) {
		size_t at = (size_t)__builtin_ctzll(lines) * LINE;

		memcpy(to + at, data + at, LINE);
	}
}

/* Whole lines from @first on, of which few may have changed. */
static void stage_lines(const struct sealmem_snapshot_writer *writer,
			uint32_t part, size_t first, const char *data,
			size_t count)
{
	char *shadow = (char *)writer->parts[part].shadow + first * LINE;
	uint64_t changed;
	size_t lines, left = GROUP - first % GROUP;

	for (size_t done = 0; done < count; done += lines, left = GROUP) {
		lines = count - done < left ? count - done : left;
		changed = writer->method->compare(shadow + done * LINE,
						  data + done * LINE, lines);
		copy_lines(shadow + done * LINE, data + done * LINE, changed);
		mark(writer, part, (first + done) / GROUP,
		     changed << (first + done) % GROUP);
	}
}

void snapshot_stage_changes(const struct sealmem_snapshot_writer *writer,
			    uint32_t part, size_t offset, const void *data,
			    size_t size)
{
	const char *shadow = (char *)writer->parts[part].shadow + offset;
	const char *from = data;
	size_t rest = size % LINE;
	size_t whole = size - rest;

	stage_lines(writer, part, offset / LINE, from, whole / LINE);
	if (rest != 0 && memcmp(shadow + whole, from + whole, rest) != 0)
		stage_range(writer, part, offset + whole, from + whole, rest);
}

/* --- publish: bring a slot up to the shadow, and point readers at it ------ */

static inline void fill_slot(const struct sealmem_snapshot_writer *writer,
			     const struct sealmem_snapshot_writer_part *part,
			     uint64_t generation)
{
	size_t slot_count = writer->sizes.slot_count;
	size_t number = (size_t)generation & (slot_count - 1);
	uint64_t *stale = part->stale + number;
	char *slot =
		(char *)part->slots + number * writer->sizes.slot_lines * LINE;
	char *shadow = part->shadow;

	for (size_t groups = group_count(writer); groups > 0; groups--) {
		writer->method->store(slot, shadow, *stale);
		*stale = 0;
		stale += slot_count;
		slot += GROUP * LINE;
		shadow += GROUP * LINE;
	}
}

/* Generations are counted here: the shared ones are only ever stored. */
static inline void publish(struct sealmem_snapshot_writer *writer,
			   uint32_t part)
{
	uint64_t generation = ++writer->parts[part].generation;

	snapshot_begin();
	fill_slot(writer, &writer->parts[part], generation);
	snapshot_publish(snapshot_directory(writer->mapping.addr), part,
			 generation, ++writer->summary);
	snapshot_published(writer);
}

static int check_range(const struct sealmem_snapshot_writer *writer,
		       uint32_t part, uint32_t offset, uint32_t size)
{
	if (writer->mapping.size == 0)
		return -EBADF;
	if (part >= writer->sizes.part_count || size == 0 ||
	    offset > writer->sizes.part_size ||
	    size > writer->sizes.part_size - offset)
		return -EINVAL;
	return 0;
}

int sealmem_snapshot_stage(struct sealmem_snapshot_writer *writer,
			   uint32_t part, uint32_t offset, const void *data,
			   uint32_t size)
{
	int ret = check_range(writer, part, offset, size);

	if (ret == 0)
		stage_range(writer, part, offset, data, size);
	return ret;
}

int sealmem_snapshot_write_range(struct sealmem_snapshot_writer *writer,
				 uint32_t part, uint32_t offset,
				 const void *data, uint32_t size)
{
	int ret = check_range(writer, part, offset, size);

	if (ret < 0)
		return ret;
	stage_range(writer, part, offset, data, size);
	publish(writer, part);
	return 0;
}

int sealmem_snapshot_write(struct sealmem_snapshot_writer *writer,
			   uint32_t part, const void *data)
{
	int ret = check_range(writer, part, 0, writer->sizes.part_size);

	if (ret < 0)
		return ret;
	snapshot_stage_changes(writer, part, 0, data, writer->sizes.part_size);
	publish(writer, part);
	return 0;
}

static bool is_stale(const struct sealmem_snapshot_writer *writer,
		     uint32_t part)
{
	size_t count = group_count(writer) * writer->sizes.slot_count;

	for (size_t i = 0; i < count; i++)
		if (writer->parts[part].stale[i] != 0)
			return true;
	return false;
}

/* Each publication brings another slot up to date. */
void snapshot_settle(struct sealmem_snapshot_writer *writer, uint32_t part)
{
	while (is_stale(writer, part))
		publish(writer, part);
}

void sealmem_snapshot_writer_close(struct sealmem_snapshot_writer *writer)
{
	if (writer->mapping.size != 0) {
		struct directory *directory =
			snapshot_directory(writer->mapping.addr);

		atomic_store_release(&directory->is_closed, 1);
		snapshot_store_generation(&directory->summary,
					  ++writer->summary);
		snapshot_wake_last(writer);
	}
	sealmem_writable_mapping_unmap(&writer->mapping);
	free(writer->memory);
	*writer = (struct sealmem_snapshot_writer){ 0 };
}
