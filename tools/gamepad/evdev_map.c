/* SPDX-License-Identifier: MIT */
/*
 * Which control of an evdev device is which axis and button: as its user says,
 * or else by the table of families, or else by rules. Only BTN_ codes and
 * positions become part of a pad, and few keys of those that pads have too: a
 * keyboard that claims to be a joystick, and such exist, must not have its
 * keys published.
 */
#include <linux/input.h>
#include <stdio.h>
#include <string.h>

#include "tools/gamepad/evdev_build.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

/* A map in the making, and which controls have found their place. */
struct build {
	struct evdev_map *map;
	const struct libevdev *device;
	const struct evdev_family *family;
	bool keys[KEY_CNT];
	bool axes[ABS_CNT];
};

/* X and Y of most pads are labels; the kernel's BTN_X is BTN_NORTH, too. */
static const struct evdev_place by_label[] = {
	{ 2, BTN_X }, { 3, BTN_Y }, { 0, 0 },
};

static const struct evdev_place by_position[] = {
	{ 2, BTN_WEST }, { 3, BTN_NORTH }, { 0, 0 },
};

static const struct evdev_place common[] = {
	{ 0, BTN_SOUTH }, { 1, BTN_EAST }, { 4, BTN_TL }, { 5, BTN_TR },
	{ 8, BTN_SELECT }, { 9, BTN_START }, { 10, BTN_THUMBL },
	{ 11, BTN_THUMBR }, { 12, BTN_DPAD_UP }, { 13, BTN_DPAD_DOWN },
	{ 14, BTN_DPAD_LEFT }, { 15, BTN_DPAD_RIGHT }, { 16, BTN_MODE },
	{ 0, 0 },
};

/* Of each pair the first that is there and free. */
static const uint8_t trigger_axes[][2] = {
	{ ABS_HAT2Y, ABS_HAT2X },
	{ ABS_BRAKE, ABS_GAS },
	{ ABS_Z, ABS_RZ },
};

/* Up to the pens: generic pads also use the code that has no name. */
static const uint16_t button_ranges[][2] = {
	{ BTN_JOYSTICK, BTN_DIGI - 1 },
	{ BTN_MISC, BTN_MOUSE - 1 },
	{ BTN_GEAR_DOWN, BTN_GEAR_UP },
	{ BTN_DPAD_UP, BTN_GRIPR2 },
	{ BTN_TRIGGER_HAPPY, BTN_TRIGGER_HAPPY40 },
};

/* What pads report as keys; there are no others that a consumer may see. */
static const uint16_t special_keys[] = {
	KEY_MENU, KEY_POWER, KEY_SEARCH, KEY_HOMEPAGE, KEY_BACK, KEY_RECORD,
};

static const struct evdev_family any_family;

static bool has_key(const struct libevdev *device, unsigned int code)
{
	return libevdev_has_event_code(device, EV_KEY, code);
}

static bool has_axis(const struct libevdev *device, unsigned int code)
{
	return libevdev_has_event_code(device, EV_ABS, code);
}

/* ---- keys --------------------------------------------------------------- */

bool evdev_key_is_public(const struct libevdev *device, unsigned int code)
{
	for (size_t i = 0; i < COUNT(button_ranges); i++)
		if (code >= button_ranges[i][0] && code <= button_ranges[i][1])
			return true;
	/* What has letters is for typing, whatever else it has. */
	for (size_t i = 0; i < COUNT(special_keys); i++)
		if (code == special_keys[i])
			return !has_key(device, KEY_A);
	return false;
}

static bool is_free(const struct build *build, unsigned int code)
{
	return !build->keys[code] && has_key(build->device, code) &&
	       evdev_key_is_public(build->device, code);
}

static void put_key(struct build *build, unsigned int button, unsigned int code)
{
	struct evdev_control *control = &build->map->buttons[button];

	if (!is_free(build, code))
		return;
	/* Pads often report a trigger as an axis and as a key. */
	if (control->kind != EVDEV_NONE && button != 6 && button != 7)
		return;
	build->keys[code] = true;
	if (control->kind == EVDEV_NONE)
		*control = (struct evdev_control){ .kind = EVDEV_KEY,
						   .code = code };
}

static void put_keys(struct build *build, const struct evdev_place *places)
{
	for (; places && places->key; places++)
		put_key(build, places->button, places->key);
}

static void put_numbers(struct build *build)
{
	for (unsigned int i = 0; i < STANDARD_BUTTONS; i++) {
		unsigned int number = build->family->numbers[i];
		int code = number ? evdev_number_key(build->device, number - 1) :
				    -1;

		if (code >= 0)
			put_key(build, i, (unsigned int)code);
	}
}

static void put_standard_keys(struct build *build)
{
	put_keys(build, build->family->places);
	if (build->family->naming == EVDEV_BY_NUMBER) {
		put_numbers(build);
		return;
	}
	put_keys(build, build->family->naming == EVDEV_BY_LABEL ? by_label :
								  by_position);
	put_keys(build, common);
	put_key(build, 6, BTN_TL2);
	put_key(build, 7, BTN_TR2);
}

/* ---- axes --------------------------------------------------------------- */

static bool put_axis(struct build *build, struct evdev_control *control,
		     enum evdev_control_kind kind, unsigned int code)
{
	if (control->kind != EVDEV_NONE || !has_axis(build->device, code))
		return false;
	build->axes[code] = true;
	*control = (struct evdev_control){ .kind = kind, .code = code };
	return true;
}

/* Generic HID pads have a stick where others have triggers. */
static void put_sticks(struct build *build)
{
	static const uint8_t xpad[] = { ABS_X, ABS_Y, ABS_RX, ABS_RY };
	static const uint8_t generic[] = { ABS_X, ABS_Y, ABS_Z, ABS_RZ };
	const uint8_t *sticks = build->family->sticks;

	if (!sticks[1])
		sticks = has_axis(build->device, ABS_RX) &&
					 has_axis(build->device, ABS_RY) ?
				 xpad :
				 generic;
	for (unsigned int i = 0; i < STANDARD_AXES; i++)
		put_axis(build, &build->map->axes[i], EVDEV_AXIS, sticks[i]);
}

static void put_trigger_pair(struct build *build, const uint8_t pair[2])
{
	if (build->axes[pair[0]] || build->axes[pair[1]])
		return;
	put_axis(build, &build->map->buttons[6], EVDEV_LEVEL, pair[0]);
	put_axis(build, &build->map->buttons[7], EVDEV_LEVEL, pair[1]);
}

/* After the sticks, which took their axes. */
static void put_triggers(struct build *build)
{
	if (build->family->triggers[0])
		put_trigger_pair(build, build->family->triggers);
	for (size_t i = 0; i < COUNT(trigger_axes); i++)
		put_trigger_pair(build, trigger_axes[i]);
}

static void put_half(struct build *build, unsigned int button,
		     enum evdev_part part, unsigned int code)
{
	struct evdev_control *control = &build->map->buttons[button];

	if (put_axis(build, control, EVDEV_SWITCH, code))
		control->part = part;
}

/* The keys come first: a cross of keys says the same once more. */
static void put_hats(struct build *build)
{
	if (build->family->hats_are_pads)
		return;
	put_axis(build, &build->map->buttons[4], EVDEV_LEVEL, ABS_HAT1Y);
	put_axis(build, &build->map->buttons[5], EVDEV_LEVEL, ABS_HAT1X);
	put_half(build, 12, EVDEV_LOWER, ABS_HAT0Y);
	put_half(build, 13, EVDEV_UPPER, ABS_HAT0Y);
	put_half(build, 14, EVDEV_LOWER, ABS_HAT0X);
	put_half(build, 15, EVDEV_UPPER, ABS_HAT0X);
	build->axes[ABS_HAT0X] = true;
	build->axes[ABS_HAT0Y] = true;
}

/* ---- whatever has no place in the standard follows after it -------------- */

static void put_other_key(struct build *build, unsigned int code)
{
	struct evdev_map *map = build->map;

	if (map->button_count < SEALMEM_GAMEPAD_BUTTONS &&
	    is_free(build, code))
		put_key(build, map->button_count++, code);
}

static void put_other_keys(struct build *build)
{
	const uint16_t *extras = build->family->extras;

	for (; extras && *extras; extras++)
		put_other_key(build, *extras);
	for (size_t i = 0; i < COUNT(button_ranges); i++)
		for (unsigned int code = button_ranges[i][0];
		     code <= button_ranges[i][1]; code++)
			put_other_key(build, code);
	for (size_t i = 0; i < COUNT(special_keys); i++)
		put_other_key(build, special_keys[i]);
}

static void put_other_axes(struct build *build)
{
	struct evdev_map *map = build->map;

	for (unsigned int code = ABS_X; code <= ABS_HAT3Y; code++) {
		if (map->axis_count == SEALMEM_GAMEPAD_AXES)
			return;
		if (!build->axes[code] && has_axis(build->device, code))
			put_axis(build, &map->axes[map->axis_count++],
				 EVDEV_AXIS, code);
	}
}

/* ---- the map ------------------------------------------------------------ */

static void put_standard(struct build *build)
{
	build->map->axis_count = STANDARD_AXES;
	build->map->button_count = STANDARD_BUTTONS;
	put_sticks(build);
	put_triggers(build);
	put_standard_keys(build);
	put_hats(build);
}

static void make(struct evdev_map *map, const struct libevdev *device)
{
	const struct evdev_family *family = evdev_family_find(device);
	struct build build = {
		.map = map, .device = device, .family = family ?: &any_family,
	};

	map->recognised = family;
	map->hand = build.family->hand;
	if (family || has_key(device, BTN_GAMEPAD)) {
		map->mapping = SEALMEM_GAMEPAD_MAPPING_STANDARD;
		put_standard(&build);
	}
	put_other_keys(&build);
	put_other_axes(&build);
	snprintf(map->family, sizeof(map->family), "%s",
		 family	      ? family->name :
		 map->mapping ? "gamepad" :
				"joystick");
}

static uint8_t type_of(const struct evdev_map *map, unsigned int button,
		       const struct evdev_family *family)
{
	struct evdev_control control = map->buttons[button];

	if (control.kind == EVDEV_KEY && family &&
	    (control.code == family->trackpads[0] ||
	     control.code == family->trackpads[1]))
		return SEALMEM_GAMEPAD_BUTTON_TRACKPAD;
	if (map->mapping && button < STANDARD_BUTTONS &&
	    control.kind != EVDEV_NONE)
		return SEALMEM_GAMEPAD_BUTTON_STANDARD;
	return map->types[button];
}

void evdev_map_init(struct evdev_map *map, const struct libevdev *device,
		    const struct mapping_table *table)
{
	const struct mapping *mapping = evdev_map_find(device, table);

	*map = (struct evdev_map){ .mapping = SEALMEM_GAMEPAD_MAPPING_NONE };
	if (mapping)
		evdev_map_describe(map, device, mapping);
	else
		make(map, device);
	for (unsigned int i = 0; i < map->button_count; i++)
		map->types[i] = type_of(map, i, mapping ?
						NULL :
						evdev_family_find(device));
}

bool evdev_map_is_recognised(const struct evdev_map *map)
{
	return map->recognised;
}

const char *evdev_map_family(const struct evdev_map *map)
{
	return map->family;
}
