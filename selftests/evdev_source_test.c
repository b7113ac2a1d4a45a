/* SPDX-License-Identifier: MIT */
/* Gamepads that are there, come and go: each is told of once, and read. */
#include <semaphore.h>

#include "evdev_source.h"

/* ---- finding ------------------------------------------------------------ */

TEST_F(source, finds_all_gamepads_in_their_order)
{
	fake_make(self->folder, 10, 0644);
	fake_make(self->folder, 3, 0644);
	fake_make(self->folder, 2, 0644);
	fakes[3].kind = FAKE_KEYBOARD;
	start(self);
	told(self, 2, 0);
	EXPECT_EQ(2, self->source.pad_count);
	EXPECT_NE(0, fakes[3].opened);
	fake_event(10, EV_KEY, BTN_A, 1);
	settle(self);
	EXPECT_EQ(0, self->pads[1].buttons[0].pressed);
	EXPECT_EQ(1, self->pads[2].buttons[0].pressed);
	rests(self);
}

TEST_F(source, says_why_there_is_none)
{
	ASSERT_FALSE(open_with(self, NULL, 0, true));
	EXPECT_NOT_NULL(strstr(self->source.name, "no gamepad in"));
	fake_make(self->folder, 3, 0);
	ASSERT_FALSE(open_with(self, NULL, 0, true));
	EXPECT_NOT_NULL(strstr(self->source.name, "event3"));
	/* To wait for one is fine, unless it is a certain one. */
	ASSERT_TRUE(open_with(self, NULL, 0, false));
	EXPECT_EQ(0, self->source.pad_count);
	self->source.close(&self->source);
	EXPECT_FALSE(open_with(self, fake_path(self->folder, 3), 0, false));
	EXPECT_FALSE(open_with(self, fake_path(self->folder, 4), 0, false));
}

TEST_F(source, looks_at_nothing_but_event_nodes)
{
	static const char *const names[] = { "event", "event1x", "js0", "mice",
					     "event-1", "event99999999999" };
	char path[256];

	for (size_t i = 0; i < 6; i++) {
		snprintf(path, sizeof(path), "%s/%s", self->folder, names[i]);
		ASSERT_SYS(mknod(path, S_IFREG | 0644, 0));
	}
	start(self);
	told(self, 0, 0);
	for (size_t i = 0; i < 6; i++) {
		snprintf(path, sizeof(path), "%s/%s", self->folder, names[i]);
		ASSERT_SYS(chmod(path, 0600));
	}
	told(self, 0, 0);
	EXPECT_EQ(0, fakes[1].opened);
}

/* ---- coming and going --------------------------------------------------- */

TEST_F(source, tells_of_who_is_plugged_in_and_out)
{
	start(self);
	for (unsigned int i = 1; i <= 10; i++) {
		fake_make(self->folder, 5, 0644);
		told(self, i, i - 1);
		EXPECT_EQ(i, self->newest);
		fake_event(5, EV_KEY, BTN_A, 1);
		settle(self);
		EXPECT_EQ(1, self->pads[i].buttons[0].pressed);
		fake_unplug(5);
		told(self, i, i);
		rests(self);
		fake_delete(self->folder, 5);
		told(self, i, i);
	}
}

TEST_F(source, lets_go_of_a_device_whose_node_goes)
{
	fake_make(self->folder, 5, 0644);
	start(self);
	told(self, 1, 0);
	fake_delete(self->folder, 5);
	told(self, 1, 1);
	EXPECT_ERRNO(EPIPE, fake_write(5, EV_KEY, BTN_A, 1));
	rests(self);
}

/* Both before anybody looks: what is at the path now is another device. */
TEST_F(source, tells_apart_who_follows_at_once)
{
	fake_make(self->folder, 5, 0644);
	start(self);
	told(self, 1, 0);
	fake_unplug(5);
	fake_delete(self->folder, 5);
	fake_make(self->folder, 5, 0644);
	told(self, 2, 1);
	EXPECT_TRUE(self->here[2]);
	fake_event(5, EV_KEY, BTN_B, 1);
	settle(self);
	EXPECT_EQ(1, self->pads[2].buttons[1].pressed);
}

TEST_F(source, follows_renaming)
{
	char outside[256], inside[256];

	snprintf(outside, sizeof(outside), "%s/event6", fake_root);
	snprintf(inside, sizeof(inside), "%s/event6", self->folder);
	ASSERT_SYS(mknod(outside, S_IFREG | 0644, 0));
	start(self);
	told(self, 0, 0);
	ASSERT_SYS(rename(outside, inside));
	told(self, 1, 0);
	ASSERT_SYS(rename(inside, outside));
	told(self, 1, 1);
}

TEST_F(source, waits_for_permission)
{
	start(self);
	fake_make(self->folder, 5, 0);
	told(self, 0, 0);
	rests(self);
	ASSERT_SYS(chmod(fake_path(self->folder, 5), 0640));
	told(self, 1, 0);
	/* Once is enough. */
	ASSERT_SYS(chmod(fake_path(self->folder, 5), 0644));
	ASSERT_SYS(chmod(fake_path(self->folder, 5), 0));
	told(self, 1, 0);
	EXPECT_EQ(1, fakes[5].opened);
}

/* ---- one device, several nodes ------------------------------------------ */

static void try_faces(struct th_self_source *self, unsigned int pad,
		      unsigned int other)
{
	fakes[pad] = (struct fake){ .phys = "usb-1/input0" };
	fakes[other] = (struct fake){ .kind = FAKE_JOYSTICK,
					.phys = "usb-1/input1" };
	fake_make(self->folder, 1, 0644);
	settle(self);
	fake_make(self->folder, 2, 0644);
	settle(self);
	EXPECT_EQ(1, self->connects - self->disconnects);
	/* It is the gamepad that is left. */
	fake_event(pad, EV_KEY, BTN_A, 1);
	settle(self);
	EXPECT_EQ(1, self->pads[self->newest].buttons[0].pressed);
	fake_delete(self->folder, 1);
	fake_delete(self->folder, 2);
	settle(self);
	EXPECT_EQ(self->connects, self->disconnects);
	fake_close_all();
}

TEST_F(source, takes_a_gamepad_for_its_other_face)
{
	start(self);
	try_faces(self, 1, 2);
	try_faces(self, 2, 1);
}

TEST_F(source, takes_two_gamepads_in_a_socket_for_two)
{
	fakes[1].phys = fakes[2].phys = "usb-1/input0";
	fake_make(self->folder, 1, 0644);
	fake_make(self->folder, 2, 0644);
	start(self);
	told(self, 2, 0);
}

/* The number is what makes it the same device; only root can make such nodes. */
TEST_F(source, opens_no_device_twice)
{
	const dev_t number = makedev(13, 64 + 5);

	if (mknod(fake_path(self->folder, 5), S_IFCHR | 0644, number) < 0)
		SKIP("may not make device nodes");
	ASSERT_SYS(mknod(fake_path(self->folder, 6), S_IFCHR | 0644, number));
	start(self);
	ASSERT_SYS(mknod(fake_path(self->folder, 7), S_IFCHR | 0644, number));
	told(self, 1, 0);
	EXPECT_EQ(0, fakes[6].opened + fakes[7].opened);
}

TEST_F(source, opens_64_and_says_so)
{
	for (unsigned int i = 0; i < 70; i++)
		fake_make(self->folder, i, 0644);
	start(self);
	told(self, 64, 0);
	fake_delete(self->folder, 7);
	told(self, 64, 1);
	self->source.rescan(&self->source);
	told(self, 65, 1);
	EXPECT_EQ(1, fakes[64].opened);
	for (unsigned int i = 0; i < 64; i++)
		if (i != 7)
			fake_event(i, EV_KEY, BTN_A, 1);
	settle(self);
	EXPECT_EQ(63, self->updates);
}

/* ---- reading ------------------------------------------------------------ */

TEST_F(source, loses_no_press_in_a_burst)
{
	fake_make(self->folder, 5, 0644);
	start(self);
	for (unsigned int i = 0; i < 1000; i++) {
		if (fake_write(5, EV_KEY, BTN_A, 1) < 0) {
			settle(self);
			fake_event(5, EV_KEY, BTN_A, 1);
		}
		if (fake_write(5, EV_KEY, BTN_A, 0) < 0) {
			settle(self);
			fake_event(5, EV_KEY, BTN_A, 0);
		}
	}
	settle(self);
	EXPECT_EQ(1000, self->pads[1].buttons[0].press_count);
	EXPECT_EQ(0, self->pads[1].buttons[0].pressed);
	rests(self);
}

TEST_F(source, reads_at_a_fixed_rate_only_then)
{
	fake_make(self->folder, 5, 0644);
	start_with(self, NULL, 4000);
	EXPECT_EQ(4000, self->source.period_us);
	fake_event(5, EV_KEY, BTN_A, 1);
	settle(self);
	EXPECT_EQ(0, self->updates);
	self->source.tick(&self->source);
	EXPECT_EQ(1, self->updates);
	EXPECT_EQ(1, self->pads[1].buttons[0].pressed);
	/* It still notices who comes, and by reading who goes. */
	fake_make(self->folder, 6, 0644);
	told(self, 2, 0);
	fake_unplug(5);
	told(self, 2, 0);
	self->source.tick(&self->source);
	EXPECT_EQ(1, self->disconnects);
	self->source.tick(&self->source);
	told(self, 2, 1);
}

TEST_F(source, plays_on_who_is_there)
{
	const struct sealmem_gamepad_effect effect = {
		.struct_size = sizeof(effect),
		.type = SEALMEM_GAMEPAD_EFFECT_DUAL_RUMBLE,
		.duration_ms = 100,
		.strong = 1,
	};
	struct source *source = &self->source;

	fake_make(self->folder, 5, 0644);
	start(self);
	/* This one has no motors; the others are nobody. */
	EXPECT_ERR(EOPNOTSUPP, source->play(source, 1, &effect));
	EXPECT_ERR(ENOENT, source->play(source, 0, &effect));
	EXPECT_ERR(ENOENT, source->play(source, 2, &effect));
	fake_unplug(5);
	settle(self);
	EXPECT_ERR(ENOENT, source->play(source, 1, &effect));
}

/* ---- a driver that waits ------------------------------------------------ */

static sem_t begun, answered;

static void wait_for_answer(void)
{
	sem_post(&begun);
	while (sem_wait(&answered) < 0)
		;
}

static void make_slow(struct th_self_source *self)
{
	sem_init(&begun, 0, 0);
	sem_init(&answered, 0, 0);
	fakes[5].rumbles = true;
	fakes[5].upload = wait_for_answer;
	fake_make(self->folder, 5, 0644);
	start(self);
}

static const struct sealmem_gamepad_effect shake = {
	.struct_size = sizeof(shake),
	.type = SEALMEM_GAMEPAD_EFFECT_DUAL_RUMBLE,
	.duration_ms = 100,
	.strong = 1,
};

/* One of uinput's may take 30 seconds for each effect. */
TEST_F_TIMEOUT(source, an_effect_that_waits_keeps_no_pad_waiting, 20)
{
	struct source *source = &self->source;
	struct input_event event;

	make_slow(self);
	fake_make(self->folder, 6, 0644);
	told(self, 2, 0);
	ASSERT_OK(source->play(source, 1, &shake));
	ASSERT_SYS(sem_wait(&begun));
	ASSERT_OK(source->play(source, 1, &shake));
	fake_event(5, EV_KEY, BTN_A, 1);
	fake_event(6, EV_KEY, BTN_B, 1);
	settle(self);
	EXPECT_EQ(1, self->pads[1].buttons[0].pressed);
	EXPECT_EQ(1, self->pads[2].buttons[1].pressed);
	sem_post(&answered);
	sem_post(&answered);
	ASSERT_SYS(sem_wait(&begun));
	/* Both, and each was started. */
	for (int i = 0; i < 2; i++) {
		struct pollfd polled = { fakes[5].hand, POLLIN, 0 };

		ASSERT_EQ(1, poll(&polled, 1, -1));
		ASSERT_EQ(sizeof(event),
			  read(fakes[5].hand, &event, sizeof(event)));
		EXPECT_EQ(EV_FF, event.type);
		EXPECT_EQ(1, event.value);
	}
}

/* It goes while it keeps an effect waiting, and comes again. */
TEST_F_TIMEOUT(source, a_device_that_goes_may_have_an_effect_waiting, 20)
{
	struct source *source = &self->source;

	make_slow(self);
	ASSERT_OK(source->play(source, 1, &shake));
	ASSERT_SYS(sem_wait(&begun));
	fake_delete(self->folder, 5);
	told(self, 1, 1);
	EXPECT_ERR(ENOENT, source->play(source, 1, &shake));
	fakes[7].rumbles = true;
	fake_make(self->folder, 7, 0644);
	told(self, 2, 1);
	/* The first thread looks for its device among the fakes after this. */
	sem_post(&answered);
	ASSERT_OK(source->play(source, 2, &shake));
}

TH_MAIN
