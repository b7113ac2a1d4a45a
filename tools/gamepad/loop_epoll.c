/* SPDX-License-Identifier: MIT */
/* A loop by epoll, which every kernel has. */
#include <errno.h>
#include <features.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "tools/gamepad/loop_kind.h"

/* Handed out in one turn; who is left comes first in the next. */
#define EVENTS_MAX	64

/**
 * struct epoll_loop - A loop
 * @loop: What all kinds have
 * @fd: epoll's
 * @coarse: The kernel cannot wait for less than a millisecond by itself
 */
struct epoll_loop {
	struct loop loop;
	int fd;
	bool coarse;
};

static int epoll_loop_add(struct loop *loop, struct loop_watch *watch)
{
	struct epoll_event event = {
		.events = watch->events | (watch->edge ? EPOLLET : 0),
		.data.u64 = watch->id,
	};

	return epoll_ctl(((struct epoll_loop *)loop)->fd, EPOLL_CTL_ADD,
			 watch->fd, &event) < 0 ? -errno : 0;
}

static void epoll_loop_remove(struct loop *loop, struct loop_watch *watch)
{
	epoll_ctl(((struct epoll_loop *)loop)->fd, EPOLL_CTL_DEL, watch->fd,
		  NULL);
}

/* Since Linux 5.11 and glibc 2.35; -ENOSYS without. */
static int wait_fine(int fd, struct epoll_event *events,
		     const struct timespec *left, const sigset_t *mask)
{
#if defined(__GLIBC_PREREQ) && __GLIBC_PREREQ(2, 35)
	int count = epoll_pwait2(fd, events, EVENTS_MAX, left, mask);

	return count < 0 ? -errno : count;
#else
	(void)fd, (void)events, (void)left, (void)mask;
	return -ENOSYS;
#endif
}

/* Two calls, but to the microsecond: the descriptor itself can be polled. */
static int wait_coarse(int fd, struct epoll_event *events,
		       const struct timespec *left, const sigset_t *mask)
{
	struct pollfd polled = { .fd = fd, .events = POLLIN };
	int count = ppoll(&polled, 1, left, mask);

	if (count > 0)
		count = epoll_wait(fd, events, EVENTS_MAX, 0);
	return count < 0 ? -errno : count;
}

static int wait_any(struct epoll_loop *self, struct epoll_event *events,
		    uint64_t until_us, const sigset_t *while_waiting)
{
	struct timespec left_room, *left;
	int count;

	left = loop_time_left(until_us, &left_room);
	if (!self->coarse) {
		count = wait_fine(self->fd, events, left, while_waiting);
		/* Filters from before that call refuse what is new to them. */
		if (count != -ENOSYS && count != -EPERM)
			return count;
		self->coarse = true;
	}
	return wait_coarse(self->fd, events, left, while_waiting);
}

static int epoll_loop_collect(struct loop *loop, uint64_t until_us,
			      const sigset_t *while_waiting)
{
	struct epoll_event events[EVENTS_MAX];
	int count = wait_any((struct epoll_loop *)loop, events, until_us,
			     while_waiting);

	for (int i = 0; i < count; i++)
		loop_ready(loop, events[i].data.u64, events[i].events);
	return count;
}

static void epoll_loop_close(struct loop *loop)
{
	close(((struct epoll_loop *)loop)->fd);
	free(loop);
}

int loop_epoll_open(struct loop **ret_loop)
{
	static const struct loop_ops ops = {
		epoll_loop_add, epoll_loop_remove, epoll_loop_collect,
		epoll_loop_close,
	};
	struct epoll_loop *self = calloc(1, sizeof(*self));

	int ret;

	if (!self)
		return -ENOMEM;
	self->loop.ops = &ops;
	self->fd = epoll_create1(EPOLL_CLOEXEC);
	if (self->fd < 0) {
		ret = -errno;
		free(self);
		return ret;
	}
	*ret_loop = &self->loop;
	return 0;
}
