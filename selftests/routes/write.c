/* SPDX-License-Identifier: MIT */
/* Routes that write through a descriptor. */
#include <sys/sendfile.h>
#include <sys/uio.h>

#include "selftests/routes/attacker.h"

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

static int splice_in(struct attacker *attacker, int pipe_end, unsigned int how)
{
	loff_t offset = 0;

	return route_wrote(splice(pipe_end, NULL, attacker->best, &offset,
				  ROUTE_MARKER_SIZE, how));
}

static int try_splice(struct attacker *attacker)
{
	int from = route_marker_pipe();

	if (from < 0)
		return route_absent(attacker, "pipe");
	return splice_in(attacker, from, 0);
}

/* Gives a whole page away, to be moved into the file instead of copied. */
static int try_vmsplice(struct attacker *attacker)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
	void *gift = mmap(NULL, attacker->page, PROT_READ | PROT_WRITE, flags,
			  -1, 0);
	struct iovec vector = { gift, ROUTE_MARKER_SIZE };
	int ends[2];

	if (gift == MAP_FAILED || pipe2(ends, O_CLOEXEC) < 0)
		return route_absent(attacker, "pipe");
	route_store(gift);
	if (vmsplice(ends[1], &vector, 1, SPLICE_F_GIFT) < 0)
		return route_absent(attacker, "vmsplice");
	return splice_in(attacker, ends[0], SPLICE_F_MOVE);
}

static int try_sendfile(struct attacker *attacker)
{
	int from = route_marker_file();
	off_t offset = 0;

	if (from < 0)
		return route_absent(attacker, "memfd_create");
	return route_wrote(sendfile(at_start(attacker), from, &offset,
				    ROUTE_MARKER_SIZE));
}

static int try_copy_file_range(struct attacker *attacker)
{
	int from = route_marker_file();
	loff_t read_at = 0, write_at = 0;

	if (from < 0)
		return route_absent(attacker, "memfd_create");
	return route_wrote(copy_file_range(from, &read_at, attacker->best,
					   &write_at, ROUTE_MARKER_SIZE, 0));
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
	{ .id = "A04", .name = "pwrite-at-end", .goal = ROUTE_SIZE,
	  .what = "write just past the last byte, which makes the file longer",
	  .attempt = try_pwrite_at_end,
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
	{ .id = "A12", .name = "append", .goal = ROUTE_SIZE,
	  .what = "set O_APPEND on the open file, then write",
	  .attempt = try_append,
	  .writer = SAYS(EPERM), .reader = SAYS(EBADF) },
	{ .id = "A14", .name = "splice", .goal = ROUTE_CONTENT,
	  .what = "splice out of a pipe",
	  .attempt = try_splice,
	  .writer = SAYS(EPERM), .reader = SAYS(EBADF) },
	{ .id = "A15", .name = "vmsplice-gift", .goal = ROUTE_CONTENT,
	  .what = "give a page to a pipe, then splice it into the file",
	  .attempt = try_vmsplice,
	  .writer = SAYS(EPERM), .reader = SAYS(EBADF) },
	{ .id = "A18", .name = "sendfile", .goal = ROUTE_CONTENT,
	  .what = "sendfile out of another file",
	  .attempt = try_sendfile,
	  .writer = SAYS(EPERM), .reader = SAYS(EBADF) },
	{ .id = "A19", .name = "copy_file_range", .goal = ROUTE_CONTENT,
	  .what = "copy a range out of another file",
	  .attempt = try_copy_file_range,
	  .writer = SAYS(EPERM), .reader = SAYS(EBADF) },
};

const struct route_group write_routes =
	ROUTE_GROUP("writing through a descriptor", routes);
