/* SPDX-License-Identifier: MIT */
/*
 * A reader of pads outlives its producer, or is left waiting by it: it learns so
 * within its own timeout, however the producer went, and until then it goes on
 * seeing the last whole state: pads do not vanish because one look failed.
 */
#include <poll.h>
#include <sched.h>

#include <sealmem/sealmem.h>

#include "harness.h"

#define LONG_MS	 20000
#define SHORT_MS 30
#define ROUNDS	 8
#define DEVICE	 1

enum ending { KILLED, STOPPED, EXITED, CLOSED };

FIXTURE(producer)
{
	struct sealmem_channel channel;
	struct sealmem_gamepad_reader reader;
	struct sealmem_gamepad pad;
	int orders;
	pid_t pid;
};

FIXTURE_VARIANT(producer)
{
	bool busy;
};

/* One that publishes without a pause, and one that said a thing once. */
FIXTURE_VARIANT_ADD(producer, never_resting) { true };
FIXTURE_VARIANT_ADD(producer, silent) { false };

/* ---- the producer ------------------------------------------------------- */

/* A state whose members say whether they belong together. */
static void make_pad(uint32_t number, struct sealmem_gamepad *ret_pad)
{
	*ret_pad = (struct sealmem_gamepad){
		.connected = 1,
		.axis_count = 16,
		.button_count = 32,
		.event_time_us = number,
		.id = "Pad",
	};
	for (int i = 0; i < 16; i++)
		ret_pad->axes[i] = number % 2 ? 1 : -1;
	for (int i = 0; i < 32; i++)
		ret_pad->buttons[i].press_count = number;
}

static bool has_orders(int orders)
{
	struct pollfd polled = { .fd = orders, .events = POLLIN };

	return poll(&polled, 1, 0) != 0;
}

static void publish_on(struct sealmem_gamepad_provider *provider, bool busy,
		       int orders)
{
	struct sealmem_gamepad pad;
	char order;

	for (uint32_t i = 2; busy && (i % 16 || !has_orders(orders)); i++) {
		make_pad(i, &pad);
		ASSERT_OK(sealmem_gamepad_provider_update(provider, DEVICE,
							  &pad));
	}
	ASSERT_EQ(1, read(orders, &order, 1));
	if (order == EXITED)
		_exit(0);
	sealmem_gamepad_provider_close(provider);
	_exit(0);
}

static void produce(struct sealmem_channel *channel, bool busy, int orders)
{
	const struct sealmem_gamepad_provider_options options = {
		.struct_size = sizeof(options),
		.flags = SEALMEM_GAMEPAD_PROVIDER_NO_GATE |
			 SEALMEM_GAMEPAD_PROVIDER_NO_SANITIZE,
	};
	struct sealmem_gamepad_provider provider = { 0 };
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_gamepad pad;
	uint64_t consumer;

	make_pad(1, &pad);
	ASSERT_OK(sealmem_gamepad_provider_create(&options, &provider));
	ASSERT_OK(sealmem_gamepad_provider_connect(&provider, DEVICE, 0, &pad,
						   NULL));
	ASSERT_OK(sealmem_gamepad_provider_add_consumer(&provider, NULL,
							&region, &consumer));
	ASSERT_OK(sealmem_channel_send_readonly(channel, &region, NULL));
	publish_on(&provider, busy, orders);
}

/* ---- the reader --------------------------------------------------------- */

static void attach(struct th_self_producer *self)
{
	struct sealmem_readonly_region region = { 0 };

	ASSERT_OK(sealmem_channel_receive_readonly(&self->channel, NULL,
						   LONG_MS, &region, NULL));
	ASSERT_OK(sealmem_gamepad_reader_attach(&region, &self->reader));
	ASSERT_OK(sealmem_snapshot_reader_watch(
		&self->reader.snapshot, sealmem_channel_fd(&self->channel)));
	sealmem_readonly_region_close(&region);
}

static void begin(struct th_self_producer *self, bool busy)
{
	struct sealmem_channel theirs = { 0 };
	int orders[2];

	ASSERT_OK(sealmem_channel_pair(&self->channel, &theirs));
	ASSERT_SYS(pipe2(orders, O_CLOEXEC));
	self->orders = orders[1];
	self->pid = fork();
	if (self->pid == 0) {
		close(orders[1]);
		sealmem_channel_close(&self->channel);
		produce(&theirs, busy, orders[0]);
	}
	close(orders[0]);
	sealmem_channel_close(&theirs);
	attach(self);
}

static void finish(struct th_self_producer *self)
{
	kill(self->pid, SIGKILL);
	ASSERT_SYS(waitpid(self->pid, NULL, 0));
	close(self->orders);
	sealmem_gamepad_reader_close(&self->reader);
	sealmem_channel_close(&self->channel);
}

/* Whatever a look says, what it leaves is a whole state of a pad. */
static int look(struct th_self_producer *self)
{
	int ret = sealmem_gamepad_read(&self->reader, 0, &self->pad);
	struct sealmem_gamepad *pad = &self->pad;

	if (ret != SEALMEM_SNAPSHOT_FRESH || !pad->connected)
		return ret;
	for (int i = 0; i < 16; i++)
		EXPECT_TRUE(pad->axes[i] ==
			    (pad->event_time_us % 2 ? 1 : -1));
	for (int i = 0; i < 32; i++)
		EXPECT_EQ(pad->buttons[0].press_count,
			  pad->buttons[i].press_count);
	return ret;
}

/* Until the reader knows that nothing comes any more. */
static int look_and_wait(struct th_self_producer *self, int timeout_ms)
{
	int ret;

	do {
		look(self);
		ret = sealmem_gamepad_wait(&self->reader, timeout_ms);
	} while (ret == SEALMEM_SNAPSHOT_FRESH);
	look(self);
	return ret;
}

static void see_some(struct th_self_producer *self)
{
	for (int i = 0; i < 50 || !self->pad.connected; i++) {
		look(self);
		sched_yield();
	}
}

static void order(struct th_self_producer *self, enum ending ending)
{
	char byte = (char)ending;

	ASSERT_EQ(1, write(self->orders, &byte, 1));
}

/* ------------------------------------------------------------------------- */

TEST_F_TIMEOUT(producer, killed, 60)
{
	for (int i = 0; i < ROUNDS; i++) {
		begin(self, variant->busy);
		see_some(self);
		kill(self->pid, SIGKILL);
		EXPECT_EQ(SEALMEM_SNAPSHOT_WRITER_GONE,
			  look_and_wait(self, LONG_MS));
		/* It said no goodbye: the last state is what there is. */
		EXPECT_EQ(1, self->pad.connected);
		finish(self);
	}
}

TEST_F_TIMEOUT(producer, that_just_exits, 60)
{
	begin(self, variant->busy);
	see_some(self);
	order(self, EXITED);
	EXPECT_EQ(SEALMEM_SNAPSHOT_WRITER_GONE, look_and_wait(self, LONG_MS));
	EXPECT_EQ(1, self->pad.connected);
	finish(self);
}

TEST_F_TIMEOUT(producer, that_says_goodbye, 60)
{
	begin(self, variant->busy);
	see_some(self);
	order(self, CLOSED);
	EXPECT_EQ(SEALMEM_SNAPSHOT_WRITER_GONE, look_and_wait(self, LONG_MS));
	/* It took back what it shared. */
	EXPECT_EQ(0, self->pad.connected);
	finish(self);
}

/* Stopped wherever it is: nothing new within the timeout, and no false end. */
TEST_F_TIMEOUT(producer, stopped, 60)
{
	int ret;

	begin(self, variant->busy);
	for (int i = 0; i < ROUNDS; i++) {
		see_some(self);
		kill(self->pid, SIGSTOP);
		ret = look_and_wait(self, SHORT_MS);
		EXPECT_TRUE(ret == SEALMEM_SNAPSHOT_UNCHANGED ||
			    ret == SEALMEM_SNAPSHOT_BUSY);
		EXPECT_EQ(1, self->pad.connected);
		kill(self->pid, SIGCONT);
	}
	finish(self);
}

TH_MAIN
