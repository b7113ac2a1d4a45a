/* SPDX-License-Identifier: MIT */
/* Snapshots against a writer without a pause, with every word looked at. */
#ifndef BENCH_VERIFY_H
#define BENCH_VERIFY_H

#include "designs.h"
#include "goals.h"
#include "partner.h"

/* A layout to verify; with several parts, all of them at one moment. */
struct verify {
	uint32_t parts;
	uint32_t part_size;
	uint32_t slots;
	uint32_t number;
	struct subject subject;
};

/* Word @i of value @number: no two values have one in common. */
static uint32_t word_of(uint32_t number, uint32_t i)
{
	return number * 2654435761u + i;
}

static void verify_publish(void *context)
{
	struct verify *v = context;
	uint32_t words[STATE_MAX / 4];

	v->number++;
	for (uint32_t i = 0; i < v->part_size / 4; i++)
		words[i] = word_of(v->number, i);
	for (uint32_t part = 0; part < v->parts; part++)
		BENCH_CHECK(sealmem_snapshot_write(&v->subject.writer, part,
						   words) == 0);
	/* No moment lasts long enough to be read between publications. */
	for (unsigned int i = 0; v->parts > 1 && i < 50; i++)
		pause_briefly(i);
}

/* Is every word of the value that the first one belongs to? */
static bool is_whole(const uint32_t *words, uint32_t size)
{
	uint32_t wrong = 0;

	for (uint32_t i = 0; i < size / 4; i++)
		wrong |= words[i] ^ (words[0] + i);
	return wrong == 0;
}

/* Parts are published in order: the later ones are of the same value or the
 * one before it. */
static bool is_one_moment(const struct verify *v)
{
	uint32_t first = 0, last = 0, word;

	for (uint32_t part = 0; part < v->parts; part++) {
		const uint32_t *words =
			sealmem_snapshot_value(&v->subject.reader, part);

		/* A part that was never published stands for value 0. */
		word = words ? words[0] : 0;
		if (words && !is_whole(words, v->part_size))
			return false;
		if (part == 0)
			first = last = word;
		if (word != last && (last != first ||
				     word != first - word_of(1, 0)))
			return false;
		last = word;
	}
	return true;
}

/* One read; sets *torn if it is not what it has to be. */
static bool verify_read(struct verify *v, bool *torn)
{
	struct sealmem_snapshot_reader *reader = &v->subject.reader;
	const void *value;
	int state;

	state = v->parts > 1 ?
		sealmem_snapshot_read_all(reader, SEALMEM_SNAPSHOT_CUT, NULL) :
		sealmem_snapshot_read(reader, 0, &value);
	BENCH_CHECK(state >= 0 && state <= SEALMEM_SNAPSHOT_BUSY);
	*torn = state == SEALMEM_SNAPSHOT_FRESH && !is_one_moment(v);
	return state == SEALMEM_SNAPSHOT_FRESH;
}

/* How many were torn, of @count. */
static unsigned long long verify(struct verify *v, struct partner *partner,
				 unsigned long long count)
{
	unsigned long long whole = 0, bad = 0, reads = 0;
	double start = bench_now(), said = start;
	unsigned int idle = 0;
	bool torn;

	subject_open_ours(&v->subject, v->parts, v->part_size, v->slots);
	partner_begin(partner, verify_publish, v, true);
	for (; whole + bad < count; reads++) {
		if (verify_read(v, &torn)) {
			whole += !torn;
			bad += torn;
		} else {
			pause_briefly(idle++);
		}
		if (reads % (1 << 20) == 0 && bench_now() - said > 10e9) {
			fprintf(stderr, "# %llu of %llu\n", whole + bad, count);
			said = bench_now();
		}
	}
	partner_end(partner);
	printf("verified_%u_x_%u_%u_slots %llu snapshots\n", v->parts,
	       v->part_size, v->slots, whole);
	printf("# %llu reads, %llu torn, %.1f s\n", reads, bad,
	       (bench_now() - start) / 1e9);
	fflush(stdout);
	subject_close(&v->subject);
	return bad;
}

static void bench_verify(int other_cpu, unsigned long long count)
{
	static struct verify layouts[] = {
		{ .parts = 1, .part_size = 64, .slots = 2 },
		{ .parts = 1, .part_size = 256, .slots = 2 },
		{ .parts = 1, .part_size = 1264, .slots = 2 },
		{ .parts = 1, .part_size = 5056, .slots = 2 },
		{ .parts = 1, .part_size = 256, .slots = 4 },
		{ .parts = 1, .part_size = 1264, .slots = 4 },
		{ .parts = 1, .part_size = 1264, .slots = 8 },
		{ .parts = 4, .part_size = 64, .slots = 4 },
	};
	size_t kinds = sizeof(layouts) / sizeof(layouts[0]);
	unsigned long long torn = 0;
	static struct partner partner;
	static char what[64];

	partner_start(&partner, other_cpu);
	for (size_t i = 0; i < kinds; i++)
		torn += verify(&layouts[i], &partner,
			       count / kinds + (i < count % kinds));
	partner_stop(&partner);
	snprintf(what, sizeof(what), "torn reads in %llu verified snapshots",
		 count);
	goal_count_of(what, 0, (double)torn);
	BENCH_CHECK(torn == 0);
}

#endif
