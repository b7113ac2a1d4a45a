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
 *       40     8  reserved, 0
 *
 * and brings exactly one descriptor (SCM_RIGHTS). Everything else is refused.
 */
#ifndef SEALMEM_CHANNEL_H
#define SEALMEM_CHANNEL_H

#include <sealmem/base.h>
#include <sealmem/descriptor.h>
#include <sealmem/region.h>

#define SEALMEM_MESSAGE_SIZE 48

/**
 * struct sealmem_channel - One end of a connection, or a listening socket
 *
 * Private. Zero is the empty channel; neither touch nor copy it.
 */
struct sealmem_channel {
	int fd_plus_one;
};

/**
 * struct sealmem_received_region - A region whose kind the sender chose
 * @kind: Which member of @as there is
 * @as: The region
 */
struct sealmem_received_region {
	enum sealmem_kind kind;
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
 * @path: Where; must not exist yet. 1 to 107 bytes. Who may write to the
 *	socket file may connect; its mode is what the umask leaves
 * @ret_listener: Receives the listening channel
 *
 * The file stays after the channel is closed; remove it with unlink.
 *
 * Context: Any thread.
 * Return: 0, or -EINVAL (length), -EADDRINUSE, -ENOENT, -ENOTDIR, -EACCES,
 * -EROFS, -ENOSPC, -EMFILE, -ENFILE, -ENOMEM.
 */
SEALMEM_FALLIBLE int
sealmem_channel_listen(const char *path, struct sealmem_channel *ret_listener);

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
 * sealmem_channel_send_readonly() - Send a read-only region
 * @channel: Channel
 * @region: Region; stays the caller's
 *
 * Context: The thread that owns @channel. Never waits for the peer.
 * Return: 0, or -EBADF (channel or region empty), -EPIPE (peer gone),
 * -ECONNRESET, -EAGAIN (peer does not read), -ETOOMANYREFS (too many
 * descriptors on their way), -ENOTCONN (a listening channel), -ENOBUFS,
 * -ENOMEM.
 */
SEALMEM_FALLIBLE int
sealmem_channel_send_readonly(struct sealmem_channel *channel,
			      const struct sealmem_readonly_region *region);

/**
 * sealmem_channel_send_writable() - Send a writable region away
 * @channel: Channel
 * @take_region: Region; empty on success
 *
 * Context: The thread that owns @channel. Never waits for the peer.
 * Return: As sealmem_channel_send_readonly().
 */
SEALMEM_FALLIBLE int
sealmem_channel_send_writable(struct sealmem_channel *channel,
			      struct sealmem_writable_region *take_region);

/**
 * sealmem_channel_send_unsafe() - Send an unsafe region
 * @channel: Channel
 * @region: Region; stays the caller's
 *
 * Context: The thread that owns @channel. Never waits for the peer.
 * Return: As sealmem_channel_send_readonly().
 */
SEALMEM_FALLIBLE int
sealmem_channel_send_unsafe(struct sealmem_channel *channel,
			    const struct sealmem_unsafe_region *region);

/**
 * sealmem_channel_receive() - Receive a region of any kind
 * @channel: Channel
 * @policy: What to accept, or NULL
 * @timeout_ms: How long to wait, in milliseconds; 0 not at all, -1 for ever
 * @ret_region: Receives the region
 * @ret_refusal: Receives why a message was refused (enum sealmem_refusal), also
 *	on failure; may be NULL
 *
 * One message is taken off the socket, whatever the result but -EAGAIN and
 * -EINTR; the channel stays usable. A message of no bytes and no descriptor
 * cannot be told from the end, and is reported as it.
 *
 * Context: The thread that owns @channel.
 * Return: 0, or -EBADF (empty), -EAGAIN (nothing in time), -EINTR, -ENODATA
 * (the peer closed its end), -ECONNRESET, -ENOTCONN (a listening channel),
 * -EMFILE (no descriptor left for what came, which is lost), -EBADMSG (the
 * message), -EPROTO (the descriptor), and as sealmem_readonly_region_import().
 */
SEALMEM_FALLIBLE int
sealmem_channel_receive(struct sealmem_channel *channel,
			const struct sealmem_policy *policy, int timeout_ms,
			struct sealmem_received_region *ret_region,
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
 * Readable means that a message or the end of the connection can be received,
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
 * Context: The thread that owns @channel.
 */
SEALMEM_API void sealmem_channel_close(struct sealmem_channel *channel);

#ifdef __cplusplus
}
#endif

#endif
