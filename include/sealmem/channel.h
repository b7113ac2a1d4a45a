/* SPDX-License-Identifier: MIT */
/*
 * Channels: regions over a Unix socket (SOCK_SEQPACKET), one region a message,
 * between processes that do not trust each other.
 *
 * The message is SEALMEM_MESSAGE_SIZE bytes, little-endian:
 *
 *   offset  size  field
 *        0     8  magic "sealmem\0"
 *        8     4  version, 1
 *       12     4  kind (enum sealmem_kind)
 *       16     8  size of the region in bytes
 *       24     8  token, high
 *       32     8  token, low
 *       40     8  generation; 0: none
 *       48    32  label: 0 to 31 characters from 0x20 to 0x7e, then zeros
 *
 * and brings exactly one descriptor (SCM_RIGHTS). Everything else is refused,
 * and what came with it is closed.
 *
 * A socket that carries the caller's own messages as well is no channel: pass a
 * region there with the functions of <sealmem/descriptor.h>, kind, size and
 * token in a message of yours and the descriptor beside it. They check the same
 * on arrival, except replay, which only a channel sees.
 */
#ifndef SEALMEM_CHANNEL_H
#define SEALMEM_CHANNEL_H

#include <sealmem/base.h>
#include <sealmem/descriptor.h>
#include <sealmem/region.h>

#define SEALMEM_MESSAGE_SIZE 80
/* So many regions that came last a channel knows again. */
#define SEALMEM_DELIVERIES 16

/* Private. A region that came through a channel. */
struct sealmem_delivery {
	struct sealmem_token token;
	uint64_t device;
	uint64_t inode;
	bool is_back;
};

/* Private. The last ones. */
struct sealmem_history {
	struct sealmem_delivery last[SEALMEM_DELIVERIES];
	uint32_t next;
};

/**
 * struct sealmem_channel - One end of a connection, or a listening socket
 *
 * Private. Zero is the empty channel; neither touch nor copy it.
 */
struct sealmem_channel {
	int fd_plus_one;
	struct sealmem_history history;
};

/**
 * struct sealmem_received_region - A region whose kind the sender chose
 * @kind: Which member of @as there is
 * @generation: Number that a publisher gave it; 0 is none
 * @label: What the sender calls it: printable ASCII and a zero; empty is none
 * @as: The region
 */
struct sealmem_received_region {
	enum sealmem_kind kind;
	uint64_t generation;
	char label[SEALMEM_LABEL_MAX + 1];
	union {
		struct sealmem_readonly_region readonly;
		struct sealmem_writable_region writable;
		struct sealmem_unsafe_region unsafe;
	} as;
};

#ifdef __cplusplus
extern "C" {
#endif

/**
 * sealmem_channel_pair() - Two connected ends
 * @ret_a: Receives one end
 * @ret_b: Receives the other
 *
 * Context: Any thread.
 * Return: 0, or -EMFILE, -ENFILE, -ENOMEM.
 */
SEALMEM_FALLIBLE int sealmem_channel_pair(struct sealmem_channel *ret_a,
					  struct sealmem_channel *ret_b);

/**
 * sealmem_channel_listen() - Wait for connections at a path
 * @path: Where; must not exist yet. 1 to 107 bytes
 * @mode: Who may connect: the mode of the socket file, of which the umask takes
 *	bits away as from any new file; whoever may write to it may connect. 0 to
 *	0777, as a rule 0600
 * @ret_listener: Receives the listening channel
 *
 * At no moment is the file more open than @mode says. It stays after the
 * channel is closed; remove it with unlink.
 *
 * Context: Any thread.
 * Return: 0, or -EINVAL (length, @mode), -EADDRINUSE, -ENOENT, -ENOTDIR,
 * -EACCES, -EROFS, -ENOSPC, -EMFILE, -ENFILE, -ENOMEM.
 */
SEALMEM_FALLIBLE int
sealmem_channel_listen(const char *path, uint32_t mode,
		       struct sealmem_channel *ret_listener);

/**
 * sealmem_channel_accept() - Take one connection
 * @listener: Listening channel
 * @timeout_ms: How long to wait, in milliseconds; 0 not at all, -1 for ever
 * @ret_channel: Receives the connection
 *
 * Context: Any thread.
 * Return: 0, or -EBADF (empty), -EINVAL (not a listening channel), -EAGAIN
 * (nobody in time), -EINTR, -EMFILE, -ENFILE, -ENOMEM.
 */
SEALMEM_FALLIBLE int
sealmem_channel_accept(struct sealmem_channel *listener, int timeout_ms,
		       struct sealmem_channel *ret_channel);

/**
 * sealmem_channel_connect() - Connect to a listening channel
 * @path: Where; 1 to 107 bytes
 * @ret_channel: Receives the connection
 *
 * Context: Any thread. Does not wait: a full queue is -EAGAIN.
 * Return: 0, or -EINVAL (length), -ENOENT, -ENOTDIR, -EACCES, -ECONNREFUSED
 * (nobody listens), -EPROTOTYPE (not a seqpacket socket), -EAGAIN, -EMFILE,
 * -ENFILE, -ENOMEM.
 */
SEALMEM_FALLIBLE int
sealmem_channel_connect(const char *path, struct sealmem_channel *ret_channel);

/**
 * sealmem_channel_adopt() - Make a channel of a socket of the caller's
 * @take_fd: A connected or listening Unix socket (SOCK_SEQPACKET); the channel
 *	owns it on success
 * @ret_channel: Receives the channel
 *
 * For sockets that systemd passed, a parent left open or a broker made. The
 * socket is closed on exec from now on, and a listening one no longer blocks.
 * It must not ask the kernel for other control data than descriptors
 * (SO_PASSCRED, SO_PASSPIDFD, SO_PASSSEC, SO_TIMESTAMP): messages that bring
 * such are refused with SEALMEM_REFUSAL_CONTROL.
 *
 * Context: The thread that owns @take_fd.
 * Return: 0, or -EBADF (not open), -ENOTSOCK, -EPROTOTYPE (another kind of
 * socket), -ENOTCONN (neither connected nor listening).
 */
SEALMEM_FALLIBLE int sealmem_channel_adopt(int take_fd,
					   struct sealmem_channel *ret_channel);

/**
 * sealmem_channel_release() - Make a plain descriptor of a channel again
 * @take_channel: Channel; empty on success
 *
 * What the channel remembered of the regions that came is gone.
 *
 * Context: The thread that owns @take_channel.
 * Return: Descriptor, which is the caller's now, or -EBADF (empty).
 */
SEALMEM_FALLIBLE int
sealmem_channel_release(struct sealmem_channel *take_channel);

/**
 * sealmem_channel_peer() - Who made the other end
 * @channel: A connection
 * @ret_peer: Receives who it was; see struct sealmem_peer for what that means
 *
 * Context: Any thread.
 * Return: 0, or -EBADF (empty), -ENOTCONN (a listening channel).
 */
SEALMEM_FALLIBLE int sealmem_channel_peer(const struct sealmem_channel *channel,
					  struct sealmem_peer *ret_peer);

/**
 * sealmem_channel_peer_pidfd() - The process that made the other end
 * @channel: A connection
 *
 * As sealmem_channel_peer(), but it can be no other process that has got the
 * number since. Poll it to learn that the process has ended. Without the kernel's
 * help this is an error: opening a number would be a race.
 *
 * Context: Any thread.
 * Kernel: 6.5 (SO_PEERPIDFD).
 * Return: A pidfd, closed on exec, which is the caller's, or -EBADF (empty),
 * -ENOTCONN (a listening channel), -EOPNOTSUPP (the kernel cannot), -ESRCH or
 * -ENODATA (that process is gone, or unknown here), -EMFILE, -ENFILE, -ENOMEM.
 */
SEALMEM_FALLIBLE int
sealmem_channel_peer_pidfd(const struct sealmem_channel *channel);

/**
 * sealmem_channel_send_readonly() - Send a read-only region
 * @channel: Channel
 * @region: Region; stays the caller's
 * @label: What to call it: 0 to SEALMEM_LABEL_MAX printable ASCII characters; or
 *	NULL, the same as none
 *
 * Context: The thread that owns @channel. Never waits for the peer.
 * Return: 0, or -EBADF (channel or region empty), -EINVAL (@label), -EPIPE
 * (peer gone), -ECONNRESET, -EAGAIN (peer does not read), -ETOOMANYREFS (too
 * many descriptors on their way), -ENOTCONN (a listening channel), -ENOBUFS,
 * -ENOMEM.
 */
SEALMEM_FALLIBLE int
sealmem_channel_send_readonly(struct sealmem_channel *channel,
			      const struct sealmem_readonly_region *region,
			      const char *label);

/**
 * sealmem_channel_send_generation() - Send a read-only region to a subscriber
 * @channel: Channel, to a reader that uses <sealmem/subscriber.h>
 * @region: Region; stays the caller's
 * @label: As in sealmem_channel_send_readonly()
 * @generation: Its number, from 1, greater than that of the region before it in
 *	this connection
 *
 * For a producer that has another region for each reader; for one that has the
 * same for all there is <sealmem/publisher.h>.
 *
 * Context: The thread that owns @channel. Never waits for the peer.
 * Return: As sealmem_channel_send_readonly(), -EINVAL also if @generation is 0.
 */
SEALMEM_FALLIBLE int
sealmem_channel_send_generation(struct sealmem_channel *channel,
				const struct sealmem_readonly_region *region,
				const char *label, uint64_t generation);

/**
 * sealmem_channel_send_writable() - Send a writable region away
 * @channel: Channel
 * @take_region: Region; empty on success
 * @label: As in sealmem_channel_send_readonly()
 *
 * Unmap it first: who receives it counts on being the only one.
 *
 * Context: The thread that owns @channel. Never waits for the peer.
 * Return: As sealmem_channel_send_readonly().
 */
SEALMEM_FALLIBLE int
sealmem_channel_send_writable(struct sealmem_channel *channel,
			      struct sealmem_writable_region *take_region,
			      const char *label);

/**
 * sealmem_channel_send_unsafe() - Send an unsafe region
 * @channel: Channel
 * @region: Region; stays the caller's
 * @label: As in sealmem_channel_send_readonly()
 *
 * Context: The thread that owns @channel. Never waits for the peer.
 * Return: As sealmem_channel_send_readonly().
 */
SEALMEM_FALLIBLE int
sealmem_channel_send_unsafe(struct sealmem_channel *channel,
			    const struct sealmem_unsafe_region *region,
			    const char *label);

/**
 * sealmem_channel_receive() - Receive a region of any kind
 * @channel: Channel
 * @policy: What to accept, or NULL
 * @timeout_ms: How long to wait for a message, in milliseconds; 0 not at all,
 *	-1 for ever
 * @ret_region: Receives the region
 * @ret_refusal: Receives why a message was refused (enum sealmem_refusal), also
 *	on failure; may be NULL
 *
 * One message is taken off the socket, unless the result is -EBADF, -EINVAL,
 * -EAGAIN, -EINTR, -ENODATA or -ENOTCONN. Whatever it was, the channel stays as
 * usable as it was; a message that was refused is gone, with all that it
 * brought.
 *
 * Checked in this order: control data, number of descriptors, the message, what
 * it declares, the descriptor as in sealmem_readonly_region_import(), replay,
 * and last the policy's judge.
 *
 * The channel knows the last SEALMEM_DELIVERIES regions that it delivered. A
 * token among them must come with the same memory, a writable region's memory
 * must not be among them unless it was sent back through this channel, and with
 * SEALMEM_POLICY_ONCE no token comes twice. Whoever sends more regions in
 * between is not found out.
 *
 * A signal handler ends the wait (-EINTR); the rest of the time is the caller's
 * to reckon. A descriptor that may block whoever closes it takes up to 50 ms on
 * top of @timeout_ms. A peer that sends such is hostile: close the channel.
 * From a peer that is gone, a message of no bytes and no descriptor cannot be
 * told from the end, and is reported as it.
 *
 * Context: The thread that owns @channel.
 * Return: 0, or -EBADF (empty), -EINVAL (@policy), -EAGAIN (nothing in time),
 * -EINTR, -ENODATA (the peer closed its end), -ECONNRESET, -ENOTCONN (a
 * listening channel), -EMFILE (no descriptor left for what came, or a security
 * module denied it; it is lost), -EBADMSG (the message), -EPROTO (the
 * descriptor), -EACCES (the judge), and as sealmem_readonly_region_import().
 */
SEALMEM_FALLIBLE int
sealmem_channel_receive(struct sealmem_channel *channel,
			const struct sealmem_policy *policy, int timeout_ms,
			struct sealmem_received_region *ret_region,
			uint32_t *ret_refusal);

/**
 * sealmem_channel_receive_readonly() - Receive a read-only region and no other
 * @channel: Channel
 * @policy: What to accept, or NULL
 * @timeout_ms: As in sealmem_channel_receive()
 * @ret_region: Receives the region
 * @ret_refusal: As in sealmem_channel_receive(); SEALMEM_REFUSAL_KIND for
 *	another kind
 *
 * Context: The thread that owns @channel.
 * Return: As sealmem_channel_receive().
 */
SEALMEM_FALLIBLE int sealmem_channel_receive_readonly(
	struct sealmem_channel *channel, const struct sealmem_policy *policy,
	int timeout_ms, struct sealmem_readonly_region *ret_region,
	uint32_t *ret_refusal);

/**
 * sealmem_received_region_close() - Close a received region of whatever kind
 * @region: Region; empty afterwards. An empty one is accepted
 *
 * Context: The thread that owns @region.
 */
SEALMEM_API void
sealmem_received_region_close(struct sealmem_received_region *region);

/**
 * sealmem_channel_fd() - Descriptor for poll and epoll, borrowed
 * @channel: Channel; may be empty
 *
 * Readable, level-triggered, means that a message or the end of the connection can be received,
 * or that a connection can be accepted.
 *
 * Context: Any thread.
 * Return: Descriptor, which the channel goes on owning; -1 if empty.
 */
SEALMEM_API int sealmem_channel_fd(const struct sealmem_channel *channel);

/**
 * sealmem_channel_close() - Close a channel
 * @channel: Channel; empty afterwards. An empty one is accepted
 *
 * Messages that nobody has received are lost. What they bring may block whoever
 * closes it, so a child process closes the socket if there are any: as a rule
 * before this returns, and after 50 ms at the latest this no longer waits.
 *
 * Context: The thread that owns @channel.
 */
SEALMEM_API void sealmem_channel_close(struct sealmem_channel *channel);

#ifdef __cplusplus
}
#endif

#endif
