/* SPDX-License-Identifier: MIT */
/*
 * Ways in which one writer hands a state to readers, each written here from its
 * description, and ours beside them. All have their state in memory of the same
 * kind, and a reader that keeps its copy in memory of its own.
 */
#ifndef BENCH_DESIGNS_H
#define BENCH_DESIGNS_H

#include <sealmem/sealmem.h>
#include <stdatomic.h>

#include "bench.h"

#define LINE_SIZE 64
#define STATE_MAX 8192
#define RING	  8
/* A seqlock's reader has no bound of its own; nothing here may hang. */
#define TRIES_MAX 1000

struct subject {
	const struct design *design;
	uint32_t size;
	struct sealmem_readonly_region region;
	/* Of the designs that are not ours. */
	struct sealmem_writable_mapping mapping;
	struct sealmem_readonly_mapping view;
	/* Of ours. */
	struct sealmem_snapshot_writer writer;
	struct sealmem_snapshot_reader reader;
	_Alignas(LINE_SIZE) char out[STATE_MAX];
};

struct design {
	const char *name;
	/* 0: not ours. */
	uint32_t slots;
	void (*publish)(struct subject *subject, const void *state);
	/* False if it gave up. */
	bool (*read)(struct subject *subject);
};

/* ---- no protocol: the floor, which hands out torn states ------------- */

static void memcpy_publish(struct subject *s, const void *state)
{
	memcpy((char *)s->mapping.addr + LINE_SIZE, state, s->size);
	bench_keep(s->mapping.addr);
}

static bool memcpy_read(struct subject *s)
{
	memcpy(s->out, (const char *)s->view.addr + LINE_SIZE, s->size);
	bench_keep(s->out);
	return true;
}

/* ---- one slot, one counter: odd while the state is written ----------- */

static _Atomic uint32_t *counter_of(const void *memory)
{
	return (_Atomic uint32_t *)(uintptr_t)memory;
}

static void seqlock_begin(_Atomic uint32_t *counter)
{
	atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
}

static void seqlock_end(_Atomic uint32_t *counter)
{
	atomic_fetch_add_explicit(counter, 1, memory_order_release);
}

/* False if it stayed odd: the writer is slow, stopped or dead. */
static bool seqlock_enter(const _Atomic uint32_t *counter, uint32_t *ret_count)
{
	for (int i = 0; i < TRIES_MAX; i++) {
		*ret_count = atomic_load_explicit(counter,
						  memory_order_acquire);
		if (!(*ret_count & 1))
			return true;
	}
	return false;
}

static bool seqlock_is_unchanged(const _Atomic uint32_t *counter,
				 uint32_t count)
{
	atomic_thread_fence(memory_order_acquire);
	return atomic_load_explicit(counter, memory_order_relaxed) == count;
}

/* Chromium's: words of 32 bits, one by one, right behind the counter. */
__attribute__((noinline))
static void words_publish(struct subject *s, const void *state)
{
	_Atomic uint32_t *counter = counter_of(s->mapping.addr);
	const uint32_t *from = state;

	seqlock_begin(counter);
	for (size_t i = 0; i < s->size / 4; i++)
		atomic_store_explicit(&counter[2 + i], from[i],
				      memory_order_relaxed);
	seqlock_end(counter);
}

static bool words_read(struct subject *s)
{
	const _Atomic uint32_t *counter = counter_of(s->view.addr);
	uint32_t *to = (uint32_t *)s->out, count;

	for (int i = 0; i < TRIES_MAX; i++) {
		if (!seqlock_enter(counter, &count))
			return false;
		for (size_t w = 0; w < s->size / 4; w++)
			to[w] = atomic_load_explicit(&counter[2 + w],
						     memory_order_relaxed);
		if (seqlock_is_unchanged(counter, count))
			return true;
	}
	return false;
}

/* The same with plain copies: a data race in the language. */
static void plain_publish(struct subject *s, const void *state)
{
	_Atomic uint32_t *counter = counter_of(s->mapping.addr);

	seqlock_begin(counter);
	memcpy_publish(s, state);
	seqlock_end(counter);
}

static bool plain_read(struct subject *s)
{
	const _Atomic uint32_t *counter = counter_of(s->view.addr);
	uint32_t count;

	for (int i = 0; i < TRIES_MAX; i++) {
		if (!seqlock_enter(counter, &count))
			return false;
		memcpy_read(s);
		if (seqlock_is_unchanged(counter, count))
			return true;
	}
	return false;
}

/* ---- many slots: the counter names the newest ------------------------ */

static size_t ring_offset(const struct subject *s, uint32_t count)
{
	size_t slot = (s->size + LINE_SIZE - 1) / LINE_SIZE * LINE_SIZE;

	return LINE_SIZE + count % RING * slot;
}

static void ring_publish(struct subject *s, const void *state)
{
	_Atomic uint32_t *counter = counter_of(s->mapping.addr);
	uint32_t next = 1 + atomic_load_explicit(counter, memory_order_relaxed);

	atomic_thread_fence(memory_order_release);
	memcpy((char *)s->mapping.addr + ring_offset(s, next), state, s->size);
	bench_keep(s->mapping.addr);
	atomic_store_explicit(counter, next, memory_order_release);
}

static bool ring_read(struct subject *s)
{
	const _Atomic uint32_t *counter = counter_of(s->view.addr);
	uint32_t count, now;

	for (int i = 0; i < TRIES_MAX; i++) {
		count = atomic_load_explicit(counter, memory_order_acquire);
		memcpy(s->out, (const char *)s->view.addr +
			       ring_offset(s, count), s->size);
		bench_keep(s->out);
		atomic_thread_fence(memory_order_acquire);
		now = atomic_load_explicit(counter, memory_order_relaxed);
		if (now - count <= RING - 2)
			return true;
	}
	return false;
}

/* ---- ours, as one part ----------------------------------------------- */

static void snapshot_publish(struct subject *s, const void *state)
{
	BENCH_CHECK(sealmem_snapshot_write(&s->writer, 0, state) == 0);
}

/* Only what is new counts. */
static bool snapshot_read(struct subject *s)
{
	const void *value;
	int state = sealmem_snapshot_read(&s->reader, 0, &value);

	BENCH_CHECK(state >= 0 && state <= SEALMEM_SNAPSHOT_BUSY);
	bench_keep(value);
	return state == SEALMEM_SNAPSHOT_FRESH;
}

static const struct design no_protocol = {
	"memcpy", 0, memcpy_publish, memcpy_read,
};
static const struct design words_seqlock = {
	"words_seqlock", 0, words_publish, words_read,
};
static const struct design plain_seqlock = {
	"plain_seqlock", 0, plain_publish, plain_read,
};
static const struct design ring = {
	"ring", 0, ring_publish, ring_read,
};
static const struct design snapshot_2 = {
	"snapshot", 2, snapshot_publish, snapshot_read,
};
static const struct design snapshot_4 = {
	"snapshot_4_slots", 4, snapshot_publish, snapshot_read,
};
static const struct design snapshot_8 = {
	"snapshot_8_slots", 8, snapshot_publish, snapshot_read,
};

/* ---- open and close -------------------------------------------------- */

static struct sealmem_snapshot_layout layout_of(uint32_t parts,
						uint32_t part_size,
						uint32_t slots)
{
	return (struct sealmem_snapshot_layout){
		.struct_size = sizeof(struct sealmem_snapshot_layout),
		.part_count = parts,
		.part_size = part_size,
		.slot_count = slots,
	};
}

static void subject_open_ours(struct subject *s, uint32_t parts,
			      uint32_t part_size, uint32_t slots)
{
	struct sealmem_snapshot_layout layout =
		layout_of(parts, part_size, slots);
	size_t size;

	BENCH_CHECK(sealmem_snapshot_size(&layout, &size) == 0);
	BENCH_CHECK(sealmem_readonly_region_create(size, NULL, &s->region,
						   &s->mapping) == 0);
	BENCH_CHECK(sealmem_readonly_region_map(&s->region, &s->view) == 0);
	BENCH_CHECK(sealmem_snapshot_writer_init(&s->mapping, &layout,
						 &s->writer) == 0);
	BENCH_CHECK(sealmem_snapshot_reader_init(&s->view, &layout,
						 &s->reader) == 0);
}

static void subject_open(struct subject *s, const struct design *design,
			 uint32_t size)
{
	*s = (struct subject){ .design = design, .size = size };
	BENCH_CHECK(size % 4 == 0 && size <= STATE_MAX);
	if (design->slots > 0) {
		subject_open_ours(s, 1, size, design->slots);
		return;
	}
	BENCH_CHECK(sealmem_readonly_region_create(
			    LINE_SIZE + RING * (size + LINE_SIZE), NULL, &s->region,
			    &s->mapping) == 0);
	BENCH_CHECK(sealmem_readonly_region_map(&s->region, &s->view) == 0);
}

/* Reads what another process writes; takes its region. */
static void subject_open_reader(struct subject *s, const struct design *design,
				uint32_t size,
				struct sealmem_readonly_region *take_region)
{
	struct sealmem_snapshot_layout layout =
		layout_of(1, size, design->slots);

	*s = (struct subject){
		.design = design, .size = size, .region = *take_region,
	};
	*take_region = (struct sealmem_readonly_region){ 0 };
	BENCH_CHECK(sealmem_readonly_region_map(&s->region, &s->view) == 0);
	if (design->slots > 0)
		BENCH_CHECK(sealmem_snapshot_reader_init(&s->view, &layout,
							 &s->reader) == 0);
}

static void subject_close(struct subject *s)
{
	sealmem_snapshot_reader_close(&s->reader);
	sealmem_snapshot_writer_close(&s->writer);
	sealmem_readonly_mapping_unmap(&s->view);
	sealmem_writable_mapping_unmap(&s->mapping);
	sealmem_readonly_region_close(&s->region);
}

/* The reader forgets what it has seen: the next read copies. */
static void subject_forget(struct subject *s)
{
	s->reader.generations[0] = 0;
}

#endif
