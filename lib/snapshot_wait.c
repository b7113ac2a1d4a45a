/* SPDX-License-Identifier: MIT */
/*
 * The reader's side of waiting. That a wake came means nothing, and that none
 * came neither: everybody who can map the word can make and take them. So each
 * sleep is short, and after it the 64 bits of the generation decide.
 */
#include <errno.h>

#include "lib/snapshot.h"
#include "lib/snapshot_wait.h"
#include "sealing/sealing.h"

#define MILLISECOND_NS UINT64_C(1000000)

static const uint32_t *waited_word(const struct sealmem_snapshot_reader *reader)
{
	return &snapshot_directory(reader->mapping.addr)->summary.sequence;
}

/* 1 or 0, or a negative errno. */
static int is_writer_gone(const struct sealmem_snapshot_reader *reader)
{
	const struct directory *directory =
		snapshot_directory(reader->mapping.addr);

	if (atomic_load_acquire(&directory->is_closed))
		return 1;
	if (reader->watched_plus_one == 0)
		return 0;
	return sealing_is_gone(reader->watched_plus_one - 1);
}

static int look(struct sealmem_snapshot_reader *reader)
{
	int gone;

	if (sealmem_snapshot_has_changed(reader))
		return SEALMEM_SNAPSHOT_FRESH;
	gone = is_writer_gone(reader);
	if (gone <= 0)
		return gone < 0 ? gone : SEALMEM_SNAPSHOT_UNCHANGED;
	/* Again: it may have published between the two questions. */
	return sealmem_snapshot_has_changed(reader) ?
		       SEALMEM_SNAPSHOT_FRESH :
		       SEALMEM_SNAPSHOT_WRITER_GONE;
}

/* 0, woken or not, or what makes sleeping again pointless. */
static int sleep_until(const struct sealmem_snapshot_reader *reader,
		       uint64_t time_ns)
{
	int ret = sealing_futex_wait(waited_word(reader),
				     (uint32_t)reader->summary, time_ns);

	return ret == -EAGAIN || ret == -ETIMEDOUT ? 0 : ret;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static int wait_until(struct sealmem_snapshot_reader *reader,
		      uint64_t deadline_ns)
{
	const uint64_t look_ns = SEALMEM_SNAPSHOT_LOOK_MS * MILLISECOND_NS;
	uint64_t now;
	int ret;

	while ((now = sealing_now_ns()) < deadline_ns) {
		ret = sleep_until(reader, earlier(deadline_ns, now + look_ns));
		if (ret < 0)
			return ret;
		ret = look(reader);
		if (ret != SEALMEM_SNAPSHOT_UNCHANGED)
			return ret;
	}
	return SEALMEM_SNAPSHOT_UNCHANGED;
}

int sealmem_snapshot_wait(struct sealmem_snapshot_reader *reader,
			  int timeout_ms)
{
	uint64_t deadline_ns = UINT64_MAX;
	int ret;

	if (reader->mapping.size == 0)
		return -EBADF;
	ret = look(reader);
	if (ret != SEALMEM_SNAPSHOT_UNCHANGED || timeout_ms == 0)
		return ret;
	if (timeout_ms > 0)
		deadline_ns = sealing_now_ns() +
			      (uint64_t)timeout_ms * MILLISECOND_NS;
	return wait_until(reader, deadline_ns);
}

int sealmem_snapshot_reader_watch(struct sealmem_snapshot_reader *reader,
				  int fd)
{
	if (reader->mapping.size == 0)
		return -EBADF;
	if (fd < 0)
		fd = -1;
	else if (sealing_is_gone(fd) == -EBADF)
		return -EBADF;
	reader->watched_plus_one = fd + 1;
	return 0;
}

int sealmem_snapshot_prepare_wait(const struct sealmem_snapshot_reader *reader,
				  void *ret_sqe)
{
	if (reader->mapping.size == 0)
		return -EBADF;
	sealing_futex_prepare(waited_word(reader), (uint32_t)reader->summary,
			      ret_sqe);
	return 0;
}
