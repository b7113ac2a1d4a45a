/* SPDX-License-Identifier: MIT */
/*
 * Snapshots: one writer publishes values, any number of readers that cannot
 * write get them whole.
 *
 * A snapshot buffer has parts that are published independently, each with two
 * or more slots: the writer fills the one that was published longest ago and
 * then points readers at it. A writer that is killed at any instruction leaves
 * the last complete value readable. A read is bounded; a reader that saw no
 * change copies nothing, one that did copies once. Nothing in shared memory is
 * used as a size or an index.
 *
 * Readers need only a read-only mapping, and execute nothing that would store
 * to it. Their state is their own memory, so readers cannot disturb each other.
 *
 * A read is overtaken if the writer completes slot_count - 1 publications of
 * the part while the reader copies it, and then tries again, a bounded number
 * of times. So whoever knows that a part is published less often than that in
 * the time of one copy knows that no read is BUSY; 4 and 8 slots make that true
 * for bursts.
 *
 * Not promised: that a reader which is overtaken in each of its tries gets a
 * value (it gets BUSY, and keeps the last one); that a writer which was killed
 * is noticed by reading (WRITER_GONE is for one that closed the buffer; a wait
 * of <sealmem/snapshot_wait.h> notices the rest); that has_changed() and
 * read_all() tell of a value whose writer was killed right after it (reading
 * the part does); anything after 2^64 publications.
 */
#ifndef SEALMEM_SNAPSHOT_H
#define SEALMEM_SNAPSHOT_H

#include <sealmem/base.h>
#include <sealmem/mapping.h>

#define SEALMEM_SNAPSHOT_PARTS_MAX 64
/* With two slots; more slots leave less for each. */
#define SEALMEM_SNAPSHOT_PART_SIZE_MAX (16u << 20)

/**
 * struct sealmem_snapshot_layout - What writer and readers must agree on
 * @struct_size: sizeof(struct sealmem_snapshot_layout)
 * @part_count: Parts, 1 to SEALMEM_SNAPSHOT_PARTS_MAX
 * @part_size: Bytes of each part, at least 1; times the slots at most twice
 *	SEALMEM_SNAPSHOT_PART_SIZE_MAX
 * @slot_count: Slots of each part: 2, 4 or 8; 0 means 2
 * @reserved: 0
 * @fingerprint: Any number that stands for the meaning of the bytes; change it
 *	when that changes
 */
struct sealmem_snapshot_layout {
	size_t struct_size;
	uint32_t part_count;
	uint32_t part_size;
	uint32_t slot_count;
	uint32_t reserved;
	uint64_t fingerprint;
};

/**
 * enum sealmem_snapshot_state - What a reader found
 * @SEALMEM_SNAPSHOT_UNCHANGED: Nothing since the last fresh read of this part
 * @SEALMEM_SNAPSHOT_FRESH: A value that this reader had not seen
 * @SEALMEM_SNAPSHOT_BUSY: The writer publishes faster than this reader copies;
 *	what was read last still is a whole value
 * @SEALMEM_SNAPSHOT_WRITER_GONE: Unchanged, and the writer closed the buffer
 * @SEALMEM_SNAPSHOT_CORRUPT: No honest writer leaves memory like this; what was
 *	read last is still there
 */
enum sealmem_snapshot_state {
	SEALMEM_SNAPSHOT_UNCHANGED = 0,
	SEALMEM_SNAPSHOT_FRESH = 1,
	SEALMEM_SNAPSHOT_BUSY = 2,
	SEALMEM_SNAPSHOT_WRITER_GONE = 3,
	SEALMEM_SNAPSHOT_CORRUPT = 4,
};

/* Flags of sealmem_snapshot_read_all(): one moment for all parts. */
#define SEALMEM_SNAPSHOT_CUT (1u << 0)

/* Private: how bytes are copied, chosen by what the processor can do. */
struct copy_method;

/* Wake descriptors of one writer; see <sealmem/snapshot_wait.h>. */
#define SEALMEM_SNAPSHOT_WAKE_FDS_MAX 16

/** struct sealmem_snapshot_wakes - Private. Whom a writer wakes, and when */
struct sealmem_snapshot_wakes {
	uint32_t policy;
	uint32_t sockets;
	uint64_t interval_ns;
	uint64_t next_ns;
	uint64_t told;
	int fds_plus_one[SEALMEM_SNAPSHOT_WAKE_FDS_MAX];
};

/** struct sealmem_snapshot_sizes - Private. What follows from a layout */
struct sealmem_snapshot_sizes {
	uint32_t part_count;
	uint32_t part_size;
	uint32_t slot_count;
	uint32_t slot_lines;
	uint32_t first_slot;
	uint32_t reserved;
};

/** struct sealmem_snapshot_writer_part - Private. What the writer knows */
struct sealmem_snapshot_writer_part {
	uint64_t generation;
	void *slots;
	void *shadow;
	uint64_t *stale;
};

/** struct sealmem_snapshot_writer - Private. Zero is the empty writer */
struct sealmem_snapshot_writer {
	struct sealmem_writable_mapping mapping;
	struct sealmem_snapshot_sizes sizes;
	const struct copy_method *method;
	void *memory;
	uint64_t summary;
	struct sealmem_snapshot_writer_part parts[SEALMEM_SNAPSHOT_PARTS_MAX];
	struct sealmem_snapshot_wakes wakes;
};

/** struct sealmem_snapshot_reader - Private. Zero is the empty reader */
struct sealmem_snapshot_reader {
	struct sealmem_readonly_mapping mapping;
	struct sealmem_snapshot_sizes sizes;
	const struct copy_method *method;
	void *values;
	uint64_t second;
	uint64_t summary;
	uint64_t all_seen;
	uint64_t generations[SEALMEM_SNAPSHOT_PARTS_MAX];
	int watched_plus_one;
};

#ifdef __cplusplus
extern "C" {
#endif

/**
 * sealmem_snapshot_size() - How large must the region be?
 * @layout: Layout
 * @ret_size: Receives the bytes needed
 *
 * Context: Any thread; async-signal-safe.
 * Return: 0, or -EINVAL (@layout out of range).
 */
SEALMEM_FALLIBLE int
sealmem_snapshot_size(const struct sealmem_snapshot_layout *layout,
		      size_t *ret_size);

/**
 * sealmem_snapshot_writer_init() - Become the writer of a region
 * @take_mapping: Mapping of a whole new region; empty on success
 * @layout: Layout
 * @ret_writer: Receives the writer
 *
 * Nothing is published yet: readers find UNCHANGED.
 *
 * Context: The thread that owns @take_mapping, before readers attach.
 * Return: 0, or -EBADF (empty), -EINVAL (@layout, or the mapping is too small
 * or not aligned to 64 bytes), -ENOMEM.
 */
SEALMEM_FALLIBLE int
sealmem_snapshot_writer_init(struct sealmem_writable_mapping *take_mapping,
			     const struct sealmem_snapshot_layout *layout,
			     struct sealmem_snapshot_writer *ret_writer);

/**
 * sealmem_snapshot_write() - Publish a part
 * @writer: Writer
 * @part: Which, from 0
 * @data: part_size bytes, the whole value
 *
 * Never waits, whatever readers do. Stores only the lines of 64 bytes that
 * differ from what their slot has; it knows that from memory of its own.
 *
 * Context: The thread that owns @writer.
 * Return: 0, or -EBADF (empty), -EINVAL (no such part).
 */
SEALMEM_FALLIBLE int
sealmem_snapshot_write(struct sealmem_snapshot_writer *writer, uint32_t part,
		       const void *data);

/**
 * sealmem_snapshot_write_range() - Publish a part of which some bytes changed
 * @writer: Writer
 * @part: Which, from 0
 * @offset: First byte that may have changed
 * @data: Its new bytes, not the whole value
 * @size: How many, at least 1; offset plus size is at most part_size
 *
 * As sealmem_snapshot_write() of the last value with these bytes in it, but
 * looks at nothing else. Bytes that were never given are 0.
 *
 * Context: The thread that owns @writer.
 * Return: 0, or -EBADF (empty), -EINVAL (no such part, or the range).
 */
SEALMEM_FALLIBLE int
sealmem_snapshot_write_range(struct sealmem_snapshot_writer *writer,
			     uint32_t part, uint32_t offset, const void *data,
			     uint32_t size);

/**
 * sealmem_snapshot_stage() - Prepare a range that the next write publishes
 * @writer: Writer
 * @part: Which, from 0
 * @offset: First byte that may have changed
 * @data: Its new bytes, not the whole value
 * @size: How many, at least 1; offset plus size is at most part_size
 *
 * For values of which several ranges changed: stage all but the last, and
 * publish with sealmem_snapshot_write_range() of that one. Readers see nothing
 * of it before.
 *
 * Context: The thread that owns @writer.
 * Return: 0, or -EBADF (empty), -EINVAL (no such part, or the range).
 */
SEALMEM_FALLIBLE int
sealmem_snapshot_stage(struct sealmem_snapshot_writer *writer, uint32_t part,
		       uint32_t offset, const void *data, uint32_t size);

/**
 * sealmem_snapshot_writer_close() - Say goodbye to the readers, and unmap
 * @writer: Writer; empty afterwards. An empty one is accepted
 *
 * Context: The thread that owns @writer.
 */
SEALMEM_API void
sealmem_snapshot_writer_close(struct sealmem_snapshot_writer *writer);

/**
 * sealmem_snapshot_reader_init() - Become a reader of a region
 * @take_mapping: Mapping of a whole region; empty on success
 * @layout: What this reader was built for
 * @ret_reader: Receives the reader
 *
 * Context: Any thread.
 * Return: 0, or -EBADF (empty), -EINVAL (@layout), -EPROTO (the region is too
 * small, or its header says anything else than @layout), -ENOMEM.
 */
SEALMEM_FALLIBLE int
sealmem_snapshot_reader_init(struct sealmem_readonly_mapping *take_mapping,
			     const struct sealmem_snapshot_layout *layout,
			     struct sealmem_snapshot_reader *ret_reader);

/**
 * sealmem_snapshot_has_changed() - Has anything been published?
 * @reader: Reader; may be empty
 *
 * Touches one cache line, whatever the number of parts. Answers for all parts
 * together, from the last call that answered true.
 *
 * Context: The thread that owns @reader; async-signal-safe.
 * Return: True if a part may have been published since.
 */
SEALMEM_API bool
sealmem_snapshot_has_changed(struct sealmem_snapshot_reader *reader);

/**
 * sealmem_snapshot_read() - Read a part
 * @reader: Reader
 * @part: Which, from 0
 * @ret_value: Receives what sealmem_snapshot_value() returns then, whatever the
 *	state; untouched on an error. May be NULL
 *
 * Context: The thread that owns @reader; async-signal-safe.
 * Return: Of enum sealmem_snapshot_state; -EBADF (empty) or -EINVAL (no such
 * part).
 */
SEALMEM_FALLIBLE int
sealmem_snapshot_read(struct sealmem_snapshot_reader *reader, uint32_t part,
		      const void **ret_value);

/**
 * sealmem_snapshot_read_all() - Read all parts
 * @reader: Reader
 * @flags: 0, or SEALMEM_SNAPSHOT_CUT
 * @ret_fresh: Receives a bit for each part whose value is a new one, the first
 *	part in bit 0, whatever the state; untouched on an error. May be NULL
 *
 * Without flags each part is read by itself. With SEALMEM_SNAPSHOT_CUT the
 * values were all there at one moment: either all parts advance to it, or none
 * does and the answer is BUSY. sealmem_snapshot_value() has the values. If
 * nothing was published since the last call this touches one cache line.
 *
 * Context: The thread that owns @reader; async-signal-safe.
 * Return: Of enum sealmem_snapshot_state: CORRUPT if a part is, else BUSY if
 * one is, else FRESH if one is; -EBADF (empty) or -EINVAL (@flags).
 */
SEALMEM_FALLIBLE int
sealmem_snapshot_read_all(struct sealmem_snapshot_reader *reader,
			  unsigned int flags, uint64_t *ret_fresh);

/**
 * sealmem_snapshot_value() - The value that was read last
 * @reader: Reader; may be empty
 * @part: Which, from 0
 *
 * Memory of this process, aligned to 64 bytes, that no writer reaches: always a
 * whole value. It stays as it is until the next read that finds this part
 * fresh.
 *
 * Context: The thread that owns @reader; async-signal-safe.
 * Return: part_size bytes, or NULL if this part was never fresh, or there is
 * no such part.
 */
SEALMEM_API const void *
sealmem_snapshot_value(const struct sealmem_snapshot_reader *reader,
		       uint32_t part);

/**
 * sealmem_snapshot_reader_close() - Stop reading, and unmap
 * @reader: Reader; empty afterwards. An empty one is accepted
 *
 * Context: The thread that owns @reader.
 */
SEALMEM_API void
sealmem_snapshot_reader_close(struct sealmem_snapshot_reader *reader);

#ifdef __cplusplus
}
#endif

#endif
