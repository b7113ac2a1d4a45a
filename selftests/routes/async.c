/* SPDX-License-Identifier: MIT */
/*
 * Routes that hand the write to a queue: Linux AIO and io_uring, both without
 * their libraries, which the suite must not need.
 */
#include <linux/aio_abi.h>
#include <linux/io_uring.h>
#include <sys/syscall.h>

#include "selftests/routes/attacker.h"

static char marker[] = ROUTE_MARKER;

static int wait_for_aio(aio_context_t context)
{
	struct io_event event = { 0 };

	if (syscall(SYS_io_getevents, context, 1, 1, &event, NULL) < 0)
		return -errno;
	return event.res == ROUTE_MARKER_SIZE ? 0 : (int)event.res;
}

static int try_aio(struct attacker *attacker)
{
	struct iocb request = {
		.aio_lio_opcode = IOCB_CMD_PWRITE,
		.aio_fildes = (uint32_t)attacker->best,
		.aio_buf = (uintptr_t)marker,
		.aio_nbytes = ROUTE_MARKER_SIZE,
	};
	struct iocb *requests[] = { &request };
	aio_context_t context = 0;

	if (syscall(SYS_io_setup, 1, &context) < 0)
		return route_absent(attacker, "io_setup");
	if (syscall(SYS_io_submit, context, 1, requests) < 0)
		return -errno;
	return wait_for_aio(context);
}

/* The rings of io_uring, as far as one request needs them. */
struct ring {
	int fd;
	struct io_uring_params params;
	unsigned char *submissions;
	unsigned char *completions;
	struct io_uring_sqe *entries;
};

static void *map_ring(const struct ring *ring, size_t size, off_t what)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_POPULATE, ring->fd, what);
}

static bool map_rings(struct ring *ring)
{
	const struct io_uring_params *p = &ring->params;
	size_t numbers = p->sq_entries * sizeof(uint32_t);
	size_t answers = p->cq_entries * sizeof(struct io_uring_cqe);
	size_t entries = p->sq_entries * sizeof(struct io_uring_sqe);

	ring->submissions = map_ring(ring, p->sq_off.array + numbers,
				     IORING_OFF_SQ_RING);
	ring->completions = map_ring(ring, p->cq_off.cqes + answers,
				     IORING_OFF_CQ_RING);
	ring->entries = map_ring(ring, entries, IORING_OFF_SQES);
	return ring->submissions != MAP_FAILED &&
	       ring->completions != MAP_FAILED && ring->entries != MAP_FAILED;
}

static uint32_t *at(unsigned char *ring, uint32_t offset)
{
	return (uint32_t *)(void *)(ring + offset);
}

static void submit_first(struct ring *ring)
{
	*at(ring->submissions, ring->params.sq_off.array) = 0;
	/* Pairs with the kernel's acquire of the tail. */
	__atomic_store_n(at(ring->submissions, ring->params.sq_off.tail), 1,
			 __ATOMIC_RELEASE);
}

/* Submits the first entry and waits: the kernel's answer to it. */
static int run_first(struct ring *ring)
{
	const struct io_uring_cqe *done =
		(void *)(ring->completions + ring->params.cq_off.cqes);

	submit_first(ring);
	if (syscall(SYS_io_uring_enter, ring->fd, 1, 1, IORING_ENTER_GETEVENTS,
		    NULL, 0) < 0)
		return -errno;
	/* Pairs with the kernel's release of the tail. */
	if (!__atomic_load_n(at(ring->completions, ring->params.cq_off.tail),
			     __ATOMIC_ACQUIRE))
		return -EIO;
	return done->res;
}

static int try_io_uring(struct attacker *attacker)
{
	struct ring ring = { 0 };
	int ret;

	ring.fd = (int)syscall(SYS_io_uring_setup, 1, &ring.params);
	if (ring.fd < 0)
		return route_absent(attacker, "io_uring_setup");
	if (!map_rings(&ring))
		return route_absent(attacker, "mapping the rings");
	ring.entries[0] = (struct io_uring_sqe){
		.opcode = IORING_OP_WRITE,
		.fd = attacker->best,
		.addr = (uintptr_t)marker,
		.len = ROUTE_MARKER_SIZE,
	};
	ret = run_first(&ring);
	return ret == ROUTE_MARKER_SIZE ? 0 : ret;
}

static const struct route routes[] = {
	{ .id = "A23", .name = "aio-pwrite", .goal = ROUTE_CONTENT,
	  .what = "write through Linux AIO",
	  .attempt = try_aio,
	  .writer = SAYS(EPERM), .reader = SAYS(EBADF) },
	{ .id = "A25", .name = "io_uring-write", .goal = ROUTE_CONTENT,
	  .what = "write through io_uring",
	  .attempt = try_io_uring,
	  .writer = SAYS(EPERM), .reader = SAYS(EBADF) },
};

const struct route_group async_routes =
	ROUTE_GROUP("writing through a queue", routes);
