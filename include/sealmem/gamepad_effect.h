/* SPDX-License-Identifier: MIT */
/*
 * Effects: what a consumer of gamepads asks its producer to make one feel like.
 * The way back of <sealmem/gamepad.h>, and not through memory: a consumer sends
 * a message, and what it asks for is in its range or the message is refused.
 *
 * The message is SEALMEM_GAMEPAD_EFFECT_SIZE bytes, little-endian, without a
 * descriptor:
 *
 *   offset  size  field
 *        0     8  magic "sealmfx\0"
 *        8     4  version, 1
 *       12     4  type (enum sealmem_gamepad_effect_type)
 *       16     4  index of the pad
 *       20     4  duration in milliseconds
 *       24     4  start delay in milliseconds
 *       28     4  strong motor, and the next three: IEEE 754 single
 *       32     4  weak motor
 *       36     4  motor of the left trigger
 *       40     4  motor of the right trigger
 *       44     4  0
 *
 * Not promised: that there is such a pad, that it has such motors, or that the
 * effect is not cut short by the next one. Nothing comes back.
 */
#ifndef SEALMEM_GAMEPAD_EFFECT_H
#define SEALMEM_GAMEPAD_EFFECT_H

#include <sealmem/base.h>
#include <sealmem/channel.h>
#include <sealmem/gamepad.h>

#define SEALMEM_GAMEPAD_EFFECT_SIZE 48
/* Longest duration, and longest delay before it. */
#define SEALMEM_GAMEPAD_EFFECT_MS_MAX 5000

/**
 * enum sealmem_gamepad_effect_type - What to do
 * @SEALMEM_GAMEPAD_EFFECT_DUAL_RUMBLE: Run the strong and the weak motor
 * @SEALMEM_GAMEPAD_EFFECT_TRIGGER_RUMBLE: And those in the triggers
 * @SEALMEM_GAMEPAD_EFFECT_RESET: Stop all of them
 */
enum sealmem_gamepad_effect_type {
	SEALMEM_GAMEPAD_EFFECT_DUAL_RUMBLE = 1,
	SEALMEM_GAMEPAD_EFFECT_TRIGGER_RUMBLE = 2,
	SEALMEM_GAMEPAD_EFFECT_RESET = 3,
};

/**
 * struct sealmem_gamepad_effect - One effect
 * @struct_size: sizeof(struct sealmem_gamepad_effect)
 * @index: Which pad, 0 to SEALMEM_GAMEPAD_COUNT_MAX - 1
 * @type: Of enum sealmem_gamepad_effect_type; whatever it does not need is 0
 * @duration_ms: How long, to SEALMEM_GAMEPAD_EFFECT_MS_MAX
 * @start_delay_ms: How long from now, to SEALMEM_GAMEPAD_EFFECT_MS_MAX
 * @strong: Strong motor, low frequency: 0 (off) to 1, as all that follow
 * @weak: Weak motor, high frequency
 * @left_trigger: Motor of the left trigger
 * @right_trigger: Motor of the right trigger
 */
struct sealmem_gamepad_effect {
	uint32_t struct_size;
	uint32_t index;
	uint32_t type;
	uint32_t duration_ms;
	uint32_t start_delay_ms;
	float strong;
	float weak;
	float left_trigger;
	float right_trigger;
};

#ifdef __cplusplus
extern "C" {
#endif

/**
 * sealmem_gamepad_effect_send() - Ask for an effect
 * @channel: Channel to the producer, as from sealmem_subscriber_channel()
 * @effect: Effect
 *
 * Context: The thread that owns @channel. Never waits for the peer.
 * Return: 0, or -EBADF (empty), -EINVAL (a member of @effect is outside its
 * range), -EPIPE (peer gone), -ECONNRESET, -EAGAIN (peer does not read),
 * -ENOTCONN (a listening channel), -ENOBUFS, -ENOMEM.
 */
SEALMEM_FALLIBLE int
sealmem_gamepad_effect_send(struct sealmem_channel *channel,
			    const struct sealmem_gamepad_effect *effect);

/**
 * sealmem_gamepad_effect_receive() - Receive a request for an effect
 * @channel: Channel to a consumer
 * @timeout_ms: How long to wait for a message, in milliseconds; 0 not at all,
 *	-1 for ever
 * @ret_effect: Receives the effect, every member in its range
 *
 * One message is taken off the socket, unless the result is -EBADF, -EAGAIN,
 * -EINTR, -ENODATA or -ENOTCONN. Whatever it was, the channel stays as usable as
 * it was; a message that was refused is gone, with all that it brought, and of
 * the effect in it nothing is taken. How many a consumer may send, and what
 * becomes of one that sends nonsense, is the caller's to decide.
 *
 * Context: The thread that owns @channel. A descriptor that may block whoever
 * closes it takes up to 50 ms on top of @timeout_ms.
 * Return: 0, or -EBADF (empty), -EAGAIN (nothing in time), -EINTR, -EBADMSG
 * (anything but one effect, or with a member outside its range), -ENODATA (the
 * peer closed its end), -ECONNRESET, -ENOTCONN (a listening channel).
 */
SEALMEM_FALLIBLE int
sealmem_gamepad_effect_receive(struct sealmem_channel *channel, int timeout_ms,
			       struct sealmem_gamepad_effect *ret_effect);

/**
 * sealmem_gamepad_effect_encode() - The message, for another way than a channel
 * @effect: Effect
 * @ret_bytes: Receives SEALMEM_GAMEPAD_EFFECT_SIZE bytes
 *
 * Context: Any thread; async-signal-safe.
 * Return: 0, or -EINVAL (a member of @effect is outside its range).
 */
SEALMEM_FALLIBLE int
sealmem_gamepad_effect_encode(const struct sealmem_gamepad_effect *effect,
			      uint8_t *ret_bytes);

/**
 * sealmem_gamepad_effect_decode() - Read a message that came another way
 * @bytes: The message, from whomever
 * @size: How many bytes
 * @ret_effect: Receives the effect, every member in its range
 *
 * Context: Any thread; async-signal-safe.
 * Return: 0, or -EBADMSG as sealmem_gamepad_effect_receive().
 */
SEALMEM_FALLIBLE int
sealmem_gamepad_effect_decode(const void *bytes, size_t size,
			      struct sealmem_gamepad_effect *ret_effect);

#ifdef __cplusplus
}
#endif

#endif
