/* SPDX-License-Identifier: MIT */
/*
 * How often times of which length were seen, in a fixed amount of memory:
 * exact below 32, and in steps of 1/32 of the power of two below it beyond.
 */
#ifndef SEALMEM_TOOLS_HISTOGRAM_H
#define SEALMEM_TOOLS_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

/* Up to 2^40; what is larger counts as that. In microseconds, twelve days. */
#define HISTOGRAM_BUCKETS	(32 + 35 * 32)

/** struct histogram - Zero is the empty one */
struct histogram {
	uint64_t count;
	uint64_t min;
	uint64_t max;
	uint64_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *histogram, uint64_t value);
void histogram_merge(struct histogram *into, const struct histogram *from);

/*
 * A value that @permille of all are not above: 500 is the median. Too large by
 * at most 1/32, and never above the maximum. 0 if there are none.
 */
uint64_t histogram_quantile(const struct histogram *histogram,
			    unsigned int permille);

/* How many values are from @start up to, but not including, @end. */
uint64_t histogram_between(const struct histogram *histogram, uint64_t start,
			   uint64_t end);

/* The smallest value that belongs into the bucket. */
uint64_t histogram_start(size_t bucket);

#endif
