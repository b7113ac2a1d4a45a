/* SPDX-License-Identifier: MIT */
/*
 * Events become state frame by frame, at SYN_REPORT, so that the two axes of a
 * stick never disagree. Keys are counted event by event: a press that is over
 * before its frame is, or before anybody looks, is still a press.
 */
#include <errno.h>
#include <linux/input.h>
#include <stdarg.h>

#include "tools/gamepad/evdev_node.h"
#include "tools/gamepad/evdev_pad.h"
#include "tools/gamepad/source.h"

/* ---- keys and axes ------------------------------------------------------ */

static bool is_down(const struct evdev_pad *pad, unsigned int code)
{
	return libevdev_get_event_value(pad->device, EV_KEY, code) != 0;
}

/*
 * 1 is a press even if we believe that the key is down: the kernel repeats no
 * value, so the release was lost. 2 is auto-repeat, and a press only if that
 * was lost.
 */
static void count_presses(struct evdev_pad *pad, unsigned int code, int value)
{
	if (value == 0 || (value != 1 && is_down(pad, code)))
		return;
	for (unsigned int i = 0; i < pad->map.button_count; i++) {
		struct evdev_control control = pad->map.buttons[i];

		if (control.kind == EVDEV_KEY && control.code == code)
			pad->presses[i]++;
	}
}

static void take_key(struct evdev_pad *pad, unsigned int code, int value)
{
	if (!libevdev_has_event_code(pad->device, EV_KEY, code))
		return;
	count_presses(pad, code, value);
	libevdev_set_event_value(pad->device, EV_KEY, code, value != 0);
}

/* libevdev ignores codes that the device does not have. */
static void take_axis(struct evdev_pad *pad, unsigned int code, int value)
{
	if (evdev_touch_is_code(code))
		evdev_touch_event(&pad->touch, code, value);
	else
		libevdev_set_event_value(pad->device, EV_ABS, code, value);
}

/* ---- frames ------------------------------------------------------------- */

static void fill_button(struct evdev_pad *pad, unsigned int i)
{
	struct sealmem_gamepad_button *button = &pad->state.buttons[i];
	struct evdev_control control = pad->map.buttons[i];
	float value = evdev_control_value(pad->device, control);
	bool pressed = value > SOURCE_PRESSED_ABOVE;

	/* Keys were counted before; axes only show here. */
	if (control.kind != EVDEV_KEY && pressed && !button->pressed)
		pad->presses[i]++;
	button->value = value;
	button->press_count = pad->presses[i];
	button->pressed = pressed;
	button->touched = value > 0;
}

static void fill_state(struct evdev_pad *pad)
{
	for (unsigned int i = 0; i < pad->map.axis_count; i++)
		pad->state.axes[i] = evdev_map_axis(&pad->map, pad->device, i);
	for (unsigned int i = 0; i < pad->map.button_count; i++)
		fill_button(pad, i);
	if (pad->state.supports_touch)
		evdev_touch_fill(&pad->touch, pad->device, &pad->state);
}

static uint64_t time_of(const struct input_event *event)
{
	int64_t seconds = event->input_event_sec;
	int64_t us = event->input_event_usec;

	if (seconds < 0 || seconds >= INT64_MAX / 1000000 || us < 0 ||
	    us >= 1000000)
		return 0;
	return (uint64_t)seconds * 1000000 + (uint64_t)us;
}

static bool end_frame(struct evdev_pad *pad, const struct input_event *event,
		      struct sealmem_gamepad *ret_pad)
{
	/* What is left of a frame says nothing about the rest of it. */
	if (pad->partial) {
		pad->partial = false;
		return false;
	}
	fill_state(pad);
	pad->state.event_time_us = time_of(event);
	if (ret_pad)
		*ret_pad = pad->state;
	return true;
}

bool evdev_pad_event(struct evdev_pad *pad, const struct input_event *event,
		     struct sealmem_gamepad *ret_pad)
{
	if (event->type == EV_SYN && event->code == SYN_DROPPED) {
		pad->partial = true;
		pad->lost = true;
		return false;
	}
	if (event->type == EV_SYN && event->code == SYN_REPORT)
		return end_frame(pad, event, ret_pad);
	if (pad->partial)
		return false;
	if (event->type == EV_KEY)
		take_key(pad, event->code, event->value);
	else if (event->type == EV_ABS)
		take_axis(pad, event->code, event->value);
	return false;
}

void evdev_pad_asked(struct evdev_pad *pad)
{
	pad->partial = pad->lost = false;
	evdev_touch_init(&pad->touch, pad->device);
	fill_state(pad);
}

bool evdev_pad_uses(const struct evdev_pad *pad, unsigned int type,
		    unsigned int code)
{
	if (type == EV_ABS && evdev_touch_is_code(code))
		return pad->state.supports_touch && evdev_touch_uses(code);
	return evdev_map_uses(&pad->map, type, code);
}

/* ---- the beginning ------------------------------------------------------ */

/* A device that talks nonsense must not fill anybody's log with it. */
__attribute__((format(printf, 7, 0))) static void
say_nothing(const struct libevdev *device, enum libevdev_log_priority priority,
	    void *data, const char *file, int line, const char *function,
	    const char *format, va_list arguments)
{
	(void)device;
	(void)priority;
	(void)data;
	(void)file;
	(void)line;
	(void)function;
	(void)format;
	(void)arguments;
}

/* What does not change while the device is there, and its state now. */
static void begin_state(struct evdev_pad *pad)
{
	struct sealmem_gamepad *state = &pad->state;

	state->connected = 1;
	state->mapping = pad->map.mapping;
	state->hand = pad->map.hand;
	state->axis_count = pad->map.axis_count;
	state->button_count = pad->map.button_count;
	state->axes_used = evdev_map_axes_used(&pad->map);
	state->buttons_used = evdev_map_buttons_used(&pad->map);
	state->supports_touch = evdev_touch_is_there(pad->device);
	evdev_id(pad->device, &pad->map, state->id);
	for (unsigned int i = 0; i < pad->map.button_count; i++)
		state->buttons[i].type = pad->map.types[i];
	fill_state(pad);
	/* What was held before we came was not pressed since. */
	for (unsigned int i = 0; i < SEALMEM_GAMEPAD_BUTTONS; i++)
		pad->presses[i] = state->buttons[i].press_count = 0;
}

int evdev_pad_init(struct evdev_pad *pad, struct libevdev *device,
		   const struct mapping_table *mappings)
{
	if (!evdev_class_is_pad(evdev_classify(device)))
		return -EMEDIUMTYPE;
	libevdev_set_device_log_function(device, say_nothing,
					 LIBEVDEV_LOG_ERROR, NULL);
	*pad = (struct evdev_pad){ .device = device };
	evdev_map_init(&pad->map, device, mappings);
	evdev_touch_init(&pad->touch, device);
	begin_state(pad);
	return 0;
}
