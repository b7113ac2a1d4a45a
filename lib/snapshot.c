/* SPDX-License-Identifier: MIT */
/*
 * One writer, many readers without write access: a two-slot latch for each
 * part.
 *
 * A part's generation counts its publications; slot (generation & 1) holds the
 * newest value. To publish, the writer fills the other slot and then advances
 * the generation. A reader copies the slot that the generation names and looks
 * at the generation again: unchanged, nobody had begun to overwrite that slot.
 * At no instruction is there less than one complete value.
 *
 * In memory, all of it in 32-bit words of the machine's byte order:
 *
 *   line 0       header: magic, version, sizes, fingerprint
 *   line 1       summary: generation over all parts; closed flag
 *   each part:   one line with its generation, then the two slots
 *
 * A line is 64 bytes; slots are whole lines.
 */
#include <errno.h>
#include <sealmem/snapshot.h>
#include <stdlib.h>
#include <string.h>

#include "lib/atomic.h"

#define LINE 64u
#define MAGIC 0x4e534d53u /* "SMSN", little-endian */
#define VERSION 1u
/* Each try copies; a reader that is overtaken this often is told so. */
#define READ_TRIES 16

/*
 * 64 bits in words: era * 2^32 + sequence, where the upper half of the sequence
 * has an era of its own. So the era is there before the sequence that it
 * belongs to, and the one store of the sequence publishes both.
 */
struct generation {
	uint32_t sequence;
	uint32_t eras[2];
};

struct header {
	uint32_t magic;
	uint32_t version;
	uint32_t part_count;
	uint32_t part_size;
	uint32_t fingerprint_low;
	uint32_t fingerprint_high;
	uint32_t reserved[10];
};

struct summary {
	struct generation generation;
	uint32_t is_closed;
	uint32_t reserved[12];
};

struct part_head {
	struct generation generation;
	uint32_t reserved[13];
};

_Static_assert(sizeof(struct header) == LINE, "one line");
_Static_assert(sizeof(struct summary) == LINE, "one line");
_Static_assert(sizeof(struct part_head) == LINE, "one line");

/* --- layout: from the caller's numbers, never from shared memory ---------- */

static size_t slot_size(uint32_t part_size)
{
	return ((size_t)part_size + LINE - 1) / LINE * LINE;
}

static size_t part_stride(uint32_t part_size)
{
	return LINE + 2 * slot_size(part_size);
}

static size_t part_offset(uint32_t part_size, uint32_t part)
{
	return 2 * LINE + part * part_stride(part_size);
}

static size_t slot_offset(uint32_t part_size, uint32_t part,
			  uint64_t generation)
{
	size_t first = part_offset(part_size, part) + LINE;

	return generation & 1 ? first + slot_size(part_size) : first;
}

_Static_assert(
	2 * LINE + SEALMEM_SNAPSHOT_PARTS_MAX *
				(LINE +
				 2ull * SEALMEM_SNAPSHOT_PART_SIZE_MAX) <=
		UINT32_MAX,
	"the largest layout has a size on every machine");

static bool is_layout_valid(const struct sealmem_snapshot_layout *layout)
{
	return layout->struct_size == sizeof(*layout) &&
	       layout->part_count >= 1 &&
	       layout->part_count <= SEALMEM_SNAPSHOT_PARTS_MAX &&
	       layout->part_size >= 1 &&
	       layout->part_size <= SEALMEM_SNAPSHOT_PART_SIZE_MAX;
}

int sealmem_snapshot_size(const struct sealmem_snapshot_layout *layout,
			  size_t *ret_size)
{
	if (!is_layout_valid(layout))
		return -EINVAL;
	*ret_size = part_offset(layout->part_size, layout->part_count);
	return 0;
}

static struct header make_header(const struct sealmem_snapshot_layout *layout)
{
	return (struct header){
		.magic = MAGIC,
		.version = VERSION,
		.part_count = layout->part_count,
		.part_size = layout->part_size,
		.fingerprint_low = (uint32_t)layout->fingerprint,
		.fingerprint_high = (uint32_t)(layout->fingerprint >> 32),
	};
}

/* --- words and generations ------------------------------------------------ */

static void copy_in(uint32_t *words, const void *data, size_t size)
{
	size_t whole = size / sizeof(*words);
	uint32_t word;

	for (size_t i = 0; i < whole; i++) {
		memcpy(&word, (const char *)data + i * sizeof(word),
		       sizeof(word));
		atomic_store_word(&words[i], word);
	}
	if (size % sizeof(word) != 0) {
		word = 0;
		memcpy(&word, (const char *)data + whole * sizeof(word),
		       size % sizeof(word));
		atomic_store_word(&words[whole], word);
	}
}

static void copy_out(uint32_t *to, const uint32_t *words, size_t size)
{
	for (size_t i = 0; i < (size + sizeof(*to) - 1) / sizeof(*to); i++)
		to[i] = atomic_load_word(&words[i]);
}

static uint64_t load_generation(const struct generation *from)
{
	/* Pairs with store_generation(): shows the slot and the era. */
	uint32_t sequence = atomic_load_acquire(&from->sequence);
	uint32_t era = atomic_load_word(&from->eras[sequence >> 31]);

	return (uint64_t)era << 32 | sequence;
}

static void store_generation(struct generation *to, uint64_t value)
{
	uint32_t sequence = (uint32_t)value;

	atomic_store_word(&to->eras[sequence >> 31], (uint32_t)(value >> 32));
	/* Pairs with load_generation(): the slot is complete before this. */
	atomic_store_release(&to->sequence, sequence);
}

/* --- writer --------------------------------------------------------------- */

static void *writable_at(const struct sealmem_writable_mapping *mapping,
			 size_t offset)
{
	return (char *)mapping->addr + offset;
}

static void format(const struct sealmem_writable_mapping *mapping,
		   const struct sealmem_snapshot_layout *layout, size_t size)
{
	struct header header = make_header(layout);

	memset(mapping->addr, 0, size);
	copy_in(mapping->addr, &header, sizeof(header));
}

int sealmem_snapshot_writer_init(struct sealmem_writable_mapping *take_mapping,
				 const struct sealmem_snapshot_layout *layout,
				 struct sealmem_snapshot_writer *ret_writer)
{
	size_t size;
	int ret;

	if (take_mapping->size == 0)
		return -EBADF;
	ret = sealmem_snapshot_size(layout, &size);
	if (ret < 0)
		return ret;
	if (!sealmem_writable_mapping_at(take_mapping, 0, size, LINE))
		return -EINVAL;
	format(take_mapping, layout, size);
	*ret_writer = (struct sealmem_snapshot_writer){
		.mapping = *take_mapping,
		.part_count = layout->part_count,
		.part_size = layout->part_size,
	};
	*take_mapping = (struct sealmem_writable_mapping){ 0 };
	return 0;
}

/* Generations are counted here: the shared ones are only ever stored. */
static void publish(struct sealmem_snapshot_writer *writer, uint32_t part,
		    const void *data)
{
	const struct sealmem_writable_mapping *m = &writer->mapping;
	uint64_t next = ++writer->generations[part];
	struct part_head *head =
		writable_at(m, part_offset(writer->part_size, part));
	struct summary *summary = writable_at(m, LINE);

	/* Pairs with read_slot(): who sees a word of this sees the one before. */
	atomic_fence_release();
	copy_in(writable_at(m, slot_offset(writer->part_size, part, next)),
		data, writer->part_size);
	store_generation(&head->generation, next);
	store_generation(&summary->generation, ++writer->summary);
}

int sealmem_snapshot_write(struct sealmem_snapshot_writer *writer,
			   uint32_t part, const void *data)
{
	if (writer->mapping.size == 0)
		return -EBADF;
	if (part >= writer->part_count)
		return -EINVAL;
	publish(writer, part, data);
	return 0;
}

void sealmem_snapshot_writer_close(struct sealmem_snapshot_writer *writer)
{
	if (writer->mapping.size != 0) {
		struct summary *summary = writable_at(&writer->mapping, LINE);

		atomic_store_release(&summary->is_closed, 1);
		store_generation(&summary->generation, ++writer->summary);
	}
	sealmem_writable_mapping_unmap(&writer->mapping);
	*writer = (struct sealmem_snapshot_writer){ 0 };
}

/* --- reader --------------------------------------------------------------- */

static const void *readonly_at(const struct sealmem_readonly_mapping *mapping,
			       size_t offset)
{
	return (const char *)mapping->addr + offset;
}

static int check_header(const struct sealmem_readonly_mapping *mapping,
			const struct sealmem_snapshot_layout *layout,
			size_t size)
{
	struct header wanted = make_header(layout), found;

	if (!sealmem_readonly_mapping_at(mapping, 0, size, LINE))
		return -EPROTO;
	copy_out((uint32_t *)&found, mapping->addr, sizeof(found));
	return memcmp(&found, &wanted, sizeof(wanted)) == 0 ? 0 : -EPROTO;
}

int sealmem_snapshot_reader_init(struct sealmem_readonly_mapping *take_mapping,
				 const struct sealmem_snapshot_layout *layout,
				 struct sealmem_snapshot_reader *ret_reader)
{
	void *scratch;
	size_t size;
	int ret;

	if (take_mapping->size == 0)
		return -EBADF;
	ret = sealmem_snapshot_size(layout, &size);
	if (ret < 0)
		return ret;
	ret = check_header(take_mapping, layout, size);
	if (ret < 0)
		return ret;
	scratch = malloc(slot_size(layout->part_size));
	if (!scratch)
		return -ENOMEM;
	*ret_reader = (struct sealmem_snapshot_reader){
		.mapping = *take_mapping,
		.part_count = layout->part_count,
		.part_size = layout->part_size,
		.scratch = scratch,
	};
	*take_mapping = (struct sealmem_readonly_mapping){ 0 };
	return 0;
}

bool sealmem_snapshot_has_changed(struct sealmem_snapshot_reader *reader)
{
	const struct summary *summary;
	uint64_t now;

	if (reader->mapping.size == 0)
		return false;
	summary = readonly_at(&reader->mapping, LINE);
	now = load_generation(&summary->generation);
	if (now == reader->summary)
		return false;
	reader->summary = now;
	return true;
}

/* Copies the slot of @generation; true if nobody was overwriting it. */
static bool read_slot(const struct sealmem_snapshot_reader *reader,
		      const struct generation *shared, uint32_t part,
		      uint64_t generation)
{
	size_t offset = slot_offset(reader->part_size, part, generation);

	copy_out(reader->scratch, readonly_at(&reader->mapping, offset),
		 reader->part_size);
	/* Pairs with publish(): a word of a later value shows its generation. */
	atomic_fence_acquire();
	return load_generation(shared) == generation;
}

static enum sealmem_snapshot_state
read_part(struct sealmem_snapshot_reader *reader, uint32_t part)
{
	const struct summary *summary = readonly_at(&reader->mapping, LINE);
	const struct part_head *head = readonly_at(
		&reader->mapping, part_offset(reader->part_size, part));
	uint64_t *seen = &reader->generations[part];

	for (int i = 0; i < READ_TRIES; i++) {
		/* Before the generation: closed means that this is the last. */
		bool is_closed = atomic_load_acquire(&summary->is_closed);
		uint64_t now = load_generation(&head->generation);

		if (now == *seen)
			return is_closed ? SEALMEM_SNAPSHOT_WRITER_GONE :
					   SEALMEM_SNAPSHOT_UNCHANGED;
		/* Generations only grow. */
		if (now < *seen)
			return SEALMEM_SNAPSHOT_CORRUPT;
		if (read_slot(reader, &head->generation, part, now)) {
			*seen = now;
			return SEALMEM_SNAPSHOT_FRESH;
		}
	}
	return SEALMEM_SNAPSHOT_BUSY;
}

int sealmem_snapshot_read(struct sealmem_snapshot_reader *reader, uint32_t part,
			  void *ret_data)
{
	enum sealmem_snapshot_state state;

	if (reader->mapping.size == 0)
		return -EBADF;
	if (part >= reader->part_count)
		return -EINVAL;
	state = read_part(reader, part);
	/* Only now: until here the copy may have been torn. */
	if (state == SEALMEM_SNAPSHOT_FRESH)
		memcpy(ret_data, reader->scratch, reader->part_size);
	return (int)state;
}

void sealmem_snapshot_reader_close(struct sealmem_snapshot_reader *reader)
{
	free(reader->scratch);
	sealmem_readonly_mapping_unmap(&reader->mapping);
	*reader = (struct sealmem_snapshot_reader){ 0 };
}
