/* SPDX-License-Identifier: MIT */
/*
 * Devices that nobody here has, and what tools/gamepad/evdev_map.c makes of them.
 * Without an argument prints the names of its cases; with one runs that case.
 */
#include <linux/input.h>
#include <stdio.h>
#include <string.h>

#include "tools/gamepad/evdev_map.h"

#define CHECK(condition)                                                    \
	do {                                                                \
		if (!(condition)) {                                         \
			printf("%s:%d: %s\n", __FILE__, __LINE__,           \
			       #condition);                                 \
			failed = 1;                                         \
		}                                                           \
	} while (0)

static int failed;

/* ---- devices ------------------------------------------------------------ */

static struct libevdev *new_device(int vendor)
{
	struct libevdev *device = libevdev_new();

	libevdev_set_name(device, "Pad");
	libevdev_set_id_vendor(device, vendor);
	libevdev_set_id_product(device, 0xbeef);
	return device;
}

static void add_keys(struct libevdev *device, unsigned int first,
		     unsigned int last)
{
	for (unsigned int code = first; code <= last; code++)
		libevdev_enable_event_code(device, EV_KEY, code, NULL);
}

static void add_axis(struct libevdev *device, unsigned int code, int min,
		     int max, int value)
{
	const struct input_absinfo info = {
		.value = value, .minimum = min, .maximum = max
	};

	libevdev_enable_event_code(device, EV_ABS, code, &info);
}

static void add_axes(struct libevdev *device, const unsigned int *codes,
		     size_t count)
{
	for (size_t i = 0; i < count; i++)
		add_axis(device, codes[i], 0, 255, 128);
}

#define ADD_AXES(device, ...)                                               \
	add_axes(device, (const unsigned int[]){ __VA_ARGS__ },             \
		 sizeof((const unsigned int[]){ __VA_ARGS__ }) /            \
			 sizeof(unsigned int))

static int is(struct evdev_control control, enum evdev_control_kind kind,
	      unsigned int code)
{
	return control.kind == kind && control.code == code;
}

/* ---- cases -------------------------------------------------------------- */

/* X is a label on most pads, and on Sony's and Nintendo's a position. */
static void x_and_y_by_vendor(void)
{
	static const struct {
		int vendor;
		unsigned int left;
		unsigned int top;
	} pads[] = {
		{ 0x045e, BTN_X, BTN_Y },
		{ 0x054c, BTN_WEST, BTN_NORTH },
		{ 0x057e, BTN_WEST, BTN_NORTH },
	};

	for (size_t i = 0; i < 3; i++) {
		struct libevdev *device = new_device(pads[i].vendor);
		struct evdev_map map;

		add_keys(device, BTN_SOUTH, BTN_THUMBR);
		evdev_map_init(&map, device, NULL);
		CHECK(is(map.buttons[2], EVDEV_KEY, pads[i].left));
		CHECK(is(map.buttons[3], EVDEV_KEY, pads[i].top));
		libevdev_free(device);
	}
}

static void z_and_rz_are_triggers_beside_rx_and_ry(void)
{
	struct libevdev *device = new_device(0x045e);
	struct evdev_map map;

	add_keys(device, BTN_SOUTH, BTN_EAST);
	ADD_AXES(device, ABS_X, ABS_Y, ABS_RX, ABS_RY, ABS_Z, ABS_RZ);
	evdev_map_init(&map, device, NULL);
	CHECK(map.mapping == SEALMEM_GAMEPAD_MAPPING_STANDARD);
	CHECK(is(map.axes[2], EVDEV_AXIS, ABS_RX));
	CHECK(is(map.axes[3], EVDEV_AXIS, ABS_RY));
	CHECK(is(map.buttons[6], EVDEV_LEVEL, ABS_Z));
	CHECK(is(map.buttons[7], EVDEV_LEVEL, ABS_RZ));
	CHECK(map.axis_count == 4);
	libevdev_free(device);
}

/* Generic HID pads, and Xbox pads over Bluetooth. */
static void z_and_rz_are_a_stick_otherwise(void)
{
	struct libevdev *device = new_device(0x045e);
	struct evdev_map map;

	add_keys(device, BTN_SOUTH, BTN_THUMBR);
	ADD_AXES(device, ABS_X, ABS_Y, ABS_Z, ABS_RZ);
	evdev_map_init(&map, device, NULL);
	CHECK(is(map.axes[2], EVDEV_AXIS, ABS_Z));
	CHECK(is(map.axes[3], EVDEV_AXIS, ABS_RZ));
	CHECK(is(map.buttons[6], EVDEV_KEY, BTN_TL2));
	ADD_AXES(device, ABS_GAS, ABS_BRAKE);
	evdev_map_init(&map, device, NULL);
	CHECK(is(map.axes[2], EVDEV_AXIS, ABS_Z));
	CHECK(is(map.buttons[6], EVDEV_LEVEL, ABS_BRAKE));
	CHECK(is(map.buttons[7], EVDEV_LEVEL, ABS_GAS));
	CHECK(map.axis_count == 4);
	/* BTN_C and BTN_Z have no place; the triggers are not there twice. */
	CHECK(map.button_count == 19);
	CHECK(is(map.buttons[17], EVDEV_KEY, BTN_C));
	CHECK(is(map.buttons[18], EVDEV_KEY, BTN_Z));
	libevdev_free(device);
}

static void triggers_and_shoulders_on_hats(void)
{
	struct libevdev *device = new_device(0x28de);
	struct evdev_map map;

	add_keys(device, BTN_SOUTH, BTN_SOUTH);
	ADD_AXES(device, ABS_X, ABS_Y, ABS_HAT1X, ABS_HAT1Y, ABS_HAT2X,
		 ABS_HAT2Y);
	evdev_map_init(&map, device, NULL);
	CHECK(is(map.buttons[4], EVDEV_LEVEL, ABS_HAT1Y));
	CHECK(is(map.buttons[5], EVDEV_LEVEL, ABS_HAT1X));
	CHECK(is(map.buttons[6], EVDEV_LEVEL, ABS_HAT2Y));
	CHECK(is(map.buttons[7], EVDEV_LEVEL, ABS_HAT2X));
	CHECK(map.buttons[1].kind == EVDEV_NONE);
	CHECK(evdev_control_value(device, map.buttons[1]) == 0.0f);
	libevdev_free(device);
}

static void d_pad_of_keys_before_hat(void)
{
	struct libevdev *device = new_device(0x054c);
	struct evdev_map map;

	add_keys(device, BTN_SOUTH, BTN_SOUTH);
	add_keys(device, BTN_DPAD_UP, BTN_DPAD_RIGHT);
	ADD_AXES(device, ABS_HAT0X, ABS_HAT0Y);
	evdev_map_init(&map, device, NULL);
	CHECK(is(map.buttons[12], EVDEV_KEY, BTN_DPAD_UP));
	CHECK(is(map.buttons[15], EVDEV_KEY, BTN_DPAD_RIGHT));
	CHECK(map.axis_count == 4 && map.button_count == 17);
	libevdev_free(device);
}

/* A joystick has no standard: all as it is, in the order of the codes. */
static void joystick_is_not_mapped(void)
{
	struct libevdev *device = new_device(0x046d);
	struct evdev_map map;
	char id[SEALMEM_GAMEPAD_ID_SIZE];

	add_keys(device, BTN_TRIGGER, BTN_BASE6);
	ADD_AXES(device, ABS_X, ABS_Y, ABS_RZ, ABS_THROTTLE, ABS_HAT0X);
	CHECK(evdev_is_gamepad(device));
	evdev_map_init(&map, device, NULL);
	CHECK(map.mapping == SEALMEM_GAMEPAD_MAPPING_NONE);
	CHECK(map.axis_count == 5 && map.button_count == 12);
	CHECK(is(map.axes[3], EVDEV_AXIS, ABS_THROTTLE));
	CHECK(is(map.buttons[11], EVDEV_KEY, BTN_BASE6));
	evdev_id(device, &map, id);
	CHECK(!strcmp(id, "Pad (Vendor: 046d Product: beef)"));
	libevdev_free(device);
}

static void more_controls_than_fit(void)
{
	struct libevdev *device = new_device(0);
	struct evdev_map map;

	add_keys(device, BTN_MISC, KEY_MAX);
	for (unsigned int code = 0; code <= ABS_HAT3Y; code++)
		add_axis(device, code, -1, 1, 0);
	evdev_map_init(&map, device, NULL);
	CHECK(map.axis_count == SEALMEM_GAMEPAD_AXES);
	CHECK(map.button_count == SEALMEM_GAMEPAD_BUTTONS);
	libevdev_free(device);
}

static void keyboard_keys_are_never_published(void)
{
	struct libevdev *device = new_device(0x046d);
	struct evdev_map map;

	add_keys(device, KEY_ESC, KEY_MICMUTE);
	add_keys(device, BTN_1, BTN_1);
	ADD_AXES(device, ABS_X, ABS_Y, ABS_VOLUME, ABS_MISC);
	evdev_map_init(&map, device, NULL);
	CHECK(map.button_count == 1 && map.axis_count == 2);
	CHECK(is(map.buttons[0], EVDEV_KEY, BTN_1));
	libevdev_free(device);
}

static void other_devices_are_no_gamepads(void)
{
	static const unsigned int properties[] = {
		INPUT_PROP_ACCELEROMETER, INPUT_PROP_POINTING_STICK,
		INPUT_PROP_BUTTONPAD, INPUT_PROP_TOPBUTTONPAD,
		INPUT_PROP_SEMI_MT,
	};
	struct libevdev *device = new_device(0x054c);

	ADD_AXES(device, ABS_X, ABS_Y, ABS_RX, ABS_RY);
	CHECK(!evdev_is_gamepad(device));
	add_keys(device, BTN_SOUTH, BTN_SOUTH);
	CHECK(evdev_is_gamepad(device));
	for (size_t i = 0; i < 5; i++) {
		libevdev_enable_property(device, properties[i]);
		CHECK(!evdev_is_gamepad(device));
		libevdev_disable_property(device, properties[i]);
	}
	libevdev_free(device);
	/* A tablet. */
	device = new_device(0x056a);
	ADD_AXES(device, ABS_X, ABS_Y, ABS_RX, ABS_WHEEL);
	add_keys(device, BTN_TOOL_PEN, BTN_TOOL_PEN);
	add_keys(device, BTN_1, BTN_1);
	CHECK(!evdev_is_gamepad(device));
	libevdev_free(device);
}

static float part_of(int min, int max, int value, struct evdev_control control)
{
	struct libevdev *device = new_device(0);
	float result;

	add_axis(device, ABS_X, min, max, value);
	result = evdev_control_value(device, control);
	libevdev_free(device);
	return result;
}

static float value_of(int min, int max, int value,
		      enum evdev_control_kind kind)
{
	return part_of(min, max, value,
		       (struct evdev_control){ .kind = kind, .code = ABS_X });
}

static float switch_of(int value, enum evdev_part part)
{
	return part_of(-1, 1, value,
		       (struct evdev_control){ EVDEV_SWITCH, ABS_X, part, 0 });
}

static void values_stay_in_their_range(void)
{
	CHECK(value_of(0, 255, 0, EVDEV_AXIS) == -1.0f);
	CHECK(value_of(0, 255, 255, EVDEV_AXIS) == 1.0f);
	CHECK(value_of(0, 255, 51, EVDEV_LEVEL) == 0.2f);
	CHECK(value_of(-32768, 32767, 40000, EVDEV_AXIS) == 1.0f);
	CHECK(value_of(-32768, 32767, INT32_MIN, EVDEV_AXIS) == -1.0f);
	CHECK(value_of(INT32_MIN, INT32_MAX, 0, EVDEV_LEVEL) > 0.49f);
	CHECK(value_of(INT32_MIN, INT32_MAX, INT32_MAX, EVDEV_AXIS) == 1.0f);
	CHECK(value_of(5, 5, 5, EVDEV_AXIS) == 0.0f);
	CHECK(value_of(5, 5, 9, EVDEV_LEVEL) == 0.0f);
	CHECK(value_of(100, -100, 50, EVDEV_AXIS) == 0.0f);
	CHECK(switch_of(-1, EVDEV_LOWER) == 1.0f);
	CHECK(switch_of(-1, EVDEV_UPPER) == 0.0f);
	CHECK(switch_of(0, EVDEV_LOWER) == 0.0f);
	CHECK(switch_of(0, EVDEV_UPPER) == 0.0f);
	CHECK(switch_of(1, EVDEV_UPPER) == 1.0f);
}

static void names_are_cut_and_cleaned(void)
{
	struct libevdev *device = new_device(-1);
	struct evdev_map map = { .mapping = SEALMEM_GAMEPAD_MAPPING_STANDARD };
	char name[1000], id[SEALMEM_GAMEPAD_ID_SIZE];

	/* Two bytes a character, so that a cut could halve one. */
	for (size_t i = 0; i + 2 < sizeof(name); i += 2)
		memcpy(name + i, "\303\251", 3);
	name[0] = '\n';
	libevdev_set_name(device, name);
	evdev_id(device, &map, id);
	CHECK(!strncmp(id, "??\303\251", 4));
	CHECK(strstr(id, "\303\251 (STANDARD GAMEPAD Vendor: ffff "
			 "Product: beef)"));
	CHECK(strlen(id) < sizeof(id));
	libevdev_free(device);
}

static const struct {
	const char *name;
	void (*run)(void);
} cases[] = {
#define CASE(name) { #name, name }
	CASE(x_and_y_by_vendor),
	CASE(z_and_rz_are_triggers_beside_rx_and_ry),
	CASE(z_and_rz_are_a_stick_otherwise),
	CASE(triggers_and_shoulders_on_hats),
	CASE(d_pad_of_keys_before_hat),
	CASE(joystick_is_not_mapped),
	CASE(more_controls_than_fit),
	CASE(keyboard_keys_are_never_published),
	CASE(other_devices_are_no_gamepads),
	CASE(values_stay_in_their_range),
	CASE(names_are_cut_and_cleaned),
};

int main(int argc, char **argv)
{
	int found = 0;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (argc < 2) {
			puts(cases[i].name);
		} else if (!strcmp(argv[1], cases[i].name)) {
			cases[i].run();
			found = 1;
		}
	}
	return argc < 2 ? 0 : failed || !found;
}
