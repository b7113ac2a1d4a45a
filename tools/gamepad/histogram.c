/* SPDX-License-Identifier: MIT */
#include "tools/gamepad/histogram.h"

/* Each power of two has as many buckets as there are values below this. */
#define STEPS		32
#define STEP_BITS	5

static size_t bucket_of(uint64_t value)
{
	unsigned int shift;

	if (value < STEPS)
		return (size_t)value;
	shift = 63 - (unsigned int)__builtin_clzll(value) - STEP_BITS;
	if (shift >= HISTOGRAM_BUCKETS / STEPS - 1)
		return HISTOGRAM_BUCKETS - 1;
	return (shift + 1) * STEPS + (size_t)(value >> shift) - STEPS;
}

uint64_t histogram_start(size_t bucket)
{
	size_t shift = bucket / STEPS;

	if (shift == 0)
		return bucket;
	return (uint64_t)(bucket % STEPS + STEPS) << (shift - 1);
}

void histogram_add(struct histogram *histogram, uint64_t value)
{
	if (!histogram->count || value < histogram->min)
		histogram->min = value;
	if (value > histogram->max)
		histogram->max = value;
	histogram->count++;
	histogram->buckets[bucket_of(value)]++;
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
	if (from->count && (!into->count || from->min < into->min))
		into->min = from->min;
	if (from->max > into->max)
		into->max = from->max;
	into->count += from->count;
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		into->buckets[i] += from->buckets[i];
}

uint64_t histogram_quantile(const struct histogram *histogram,
			    unsigned int permille)
{
	uint64_t wanted = (histogram->count * permille + 999) / 1000;
	uint64_t below = 0;

	/* The last one has no end. */
	for (size_t i = 0; i < HISTOGRAM_BUCKETS - 1; i++) {
		uint64_t last = histogram_start(i + 1) - 1;

		below += histogram->buckets[i];
		if (!below || below < wanted)
			continue;
		return last < histogram->max ? last : histogram->max;
	}
	return histogram->max;
}

uint64_t histogram_between(const struct histogram *histogram, uint64_t start,
			   uint64_t end)
{
	uint64_t sum = 0;

	for (size_t i = bucket_of(start); i < HISTOGRAM_BUCKETS; i++) {
		if (histogram_start(i) >= end)
			break;
		sum += histogram->buckets[i];
	}
	return sum;
}
