/* SPDX-License-Identifier: MIT */
/* A loop of each kind, and a watch that remembers what it was told. */
#ifndef SELFTESTS_EVDEV_LOOP_H
#define SELFTESTS_EVDEV_LOOP_H

#include <sys/eventfd.h>
#include <time.h>

#include "filter.h"
#include "tools/gamepad/loop.h"

#define FOR_EVER UINT64_MAX

/* Since Linux 5.11; the same number everywhere. */
#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif

FIXTURE(loop)
{
	struct loop *loop;
};

FIXTURE_VARIANT(loop)
{
	enum loop_kind kind;
	bool old;
};

FIXTURE_VARIANT_ADD(loop, epoll) { LOOP_EPOLL, .old = false };
FIXTURE_VARIANT_ADD(loop, old_epoll) { LOOP_EPOLL, .old = true };
FIXTURE_VARIANT_ADD(loop, ring) { LOOP_URING, .old = false };

FIXTURE_SETUP(loop)
{
	int ret;

	if (variant->old)
		refuse_call(SYS_epoll_pwait2, ENOSYS);
	ret = loop_open(variant->kind, &self->loop);
	if (ret == -EOPNOTSUPP)
		SKIP("no io_uring here, or built without liburing");
	ASSERT_OK(ret);
}

FIXTURE_TEARDOWN(loop)
{
	loop_close(self->loop);
}

/**
 * struct told - A watch that remembers
 * @watch: Comes first
 * @loop: Where it is
 * @calls: How often it was called
 * @revents: With what the last time
 * @other: What it removes when it is called, if anything
 * @turns: How often it wants to be called again
 */
struct told {
	struct loop_watch watch;
	struct loop *loop;
	unsigned int calls;
	uint32_t revents;
	struct told *other;
	unsigned int turns;
};

static inline void note(struct loop_watch *watch, uint32_t revents)
{
	struct told *told = (struct told *)watch;

	told->calls++;
	told->revents = revents;
}

static inline void watch_it(struct th_self_loop *self, int fd, bool edge,
		     struct told *ret_told)
{
	*ret_told = (struct told){
		.watch = { .fd = fd, .events = POLLIN, .edge = edge,
			   .ready = note },
		.loop = self->loop,
	};
	ASSERT_OK(loop_add(self->loop, &ret_told->watch));
}

static inline uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static inline int counter(unsigned int value)
{
	int fd = eventfd(value, EFD_CLOEXEC | EFD_NONBLOCK);

	ASSERT_SYS(fd);
	return fd;
}

static inline void add_one(int fd)
{
	ASSERT_SYS(eventfd_write(fd, 1));
}

static inline void take_all(int fd)
{
	eventfd_t value;

	ASSERT_SYS(eventfd_read(fd, &value));
}

#endif
