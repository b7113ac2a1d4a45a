/* SPDX-License-Identifier: MIT */
/*
 * The writer's side of waiting: whom to wake, and when. Nothing here waits for
 * a reader, and nothing is believed about who sleeps: readers cannot say, and
 * how many were woken means nothing among those who can wake each other.
 */
#include <errno.h>

#include "lib/snapshot.h"
#include "lib/snapshot_wait.h"
#include "sealing/sealing.h"

#define MILLISECOND_NS UINT64_C(1000000)

static void wake_fd(const struct sealmem_snapshot_wakes *wakes, uint32_t id)
{
	int fd = wakes->fds_plus_one[id] - 1;

	if (fd < 0)
		return;
	if (wakes->sockets & 1u << id)
		sealing_wake_socket(fd);
	else
		sealing_wake_eventfd(fd);
}

/*
 * The new generation is there before: who is woken, or about to sleep, sees it.
 * Not all who sleep, because that can be half a million requests in the rings of
 * one hostile reader, and the kernel wakes them in this thread.
 */
static void wake(struct sealmem_snapshot_writer *writer)
{
	struct sealmem_snapshot_wakes *wakes = &writer->wakes;

	wakes->told = writer->summary;
	sealing_futex_wake(
		&snapshot_directory(writer->mapping.addr)->summary.sequence,
		SEALMEM_SNAPSHOT_SLEEPERS_MAX);
	for (uint32_t id = 0; id < SEALMEM_SNAPSHOT_WAKE_FDS_MAX; id++)
		wake_fd(wakes, id);
}

void snapshot_wake_in_turn(struct sealmem_snapshot_writer *writer)
{
	struct sealmem_snapshot_wakes *wakes = &writer->wakes;
	uint64_t now;

	if (wakes->interval_ns != 0) {
		now = sealing_now_ns();
		if (now < wakes->next_ns)
			return;
		wakes->next_ns = now + wakes->interval_ns;
	}
	wake(writer);
}

void snapshot_wake_last(struct sealmem_snapshot_writer *writer)
{
	wake(writer);
	for (uint32_t id = 0; id < SEALMEM_SNAPSHOT_WAKE_FDS_MAX; id++) {
		int fd = writer->wakes.fds_plus_one[id] - 1;

		if (fd >= 0)
			sealing_close(fd);
	}
	writer->wakes = (struct sealmem_snapshot_wakes){ 0 };
}

bool snapshot_is_wake_valid(enum sealmem_snapshot_wake policy,
			    uint32_t interval_us)
{
	switch (policy) {
	case SEALMEM_SNAPSHOT_WAKE_NEVER:
	case SEALMEM_SNAPSHOT_WAKE_ALWAYS:
		return interval_us == 0;
	case SEALMEM_SNAPSHOT_WAKE_AT_MOST_EVERY:
		return interval_us >= 1 &&
		       interval_us <= SEALMEM_SNAPSHOT_WAKE_INTERVAL_MAX_US;
	}
	return false;
}

int sealmem_snapshot_writer_set_wake(struct sealmem_snapshot_writer *writer,
				     enum sealmem_snapshot_wake policy,
				     uint32_t interval_us)
{
	if (writer->mapping.size == 0)
		return -EBADF;
	if (!snapshot_is_wake_valid(policy, interval_us))
		return -EINVAL;
	writer->wakes.policy = (uint32_t)policy;
	writer->wakes.interval_ns = interval_us * UINT64_C(1000);
	writer->wakes.next_ns = 0;
	return 0;
}

void sealmem_snapshot_writer_wake(struct sealmem_snapshot_writer *writer)
{
	struct sealmem_snapshot_wakes *wakes = &writer->wakes;

	if (writer->mapping.size == 0 || wakes->told == writer->summary)
		return;
	if (wakes->interval_ns != 0)
		wakes->next_ns = sealing_now_ns() + wakes->interval_ns;
	wake(writer);
}

int sealmem_snapshot_writer_wake_timeout(
	const struct sealmem_snapshot_writer *writer)
{
	const struct sealmem_snapshot_wakes *wakes = &writer->wakes;
	uint64_t now;

	if (wakes->policy == SEALMEM_SNAPSHOT_WAKE_NEVER ||
	    wakes->told == writer->summary)
		return -1;
	now = sealing_now_ns();
	if (now >= wakes->next_ns)
		return 0;
	return (int)((wakes->next_ns - now + MILLISECOND_NS - 1) /
		     MILLISECOND_NS);
}

static int find_free_id(const struct sealmem_snapshot_wakes *wakes,
			uint32_t *ret_id)
{
	for (uint32_t id = 0; id < SEALMEM_SNAPSHOT_WAKE_FDS_MAX; id++) {
		if (wakes->fds_plus_one[id] == 0) {
			*ret_id = id;
			return 0;
		}
	}
	return -ENOSPC;
}

int sealmem_snapshot_writer_add_wake_fd(struct sealmem_snapshot_writer *writer,
					int fd, uint32_t *ret_id)
{
	struct sealmem_snapshot_wakes *wakes = &writer->wakes;
	int is_socket, copy, ret;
	uint32_t id;

	if (writer->mapping.size == 0)
		return -EBADF;
	is_socket = sealing_is_wake_socket(fd);
	if (is_socket < 0)
		return is_socket;
	ret = find_free_id(wakes, &id);
	if (ret < 0)
		return ret;
	copy = sealing_dup(fd);
	if (copy < 0)
		return copy;
	wakes->fds_plus_one[id] = copy + 1;
	if (is_socket)
		wakes->sockets |= 1u << id;
	*ret_id = id;
	return 0;
}

int sealmem_snapshot_writer_remove_wake_fd(
	struct sealmem_snapshot_writer *writer, uint32_t id)
{
	struct sealmem_snapshot_wakes *wakes = &writer->wakes;

	if (writer->mapping.size == 0)
		return -EBADF;
	if (id >= SEALMEM_SNAPSHOT_WAKE_FDS_MAX || wakes->fds_plus_one[id] == 0)
		return -EINVAL;
	sealing_close(wakes->fds_plus_one[id] - 1);
	wakes->fds_plus_one[id] = 0;
	wakes->sockets &= ~(1u << id);
	return 0;
}
