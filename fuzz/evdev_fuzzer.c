/* SPDX-License-Identifier: MIT */
/*
 * Reaches evdev_pad_init, evdev_pad_event, evdev_pad_asked, and all of
 * tools/gamepad/evdev_buffer.h and evdev_touch.h.
 *
 * Input: the device (1 byte: what it has; two numbers: the range of its left
 * stick), then how it is read (1 byte: bytes at a time; 0 is all at once), then
 * records of an operation (1 byte), a code (1 byte) and a value (4 bytes). What
 * is left at the end is the beginning of an event.
 *
 * Oracle: every frame leaves the pad in its range; keys, their presses and the
 * left stick are what a second, simpler model makes of the same events; cut in
 * pieces the same bytes make the same pad.
 */
#include <libevdev/libevdev.h>
#include <linux/input.h>

#include "fuzz.h"
#include "tools/gamepad/evdev_buffer.h"
#include "tools/gamepad/evdev_pad.h"

#define EVENTS_MAX 512

enum { HAS_SURFACE = 1, IS_JOYSTICK = 2, HAS_EXTRA = 4 };

/* Keys that a device may have: from the first gamepad code on. */
#define KEYS_FIRST BTN_MISC

/**
 * struct model - What keys and the left stick should be
 * @down: By code from KEYS_FIRST on
 * @presses: The same
 * @x: Where the stick is
 * @partial: In a frame that is not whole
 */
struct model {
	bool down[KEY_CNT - KEYS_FIRST];
	uint32_t presses[KEY_CNT - KEYS_FIRST];
	int x;
	bool partial;
};

/* ---- the device --------------------------------------------------------- */

static void add_keys(struct libevdev *device, unsigned int first,
		     unsigned int last)
{
	for (unsigned int code = first; code <= last; code++)
		libevdev_enable_event_code(device, EV_KEY, code, NULL);
}

static void add_axis(struct libevdev *device, unsigned int code, int min,
		     int max)
{
	const struct input_absinfo info = { .minimum = min, .maximum = max };

	libevdev_enable_event_code(device, EV_ABS, code, &info);
}

static struct libevdev *take_device(struct fuzz_input *input)
{
	struct libevdev *device = libevdev_new();
	unsigned int has = (unsigned int)fuzz_take(input, 1);
	int min = (int)fuzz_take_number(input);
	int max = (int)fuzz_take_number(input);

	FUZZ_CHECK(device);
	if (has & IS_JOYSTICK)
		add_keys(device, BTN_TRIGGER, BTN_DEAD);
	else
		add_keys(device, BTN_SOUTH, BTN_THUMBR);
	if (has & HAS_EXTRA)
		add_keys(device, BTN_TRIGGER_HAPPY1, BTN_TRIGGER_HAPPY40);
	add_axis(device, ABS_X, min, max);
	for (unsigned int code = ABS_Y; code <= ABS_HAT0Y; code++)
		add_axis(device, code, -128, 127);
	if (has & HAS_SURFACE) {
		add_axis(device, ABS_MT_SLOT, 0, 4);
		add_axis(device, ABS_MT_TRACKING_ID, 0, 65535);
		add_axis(device, ABS_MT_POSITION_X, 0, 1919);
		add_axis(device, ABS_MT_POSITION_Y, min, max);
	}
	return device;
}

/* ---- events ------------------------------------------------------------- */

static struct input_event take_event(struct fuzz_input *input)
{
	unsigned int operation = (unsigned int)fuzz_take(input, 1) % 8;
	unsigned int code = (unsigned int)fuzz_take(input, 1);
	struct input_event event = { .value = (int)fuzz_take(input, 4) };

	switch (operation) {
	case 0:
		event.code = SYN_REPORT;
		break;
	case 1:
		event.code = SYN_DROPPED;
		break;
	case 2:
	case 3:
		event.type = EV_KEY;
		event.code = (__u16)(BTN_SOUTH + code);
		break;
	case 4:
		event.type = EV_KEY;
		event.code = (__u16)(BTN_TRIGGER_HAPPY1 - 64 + code);
		break;
	case 5:
	case 6:
		event.type = EV_ABS;
		event.code = (__u16)(code % ABS_CNT);
		break;
	default:
		event.type = (__u16)code;
		event.code = (__u16)(event.value >> 16);
	}
	return event;
}

/* ---- the oracles -------------------------------------------------------- */

static bool is_between(float value, float low, float high)
{
	return value >= low && value <= high;
}

static void check_range(const struct sealmem_gamepad *pad)
{
	FUZZ_CHECK(pad->connected == 1);
	FUZZ_CHECK(pad->axis_count <= SEALMEM_GAMEPAD_AXES);
	FUZZ_CHECK(pad->button_count <= SEALMEM_GAMEPAD_BUTTONS);
	FUZZ_CHECK(pad->touch_count <= SEALMEM_GAMEPAD_TOUCHES);
	for (int i = 0; i < SEALMEM_GAMEPAD_AXES; i++)
		FUZZ_CHECK(is_between(pad->axes[i], -1, 1));
	for (int i = 0; i < SEALMEM_GAMEPAD_BUTTONS; i++) {
		FUZZ_CHECK(is_between(pad->buttons[i].value, 0, 1));
		FUZZ_CHECK(pad->buttons[i].pressed <= 1);
		FUZZ_CHECK(pad->buttons[i].touched <= 1);
	}
	for (int i = 0; i < SEALMEM_GAMEPAD_TOUCHES; i++) {
		FUZZ_CHECK(is_between(pad->touches[i].x, -1, 1));
		FUZZ_CHECK(is_between(pad->touches[i].y, -1, 1));
	}
}

static void model_key(struct model *model, const struct libevdev *device,
		      const struct input_event *event)
{
	unsigned int key = event->code - KEYS_FIRST;

	if (!libevdev_has_event_code(device, EV_KEY, event->code))
		return;
	if (event->value == 1 || (event->value && !model->down[key]))
		model->presses[key]++;
	model->down[key] = event->value;
}

/* True at the end of a whole frame. */
static bool model_event(struct model *model, const struct libevdev *device,
			const struct input_event *event)
{
	bool whole = !model->partial;

	if (event->type == EV_SYN && event->code == SYN_DROPPED)
		model->partial = true;
	if (event->type == EV_SYN && event->code == SYN_REPORT) {
		model->partial = false;
		return whole;
	}
	if (!whole)
		return false;
	if (event->type == EV_KEY)
		model_key(model, device, event);
	if (event->type == EV_ABS && event->code == ABS_X)
		model->x = event->value;
	return false;
}

/* Fractions of long double: nothing is lost of 32-bit numbers. */
static void check_stick(const struct model *model, const struct evdev_pad *pad)
{
	long double min = libevdev_get_abs_minimum(pad->device, ABS_X);
	long double max = libevdev_get_abs_maximum(pad->device, ABS_X);
	long double wanted = 0, off;

	if (min < max)
		wanted = (2.0L * model->x - min - max) / (max - min);
	wanted = wanted > 1 ? 1 : wanted < -1 ? -1 : wanted;
	off = wanted - (long double)pad->state.axes[0];
	FUZZ_CHECK(off < 1e-6L && off > -1e-6L);
}

static void check_model(const struct model *model, const struct evdev_pad *pad)
{
	check_stick(model, pad);
	for (unsigned int i = 0; i < pad->map.button_count; i++) {
		const struct sealmem_gamepad_button *button =
			&pad->state.buttons[i];
		unsigned int key = pad->map.buttons[i].code - KEYS_FIRST;

		if (pad->map.buttons[i].kind != EVDEV_KEY)
			continue;
		FUZZ_CHECK(button->pressed == model->down[key]);
		FUZZ_CHECK(button->press_count == model->presses[key]);
	}
}

/* ---- reading ------------------------------------------------------------ */

static void check_event(struct evdev_pad *pad, struct model *model,
			const struct input_event *event)
{
	struct sealmem_gamepad seen;
	bool wanted = model_event(model, pad->device, event);

	FUZZ_CHECK(evdev_pad_event(pad, event, &seen) == wanted);
	if (!wanted)
		return;
	FUZZ_CHECK(!memcmp(&seen, &pad->state, sizeof(seen)));
	check_range(&seen);
	check_model(model, pad);
}

/* As a device is read, @piece bytes at a time. */
static struct sealmem_gamepad read_all(struct libevdev *device,
				       const uint8_t *bytes, size_t size,
				       size_t piece)
{
	struct evdev_buffer buffer = { 0 };
	struct model model = { 0 };
	struct evdev_pad pad;

	FUZZ_CHECK(evdev_pad_init(&pad, device, NULL) == 0);
	check_range(&pad.state);
	while (size > 0) {
		size_t room, count;
		void *to = evdev_buffer_room(&buffer, &room);
		size_t part = piece && piece < room ? piece : room;

		FUZZ_CHECK(room >= sizeof(struct input_event));
		part = part < size ? part : size;
		memcpy(to, bytes, part);
		bytes += part;
		size -= part;
		count = evdev_buffer_add(&buffer, part);
		for (size_t i = 0; i < count; i++)
			check_event(&pad, &model, &buffer.events[i]);
		evdev_buffer_drop(&buffer);
	}
	evdev_pad_asked(&pad);
	check_range(&pad.state);
	FUZZ_CHECK(!pad.lost && !pad.partial);
	return pad.state;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* The end of the last event is never there. */
	struct input_event events[EVENTS_MAX + 1] = { 0 };
	struct fuzz_input input = { data, size }, copy = input;
	struct libevdev *device = take_device(&input);
	struct libevdev *other = take_device(&copy);
	size_t piece = (size_t)fuzz_take(&input, 1), count = 0;
	struct sealmem_gamepad whole, pieces;

	while (count < EVENTS_MAX && input.size >= 6)
		events[count++] = take_event(&input);
	size = count * sizeof(events[0]) + input.size % 6;
	whole = read_all(device, (const uint8_t *)events, size, 0);
	pieces = read_all(other, (const uint8_t *)events, size, piece);
	FUZZ_CHECK(!memcmp(&whole, &pieces, sizeof(whole)));
	libevdev_free(device);
	libevdev_free(other);
	return 0;
}
