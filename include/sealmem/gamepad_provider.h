/* SPDX-License-Identifier: MIT */
/*
 * Gamepad providers: which pads there are, and who may see them.
 *
 * Whoever reads devices tells the provider what connects, changes and goes. It
 * gives each device a slot, hides what was held when the device came, and
 * shows the pads to its consumers. Each consumer has a live region of its own,
 * to be read with the reader of <sealmem/gamepad.h>.
 *
 * A consumer sees nothing until its gate opens: until, while it is active,
 * somebody presses a button or pushes an axis beyond
 * SEALMEM_GAMEPAD_GESTURE_AXIS, on any pad. A gesture begins there: what was
 * held before is none, and a press that is over again is one. The gate is in
 * this process: what a consumer may not see is not in its memory, not even that
 * something happens. One gesture shows it all pads, and opens no other gate but
 * those of the consumers that are active then. Once open it stays so.
 *
 * While a consumer is inactive nothing is shared with it, and what was shared
 * is zeroed before the call returns, in all of its memory.
 *
 * What was held when its device came does not show until it was at rest: an axis
 * is 0 until it was once closer to that than SEALMEM_GAMEPAD_REST_AXIS, a button
 * neither pressed nor touched until it was once released, and there are no
 * fingers until there was once none.
 *
 * Press counts begin at 0 for what was pressed before a consumer could see the
 * pad, and go on modulo 2^32. The press that opens its gate is counted.
 *
 * Not promised: that a consumer forgets what it saw, which it may have copied,
 * or that it keeps its region to itself; that it does not learn from the pads
 * as they are when its gate opens how they were just before (an axis may be held,
 * and the time of the last event is a past one).
 *
 * A provider belongs to one thread. A child of fork neither uses nor closes it:
 * the regions cannot be written there.
 */
#ifndef SEALMEM_GAMEPAD_PROVIDER_H
#define SEALMEM_GAMEPAD_PROVIDER_H

#include <sealmem/base.h>
#include <sealmem/gamepad.h>
#include <sealmem/region.h>
#include <sealmem/snapshot_wait.h>

/* An axis closer to 0 than this is at rest. */
#define SEALMEM_GAMEPAD_REST_AXIS 0.1f
/* An axis further from 0 than this is a gesture. */
#define SEALMEM_GAMEPAD_GESTURE_AXIS 0.5f

/* Flags of a provider: show what was held when its device came. */
#define SEALMEM_GAMEPAD_PROVIDER_NO_SANITIZE (1u << 0)
/* Gates are open from the beginning. */
#define SEALMEM_GAMEPAD_PROVIDER_NO_GATE (1u << 1)

/* Flags of a device: its model is known. It can take another one's slot. */
#define SEALMEM_GAMEPAD_RECOGNISED (1u << 0)

/**
 * enum sealmem_gamepad_event - What a consumer has to be told
 * @SEALMEM_GAMEPAD_CONNECTED: A pad is there that was not, or that it could not
 *	see
 * @SEALMEM_GAMEPAD_DISCONNECTED: A pad that it was told of is gone
 */
enum sealmem_gamepad_event {
	SEALMEM_GAMEPAD_CONNECTED = 1,
	SEALMEM_GAMEPAD_DISCONNECTED = 2,
};

/**
 * typedef sealmem_gamepad_notice - Tells the caller what to tell a consumer
 * @data: As in the options
 * @consumer: Its number
 * @event: What happened
 * @slot: Which pad
 * @pad: CONNECTED: what the consumer can read there now. DISCONNECTED: what it
 *	could read there last, but for connected, which is 0; all zero if the pad
 *	went while the consumer was inactive
 *
 * The consumer's memory already is as the notice says. Until it returns the
 * functions that could change the provider return -EBUSY, and
 * sealmem_gamepad_provider_close() takes effect after the call that gave the
 * notice.
 */
typedef void sealmem_gamepad_notice(void *data, uint64_t consumer,
				    enum sealmem_gamepad_event event,
				    uint32_t slot,
				    const struct sealmem_gamepad *pad);

/**
 * struct sealmem_gamepad_provider_options - How to create a provider
 * @struct_size: sizeof(struct sealmem_gamepad_provider_options)
 * @flags: SEALMEM_GAMEPAD_PROVIDER_NO_SANITIZE and _NO_GATE, or 0
 * @pad_count: Slots, to SEALMEM_GAMEPAD_COUNT_MAX; 0 means
 *	SEALMEM_GAMEPAD_COUNT
 * @notice: What to call for each notice, or NULL
 * @data: Its first argument
 */
struct sealmem_gamepad_provider_options {
	size_t struct_size;
	uint32_t flags;
	uint32_t pad_count;
	sealmem_gamepad_notice *notice;
	void *data;
};

/* Private. */
struct gamepad_provider_state;

/** struct sealmem_gamepad_provider - Private. Zero is the empty provider */
struct sealmem_gamepad_provider {
	struct gamepad_provider_state *state;
};

#ifdef __cplusplus
extern "C" {
#endif

/**
 * sealmem_gamepad_provider_create() - New provider without pads and consumers
 * @options: How, or NULL
 * @ret_provider: Receives the provider
 *
 * Context: Any thread.
 * Return: 0, or -EINVAL (@options), -ENOMEM.
 */
SEALMEM_FALLIBLE int sealmem_gamepad_provider_create(
	const struct sealmem_gamepad_provider_options *options,
	struct sealmem_gamepad_provider *ret_provider);

/**
 * sealmem_gamepad_provider_connect() - A device came
 * @provider: Provider
 * @device: The caller's number for it
 * @flags: SEALMEM_GAMEPAD_RECOGNISED, or 0
 * @pad: Its state, with connected 1
 * @ret_slot: Receives its slot. May be NULL
 *
 * It gets the first empty slot and keeps it until it goes. If there is none, and
 * it is recognised, it gets the slot of the last device that is not: that one is
 * disconnected as if by sealmem_gamepad_provider_disconnect(), and unknown from
 * then on. What is pressed now is no gesture.
 *
 * Context: The thread that owns @provider.
 * Return: 0, or -EBADF (empty), -EBUSY (from a notice), -EINVAL (@flags, or
 * @pad is not connected or outside its range), -EEXIST (it has a slot), -ENOSPC
 * (no slot is or can be made empty).
 */
SEALMEM_FALLIBLE int sealmem_gamepad_provider_connect(
	struct sealmem_gamepad_provider *provider, uint64_t device,
	uint32_t flags, const struct sealmem_gamepad *pad, uint32_t *ret_slot);

/**
 * sealmem_gamepad_provider_update() - A device changed
 * @provider: Provider
 * @device: Its number
 * @pad: Its state, with connected 1
 *
 * Before this returns it is published to every active consumer whose gate is
 * open, or opens by it. What changes nothing for them is not published. If it is
 * now something else, as sealmem_gamepad_write() has it, consumers see another
 * connection, whose press counts begin at 0; no notices.
 *
 * Context: The thread that owns @provider.
 * Return: 0, or -EBADF (empty), -EBUSY (from a notice), -EINVAL (@pad is not
 * connected or outside its range), -ENOENT (it has no slot).
 */
SEALMEM_FALLIBLE int
sealmem_gamepad_provider_update(struct sealmem_gamepad_provider *provider,
				uint64_t device,
				const struct sealmem_gamepad *pad);

/**
 * sealmem_gamepad_provider_disconnect() - A device is gone
 * @provider: Provider
 * @device: Its number
 *
 * Its slot is empty and its pad zeroed in the memory of every consumer before
 * this returns.
 *
 * Context: The thread that owns @provider.
 * Return: 0, or -EBADF (empty), -EBUSY (from a notice), -ENOENT (it has no
 * slot).
 */
SEALMEM_FALLIBLE int
sealmem_gamepad_provider_disconnect(struct sealmem_gamepad_provider *provider,
				    uint64_t device);

/**
 * sealmem_gamepad_provider_slot_device() - Which device has a slot?
 * @provider: Provider
 * @slot: Which, from 0
 * @ret_device: Receives the device's number
 *
 * Context: The thread that owns @provider; also from a notice.
 * Return: 0, or -EBADF (empty), -EINVAL (no such slot), -ENOENT (it is empty).
 */
SEALMEM_FALLIBLE int sealmem_gamepad_provider_slot_device(
	const struct sealmem_gamepad_provider *provider, uint32_t slot,
	uint64_t *ret_device);

/**
 * sealmem_gamepad_provider_add_consumer() - Somebody wants to see pads
 * @provider: Provider
 * @options: How to create its region, or NULL
 * @ret_region: Receives its region, to be handed out, and only to it
 * @ret_consumer: Receives its number, from 1; none is used again
 *
 * It is active and its gate is closed. With SEALMEM_GAMEPAD_PROVIDER_NO_GATE it
 * sees all pads at once: then their notices come before this returns, after
 * both results were filled.
 *
 * Context: The thread that owns @provider.
 * Kernel: As sealmem_readonly_region_create().
 * Return: 0, or -EBADF (empty), -EBUSY (from a notice), -ENOMEM, and as
 * sealmem_gamepad_writer_create().
 */
SEALMEM_FALLIBLE int sealmem_gamepad_provider_add_consumer(
	struct sealmem_gamepad_provider *provider,
	const struct sealmem_options *options,
	struct sealmem_readonly_region *ret_region, uint64_t *ret_consumer);

/**
 * sealmem_gamepad_provider_set_active() - May a consumer see pads now?
 * @provider: Provider
 * @consumer: Its number
 * @active: May it?
 *
 * False: its memory is zeroed and stays so; no notices. True again: if its gate
 * is open it sees all pads and is told of each, and of slots that are empty now
 * and in which it could see one before; if not it goes on waiting for a gesture.
 *
 * Context: The thread that owns @provider.
 * Return: 0, or -EBADF (empty), -EBUSY (from a notice), -ENOENT (no such
 * consumer), -EALREADY (it is so).
 */
SEALMEM_FALLIBLE int
sealmem_gamepad_provider_set_active(struct sealmem_gamepad_provider *provider,
				    uint64_t consumer, bool active);

/**
 * sealmem_gamepad_provider_remove_consumer() - Somebody left
 * @provider: Provider
 * @consumer: Its number
 *
 * Its memory is zeroed, its reader told that the writer is gone. No notices.
 *
 * Context: The thread that owns @provider.
 * Return: 0, or -EBADF (empty), -EBUSY (from a notice), -ENOENT (no such
 * consumer).
 */
SEALMEM_FALLIBLE int sealmem_gamepad_provider_remove_consumer(
	struct sealmem_gamepad_provider *provider, uint64_t consumer);

/**
 * sealmem_gamepad_provider_set_wake() - When are consumers that wait woken?
 * @provider: Provider
 * @policy: As sealmem_snapshot_writer_set_wake(); at first it is never
 * @interval_us: As there
 *
 * For the consumers there are and those that come.
 *
 * Context: The thread that owns @provider.
 * Return: 0, or -EBADF (empty), -EBUSY (from a notice), -EINVAL (@policy or
 * @interval_us).
 */
SEALMEM_FALLIBLE int
sealmem_gamepad_provider_set_wake(struct sealmem_gamepad_provider *provider,
				  enum sealmem_snapshot_wake policy,
				  uint32_t interval_us);

/**
 * sealmem_gamepad_provider_wake() - Wake consumers that have something new
 * @provider: Provider; may be empty
 *
 * As sealmem_snapshot_writer_wake() for each of them.
 *
 * Context: The thread that owns @provider; also from a notice.
 */
SEALMEM_API void
sealmem_gamepad_provider_wake(struct sealmem_gamepad_provider *provider);

/**
 * sealmem_gamepad_provider_wake_timeout() - When is a wake due?
 * @provider: Provider; may be empty
 *
 * As sealmem_snapshot_writer_wake_timeout(), for the consumer that is first.
 *
 * Context: The thread that owns @provider; also from a notice.
 * Return: Milliseconds, rounded up; -1 if nobody has to be woken.
 */
SEALMEM_API int sealmem_gamepad_provider_wake_timeout(
	const struct sealmem_gamepad_provider *provider);

/**
 * sealmem_gamepad_provider_close() - Share nothing any more
 * @provider: Provider; empty afterwards. An empty one is accepted
 *
 * The memory of every consumer is zeroed, and its reader told that the writer is
 * gone. No notices.
 *
 * Context: The thread that owns @provider. From a notice it empties @provider,
 * and all else happens when the call that gave the notice returns.
 */
SEALMEM_API void
sealmem_gamepad_provider_close(struct sealmem_gamepad_provider *provider);

#ifdef __cplusplus
}
#endif

#endif
