/* SPDX-License-Identifier: MIT */
#include <sys/syscall.h>

#include "selftests/routes/ring.h"

#define ENTRIES	4

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

int ring_open(struct attacker *attacker, struct ring *ret)
{
	*ret = (struct ring){ 0 };
	ret->fd = (int)syscall(SYS_io_uring_setup, ENTRIES, &ret->params);
	if (ret->fd < 0)
		return route_absent(attacker, "io_uring_setup");
	if (!map_rings(ret))
		return route_absent(attacker, "mapping the rings");
	return 0;
}

static uint32_t *at(unsigned char *ring, uint32_t offset)
{
	return (uint32_t *)(void *)(ring + offset);
}

static void submit(struct ring *ring, const struct io_uring_sqe *request)
{
	uint32_t slot = ring->count % ENTRIES;

	ring->entries[slot] = *request;
	at(ring->submissions, ring->params.sq_off.array)[slot] = slot;
	ring->count++;
	/* Pairs with the kernel's acquire of the tail. */
	__atomic_store_n(at(ring->submissions, ring->params.sq_off.tail),
			 ring->count, __ATOMIC_RELEASE);
}

static int take_answer(struct ring *ring)
{
	const struct io_uring_cqe *answers =
		(void *)(ring->completions + ring->params.cq_off.cqes);
	uint32_t slot = (ring->count - 1) % ring->params.cq_entries;

	/* Pairs with the kernel's release of the tail. */
	if (__atomic_load_n(at(ring->completions, ring->params.cq_off.tail),
			    __ATOMIC_ACQUIRE) != ring->count)
		return -EIO;
	__atomic_store_n(at(ring->completions, ring->params.cq_off.head),
			 ring->count, __ATOMIC_RELEASE);
	return answers[slot].res;
}

int ring_run(struct ring *ring, const struct io_uring_sqe *request)
{
	submit(ring, request);
	if (syscall(SYS_io_uring_enter, ring->fd, 1, 1, IORING_ENTER_GETEVENTS,
		    NULL, 0) < 0)
		return -errno;
	return take_answer(ring);
}

int ring_move_marker(struct ring *ring, const struct io_uring_sqe *request)
{
	int ret = ring_run(ring, request);

	if (ret < 0)
		return ret;
	return ret == ROUTE_MARKER_SIZE ? 0 : -EIO;
}

int ring_register(struct ring *ring, unsigned int what, void *argument,
		  unsigned int count)
{
	return route_said(syscall(SYS_io_uring_register, ring->fd, what,
				  argument, count));
}
