/* SPDX-License-Identifier: MIT */
/*
 * Waiting for a snapshot, with memory that can only be read, and waking those
 * who wait.
 *
 * A reader sleeps on a word of the read-only mapping until the writer wakes it:
 * in sealmem_snapshot_wait(), as a request in an io_uring of its own
 * (sealmem_snapshot_prepare_wait()), or in poll and epoll on a descriptor that
 * the writer makes readable (sealmem_snapshot_writer_add_wake_fd()).
 *
 * A reader that cannot write cannot say that it waits. So the writer wakes
 * blindly, and that is a system call: never, at each publication or at most so
 * often, as sealmem_snapshot_writer_set_wake() says; or when the producer says
 * sealmem_snapshot_writer_wake(), once for a group of publications. By default
 * it is never, for readers that poll.
 *
 * Readers of one region can wake each other, and move each other to words that
 * nobody wakes (FUTEX_WAKE, FUTEX_REQUEUE). They cannot fake a value. Here a
 * wait looks again every SEALMEM_SNAPSHOT_LOOK_MS, so a wake that was taken away
 * or never made delays it by that, and one that was made up does not end it.
 *
 * What a wake costs the writer grows with those who wait, and one hostile reader
 * can be hundreds of thousands, by requests in its rings. So a wake takes the
 * first SEALMEM_SNAPSHOT_SLEEPERS_MAX that sleep on the memory; the others are
 * late. For wake descriptors the kernel has no such limit: AT_MOST_EVERY bounds
 * how often.
 *
 * Not promised: that a reader sees every value, or is woken for each; that a
 * wake descriptor of a hostile reader is cheap; that a request for a ring notices
 * exactly 2^32 publications, or a multiple of that, between its preparation and
 * its submission before the next one.
 */
#ifndef SEALMEM_SNAPSHOT_WAIT_H
#define SEALMEM_SNAPSHOT_WAIT_H

#include <sealmem/base.h>
#include <sealmem/snapshot.h>

/* Milliseconds between two looks of a wait that nobody wakes. */
#define SEALMEM_SNAPSHOT_LOOK_MS 100
/* Sleeping readers that one wake wakes at most; others look later. */
#define SEALMEM_SNAPSHOT_SLEEPERS_MAX 256
/* The longest interval of AT_MOST_EVERY, in microseconds. */
#define SEALMEM_SNAPSHOT_WAKE_INTERVAL_MAX_US 1000000u
/* Bytes of a request for an io_uring, struct io_uring_sqe. */
#define SEALMEM_SNAPSHOT_SQE_SIZE 64

/**
 * enum sealmem_snapshot_wake - When a publication wakes who waits
 * @SEALMEM_SNAPSHOT_WAKE_NEVER: Not by itself; the default. Publishing makes no
 *	system call
 * @SEALMEM_SNAPSHOT_WAKE_ALWAYS: At once: one system call for the sleeping
 *	readers together and one for each wake descriptor
 * @SEALMEM_SNAPSHOT_WAKE_AT_MOST_EVERY: At once, unless the last wake was less
 *	than an interval ago; what comes inside it is for the producer to wake
 *	for at its end, see sealmem_snapshot_writer_wake_timeout()
 */
enum sealmem_snapshot_wake {
	SEALMEM_SNAPSHOT_WAKE_NEVER = 0,
	SEALMEM_SNAPSHOT_WAKE_ALWAYS = 1,
	SEALMEM_SNAPSHOT_WAKE_AT_MOST_EVERY = 2,
};

#ifdef __cplusplus
extern "C" {
#endif

/**
 * sealmem_snapshot_wait() - Sleep until something is published
 * @reader: Reader
 * @timeout_ms: How long at most, in milliseconds; 0 not at all, -1 for ever
 *
 * Answers like a sealmem_snapshot_has_changed() that waits, and from the same
 * last answer on: if a part may have been published since, then at once. It does
 * not return before that for a wake without a change, and not after the timeout
 * whatever the writer or other readers do.
 *
 * WRITER_GONE: the writer closed the buffer, or what
 * sealmem_snapshot_reader_watch() watches has ended; read all parts once more.
 *
 * Context: The thread that owns @reader.
 * Return: SEALMEM_SNAPSHOT_FRESH (look at the parts), _UNCHANGED (not in time)
 * or _WRITER_GONE; -EBADF (empty, or the watched descriptor is closed), -EINTR
 * (a signal handler ran); what else the kernel or a system call filter says to
 * FUTEX_WAIT.
 */
SEALMEM_FALLIBLE int
sealmem_snapshot_wait(struct sealmem_snapshot_reader *reader, int timeout_ms);

/**
 * sealmem_snapshot_reader_watch() - Let waits notice that the writer is gone
 * @reader: Reader
 * @fd: A socket that the writer's process holds the other end of, or a pidfd of
 *	that process; borrowed, and stays open until another is watched or the
 *	reader is closed. -1: none, as at first
 *
 * A writer that was killed cannot close the buffer. A wait that sleeps looks
 * at @fd every SEALMEM_SNAPSHOT_LOOK_MS, in vain as long as anybody else holds
 * that other end (a child of the writer). Take one that this process or the
 * kernel made (sealmem_channel_fd(), sealmem_channel_peer_pidfd()): what a peer
 * passes may be anything, and block who asks it.
 *
 * Context: The thread that owns @reader.
 * Return: 0, or -EBADF (empty, or @fd is not open).
 */
SEALMEM_FALLIBLE int
sealmem_snapshot_reader_watch(struct sealmem_snapshot_reader *reader, int fd);

/**
 * sealmem_snapshot_prepare_wait() - A wait as a request for an io_uring
 * @reader: Reader
 * @ret_sqe: Receives SEALMEM_SNAPSHOT_SQE_SIZE bytes, a whole struct
 *	io_uring_sqe: set user_data and flags afterwards
 *
 * An IORING_OP_FUTEX_WAIT until something is published after the last answer of
 * sealmem_snapshot_has_changed() or sealmem_snapshot_wait(). It completes with 0
 * when somebody wakes it and with -EAGAIN if something had been published
 * before; -EINVAL is a kernel without it. Whatever it completes with, ask
 * sealmem_snapshot_has_changed(), read, and prepare the next.
 *
 * A ring has no looks in between: link a timeout (IORING_OP_LINK_TIMEOUT) to
 * bound what other readers can do to it, and poll the writer's socket or pidfd in the
 * same ring. Cancel the request, or close the ring, before closing @reader.
 *
 * Context: The thread that owns @reader; async-signal-safe. Makes no system
 * call.
 * Kernel: The request needs 6.7, see SEALMEM_FEATURE_URING_FUTEX.
 * Return: 0, or -EBADF (empty).
 */
SEALMEM_FALLIBLE int
sealmem_snapshot_prepare_wait(const struct sealmem_snapshot_reader *reader,
			      void *ret_sqe);

/**
 * sealmem_snapshot_writer_set_wake() - When to wake who waits
 * @writer: Writer
 * @policy: When
 * @interval_us: For AT_MOST_EVERY 1 to SEALMEM_SNAPSHOT_WAKE_INTERVAL_MAX_US
 *	microseconds; 0 for the others
 *
 * Closing the writer wakes everybody under each policy.
 *
 * Context: The thread that owns @writer.
 * Return: 0, or -EBADF (empty), -EINVAL.
 */
SEALMEM_FALLIBLE int
sealmem_snapshot_writer_set_wake(struct sealmem_snapshot_writer *writer,
				 enum sealmem_snapshot_wake policy,
				 uint32_t interval_us);

/**
 * sealmem_snapshot_writer_wake() - Wake who waits, now
 * @writer: Writer; may be empty
 *
 * Does nothing if nothing was published since the last wake. Otherwise wakes
 * under each policy, also within an interval. Never blocks.
 *
 * Context: The thread that owns @writer.
 */
SEALMEM_API void
sealmem_snapshot_writer_wake(struct sealmem_snapshot_writer *writer);

/**
 * sealmem_snapshot_writer_wake_timeout() - When is a wake due?
 * @writer: Writer; may be empty
 *
 * For the timeout of the producer's poll under AT_MOST_EVERY. When it is 0 call
 * sealmem_snapshot_writer_wake(). A producer that does not leaves the last value
 * of an interval to the next publication, or to the readers' next look.
 *
 * Context: The thread that owns @writer.
 * Return: Milliseconds, rounded up; -1 if nobody has to be woken.
 */
SEALMEM_API int sealmem_snapshot_writer_wake_timeout(
	const struct sealmem_snapshot_writer *writer);

/**
 * sealmem_snapshot_writer_add_wake_fd() - Wake somebody's event loop, too
 * @writer: Writer
 * @fd: One end of a socket pair, or an eventfd made with EFD_NONBLOCK; made by
 *	this process. The writer takes a copy
 * @ret_id: Receives its number for sealmem_snapshot_writer_remove_wake_fd()
 *
 * Each wake makes the reader's end readable, if it is not already: a socket by
 * one byte, an eventfd by adding 1. The reader polls its end, empties it (a
 * stream socket by one read), asks sealmem_snapshot_has_changed(), and reads. How
 * it gets its end is up to the producer: SCM_RIGHTS, or inherited.
 *
 * A socket is for every reader. It cannot block the writer or raise SIGPIPE, and
 * if the producer keeps no other copy of this end it tells the reader that the
 * writer is gone, killed or closed. An eventfd is only for a reader that is
 * trusted not to hold up the writer: both share its flags, so the reader can
 * take EFD_NONBLOCK away and fill the counter; then a wake blocks.
 *
 * Context: The thread that owns @writer.
 * Return: 0, or -EBADF (empty, or @fd is not open), -EINVAL (neither of them,
 * or it blocks), -ENOSPC (SEALMEM_SNAPSHOT_WAKE_FDS_MAX are there), -EMFILE.
 */
SEALMEM_FALLIBLE int
sealmem_snapshot_writer_add_wake_fd(struct sealmem_snapshot_writer *writer,
				    int fd, uint32_t *ret_id);

/**
 * sealmem_snapshot_writer_remove_wake_fd() - Wake it no more
 * @writer: Writer
 * @id: Its number, which another may get now
 *
 * Context: The thread that owns @writer.
 * Return: 0, or -EBADF (empty), -EINVAL (no such number).
 */
SEALMEM_FALLIBLE int
sealmem_snapshot_writer_remove_wake_fd(struct sealmem_snapshot_writer *writer,
				       uint32_t id);

#ifdef __cplusplus
}
#endif

#endif
