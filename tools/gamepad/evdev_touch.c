/* SPDX-License-Identifier: MIT */
/*
 * Fingers come in slots: an event says which slot the following ones are
 * about. Kept here and not in libevdev, which trusts a device's slots.
 */
#include <linux/input.h>

#include "tools/gamepad/evdev_touch.h"

bool evdev_touch_is_code(unsigned int code)
{
	return code >= ABS_MT_SLOT && code <= ABS_MAX;
}

bool evdev_touch_uses(unsigned int code)
{
	return code == ABS_MT_SLOT || code == ABS_MT_TRACKING_ID ||
	       code == ABS_MT_POSITION_X || code == ABS_MT_POSITION_Y;
}

bool evdev_touch_is_there(const struct libevdev *device)
{
	for (unsigned int code = ABS_MT_SLOT; code <= ABS_MAX; code++)
		if (evdev_touch_uses(code) &&
		    !libevdev_has_event_code(device, EV_ABS, code))
			return false;
	return true;
}

static struct evdev_finger finger_of(const struct libevdev *device,
				     unsigned int slot)
{
	return (struct evdev_finger){
		.id = libevdev_get_slot_value(device, slot,
					      ABS_MT_TRACKING_ID),
		.x = libevdev_get_slot_value(device, slot, ABS_MT_POSITION_X),
		.y = libevdev_get_slot_value(device, slot, ABS_MT_POSITION_Y),
	};
}

void evdev_touch_init(struct evdev_touch *touch, const struct libevdev *device)
{
	int slots = libevdev_get_num_slots(device);

	touch->slot = libevdev_get_current_slot(device);
	for (int i = 0; i < EVDEV_TOUCH_SLOTS; i++)
		touch->fingers[i] = i < slots ?
					    finger_of(device, (unsigned int)i) :
					    (struct evdev_finger){ .id = -1 };
}

void evdev_touch_event(struct evdev_touch *touch, unsigned int code, int value)
{
	struct evdev_finger *finger;

	if (code == ABS_MT_SLOT)
		touch->slot = value;
	if (touch->slot < 0 || touch->slot >= EVDEV_TOUCH_SLOTS)
		return;
	finger = &touch->fingers[touch->slot];
	if (code == ABS_MT_TRACKING_ID)
		finger->id = value;
	else if (code == ABS_MT_POSITION_X)
		finger->x = value;
	else if (code == ABS_MT_POSITION_Y)
		finger->y = value;
}

/* A range from the lowest to the highest int is one too many for 32 bits. */
static uint32_t size_of(const struct input_absinfo *info)
{
	int64_t size = (int64_t)info->maximum - info->minimum + 1;

	return size < 1 ? 0 : size > UINT32_MAX ? UINT32_MAX : (uint32_t)size;
}

/* Devices go beyond their range, and some declare one that is none. */
static float place_of(const struct input_absinfo *info, int value)
{
	const double min = info->minimum, max = info->maximum;

	if (max <= min)
		return 0;
	if (value <= min)
		return -1;
	return value >= max ? 1 : (float)(2 * (value - min) / (max - min) - 1);
}

void evdev_touch_fill(const struct evdev_touch *touch,
		      const struct libevdev *device,
		      struct sealmem_gamepad *pad)
{
	const struct input_absinfo *x =
		libevdev_get_abs_info(device, ABS_MT_POSITION_X);
	const struct input_absinfo *y =
		libevdev_get_abs_info(device, ABS_MT_POSITION_Y);
	const bool has_size = size_of(x) > 0 && size_of(y) > 0;
	unsigned int count = 0;

	for (int i = 0; i < EVDEV_TOUCH_SLOTS; i++) {
		const struct evdev_finger *finger = &touch->fingers[i];

		if (finger->id < 0 || count == SEALMEM_GAMEPAD_TOUCHES)
			continue;
		pad->touches[count++] = (struct sealmem_gamepad_touch){
			.touch_id = (uint32_t)finger->id,
			.has_surface_size = has_size,
			.x = place_of(x, finger->x),
			.y = place_of(y, finger->y),
			.surface_width = has_size ? size_of(x) : 0,
			.surface_height = has_size ? size_of(y) : 0,
		};
	}
	pad->touch_count = count;
	for (; count < SEALMEM_GAMEPAD_TOUCHES; count++)
		pad->touches[count] = (struct sealmem_gamepad_touch){ 0 };
}
