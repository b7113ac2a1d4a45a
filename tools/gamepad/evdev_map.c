/* SPDX-License-Identifier: MIT */
/*
 * Which control of an evdev device is which button. Only BTN_ codes and
 * positions become part of a pad: a keyboard that claims to be a joystick,
 * and such exist, must not have its keys published.
 */
#include <linux/input.h>
#include <stdio.h>
#include <string.h>

#include "tools/gamepad/evdev_map.h"
#include "tools/text.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

#define VENDOR_SONY	0x054c
#define VENDOR_NINTENDO	0x057e

#define STANDARD_AXES		4
#define STANDARD_BUTTONS	17

/* Which controls have found their place. */
struct used {
	bool keys[KEY_CNT];
	bool axes[ABS_CNT];
};

static bool has_key(const struct libevdev *device, unsigned int code)
{
	return libevdev_has_event_code(device, EV_KEY, code);
}

static bool has_axis(const struct libevdev *device, unsigned int code)
{
	return libevdev_has_event_code(device, EV_ABS, code);
}

/* Touchpads and motion sensors of pads are devices of their own. */
static bool is_part_of_pad(const struct libevdev *device)
{
	static const unsigned int properties[] = {
		INPUT_PROP_ACCELEROMETER, INPUT_PROP_POINTING_STICK,
		INPUT_PROP_BUTTONPAD, INPUT_PROP_TOPBUTTONPAD,
		INPUT_PROP_SEMI_MT,
	};

	for (size_t i = 0; i < COUNT(properties); i++)
		if (libevdev_has_property(device, properties[i]))
			return true;
	return false;
}

/* Tablets and mice have the axes of a joystick too. */
static bool is_pointer(const struct libevdev *device)
{
	static const unsigned int keys[] = {
		BTN_MOUSE, BTN_TOUCH, BTN_STYLUS, BTN_TOOL_PEN, BTN_TOOL_FINGER,
	};

	for (size_t i = 0; i < COUNT(keys); i++)
		if (has_key(device, keys[i]))
			return true;
	return false;
}

static bool is_joystick(const struct libevdev *device)
{
	static const unsigned int keys[] = { BTN_TRIGGER, BTN_A, BTN_1 };
	static const unsigned int axes[] = {
		ABS_RX, ABS_RY, ABS_RZ, ABS_THROTTLE, ABS_RUDDER, ABS_WHEEL,
		ABS_GAS, ABS_BRAKE,
	};

	if (!has_axis(device, ABS_X) || !has_axis(device, ABS_Y))
		return false;
	for (size_t i = 0; i < COUNT(keys); i++)
		if (has_key(device, keys[i]))
			return true;
	for (size_t i = 0; i < COUNT(axes); i++)
		if (has_axis(device, axes[i]))
			return libevdev_has_event_type(device, EV_KEY);
	return false;
}

bool evdev_is_gamepad(const struct libevdev *device)
{
	if (is_part_of_pad(device))
		return false;
	return has_key(device, BTN_GAMEPAD) ||
	       (is_joystick(device) && !is_pointer(device));
}

/*
 * Drivers that place buttons by position report BTN_NORTH for the top one.
 * All others go by label, and the kernel's BTN_X, which is on the left of most
 * pads, is the same number as BTN_NORTH.
 */
static bool is_positional(const struct libevdev *device)
{
	int vendor = libevdev_get_id_vendor(device);

	return vendor == VENDOR_SONY || vendor == VENDOR_NINTENDO;
}

static bool put_key(struct evdev_control *control, struct used *used,
		    const struct libevdev *device, unsigned int code)
{
	if (!has_key(device, code))
		return false;
	/* Pads often report a trigger as an axis and as a key. */
	used->keys[code] = true;
	if (control->kind == EVDEV_NONE)
		*control = (struct evdev_control){ .kind = EVDEV_KEY,
						   .code = code };
	return true;
}

static bool put_axis(struct evdev_control *control, struct used *used,
		     const struct libevdev *device,
		     enum evdev_control_kind kind, unsigned int code)
{
	if (control->kind != EVDEV_NONE || !has_axis(device, code))
		return false;
	used->axes[code] = true;
	*control = (struct evdev_control){ .kind = kind, .code = code };
	return true;
}

static void put_half(struct evdev_control *control, struct used *used,
		     const struct libevdev *device, enum evdev_part part,
		     unsigned int code)
{
	if (put_axis(control, used, device, EVDEV_SWITCH, code))
		control->part = part;
}

static void put_keys(struct evdev_map *map, struct used *used,
		     const struct libevdev *device)
{
	static const struct {
		unsigned int button;
		unsigned int code;
	} keys[] = {
		{ 0, BTN_SOUTH }, { 1, BTN_EAST }, { 4, BTN_TL },
		{ 5, BTN_TR }, { 8, BTN_SELECT }, { 9, BTN_START },
		{ 10, BTN_THUMBL }, { 11, BTN_THUMBR }, { 12, BTN_DPAD_UP },
		{ 13, BTN_DPAD_DOWN }, { 14, BTN_DPAD_LEFT },
		{ 15, BTN_DPAD_RIGHT }, { 16, BTN_MODE },
	};
	bool positional = is_positional(device);

	for (size_t i = 0; i < COUNT(keys); i++)
		put_key(&map->buttons[keys[i].button], used, device,
			keys[i].code);
	put_key(&map->buttons[2], used, device, positional ? BTN_WEST : BTN_X);
	put_key(&map->buttons[3], used, device, positional ? BTN_NORTH : BTN_Y);
}

static void put_sticks(struct evdev_map *map, struct used *used,
		       const struct libevdev *device)
{
	bool right = has_axis(device, ABS_RX) && has_axis(device, ABS_RY);

	put_axis(&map->axes[0], used, device, EVDEV_AXIS, ABS_X);
	put_axis(&map->axes[1], used, device, EVDEV_AXIS, ABS_Y);
	/* Generic HID pads have a stick where others have triggers. */
	put_axis(&map->axes[2], used, device, EVDEV_AXIS,
		 right ? ABS_RX : ABS_Z);
	put_axis(&map->axes[3], used, device, EVDEV_AXIS,
		 right ? ABS_RY : ABS_RZ);
}

/* Of each pair the first that there is; put_sticks() took its axes before. */
static void put_triggers(struct evdev_map *map, struct used *used,
			 const struct libevdev *device)
{
	static const unsigned int pairs[][2] = {
		{ ABS_HAT2Y, ABS_HAT2X },
		{ ABS_BRAKE, ABS_GAS },
		{ ABS_Z, ABS_RZ },
	};

	for (size_t i = 0; i < COUNT(pairs); i++) {
		if (used->axes[pairs[i][0]] || used->axes[pairs[i][1]])
			continue;
		put_axis(&map->buttons[6], used, device, EVDEV_LEVEL,
			 pairs[i][0]);
		put_axis(&map->buttons[7], used, device, EVDEV_LEVEL,
			 pairs[i][1]);
	}
	put_key(&map->buttons[6], used, device, BTN_TL2);
	put_key(&map->buttons[7], used, device, BTN_TR2);
	put_axis(&map->buttons[4], used, device, EVDEV_LEVEL, ABS_HAT1Y);
	put_axis(&map->buttons[5], used, device, EVDEV_LEVEL, ABS_HAT1X);
}

static void put_hat(struct evdev_map *map, struct used *used,
		    const struct libevdev *device)
{
	put_half(&map->buttons[12], used, device, EVDEV_LOWER, ABS_HAT0Y);
	put_half(&map->buttons[13], used, device, EVDEV_UPPER, ABS_HAT0Y);
	put_half(&map->buttons[14], used, device, EVDEV_LOWER, ABS_HAT0X);
	put_half(&map->buttons[15], used, device, EVDEV_UPPER, ABS_HAT0X);
	/* With a d-pad of keys the hat says the same once more. */
	used->axes[ABS_HAT0X] = true;
	used->axes[ABS_HAT0Y] = true;
}

static void put_other_keys(struct evdev_map *map, struct used *used,
			   const struct libevdev *device, unsigned int first,
			   unsigned int last)
{
	for (unsigned int code = first; code <= last; code++) {
		if (map->button_count == SEALMEM_GAMEPAD_BUTTONS)
			return;
		if (used->keys[code] || !has_key(device, code))
			continue;
		put_key(&map->buttons[map->button_count++], used, device,
			code);
	}
}

static void put_other_axes(struct evdev_map *map, struct used *used,
			   const struct libevdev *device)
{
	for (unsigned int code = ABS_X; code <= ABS_HAT3Y; code++) {
		if (map->axis_count == SEALMEM_GAMEPAD_AXES)
			return;
		if (!used->axes[code] && has_axis(device, code))
			put_axis(&map->axes[map->axis_count++], used, device,
				 EVDEV_AXIS, code);
	}
}

/* Whatever has no place in the standard follows after it. */
static void put_others(struct evdev_map *map, struct used *used,
		       const struct libevdev *device)
{
	/* Up to the pens: generic pads also use the code that has no name. */
	put_other_keys(map, used, device, BTN_JOYSTICK, BTN_DIGI - 1);
	put_other_keys(map, used, device, BTN_MISC, BTN_MOUSE - 1);
	put_other_keys(map, used, device, BTN_GEAR_DOWN, BTN_GEAR_UP);
	put_other_keys(map, used, device, BTN_DPAD_UP, BTN_DPAD_RIGHT);
	put_other_keys(map, used, device, BTN_TRIGGER_HAPPY,
		       BTN_TRIGGER_HAPPY40);
	put_other_axes(map, used, device);
}

void evdev_map_init(struct evdev_map *map, const struct libevdev *device,
		    const struct mapping_table *table)
{
	struct used used = { 0 };

	(void)table;
	*map = (struct evdev_map){ .mapping = SEALMEM_GAMEPAD_MAPPING_NONE };
	map->family = "joystick";
	if (has_key(device, BTN_GAMEPAD)) {
		map->recognised = true;
		map->family = "gamepad";
		map->mapping = SEALMEM_GAMEPAD_MAPPING_STANDARD;
		map->axis_count = STANDARD_AXES;
		map->button_count = STANDARD_BUTTONS;
		put_keys(map, &used, device);
		put_sticks(map, &used, device);
		put_triggers(map, &used, device);
		put_hat(map, &used, device);
	}
	put_others(map, &used, device);
}

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

bool evdev_map_is_recognised(const struct evdev_map *map)
{
	return map->recognised;
}

const char *evdev_map_family(const struct evdev_map *map)
{
	return map->family;
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
