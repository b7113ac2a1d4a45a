/* SPDX-License-Identifier: MIT */
/*
 * `sealmem gamepad serve` on real nodes: pads made by uinput, as a reader in
 * another process sees them.
 */
#include <linux/uinput.h>
#include <sys/stat.h>

#include "harness.h"
#include "evdev_serve.h"

#define NOBODY 65534
#define PADS   16
#define ROUNDS 50
/* Frames that the kernel's queue holds in any case. */
#define BURST  16

FIXTURE(served)
{
	struct uinput_pad pad;
	struct client client;
};

FIXTURE_VARIANT(served)
{
	const char *loop;
};

FIXTURE_VARIANT_ADD(served, by_epoll) { "epoll" };
FIXTURE_VARIANT_ADD(served, by_io_uring) { "auto" };

FIXTURE_SETUP(served)
{
	need_uinput();
	need_command();
	plug_in(describe_pad(), &self->pad);
	serve(&self->client, 0, "--loop", variant->loop);
}

FIXTURE_TEARDOWN(served)
{
	leave(&self->client);
	if (self->pad.device)
		unplug(&self->pad);
}

TEST_F_TIMEOUT(served, a_press_is_seen_in_another_process, 60)
{
	struct sealmem_gamepad *pad = &self->client.pads[0];

	SEES(&self->client, pad->connected);
	EXPECT_STREQ("Virtual Pad (STANDARD GAMEPAD Vendor: 045e Product: "
		     "028e)", pad->id);
	for (uint32_t i = 1; i <= ROUNDS; i++) {
		frame(&self->pad, { EV_KEY, BTN_A, 1 },
		      { EV_ABS, ABS_X, 32767 });
		SEES(&self->client, pad->buttons[0].pressed);
		EXPECT_EQ(i, pad->buttons[0].press_count);
		EXPECT_TRUE(pad->axes[0] == 1);
		EXPECT_LE(pad->event_time_us, pad->publish_time_us);
		frame(&self->pad, { EV_KEY, BTN_A, 0 }, { EV_ABS, ABS_X, 0 });
		SEES(&self->client, !pad->buttons[0].pressed);
	}
}

TEST_F_TIMEOUT(served, pads_come_and_go, 60)
{
	struct sealmem_gamepad *pads = self->client.pads;
	struct uinput_pad other;

	SEES(&self->client, pads[0].connected);
	frame(&self->pad, { EV_KEY, BTN_A, 1 });
	SEES(&self->client, pads[0].buttons[0].pressed);
	plug_in(describe_pad(), &other);
	SEES(&self->client, pads[1].connected);
	frame(&other, { EV_KEY, BTN_B, 1 });
	SEES(&self->client, pads[1].buttons[1].pressed);
	unplug(&self->pad);
	SEES(&self->client, !pads[0].connected);
	EXPECT_EQ(0, pads[0].buttons[0].pressed);
	EXPECT_EQ(1, pads[1].connected);
	unplug(&other);
	SEES(&self->client, !pads[1].connected);
	plug_in(describe_pad(), &self->pad);
	SEES(&self->client, pads[0].connected);
	EXPECT_EQ(0, pads[0].buttons[0].press_count);
}

/* What there is to say when nothing new came for @timeout_ms, or before. */
static int wait_for(struct client *client, int timeout_ms)
{
	int ret;

	ASSERT_OK(sealmem_snapshot_reader_watch(
		&client->reader.snapshot,
		sealmem_channel_fd(&client->channel)));
	do {
		look(client);
		ret = sealmem_gamepad_wait(&client->reader, timeout_ms);
	} while (ret == SEALMEM_SNAPSHOT_FRESH);
	return ret;
}

/* Whoever outlives the server learns so, and how. */
TEST_F(served, a_server_that_was_killed_is_gone)
{
	SEES(&self->client, self->client.pads[0].connected);
	EXPECT_EQ(SIGKILL, WTERMSIG(stop(&self->client, SIGKILL)));
	EXPECT_EQ(SEALMEM_SNAPSHOT_WRITER_GONE,
		  wait_for(&self->client, PATIENCE_MS));
}

TEST_F(served, a_server_that_ends_takes_its_pads_along)
{
	SEES(&self->client, self->client.pads[0].connected);
	EXPECT_EQ(0, stop(&self->client, SIGTERM));
	EXPECT_EQ(SEALMEM_SNAPSHOT_WRITER_GONE,
		  wait_for(&self->client, PATIENCE_MS));
	EXPECT_EQ(0, self->client.pads[0].connected);
}

/* One that was stopped keeps what it said, and nobody waits for it for ever. */
TEST_F(served, a_server_that_was_stopped_holds_nobody_up)
{
	struct sealmem_gamepad *pad = &self->client.pads[0];

	SEES(&self->client, pad->connected);
	frame(&self->pad, { EV_KEY, BTN_A, 1 });
	SEES(&self->client, pad->buttons[0].pressed);
	ASSERT_SYS(kill(self->client.server, SIGSTOP));
	frame(&self->pad, { EV_KEY, BTN_A, 0 }, { EV_KEY, BTN_B, 1 });
	EXPECT_EQ(SEALMEM_SNAPSHOT_UNCHANGED, wait_for(&self->client, 50));
	EXPECT_EQ(1, pad->connected);
	EXPECT_EQ(1, pad->buttons[0].pressed);
	ASSERT_SYS(kill(self->client.server, SIGCONT));
	SEES(&self->client, pad->buttons[1].pressed &&
				    !pad->buttons[0].pressed);
}

/* ---- rumble ------------------------------------------------------------- */

FIXTURE(rumbling)
{
	struct uinput_pad pad;
	struct client client;
};

FIXTURE_SETUP(rumbling)
{
	struct libevdev *description;

	need_uinput();
	need_command();
	description = describe_pad();
	ASSERT_EQ(0, libevdev_enable_event_code(description, EV_FF, FF_RUMBLE,
						NULL));
	plug_in(description, &self->pad);
	serve(&self->client, 0, NULL);
}

FIXTURE_TEARDOWN(rumbling)
{
	leave(&self->client);
	unplug(&self->pad);
}

/* The device's side of an upload, which the server waits for. */
static struct ff_effect take_upload(int uinput, int request)
{
	struct uinput_ff_upload upload = { .request_id = (__u32)request };

	ASSERT_SYS(ioctl(uinput, UI_BEGIN_FF_UPLOAD, &upload));
	upload.retval = 0;
	ASSERT_SYS(ioctl(uinput, UI_END_FF_UPLOAD, &upload));
	return upload.effect;
}

static void take_erase(int uinput, int request)
{
	struct uinput_ff_erase erase = { .request_id = (__u32)request };

	ASSERT_SYS(ioctl(uinput, UI_BEGIN_FF_ERASE, &erase));
	erase.retval = 0;
	ASSERT_SYS(ioctl(uinput, UI_END_FF_ERASE, &erase));
}

/* Up to the next start (1) or stop (0) of an effect, or its erasure (-1). */
static int next_of_effect(struct uinput_pad *pad, struct ff_effect *effect)
{
	int uinput = libevdev_uinput_get_fd(pad->device);
	struct input_event event;

	for (;;) {
		poll_node(uinput);
		ASSERT_EQ(sizeof(event), read(uinput, &event, sizeof(event)));
		if (event.type == EV_FF && event.code < FF_EFFECT_MAX)
			return event.value;
		if (event.type != EV_UINPUT)
			continue;
		if (event.code == UI_FF_UPLOAD)
			*effect = take_upload(uinput, event.value);
		if (event.code != UI_FF_ERASE)
			continue;
		take_erase(uinput, event.value);
		return -1;
	}
}

static void ask(struct client *client, uint32_t type, float strong, float weak)
{
	const struct sealmem_gamepad_effect effect = {
		.struct_size = sizeof(effect),
		.type = type,
		.duration_ms = type == SEALMEM_GAMEPAD_EFFECT_RESET ? 0 : 4000,
		.strong = strong,
		.weak = weak,
	};

	ASSERT_OK(sealmem_gamepad_effect_send(&client->channel, &effect));
}

/* The server waits for the device until its effect is erased. */
static void end_server(struct th_self_rumbling *self, int signal)
{
	struct ff_effect effect;
	int next;

	kill(self->client.server, signal);
	do
		next = next_of_effect(&self->pad, &effect);
	while (next >= 0);
	EXPECT_EQ(-1, next);
}

TEST_F_TIMEOUT(rumbling, what_a_client_asks_for_arrives_at_the_motors, 60)
{
	struct client *client = &self->client;
	struct ff_effect effect = { 0 };

	SEES(client, client->pads[0].connected);
	EXPECT_EQ(SEALMEM_GAMEPAD_ACTUATOR_DUAL_RUMBLE,
		  client->pads[0].actuator);
	ask(client, SEALMEM_GAMEPAD_EFFECT_DUAL_RUMBLE, 1, 0.5);
	EXPECT_EQ(1, next_of_effect(&self->pad, &effect));
	EXPECT_EQ(FF_RUMBLE, effect.type);
	EXPECT_EQ(0xffff, effect.u.rumble.strong_magnitude);
	EXPECT_EQ(0x7fff, effect.u.rumble.weak_magnitude);
	EXPECT_EQ(4000, effect.replay.length);
	ask(client, SEALMEM_GAMEPAD_EFFECT_RESET, 0, 0);
	EXPECT_EQ(0, next_of_effect(&self->pad, &effect));
	end_server(self, SIGTERM);
}

/* The kernel gives who made the device 30 seconds to answer. */
TEST_F_TIMEOUT(rumbling, an_effect_without_answer_keeps_no_press_waiting, 60)
{
	struct client *client = &self->client;
	const struct sealmem_gamepad *pad = &client->pads[0];
	struct pollfd asked = { libevdev_uinput_get_fd(self->pad.device),
				POLLIN, 0 };

	SEES(client, pad->connected);
	ask(client, SEALMEM_GAMEPAD_EFFECT_DUAL_RUMBLE, 1, 1);
	ASSERT_EQ(1, poll(&asked, 1, -1));
	for (int i = 0; i < 10; i++) {
		frame(&self->pad, { EV_KEY, BTN_A, 1 });
		SEES(client, pad->buttons[0].pressed);
		frame(&self->pad, { EV_KEY, BTN_A, 0 });
		SEES(client, !pad->buttons[0].pressed);
	}
	/* Else it would be the answer that let them through. */
	EXPECT_EQ(1, poll(&asked, 1, 0));
	end_server(self, SIGTERM);
}

/* No motor runs on when who made it run is no more. */
TEST_F_TIMEOUT(rumbling, a_server_that_is_killed_leaves_no_motor_running, 60)
{
	struct client *client = &self->client;
	struct ff_effect effect = { 0 };

	SEES(client, client->pads[0].connected);
	ask(client, SEALMEM_GAMEPAD_EFFECT_DUAL_RUMBLE, 1, 1);
	EXPECT_EQ(1, next_of_effect(&self->pad, &effect));
	end_server(self, SIGKILL);
}

/* ---- many --------------------------------------------------------------- */

FIXTURE(many)
{
	struct uinput_pad pads[PADS];
	struct client client;
};

FIXTURE_SETUP(many)
{
	need_uinput();
	need_command();
	serve(&self->client, 0, "--pads", "16");
}

FIXTURE_TEARDOWN(many)
{
	leave(&self->client);
	for (size_t i = 0; i < PADS; i++)
		if (self->pads[i].device)
			unplug(&self->pads[i]);
}

static bool all_counted(const struct client *client, uint32_t presses)
{
	uint32_t count = 0;

	for (size_t i = 0; i < PADS; i++)
		count += client->pads[i].connected &&
			 client->pads[i].buttons[0].press_count == presses;
	return count == PADS;
}

TEST_F_TIMEOUT(many, of_sixteen_pads_no_press_is_lost, 120)
{
	for (size_t i = 0; i < PADS; i++)
		plug_in(describe_pad(), &self->pads[i]);
	SEES(&self->client, all_counted(&self->client, 0));
	for (uint32_t round = 1; round <= ROUNDS; round++) {
		for (int n = 0; n < BURST; n++)
			for (size_t i = 0; i < PADS; i++)
				frame(&self->pads[i],
				      { EV_KEY, BTN_A, n % 2 == 0 });
		SEES(&self->client,
		     all_counted(&self->client, round * BURST / 2));
	}
}

/* ---- permission --------------------------------------------------------- */

FIXTURE(other_user)
{
	struct uinput_pad pad;
	struct client client;
};

FIXTURE_SETUP(other_user)
{
	need_uinput();
	need_command();
	if (geteuid())
		SKIP("needs root, to be another user");
	plug_in(describe_pad(), &self->pad);
	ASSERT_SYS(chmod(self->pad.node, 0600));
	serve(&self->client, NOBODY, "--other-users");
}

FIXTURE_TEARDOWN(other_user)
{
	leave(&self->client);
	unplug(&self->pad);
}

/* As when udev comes to a node a little after the kernel. */
TEST_F_TIMEOUT(other_user, a_pad_comes_with_its_permission, 60)
{
	struct sealmem_gamepad *pad = &self->client.pads[0];

	look(&self->client);
	EXPECT_EQ(0, pad->connected);
	ASSERT_SYS(chmod(self->pad.node, 0644));
	SEES(&self->client, pad->connected);
	frame(&self->pad, { EV_KEY, BTN_A, 1 });
	SEES(&self->client, pad->buttons[0].pressed);
}

TH_MAIN
