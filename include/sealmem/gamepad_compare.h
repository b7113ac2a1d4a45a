/* SPDX-License-Identifier: MIT */
/*
 * What happened between two samples of all pads: for consumers that sample
 * <sealmem/gamepad.h> once a frame and tell others of events. Pure: nothing
 * here has a memory of its own.
 */
#ifndef SEALMEM_GAMEPAD_COMPARE_H
#define SEALMEM_GAMEPAD_COMPARE_H

#include <sealmem/base.h>
#include <sealmem/gamepad.h>

/* Above this a button was pressed so far that a person means it. */
#define SEALMEM_GAMEPAD_ACTIVATION 0.9f

/* Flags of sealmem_gamepad_compare(): say which, not only whether. */
#define SEALMEM_GAMEPAD_EACH_AXIS (1u << 0)
#define SEALMEM_GAMEPAD_EACH_BUTTON (1u << 1)

/**
 * struct sealmem_gamepad_difference - What happened to one pad
 * @axes: Axes that are elsewhere, a bit each, the first in bit 0. This and all
 *	that follow are 0 unless they were asked for
 * @buttons: Buttons of which anything is different, presses too
 * @down: Buttons that went down
 * @up: Buttons that went up. One that went down and up in between is in both
 */
struct sealmem_gamepad_difference {
	uint32_t axes;
	uint32_t buttons;
	uint32_t down;
	uint32_t up;
};

/**
 * struct sealmem_gamepad_comparison - What happened to all pads
 * @connected: Pads that are new, a bit each, the first in bit 0
 * @disconnected: Pads that are gone. One that is gone and has another in its
 *	place is in both
 * @axes_changed: Pads of which an axis is elsewhere
 * @buttons_changed: Pads of which anything about a button is different
 * @pads: Each of them, as far as it was asked for
 */
struct sealmem_gamepad_comparison {
	uint32_t connected;
	uint32_t disconnected;
	uint32_t axes_changed;
	uint32_t buttons_changed;
	struct sealmem_gamepad_difference pads[SEALMEM_GAMEPAD_COUNT_MAX];
};

#ifdef __cplusplus
extern "C" {
#endif

/**
 * sealmem_gamepad_has_activation() - Has a person pressed a button on purpose?
 * @pads: Pads
 * @count: How many, to SEALMEM_GAMEPAD_COUNT_MAX
 *
 * Axes do not count: a stick may be worn, or lie on something.
 *
 * Context: Any thread; async-signal-safe.
 * Return: True if a button of a connected pad is above
 * SEALMEM_GAMEPAD_ACTIVATION.
 */
SEALMEM_API bool
sealmem_gamepad_has_activation(const struct sealmem_gamepad *pads,
			       uint32_t count);

/**
 * sealmem_gamepad_compare() - What happened between two samples?
 * @before: Pads of the sample before
 * @before_count: How many, to SEALMEM_GAMEPAD_COUNT_MAX
 * @now: Pads of this sample
 * @now_count: How many, to SEALMEM_GAMEPAD_COUNT_MAX
 * @flags: 0, or SEALMEM_GAMEPAD_EACH_AXIS, SEALMEM_GAMEPAD_EACH_BUTTON
 * @ret_comparison: Receives all of it; may be NULL
 *
 * A pad that is in one sample only is not connected in the other. One that is
 * not connected has all axes at 0 and all buttons up, so what was held when a
 * pad went away goes up. What is beyond a pad's counts is not there. A button
 * that was pressed and released in between shows by its press count. Of a pad
 * that is not in @before only what is pressed now is down: the first sample of
 * all, of no pads before it, invents nothing.
 *
 * Context: Any thread; async-signal-safe.
 * Return: True if anything is different.
 */
SEALMEM_API bool sealmem_gamepad_compare(
	const struct sealmem_gamepad *before, uint32_t before_count,
	const struct sealmem_gamepad *now, uint32_t now_count, uint32_t flags,
	struct sealmem_gamepad_comparison *ret_comparison);

#ifdef __cplusplus
}
#endif

#endif
