/* SPDX-License-Identifier: MIT */
/* Routes that move data from one file to another. */
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

#include "selftests/routes/attacker.h"

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
	lseek(attacker->best, 0, SEEK_SET);
	return route_wrote(sendfile(attacker->best, from, &offset,
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

static int try_copy_within(struct attacker *attacker)
{
	loff_t read_at = ROUTE_MARKER_SIZE + 1, write_at = 0;

	return route_wrote(copy_file_range(attacker->best, &read_at,
					   attacker->best, &write_at,
					   ROUTE_MARKER_SIZE, 0));
}

static int try_tee(struct attacker *attacker)
{
	int from = route_marker_pipe();

	if (from < 0)
		return route_absent(attacker, "pipe");
	return route_wrote(tee(from, attacker->best, ROUTE_MARKER_SIZE, 0));
}

static int try_vmsplice_file(struct attacker *attacker)
{
	char marker[] = ROUTE_MARKER;
	struct iovec vector = { marker, ROUTE_MARKER_SIZE };

	return route_wrote(vmsplice(attacker->best, &vector, 1, 0));
}

static int try_clone(struct attacker *attacker)
{
	int from = route_marker_file();

	if (from < 0)
		return route_absent(attacker, "memfd_create");
	return route_said(ioctl(attacker->best, FICLONE, from));
}

static int try_dedupe(struct attacker *attacker)
{
	union {
		struct file_dedupe_range range;
		char bytes[sizeof(struct file_dedupe_range) +
			   sizeof(struct file_dedupe_range_info)];
	} request = { .range = { .src_length = attacker->page,
				 .dest_count = 1 } };
	int from = route_marker_file();

	if (from < 0 || ftruncate(from, (off_t)attacker->page) < 0)
		return route_absent(attacker, "memfd_create");
	request.range.info[0].dest_fd = attacker->best;
	if (ioctl(from, FIDEDUPERANGE, &request.range) < 0)
		return -errno;
	return request.range.info[0].status;
}

/* A page of the file in a pipe: what is written next must not go into it. */
static int try_pipe_of_pages(struct attacker *attacker)
{
	loff_t offset = 0;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return route_absent(attacker, "pipe");
	if (splice(attacker->best, &offset, ends[1], NULL, 1, 0) < 0)
		return -errno;
	return route_wrote(write(ends[1], ROUTE_MARKER, ROUTE_MARKER_SIZE));
}

static const struct route routes[] = {
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
	{ .id = "A16", .name = "tee", .goal = ROUTE_ANSWER,
	  .what = "tee out of a pipe: only for pipes",
	  .attempt = try_tee,
	  .control = SAYS(EINVAL),
	  .writer = SAYS(EINVAL), .reader = SAYS(EINVAL) | SAYS(EBADF) },
	{ .id = "A17", .name = "vmsplice", .goal = ROUTE_ANSWER,
	  .what = "vmsplice into the file: only for pipes",
	  .attempt = try_vmsplice_file,
	  .harmless = true, SAYS_ALWAYS(SAYS(EBADF)) },
	{ .id = "A20", .name = "copy-within", .goal = ROUTE_CONTENT,
	  .what = "copy a range of the file over another one",
	  .attempt = try_copy_within,
	  .writer = SAYS(EPERM), .reader = SAYS(EBADF) },
	{ .id = "A21", .name = "clone", .goal = ROUTE_ANSWER,
	  .what = "share the blocks of another file: memory has none",
	  .attempt = try_clone,
	  .control = SAYS(EOPNOTSUPP),
	  .writer = SAYS(EOPNOTSUPP), .reader = SAYS(EBADF) },
	{ .id = "A22", .name = "dedupe", .goal = ROUTE_ANSWER,
	  .what = "merge equal blocks with another file: memory has none",
	  .attempt = try_dedupe, SAYS_ALWAYS(SAYS(EOPNOTSUPP)) },
	{ .id = "A33", .name = "pipe-of-pages", .goal = ROUTE_ANSWER,
	  .what = "splice a page into a pipe, then write to the pipe",
	  .attempt = try_pipe_of_pages, SAYS_ALWAYS(SAYS(OK)) },
};

const struct route_group transfer_routes =
	ROUTE_GROUP("moving data into the file", routes);
