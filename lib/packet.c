/* SPDX-License-Identifier: MIT */
/* Messages of brokers and clients: every descriptor that is too many goes. */
#include "lib/packet.h"

#include <errno.h>

#include "lib/rules.h"
#include "sealing/sealing.h"

static enum sealmem_refusal check(const struct sealing_message *message)
{
	if (message->has_other_control)
		return SEALMEM_REFUSAL_CONTROL;
	if (message->is_control_cut)
		return SEALMEM_REFUSAL_SYSTEM;
	if (message->fd_count > 1)
		return SEALMEM_REFUSAL_DESCRIPTOR_COUNT;
	if (message->is_data_cut)
		return SEALMEM_REFUSAL_MESSAGE_SIZE;
	return SEALMEM_REFUSAL_NONE;
}

int packet_receive(int fd, void *ret_bytes, size_t size,
		   struct packet *ret_packet, enum sealmem_refusal *ret_refusal)
{
	struct sealing_message message;
	enum sealmem_refusal refusal;
	int ret = sealing_socket_receive(fd, ret_bytes, size, &message);

	if (ret < 0)
		return ret;
	refusal = check(&message);
	if (refusal == SEALMEM_REFUSAL_NONE) {
		ret_packet->size = message.size;
		ret_packet->fd = message.fd_count ? message.fds[0] : -1;
		return 0;
	}
	sealing_discard_all(message.fds, message.fd_count);
	*ret_refusal = refusal;
	return refusal == SEALMEM_REFUSAL_SYSTEM ? -EMFILE :
						   rules_error(refusal);
}

void packet_drop(const struct packet *packet)
{
	if (packet->fd >= 0)
		sealing_discard(packet->fd);
}
