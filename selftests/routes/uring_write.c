/* SPDX-License-Identifier: MIT */
/* Routes that hand a write to io_uring. */
#include <sys/syscall.h>
#include <sys/uio.h>

#include "selftests/routes/ring.h"

/* Not yet in every kernel's headers. */
#define OP_FTRUNCATE	55	/* IORING_OP_FTRUNCATE, Linux 6.9 */

static char marker[] = ROUTE_MARKER;

static int run_one(struct attacker *attacker,
		   const struct io_uring_sqe *request)
{
	struct ring ring;
	int ret = ring_open(attacker, &ring);

	return ret ? ret : ring_run(&ring, request);
}

static struct io_uring_sqe write_request(struct attacker *attacker)
{
	return (struct io_uring_sqe){
		.opcode = IORING_OP_WRITE,
		.fd = attacker->best,
		.addr = (uintptr_t)marker,
		.len = ROUTE_MARKER_SIZE,
	};
}

static int try_write(struct attacker *attacker)
{
	const struct io_uring_sqe request = write_request(attacker);
	struct ring ring;
	int ret = ring_open(attacker, &ring);

	return ret ? ret : ring_move_marker(&ring, &request);
}

static int try_writev(struct attacker *attacker)
{
	struct iovec vector = { marker, ROUTE_MARKER_SIZE };
	struct io_uring_sqe request = write_request(attacker);
	struct ring ring;
	int ret = ring_open(attacker, &ring);

	request.opcode = IORING_OP_WRITEV;
	request.addr = (uintptr_t)&vector;
	request.len = 1;
	return ret ? ret : ring_move_marker(&ring, &request);
}

static int try_write_fixed(struct attacker *attacker)
{
	struct iovec vector = { marker, ROUTE_MARKER_SIZE };
	struct io_uring_sqe request = write_request(attacker);
	struct ring ring;
	int ret = ring_open(attacker, &ring);

	if (ret)
		return ret;
	if (ring_register(&ring, IORING_REGISTER_BUFFERS, &vector, 1) < 0)
		return route_absent(attacker, "registering a buffer");
	request.opcode = IORING_OP_WRITE_FIXED;
	return ring_move_marker(&ring, &request);
}

static int try_write_registered(struct attacker *attacker)
{
	struct io_uring_sqe request = write_request(attacker);
	struct ring ring;
	int ret = ring_open(attacker, &ring);

	if (ret)
		return ret;
	if (ring_register(&ring, IORING_REGISTER_FILES, &attacker->best, 1) < 0)
		return route_absent(attacker, "registering a file");
	request.flags = IOSQE_FIXED_FILE;
	request.fd = 0;
	return ring_move_marker(&ring, &request);
}

static int try_punch(struct attacker *attacker)
{
	const struct io_uring_sqe request = {
		.opcode = IORING_OP_FALLOCATE,
		.fd = attacker->best,
		.addr = attacker->page,
		.len = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
	};

	return run_one(attacker, &request);
}

/* The argument: how many pages the file is to have. */
static int try_ftruncate(struct attacker *attacker)
{
	const struct io_uring_sqe request = {
		.opcode = OP_FTRUNCATE,
		.fd = attacker->best,
		.off = (uint64_t)attacker->argument * attacker->page,
	};

	return run_one(attacker, &request);
}

static int try_splice(struct attacker *attacker)
{
	struct io_uring_sqe request = {
		.opcode = IORING_OP_SPLICE,
		.fd = attacker->best,
		.splice_fd_in = route_marker_pipe(),
		.splice_off_in = UINT64_MAX,
		.len = ROUTE_MARKER_SIZE,
	};
	struct ring ring;
	int ret = ring_open(attacker, &ring);

	return ret ? ret : ring_move_marker(&ring, &request);
}

static int try_madvise(struct attacker *attacker)
{
	const struct io_uring_sqe request = {
		.opcode = IORING_OP_MADVISE,
		.fd = -1,
		.addr = (uintptr_t)attacker->map,
		.len = (uint32_t)attacker->page,
		.fadvise_advice = MADV_REMOVE,
	};

	return run_one(attacker, &request);
}

static const struct route routes[] = {
	{ .id = "A25", .name = "io_uring-write", .goal = ROUTE_CONTENT,
	  .what = "write through io_uring",
	  .attempt = try_write,
	  .writer = SAYS(EPERM), .reader = SAYS(EBADF) },
	{ .id = "A26", .name = "io_uring-writev", .goal = ROUTE_CONTENT,
	  .what = "write out of a vector through io_uring",
	  .attempt = try_writev,
	  .writer = SAYS(EPERM), .reader = SAYS(EBADF) },
	{ .id = "A27", .name = "io_uring-fixed", .goal = ROUTE_CONTENT,
	  .what = "write out of a registered buffer through io_uring",
	  .attempt = try_write_fixed,
	  .writer = SAYS(EPERM), .reader = SAYS(EBADF) },
	{ .id = "A28", .name = "io_uring-file", .goal = ROUTE_CONTENT,
	  .what = "register the file with io_uring, then write to it",
	  .attempt = try_write_registered,
	  .writer = SAYS(EPERM), .reader = SAYS(EBADF) },
	{ .id = "A29", .name = "io_uring-punch", .goal = ROUTE_CONTENT,
	  .what = "free the first page through io_uring",
	  .attempt = try_punch,
	  .writer = SAYS(EPERM), .reader = SAYS(EBADF) },
	{ .id = "A30", .name = "io_uring-cut", .goal = ROUTE_SIZE,
	  .what = "cut all of the file off through io_uring",
	  .attempt = try_ftruncate, .argument = 0,
	  .writer = SAYS(EPERM), .reader = SAYS(EINVAL),
	  .missing = SAYS(EINVAL), .needs = "Linux 6.9" },
	{ .id = "A31", .name = "io_uring-grow", .goal = ROUTE_SIZE,
	  .what = "make the file longer through io_uring",
	  .attempt = try_ftruncate, .argument = 1024,
	  .writer = SAYS(EPERM), .reader = SAYS(EINVAL),
	  .missing = SAYS(EINVAL), .needs = "Linux 6.9" },
	{ .id = "A32", .name = "io_uring-splice", .goal = ROUTE_CONTENT,
	  .what = "splice out of a pipe through io_uring",
	  .attempt = try_splice,
	  .writer = SAYS(EPERM), .reader = SAYS(EBADF) },
	{ .id = "A34", .name = "io_uring-madvise", .goal = ROUTE_CONTENT,
	  .what = "free the first page of the mapping through io_uring",
	  .attempt = try_madvise,
	  .writer = SAYS(EACCES), .reader = SAYS(EACCES) },
};

const struct route_group uring_routes =
	ROUTE_GROUP("writing through io_uring", routes);
