/* SPDX-License-Identifier: MIT */
/*
 * Gamepads that the kernel makes and unmakes while a source looks on: the true
 * nodes, folder and drivers. The pads are made by uinput.
 */
#include <time.h>

#include "harness.h"
#include "uinput_pad.h"
#include "tools/gamepad/source.h"

#define PRESSES 500

FIXTURE(plug)
{
	struct loop *loop;
	struct source source;
	struct uinput_pad pad;
	/* Of the pad named here alone: the machine may have others. */
	unsigned int connects, disconnects;
	uint64_t device;
	struct sealmem_gamepad state;
};

FIXTURE_VARIANT(plug)
{
	enum loop_kind kind;
};

FIXTURE_VARIANT_ADD(plug, epoll) { LOOP_EPOLL };
FIXTURE_VARIANT_ADD(plug, ring) { LOOP_URING };

static void note_connect(void *data, uint64_t device, bool recognised,
			 const struct sealmem_gamepad *pad)
{
	struct th_self_plug *self = data;

	(void)recognised;
	if (strncmp(pad->id, "Virtual Pad ", 12) != 0)
		return;
	self->connects++;
	self->device = device;
	self->state = *pad;
}

static void note_update(void *data, uint64_t device,
			const struct sealmem_gamepad *pad)
{
	struct th_self_plug *self = data;

	if (device == self->device)
		self->state = *pad;
}

static void note_disconnect(void *data, uint64_t device)
{
	struct th_self_plug *self = data;

	if (device == self->device)
		self->disconnects++;
}

FIXTURE_SETUP(plug)
{
	const struct source_sink sink = {
		self, note_connect, note_update, note_disconnect,
	};
	const struct source_options options = { 0 };
	int ret;

	need_uinput();
	ret = loop_open(variant->kind, &self->loop);
	if (ret == -EOPNOTSUPP)
		SKIP("no io_uring here, or built without liburing");
	ASSERT_OK(ret);
	ASSERT_TRUE(source_evdev_open(&options, false, &self->source));
	ASSERT_OK(self->source.start(&self->source, self->loop, &sink));
}

FIXTURE_TEARDOWN(plug)
{
	if (self->source.close)
		self->source.close(&self->source);
	loop_close(self->loop);
	if (self->pad.device)
		unplug(&self->pad);
}

static uint64_t after_ms(unsigned int ms)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000 +
	       ms * 1000;
}

/* Until so many came and went; the case has a limit. */
static void run_until(struct th_self_plug *self, unsigned int connects,
		      unsigned int disconnects)
{
	while (self->connects < connects || self->disconnects < disconnects)
		ASSERT_OK(loop_run_once(self->loop, after_ms(1000), NULL));
	EXPECT_EQ(connects, self->connects);
	EXPECT_EQ(disconnects, self->disconnects);
}

static void press_many(struct th_self_plug *self)
{
	for (unsigned int i = 0; i < PRESSES; i++) {
		frame(&self->pad, { EV_KEY, BTN_A, 1 });
		frame(&self->pad, { EV_KEY, BTN_A, 0 });
		/* Each now and then is alone, most come in a bunch. */
		if (i % 7 == 0)
			ASSERT_OK(loop_run_once(self->loop, after_ms(1000),
						NULL));
	}
	while (self->state.buttons[0].press_count < PRESSES)
		ASSERT_OK(loop_run_once(self->loop, after_ms(1000), NULL));
	EXPECT_EQ(PRESSES, self->state.buttons[0].press_count);
}

TEST_F_TIMEOUT(plug, a_pad_comes_is_read_and_goes, 60)
{
	uint64_t before = 0;

	for (unsigned int i = 1; i <= 3; i++) {
		plug_in(describe_pad(), &self->pad);
		run_until(self, i, i - 1);
		EXPECT_LT(before, self->device);
		before = self->device;
		press_many(self);
		frame(&self->pad, { EV_KEY, BTN_B, 1 });
		unplug(&self->pad);
		run_until(self, i, i);
	}
}

/* As logind does it, who has a descriptor of the same file. */
static void revoke_all(const char *node)
{
	char path[64], target[64];
	unsigned int revoked = 0;

	for (int fd = 0; fd < 256; fd++) {
		ssize_t size;

		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		size = readlink(path, target, sizeof(target) - 1);
		target[size > 0 ? size : 0] = '\0';
		if (!strcmp(target, node))
			revoked += ioctl(fd, EVIOCREVOKE, NULL) == 0;
	}
	ASSERT_EQ(1, revoked);
}

TEST_F_TIMEOUT(plug, who_is_revoked_is_gone_until_asked_for, 60)
{
	uint64_t until_us;

	plug_in(describe_pad(), &self->pad);
	run_until(self, 1, 0);
	revoke_all(self->pad.node);
	run_until(self, 1, 1);
	/* Nothing is left in the loop that would be ready for ever. */
	until_us = after_ms(5);
	while (after_ms(0) < until_us)
		ASSERT_OK(loop_run_once(self->loop, until_us, NULL));
	EXPECT_EQ(1, self->connects);
	self->source.rescan(&self->source);
	run_until(self, 2, 1);
	press_many(self);
}

TH_MAIN
