/* SPDX-License-Identifier: MIT */
/*
 * The commands for people on real nodes: list, watch, record and replay. What is
 * recorded of one device another one does again, and whoever reads pads sees no
 * difference.
 */
#include <poll.h>

#include "harness.h"
#include "evdev_serve.h"
#include "tools/gamepad/evdev_evemu.h"

#define OUTPUT_SIZE 65536
#define ALL	    0x1ffffu
#define NO_CENTRE   0x0ffffu

/* A command that runs, and what it says. */
struct running {
	pid_t pid;
	int output;
	size_t size;
	char text[OUTPUT_SIZE];
};

/* sealmem gamepad ARGUMENT... */
static void run_with(struct running *running, const char *const *arguments)
{
	const char *all[16] = { "sealmem", "gamepad" };
	int fds[2];

	for (size_t i = 2; *arguments; i++)
		all[i] = *arguments++;
	*running = (struct running){ 0 };
	ASSERT_SYS(pipe2(fds, O_CLOEXEC));
	running->pid = fork();
	if (running->pid == 0) {
		dup2(fds[1], STDOUT_FILENO);
		execvp(command(), (char *const *)all);
		_exit(127);
	}
	close(fds[1]);
	running->output = fds[0];
}

#define run(running, ...) \
	run_with(running, (const char *const[]){ __VA_ARGS__, NULL })

/* Some more of its output; false if that was all. */
static bool hear(struct running *running)
{
	ssize_t size = read(running->output, running->text + running->size,
			    OUTPUT_SIZE - 1 - running->size);

	ASSERT_SYS(size);
	running->size += (size_t)size;
	running->text[running->size] = '\0';
	return size > 0;
}

/* Its exit status. */
static int end(struct running *running)
{
	int status;

	while (hear(running))
		;
	close(running->output);
	ASSERT_SYS(waitpid(running->pid, &status, 0));
	ASSERT_TRUE(WIFEXITED(status));
	return WEXITSTATUS(status);
}

#define EXPECT_SAID(running, words)					\
	TH_CHECK_(false, strstr((running)->text, words), "no %s in: %s",	\
		  words, (running)->text)

/* ---- one pad ------------------------------------------------------------ */

FIXTURE(pad)
{
	struct uinput_pad pad;
	struct running running;
};

FIXTURE_SETUP(pad)
{
	need_uinput();
	need_command();
	plug_in(describe_pad(), &self->pad);
}

FIXTURE_TEARDOWN(pad)
{
	unplug(&self->pad);
}

TEST_F(pad, is_listed)
{
	run(&self->running, "list");
	EXPECT_EQ(0, end(&self->running));
	EXPECT_SAID(&self->running, self->pad.node);
	EXPECT_SAID(&self->running, "0003:045e:028e:0110  gamepad");
	EXPECT_SAID(&self->running, "\"Virtual Pad\"");
}

TEST_F(pad, is_watched)
{
	struct client client = { 0 };

	serve(&client, 0, NULL);
	run(&self->running, "watch", "--socket", client.socket, "--frames",
	    "1");
	EXPECT_EQ(0, end(&self->running));
	EXPECT_SAID(&self->running, "pad=0 connected=1 axes=");
	EXPECT_SAID(&self->running, "id=\"Virtual Pad (STANDARD GAMEPAD");
	leave(&client);
}

static bool contains(const struct evemu *evemu, struct pad_event event)
{
	for (size_t i = 0; i < evemu->event_count; i++)
		if (evemu->events[i].type == event.type &&
		    evemu->events[i].code == event.code &&
		    evemu->events[i].value == event.value)
			return true;
	return false;
}

/* It reads what comes after it has begun, which its first words show. */
TEST_F(pad, is_recorded)
{
	struct evemu evemu = { 0 };
	struct evemu_error error = { 0 };

	run(&self->running, "record", self->pad.node);
	while (!strstr(self->running.text, "\nE: "))
		ASSERT_TRUE(hear(&self->running));
	frame(&self->pad, { EV_KEY, BTN_A, 1 }, { EV_ABS, ABS_X, -12345 });
	while (!strstr(self->running.text, "-12345"))
		ASSERT_TRUE(hear(&self->running));
	kill(self->running.pid, SIGINT);
	EXPECT_EQ(0, end(&self->running));
	EXPECT_OK(evemu_parse(self->running.text, self->running.size, &evemu,
			      &error));
	EXPECT_STREQ("Virtual Pad", libevdev_get_name(evemu.device));
	EXPECT_EQ(0x028e, libevdev_get_id_product(evemu.device));
	EXPECT_TRUE(contains(&evemu, (struct pad_event){ EV_KEY, BTN_A, 1 }));
	EXPECT_TRUE(contains(&evemu,
			     (struct pad_event){ EV_ABS, ABS_X, -12345 }));
	evemu_free(&evemu);
}

/* ---- a pad of each family ----------------------------------------------- */

FIXTURE(family)
{
	char path[128];
	struct client client;
	struct running running;
	uint32_t pressed;
};

FIXTURE_VARIANT(family)
{
	const char *name;
	uint32_t buttons;
};

FIXTURE_VARIANT_ADD(family, xbox_360) { "xbox-360", ALL };
FIXTURE_VARIANT_ADD(family, xbox_one) { "xbox-one", ALL };
FIXTURE_VARIANT_ADD(family, dualshock_4) { "dualshock-4", ALL };
FIXTURE_VARIANT_ADD(family, dualsense) { "dualsense", ALL };
FIXTURE_VARIANT_ADD(family, switch_pro) { "switch-pro", ALL };
FIXTURE_VARIANT_ADD(family, generic_hid) { "generic-hid", ALL };
FIXTURE_VARIANT_ADD(family, logitech) { "logitech-dual-action", NO_CENTRE };

FIXTURE_SETUP(family)
{
	need_uinput();
	need_command();
	snprintf(self->path, sizeof(self->path), "selftests/pad/%s.evemu",
		 variant->name);
}

FIXTURE_TEARDOWN(family)
{
	leave(&self->client);
}

/* Which buttons have been pressed, once each. */
static void note_presses(struct th_self_family *self)
{
	const struct sealmem_gamepad *pad = &self->client.pads[0];

	for (uint32_t i = 0; i < SEALMEM_GAMEPAD_BUTTONS; i++) {
		EXPECT_LE(pad->buttons[i].press_count, 1);
		self->pressed |= pad->buttons[i].press_count << i;
	}
}

static void expect_presses(struct th_self_family *self, uint32_t buttons)
{
	do {
		look(&self->client);
		usleep(1000);
		note_presses(self);
	} while (self->pressed != buttons && self->client.pads[0].connected);
	EXPECT_EQ(buttons, self->pressed);
	EXPECT_EQ(SEALMEM_GAMEPAD_MAPPING_STANDARD,
		  self->client.pads[0].mapping);
}

/* By a device of the kernel's own, and read from that. */
TEST_F_TIMEOUT(family, is_replayed_by_the_kernel, 60)
{
	serve(&self->client, 0, NULL);
	run(&self->running, "replay", self->path, "--speed", "4", "--wait",
	    "500");
	SEES(&self->client, self->client.pads[0].connected);
	expect_presses(self, variant->buttons);
	EXPECT_EQ(0, end(&self->running));
	SEES(&self->client, !self->client.pads[0].connected);
}

TH_MAIN
