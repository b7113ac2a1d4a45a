/* SPDX-License-Identifier: MIT */
/*
 * Publishers: one read-only region for many readers, and the next one after it.
 *
 * A restarted writer cannot map its old region again: nobody can. It makes a
 * new region, the next generation, and hands that out. A publisher does it: it
 * sends the newest generation to every reader that is connected and to every
 * one that comes. The readers' side is in <sealmem/subscriber.h>.
 *
 * It may live in the writer, whose readers then connect again after a restart,
 * or in a process that outlives the writer and gets the regions from it over a
 * channel: its readers then do not even notice.
 *
 * Readers are not trusted. One that does not read, one that talks and any
 * number that come at once cost a bounded amount of work, and nobody waits for
 * them; only to hang up on one that sent descriptors may take the 50 ms of
 * sealmem_channel_close().
 *
 * Not promised: that a reader lets go of an older generation. It can keep it,
 * and read in it what the writer last wrote, for as long as it likes. Nor that
 * readers cannot use up what the kernel allows this user to have on its way:
 * connections that nobody reads hold a descriptor each, and beyond as many as
 * RLIMIT_NOFILE sending fails for every reader, unless CAP_SYS_RESOURCE is had.
 */
#ifndef SEALMEM_PUBLISHER_H
#define SEALMEM_PUBLISHER_H

#include <sealmem/base.h>
#include <sealmem/channel.h>
#include <sealmem/region.h>

#define SEALMEM_PUBLISHER_READERS_MAX 1024

/** struct sealmem_publisher - Private. Zero is the empty publisher */
struct sealmem_publisher {
	struct sealmem_channel listener;
	struct sealmem_readonly_region region;
	char label[SEALMEM_LABEL_MAX + 1];
	uint64_t generation;
	uint32_t reader_count;
	uint32_t reader_max;
	struct sealmem_channel *readers;
	int poll_fd_plus_one;
};

#ifdef __cplusplus
extern "C" {
#endif

/**
 * sealmem_publisher_open() - Publish to whoever connects
 * @take_listener: Listening channel; empty on success
 * @reader_max: Most readers at a time, 1 to SEALMEM_PUBLISHER_READERS_MAX;
 *	more are turned away
 * @ret_publisher: Receives the publisher, which has nothing to publish yet
 *
 * Context: The thread that owns @take_listener.
 * Return: 0, or -EBADF (empty), -EINVAL (@reader_max), -EMFILE, -ENFILE,
 * -ENOMEM, -ENOSPC (too many descriptors in epoll sets of this user).
 */
SEALMEM_FALLIBLE int
sealmem_publisher_open(struct sealmem_channel *take_listener,
		       uint32_t reader_max,
		       struct sealmem_publisher *ret_publisher);

/**
 * sealmem_publisher_publish() - Make a region the newest generation
 * @publisher: Publisher
 * @region: Region; stays the caller's. The publisher keeps a dup
 * @label: As sealmem_channel_send_readonly()
 *
 * Every reader that is connected is sent it, and from now on every one that
 * comes; the generation before it is superseded, and its dup closed. A reader
 * that has not fetched so many messages that its queue is full is hung up on:
 * when it comes back it gets the newest.
 *
 * Context: The thread that owns @publisher. Never waits for a reader.
 * Return: 0, or -EBADF (publisher or region empty), -EINVAL (@label), -EMFILE,
 * -ENFILE.
 */
SEALMEM_FALLIBLE int
sealmem_publisher_publish(struct sealmem_publisher *publisher,
			  const struct sealmem_readonly_region *region,
			  const char *label);

/**
 * sealmem_publisher_step() - See to the readers that come and go
 * @publisher: Publisher
 *
 * To be called when sealmem_publisher_fd() is readable. Accepts up to 16
 * readers and lets go of those that hung up or said something: they have
 * nothing to say.
 *
 * Context: The thread that owns @publisher. Never waits.
 * Return: 0, or -EBADF (empty), -EUSERS (somebody was turned away: there are
 * @reader_max readers), -EMFILE, -ENFILE, -ENOMEM, -ENOSPC (somebody could not
 * be accepted and goes on waiting: the descriptor stays readable, so do
 * something else for some time before you poll it again).
 */
SEALMEM_FALLIBLE int
sealmem_publisher_step(struct sealmem_publisher *publisher);

/**
 * sealmem_publisher_fd() - Descriptor for poll and epoll, borrowed
 * @publisher: Publisher; may be empty
 *
 * Context: Any thread.
 * Return: Descriptor, readable when sealmem_publisher_step() has something to
 * do; -1 if empty.
 */
SEALMEM_API int sealmem_publisher_fd(const struct sealmem_publisher *publisher);

/**
 * sealmem_publisher_generation() - How many regions were published?
 * @publisher: Publisher; may be empty
 *
 * Context: Any thread; async-signal-safe.
 * Return: The number of the newest generation, from 1; 0 before the first.
 */
SEALMEM_API uint64_t
sealmem_publisher_generation(const struct sealmem_publisher *publisher);

/**
 * sealmem_publisher_reader_count() - How many readers are connected?
 * @publisher: Publisher; may be empty
 *
 * Context: Any thread; async-signal-safe.
 * Return: Readers, as of the last step.
 */
SEALMEM_API uint32_t
sealmem_publisher_reader_count(const struct sealmem_publisher *publisher);

/**
 * sealmem_publisher_close() - Hang up on all readers
 * @publisher: Publisher; empty afterwards. An empty one is accepted
 *
 * Context: The thread that owns @publisher.
 */
SEALMEM_API void sealmem_publisher_close(struct sealmem_publisher *publisher);

#ifdef __cplusplus
}
#endif

#endif
