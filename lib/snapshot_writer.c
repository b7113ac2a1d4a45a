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

/* Lines that one word of bits stands for. */
#define GROUP 64

static struct snapshot_sizes
writer_sizes(const struct sealmem_snapshot_writer *writer)
{
	return (struct snapshot_sizes){
		.part_count = writer->part_count,
		.part_size = writer->part_size,
		.slot_count = writer->slot_count,
	};
}

static char *shadow_at(const struct sealmem_snapshot_writer *writer,
		       uint32_t part)
{
	return (char *)writer->shadow +
	       part * snapshot_lines(writer->part_size) * LINE;
}

static size_t group_count(uint32_t part_size)
{
	return (snapshot_lines(part_size) + GROUP - 1) / GROUP;
}

/* Of a group of lines: a word for each slot. */
static uint64_t *stale_at(const struct sealmem_snapshot_writer *writer,
			  uint32_t part, size_t group)
{
	return writer->stale + (part * group_count(writer->part_size) + group) *
				       writer->slot_count;
}

/* --- init ----------------------------------------------------------------- */

static void *allocate_zero(size_t size)
{
	void *memory = aligned_alloc(LINE, (size + LINE - 1) / LINE * LINE);

	if (memory)
		memset(memory, 0, size);
	return memory;
}

static int allocate(struct sealmem_snapshot_writer *writer)
{
	size_t parts = writer->part_count;

	writer->shadow =
		allocate_zero(parts * snapshot_lines(writer->part_size) * LINE);
	writer->stale =
		allocate_zero(parts * group_count(writer->part_size) *
			      writer->slot_count * sizeof(*writer->stale));
	if (writer->shadow && writer->stale)
		return 0;
	free(writer->shadow);
	free(writer->stale);
	return -ENOMEM;
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
	struct sealmem_snapshot_writer writer;
	struct snapshot_sizes sizes;
	size_t size;
	int ret;

	if (take_mapping->size == 0)
		return -EBADF;
	ret = snapshot_measure(layout, &sizes, &size);
	if (ret < 0)
		return ret;
	if (!sealmem_writable_mapping_at(take_mapping, 0, size, LINE))
		return -EINVAL;
	writer = (struct sealmem_snapshot_writer){
		.mapping = *take_mapping,
		.part_count = sizes.part_count,
		.part_size = sizes.part_size,
		.slot_count = sizes.slot_count,
		.method = copy_method_at(0),
	};
	ret = allocate(&writer);
	if (ret < 0)
		return ret;
	format(take_mapping->addr, layout, size);
	*ret_writer = writer;
	*take_mapping = (struct sealmem_writable_mapping){ 0 };
	return 0;
}

/* --- stage: into the shadow, and note which lines changed ----------------- */

/* As wide as each machine has it, and no call for each line. */
typedef long long vector
	__attribute__((vector_size(16), aligned(1), may_alias));

static bool is_line_equal(const void *shadow, const void *data)
{
	const vector *a = shadow, *b = data;
	vector difference =
		(a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2]) | (a[3] ^ b[3]);

	return (difference[0] | difference[1]) == 0;
}

static bool update_line(char *shadow, const char *data, size_t size)
{
	bool is_equal = size == LINE ? is_line_equal(shadow, data) :
				       memcmp(shadow, data, size) == 0;

	if (!is_equal)
		memcpy(shadow, data, size);
	return !is_equal;
}

/* Up to the end of the group of lines that @offset is in, or @end. */
static size_t stage_group(struct sealmem_snapshot_writer *writer, uint32_t part,
			  size_t offset, size_t end, const char *data)
{
	size_t group = offset / LINE / GROUP;
	uint64_t *stale = stale_at(writer, part, group);
	char *shadow = shadow_at(writer, part);
	uint64_t changed = 0;
	size_t next;

	if (end > (group + 1) * GROUP * LINE)
		end = (group + 1) * GROUP * LINE;
	for (size_t at = offset; at < end; at = next) {
		next = (at / LINE + 1) * LINE;
		if (next > end)
			next = end;
		if (update_line(shadow + at, data + (at - offset), next - at))
			changed |= (uint64_t)1 << at / LINE % GROUP;
	}
	for (uint32_t slot = 0; slot < writer->slot_count; slot++)
		stale[slot] |= changed;
	return end;
}

static int stage(struct sealmem_snapshot_writer *writer, uint32_t part,
		 uint32_t offset, const char *data, uint32_t size)
{
	size_t at = offset, end;

	if (writer->mapping.size == 0)
		return -EBADF;
	if (part >= writer->part_count || size == 0 ||
	    offset > writer->part_size || size > writer->part_size - offset)
		return -EINVAL;
	for (end = at + size; at < end;)
		at = stage_group(writer, part, at, end, data + (at - offset));
	return 0;
}

int sealmem_snapshot_stage(struct sealmem_snapshot_writer *writer,
			   uint32_t part, uint32_t offset, const void *data,
			   uint32_t size)
{
	return stage(writer, part, offset, data, size);
}

/* --- publish: bring a slot up to the shadow, and point readers at it ------ */

static void store_group(const struct sealmem_snapshot_writer *writer,
			char *slot, const char *shadow, uint64_t stale)
{
	while (stale != 0) {
		uint64_t first = stale & -stale;
		/* Carries through the lowest run of ones, and so ends it. */
		uint64_t rest = stale & (stale + first);
		size_t at = (size_t)__builtin_ctzll(stale) * LINE;
		size_t lines = (size_t)__builtin_popcountll(stale ^ rest);

		writer->method->store(slot + at, shadow + at, lines);
		stale = rest;
	}
}

static void fill_slot(struct sealmem_snapshot_writer *writer, uint32_t part,
		      uint64_t generation)
{
	size_t offset =
		snapshot_slot_offset(writer_sizes(writer), part, generation);
	char *slot = (char *)writer->mapping.addr + offset;
	char *shadow = shadow_at(writer, part);
	uint32_t number = (uint32_t)generation & (writer->slot_count - 1);
	uint64_t *stale;

	for (size_t group = 0; group < group_count(writer->part_size);
	     group++) {
		stale = stale_at(writer, part, group) + number;
		store_group(writer, slot + group * GROUP * LINE,
			    shadow + group * GROUP * LINE, *stale);
		*stale = 0;
	}
}

/* Generations are counted here: the shared ones are only ever stored. */
static void publish(struct sealmem_snapshot_writer *writer, uint32_t part)
{
	uint64_t next = ++writer->generations[part];

	snapshot_begin();
	fill_slot(writer, part, next);
	snapshot_publish(snapshot_directory(writer->mapping.addr), part, next,
			 ++writer->summary);
}

int sealmem_snapshot_write_range(struct sealmem_snapshot_writer *writer,
				 uint32_t part, uint32_t offset,
				 const void *data, uint32_t size)
{
	int ret = stage(writer, part, offset, data, size);

	if (ret < 0)
		return ret;
	publish(writer, part);
	snapshot_published(writer);
	return 0;
}

int sealmem_snapshot_write(struct sealmem_snapshot_writer *writer,
			   uint32_t part, const void *data)
{
	/* An empty writer has no size, and is found to be empty first. */
	return sealmem_snapshot_write_range(writer, part, 0, data,
					    writer->part_size);
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
	free(writer->shadow);
	free(writer->stale);
	*writer = (struct sealmem_snapshot_writer){ 0 };
}
