/* SPDX-License-Identifier: MIT */
/*
 * Channels: one message, one region, one descriptor. Whatever else comes is
 * refused, and every descriptor that came with it is closed.
 */
#include <errno.h>
#include <sealmem/channel.h>

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
		sealing_close(sealmem_channel_fd(channel));
	channel->fd_plus_one = 0;
}

/* --- connections ---------------------------------------------------------- */

/* @fd is a descriptor or an error. */
static int keep(int fd, struct sealmem_channel *ret_channel)
{
	if (fd < 0)
		return fd;
	ret_channel->fd_plus_one = fd + 1;
	return 0;
}

int sealmem_channel_pair(struct sealmem_channel *ret_a,
			 struct sealmem_channel *ret_b)
{
	int fds[2];
	int ret = sealing_socket_pair(fds);

	if (ret < 0)
		return ret;
	ret_a->fd_plus_one = fds[0] + 1;
	ret_b->fd_plus_one = fds[1] + 1;
	return 0;
}

int sealmem_channel_listen(const char *path,
			   struct sealmem_channel *ret_listener)
{
	return keep(sealing_socket_listen(path), ret_listener);
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
	int ret;

	if (is_empty(listener))
		return -EBADF;
	ret = sealing_socket_wait(fd, timeout_ms);
	if (ret < 0)
		return ret;
	return keep(sealing_socket_accept(fd), ret_channel);
}

/* --- send ----------------------------------------------------------------- */

static int send(struct sealmem_channel *channel, enum sealmem_kind kind,
		const struct sealmem_handle *region)
{
	struct sealmem_descriptor descriptor = {
		.kind = (uint32_t)kind,
		.size = region->size,
		.token = region->token,
	};
	uint8_t bytes[SEALMEM_MESSAGE_SIZE];

	if (is_empty(channel) || region->size == 0)
		return -EBADF;
	wire_encode(&descriptor, bytes);
	return sealing_socket_send(sealmem_channel_fd(channel), bytes,
				   sizeof(bytes), region->fd);
}

int sealmem_channel_send_readonly(struct sealmem_channel *channel,
				  const struct sealmem_readonly_region *region)
{
	return send(channel, SEALMEM_KIND_READONLY, &region->priv);
}

int sealmem_channel_send_writable(struct sealmem_channel *channel,
				  struct sealmem_writable_region *take_region)
{
	int ret = send(channel, SEALMEM_KIND_WRITABLE, &take_region->priv);

	if (ret == 0)
		sealmem_writable_region_close(take_region);
	return ret;
}

int sealmem_channel_send_unsafe(struct sealmem_channel *channel,
				const struct sealmem_unsafe_region *region)
{
	return send(channel, SEALMEM_KIND_UNSAFE, &region->priv);
}

/* --- receive -------------------------------------------------------------- */

static void drop_fds(const struct sealing_message *message)
{
	for (unsigned int i = 0; i < message->fd_count; i++)
		sealing_discard(message->fds[i]);
}

/* Cut short with room to spare: this process cannot have more descriptors. */
static bool is_table_full(const struct sealing_message *message)
{
	return message->is_control_cut &&
	       message->fd_count < SEALING_RECEIVE_MAX;
}

static enum sealmem_refusal read_message(const struct sealing_message *message,
					 const uint8_t *bytes,
					 struct sealmem_descriptor *ret_parts)
{
	if (message->is_control_cut || message->fd_count != 1)
		return SEALMEM_REFUSAL_DESCRIPTOR_COUNT;
	if (message->is_data_cut)
		return SEALMEM_REFUSAL_MESSAGE_SIZE;
	return wire_decode(bytes, message->size, ret_parts);
}

static int import_any(struct sealmem_descriptor *parts,
		      const struct sealmem_policy *policy,
		      struct sealmem_received_region *ret_region)
{
	struct sealmem_received_region region = {
		.kind = (enum sealmem_kind)parts->kind,
	};
	int ret;

	switch (region.kind) {
	case SEALMEM_KIND_READONLY:
		ret = sealmem_readonly_region_import(parts, policy,
						     &region.as.readonly);
		break;
	case SEALMEM_KIND_WRITABLE:
		ret = sealmem_writable_region_import(parts, policy,
						     &region.as.writable);
		break;
	default:
		ret = sealmem_unsafe_region_import(parts, policy,
						   &region.as.unsafe);
	}
	if (ret == 0)
		*ret_region = region;
	return ret;
}

/* Takes one message off the socket, whatever it is. */
static int receive(int fd, const struct sealmem_policy *policy,
		   struct sealmem_received_region *ret_region,
		   uint32_t *ret_refusal)
{
	uint8_t bytes[SEALMEM_MESSAGE_SIZE];
	struct sealmem_descriptor parts = { 0 };
	struct sealing_message message;
	enum sealmem_refusal refusal;
	int ret;

	ret = sealing_socket_receive(fd, bytes, sizeof(bytes), &message);
	if (ret < 0)
		return ret;
	if (is_table_full(&message)) {
		drop_fds(&message);
		*ret_refusal = SEALMEM_REFUSAL_SYSTEM;
		return -EMFILE;
	}
	refusal = read_message(&message, bytes, &parts);
	if (refusal != SEALMEM_REFUSAL_NONE) {
		drop_fds(&message);
		*ret_refusal = (uint32_t)refusal;
		return rules_error(refusal);
	}
	parts.fd = message.fds[0];
	ret = import_any(&parts, policy, ret_region);
	*ret_refusal = parts.refusal;
	return ret;
}

int sealmem_channel_receive(struct sealmem_channel *channel,
			    const struct sealmem_policy *policy, int timeout_ms,
			    struct sealmem_received_region *ret_region,
			    uint32_t *ret_refusal)
{
	uint32_t refusal = SEALMEM_REFUSAL_NONE;
	int fd = sealmem_channel_fd(channel);
	int ret;

	if (is_empty(channel))
		return -EBADF;
	ret = receive(fd, policy, ret_region, &refusal);
	if (ret == -EAGAIN && timeout_ms != 0) {
		ret = sealing_socket_wait(fd, timeout_ms);
		if (ret == 0)
			ret = receive(fd, policy, ret_region, &refusal);
	}
	if (ret_refusal)
		*ret_refusal = refusal;
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
	region->kind = SEALMEM_KIND_NONE;
}
