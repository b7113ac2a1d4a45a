/* SPDX-License-Identifier: MIT */
/* A gamepad from its node, on the kernel's own evdev: pads made by uinput. */
#include <limits.h>
#include <time.h>

#include "harness.h"
#include "tools/gamepad/evdev_device.h"
#include "tools/gamepad/evdev_node.h"
#include "tools/gamepad/loop.h"
#include "uinput_pad.h"

#define ROUNDS 500

/* One that is open: what is written at @pad arrives in @state. */
struct open_pad {
	struct uinput_pad pad;
	struct evdev_device *device;
	struct sealmem_gamepad state;
};

static void open_pad(struct open_pad *self)
{
	ASSERT_OK(evdev_device_open(self->pad.node, NULL, &self->device));
	ASSERT_EQ(EVDEV_CHANGED,
		  evdev_device_step(self->device, 0, &self->state));
}

static void close_pad(struct open_pad *self)
{
	evdev_device_close(self->device);
	if (self->pad.device)
		unplug(&self->pad);
}

/* Everything that is there, which must be something. */
static unsigned int step(struct open_pad *self)
{
	uint32_t revents = poll_node(evdev_device_fd(self->device));
	unsigned int all = 0, some;

	do {
		some = evdev_device_step(self->device, revents, &self->state);
		all |= some;
	} while (some & EVDEV_MORE);
	return all & ~(unsigned int)EVDEV_MORE;
}

static bool is_quiet(struct open_pad *self)
{
	struct pollfd polled = { evdev_device_fd(self->device), POLLIN, 0 };

	return poll(&polled, 1, 0) == 0;
}

static uint64_t monotonic_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

#define EXPECT_NEAR(there, value)					\
	EXPECT_TRUE((value) > (there) - 0.001 && (value) < (there) + 0.001)

FIXTURE(pad)
{
	struct open_pad open;
};

FIXTURE_SETUP(pad)
{
	need_uinput();
	plug_in(describe_pad(), &self->open.pad);
	open_pad(&self->open);
}

FIXTURE_TEARDOWN(pad)
{
	close_pad(&self->open);
}

TEST_F(pad, is_known_for_what_it_is)
{
	struct sealmem_gamepad *state = &self->open.state;

	EXPECT_STREQ("Virtual Pad (STANDARD GAMEPAD Vendor: 045e Product: "
		     "028e)", state->id);
	EXPECT_EQ(1, state->connected);
	EXPECT_EQ(SEALMEM_GAMEPAD_MAPPING_STANDARD, state->mapping);
	EXPECT_EQ(4, state->axis_count);
	EXPECT_EQ(17, state->button_count);
	EXPECT_TRUE(evdev_device_is_recognised(self->open.device));
	EXPECT_EQ(EVDEV_CLASS_GAMEPAD,
		  evdev_classify(evdev_device_info(self->open.device)));
}

TEST_F(pad, is_read_control_by_control)
{
	for (size_t i = 0; i < PAD_PRESSES; i++) {
		struct pad_event event = pad_presses[i];
		struct sealmem_gamepad_button *button =
			&self->open.state.buttons[i];

		frame(&self->open.pad, event);
		EXPECT_EQ(EVDEV_CHANGED, step(&self->open));
		EXPECT_EQ(1, button->pressed);
		EXPECT_EQ(1, button->press_count);
		EXPECT_NEAR(1, button->value);
		frame(&self->open.pad, { event.type, event.code, 0 });
		EXPECT_EQ(EVDEV_CHANGED, step(&self->open));
		EXPECT_EQ(0, button->pressed);
		EXPECT_EQ(1, button->press_count);
	}
}

TEST_F(pad, a_press_and_release_in_one_step_is_counted)
{
	frame(&self->open.pad, { EV_KEY, BTN_B, 1 });
	frame(&self->open.pad, { EV_KEY, BTN_B, 0 });
	EXPECT_EQ(EVDEV_CHANGED, step(&self->open));
	EXPECT_EQ(0, self->open.state.buttons[1].pressed);
	EXPECT_EQ(1, self->open.state.buttons[1].press_count);
}

TEST_F(pad, a_frame_shows_when_it_is_whole)
{
	struct open_pad *open = &self->open;

	emit(&open->pad, EV_ABS, ABS_X, 32767);
	EXPECT_TRUE(is_quiet(open));
	EXPECT_EQ(0, evdev_device_step(open->device, 0, &open->state));
	frame(&open->pad, { EV_ABS, ABS_Y, -32768 });
	EXPECT_EQ(EVDEV_CHANGED, step(open));
	EXPECT_NEAR(1, open->state.axes[0]);
	EXPECT_NEAR(-1, open->state.axes[1]);
}

/* The kernel delivers what is outside of the range that it told. */
TEST_F(pad, values_out_of_range_end_at_its_ends)
{
	static const int far[] = { 40000, INT_MAX };
	struct sealmem_gamepad *state = &self->open.state;

	for (size_t i = 0; i < 2; i++) {
		frame(&self->open.pad, { EV_ABS, ABS_X, far[i] },
		      { EV_ABS, ABS_Y, -far[i] - 1 }, { EV_ABS, ABS_Z, far[i] },
		      { EV_ABS, ABS_RZ, -far[i] - 1 });
		EXPECT_EQ(EVDEV_CHANGED, step(&self->open));
		EXPECT_TRUE(state->axes[0] == 1 && state->axes[1] == -1);
		EXPECT_TRUE(state->buttons[6].value == 1);
		EXPECT_TRUE(state->buttons[7].value == 0);
	}
}

TEST_F(pad, event_times_are_of_the_monotonic_clock_and_never_go_back)
{
	uint64_t last_us = monotonic_us();

	for (int i = 0; i < 50; i++) {
		frame(&self->open.pad, { EV_KEY, BTN_A, i % 2 == 0 });
		EXPECT_EQ(EVDEV_CHANGED, step(&self->open));
		EXPECT_LE(last_us, self->open.state.event_time_us);
		last_us = self->open.state.event_time_us;
		EXPECT_LE(last_us, monotonic_us());
	}
}

/* ---- what the kernel lost ----------------------------------------------- */

/* More than the queue holds, with presses of A among it; A stays down. */
static uint32_t overflow(struct uinput_pad *pad)
{
	uint32_t presses = 0;

	for (int i = 1; i <= 1001; i++) {
		frame(pad, { EV_KEY, BTN_A, i % 2 }, { EV_ABS, ABS_X, i });
		presses += i % 2 == 1;
	}
	return presses;
}

TEST_F(pad, after_an_overflow_the_state_is_right)
{
	struct sealmem_gamepad_button *a = &self->open.state.buttons[0];
	uint32_t presses = overflow(&self->open.pad), seen;

	frame(&self->open.pad, { EV_ABS, ABS_X, -32768 }, { EV_KEY, BTN_B, 1 });
	EXPECT_EQ(EVDEV_CHANGED, step(&self->open));
	EXPECT_EQ(1, a->pressed);
	EXPECT_EQ(1, self->open.state.buttons[1].pressed);
	EXPECT_EQ(1, self->open.state.buttons[1].press_count);
	EXPECT_NEAR(-1, self->open.state.axes[0]);
	/* Some are lost for good; none is made up. */
	seen = a->press_count;
	EXPECT_GE(seen, 1);
	EXPECT_LT(seen, presses);
	EXPECT_TRUE(is_quiet(&self->open));
	/* And from there on none is lost. */
	for (int i = 0; i < 20; i++)
		frame(&self->open.pad, { EV_KEY, BTN_A, i % 2 });
	EXPECT_EQ(EVDEV_CHANGED, step(&self->open));
	EXPECT_EQ(1, a->pressed);
	EXPECT_EQ(seen + 10, a->press_count);
}

/* Released in what was lost, and nothing follows that would say so. */
TEST_F(pad, a_release_that_was_lost_is_seen)
{
	frame(&self->open.pad, { EV_KEY, BTN_B, 1 });
	EXPECT_EQ(EVDEV_CHANGED, step(&self->open));
	frame(&self->open.pad, { EV_KEY, BTN_B, 0 });
	overflow(&self->open.pad);
	EXPECT_EQ(EVDEV_CHANGED, step(&self->open));
	EXPECT_EQ(0, self->open.state.buttons[1].pressed);
	EXPECT_EQ(1, self->open.state.buttons[1].press_count);
	EXPECT_EQ(1, self->open.state.buttons[0].pressed);
}

/* ---- going -------------------------------------------------------------- */

static void expect_gone(struct open_pad *open)
{
	static const struct sealmem_gamepad nothing;

	EXPECT_EQ(EVDEV_CHANGED | EVDEV_GONE, step(open));
	EXPECT_MEMEQ(&nothing, &open->state, sizeof(nothing));
	EXPECT_EQ(0, evdev_device_step(open->device, POLLERR, &open->state));
}

TEST_F(pad, an_unplugged_pad_holds_nothing)
{
	frame(&self->open.pad, { EV_KEY, BTN_A, 1 }, { EV_ABS, ABS_X, 32767 });
	EXPECT_EQ(EVDEV_CHANGED, step(&self->open));
	EXPECT_EQ(1, self->open.state.buttons[0].pressed);
	frame(&self->open.pad, { EV_KEY, BTN_B, 1 });
	unplug(&self->open.pad);
	expect_gone(&self->open);
}

TEST_F(pad, a_revoked_pad_holds_nothing)
{
	frame(&self->open.pad, { EV_KEY, BTN_A, 1 });
	EXPECT_EQ(EVDEV_CHANGED, step(&self->open));
	ASSERT_SYS(ioctl(evdev_device_fd(self->open.device), EVIOCREVOKE,
			 NULL));
	expect_gone(&self->open);
}

/* ---- pads that are a little different ----------------------------------- */

FIXTURE(other)
{
	struct libevdev *description;
	struct open_pad open;
};

FIXTURE_SETUP(other)
{
	need_uinput();
	self->description = describe_pad();
}

FIXTURE_TEARDOWN(other)
{
	close_pad(&self->open);
}

static void plug_in_other(struct th_self_other *self)
{
	plug_in(self->description, &self->open.pad);
}

TEST_F(other, what_was_held_before_is_held_but_was_not_pressed)
{
	plug_in_other(self);
	frame(&self->open.pad, { EV_KEY, BTN_A, 1 }, { EV_ABS, ABS_Y, 32767 },
	      { EV_ABS, ABS_RZ, 255 });
	open_pad(&self->open);
	EXPECT_EQ(1, self->open.state.buttons[0].pressed);
	EXPECT_EQ(0, self->open.state.buttons[0].press_count);
	EXPECT_EQ(1, self->open.state.buttons[7].pressed);
	EXPECT_EQ(0, self->open.state.buttons[7].press_count);
	EXPECT_NEAR(1, self->open.state.axes[1]);
}

TEST_F(other, an_axis_without_a_range_rests)
{
	set_axis(self->description, ABS_X, 0, 0);
	plug_in_other(self);
	open_pad(&self->open);
	frame(&self->open.pad, { EV_ABS, ABS_X, 5 }, { EV_ABS, ABS_Y, 32767 });
	EXPECT_EQ(EVDEV_CHANGED, step(&self->open));
	EXPECT_TRUE(self->open.state.axes[0] == 0);
	EXPECT_NEAR(1, self->open.state.axes[1]);
}

/* Codes that no pad is made of wake nobody. */
TEST_F(other, what_is_not_wanted_is_not_delivered)
{
	set_axis(self->description, ABS_MT_SLOT, 0, 4);
	set_key(self->description, KEY_A);
	ASSERT_EQ(0, libevdev_enable_event_code(self->description, EV_MSC,
						MSC_SCAN, NULL));
	plug_in_other(self);
	open_pad(&self->open);
	frame(&self->open.pad, { EV_MSC, MSC_SCAN, 7 }, { EV_KEY, KEY_A, 1 },
	      { EV_ABS, ABS_MT_SLOT, 2 });
	EXPECT_TRUE(is_quiet(&self->open));
	frame(&self->open.pad, { EV_KEY, BTN_A, 1 });
	EXPECT_EQ(EVDEV_CHANGED, step(&self->open));
}

/* Drivers of this vendor place buttons by position, others go by label. */
TEST_F(other, the_left_button_is_on_the_left)
{
	libevdev_set_id_vendor(self->description, 0x054c);
	libevdev_set_id_product(self->description, 0x0ce6);
	/* The mark of such a driver. */
	libevdev_set_id_version(self->description, 0x8111);
	plug_in_other(self);
	open_pad(&self->open);
	frame(&self->open.pad, { EV_KEY, BTN_WEST, 1 });
	EXPECT_EQ(EVDEV_CHANGED, step(&self->open));
	EXPECT_EQ(1, self->open.state.buttons[2].pressed);
}

TEST_F(other, motion_sensors_are_no_pad)
{
	ASSERT_EQ(0, libevdev_enable_property(self->description,
					      INPUT_PROP_ACCELEROMETER));
	plug_in_other(self);
	EXPECT_ERR(EMEDIUMTYPE, evdev_device_open(self->open.pad.node, NULL,
						  &self->open.device));
	EXPECT_NULL(self->open.device);
}

/* ---- waiting ------------------------------------------------------------ */

FIXTURE(loop)
{
	struct open_pad open;
	struct loop *loop;
	struct loop_watch watch;
};

FIXTURE_VARIANT(loop)
{
	enum loop_kind kind;
	bool edge;
};

FIXTURE_VARIANT_ADD(loop, epoll) { LOOP_EPOLL, false };
FIXTURE_VARIANT_ADD(loop, epoll_edge) { LOOP_EPOLL, true };
FIXTURE_VARIANT_ADD(loop, ring) { LOOP_URING, false };
FIXTURE_VARIANT_ADD(loop, ring_edge) { LOOP_URING, true };

/* The one pad of a loop: ready functions get nothing but their watch. */
static struct open_pad *waited_for;
static unsigned int told;

static void ready(struct loop_watch *watch, uint32_t revents)
{
	unsigned int ret = evdev_device_step(waited_for->device, revents,
					     &waited_for->state);

	told |= ret;
	watch->again = ret & EVDEV_MORE;
}

FIXTURE_SETUP(loop)
{
	need_uinput();
	plug_in(describe_pad(), &self->open.pad);
	open_pad(&self->open);
	if (loop_open(variant->kind, &self->loop) == -EOPNOTSUPP) {
		close_pad(&self->open);
		SKIP("no io_uring here, or built without liburing");
	}
	waited_for = &self->open;
	self->watch = (struct loop_watch){
		.fd = evdev_device_fd(self->open.device),
		.events = POLLIN,
		.edge = variant->edge,
		.ready = ready,
	};
	ASSERT_OK(loop_add(self->loop, &self->watch));
}

FIXTURE_TEARDOWN(loop)
{
	loop_remove(self->loop, &self->watch);
	loop_close(self->loop);
	close_pad(&self->open);
}

/* Runs the loop until the device says one of @bits. */
static unsigned int run_until(struct th_self_loop *self, unsigned int bits)
{
	uint64_t end_us = monotonic_us() + PATIENCE_MS * 1000ull;

	for (told = 0; !(told & bits);) {
		ASSERT_LT(monotonic_us(), end_us);
		ASSERT_OK(loop_run_once(self->loop, end_us, NULL));
	}
	return told;
}

TEST_F(loop, each_frame_is_seen)
{
	for (uint32_t i = 1; i <= ROUNDS; i++) {
		frame(&self->open.pad, { EV_KEY, BTN_A, 1 });
		frame(&self->open.pad, { EV_KEY, BTN_A, 0 },
		      { EV_ABS, ABS_X, (int)i });
		while (self->open.state.buttons[0].press_count != i ||
		       self->open.state.buttons[0].pressed)
			run_until(self, EVDEV_CHANGED);
	}
}

TEST_F(loop, an_overflow_is_got_over)
{
	overflow(&self->open.pad);
	run_until(self, EVDEV_CHANGED);
	while (!self->open.state.buttons[0].pressed)
		run_until(self, EVDEV_CHANGED);
	frame(&self->open.pad, { EV_KEY, BTN_A, 0 });
	while (self->open.state.buttons[0].pressed)
		run_until(self, EVDEV_CHANGED);
}

TEST_F(loop, an_unplugged_pad_is_told_of)
{
	unplug(&self->open.pad);
	run_until(self, EVDEV_GONE);
	EXPECT_EQ(0, self->open.state.connected);
}

TEST_F(loop, a_revoked_pad_is_told_of)
{
	ASSERT_SYS(ioctl(self->watch.fd, EVIOCREVOKE, NULL));
	run_until(self, EVDEV_GONE);
	EXPECT_EQ(0, self->open.state.connected);
}

TH_MAIN
