/* SPDX-License-Identifier: MIT */
/*
 * Families of pads: what the kernel's drivers make of each, as far as the rules
 * of evdev_map.c do not say it. A row's comment says where it is from:
 *
 *   gamepad.rst	Documentation/input/gamepad.rst of Linux
 *   xpad		drivers/input/joystick/xpad.c
 *   hid-playstation, hid-sony, hid-nintendo, hid-steam
 *			drivers/hid/ of Linux, the file of that name
 *   hid-input		drivers/hid/hid-input.c: without a driver of its own the
 *			n-th button of a HID pad is BTN_GAMEPAD + n - 1, or
 *			BTN_JOYSTICK + n - 1, and axes are named by their usage
 *   SDL		the order that SDL_gamepad_db.h has for the model
 *   Chromium		the order of gamepad_standard_mappings_linux.cc
 *
 * The first row that fits counts; a row for all of a vendor comes after those
 * for its products.
 */
#include <stddef.h>

#include "tools/gamepad/evdev_build.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

#define MICROSOFT	0x045e
#define LOGITECH	0x046d
#define SONY		0x054c
#define NINTENDO	0x057e
#define NVIDIA		0x0955
#define HORI		0x0f0d
#define LAB126		0x1949
#define LAB126_BT	0x0171
#define GOOGLE		0x18d1
#define VALVE		0x28de
#define EIGHTBITDO	0x2dc8

/* Drivers of pads set it, so that they can be told from hid-generic. */
#define PATCHED_VERSION	0x8000

/* ---- keys --------------------------------------------------------------- */

/* xpad: wireless receivers report the cross as buttons. */
static const struct evdev_place xbox_cross[] = {
	{ 12, BTN_TRIGGER_HAPPY3 }, { 13, BTN_TRIGGER_HAPPY4 },
	{ 14, BTN_TRIGGER_HAPPY1 }, { 15, BTN_TRIGGER_HAPPY2 },
	{ 0, 0 },
};

/*
 * hid-input: these keys of the consumer page are what Android wants. Newer
 * firmware has the others.
 */
static const struct evdev_place android_keys[] = {
	{ 8, BTN_SELECT }, { 8, KEY_BACK },
	{ 16, BTN_MODE }, { 16, KEY_HOMEPAGE }, { 0, 0 },
};

/* SDL: there is a select key, but it is not the back key. */
static const struct evdev_place shield_keys[] = {
	{ 8, KEY_BACK }, { 16, KEY_HOMEPAGE }, { 0, 0 },
};

/* SDL, and hid-input: the first firmware counts its buttons without gaps. */
static const struct evdev_place xbox_old_bluetooth_keys[] = {
	{ 0, BTN_A }, { 1, BTN_B }, { 2, BTN_C }, { 3, BTN_X }, { 4, BTN_Y },
	{ 5, BTN_Z }, { 8, BTN_TL }, { 9, BTN_TR }, { 10, BTN_TL2 },
	{ 11, BTN_TR2 }, { 16, KEY_MENU }, { 0, 0 },
};

/* SDL: A is on the right, X on top, and so is it called. */
static const struct evdev_place a_on_the_right[] = {
	{ 0, BTN_B }, { 1, BTN_A }, { 2, BTN_Y }, { 3, BTN_X }, { 0, 0 },
};

static const struct evdev_place a_on_the_right_home_is_c[] = {
	{ 0, BTN_B }, { 1, BTN_A }, { 2, BTN_Y }, { 3, BTN_X }, { 16, BTN_C },
	{ 0, 0 },
};

/*
 * xpad: share; paddles upper right, lower right, upper left, lower left, which
 * have names of their own since Linux 6.17.
 */
static const uint16_t xbox_extras[] = {
	KEY_RECORD, BTN_TRIGGER_HAPPY5, BTN_GRIPR, BTN_TRIGGER_HAPPY6,
	BTN_GRIPR2, BTN_TRIGGER_HAPPY7, BTN_GRIPL, BTN_TRIGGER_HAPPY8,
	BTN_GRIPL2, 0,
};

/* ---- numbers of HID buttons, for those without a driver ----------------- */

/* Square, cross, circle, triangle: left, bottom, right, top. */
static const uint8_t square_first[] = {
	2, 3, 1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0, 0, 0, 0, 13,
};

/* Chromium, SDL: as the PlayStation 3 pad counts: select first, cross 15th. */
static const uint8_t select_first[] = {
	15, 14, 16, 13, 11, 12, 9, 10, 1, 4, 2, 3, 5, 7, 8, 6, 17,
};

/* SDL: B, A, Y, X. */
static const uint8_t bottom_first[] = {
	1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0, 0, 0, 0, 13,
};

/* SDL: Luna over USB, with the microphone as number 10. */
static const uint8_t luna_numbers[] = {
	1, 2, 3, 4, 5, 6, 0, 0, 7, 8, 11, 12, 0, 0, 0, 0, 9,
};

/* ---- families ----------------------------------------------------------- */

static const struct evdev_family families[] = {
	/*
	 * SDL, Chromium: One S with its first firmware, over Bluetooth; clones
	 * and drivers that use its number have more keys.
	 */
	{
		.name = "Xbox One S, first firmware, Bluetooth",
		.vendor = MICROSOFT, .products = { 0x02e0 },
		.with = BTN_C, .without = BTN_THUMBL,
		.places = xbox_old_bluetooth_keys,
		.sticks = { ABS_X, ABS_Y, ABS_RX, ABS_RY },
		.triggers = { ABS_Z, ABS_RZ },
	},
	/*
	 * Chromium: One S, Elite 2, Series X, Adaptive; right stick Z and RZ,
	 * triggers GAS and BRAKE, as the rules have it. xpadneo, a driver of
	 * its own, reports the axes as xpad does, and the rules see that too.
	 */
	{
		.name = "Xbox, Bluetooth",
		.vendor = MICROSOFT,
		.products = { 0x02e0, 0x02fd, 0x0b05, 0x0b13, 0x0b20, 0x0b21,
			      0x0b22 },
		.places = android_keys, .extras = xbox_extras,
	},
	/* xpad: X and Y by label. */
	{
		.name = "Xbox",
		.vendor = MICROSOFT, .with = BTN_GAMEPAD,
		.places = xbox_cross, .extras = xbox_extras,
	},
	/*
	 * hid-input, Chromium: DualShock 4 and DualSense without their driver.
	 * The rules would take the triggers RX and RY for the right stick. The
	 * 14th button is the touchpad, the 15th mute.
	 */
	{
		.name = "PlayStation 4 or 5, no driver",
		.vendor = SONY,
		.products = { 0x05c4, 0x09cc, 0x0ba0, 0x0ce6, 0x0df2 },
		.no_driver = true,
		.naming = EVDEV_BY_NUMBER, .numbers = square_first,
		.sticks = { ABS_X, ABS_Y, ABS_Z, ABS_RZ },
		.triggers = { ABS_RX, ABS_RY },
		.trackpads = { BTN_THUMBL },
	},
	/* hid-input, Chromium: SIXAXIS and DualShock 3 without their driver. */
	{
		.name = "PlayStation 3, no driver",
		.vendor = SONY, .products = { 0x0268 },
		.no_driver = true,
		.naming = EVDEV_BY_NUMBER, .numbers = select_first,
		.sticks = { ABS_X, ABS_Y, ABS_Z, ABS_RZ },
	},
	/* hid-sony: keys by position, the cross as keys. */
	{
		.name = "PlayStation 3",
		.vendor = SONY, .products = { 0x0268 },
		.naming = EVDEV_BY_POSITION,
	},
	/* hid-playstation; hid-sony did it before. */
	{
		.name = "PlayStation 4",
		.vendor = SONY, .products = { 0x05c4, 0x09cc, 0x0ba0 },
		.naming = EVDEV_BY_POSITION,
	},
	{
		.name = "PlayStation 5",
		.vendor = SONY, .products = { 0x0ce6, 0x0df2 },
		.naming = EVDEV_BY_POSITION,
	},
	/* All that Sony's own drivers know is by position. */
	{
		.name = "PlayStation",
		.vendor = SONY, .with = BTN_GAMEPAD,
		.naming = EVDEV_BY_POSITION,
	},
	/* hid-input, SDL: over Bluetooth, before Linux 5.16. */
	{
		.name = "Switch Pro, no driver",
		.vendor = NINTENDO, .products = { 0x2009 },
		.no_driver = true,
		.naming = EVDEV_BY_NUMBER, .numbers = bottom_first,
		.sticks = { ABS_X, ABS_Y, ABS_RX, ABS_RY },
	},
	/* hid-nintendo: by position, so that B is BTN_SOUTH. */
	{
		.name = "Switch Pro",
		.vendor = NINTENDO, .products = { 0x2009 },
		.naming = EVDEV_BY_POSITION,
	},
	/*
	 * hid-nintendo: upright, each half of a pad; the rail's SL and SR are
	 * what the other half would have as shoulder and trigger.
	 */
	{
		.name = "Joy-Con, left",
		.vendor = NINTENDO, .products = { 0x2006 },
		.naming = EVDEV_BY_POSITION,
		.hand = SEALMEM_GAMEPAD_HAND_LEFT,
	},
	{
		.name = "Joy-Con, right",
		.vendor = NINTENDO, .products = { 0x2007 },
		.naming = EVDEV_BY_POSITION,
		.hand = SEALMEM_GAMEPAD_HAND_RIGHT,
	},
	{
		.name = "Nintendo",
		.vendor = NINTENDO, .with = BTN_GAMEPAD,
		.naming = EVDEV_BY_POSITION,
	},
	/*
	 * SDL: F310, F510 and F710 with their switch at D. At X they are xpad's
	 * and have other numbers.
	 */
	{
		.name = "Logitech, switch at D",
		.vendor = LOGITECH, .products = { 0xc216, 0xc218, 0xc219 },
		.naming = EVDEV_BY_NUMBER, .numbers = square_first,
		.sticks = { ABS_X, ABS_Y, ABS_Z, ABS_RZ },
	},
	/* xpad. */
	{
		.name = "Logitech, switch at X",
		.vendor = LOGITECH, .products = { 0xc21d, 0xc21e, 0xc21f },
	},
	/* Chromium: HORIPAD for Switch; SDL: wired pads of that kind. */
	{
		.name = "HORI for Switch",
		.vendor = HORI, .products = { 0x00c1, 0x0092 },
		.naming = EVDEV_BY_NUMBER, .numbers = square_first,
		.sticks = { ABS_X, ABS_Y, ABS_Z, ABS_RZ },
	},
	/* SDL, Chromium: by the rules; assistant and capture follow. */
	{
		.name = "Stadia",
		.vendor = GOOGLE, .products = { 0x9400 },
	},
	/* SDL: over USB, with triggers where others have a stick. */
	{
		.name = "Luna, USB",
		.vendor = LAB126, .products = { 0x0419 },
		.naming = EVDEV_BY_NUMBER, .numbers = luna_numbers,
		.sticks = { ABS_X, ABS_Y, ABS_Z, ABS_RZ },
		.triggers = { ABS_RX, ABS_RY },
	},
	/* SDL: over Bluetooth as Android wants it. */
	{
		.name = "Luna, Bluetooth",
		.vendor = LAB126_BT, .products = { 0x0419 },
		.places = android_keys,
	},
	/* SDL, Chromium: 2015 by the rules; 2017 has triggers on RX and RY. */
	{
		.name = "Shield 2015",
		.vendor = NVIDIA, .products = { 0x7210 },
		.places = shield_keys,
	},
	{
		.name = "Shield 2017",
		.vendor = NVIDIA, .products = { 0x7214 },
		.places = shield_keys,
		.sticks = { ABS_X, ABS_Y, ABS_Z, ABS_RZ },
		.triggers = { ABS_RX, ABS_RY },
	},
	/* What Steam makes of any pad: a uinput device like xpad's. */
	{
		.name = "Steam Virtual Gamepad",
		.vendor = VALVE, .products = { 0x11ff },
	},
	/* hid-steam: by label; HAT0 and HAT1 are trackpads, HAT2 triggers. */
	{
		.name = "Steam Deck",
		.vendor = VALVE, .products = { 0x1205 },
		.trackpads = { BTN_THUMB, BTN_THUMB2 },
		.hats_are_pads = true,
	},
	/* hid-steam: here BTN_THUMB and BTN_THUMB2 are touches, not presses. */
	{
		.name = "Steam Controller",
		.vendor = VALVE, .products = { 0x1102, 0x1142 },
		.hats_are_pads = true,
	},
	/*
	 * SDL: those with Nintendo's labels, in D-input mode. In X-input mode
	 * they are xpad's; the Ultimate has Xbox labels, and the rules fit.
	 */
	{
		.name = "8BitDo SN30 Pro+",
		.vendor = EIGHTBITDO, .products = { 0x6002, 0x6102 },
		.places = a_on_the_right_home_is_c,
	},
	{
		.name = "8BitDo SN30 Pro",
		.vendor = EIGHTBITDO, .products = { 0x6001, 0x6101 },
		.places = a_on_the_right,
		.triggers = { ABS_GAS, ABS_BRAKE },
	},
	{
		.name = "8BitDo, A on the right",
		.vendor = EIGHTBITDO,
		.products = { 0x2830, 0x2862, 0x3100, 0x3230, 0x6003, 0x6006,
			      0x9012, 0x9018 },
		.places = a_on_the_right,
	},
	{
		.name = "8BitDo",
		.vendor = EIGHTBITDO, .with = BTN_GAMEPAD,
	},
};

static bool is_product(const struct evdev_family *family, int product)
{
	if (!family->products[0])
		return true;
	for (size_t i = 0; i < COUNT(family->products); i++)
		if (family->products[i] && family->products[i] == product)
			return true;
	return false;
}

static bool is_driver(const struct evdev_family *family, int version)
{
	return !family->no_driver || !(version & PATCHED_VERSION);
}

static bool has_keys(const struct evdev_family *family,
		     const struct libevdev *device)
{
	if (family->with &&
	    !libevdev_has_event_code(device, EV_KEY, family->with))
		return false;
	return !family->without ||
	       !libevdev_has_event_code(device, EV_KEY, family->without);
}

const struct evdev_family *evdev_family_find(const struct libevdev *device)
{
	for (size_t i = 0; i < COUNT(families); i++)
		if (libevdev_get_id_vendor(device) == families[i].vendor &&
		    is_product(&families[i], libevdev_get_id_product(device)) &&
		    is_driver(&families[i], libevdev_get_id_version(device)) &&
		    has_keys(&families[i], device))
			return &families[i];
	return NULL;
}
