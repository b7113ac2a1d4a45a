/* SPDX-License-Identifier: MIT */
/*
 * A device of each family, with what the kernel's driver gives it, and where
 * each of its controls has to come out. Written down from the sources that
 * tools/gamepad/evdev_families.c names, not from that table.
 */
#include <math.h>

#include "evdev_made.h"
#include "harness.h"
#include "tools/gamepad/evdev_map.h"
#include "tools/gamepad/evdev_node.h"

#define NOWHERE		(-1)
#define PLACES		(SEALMEM_GAMEPAD_AXES + SEALMEM_GAMEPAD_BUTTONS)

/* What an axis is; a cross is two buttons, the lower half first. */
enum role { STICK = 1, LEVEL, CROSS };

struct key {
	unsigned int code;
	int button;
};

struct axis {
	unsigned int code;
	int min;
	int max;
	enum role role;
	int index;
};

FIXTURE(pad)
{
	struct libevdev *device;
	struct evdev_map map;
};

FIXTURE_VARIANT(pad)
{
	const char *family;
	int bus;
	int vendor;
	int product;
	int version;
	enum sealmem_gamepad_hand hand;
	int trackpad;
	struct key keys[28];
	struct axis axes[14];
};

#define BY_LABEL	{ BTN_A, 0 }, { BTN_B, 1 }, { BTN_X, 2 }, { BTN_Y, 3 }
#define BY_POSITION                                                          \
	{ BTN_SOUTH, 0 }, { BTN_EAST, 1 }, { BTN_WEST, 2 }, { BTN_NORTH, 3 }
#define SHOULDERS	{ BTN_TL, 4 }, { BTN_TR, 5 }
#define TRIGGER_KEYS	{ BTN_TL2, NOWHERE }, { BTN_TR2, NOWHERE }
#define MIDDLE		{ BTN_SELECT, 8 }, { BTN_START, 9 }, { BTN_MODE, 16 }
#define THUMBS		{ BTN_THUMBL, 10 }, { BTN_THUMBR, 11 }
#define CROSS_KEYS                                                           \
	{ BTN_DPAD_UP, 12 }, { BTN_DPAD_DOWN, 13 }, { BTN_DPAD_LEFT, 14 },   \
	{ BTN_DPAD_RIGHT, 15 }
/* The n-th button of a HID pad. */
#define HID(n, button)	{ BTN_GAMEPAD + (n) - 1, button }
#define HID_JOYSTICK(n, button) { BTN_JOYSTICK + (n) - 1, button }

#define STICKS(x, y, min, max)                                               \
	{ ABS_X, min, max, STICK, 0 }, { ABS_Y, min, max, STICK, 1 },        \
	{ x, min, max, STICK, 2 }, { y, min, max, STICK, 3 }
#define TRIGGERS(l, r, max)	{ l, 0, max, LEVEL, 6 }, { r, 0, max, LEVEL, 7 }
#define HAT		{ ABS_HAT0X, -1, 1, CROSS, 14 },                     \
			{ ABS_HAT0Y, -1, 1, CROSS, 12 }
#define XPAD_AXES(max)                                                       \
	STICKS(ABS_RX, ABS_RY, -32768, 32767), TRIGGERS(ABS_Z, ABS_RZ, max)
#define ANDROID_AXES                                                         \
	STICKS(ABS_Z, ABS_RZ, 0, 65535), TRIGGERS(ABS_BRAKE, ABS_GAS, 1023), HAT

/* ---- Microsoft ---------------------------------------------------------- */

FIXTURE_VARIANT_ADD(pad, xbox_360) {
	"Xbox", BUS_USB, 0x045e, 0x028e, 0x0114,
	.keys = { BY_LABEL, SHOULDERS, MIDDLE, THUMBS },
	.axes = { XPAD_AXES(255), HAT },
};

FIXTURE_VARIANT_ADD(pad, xbox_360_wireless_receiver) {
	"Xbox", BUS_USB, 0x045e, 0x0719, 0x0100,
	.keys = { BY_LABEL, SHOULDERS, MIDDLE, THUMBS,
		  { BTN_TRIGGER_HAPPY1, 14 }, { BTN_TRIGGER_HAPPY2, 15 },
		  { BTN_TRIGGER_HAPPY3, 12 }, { BTN_TRIGGER_HAPPY4, 13 } },
	.axes = { XPAD_AXES(255) },
};

FIXTURE_VARIANT_ADD(pad, xbox_one_elite) {
	"Xbox", BUS_USB, 0x045e, 0x02e3, 0x0408,
	.keys = { BY_LABEL, SHOULDERS, MIDDLE, THUMBS,
		  { BTN_TRIGGER_HAPPY5, 17 }, { BTN_TRIGGER_HAPPY6, 18 },
		  { BTN_TRIGGER_HAPPY7, 19 }, { BTN_TRIGGER_HAPPY8, 20 } },
	.axes = { XPAD_AXES(1023), HAT },
};

/* The same paddles under their newer names: right, right 2, left, left 2. */
FIXTURE_VARIANT_ADD(pad, xbox_one_elite_2) {
	"Xbox", BUS_USB, 0x045e, 0x0b00, 0x0511,
	.keys = { BY_LABEL, SHOULDERS, MIDDLE, THUMBS,
		  { 0x225, 17 }, { 0x227, 18 }, { 0x224, 19 }, { 0x226, 20 } },
	.axes = { XPAD_AXES(1023), HAT },
};

FIXTURE_VARIANT_ADD(pad, xbox_series) {
	"Xbox", BUS_USB, 0x045e, 0x0b12, 0x0505,
	.keys = { BY_LABEL, SHOULDERS, MIDDLE, THUMBS, { KEY_RECORD, 17 } },
	.axes = { XPAD_AXES(1023), HAT },
};

FIXTURE_VARIANT_ADD(pad, xbox_one_s_bluetooth_first) {
	"Xbox One S, first firmware, Bluetooth",
	BUS_BLUETOOTH, 0x045e, 0x02e0, 0x0903,
	.keys = { HID(1, 0), HID(2, 1), HID(3, 2), HID(4, 3), HID(5, 4),
		  HID(6, 5), HID(7, 8), HID(8, 9), HID(9, 10), HID(10, 11),
		  { KEY_MENU, 16 } },
	.axes = { STICKS(ABS_RX, ABS_RY, 0, 65535),
		  TRIGGERS(ABS_Z, ABS_RZ, 1023), HAT },
};

FIXTURE_VARIANT_ADD(pad, xbox_one_s_bluetooth) {
	"Xbox, Bluetooth", BUS_BLUETOOTH, 0x045e, 0x02fd, 0x0903,
	.keys = { BY_LABEL, { BTN_C, 17 }, { BTN_Z, 18 }, SHOULDERS,
		  TRIGGER_KEYS, { BTN_SELECT, 8 }, { BTN_START, 9 }, THUMBS,
		  { BTN_MODE, 16 }, { KEY_HOMEPAGE, 19 }, { KEY_BACK, 20 } },
	.axes = { ANDROID_AXES },
};

/* Without the keys of newer firmware those of the consumer page stand in. */
FIXTURE_VARIANT_ADD(pad, xbox_one_s_bluetooth_keys) {
	"Xbox, Bluetooth", BUS_BLUETOOTH, 0x045e, 0x02fd, 0x0903,
	.keys = { BY_LABEL, SHOULDERS, { BTN_START, 9 }, THUMBS,
		  { KEY_BACK, 8 }, { KEY_HOMEPAGE, 16 } },
	.axes = { ANDROID_AXES },
};

FIXTURE_VARIANT_ADD(pad, xbox_series_bluetooth) {
	"Xbox, Bluetooth", BUS_BLUETOOTH, 0x045e, 0x0b13, 0x0515,
	.keys = { BY_LABEL, SHOULDERS, MIDDLE, THUMBS, { KEY_RECORD, 17 } },
	.axes = { ANDROID_AXES },
};

/* With its own driver: axes and paddles as over USB. */
FIXTURE_VARIANT_ADD(pad, xbox_elite_2_xpadneo) {
	"Xbox, Bluetooth", BUS_BLUETOOTH, 0x045e, 0x0b22, 0x0515,
	.keys = { BY_LABEL, SHOULDERS, MIDDLE, THUMBS,
		  { BTN_TRIGGER_HAPPY5, 17 }, { BTN_TRIGGER_HAPPY6, 18 },
		  { BTN_TRIGGER_HAPPY7, 19 }, { BTN_TRIGGER_HAPPY8, 20 },
		  { KEY_ENTER, NOWHERE } },
	.axes = { XPAD_AXES(1023), HAT },
};

/* ---- Sony --------------------------------------------------------------- */

FIXTURE_VARIANT_ADD(pad, playstation_3) {
	"PlayStation 3", BUS_USB, 0x054c, 0x0268, 0x8111,
	.keys = { BY_POSITION, SHOULDERS, TRIGGER_KEYS, MIDDLE, THUMBS,
		  CROSS_KEYS },
	.axes = { STICKS(ABS_RX, ABS_RY, 0, 255), TRIGGERS(ABS_Z, ABS_RZ, 255) },
};

FIXTURE_VARIANT_ADD(pad, playstation_3_without_driver) {
	"PlayStation 3, no driver", BUS_USB, 0x054c, 0x0268, 0x0111,
	.keys = { HID_JOYSTICK(1, 8), HID_JOYSTICK(2, 10), HID_JOYSTICK(3, 11),
		  HID_JOYSTICK(4, 9), HID_JOYSTICK(5, 12), HID_JOYSTICK(6, 15),
		  HID_JOYSTICK(7, 13), HID_JOYSTICK(8, 14), HID_JOYSTICK(9, 6),
		  HID_JOYSTICK(10, 7), HID_JOYSTICK(11, 4), HID_JOYSTICK(12, 5),
		  HID_JOYSTICK(13, 3), HID_JOYSTICK(14, 1), HID_JOYSTICK(15, 0),
		  HID_JOYSTICK(16, 2), { BTN_TRIGGER_HAPPY1, 16 } },
	.axes = { STICKS(ABS_Z, ABS_RZ, 0, 255) },
};

FIXTURE_VARIANT_ADD(pad, playstation_4) {
	"PlayStation 4", BUS_USB, 0x054c, 0x09cc, 0x8111,
	.keys = { BY_POSITION, SHOULDERS, TRIGGER_KEYS, MIDDLE, THUMBS },
	.axes = { STICKS(ABS_RX, ABS_RY, 0, 255), TRIGGERS(ABS_Z, ABS_RZ, 255),
		  HAT },
};

#define SQUARE_FIRST                                                         \
	HID(1, 2), HID(2, 0), HID(3, 1), HID(4, 3), HID(5, 4), HID(6, 5),    \
	HID(9, 8), HID(10, 9), HID(11, 10), HID(12, 11)

FIXTURE_VARIANT_ADD(pad, playstation_4_without_driver) {
	"PlayStation 4 or 5, no driver", BUS_BLUETOOTH, 0x054c, 0x05c4, 0x0100,
	.keys = { SQUARE_FIRST, HID(7, NOWHERE), HID(8, NOWHERE), HID(13, 16),
		  HID(14, 17) },
	.axes = { STICKS(ABS_Z, ABS_RZ, 0, 255), TRIGGERS(ABS_RX, ABS_RY, 255),
		  HAT },
	.trackpad = 17,
};

FIXTURE_VARIANT_ADD(pad, playstation_5) {
	"PlayStation 5", BUS_USB, 0x054c, 0x0ce6, 0x8111,
	.keys = { BY_POSITION, SHOULDERS, TRIGGER_KEYS, MIDDLE, THUMBS },
	.axes = { STICKS(ABS_RX, ABS_RY, 0, 255), TRIGGERS(ABS_Z, ABS_RZ, 255),
		  HAT },
};

FIXTURE_VARIANT_ADD(pad, playstation_5_without_driver) {
	"PlayStation 4 or 5, no driver", BUS_USB, 0x054c, 0x0df2, 0x0111,
	.keys = { SQUARE_FIRST, HID(7, NOWHERE), HID(8, NOWHERE), HID(13, 16),
		  HID(14, 17), HID(15, 18) },
	.axes = { STICKS(ABS_Z, ABS_RZ, 0, 255), TRIGGERS(ABS_RX, ABS_RY, 255),
		  HAT },
	.trackpad = 17,
};

/* ---- Nintendo ----------------------------------------------------------- */

FIXTURE_VARIANT_ADD(pad, switch_pro) {
	"Switch Pro", BUS_USB, 0x057e, 0x2009, 0x8111,
	.keys = { BY_POSITION, SHOULDERS, { BTN_TL2, 6 }, { BTN_TR2, 7 }, MIDDLE,
		  THUMBS, { BTN_Z, 17 } },
	.axes = { STICKS(ABS_RX, ABS_RY, -32767, 32767), HAT },
};

FIXTURE_VARIANT_ADD(pad, switch_pro_without_driver) {
	"Switch Pro, no driver", BUS_BLUETOOTH, 0x057e, 0x2009, 0x0001,
	.keys = { HID(1, 0), HID(2, 1), HID(3, 2), HID(4, 3), HID(5, 4),
		  HID(6, 5), HID(7, 6), HID(8, 7), HID(9, 8), HID(10, 9),
		  HID(11, 10), HID(12, 11), HID(13, 16), HID(14, 17) },
	.axes = { STICKS(ABS_RX, ABS_RY, 0, 65535), HAT },
};

FIXTURE_VARIANT_ADD(pad, joy_con_left) {
	"Joy-Con, left", BUS_BLUETOOTH, 0x057e, 0x2006, 0x8001,
	.keys = { CROSS_KEYS, SHOULDERS, { BTN_TL2, 6 }, { BTN_TR2, 7 },
		  { BTN_SELECT, 8 }, { BTN_THUMBL, 10 }, { BTN_Z, 17 } },
	.axes = { { ABS_X, -32767, 32767, STICK, 0 },
		  { ABS_Y, -32767, 32767, STICK, 1 } },
	.hand = SEALMEM_GAMEPAD_HAND_LEFT,
};

FIXTURE_VARIANT_ADD(pad, joy_con_right) {
	"Joy-Con, right", BUS_BLUETOOTH, 0x057e, 0x2007, 0x8001,
	.keys = { BY_POSITION, SHOULDERS, { BTN_TL2, 6 }, { BTN_TR2, 7 },
		  { BTN_START, 9 }, { BTN_MODE, 16 }, { BTN_THUMBR, 11 } },
	.axes = { { ABS_RX, -32767, 32767, STICK, 2 },
		  { ABS_RY, -32767, 32767, STICK, 3 } },
	.hand = SEALMEM_GAMEPAD_HAND_RIGHT,
};

/* ---- others ------------------------------------------------------------- */

FIXTURE_VARIANT_ADD(pad, logitech_f310_at_d) {
	"Logitech, switch at D", BUS_USB, 0x046d, 0xc216, 0x0414,
	.keys = { HID_JOYSTICK(1, 2), HID_JOYSTICK(2, 0), HID_JOYSTICK(3, 1),
		  HID_JOYSTICK(4, 3), HID_JOYSTICK(5, 4), HID_JOYSTICK(6, 5),
		  HID_JOYSTICK(7, 6), HID_JOYSTICK(8, 7), HID_JOYSTICK(9, 8),
		  HID_JOYSTICK(10, 9), HID_JOYSTICK(11, 10),
		  HID_JOYSTICK(12, 11) },
	.axes = { STICKS(ABS_Z, ABS_RZ, 0, 255), HAT },
};

FIXTURE_VARIANT_ADD(pad, logitech_f710_at_d) {
	"Logitech, switch at D", BUS_USB, 0x046d, 0xc219, 0x0305,
	.keys = { SQUARE_FIRST, HID(7, 6), HID(8, 7) },
	.axes = { STICKS(ABS_Z, ABS_RZ, 0, 255), HAT },
};

FIXTURE_VARIANT_ADD(pad, logitech_f710_at_x) {
	"Logitech, switch at X", BUS_USB, 0x046d, 0xc21f, 0x0305,
	.keys = { BY_LABEL, SHOULDERS, MIDDLE, THUMBS },
	.axes = { XPAD_AXES(255), HAT },
};

FIXTURE_VARIANT_ADD(pad, horipad_for_switch) {
	"HORI for Switch", BUS_USB, 0x0f0d, 0x00c1, 0x0572,
	.keys = { SQUARE_FIRST, HID(7, 6), HID(8, 7), HID(13, 16),
		  HID(14, 17) },
	.axes = { STICKS(ABS_Z, ABS_RZ, 0, 255), HAT },
};

FIXTURE_VARIANT_ADD(pad, stadia) {
	"Stadia", BUS_USB, 0x18d1, 0x9400, 0x0100,
	.keys = { BY_LABEL, SHOULDERS, MIDDLE, THUMBS,
		  { BTN_TRIGGER_HAPPY1, 17 }, { BTN_TRIGGER_HAPPY2, 18 } },
	.axes = { ANDROID_AXES },
};

FIXTURE_VARIANT_ADD(pad, luna_usb) {
	"Luna, USB", BUS_USB, 0x1949, 0x0419, 0x0111,
	.keys = { HID(1, 0), HID(2, 1), HID(3, 2), HID(4, 3), HID(5, 4),
		  HID(6, 5), HID(7, 8), HID(8, 9), HID(9, 16), HID(10, 17),
		  HID(11, 10), HID(12, 11) },
	.axes = { STICKS(ABS_Z, ABS_RZ, 0, 255), TRIGGERS(ABS_RX, ABS_RY, 255),
		  HAT },
};

FIXTURE_VARIANT_ADD(pad, luna_bluetooth) {
	"Luna, Bluetooth", BUS_BLUETOOTH, 0x0171, 0x0419, 0x0100,
	.keys = { BY_LABEL, SHOULDERS, { BTN_START, 9 }, THUMBS,
		  { KEY_BACK, 8 }, { KEY_HOMEPAGE, 16 }, { KEY_SEARCH, 17 } },
	.axes = { ANDROID_AXES },
};

FIXTURE_VARIANT_ADD(pad, shield_2015) {
	"Shield 2015", BUS_USB, 0x0955, 0x7210, 0x0111,
	.keys = { BY_LABEL, SHOULDERS, { BTN_START, 9 }, THUMBS,
		  { KEY_BACK, 8 }, { KEY_HOMEPAGE, 16 },
		  { KEY_VOLUMEUP, NOWHERE }, { KEY_VOLUMEDOWN, NOWHERE } },
	.axes = { ANDROID_AXES },
};

FIXTURE_VARIANT_ADD(pad, shield_2017) {
	"Shield 2017", BUS_USB, 0x0955, 0x7214, 0x0111,
	.keys = { BY_LABEL, SHOULDERS, { BTN_START, 9 }, THUMBS,
		  { KEY_BACK, 8 }, { KEY_HOMEPAGE, 16 }, { KEY_SEARCH, 17 } },
	.axes = { STICKS(ABS_Z, ABS_RZ, -32768, 32767),
		  TRIGGERS(ABS_RX, ABS_RY, 255), HAT },
};

FIXTURE_VARIANT_ADD(pad, steam_virtual) {
	"Steam Virtual Gamepad", BUS_USB, 0x28de, 0x11ff, 0x0001,
	.keys = { BY_LABEL, SHOULDERS, MIDDLE, THUMBS },
	.axes = { XPAD_AXES(255), HAT },
};

#define STEAM_AXES(max)                                                      \
	STICKS(ABS_RX, ABS_RY, -32767, 32767),                               \
	TRIGGERS(ABS_HAT2Y, ABS_HAT2X, max),                                 \
	{ ABS_HAT0X, -32767, 32767, STICK, 4 },                              \
	{ ABS_HAT0Y, -32767, 32767, STICK, 5 }

FIXTURE_VARIANT_ADD(pad, steam_deck) {
	"Steam Deck", BUS_USB, 0x28de, 0x1205, 0x0110,
	.keys = { BY_LABEL, SHOULDERS, TRIGGER_KEYS, MIDDLE, THUMBS, CROSS_KEYS,
		  { BTN_THUMB, 17 }, { BTN_THUMB2, 18 }, { BTN_BASE, 19 },
		  { 0x224, 20 }, { 0x225, 21 }, { 0x226, 22 }, { 0x227, 23 } },
	.axes = { STEAM_AXES(32767), { ABS_HAT1X, -32767, 32767, STICK, 6 },
		  { ABS_HAT1Y, -32767, 32767, STICK, 7 } },
	.trackpad = 18,
};

FIXTURE_VARIANT_ADD(pad, steam_controller) {
	"Steam Controller", BUS_USB, 0x28de, 0x1142, 0x0111,
	.keys = { BY_LABEL, SHOULDERS, TRIGGER_KEYS, MIDDLE, THUMBS, CROSS_KEYS,
		  { BTN_THUMB, 17 }, { BTN_THUMB2, 18 }, { BTN_GEAR_DOWN, 19 },
		  { BTN_GEAR_UP, 20 } },
	.axes = { STEAM_AXES(255) },
};

#define A_ON_THE_RIGHT                                                       \
	{ BTN_B, 0 }, { BTN_A, 1 }, { BTN_Y, 2 }, { BTN_X, 3 }

FIXTURE_VARIANT_ADD(pad, eightbitdo_sn30_pro) {
	"8BitDo SN30 Pro", BUS_USB, 0x2dc8, 0x6001, 0x0111,
	.keys = { A_ON_THE_RIGHT, { BTN_C, 17 }, { BTN_Z, 18 }, SHOULDERS,
		  TRIGGER_KEYS, MIDDLE, THUMBS },
	.axes = { STICKS(ABS_Z, ABS_RZ, 0, 255), TRIGGERS(ABS_GAS, ABS_BRAKE, 255),
		  HAT },
};

FIXTURE_VARIANT_ADD(pad, eightbitdo_sn30_pro_plus) {
	"8BitDo SN30 Pro+", BUS_BLUETOOTH, 0x2dc8, 0x6102, 0x0100,
	.keys = { A_ON_THE_RIGHT, { BTN_C, 16 }, { BTN_Z, 17 }, SHOULDERS,
		  { BTN_TL2, 6 }, { BTN_TR2, 7 }, { BTN_SELECT, 8 },
		  { BTN_START, 9 }, THUMBS },
	.axes = { STICKS(ABS_Z, ABS_RZ, 0, 255), HAT },
};

FIXTURE_VARIANT_ADD(pad, eightbitdo_pro_2) {
	"8BitDo, A on the right", BUS_BLUETOOTH, 0x2dc8, 0x6006, 0x0100,
	.keys = { A_ON_THE_RIGHT, SHOULDERS, TRIGGER_KEYS, MIDDLE, THUMBS },
	.axes = { ANDROID_AXES },
};

FIXTURE_VARIANT_ADD(pad, eightbitdo_ultimate) {
	"8BitDo", BUS_USB, 0x2dc8, 0x3011, 0x0111,
	.keys = { BY_LABEL, SHOULDERS, TRIGGER_KEYS, MIDDLE, THUMBS },
	.axes = { ANDROID_AXES },
};

/* ---- making and moving -------------------------------------------------- */

FIXTURE_SETUP(pad)
{
	self->device = made_device(variant->vendor, variant->product);
	libevdev_set_id_bustype(self->device, variant->bus);
	libevdev_set_id_version(self->device, variant->version);
	for (const struct key *key = variant->keys; key->code; key++)
		made_keys(self->device, key->code, key->code);
	for (const struct axis *axis = variant->axes; axis->role; axis++)
		made_axis(self->device, axis->code, axis->min, axis->max,
			  axis->role == LEVEL ? axis->min :
						(axis->min + axis->max) / 2);
	evdev_map_init(&self->map, self->device, NULL);
}

FIXTURE_TEARDOWN(pad)
{
	libevdev_free(self->device);
}

/* All of the pad now: axes, then buttons. */
static void look(const struct th_self_pad *self, float places[PLACES])
{
	memset(places, 0, PLACES * sizeof(*places));
	for (unsigned int i = 0; i < self->map.axis_count; i++)
		places[i] = evdev_map_axis(&self->map, self->device, i);
	for (unsigned int i = 0; i < self->map.button_count; i++)
		places[SEALMEM_GAMEPAD_AXES + i] = evdev_control_value(
			self->device, self->map.buttons[i]);
}

/* Sets a control, and expects that one place, or none, is at @value then. */
static void move(const struct th_self_pad *self, unsigned int type,
		 unsigned int code, int to, int place, float value)
{
	float before[PLACES], after[PLACES];
	int old = libevdev_get_event_value(self->device, type, code);

	look(self, before);
	libevdev_set_event_value(self->device, type, code, to);
	look(self, after);
	for (int i = 0; i < PLACES; i++) {
		bool as_wanted = i == place ? fabsf(after[i] - value) < 1e-6f :
					      after[i] == before[i];

		EXPECT_TRUE(as_wanted);
		if (!as_wanted)
			printf("# type %u code %#x: place %d is %f\n", type,
			       code, i, (double)after[i]);
	}
	libevdev_set_event_value(self->device, type, code, old);
}

static void move_axis(const struct th_self_pad *self, const struct axis *axis)
{
	const int button = SEALMEM_GAMEPAD_AXES + axis->index;

	switch (axis->role) {
	case STICK:
		move(self, EV_ABS, axis->code, axis->min, axis->index, -1);
		move(self, EV_ABS, axis->code, axis->max, axis->index, 1);
		break;
	case LEVEL:
		move(self, EV_ABS, axis->code, axis->max, button, 1);
		move(self, EV_ABS, axis->code, axis->min, button, 0);
		break;
	case CROSS:
		move(self, EV_ABS, axis->code, axis->min, button, 1);
		move(self, EV_ABS, axis->code, axis->max, button + 1, 1);
	}
}

TEST_F(pad, every_control_is_where_it_belongs)
{
	EXPECT_STREQ(variant->family, evdev_map_family(&self->map));
	EXPECT_TRUE(evdev_map_is_recognised(&self->map));
	EXPECT_TRUE(evdev_class_is_pad(evdev_classify(self->device)));
	EXPECT_EQ(SEALMEM_GAMEPAD_MAPPING_STANDARD, self->map.mapping);
	EXPECT_EQ(variant->hand, self->map.hand);
	for (const struct key *key = variant->keys; key->code; key++)
		move(self, EV_KEY, key->code, 1,
		     key->button == NOWHERE ? NOWHERE :
					      SEALMEM_GAMEPAD_AXES + key->button,
		     1);
	for (const struct axis *axis = variant->axes; axis->role; axis++)
		move_axis(self, axis);
}

/* What is there is what the device has, and no more. */
TEST_F(pad, nothing_else_is_there)
{
	uint32_t axes = 0, buttons = 0;

	for (const struct key *key = variant->keys; key->code; key++)
		buttons |= key->button == NOWHERE ? 0 : 1u << key->button;
	for (const struct axis *axis = variant->axes; axis->role; axis++) {
		*(axis->role == STICK ? &axes : &buttons) |= 1u << axis->index;
		buttons |= axis->role == CROSS ? 2u << axis->index : 0;
	}
	EXPECT_EQ(axes, evdev_map_axes_used(&self->map));
	EXPECT_EQ(buttons, evdev_map_buttons_used(&self->map));
	for (unsigned int i = 0; i < self->map.button_count; i++)
		EXPECT_EQ(i < 17 ? buttons >> i & 1 :
			  variant->trackpad >= (int)i ?
				   SEALMEM_GAMEPAD_BUTTON_TRACKPAD :
				   SEALMEM_GAMEPAD_BUTTON_OTHER,
			  self->map.types[i]);
}
TH_MAIN
