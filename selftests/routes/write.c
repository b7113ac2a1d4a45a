/* SPDX-License-Identifier: MIT */
/* Routes that write through a descriptor. */
#include <sys/uio.h>

#include "selftests/routes/attacker.h"

#ifndef RWF_DONTCACHE	/* Linux 6.14 */
#define RWF_DONTCACHE	0x80
#endif

static char marker[] = ROUTE_MARKER;

static struct iovec marker_vector(void)
{
	return (struct iovec){ marker, ROUTE_MARKER_SIZE };
}

/* The position belongs to the open file, which may be shared: start at 0. */
static int at_start(struct attacker *attacker)
{
	lseek(attacker->best, 0, SEEK_SET);
	return attacker->best;
}

static int try_write(struct attacker *attacker)
{
	return route_wrote(write(at_start(attacker), marker,
				 ROUTE_MARKER_SIZE));
}

static int try_pwrite(struct attacker *attacker)
{
	return route_wrote(pwrite(attacker->best, marker, ROUTE_MARKER_SIZE,
				  0));
}

static int try_pwrite_at_end(struct attacker *attacker)
{
	return route_wrote(pwrite(attacker->best, marker, ROUTE_MARKER_SIZE,
				  (off_t)attacker->size));
}

static int try_writev(struct attacker *attacker)
{
	struct iovec vector = marker_vector();

	return route_wrote(writev(at_start(attacker), &vector, 1));
}

static int try_pwritev2(struct attacker *attacker)
{
	struct iovec vector = marker_vector();

	return route_wrote(pwritev2(attacker->best, &vector, 1, 0,
				    attacker->argument));
}

static int try_pwrite_into_hole(struct attacker *attacker)
{
	attacker_punch(attacker);
	return try_pwrite(attacker);
}

/* Unsafe memory takes the half in front of the end, on some kernels. */
static int try_pwrite_across_end(struct attacker *attacker)
{
	off_t offset = (off_t)attacker->size - ROUTE_MARKER_SIZE / 2;

	return route_wrote(pwrite(attacker->best, marker, ROUTE_MARKER_SIZE,
				  offset));
}

static int try_pwrite_direct(struct attacker *attacker)
{
	int flags = fcntl(attacker->best, F_GETFL);
	int ret;

	if (fcntl(attacker->best, F_SETFL, flags | O_DIRECT) < 0)
		return -errno;
	ret = route_wrote(pwrite(attacker->best, marker, ROUTE_MARKER_SIZE, 0));
	fcntl(attacker->best, F_SETFL, flags);
	return ret;
}

/* The flag belongs to the open file as well, so it goes again. */
static int try_append(struct attacker *attacker)
{
	int flags = fcntl(attacker->best, F_GETFL);
	int ret;

	if (fcntl(attacker->best, F_SETFL, flags | O_APPEND) < 0)
		return -errno;
	ret = route_wrote(write(attacker->best, marker, ROUTE_MARKER_SIZE));
	fcntl(attacker->best, F_SETFL, flags);
	return ret;
}

static const struct route routes[] = {
	{ .id = "A01", .name = "write", .goal = ROUTE_CONTENT,
	  .what = "write to the start of the file",
	  .attempt = try_write,
	  .writer = SAYS(EPERM), .reader = SAYS(EBADF) },
	{ .id = "A02", .name = "pwrite", .goal = ROUTE_CONTENT,
	  .what = "write at an offset",
	  .attempt = try_pwrite,
	  .writer = SAYS(EPERM), .reader = SAYS(EBADF) },
	{ .id = "A03", .name = "pwrite-into-hole", .goal = ROUTE_CONTENT,
	  .what = "free the first page if allowed, then write there",
	  .attempt = try_pwrite_into_hole,
	  .writer = SAYS(EPERM), .reader = SAYS(EBADF) },
	{ .id = "A04", .name = "pwrite-at-end", .goal = ROUTE_SIZE,
	  .what = "write just past the last byte, which makes the file longer",
	  .attempt = try_pwrite_at_end,
	  .writer = SAYS(EPERM), .reader = SAYS(EBADF) },
	/* EIO: half of it was written, as it may be to unsafe memory. */
	{ .id = "A05", .name = "pwrite-across-end", .goal = ROUTE_SIZE,
	  .what = "write from before the last byte to past it",
	  .attempt = try_pwrite_across_end,
	  .unsafe = SAYS(EPERM) | SAYS(EIO),
	  .writer = SAYS(EPERM), .reader = SAYS(EBADF) },
	{ .id = "A06", .name = "writev", .goal = ROUTE_CONTENT,
	  .what = "write out of a vector",
	  .attempt = try_writev,
	  .writer = SAYS(EPERM), .reader = SAYS(EBADF) },
	{ .id = "A07", .name = "pwritev2", .goal = ROUTE_CONTENT,
	  .what = "write out of a vector, at an offset",
	  .attempt = try_pwritev2,
	  .writer = SAYS(EPERM), .reader = SAYS(EBADF) },
	{ .id = "A08", .name = "pwritev2-dsync", .goal = ROUTE_CONTENT,
	  .what = "write out of a vector, waiting for it to be stored",
	  .attempt = try_pwritev2, .argument = RWF_DSYNC,
	  .writer = SAYS(EPERM), .reader = SAYS(EBADF) },
	{ .id = "A09", .name = "pwritev2-append", .goal = ROUTE_SIZE,
	  .what = "append by a flag of the call",
	  .attempt = try_pwritev2, .argument = RWF_APPEND,
	  .writer = SAYS(EPERM), .reader = SAYS(EBADF) },
	{ .id = "A10", .name = "pwritev2-nowait", .goal = ROUTE_ANSWER,
	  .what = "write without waiting: this memory has no such writes",
	  .attempt = try_pwritev2, .argument = RWF_NOWAIT,
	  .control = SAYS(EOPNOTSUPP),
	  .writer = SAYS(EOPNOTSUPP), .reader = SAYS(EBADF) },
	{ .id = "A11", .name = "pwritev2-dontcache", .goal = ROUTE_ANSWER,
	  .what = "write past the page cache: this memory has no such writes",
	  .attempt = try_pwritev2, .argument = RWF_DONTCACHE,
	  .control = SAYS(EOPNOTSUPP),
	  .writer = SAYS(EOPNOTSUPP), .reader = SAYS(EBADF) },
	{ .id = "A12", .name = "append", .goal = ROUTE_SIZE,
	  .what = "set O_APPEND on the open file, then write",
	  .attempt = try_append,
	  .writer = SAYS(EPERM), .reader = SAYS(EBADF) },
	/* EINVAL: no O_DIRECT before 6.6, nor for what was never opened. */
	{ .id = "A13", .name = "direct", .goal = ROUTE_CONTENT,
	  .what = "set O_DIRECT on the open file, then write",
	  .attempt = try_pwrite_direct,
	  .unsafe = SAYS(OK) | SAYS(EINVAL),
	  .writer = SAYS(EPERM), .reader = SAYS(EBADF) | SAYS(EINVAL),
	  .missing = SAYS(EINVAL), .needs = "O_DIRECT set on a memfd" },
};

const struct route_group write_routes =
	ROUTE_GROUP("writing through a descriptor", routes);
