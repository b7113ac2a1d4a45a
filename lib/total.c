/* SPDX-License-Identifier: MIT */
/* Sums over the tracker's table, on a copy of it. */
#include <stdlib.h>

#include "lib/tracker.h"

/* Which mappings are summed: all, those of a token, or those of a file. */
struct filter {
	const struct sealmem_token *token;
	const uint64_t *device;
	const uint64_t *inode;
};

static bool passes(const struct filter *filter,
		   const struct sealmem_tracked *tracked)
{
	if (filter->token)
		return sealmem_token_equal(*filter->token, tracked->token);
	return !filter->inode || (*filter->device == tracked->device &&
				  *filter->inode == tracked->inode);
}

/* Moves those that pass to the front. */
static size_t select_those(const struct filter *filter,
			   struct sealmem_tracked *tracked, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		if (passes(filter, &tracked[i]))
			tracked[kept++] = tracked[i];
	return kept;
}

/* --- different tokens ----------------------------------------------------- */

static int compare(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int by_token(const void *a, const void *b)
{
	const struct sealmem_tracked *x = a, *y = b;
	int order = compare(x->token.high, y->token.high);

	return order ? order : compare(x->token.low, y->token.low);
}

static void sum_tokens(struct sealmem_tracked *tracked, size_t count,
		       struct sealmem_tracker_total *total)
{
	qsort(tracked, count, sizeof(*tracked), by_token);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || by_token(&tracked[i - 1], &tracked[i]) != 0)
			total->token_count++;
}

/* --- different memory ----------------------------------------------------- */

static uint64_t first_page(const struct sealmem_tracked *tracked)
{
	return tracked->offset - tracker_skip(tracked);
}

static int by_file(const struct sealmem_tracked *x,
		   const struct sealmem_tracked *y)
{
	int order = compare(x->device, y->device);

	return order ? order : compare(x->inode, y->inode);
}

static int by_page(const void *a, const void *b)
{
	const struct sealmem_tracked *x = a, *y = b;
	int order = by_file(x, y);

	return order ? order : compare(x->offset, y->offset);
}

/* From page to page of each file, past what was counted already. */
static void sum_memory(struct sealmem_tracked *tracked, size_t count,
		       struct sealmem_tracker_total *total)
{
	uint64_t counted = 0;

	qsort(tracked, count, sizeof(*tracked), by_page);
	for (size_t i = 0; i < count; i++) {
		uint64_t start = first_page(&tracked[i]);
		uint64_t end = start + tracked[i].mapped_size;

		if (i == 0 || by_file(&tracked[i - 1], &tracked[i]) != 0) {
			total->region_count++;
			counted = 0;
		}
		if (start < counted)
			start = counted;
		if (end > start) {
			total->unique_size += end - start;
			counted = end;
		}
		total->mapped_size += tracked[i].mapped_size;
	}
}

static int sum(const struct filter *filter,
	       struct sealmem_tracker_total *ret_total)
{
	struct sealmem_tracked *tracked;
	size_t count;
	int ret = tracker_copy(&tracked, &count);

	if (ret < 0)
		return ret;
	count = select_those(filter, tracked, count);
	*ret_total = (struct sealmem_tracker_total){ .mapping_count = count };
	sum_tokens(tracked, count, ret_total);
	sum_memory(tracked, count, ret_total);
	free(tracked);
	return 0;
}

int sealmem_tracker_total(struct sealmem_tracker_total *ret_total)
{
	return sum(&(struct filter){ 0 }, ret_total);
}

int sealmem_tracker_total_of_token(struct sealmem_token token,
				   struct sealmem_tracker_total *ret_total)
{
	return sum(&(struct filter){ .token = &token }, ret_total);
}

int sealmem_tracker_total_of_file(uint64_t device, uint64_t inode,
				  struct sealmem_tracker_total *ret_total)
{
	return sum(&(struct filter){ .device = &device, .inode = &inode },
		   ret_total);
}
