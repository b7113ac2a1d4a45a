/* SPDX-License-Identifier: MIT */
/*
 * Subscribers: the reader's side of <sealmem/publisher.h>. A subscriber
 * connects, receives the newest generation of a read-only region with all the
 * checks of arrival, and connects again when the publisher was restarted.
 *
 *	struct sealmem_gamepad_reader pads = { 0 };
 *
 *	for (each frame) {
 *		ret = sealmem_gamepad_follow(&subscriber, &pads, 0, NULL);
 *		(0: the producer is another one now; -EAGAIN: still the same)
 *		ret = sealmem_gamepad_read(&pads, ...);
 *	}
 *
 * Within one connection generations only grow; a message with another one is
 * refused. After a reconnection whatever generation the publisher names is
 * taken, unless it is the very one that this subscriber has.
 *
 * Not promised: that the region is what its reader expects. The publisher's
 * word for that is checked by whoever attaches to it.
 */
#ifndef SEALMEM_SUBSCRIBER_H
#define SEALMEM_SUBSCRIBER_H

#include <sealmem/base.h>
#include <sealmem/channel.h>
#include <sealmem/gamepad.h>
#include <sealmem/region.h>
#include <sealmem/snapshot.h>

/* Longest path, in bytes, without the terminating zero. */
#define SEALMEM_SUBSCRIBER_PATH_MAX 107

/** struct sealmem_subscriber - Private. Zero is the empty subscriber */
struct sealmem_subscriber {
	struct sealmem_channel channel;
	struct sealmem_policy policy;
	struct sealmem_readonly_region kept;
	struct sealmem_token token;
	uint64_t generation;
	uint64_t last_in_connection;
	char path[SEALMEM_SUBSCRIBER_PATH_MAX + 1];
	bool is_open;
};

#ifdef __cplusplus
extern "C" {
#endif

/**
 * sealmem_subscriber_open() - Subscribe to the publisher at a path
 * @path: Where it listens, 1 to SEALMEM_SUBSCRIBER_PATH_MAX bytes; nobody need
 *	be there yet
 * @policy: What to accept, or NULL; copied, what it points to must stay
 * @ret_subscriber: Receives the subscriber
 *
 * Does not connect yet: the first call that asks for a region does.
 *
 * Context: Any thread.
 * Return: 0, or -EINVAL (the length of @path, or @policy).
 */
SEALMEM_FALLIBLE int
sealmem_subscriber_open(const char *path, const struct sealmem_policy *policy,
			struct sealmem_subscriber *ret_subscriber);

/**
 * sealmem_subscriber_open_channel() - Subscribe over an existing connection
 * @take_channel: Channel to a publisher; empty on success
 * @policy: As sealmem_subscriber_open()
 * @ret_subscriber: Receives the subscriber, which cannot connect again
 *
 * Context: The thread that owns @take_channel.
 * Return: 0, or -EBADF (empty), -EINVAL (@policy).
 */
SEALMEM_FALLIBLE int
sealmem_subscriber_open_channel(struct sealmem_channel *take_channel,
				const struct sealmem_policy *policy,
				struct sealmem_subscriber *ret_subscriber);

/**
 * sealmem_subscriber_next() - Wait for a newer generation
 * @subscriber: Subscriber
 * @timeout_ms: How long to wait, in milliseconds; 0 not at all, -1 for ever
 * @ret_region: Receives the region, which is the caller's. The mappings of an
 *	older one stay readable, but its writer is another one or gone
 * @ret_refusal: As sealmem_channel_receive(); may be NULL
 *
 * Nobody at the path, and a publisher that hung up, are no errors: it is tried
 * again, at once in the next call and every 20 ms while this one waits. What is
 * refused ends the connection.
 *
 * Context: The thread that owns @subscriber.
 * Return: 0, or -EBADF (empty), -EAGAIN (nothing newer in time), -EINTR,
 * -ENODATA (the connection ended and there is no path), what
 * sealmem_channel_connect() says about the path other than that nobody is
 * there, and as sealmem_channel_receive() for what was refused.
 */
SEALMEM_FALLIBLE int
sealmem_subscriber_next(struct sealmem_subscriber *subscriber, int timeout_ms,
			struct sealmem_readonly_region *ret_region,
			uint32_t *ret_refusal);

/**
 * sealmem_snapshot_follow() - Keep a reader attached to the newest generation
 * @subscriber: Subscriber
 * @layout: What this reader was built for
 * @reader: Reader, may be empty; another one on success, untouched otherwise
 * @timeout_ms: As sealmem_subscriber_next()
 * @ret_refusal: As sealmem_subscriber_next()
 *
 * After success every part counts as not read yet. Until then @reader goes on
 * reading what it has, which a writer that was killed no longer changes. What
 * was received and could not be mapped (-EDQUOT, -ENOMEM and the like) is kept,
 * and the next call tries it again unless something newer has come; what is no
 * such buffer (-EPROTO) is not kept.
 *
 * Context: The thread that owns @subscriber and @reader.
 * Return: 0 (attached to a newer one), or as sealmem_subscriber_next(),
 * sealmem_readonly_region_map() and sealmem_snapshot_reader_init().
 */
SEALMEM_FALLIBLE int
sealmem_snapshot_follow(struct sealmem_subscriber *subscriber,
			const struct sealmem_snapshot_layout *layout,
			struct sealmem_snapshot_reader *reader, int timeout_ms,
			uint32_t *ret_refusal);

/**
 * sealmem_gamepad_follow() - Keep a reader attached to the newest generation
 * @subscriber: Subscriber
 * @reader: Reader, may be empty; another one on success, untouched otherwise
 * @timeout_ms: As sealmem_subscriber_next()
 * @ret_refusal: As sealmem_subscriber_next()
 *
 * Context: The thread that owns @subscriber and @reader.
 * Return: As sealmem_snapshot_follow().
 */
SEALMEM_FALLIBLE int
sealmem_gamepad_follow(struct sealmem_subscriber *subscriber,
		       struct sealmem_gamepad_reader *reader, int timeout_ms,
		       uint32_t *ret_refusal);

/**
 * sealmem_subscriber_generation() - Which generation was received last?
 * @subscriber: Subscriber; may be empty
 *
 * Context: Any thread; async-signal-safe.
 * Return: The publisher's number for it, from 1; 0 before the first.
 */
SEALMEM_API uint64_t
sealmem_subscriber_generation(const struct sealmem_subscriber *subscriber);

/**
 * sealmem_subscriber_fd() - Descriptor for poll and epoll, borrowed
 * @subscriber: Subscriber; may be empty
 *
 * It changes whenever the subscriber connects, so ask before each poll. While
 * there is no connection nothing but a call to sealmem_subscriber_next() makes
 * one: poll with a timeout then.
 *
 * Context: The thread that owns @subscriber.
 * Return: Descriptor, readable when there is something to receive or the
 * publisher has hung up; -1 without a connection.
 */
SEALMEM_API int
sealmem_subscriber_fd(const struct sealmem_subscriber *subscriber);

/**
 * sealmem_subscriber_channel() - Channel to the publisher, borrowed
 * @subscriber: Subscriber; may be empty
 *
 * To send something over, as sealmem_gamepad_effect_send() does; whatever comes
 * is the subscriber's. It is gone with the next call that connects again, so
 * ask each time. A publisher of <sealmem/publisher.h> hangs up on whoever
 * sends; a gamepad producer takes effects.
 *
 * Context: The thread that owns @subscriber.
 * Return: The channel, which the subscriber goes on owning; NULL without a
 * connection.
 */
SEALMEM_API struct sealmem_channel *
sealmem_subscriber_channel(struct sealmem_subscriber *subscriber);

/**
 * sealmem_subscriber_close() - Hang up
 * @subscriber: Subscriber; empty afterwards. An empty one is accepted
 *
 * Context: The thread that owns @subscriber.
 */
SEALMEM_API void
sealmem_subscriber_close(struct sealmem_subscriber *subscriber);

#ifdef __cplusplus
}
#endif

#endif
