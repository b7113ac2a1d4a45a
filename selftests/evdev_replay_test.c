/* SPDX-License-Identifier: MIT */
/*
 * The files selftests/pad/NAME.evemu: one of each family of pads, in which every
 * button of the standard layout is pressed in its order and then every axis
 * moved to both ends. Played to what makes pads of events, and, where there is
 * uinput, by a device of the kernel's own that is just like it.
 */
#include <sealmem/gamepad.h>

#include "harness.h"
#include "tools/gamepad/evdev_device.h"
#include "tools/gamepad/evdev_evemu.h"
#include "tools/gamepad/evdev_pad.h"
#include "uinput_pad.h"

#define ALL	  0x1ffffu
#define NO_CENTRE 0x0ffffu

FIXTURE(file)
{
	struct evemu evemu;
	struct sealmem_gamepad last;
	uint32_t frames, next_button, pressed, axis_ends;
};

FIXTURE_VARIANT(file)
{
	const char *name;
	uint32_t buttons;
};

FIXTURE_VARIANT_ADD(file, xbox_360) { "xbox-360", ALL };
FIXTURE_VARIANT_ADD(file, xbox_one) { "xbox-one", ALL };
FIXTURE_VARIANT_ADD(file, dualshock_4) { "dualshock-4", ALL };
FIXTURE_VARIANT_ADD(file, dualsense) { "dualsense", ALL };
FIXTURE_VARIANT_ADD(file, switch_pro) { "switch-pro", ALL };
FIXTURE_VARIANT_ADD(file, generic_hid) { "generic-hid", ALL };
FIXTURE_VARIANT_ADD(file, logitech) { "logitech-dual-action", NO_CENTRE };

FIXTURE_SETUP(file)
{
	char path[128];

	snprintf(path, sizeof(path), "selftests/pad/%s.evemu", variant->name);
	ASSERT_TRUE(evemu_load(path, &self->evemu));
}

FIXTURE_TEARDOWN(file)
{
	evemu_free(&self->evemu);
}

/* ---- what is seen ------------------------------------------------------- */

/* Buttons that went down in this frame come in their order, one by one. */
static void see_buttons(struct th_self_file *self,
			const struct sealmem_gamepad *pad)
{
	for (uint32_t i = 0; i < pad->button_count; i++) {
		if (!sealmem_gamepad_presses(&self->last, pad, i))
			continue;
		EXPECT_EQ(1, pad->buttons[i].press_count);
		EXPECT_GE(i, self->next_button);
		self->next_button = i + 1;
		self->pressed |= 1u << i;
	}
}

/* Two bits an axis: it was at its low end, and after that at its high end. */
static void see_axes(struct th_self_file *self,
		     const struct sealmem_gamepad *pad)
{
	for (uint32_t i = 0; i < pad->axis_count; i++) {
		if (pad->axes[i] == -1)
			self->axis_ends |= 1u << 2 * i;
		else if (pad->axes[i] == 1)
			self->axis_ends |= 2u << 2 * i;
		else
			EXPECT_TRUE(pad->axes[i] > -0.01 &&
				    pad->axes[i] < 0.01);
	}
}

/* The first frame puts to rest what rests elsewhere than at 0. */
static void see(struct th_self_file *self, const struct sealmem_gamepad *pad)
{
	if (self->frames++) {
		see_buttons(self, pad);
		see_axes(self, pad);
	}
	self->last = *pad;
}

static void expect_all(struct th_self_file *self,
		       const struct th_variant_file *variant)
{
	EXPECT_EQ(SEALMEM_GAMEPAD_MAPPING_STANDARD, self->last.mapping);
	EXPECT_GE(self->last.axis_count, 4);
	EXPECT_EQ(variant->buttons, self->pressed);
	EXPECT_EQ(0xff, self->axis_ends);
	for (uint32_t i = 0; i < self->last.button_count; i++)
		EXPECT_EQ(0, self->last.buttons[i].pressed);
}

/* ------------------------------------------------------------------------- */

TEST_F(file, shows_the_standard_layout)
{
	struct evdev_pad pad;
	struct sealmem_gamepad state;

	ASSERT_OK(evdev_pad_init(&pad, self->evemu.device, NULL));
	for (size_t i = 0; i < self->evemu.event_count; i++)
		if (evdev_pad_event(&pad, &self->evemu.events[i], &state))
			see(self, &state);
	expect_all(self, variant);
}

/* uinput takes no effects without somebody who plays them. */
static void plug_in_like(struct th_self_file *self, struct uinput_pad *ret_pad)
{
	libevdev_disable_event_type(self->evemu.device, EV_FF);
	ASSERT_EQ(0, libevdev_uinput_create_from_device(
			     self->evemu.device, LIBEVDEV_UINPUT_OPEN_MANAGED,
			     &ret_pad->device));
	wait_for_node(ret_pad);
}

TEST_F(file, shows_it_through_the_kernel)
{
	struct uinput_pad pad;
	struct evdev_device *device;
	struct sealmem_gamepad state;

	need_uinput();
	plug_in_like(self, &pad);
	ASSERT_OK(evdev_device_open(pad.node, NULL, &device));
	/* The kernel leaves out what changes nothing, even a whole frame. */
	evdev_device_step(device, 0, &state);
	see(self, &state);
	for (size_t i = 0; i < self->evemu.event_count; i++) {
		const struct input_event *event = &self->evemu.events[i];

		emit(&pad, event->type, event->code, event->value);
		if (event->type == EV_SYN &&
		    evdev_device_step(device, 0, &state) & EVDEV_CHANGED)
			see(self, &state);
	}
	expect_all(self, variant);
	evdev_device_close(device);
	unplug(&pad);
}

TH_MAIN
