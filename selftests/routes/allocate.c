/* SPDX-License-Identifier: MIT */
/* Routes through fallocate, which frees memory, or takes it. */
#include "selftests/routes/attacker.h"

#ifndef FALLOC_FL_WRITE_ZEROES	/* Linux 6.17 */
#define FALLOC_FL_WRITE_ZEROES	0x80
#endif

static int allocate(struct attacker *attacker, int how, size_t from,
		    size_t count)
{
	return route_said(fallocate(attacker->best, how, (off_t)from,
				    (off_t)count));
}

/* The argument: how. */
static int try_first_page(struct attacker *attacker)
{
	return allocate(attacker, attacker->argument, 0, attacker->page);
}

static int try_punch_part(struct attacker *attacker)
{
	return allocate(attacker, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
			ROUTE_HEADER_SIZE);
}

static int try_past_end(struct attacker *attacker)
{
	return allocate(attacker, attacker->argument, attacker->size,
			attacker->page);
}

static int try_hole(struct attacker *attacker)
{
	attacker_punch(attacker);
	return allocate(attacker, 0, 0, attacker->page);
}

#define UNSUPPORTED							\
	.control = SAYS(EOPNOTSUPP), .writer = SAYS(EOPNOTSUPP),	\
	.reader = SAYS(EBADF) | SAYS(EOPNOTSUPP)

static const struct route routes[] = {
	{ .id = "B01", .name = "punch-hole", .goal = ROUTE_CONTENT,
	  .what = "free the first page: it then reads as zero",
	  .attempt = try_first_page,
	  .argument = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
	  .writer = SAYS(EPERM), .reader = SAYS(EBADF) },
	{ .id = "B02", .name = "punch-part", .goal = ROUTE_CONTENT,
	  .what = "punch a hole smaller than a page: the kernel writes zeroes",
	  .attempt = try_punch_part,
	  .writer = SAYS(EPERM), .reader = SAYS(EBADF) },
	{ .id = "B03", .name = "zero-range", .goal = ROUTE_ANSWER,
	  .what = "zero the first page: not for memory",
	  .attempt = try_first_page, .argument = FALLOC_FL_ZERO_RANGE,
	  UNSUPPORTED },
	{ .id = "B04", .name = "zero-range-keep", .goal = ROUTE_ANSWER,
	  .what = "zero the first page, keep the size: not for memory",
	  .attempt = try_first_page,
	  .argument = FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE,
	  UNSUPPORTED },
	{ .id = "B05", .name = "collapse-range", .goal = ROUTE_ANSWER,
	  .what = "cut the first page out: not for memory",
	  .attempt = try_first_page, .argument = FALLOC_FL_COLLAPSE_RANGE,
	  UNSUPPORTED },
	{ .id = "B06", .name = "insert-range", .goal = ROUTE_ANSWER,
	  .what = "insert a page in front: not for memory",
	  .attempt = try_first_page, .argument = FALLOC_FL_INSERT_RANGE,
	  UNSUPPORTED },
	{ .id = "B07", .name = "unshare-range", .goal = ROUTE_ANSWER,
	  .what = "unshare the first page: not for memory",
	  .attempt = try_first_page, .argument = FALLOC_FL_UNSHARE_RANGE,
	  UNSUPPORTED },
	{ .id = "B08", .name = "write-zeroes", .goal = ROUTE_ANSWER,
	  .what = "write zeroes over the first page: not for memory",
	  .attempt = try_first_page, .argument = FALLOC_FL_WRITE_ZEROES,
	  UNSUPPORTED },
	{ .id = "B09", .name = "allocate-data", .goal = ROUTE_ANSWER,
	  .what = "allocate a page that is there",
	  .attempt = try_first_page,
	  .writer = SAYS(OK), .reader = SAYS(EBADF) },
	/* Sealed memory has no hole then, and allocates what is there. */
	{ .id = "B10", .name = "allocate-hole", .goal = ROUTE_CONTENT,
	  .what = "free the first page if allowed, then allocate it",
	  .attempt = try_hole,
	  .writer = SAYS(OK), .reader = SAYS(EBADF) },
	{ .id = "B11", .name = "fallocate-past-end", .goal = ROUTE_SIZE,
	  .what = "allocate the page after the last",
	  .attempt = try_past_end,
	  .writer = SAYS(EPERM), .reader = SAYS(EBADF) },
	{ .id = "B12", .name = "allocate-keep-size", .goal = ROUTE_ANSWER,
	  .what = "allocate the page after the last, keep the size",
	  .attempt = try_past_end, .argument = FALLOC_FL_KEEP_SIZE,
	  .lasting = true,
	  .writer = SAYS(EPERM), .reader = SAYS(EBADF) },
};

const struct route_group allocate_routes =
	ROUTE_GROUP("freeing and taking memory", routes);
