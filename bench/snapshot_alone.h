/* SPDX-License-Identifier: MIT */
/* What bench/snapshot_bench.c times on one CPU. */
#ifndef BENCH_SNAPSHOT_ALONE_H
#define BENCH_SNAPSHOT_ALONE_H

#include "lib/copy.h"

#include "designs.h"
#include "goals.h"
#include "partner.h"

/* As much as Chromium's state of four gamepads, in whole lines each. */
#define PADS	   4
#define PAD_SIZE   1264
#define STATE_SIZE (PADS * PAD_SIZE)
/* Where an event changes a pad: a time and an axis. */
#define EVENT_AT   128
#define EVENT_SIZE 24

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct bench {
	int cpus[2];
	int cpu_count;
	struct partner partner;
	/* Two states that differ in every word. */
	_Alignas(LINE_SIZE) char states[2][STATE_SIZE];
	unsigned int turn;
	unsigned int pad_turn;
	/* What it takes to look at the clock, and to wait for stores. */
	double clock_ns;
	double fence_ns;
	struct subject floor;
	struct subject words;
	struct subject plain;
	struct subject ring;
	/* One part of the whole state, and one part a pad. */
	struct subject whole;
	struct subject whole_4;
	struct subject whole_8;
	struct subject pads;
};

static const void *next_state(struct bench *b)
{
	return b->states[++b->turn & 1];
}

static void open_all(struct bench *b)
{
	memset(b->states[0], 0x55, STATE_SIZE);
	memset(b->states[1], 0xaa, STATE_SIZE);
	subject_open(&b->floor, &no_protocol, STATE_SIZE);
	subject_open(&b->words, &words_seqlock, STATE_SIZE);
	subject_open(&b->plain, &plain_seqlock, STATE_SIZE);
	subject_open(&b->ring, &ring, STATE_SIZE);
	subject_open(&b->whole, &snapshot_2, STATE_SIZE);
	subject_open(&b->whole_4, &snapshot_4, STATE_SIZE);
	subject_open(&b->whole_8, &snapshot_8, STATE_SIZE);
	b->pads = (struct subject){ .size = PAD_SIZE };
	subject_open_ours(&b->pads, PADS, PAD_SIZE, 2);
}

static void close_all(struct bench *b)
{
	subject_close(&b->floor);
	subject_close(&b->words);
	subject_close(&b->plain);
	subject_close(&b->ring);
	subject_close(&b->whole);
	subject_close(&b->whole_4);
	subject_close(&b->whole_8);
	subject_close(&b->pads);
}

/* All designs have a state, and readers that have seen it. */
static void publish_everywhere(struct bench *b)
{
	struct subject *all[] = {
		&b->floor, &b->words, &b->plain,
		&b->ring, &b->whole, &b->whole_4, &b->whole_8,
	};

	for (size_t i = 0; i < COUNT(all); i++) {
		all[i]->design->publish(all[i], next_state(b));
		BENCH_CHECK(all[i]->design->read(all[i]));
	}
	for (uint32_t pad = 0; pad < PADS; pad++)
		BENCH_CHECK(sealmem_snapshot_write(&b->pads.writer, pad,
						   next_state(b)) == 0);
	BENCH_CHECK(sealmem_snapshot_read_all(&b->pads.reader, 0, NULL) ==
		    SEALMEM_SNAPSHOT_FRESH);
	BENCH_CHECK(sealmem_snapshot_has_changed(&b->pads.reader));
}

/* ---- nothing is published, or the same read again and again ---------- */

static double read_again(struct subject *s, unsigned int times)
{
	double start = bench_now();

	for (; times > 0; times--)
		BENCH_CHECK(s->design->read(s));
	return bench_now() - start;
}

static double read_floor(void *context, unsigned int times)
{
	return read_again(&((struct bench *)context)->floor, times);
}

static double read_words(void *context, unsigned int times)
{
	return read_again(&((struct bench *)context)->words, times);
}

static double read_plain(void *context, unsigned int times)
{
	return read_again(&((struct bench *)context)->plain, times);
}

static double read_ring(void *context, unsigned int times)
{
	return read_again(&((struct bench *)context)->ring, times);
}

static double has_changed(void *context, unsigned int times)
{
	struct bench *b = context;
	double start = bench_now();

	for (; times > 0; times--)
		BENCH_CHECK(!sealmem_snapshot_has_changed(&b->pads.reader));
	return bench_now() - start;
}

static double read_all_unchanged(void *context, unsigned int times)
{
	struct bench *b = context;
	double start = bench_now();

	for (; times > 0; times--)
		BENCH_CHECK(sealmem_snapshot_read_all(&b->pads.reader, 0,
						      NULL) ==
			    SEALMEM_SNAPSHOT_UNCHANGED);
	return bench_now() - start;
}

static void bench_unchanged(struct bench *b)
{
	static const struct bench_case cases[] = {
		{ "memcpy", read_floor },
		{ "has_changed", has_changed },
		{ "read_all", read_all_unchanged },
		{ "words_seqlock", read_words },
		{ "plain_seqlock", read_plain },
		{ "ring", read_ring },
	};

	publish_everywhere(b);
	bench_run("unchanged", cases, COUNT(cases), b);
	goal_ratio("unchanged 5 KiB snapshot", "racy memcpy", 0.10, 1, 0);
	goal_ratio("the same", "32-bit atomic seqlock", 1.0 / 40, 1, 3);
}

static double read_hot(struct bench *b, unsigned int method, unsigned int times)
{
	struct subject *s = &b->whole;
	double start;

	s->reader.method = copy_method_at(method);
	start = bench_now();
	for (; times > 0; times--) {
		subject_forget(s);
		BENCH_CHECK(s->design->read(s));
	}
	start = bench_now() - start;
	s->reader.method = copy_method_at(0);
	return start;
}

static double read_hot_0(void *context, unsigned int times)
{
	return read_hot(context, 0, times);
}

static double read_hot_1(void *context, unsigned int times)
{
	return read_hot(context, 1, times);
}

static double read_hot_2(void *context, unsigned int times)
{
	return read_hot(context, 2, times);
}

/* Which copies there are depends on the processor; the portable one is last. */
static void bench_hot(struct bench *b)
{
	static const struct {
		const char *name;
		double limit;
	} wanted[] = { { "AVX2", 1.0 }, { "SSE2", 1.6 }, { "portable", 3.0 } };
	struct bench_case cases[] = {
		{ "memcpy", read_floor },
		{ NULL, read_hot_0 }, { NULL, read_hot_1 }, { NULL, read_hot_2 },
	};
	size_t count = 1, of;

	for (; count < COUNT(cases) && copy_method_at(count - 1); count++)
		cases[count].name = copy_method_at(count - 1)->name;
	publish_everywhere(b);
	bench_run("hot", cases, count, b);
	for (size_t i = 0; i < COUNT(wanted); i++) {
		for (of = 1; of < count; of++)
			if (strcmp(cases[of].name, wanted[i].name) == 0)
				break;
		if (of < count)
			goal_ratio("full hot 5 KiB read", wanted[i].name,
				   wanted[i].limit, of, 0);
		else
			goal_missing("full hot 5 KiB read", wanted[i].name,
				     wanted[i].limit, "not this processor");
	}
}

/* ---- what is done once, here or on the other CPU ---------------------- */

static void floor_publish(void *context)
{
	struct bench *b = context;

	memcpy_publish(&b->floor, next_state(b));
}

static void floor_read(struct bench *b)
{
	memcpy_read(&b->floor);
}

static void words_publish_next(void *context)
{
	struct bench *b = context;

	words_publish(&b->words, next_state(b));
}

static void words_read_once(struct bench *b)
{
	BENCH_CHECK(words_read(&b->words));
}

static void whole_publish(void *context)
{
	struct bench *b = context;

	snapshot_publish(&b->whole, next_state(b));
}

static void whole_read(struct bench *b)
{
	BENCH_CHECK(snapshot_read(&b->whole));
}

static void pad_publish(void *context)
{
	struct bench *b = context;
	uint32_t pad = b->pad_turn % PADS;
	const void *state = b->states[b->pad_turn / PADS & 1];

	b->pad_turn++;
	BENCH_CHECK(sealmem_snapshot_write(&b->pads.writer, pad, state) == 0);
}

static void event_publish(void *context)
{
	struct bench *b = context;

	BENCH_CHECK(sealmem_snapshot_write_range(&b->pads.writer, 0, EVENT_AT,
						 next_state(b),
						 EVENT_SIZE) == 0);
}

static void pads_read(struct bench *b)
{
	if (sealmem_snapshot_has_changed(&b->pads.reader))
		BENCH_CHECK(sealmem_snapshot_read_all(&b->pads.reader, 0,
						      NULL) ==
			    SEALMEM_SNAPSHOT_FRESH);
}

/* ---- publishing ------------------------------------------------------ */

static double many_times(void *context, unsigned int times, void (*work)(void *))
{
	double start = bench_now();

	for (; times > 0; times--)
		work(context);
	return bench_now() - start;
}

static double publish_floor(void *context, unsigned int times)
{
	return many_times(context, times, floor_publish);
}

static double publish_event(void *context, unsigned int times)
{
	return many_times(context, times, event_publish);
}

static double publish_pad(void *context, unsigned int times)
{
	return many_times(context, times, pad_publish);
}

static double publish_whole(void *context, unsigned int times)
{
	return many_times(context, times, whole_publish);
}

static double publish_words(void *context, unsigned int times)
{
	return many_times(context, times, words_publish_next);
}

static void bench_publish(struct bench *b)
{
	static const struct bench_case cases[] = {
		{ "memcpy", publish_floor },
		{ "event", publish_event },
		{ "pad_of_4", publish_pad },
		{ "whole", publish_whole },
		{ "words_seqlock", publish_words },
	};

	publish_everywhere(b);
	bench_run("publish", cases, COUNT(cases), b);
	goal_ratio("publish of one pad with an event, alone", "memcpy of the whole",
		   0.15, 1, 0);
}

#endif
