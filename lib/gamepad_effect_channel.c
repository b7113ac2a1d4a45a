/* SPDX-License-Identifier: MIT */
/* Effects over a channel: a message brings one, and no descriptor. */
#include <errno.h>
#include <sealmem/gamepad_effect.h>

#include "lib/deadline.h"
#include "lib/packet.h"
#include "sealing/sealing.h"

int sealmem_gamepad_effect_send(struct sealmem_channel *channel,
				const struct sealmem_gamepad_effect *effect)
{
	int fd = sealmem_channel_fd(channel);
	uint8_t bytes[SEALMEM_GAMEPAD_EFFECT_SIZE];
	int ret;

	if (fd < 0)
		return -EBADF;
	ret = sealmem_gamepad_effect_encode(effect, bytes);
	if (ret < 0)
		return ret;
	return sealing_socket_send(fd, bytes, sizeof(bytes), -1);
}

/* Descriptors are wrong here, so it does not matter if some had no room. */
static int receive_now(int fd, struct sealmem_gamepad_effect *ret_effect)
{
	uint8_t bytes[SEALMEM_GAMEPAD_EFFECT_SIZE];
	enum sealmem_refusal refusal = SEALMEM_REFUSAL_NONE;
	struct packet packet;
	int ret = packet_receive(fd, bytes, sizeof(bytes), &packet, &refusal);

	if (refusal != SEALMEM_REFUSAL_NONE)
		return -EBADMSG;
	if (ret < 0)
		return ret;
	packet_drop(&packet);
	if (packet.fd >= 0)
		return -EBADMSG;
	return sealmem_gamepad_effect_decode(bytes, packet.size, ret_effect);
}

int sealmem_gamepad_effect_receive(struct sealmem_channel *channel,
				   int timeout_ms,
				   struct sealmem_gamepad_effect *ret_effect)
{
	int fd = sealmem_channel_fd(channel);
	uint64_t end = deadline_after(timeout_ms);
	int ret;

	if (fd < 0)
		return -EBADF;
	ret = receive_now(fd, ret_effect);
	/* Another process may be faster, so being readable is no promise. */
	while (ret == -EAGAIN && timeout_ms != 0) {
		ret = sealing_socket_wait(fd, deadline_left(end));
		if (ret < 0)
			return ret;
		ret = receive_now(fd, ret_effect);
	}
	return ret;
}
