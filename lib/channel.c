/* SPDX-License-Identifier: MIT */
/*
 * Channels: one message, one region, one descriptor. Whatever else comes is
 * refused, and every descriptor that came with it is closed.
 */
#include <errno.h>
#include <sealmem/channel.h>
#include <string.h>

#include "lib/channel.h"
#include "lib/deadline.h"
#include "lib/history.h"
#include "lib/import.h"
#include "lib/options.h"
#include "lib/rules.h"
#include "lib/wire.h"
#include "sealing/sealing.h"

static bool is_empty(const struct sealmem_channel *channel)
{
	return channel->fd_plus_one == 0;
}

int sealmem_channel_fd(const struct sealmem_channel *channel)
{
	return channel->fd_plus_one - 1;
}

void sealmem_channel_close(struct sealmem_channel *channel)
{
	if (!is_empty(channel))
		sealing_socket_close(sealmem_channel_fd(channel));
	*channel = (struct sealmem_channel){ 0 };
}

/* --- connections ---------------------------------------------------------- */

/* @fd is a descriptor or an error. */
static int keep(int fd, struct sealmem_channel *ret_channel)
{
	if (fd < 0)
		return fd;
	*ret_channel = (struct sealmem_channel){ .fd_plus_one = fd + 1 };
	return 0;
}

int sealmem_channel_pair(struct sealmem_channel *ret_a,
			 struct sealmem_channel *ret_b)
{
	int fds[2];
	int ret = sealing_socket_pair(fds);

	if (ret < 0)
		return ret;
	*ret_a = (struct sealmem_channel){ .fd_plus_one = fds[0] + 1 };
	*ret_b = (struct sealmem_channel){ .fd_plus_one = fds[1] + 1 };
	return 0;
}

int sealmem_channel_listen(const char *path, uint32_t mode,
			   struct sealmem_channel *ret_listener)
{
	if (mode & ~(uint32_t)0777)
		return -EINVAL;
	return keep(sealing_socket_listen(path, mode), ret_listener);
}

int sealmem_channel_connect(const char *path,
			    struct sealmem_channel *ret_channel)
{
	return keep(sealing_socket_connect(path), ret_channel);
}

int sealmem_channel_accept(struct sealmem_channel *listener, int timeout_ms,
			   struct sealmem_channel *ret_channel)
{
	int fd = sealmem_channel_fd(listener);
	uint64_t end = deadline_after(timeout_ms);
	int ret;

	if (is_empty(listener))
		return -EBADF;
	ret = sealing_socket_accept(fd);
	/* Whoever knocked may be another process's by now. */
	while (ret == -EAGAIN && timeout_ms != 0) {
		ret = sealing_socket_wait(fd, deadline_left(end));
		if (ret < 0)
			return ret;
		ret = sealing_socket_accept(fd);
	}
	return keep(ret, ret_channel);
}

/* --- sockets of the caller's ---------------------------------------------- */

/* A connection stays as it is: nothing here waits in it. */
static int prepare(int fd, enum sealing_socket state)
{
	int ret = sealing_cloexec(fd);

	if (ret == 0 && state == SEALING_SOCKET_LISTENING)
		ret = sealing_socket_nonblock(fd);
	return ret;
}

int sealmem_channel_adopt(int take_fd, struct sealmem_channel *ret_channel)
{
	enum sealing_socket state;
	int ret = sealing_socket_state(take_fd, &state);

	if (ret < 0)
		return ret;
	if (state == SEALING_SOCKET_OTHER)
		return -EPROTOTYPE;
	if (state == SEALING_SOCKET_UNCONNECTED)
		return -ENOTCONN;
	ret = prepare(take_fd, state);
	return keep(ret < 0 ? ret : take_fd, ret_channel);
}

int sealmem_channel_release(struct sealmem_channel *take_channel)
{
	int fd = sealmem_channel_fd(take_channel);

	if (is_empty(take_channel))
		return -EBADF;
	*take_channel = (struct sealmem_channel){ 0 };
	return fd;
}

/* --- who is there --------------------------------------------------------- */

/* A listening socket would name the process that listens. */
static int check_connected(const struct sealmem_channel *channel)
{
	enum sealing_socket state;
	int ret;

	if (is_empty(channel))
		return -EBADF;
	ret = sealing_socket_state(sealmem_channel_fd(channel), &state);
	if (ret < 0)
		return ret;
	return state == SEALING_SOCKET_CONNECTED ? 0 : -ENOTCONN;
}

static int read_peer(int fd, struct sealmem_peer *ret_peer)
{
	struct sealing_peer peer;
	int ret = sealing_socket_peer(fd, &peer);

	if (ret == 0)
		*ret_peer = (struct sealmem_peer){
			.pid = peer.pid,
			.uid = peer.uid,
			.gid = peer.gid,
		};
	return ret;
}

int sealmem_channel_peer(const struct sealmem_channel *channel,
			 struct sealmem_peer *ret_peer)
{
	int ret = check_connected(channel);

	return ret < 0 ? ret : read_peer(sealmem_channel_fd(channel), ret_peer);
}

int sealmem_channel_peer_pidfd(const struct sealmem_channel *channel)
{
	int ret = check_connected(channel);

	return ret < 0 ? ret :
			 sealing_socket_peer_pidfd(sealmem_channel_fd(channel));
}

/* --- send ----------------------------------------------------------------- */

int channel_send(struct sealmem_channel *channel, enum sealmem_kind kind,
		 const struct sealmem_handle *region, const char *label,
		 uint64_t generation)
{
	struct wire_message message = {
		.kind = kind,
		.size = region->size,
		.token = region->token,
		.generation = generation,
	};
	uint8_t bytes[SEALMEM_MESSAGE_SIZE];

	if (is_empty(channel) || handle_is_empty(region))
		return -EBADF;
	if (wire_read_label(label, message.label) < 0)
		return -EINVAL;
	wire_encode(&message, bytes);
	return sealing_socket_send(sealmem_channel_fd(channel), bytes,
				   sizeof(bytes), region->fd);
}

int sealmem_channel_send_readonly(struct sealmem_channel *channel,
				  const struct sealmem_readonly_region *region,
				  const char *label)
{
	return channel_send(channel, SEALMEM_KIND_READONLY, &region->priv,
			    label, 0);
}

int sealmem_channel_send_generation(
	struct sealmem_channel *channel,
	const struct sealmem_readonly_region *region, const char *label,
	uint64_t generation)
{
	if (sealmem_channel_fd(channel) < 0)
		return -EBADF;
	if (generation == 0)
		return -EINVAL;
	return channel_send(channel, SEALMEM_KIND_READONLY, &region->priv,
			    label, generation);
}

int sealmem_channel_send_writable(struct sealmem_channel *channel,
				  struct sealmem_writable_region *take_region,
				  const char *label)
{
	const struct sealmem_delivery sent = {
		.device = take_region->priv.device,
		.inode = take_region->priv.inode,
	};
	int ret = channel_send(channel, SEALMEM_KIND_WRITABLE,
			       &take_region->priv, label, 0);

	if (ret < 0)
		return ret;
	history_give_back(&channel->history, &sent);
	sealmem_writable_region_close(take_region);
	return 0;
}

int sealmem_channel_send_unsafe(struct sealmem_channel *channel,
				const struct sealmem_unsafe_region *region,
				const char *label)
{
	return channel_send(channel, SEALMEM_KIND_UNSAFE, &region->priv, label,
			    0);
}

/* --- receive -------------------------------------------------------------- */

/* What the receiver asked for, and where it gets it. */
struct request {
	struct sealmem_channel *channel;
	struct sealmem_policy policy;
	/* SEALMEM_KIND_NONE: any. */
	enum sealmem_kind kind;
	uint32_t refusal;
};

static int refuse(struct request *request, enum sealmem_refusal refusal)
{
	request->refusal = (uint32_t)refusal;
	return rules_error(refusal);
}

static enum sealmem_refusal read_message(const struct sealing_message *message,
					 const uint8_t *bytes,
					 struct wire_message *ret_message)
{
	if (message->has_other_control)
		return SEALMEM_REFUSAL_CONTROL;
	if (message->fd_count != 1)
		return SEALMEM_REFUSAL_DESCRIPTOR_COUNT;
	if (message->is_data_cut)
		return SEALMEM_REFUSAL_MESSAGE_SIZE;
	return wire_decode(bytes, message->size, ret_message);
}

/* One message off the socket: what it says and its one descriptor. */
static int take_message(struct request *request,
			struct wire_message *ret_message, int *ret_fd)
{
	uint8_t bytes[SEALMEM_MESSAGE_SIZE];
	struct sealing_message message;
	enum sealmem_refusal refusal;
	int ret = sealing_socket_receive(sealmem_channel_fd(request->channel),
					 bytes, sizeof(bytes), &message);

	if (ret < 0)
		return ret;
	refusal = read_message(&message, bytes, ret_message);
	if (refusal == SEALMEM_REFUSAL_NONE && request->kind &&
	    ret_message->kind != request->kind)
		refusal = SEALMEM_REFUSAL_KIND;
	if (message.is_control_cut && !message.has_other_control)
		refusal = SEALMEM_REFUSAL_SYSTEM;
	if (refusal != SEALMEM_REFUSAL_NONE) {
		sealing_discard_all(message.fds, message.fd_count);
		ret = refuse(request, refusal);
		return refusal == SEALMEM_REFUSAL_SYSTEM ? -EMFILE : ret;
	}
	*ret_fd = message.fds[0];
	return 0;
}

static void remember(struct sealmem_channel *channel,
		     const struct sealmem_handle *handle)
{
	const struct sealmem_delivery accepted = {
		.token = handle->token,
		.device = handle->device,
		.inode = handle->inode,
	};

	history_add(&channel->history, &accepted);
}

static int import_message(struct request *request,
			  const struct wire_message *message, int fd,
			  struct sealmem_handle *ret_handle)
{
	struct sealmem_descriptor parts = {
		.kind = (uint32_t)message->kind,
		.size = message->size,
		.token = message->token,
		.fd = fd,
	};
	struct sealmem_peer peer = { 0 };
	const struct import_context context = {
		.label = message->label,
		.generation = message->generation,
		.peer = &peer,
		.history = &request->channel->history,
	};
	int ret = 0;

	if (request->policy.judge)
		ret = read_peer(sealmem_channel_fd(request->channel), &peer);
	if (ret < 0) {
		sealing_discard(fd);
		request->refusal = SEALMEM_REFUSAL_SYSTEM;
		return ret;
	}
	ret = import_region(&parts, &request->policy, message->kind, &context,
			    ret_handle);
	request->refusal = parts.refusal;
	return ret;
}

static int receive_now(struct request *request,
		       struct wire_message *ret_message,
		       struct sealmem_handle *ret_handle)
{
	int fd;
	int ret = take_message(request, ret_message, &fd);

	if (ret == 0)
		ret = import_message(request, ret_message, fd, ret_handle);
	if (ret == 0)
		remember(request->channel, ret_handle);
	return ret;
}

/* Looks for a message first: as a rule there is one, and no need to wait. */
static int receive(struct request *request, int timeout_ms,
		   struct wire_message *ret_message,
		   struct sealmem_handle *ret_handle)
{
	int fd = sealmem_channel_fd(request->channel);
	uint64_t end = deadline_after(timeout_ms);
	int ret = receive_now(request, ret_message, ret_handle);

	/* Another process may be faster, so being readable is no promise. */
	while (ret == -EAGAIN && timeout_ms != 0) {
		ret = sealing_socket_wait(fd, deadline_left(end));
		if (ret < 0)
			return ret;
		ret = receive_now(request, ret_message, ret_handle);
	}
	return ret;
}

static int receive_kind(struct sealmem_channel *channel,
			const struct sealmem_policy *policy, int timeout_ms,
			enum sealmem_kind kind,
			struct wire_message *ret_message,
			struct sealmem_handle *ret_handle,
			uint32_t *ret_refusal)
{
	struct request request = { .channel = channel, .kind = kind };
	int ret = -EBADF;

	if (!is_empty(channel))
		ret = policy_read(policy, &request.policy);
	if (ret == 0)
		ret = receive(&request, timeout_ms, ret_message, ret_handle);
	if (ret_refusal)
		*ret_refusal = request.refusal;
	return ret;
}

static void fill(const struct wire_message *message,
		 struct sealmem_handle *handle,
		 struct sealmem_received_region *ret_region)
{
	*ret_region = (struct sealmem_received_region){
		.kind = message->kind,
		.generation = message->generation,
	};
	memcpy(ret_region->label, message->label, sizeof(message->label));
	if (message->kind == SEALMEM_KIND_READONLY)
		ret_region->as.readonly.priv = handle_take(handle);
	else if (message->kind == SEALMEM_KIND_WRITABLE)
		ret_region->as.writable.priv = handle_take(handle);
	else
		ret_region->as.unsafe.priv = handle_take(handle);
}

int sealmem_channel_receive(struct sealmem_channel *channel,
			    const struct sealmem_policy *policy, int timeout_ms,
			    struct sealmem_received_region *ret_region,
			    uint32_t *ret_refusal)
{
	struct wire_message message;
	struct sealmem_handle handle;
	int ret = receive_kind(channel, policy, timeout_ms, SEALMEM_KIND_NONE,
			       &message, &handle, ret_refusal);

	if (ret == 0)
		fill(&message, &handle, ret_region);
	return ret;
}

int sealmem_channel_receive_readonly(struct sealmem_channel *channel,
				     const struct sealmem_policy *policy,
				     int timeout_ms,
				     struct sealmem_readonly_region *ret_region,
				     uint32_t *ret_refusal)
{
	struct wire_message message;
	struct sealmem_handle handle;
	int ret =
		receive_kind(channel, policy, timeout_ms, SEALMEM_KIND_READONLY,
			     &message, &handle, ret_refusal);

	if (ret == 0)
		ret_region->priv = handle_take(&handle);
	return ret;
}

void sealmem_received_region_close(struct sealmem_received_region *region)
{
	switch (region->kind) {
	case SEALMEM_KIND_READONLY:
		sealmem_readonly_region_close(&region->as.readonly);
		break;
	case SEALMEM_KIND_WRITABLE:
		sealmem_writable_region_close(&region->as.writable);
		break;
	case SEALMEM_KIND_UNSAFE:
		sealmem_unsafe_region_close(&region->as.unsafe);
		break;
	case SEALMEM_KIND_NONE:
		break;
	}
	*region = (struct sealmem_received_region){ 0 };
}
