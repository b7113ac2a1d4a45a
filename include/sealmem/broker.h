/* SPDX-License-Identifier: MIT */
/*
 * A broker creates and converts regions for processes that may not do so
 * themselves: whose sandbox has no procfs, no memfd_create or no F_ADD_SEALS.
 * The two talk over a channel, and neither trusts the other.
 *
 * A request is SEALMEM_REQUEST_SIZE bytes, little-endian:
 *
 *   offset  size  field
 *        0     8  magic "sealmrq\0"
 *        8     4  version, 1
 *       12     4  operation: 1 create, 2 to read-only, 3 to unsafe, 4 freeze
 *       16     8  id, which the answer repeats
 *       24     8  size of the region in bytes
 *       32     4  flags: SEALMEM_CREATE_LARGE and _OTHER_USERS, for 1 only
 *       36     4  reserved, 0
 *       40   256  name, up to SEALMEM_NAME_MAX bytes and zeros, for 1 only
 *
 * Operations 2 to 4 bring the descriptor of the writable region, open for
 * reading and writing (SCM_RIGHTS). Each request gets one answer, of
 * SEALMEM_ANSWER_SIZE bytes:
 *
 *   offset  size  field
 *        0     8  magic "sealman\0"
 *        8     4  version, 1
 *       12     4  0, or an errno of this machine, at most 4095
 *       16     8  id
 *
 * which brings the descriptor of the region if and only if that is 0. What is
 * created is a writable region of which no memory is there yet: the client
 * fills it, so that its own limits bound it and its own cgroup is charged. The
 * client also makes up the token, for it alone has to know it.
 */
#ifndef SEALMEM_BROKER_H
#define SEALMEM_BROKER_H

#include <sealmem/base.h>
#include <sealmem/channel.h>
#include <sealmem/hooks.h>

#define SEALMEM_REQUEST_SIZE 296
#define SEALMEM_ANSWER_SIZE 24

/**
 * struct sealmem_broker_client - Who asks a broker
 *
 * Private. Zero is the empty client; neither touch nor copy it, for its hooks
 * point to it.
 */
struct sealmem_broker_client {
	struct sealmem_channel channel;
	int timeout_ms;
	uint32_t turn;
	uint64_t last_id;
};

/**
 * struct sealmem_broker_limits - How much one client gets
 * @struct_size: sizeof(struct sealmem_broker_limits)
 * @size_max: Bytes of one region; 0 is no limit but that of every region
 * @regions_max: Regions in all; 0 is no limit
 * @bytes_max: Bytes in all, as whole pages; 0 is no limit
 *
 * NULL instead of a pointer to it means no limit. What counts is what was
 * handed out since the client connected: a region cannot be taken back, and
 * nothing tells when its last holder is gone.
 */
struct sealmem_broker_limits {
	size_t struct_size;
	uint64_t size_max;
	uint64_t regions_max;
	uint64_t bytes_max;
};

/**
 * struct sealmem_broker_usage - What one client got
 * @requests: Requests that were answered
 * @refused: Of these, how many with an error
 * @regions: Regions that were created and handed out
 * @bytes: Their bytes, as whole pages
 *
 * All 0 for a new client.
 */
struct sealmem_broker_usage {
	uint64_t requests;
	uint64_t refused;
	uint64_t regions;
	uint64_t bytes;
};

#ifdef __cplusplus
extern "C" {
#endif

/**
 * sealmem_broker_client_init() - Make a client of a connection to a broker
 * @take_channel: Connection; empty on success. From sealmem_channel_connect(),
 *	or one that the process was given before its sandbox closed
 * @timeout_ms: How long a request may wait for its answer, in milliseconds, at
 *	least 1; -1 is for ever. No call makes more than four
 * @ret_client: Receives the client
 *
 * Context: Any thread.
 * Return: 0, or -EBADF (empty), -EINVAL (@timeout_ms).
 */
SEALMEM_FALLIBLE int
sealmem_broker_client_init(struct sealmem_channel *take_channel, int timeout_ms,
			   struct sealmem_broker_client *ret_client);

/**
 * sealmem_broker_client_hooks() - Hooks that ask a broker
 * @client: Client, which stays where it is and open while the hooks are used
 * @ret_hooks: Receives all seven, for sealmem_hooks_set() or to be called
 *	directly, with @client as their data
 *
 * Through them a region is created and converted as without them, with the
 * same checks at the end of it; its file belongs to the broker's user. Nothing
 * that a broker passes is taken for what it says: it goes through the checks
 * of sealmem_readonly_region_import(), a converted region has to be the same
 * memory, and frozen content has to be what was given. But who creates memory
 * can keep a mapping of it, so that a broker can read all regions of its
 * clients and write to those that are not frozen.
 *
 * They return what the function that they replace returns, where a broker can
 * answer any of it, and also -EDQUOT (the broker's limits), -ETIMEDOUT (no
 * answer in time; later ones are not taken for the answer to something else),
 * -EPIPE, -ENODATA, -ECONNRESET (the broker is gone), -EAGAIN (it does not
 * read), -EBADMSG (its answer is none), -EPROTO (what it passed is not what
 * was asked for, or it says so of the region). If a conversion fails after the
 * seal was set, the region can be converted again, to the same kind.
 *
 * SEALMEM_CREATE_DESCRIPTOR_LEVEL changes nothing: there is no weaker level.
 *
 * They need sendmsg, recvmsg, poll, clock_gettime, fcntl with F_GET_SEALS and
 * F_GETFL, fstat, fstatfs, lseek, getrandom, prlimit64, pwrite64, mmap,
 * madvise, close and futex; to close what is not memory, clone.
 *
 * Context: The hooks: any thread; they take turns, and each request has the
 * client's time limit for its turn and its answer. Not in a child of fork, which
 * shares the connection: it connects anew.
 */
SEALMEM_API void
sealmem_broker_client_hooks(struct sealmem_broker_client *client,
			    struct sealmem_hooks *ret_hooks);

/**
 * sealmem_broker_client_close() - End the connection to a broker
 * @client: Client; empty afterwards. An empty one is accepted
 *
 * Its hooks then return -EBADF. Regions stay.
 *
 * Context: The thread that owns @client, while no hook of it runs.
 */
SEALMEM_API void
sealmem_broker_client_close(struct sealmem_broker_client *client);

/**
 * sealmem_broker_serve() - Answer one request of a client, if there is one
 * @channel: Connection from the client
 * @limits: How much the client gets, or NULL
 * @usage: What it got; zero at first, kept for it from call to call
 * @ret_refusal: Receives why a message was refused (enum sealmem_refusal), also
 *	on failure; may be NULL
 *
 * To be called when sealmem_channel_fd() is readable, by a process that may do
 * what its clients may not. Hooks of this process are not used. A request that
 * cannot be granted is answered, too, and is no failure. After a failure other
 * than -EAGAIN and -EINTR close the channel: the client is gone, or is none.
 *
 * Nothing is kept for a client between two calls. It can have created as much
 * as @limits allow, empty; what it fills is charged to itself. It can have
 * sealed what it holds open for writing, its own region or not: that is what
 * its sandbox keeps it from doing itself.
 *
 * Context: The thread that owns @channel and @usage. Never waits for a client.
 * A client that holds pages of what it wants frozen can make it take some
 * 170 ms, and one that passes a descriptor that blocks whoever closes it 50 ms.
 * One that can keep memory busy (see descriptor.h) can make it wait for a seal:
 * its sandbox should have no FUSE file system and no userfaultfd.
 * Return: 0 (answered), or -EAGAIN (no request), -EBADF (empty), -EINVAL
 * (@limits), -ENODATA, -EPIPE, -ECONNRESET (the client is gone), -EBADMSG (its
 * message is no request), -ENOBUFS (it does not read its answers), -EMFILE
 * (no descriptor left for what came, which is lost), -ENOTCONN (a listening
 * channel), -EINTR, -ENOMEM.
 */
SEALMEM_FALLIBLE int
sealmem_broker_serve(struct sealmem_channel *channel,
		     const struct sealmem_broker_limits *limits,
		     struct sealmem_broker_usage *usage, uint32_t *ret_refusal);

#ifdef __cplusplus
}
#endif

#endif
