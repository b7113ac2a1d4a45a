/* SPDX-License-Identifier: MIT */
/* What bench/snapshot_bench.c times on two CPUs. */
#ifndef BENCH_SNAPSHOT_PAIR_H
#define BENCH_SNAPSHOT_PAIR_H

#include "snapshot_alone.h"

static const unsigned int once[BENCH_CASES_MAX] = { 1, 1, 1, 1, 1, 1, 1, 1 };

/* ---- the other CPU has just published -------------------------------- */

#define SAMPLES 51

static double median_of(double *samples, size_t count)
{
	qsort(samples, count, sizeof(*samples), bench_compare);
	return samples[count / 2];
}

/* The clock goes by steps, so many times at once. */
static void measure_clocks(struct bench *b)
{
	double samples[SAMPLES], start;

	for (int i = 0; i < SAMPLES; i++) {
		start = bench_now();
		for (int n = 0; n < 100; n++)
			bench_now();
		samples[i] = (bench_now() - start) / 101;
	}
	b->clock_ns = median_of(samples, SAMPLES);
	for (int i = 0; i < SAMPLES; i++) {
		start = bench_now();
		for (int n = 0; n < 100; n++)
			atomic_thread_fence(memory_order_seq_cst);
		samples[i] = (bench_now() - start - b->clock_ns) / 100;
	}
	b->fence_ns = median_of(samples, SAMPLES);
}

/*
 * The other CPU does the one, then this one is timed doing the other, until what
 * it stored is there.
 */
static double after_partner(struct bench *b, void (*first)(void *),
			    void (*then)(struct bench *b), unsigned int times)
{
	double samples[SAMPLES], start, sum = 0;

	for (int i = 0; i < SAMPLES; i++) {
		partner_do(&b->partner, first, b);
		start = bench_now();
		then(b);
		atomic_thread_fence(memory_order_seq_cst);
		samples[i] = bench_now() - start - b->clock_ns - b->fence_ns;
	}
	/*
	 * The middle half: a pause of the machine in one is not what was asked
	 * for, and the clock's steps are as long as a publication.
	 */
	qsort(samples, SAMPLES, sizeof(*samples), bench_compare);
	for (int i = SAMPLES / 4; i < SAMPLES * 3 / 4; i++)
		sum += samples[i];
	return sum / (SAMPLES * 3 / 4 - SAMPLES / 4) * times;
}

static double cold_floor(void *context, unsigned int times)
{
	return after_partner(context, floor_publish, floor_read, times);
}

static double cold_words(void *context, unsigned int times)
{
	return after_partner(context, words_publish_next, words_read_once,
			     times);
}

static double cold_whole(void *context, unsigned int times)
{
	return after_partner(context, whole_publish, whole_read, times);
}

static double cold_pad(void *context, unsigned int times)
{
	return after_partner(context, pad_publish, pads_read, times);
}

static double cold_event(void *context, unsigned int times)
{
	return after_partner(context, event_publish, pads_read, times);
}

static void bench_cold(struct bench *b)
{
	static const struct bench_case cases[] = {
		{ "memcpy", cold_floor },
		{ "pad_of_4", cold_pad },
		{ "event", cold_event },
		{ "whole", cold_whole },
		{ "words_seqlock", cold_words },
	};

	publish_everywhere(b);
	bench_run_times("first_read", cases, COUNT(cases), b, once);
	goal_ratio("first read after one pad of four was published",
		   "memcpy of the whole", 0.65, 1, 0);
}

/* ---- publishing what a reader has just copied ------------------------- */

static void floor_read_there(void *context)
{
	floor_read(context);
}

static void pads_read_there(void *context)
{
	pads_read(context);
}

static void floor_publish_here(struct bench *b)
{
	floor_publish(b);
}

static void event_publish_here(struct bench *b)
{
	event_publish(b);
}

static void pad_publish_here(struct bench *b)
{
	pad_publish(b);
}

static double shared_floor(void *context, unsigned int times)
{
	return after_partner(context, floor_read_there, floor_publish_here,
			     times);
}

static double shared_event(void *context, unsigned int times)
{
	return after_partner(context, pads_read_there, event_publish_here,
			     times);
}

static double shared_pad(void *context, unsigned int times)
{
	return after_partner(context, pads_read_there, pad_publish_here, times);
}

static void bench_publish_shared(struct bench *b)
{
	static const struct bench_case cases[] = {
		{ "memcpy", shared_floor },
		{ "event", shared_event },
		{ "pad_of_4", shared_pad },
	};

	publish_everywhere(b);
	bench_run_times("publish_after_read", cases, COUNT(cases), b, once);
	goal_ratio("publish of one pad with an event, after a reader",
		   "memcpy of the whole", 0.75, 1, 0);
}

/* ---- the other CPU publishes without a pause ------------------------- */

#define STORM_NS   200000
/* Fewer publications, and the other CPU had something else to do. */
#define STORM_MIN  50
#define STORM_GOES 100

struct storm {
	struct bench *bench;
	struct subject *subject;
	_Atomic unsigned int published;
};

static void storm_publish(void *context)
{
	struct storm *storm = context;

	storm->subject->design->publish(storm->subject,
					next_state(storm->bench));
	atomic_fetch_add_explicit(&storm->published, 1, memory_order_relaxed);
}

/* Nanoseconds for each read that got a state, or for all if none did. */
static double storm_once(struct subject *s, bool (*read)(struct subject *s))
{
	unsigned int got = 0;
	double start = bench_now(), spent;

	do {
		for (int i = 0; i < 16; i++) {
			/* Each read is to copy, whether there is news or not. */
			subject_forget(s);
			got += read(s);
		}
		spent = bench_now() - start;
	} while (spent < STORM_NS);
	return spent / (got > 0 ? got : 1);
}

static double storm_read_by(struct bench *b, struct subject *s,
			    bool (*read)(struct subject *s))
{
	struct storm storm = { .bench = b, .subject = s };
	double ns = 0;

	for (int i = 0; i < STORM_GOES && storm.published < STORM_MIN; i++) {
		storm.published = 0;
		partner_begin(&b->partner, storm_publish, &storm, true);
		ns = storm_once(s, read);
		partner_end(&b->partner);
	}
	return ns;
}

static double storm_read(struct bench *b, struct subject *s)
{
	return storm_read_by(b, s, s->design->read);
}

/* As many bytes, of the slots that the same writer fills. */
static bool copy_slot(struct subject *s)
{
	memcpy(s->out, (const char *)s->reader.mapping.addr + 2 * LINE_SIZE,
	       s->size);
	bench_keep(s->out);
	return true;
}

static double storm_same(void *context, unsigned int times)
{
	struct bench *b = context;

	return storm_read_by(b, &b->whole, copy_slot) * times;
}

static double storm_floor(void *context, unsigned int times)
{
	struct bench *b = context;

	return storm_read(b, &b->floor) * times;
}

static double storm_2(void *context, unsigned int times)
{
	struct bench *b = context;

	return storm_read(b, &b->whole) * times;
}

static double storm_4(void *context, unsigned int times)
{
	struct bench *b = context;

	return storm_read(b, &b->whole_4) * times;
}

static double storm_8(void *context, unsigned int times)
{
	struct bench *b = context;

	return storm_read(b, &b->whole_8) * times;
}

static double storm_ring(void *context, unsigned int times)
{
	struct bench *b = context;

	return storm_read(b, &b->ring) * times;
}

static double storm_plain(void *context, unsigned int times)
{
	struct bench *b = context;

	return storm_read(b, &b->plain) * times;
}

static double storm_words(void *context, unsigned int times)
{
	struct bench *b = context;

	return storm_read(b, &b->words) * times;
}

static void bench_storm(struct bench *b)
{
	static const struct bench_case cases[] = {
		{ "memcpy_of_a_slot", storm_same },
		{ "snapshot", storm_2 },
		{ "snapshot_4_slots", storm_4 },
		{ "snapshot_8_slots", storm_8 },
		{ "memcpy", storm_floor },
		{ "ring", storm_ring },
		{ "plain_seqlock", storm_plain },
		{ "words_seqlock", storm_words },
	};

	bench_run_times("storm", cases, COUNT(cases), b, once);
	goal_ratio("read against a writer publishing flat out",
		   "memcpy in the same", 2, 1, 0);
}

#endif
