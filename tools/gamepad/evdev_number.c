/* SPDX-License-Identifier: MIT */
/*
 * Maps from the descriptions of users, which go by number: so does SDL, and
 * the order is that of src/joystick/linux/SDL_sysjoystick.c. Keys come from
 * BTN_JOYSTICK on, then those below; axes and hats in the order of their codes.
 */
#include <string.h>

#include "tools/gamepad/evdev_build.h"
#include "tools/text.h"

#define GUID_NAME_AT	4
#define GUID_NAME_MAX	11

int evdev_number_key(const struct libevdev *device, unsigned int number)
{
	/* KEY_MAX itself does not count. */
	for (unsigned int i = 0; i < KEY_MAX; i++) {
		unsigned int code = (BTN_JOYSTICK + i) % KEY_MAX;

		if (libevdev_has_event_code(device, EV_KEY, code) && !number--)
			return (int)code;
	}
	return -1;
}

static const struct input_absinfo *axis_info(const struct libevdev *device,
					     unsigned int code)
{
	return libevdev_get_abs_info(device, code);
}

static bool is_unit(const struct input_absinfo *info)
{
	return !info || (info->minimum == -1 && info->maximum == 1);
}

static bool is_plain(const struct input_absinfo *info)
{
	return !info || (!info->fuzz && !info->flat && !info->resolution);
}

/* Triggers and trackpads are reported as hats, too. */
static bool is_hat(const struct libevdev *device, unsigned int code)
{
	const struct input_absinfo *x = axis_info(device, code);
	const struct input_absinfo *y = axis_info(device, code + 1);

	return (x || y) &&
	       ((is_unit(x) && is_unit(y)) || (is_plain(x) && is_plain(y)));
}

int evdev_number_hat(const struct libevdev *device, unsigned int number)
{
	for (unsigned int code = ABS_HAT0X; code <= ABS_HAT3X; code += 2)
		if (is_hat(device, code) && !number--)
			return (int)code;
	return -1;
}

int evdev_number_axis(const struct libevdev *device, unsigned int number)
{
	for (unsigned int code = 0; code < ABS_MAX; code++) {
		if (code >= ABS_HAT0X && code <= ABS_HAT3Y &&
		    is_hat(device, code & ~1u))
			continue;
		if (axis_info(device, code) && !number--)
			return (int)code;
	}
	return -1;
}

/* ---- from a description ------------------------------------------------- */

/* Up and left are the lower halves; the vertical axis comes second. */
static struct evdev_control hat_control(const struct libevdev *device,
					const struct mapping_source *source)
{
	int code = evdev_number_hat(device, source->number);
	bool vertical = source->hat == 1 || source->hat == 4;
	bool lower = source->hat == 1 || source->hat == 8;

	if (code < 0 || !axis_info(device, (unsigned int)code + vertical))
		return (struct evdev_control){ 0 };
	return (struct evdev_control){
		.kind = EVDEV_SWITCH,
		.code = (unsigned int)code + vertical,
		.part = lower ? EVDEV_LOWER : EVDEV_UPPER,
	};
}

static struct evdev_control axis_control(const struct libevdev *device,
					 const struct mapping_source *source,
					 enum evdev_control_kind kind)
{
	static const enum evdev_part parts[] = {
		[MAPPING_WHOLE] = EVDEV_WHOLE,
		[MAPPING_LOWER] = EVDEV_LOWER,
		[MAPPING_UPPER] = EVDEV_UPPER,
	};
	int code = evdev_number_axis(device, source->number);

	if (code < 0)
		return (struct evdev_control){ 0 };
	return (struct evdev_control){
		.kind = kind,
		.code = (unsigned int)code,
		.part = parts[source->half],
		.inverted = source->inverted,
	};
}

static struct evdev_control key_control(const struct libevdev *device,
					const struct mapping_source *source)
{
	int code = evdev_number_key(device, source->number);

	if (code < 0 || !evdev_key_is_public(device, (unsigned int)code))
		return (struct evdev_control){ 0 };
	return (struct evdev_control){ .kind = EVDEV_KEY,
				       .code = (unsigned int)code };
}

/* @kind says what to make of an axis. What the device lacks is no control. */
static struct evdev_control control(const struct libevdev *device,
				    const struct mapping_source *source,
				    enum evdev_control_kind kind)
{
	switch (source->input) {
	case MAPPING_BUTTON:
		return key_control(device, source);
	case MAPPING_AXIS:
		return axis_control(device, source, kind);
	case MAPPING_HAT:
		return hat_control(device, source);
	default:
		return (struct evdev_control){ 0 };
	}
}

/* Of an axis as another button only the far half counts, as with a hat. */
static enum evdev_control_kind kind_of_button(unsigned int button)
{
	return button == 6 || button == 7 ? EVDEV_LEVEL : EVDEV_SWITCH;
}

static void describe_axis(struct evdev_map *map, const struct libevdev *device,
			  const struct mapping *mapping, unsigned int i)
{
	map->axes[i] = control(device, &mapping->axes[i], EVDEV_AXIS);
	if (mapping->axes[i].input)
		return;
	map->axes[i] = control(device, &mapping->uppers[i], EVDEV_LEVEL);
	map->opposites[i] = control(device, &mapping->lowers[i], EVDEV_LEVEL);
}

static void describe_extra(struct evdev_map *map, const struct libevdev *device,
			   const struct mapping *mapping, unsigned int i)
{
	struct evdev_control extra = control(device, &mapping->buttons[i],
					     EVDEV_SWITCH);

	if (extra.kind == EVDEV_NONE)
		return;
	if (i == MAPPING_TOUCHPAD)
		map->types[map->button_count] =
			SEALMEM_GAMEPAD_BUTTON_TRACKPAD;
	map->buttons[map->button_count++] = extra;
}

void evdev_map_describe(struct evdev_map *map, const struct libevdev *device,
			const struct mapping *mapping)
{
	map->axis_count = STANDARD_AXES;
	map->button_count = STANDARD_BUTTONS;
	map->mapping = SEALMEM_GAMEPAD_MAPPING_STANDARD;
	map->recognised = true;
	text_clean(mapping->name, map->family, sizeof(map->family));
	for (unsigned int i = 0; i < STANDARD_AXES; i++)
		describe_axis(map, device, mapping, i);
	for (unsigned int i = 0; i < STANDARD_BUTTONS; i++)
		map->buttons[i] = control(device, &mapping->buttons[i],
					  kind_of_button(i));
	for (unsigned int i = STANDARD_BUTTONS; i < MAPPING_BUTTONS; i++)
		describe_extra(map, device, mapping, i);
}

/* ---- finding one -------------------------------------------------------- */

static void put_word(uint8_t *at, int value)
{
	at[0] = (uint8_t)(value & 0xff);
	at[1] = (uint8_t)(value >> 8 & 0xff);
}

/* Devices without numbers go by their name. */
static void make_guid(const struct libevdev *device,
		      uint8_t guid[MAPPING_GUID_SIZE])
{
	const char *name = libevdev_get_name(device);

	memset(guid, 0, MAPPING_GUID_SIZE);
	put_word(guid, libevdev_get_id_bustype(device));
	if (!libevdev_get_id_vendor(device)) {
		memcpy(guid + GUID_NAME_AT, name, strnlen(name, GUID_NAME_MAX));
		return;
	}
	put_word(guid + 4, libevdev_get_id_vendor(device));
	put_word(guid + 8, libevdev_get_id_product(device));
	put_word(guid + 12, libevdev_get_id_version(device));
}

const struct mapping *evdev_map_find(const struct libevdev *device,
				     const struct mapping_table *table)
{
	uint8_t guid[MAPPING_GUID_SIZE];

	if (!table)
		return NULL;
	make_guid(device, guid);
	return mapping_table_find(table, guid);
}
