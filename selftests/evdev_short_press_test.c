/* SPDX-License-Identifier: MIT */
/*
 * No press is lost, however short, and none is made up: a reader that looks 60
 * times a second sees each of them in the press counts. From a device's events
 * to another's memory everything is the real thing but for time, which is told:
 * events come and the reader looks at given microseconds. What the reader would
 * have seen by the state alone is counted beside it.
 */
#include <sealmem/sealmem.h>

#include "harness.h"
#include "tools/gamepad/evdev_pad.h"
#include "uinput_pad.h"

#define SEQUENCES 10000
#define LOOK_US	  16667
#define DEVICE	  1

FIXTURE(reader)
{
	struct libevdev *description;
	struct evdev_pad pad;
	struct sealmem_gamepad_provider provider;
	struct sealmem_gamepad_writer writer;
	struct sealmem_gamepad_reader reader;
	struct sealmem_gamepad last;
	uint64_t now_us, look_us, random;
	/* A hat is pressed in one direction, an axis moves once a frame. */
	bool held[ABS_CNT], moved[ABS_CNT];
	bool down[PAD_PRESSES];
	uint32_t made[PAD_PRESSES], seen[PAD_PRESSES];
	uint32_t made_all, by_state;
};

FIXTURE_VARIANT(reader)
{
	bool by_provider;
};

FIXTURE_VARIANT_ADD(reader, of_a_provider) { true };
FIXTURE_VARIANT_ADD(reader, of_a_writer) { false };

static void make_provider(struct th_self_reader *self,
			  struct sealmem_readonly_region *ret_region)
{
	const struct sealmem_gamepad_provider_options options = {
		.struct_size = sizeof(options),
		.flags = SEALMEM_GAMEPAD_PROVIDER_NO_GATE,
	};
	uint64_t consumer;

	ASSERT_OK(sealmem_gamepad_provider_create(&options, &self->provider));
	ASSERT_OK(sealmem_gamepad_provider_add_consumer(
		&self->provider, NULL, ret_region, &consumer));
	ASSERT_OK(sealmem_gamepad_provider_connect(
		&self->provider, DEVICE, 0, &self->pad.state, NULL));
}

static void make_writer(struct th_self_reader *self,
			struct sealmem_readonly_region *ret_region)
{
	ASSERT_OK(sealmem_gamepad_writer_create(0, NULL, ret_region,
						&self->writer));
	ASSERT_OK(sealmem_gamepad_write(&self->writer, 0, &self->pad.state));
}

FIXTURE_SETUP(reader)
{
	struct sealmem_readonly_region region = { 0 };

	self->description = describe_pad();
	ASSERT_OK(evdev_pad_init(&self->pad, self->description, NULL));
	if (variant->by_provider)
		make_provider(self, &region);
	else
		make_writer(self, &region);
	ASSERT_OK(sealmem_gamepad_reader_attach(&region, &self->reader));
	sealmem_readonly_region_close(&region);
	ASSERT_EQ(SEALMEM_SNAPSHOT_FRESH,
		  sealmem_gamepad_read(&self->reader, 0, &self->last));
	ASSERT_EQ(1, self->last.connected);
	self->random = 0x5ea1;
	self->now_us = 1;
	self->look_us = LOOK_US;
}

FIXTURE_TEARDOWN(reader)
{
	sealmem_gamepad_reader_close(&self->reader);
	sealmem_gamepad_provider_close(&self->provider);
	sealmem_gamepad_writer_close(&self->writer);
	libevdev_free(self->description);
}

/* Below @limit. */
static uint32_t draw(struct th_self_reader *self, uint32_t limit)
{
	self->random ^= self->random << 13;
	self->random ^= self->random >> 7;
	self->random ^= self->random << 17;
	return (uint32_t)(self->random >> 32) % limit;
}

/* ---- the reader --------------------------------------------------------- */

static void look(struct th_self_reader *self)
{
	struct sealmem_gamepad pad = self->last;
	int ret = sealmem_gamepad_read(&self->reader, 0, &pad);

	if (ret != SEALMEM_SNAPSHOT_UNCHANGED)
		ASSERT_EQ(SEALMEM_SNAPSHOT_FRESH, ret);
	for (uint32_t i = 0; i < PAD_PRESSES; i++) {
		self->seen[i] += sealmem_gamepad_presses(&self->last, &pad, i);
		ASSERT_EQ(self->made[i], self->seen[i]);
		ASSERT_EQ(self->down[i], pad.buttons[i].pressed);
		self->by_state += pad.buttons[i].pressed &&
				  !self->last.buttons[i].pressed;
	}
	self->last = pad;
}

static void wait_until(struct th_self_reader *self, uint64_t until_us)
{
	for (; self->look_us <= until_us; self->look_us += LOOK_US)
		look(self);
	self->now_us = until_us;
}

/* ---- the pad ------------------------------------------------------------ */

static void feed(struct th_self_reader *self, struct pad_event event)
{
	struct sealmem_gamepad pad;
	struct input_event raw = {
		.type = (uint16_t)event.type,
		.code = (uint16_t)event.code,
		.value = event.value,
	};

	raw.input_event_sec = (long)(self->now_us / 1000000);
	raw.input_event_usec = (long)(self->now_us % 1000000);
	if (!evdev_pad_event(&self->pad, &raw, &pad))
		return;
	if (self->provider.state)
		ASSERT_OK(sealmem_gamepad_provider_update(&self->provider,
							  DEVICE, &pad));
	else
		ASSERT_OK(sealmem_gamepad_write(&self->writer, 0, &pad));
}

/* Presses or releases @button, or does nothing if it cannot be pressed. */
static void touch(struct th_self_reader *self, uint32_t button)
{
	struct pad_event event = pad_presses[button];
	bool is_axis = event.type == EV_ABS;

	if (is_axis && (self->moved[event.code] ||
			(!self->down[button] && self->held[event.code])))
		return;
	self->down[button] = !self->down[button];
	if (is_axis) {
		self->held[event.code] = self->down[button];
		self->moved[event.code] = true;
	}
	if (self->down[button]) {
		self->made[button]++;
		self->made_all++;
	} else {
		event.value = 0;
	}
	feed(self, event);
}

static void end_frame(struct th_self_reader *self)
{
	feed(self, (struct pad_event){ EV_SYN, SYN_REPORT, 0 });
	memset(self->moved, 0, sizeof(self->moved));
}

static void play_sequence(struct th_self_reader *self)
{
	/* Hammering one button, or all over the pad; quick or slow. */
	uint32_t one = draw(self, PAD_PRESSES);
	bool hammer = draw(self, 2);
	uint32_t pause_us = draw(self, 2) ? 4000 : 40000;

	for (uint32_t n = 1 + draw(self, 16); n > 0; n--) {
		wait_until(self, self->now_us + draw(self, pause_us));
		/* Now and then several share a frame, or it has both. */
		do
			touch(self, hammer ? one : draw(self, PAD_PRESSES));
		while (!draw(self, 4));
		end_frame(self);
	}
	for (uint32_t i = 0; i < PAD_PRESSES; i++)
		if (self->down[i])
			touch(self, i);
	end_frame(self);
	wait_until(self, self->look_us + draw(self, LOOK_US));
}

TEST_F_TIMEOUT(reader, sees_every_press_and_no_other, 60)
{
	for (int i = 0; i < SEQUENCES; i++)
		play_sequence(self);
	TH_LOG("%u presses, all counted; %u seen by the state alone",
	       self->made_all, self->by_state);
	EXPECT_GT(self->made_all, SEQUENCES);
	EXPECT_GT(self->by_state, 0);
	EXPECT_LT(self->by_state, self->made_all);
}

TH_MAIN
