/* SPDX-License-Identifier: MIT */
/* One device: what it is made to feel like, and which nodes are one pad's. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "device_check.h"

/* ---- which belong together ---------------------------------------------- */

static void group_of(const char *node, char ret_group[512])
{
	int ret = evdev_device_open(node, NULL, &device);

	if (ret < 0)
		printf("cannot open %s: %s\n", node, strerror(-ret));
	CHECK(ret == 0);
	snprintf(ret_group, 512, "%s", evdev_device_group(device));
	evdev_device_close(device);
}

static bool are_one(const char *phys, const char *other_phys, const char *uniq,
		    const char *other_uniq)
{
	char group[512], other[512];

	world.phys = phys;
	world.uniq = uniq;
	group_of(WORLD_STRANGER, group);
	world.phys = other_phys;
	world.uniq = other_uniq;
	group_of(WORLD_STRANGER, other);
	return group[0] && !strcmp(group, other);
}

static void nodes_of_one_pad(void)
{
	char group[512], sibling[512], stranger[512];

	CHECK(are_one("usb-1/input0", "usb-1/input1", "", ""));
	CHECK(!are_one("usb-1/input0", "usb-2/input0", "", ""));
	CHECK(are_one("usb-1/input0", "usb-1/input0", "aa:bb", "aa:bb"));
	CHECK(!are_one("usb-1/input0", "usb-1/input0", "aa:bb", "aa:cc"));
	/* Of a model whose number is always the same, in two sockets. */
	CHECK(!are_one("usb-1/input0", "usb-2/input0", "aa:bb", "aa:bb"));
	CHECK(!are_one("usb-1/input0", "usb-2/input0", "00:00", "00:00"));
	CHECK(are_one("usb-1/input0", "usb-1/input3", "00:00", "00:00"));
	/* A Bluetooth adapter is no socket: it is the same for all pads. */
	CHECK(!are_one("11:22:33", "11:22:33", "aa:bb", "aa:cc"));
	CHECK(!are_one("11:22:33", "11:22:33", NULL, NULL));
	CHECK(!are_one("11:22:33", "11:22:33", "00:00", "00:00"));
	world.phys = world.uniq = NULL;
	group_of(WORLD_NODE, group);
	group_of(WORLD_SIBLING, sibling);
	group_of(WORLD_STRANGER, stranger);
	CHECK(strstr(group, "0003:045E:028E.0001"));
	CHECK(!strcmp(group, sibling));
	/* Nothing that could be shared. */
	CHECK(!stranger[0]);
}

/* ---- rumble ------------------------------------------------------------- */

static struct sealmem_gamepad_effect effect_of(float strong, float weak)
{
	return (struct sealmem_gamepad_effect){
		.struct_size = sizeof(struct sealmem_gamepad_effect),
		.type = SEALMEM_GAMEPAD_EFFECT_DUAL_RUMBLE,
		.duration_ms = 300,
		.strong = strong,
		.weak = weak,
	};
}

static int play(float strong, float weak, uint32_t delay_ms)
{
	struct sealmem_gamepad_effect effect = effect_of(strong, weak);

	effect.start_delay_ms = delay_ms;
	return evdev_device_play(device, &effect);
}

static int reset(void)
{
	struct sealmem_gamepad_effect effect = effect_of(0, 0);

	effect.type = SEALMEM_GAMEPAD_EFFECT_RESET;
	effect.duration_ms = 0;
	return evdev_device_play(device, &effect);
}

/* The device was told to play effect 5 that often, and nothing else. */
static bool was_told(int times)
{
	struct input_event event = { 0 }, none;

	return world_read(20000, &event) && !world_read(0, &none) &&
	       event.type == EV_FF && event.code == 5 && event.value == times;
}

static bool was_told_nothing(void)
{
	struct input_event event;

	return !world_read(0, &event);
}

static void begin_rumbling(void)
{
	world.rumbles = true;
	begin();
	CHECK(pad.actuator == SEALMEM_GAMEPAD_ACTUATOR_DUAL_RUMBLE);
}

static void an_effect_is_played(void)
{
	begin_rumbling();
	CHECK(play(1, 0.5f, 0) == 0);
	CHECK(world.uploads == 1);
	CHECK(world.uploaded.id == -1);
	CHECK(world.uploaded.type == FF_RUMBLE);
	CHECK(world.uploaded.u.rumble.strong_magnitude == 0xffff);
	CHECK(world.uploaded.u.rumble.weak_magnitude == 0x7fff);
	CHECK(world.uploaded.replay.length == 300);
	CHECK(world.uploaded.replay.delay == 0);
	CHECK(was_told(1));
	evdev_device_close(device);
	CHECK(world.removed == 5);
}

static void an_effect_that_starts_later(void)
{
	begin_rumbling();
	CHECK(play(0.25f, 0, 5000) == 0);
	CHECK(world.uploaded.replay.delay == 5000);
	CHECK(was_told(1));
	evdev_device_close(device);
}

/* One after the other, with a delay and without: the last one counts. */
static void an_effect_takes_the_place_of_another(void)
{
	static const uint32_t delays[] = { 0, 1000, 0 };

	begin_rumbling();
	CHECK(play(1, 1, 0) == 0);
	CHECK(was_told(1));
	for (int i = 0; i < 3; i++) {
		CHECK(play(0.5f, 0, delays[i]) == 0);
		CHECK(world.uploads == 2 + i);
		CHECK(world.uploaded.id == 5);
		CHECK(world.uploaded.replay.delay == delays[i]);
		CHECK(world.uploaded.u.rumble.strong_magnitude == 0x7fff);
		CHECK(was_told(1));
	}
	evdev_device_close(device);
}

static void an_effect_is_stopped(void)
{
	struct sealmem_gamepad_effect endless = effect_of(1, 1);

	begin_rumbling();
	/* There is nothing to stop. */
	CHECK(reset() == 0);
	CHECK(was_told_nothing());
	CHECK(play(1, 1, 1000) == 0 && was_told(1));
	CHECK(reset() == 0 && was_told(0));
	CHECK(play(1, 1, 0) == 0 && was_told(1));
	CHECK(play(0, 0, 0) == 0 && was_told(0));
	CHECK(play(1, 1, 0) == 0 && was_told(1));
	/* To the kernel that would be for ever. */
	endless.duration_ms = 0;
	CHECK(evdev_device_play(device, &endless) == 0 && was_told(0));
	CHECK(world.uploads == 3);
	evdev_device_close(device);
}

static void an_effect_that_cannot_be(void)
{
	struct sealmem_gamepad_effect effect = effect_of(1, 1);

	begin_rumbling();
	effect.type = SEALMEM_GAMEPAD_EFFECT_TRIGGER_RUMBLE;
	CHECK(evdev_device_play(device, &effect) == -EOPNOTSUPP);
	effect.type = 77;
	CHECK(evdev_device_play(device, &effect) == -EOPNOTSUPP);
	effect = effect_of(1, 1);
	effect.duration_ms = 5001;
	CHECK(evdev_device_play(device, &effect) == -EINVAL);
	effect.duration_ms = 65537;
	CHECK(evdev_device_play(device, &effect) == -EINVAL);
	effect = effect_of(1, 1);
	effect.start_delay_ms = 5001;
	CHECK(evdev_device_play(device, &effect) == -EINVAL);
	CHECK(world.uploads == 0 && was_told_nothing());
	/* No more room for effects, or gone: nothing is left behind. */
	world.errors[0x80] = ENOSPC;
	CHECK(play(1, 1, 0) == -ENOSPC);
	world.errors[0x80] = ENODEV;
	CHECK(play(1, 1, 0) == -ENODEV);
	CHECK(was_told_nothing());
	evdev_device_close(device);
	CHECK(world.removed == -1);
}

static void magnitudes_beyond_their_range(void)
{
	begin_rumbling();
	CHECK(play(7, -1, 0) == 0);
	CHECK(world.uploaded.u.rumble.strong_magnitude == 0xffff);
	CHECK(world.uploaded.u.rumble.weak_magnitude == 0);
	CHECK(was_told(1));
	CHECK(play(__builtin_nanf(""), __builtin_inff(), 0) == 0);
	CHECK(world.uploaded.u.rumble.strong_magnitude == 0);
	CHECK(world.uploaded.u.rumble.weak_magnitude == 0xffff);
	CHECK(was_told(1));
	evdev_device_close(device);
}

static void a_pad_without_motors(void)
{
	begin();
	CHECK(pad.actuator == SEALMEM_GAMEPAD_ACTUATOR_NONE);
	CHECK(play(1, 1, 0) == -EOPNOTSUPP);
	CHECK(reset() == -EOPNOTSUPP);
	CHECK(world.uploads == 0);
	evdev_device_close(device);
}

/* Not even root may write then. */
static void drop_privileges(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct none[2] = { 0 };

	CHECK(syscall(SYS_capset, &header, none) == 0);
}

static void a_pad_that_may_only_be_read(void)
{
	world.rumbles = true;
	CHECK(chmod(WORLD_NODE, 0444) == 0);
	drop_privileges();
	begin();
	CHECK((fcntl(evdev_device_fd(device), F_GETFL) & O_ACCMODE) ==
	      O_RDONLY);
	CHECK(pad.actuator == SEALMEM_GAMEPAD_ACTUATOR_NONE);
	CHECK(play(1, 1, 0) == -EACCES);
	CHECK(world.uploads == 0);
	world_both(EV_KEY, BTN_A, 1);
	report();
	CHECK(step() == EVDEV_CHANGED);
	CHECK(pad.buttons[0].pressed);
	evdev_device_close(device);
	CHECK(chmod(WORLD_NODE, 0000) == 0);
	CHECK(evdev_device_open(WORLD_NODE, NULL, &device) == -EACCES);
}

static const struct device_case cases[] = {
	CASE(nodes_of_one_pad),
	CASE(an_effect_is_played),
	CASE(an_effect_that_starts_later),
	CASE(an_effect_takes_the_place_of_another),
	CASE(an_effect_is_stopped),
	CASE(an_effect_that_cannot_be),
	CASE(magnitudes_beyond_their_range),
	CASE(a_pad_without_motors),
	CASE(a_pad_that_may_only_be_read),
	{ 0 },
};

int main(int argc, char **argv)
{
	return run_case(cases, argc < 2 ? NULL : argv[1]);
}
