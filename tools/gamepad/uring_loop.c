/* SPDX-License-Identifier: MIT */
/*
 * A loop by io_uring: a poll for each watch, which in a kernel that can goes
 * on by itself. What is ready then shows in shared memory, and a turn that
 * finds nothing there and need not wait makes no system call. Reading stays
 * with the owners: in this ring nothing is ever read.
 */
#include <errno.h>
#include <liburing.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "tools/gamepad/loop_kind.h"
#include "tools/tool.h"

#define REQUESTS	64
#define RESULTS		256

/* A kernel hands over some twenty results a call. */
#define CALLS_MAX	64

/* How long a kernel has to show that it can. */
#define TRIAL_US	1000000

/**
 * struct uring_loop - A loop
 * @loop: What all kinds have
 * @ring: liburing's
 * @multishot: A poll can go on by itself
 * @late: There was no room to arm a watch: to be tried again
 */
struct uring_loop {
	struct loop loop;
	struct io_uring ring;
	bool multishot;
	bool late;
};

/* ---- requests ----------------------------------------------------------- */

/* NULL if the kernel takes none at the moment. */
static struct io_uring_sqe *next_request(struct uring_loop *self)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&self->ring);

	if (sqe)
		return sqe;
	io_uring_submit(&self->ring);
	return io_uring_get_sqe(&self->ring);
}

/* The request goes to the kernel with the next call that is made anyway. */
static bool arm(struct uring_loop *self, struct loop_watch *watch)
{
	struct io_uring_sqe *sqe = next_request(self);

	if (!sqe)
		return false;
	if (watch->edge && self->multishot)
		io_uring_prep_poll_multishot(sqe, watch->fd, watch->events);
	else
		io_uring_prep_poll_add(sqe, watch->fd, watch->events);
	io_uring_sqe_set_data64(sqe, watch->id);
	watch->armed = true;
	return true;
}

static int uring_loop_add(struct loop *loop, struct loop_watch *watch)
{
	watch->armed = false;
	return arm((struct uring_loop *)loop, watch) ? 0 : -EAGAIN;
}

/*
 * At once, and with all that follows from it: until then the ring holds the
 * file open, whoever closes the descriptor.
 */
static void uring_loop_remove(struct loop *loop, struct loop_watch *watch)
{
	struct uring_loop *self = (struct uring_loop *)loop;
	struct io_uring_sqe *sqe;

	if (!watch->armed)
		return;
	watch->armed = false;
	sqe = next_request(self);
	if (!sqe)
		return;
	io_uring_prep_poll_remove(sqe, watch->id);
	io_uring_sqe_set_data64(sqe, 0);
	io_uring_submit_and_get_events(&self->ring);
}

static void arm_late(struct uring_loop *self)
{
	self->late = false;
	for (uint32_t i = 0; i < self->loop.slot_count && !self->late; i++) {
		struct loop_watch *watch = self->loop.slots[i].watch;

		if (watch && !watch->armed && !watch->dead)
			self->late = !arm(self, watch);
	}
}

/* ---- results ------------------------------------------------------------ */

/* False if it was for nobody, or for somebody who left. */
static bool complete(struct uring_loop *self, uint64_t id, int res,
		     unsigned int flags)
{
	struct loop_watch *watch = loop_find(&self->loop, id);
	bool over = !(flags & IORING_CQE_F_MORE);

	if (!watch)
		return false;
	if (over)
		watch->armed = false;
	watch->dead = res < 0;
	loop_ready(&self->loop, id,
		   res < 0 ? POLLERR | POLLNVAL : (uint32_t)res);
	watch = loop_find(&self->loop, id);
	if (over && watch && !watch->dead && !arm(self, watch))
		self->late = true;
	return true;
}

/* What comes while results are handed out waits for the next turn. */
static int deliver(struct uring_loop *self)
{
	unsigned int count = io_uring_cq_ready(&self->ring);
	int called = 0;

	for (unsigned int n = 0; n < count; n++) {
		struct io_uring_cqe *cqe;
		uint64_t id;
		unsigned int flags;
		int res;

		if (io_uring_peek_cqe(&self->ring, &cqe) < 0)
			break;
		id = io_uring_cqe_get_data64(cqe);
		res = cqe->res;
		flags = cqe->flags;
		io_uring_cqe_seen(&self->ring, cqe);
		called += complete(self, id, res, flags);
	}
	return called;
}

/* ---- turns -------------------------------------------------------------- */

/* The kernel has results that it must be called for. */
static bool has_more(struct uring_loop *self)
{
	unsigned int flags = __atomic_load_n(self->ring.sq.kflags,
					     __ATOMIC_ACQUIRE);

	return flags & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW) &&
	       io_uring_cq_ready(&self->ring) < self->ring.cq.ring_entries;
}

/* Requests in, results out, without waiting; no call if there are neither. */
static int gather(struct uring_loop *self)
{
	int ret = 0;

	if (self->late)
		arm_late(self);
	if (io_uring_sq_ready(&self->ring))
		ret = io_uring_submit_and_get_events(&self->ring);
	for (int i = 0; i < CALLS_MAX && ret >= 0 && has_more(self); i++)
		ret = io_uring_get_events(&self->ring);
	/* Full: there is room again when results were taken. */
	return ret == -EBUSY || ret == -EAGAIN || ret > 0 ? 0 : ret;
}

/* Before Linux 5.11 a ring cannot say how long to wait, but be polled. */
static int wait_beside(struct uring_loop *self, const struct timespec *left,
		       const sigset_t *while_waiting)
{
	struct pollfd polled = { .fd = self->ring.ring_fd, .events = POLLIN };

	return ppoll(&polled, 1, left, while_waiting) < 0 ? -errno : 0;
}

/*
 * Nothing may be left to submit: submitting would hide that a signal came, and
 * liburing would go on to wait.
 */
static int wait_inside(struct uring_loop *self, uint64_t until_us,
		       const sigset_t *while_waiting)
{
	struct timespec left_room, *left;
	struct __kernel_timespec time;
	struct io_uring_cqe *cqe;
	sigset_t mask;
	int ret;

	left = loop_time_left(until_us, &left_room);
	if (!(self->ring.features & IORING_FEAT_EXT_ARG))
		return wait_beside(self, left, while_waiting);
	if (left)
		time = (struct __kernel_timespec){ .tv_sec = left->tv_sec,
						   .tv_nsec = left->tv_nsec };
	if (while_waiting)
		mask = *while_waiting;
	ret = io_uring_submit_and_wait_timeout(&self->ring, &cqe, 1,
					       left ? &time : NULL,
					       while_waiting ? &mask : NULL);
	return ret == -ETIME || ret == -EAGAIN || ret > 0 ? 0 : ret;
}

static int take_turn(struct uring_loop *self)
{
	int ret = gather(self);

	return ret < 0 ? ret : deliver(self);
}

static int uring_loop_collect(struct loop *loop, uint64_t until_us,
			      const sigset_t *while_waiting)
{
	struct uring_loop *self = (struct uring_loop *)loop;
	int ret = take_turn(self);

	if (ret || !until_us || self->late || io_uring_sq_ready(&self->ring))
		return ret;
	ret = wait_inside(self, until_us, while_waiting);
	return ret < 0 ? ret : take_turn(self);
}

/* ---- beginning and end -------------------------------------------------- */

static void uring_loop_close(struct loop *loop)
{
	struct uring_loop *self = (struct uring_loop *)loop;

	io_uring_queue_exit(&self->ring);
	free(self);
}

/* The best that there is; each is refused by kernels that do not know it. */
static int open_ring(struct io_uring *ring)
{
	static const unsigned int ways[] = {
		IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
			IORING_SETUP_TASKRUN_FLAG,
		IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG,
		0,
	};
	int ret = -EINVAL;

	for (unsigned int i = 0; i < 3 && ret == -EINVAL; i++) {
		struct io_uring_params params = {
			.flags = ways[i] | IORING_SETUP_CQSIZE,
			.cq_entries = RESULTS,
		};

		ret = io_uring_queue_init_params(REQUESTS, ring, &params);
	}
	return ret;
}

/**
 * struct trial - A poll of something that is ready
 * @watch: The poll
 * @revents: What came of it
 * @goes_on: It was still armed then
 */
struct trial {
	struct loop_watch watch;
	uint32_t revents;
	bool goes_on;
};

static void note(struct loop_watch *watch, uint32_t revents)
{
	struct trial *trial = (struct trial *)watch;

	trial->revents = revents;
	trial->goes_on = watch->armed;
}

static bool works(struct uring_loop *self, int fd)
{
	struct trial trial = { .watch = { .fd = fd,
					  .events = POLLIN,
					  .edge = true,
					  .ready = note } };
	uint64_t until_us = tool_now_us() + TRIAL_US;

	if (loop_add(&self->loop, &trial.watch) < 0)
		return false;
	while (!trial.revents && tool_now_us() < until_us &&
	       loop_run_once(&self->loop, until_us, NULL) == 0)
		;
	loop_remove(&self->loop, &trial.watch);
	return trial.revents == POLLIN && trial.goes_on == self->multishot;
}

/* Polls are what this needs, and what an emulated kernel may not have. */
static int try_polls(struct uring_loop *self)
{
	int fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
	int ret = 0;

	if (fd < 0)
		return -errno;
	self->multishot = true;
	if (!works(self, fd)) {
		self->multishot = false;
		ret = works(self, fd) ? 0 : -EOPNOTSUPP;
	}
	close(fd);
	return ret;
}

/* No kernel, no permission, or none that knows what is asked for. */
static bool means_missing(int ret)
{
	return ret == -ENOSYS || ret == -EPERM || ret == -EACCES ||
	       ret == -EINVAL;
}

int uring_loop_open(struct loop **ret_loop)
{
	static const struct loop_ops ops = {
		uring_loop_add, uring_loop_remove, uring_loop_collect,
		uring_loop_close,
	};
	struct uring_loop *self = calloc(1, sizeof(*self));
	int ret;

	if (!self)
		return -ENOMEM;
	self->loop.ops = &ops;
	ret = open_ring(&self->ring);
	if (ret < 0) {
		free(self);
		return means_missing(ret) ? -EOPNOTSUPP : ret;
	}
	ret = try_polls(self);
	if (ret < 0) {
		loop_close(&self->loop);
		return ret;
	}
	*ret_loop = &self->loop;
	return 0;
}
