/* SPDX-License-Identifier: MIT */
/* What a map says of a device: values, which controls count, and the name. */
#include <stdio.h>

#include "tools/gamepad/evdev_map.h"
#include "tools/text.h"

/*
 * The kernel does not hold values to their range, and a device may declare a
 * range that is empty or upside down.
 */
static double place(const struct input_absinfo *info)
{
	double value = info->value, min = info->minimum, max = info->maximum;

	if (value <= min)
		return 0;
	return value >= max ? 1 : (value - min) / (max - min);
}

/* How far along its part the axis is: 0 to 1. */
static double progress(const struct input_absinfo *info,
		       struct evdev_control control)
{
	double x = place(info);

	if (control.part == EVDEV_UPPER)
		x = x > 0.5 ? 2 * x - 1 : 0;
	else if (control.part == EVDEV_LOWER)
		x = x < 0.5 ? 1 - 2 * x : 0;
	return control.inverted ? 1 - x : x;
}

static float axis_value(const struct input_absinfo *info,
			struct evdev_control control)
{
	double x;

	if (!info || info->maximum <= info->minimum)
		return 0;
	x = progress(info, control);
	if (control.kind == EVDEV_SWITCH)
		return x > 0.5;
	return (float)(control.kind == EVDEV_LEVEL ? x : 2 * x - 1);
}

float evdev_control_value(const struct libevdev *device,
			  struct evdev_control control)
{
	if (control.kind == EVDEV_NONE)
		return 0;
	if (control.kind == EVDEV_KEY)
		return libevdev_get_event_value(device, EV_KEY,
						control.code) != 0;
	return axis_value(libevdev_get_abs_info(device, control.code),
			  control);
}

float evdev_map_axis(const struct evdev_map *map,
		     const struct libevdev *device, unsigned int index)
{
	return evdev_control_value(device, map->axes[index]) -
	       evdev_control_value(device, map->opposites[index]);
}

static bool uses(struct evdev_control control, unsigned int type,
		 unsigned int code)
{
	return control.kind != EVDEV_NONE && control.code == code &&
	       (control.kind == EVDEV_KEY ? EV_KEY : EV_ABS) == type;
}

bool evdev_map_uses(const struct evdev_map *map, unsigned int type,
		    unsigned int code)
{
	for (unsigned int i = 0; i < map->axis_count; i++)
		if (uses(map->axes[i], type, code) ||
		    uses(map->opposites[i], type, code))
			return true;
	for (unsigned int i = 0; i < map->button_count; i++)
		if (uses(map->buttons[i], type, code))
			return true;
	return false;
}

uint32_t evdev_map_axes_used(const struct evdev_map *map)
{
	uint32_t used = 0;

	for (unsigned int i = 0; i < map->axis_count; i++)
		if (map->axes[i].kind != EVDEV_NONE ||
		    map->opposites[i].kind != EVDEV_NONE)
			used |= 1u << i;
	return used;
}

uint32_t evdev_map_buttons_used(const struct evdev_map *map)
{
	uint32_t used = 0;

	for (unsigned int i = 0; i < map->button_count; i++)
		if (map->buttons[i].kind != EVDEV_NONE)
			used |= 1u << i;
	return used;
}

void evdev_id(const struct libevdev *device, const struct evdev_map *map,
	      char ret_id[SEALMEM_GAMEPAD_ID_SIZE])
{
	char name[SEALMEM_GAMEPAD_ID_SIZE - 64];

	text_clean(libevdev_get_name(device), name, sizeof(name));
	snprintf(ret_id, SEALMEM_GAMEPAD_ID_SIZE,
		 "%s (%sVendor: %04x Product: %04x)", name,
		 map->mapping == SEALMEM_GAMEPAD_MAPPING_STANDARD ?
			 "STANDARD GAMEPAD " : "",
		 (unsigned int)libevdev_get_id_vendor(device) & 0xffff,
		 (unsigned int)libevdev_get_id_product(device) & 0xffff);
}
