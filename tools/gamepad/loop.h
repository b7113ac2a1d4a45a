/* SPDX-License-Identifier: MIT */
/*
 * Waiting for descriptors, by epoll or by io_uring. One thread: the one that
 * opened a loop runs it, adds, removes and closes.
 */
#ifndef SEALMEM_TOOLS_LOOP_H
#define SEALMEM_TOOLS_LOOP_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

enum loop_kind { LOOP_EPOLL, LOOP_URING };

struct loop;

/**
 * struct loop_watch - A descriptor to wait for
 * @fd: Stays open, and the owner's, until the watch was removed
 * @events: What to wait for, of POLLIN, POLLOUT, POLLPRI and POLLRDHUP
 * @edge: Tell only what is new: @ready reads until there is nothing left, or
 *	sets @again. The cheapest in a ring. Without it @ready is called as
 *	long as something is there
 * @again: Set by @ready to be called again without waiting, with revents 0 if
 *	there is nothing new, and cleared by it when that is over
 * @ready: Called with what poll(2) would say: @events, POLLERR, POLLHUP and
 *	POLLNVAL, after which nothing more comes. A descriptor that hung up is
 *	told of, time and again if it is not @edge, until its watch is removed
 * @id: The loop's own; 0 while the watch is in none
 * @queued: The loop's own, and so are the rest
 */
struct loop_watch {
	int fd;
	uint32_t events;
	bool edge;
	bool again;
	void (*ready)(struct loop_watch *watch, uint32_t revents);
	uint64_t id;
	bool queued;
	bool armed;
	bool dead;
};

/*
 * 0, or -EOPNOTSUPP if this kind does not work here: not built in, not in the
 * kernel, or not allowed.
 */
int loop_open(enum loop_kind kind, struct loop **ret_loop);

/* All watches must have been removed, or not be used any more. */
void loop_close(struct loop *loop);

/*
 * The watch stays where it is until it is removed. 0, -ENOMEM, -EINVAL if it
 * is in a loop already, or what the kernel has against the descriptor, which
 * a ring tells as POLLNVAL. Each descriptor is added once.
 */
int loop_add(struct loop *loop, struct loop_watch *watch);

/*
 * From then on @ready is not called, whatever was waiting to be told, and the
 * watch may be freed. Also from inside of a ready function, its own or that of
 * another. A watch that is in no loop stays so.
 */
void loop_remove(struct loop *loop, struct loop_watch *watch);

/*
 * Waits until something is ready or CLOCK_MONOTONIC is at @until_us, then
 * calls those that are. 0 does not wait, UINT64_MAX waits for ever. Signals of
 * @while_waiting (NULL: of the thread's own mask) come while it waits, and now
 * and then if it never has to. 0, also if time is over; -EINTR after a signal;
 * or what is wrong.
 */
int loop_run_once(struct loop *loop, uint64_t until_us,
		  const sigset_t *while_waiting);

#endif
