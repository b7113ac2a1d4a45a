/* SPDX-License-Identifier: MIT */
/*
 * What the kernel's evdev does, as far as reading pads relies on it. The pads
 * are made by uinput.
 */
#include "harness.h"
#include "uinput_pad.h"

FIXTURE(node)
{
	struct uinput_pad pad;
	int fd;
};

FIXTURE_SETUP(node)
{
	need_uinput();
	plug_in(describe_pad(), &self->pad);
	self->fd = open(self->pad.node, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ASSERT_GE(self->fd, 0);
}

FIXTURE_TEARDOWN(node)
{
	close(self->fd);
	if (self->pad.device)
		unplug(&self->pad);
}

static size_t read_events(int fd, struct input_event *events, size_t count)
{
	ssize_t got = read(fd, events, count * sizeof(*events));

	ASSERT_GT(got, 0);
	ASSERT_EQ(0, got % sizeof(*events));
	return (size_t)got / sizeof(*events);
}

#define EXPECT_EVENT(event, its_type, its_code, its_value)		\
	do {								\
		EXPECT_EQ(its_type, (event).type);			\
		EXPECT_EQ(its_code, (event).code);			\
		EXPECT_EQ(its_value, (event).value);			\
	} while (0)

TEST_F(node, a_press_and_release_before_a_read_both_arrive)
{
	struct input_event events[8];

	frame(&self->pad, { EV_KEY, BTN_A, 1 });
	frame(&self->pad, { EV_KEY, BTN_A, 0 });
	ASSERT_EQ(4, read_events(self->fd, events, 8));
	EXPECT_EVENT(events[0], EV_KEY, BTN_A, 1);
	EXPECT_EVENT(events[1], EV_SYN, SYN_REPORT, 0);
	EXPECT_EVENT(events[2], EV_KEY, BTN_A, 0);
	EXPECT_EVENT(events[3], EV_SYN, SYN_REPORT, 0);
	EXPECT_ERRNO(EAGAIN, read(self->fd, events, sizeof(events)));
}

/* A frame is not seen before it is whole. */
TEST_F(node, half_a_frame_is_not_there_yet)
{
	struct input_event events[8];

	emit(&self->pad, EV_ABS, ABS_X, 1000);
	EXPECT_ERRNO(EAGAIN, read(self->fd, events, sizeof(events)));
	emit(&self->pad, EV_ABS, ABS_Y, 2000);
	emit(&self->pad, EV_SYN, SYN_REPORT, 0);
	EXPECT_EQ(3, read_events(self->fd, events, 8));
}

TEST_F(node, less_than_an_event_cannot_be_read)
{
	char bytes[sizeof(struct input_event) - 1];

	frame(&self->pad, { EV_KEY, BTN_A, 1 });
	EXPECT_ERRNO(EINVAL, read(self->fd, bytes, sizeof(bytes)));
}

TEST_F(node, values_are_not_held_to_their_range)
{
	struct input_event events[8];

	frame(&self->pad, { EV_ABS, ABS_X, 40000 });
	ASSERT_EQ(2, read_events(self->fd, events, 8));
	EXPECT_EVENT(events[0], EV_ABS, ABS_X, 40000);
}

TEST_F(node, a_key_that_stays_is_not_told_again)
{
	struct input_event events[8];

	frame(&self->pad, { EV_KEY, BTN_A, 1 });
	frame(&self->pad, { EV_KEY, BTN_A, 1 }, { EV_KEY, BTN_B, 1 });
	ASSERT_EQ(4, read_events(self->fd, events, 8));
	EXPECT_EVENT(events[2], EV_KEY, BTN_B, 1);
}

/* As many frames as fill every queue there can be. */
static void overflow(struct uinput_pad *pad)
{
	for (int i = 1; i <= 4096; i++)
		frame(pad, { EV_ABS, ABS_X, i % 2 ? i : -i });
}

TEST_F(node, an_overflow_leaves_the_newest_and_says_so_first)
{
	static struct input_event events[8192];
	size_t count;

	overflow(&self->pad);
	count = read_events(self->fd, events, 8192);
	ASSERT_GE(count, 2);
	EXPECT_LT(count, 4096);
	EXPECT_EVENT(events[0], EV_SYN, SYN_DROPPED, 0);
	EXPECT_EVENT(events[count - 1], EV_SYN, SYN_REPORT, 0);
}

TEST_F(node, asking_for_keys_takes_them_out_of_the_queue)
{
	unsigned char keys[KEY_CNT / 8] = { 0 };
	struct input_event events[8];

	frame(&self->pad, { EV_KEY, BTN_A, 1 }, { EV_ABS, ABS_X, 9000 });
	ASSERT_LE(0, ioctl(self->fd, EVIOCGKEY(sizeof(keys)), keys));
	EXPECT_TRUE(keys[BTN_A / 8] & 1u << BTN_A % 8);
	ASSERT_EQ(2, read_events(self->fd, events, 8));
	EXPECT_EVENT(events[0], EV_ABS, ABS_X, 9000);
}

/* So what was asked may be followed by older values: drain first. */
TEST_F(node, asking_for_an_axis_leaves_older_values_in_the_queue)
{
	struct input_absinfo axis;
	struct input_event events[8];

	frame(&self->pad, { EV_ABS, ABS_X, 5000 });
	frame(&self->pad, { EV_ABS, ABS_X, 9000 });
	ASSERT_LE(0, ioctl(self->fd, EVIOCGABS(ABS_X), &axis));
	EXPECT_EQ(9000, axis.value);
	ASSERT_EQ(4, read_events(self->fd, events, 8));
	EXPECT_EVENT(events[0], EV_ABS, ABS_X, 5000);
}

TEST_F(node, a_new_clock_drops_what_is_queued)
{
	int clock = CLOCK_MONOTONIC;
	struct input_event events[8];

	frame(&self->pad, { EV_KEY, BTN_A, 1 });
	ASSERT_EQ(0, ioctl(self->fd, EVIOCSCLOCKID, &clock));
	frame(&self->pad, { EV_KEY, BTN_B, 1 });
	ASSERT_EQ(3, read_events(self->fd, events, 8));
	EXPECT_EVENT(events[0], EV_SYN, SYN_DROPPED, 0);
	EXPECT_EVENT(events[1], EV_KEY, BTN_B, 1);
}

TEST_F(node, a_masked_code_wakes_nobody)
{
	unsigned char keys[KEY_CNT / 8];
	struct input_mask mask = { EV_KEY, sizeof(keys),
				   (uint64_t)(uintptr_t)keys };
	struct pollfd polled = { .fd = self->fd, .events = POLLIN };
	struct input_event events[8];

	memset(keys, 0xff, sizeof(keys));
	keys[BTN_B / 8] &= (unsigned char)~(1u << BTN_B % 8);
	ASSERT_EQ(0, ioctl(self->fd, EVIOCSMASK, &mask));
	frame(&self->pad, { EV_KEY, BTN_B, 1 });
	EXPECT_EQ(0, poll(&polled, 1, 0));
	frame(&self->pad, { EV_KEY, BTN_A, 1 });
	EXPECT_EQ(2, read_events(self->fd, events, 8));
}

/* The releases of an unplugged pad never come, nor does what was queued. */
TEST_F(node, an_unplugged_pad_says_so_at_once)
{
	struct input_event events[8];

	frame(&self->pad, { EV_KEY, BTN_A, 1 });
	unplug(&self->pad);
	EXPECT_EQ(POLLIN | POLLERR | POLLHUP, poll_node(self->fd));
	EXPECT_ERRNO(ENODEV, read(self->fd, events, sizeof(events)));
	EXPECT_ERRNO(ENODEV, ioctl(self->fd, EVIOCGVERSION, events));
}

TEST_F(node, a_revoked_descriptor_says_so_at_once)
{
	struct input_event events[8];

	ASSERT_EQ(0, ioctl(self->fd, EVIOCREVOKE, NULL));
	frame(&self->pad, { EV_KEY, BTN_A, 1 });
	EXPECT_EQ(POLLERR | POLLHUP, poll_node(self->fd));
	EXPECT_ERRNO(ENODEV, read(self->fd, events, sizeof(events)));
}

#ifdef HAVE_LIBURING

#include <liburing.h>

/* What one read in the ring came to, after @meanwhile. */
static int read_in_ring(struct th_self_node *self,
			struct input_event *events, unsigned int size)
{
	struct io_uring ring;
	struct io_uring_cqe *cqe;
	int ret = io_uring_queue_init(4, &ring, 0);

	if (ret < 0)
		SKIP("io_uring: %s", strerror(-ret));
	io_uring_prep_read(io_uring_get_sqe(&ring), self->fd, events, size, 0);
	ASSERT_EQ(1, io_uring_submit(&ring));
	frame(&self->pad, { EV_KEY, BTN_A, 1 }, { EV_ABS, ABS_X, 77 });
	ASSERT_EQ(0, io_uring_wait_cqe(&ring, &cqe));
	ret = cqe->res;
	io_uring_queue_exit(&ring);
	return ret;
}

/* It waits although the descriptor does not block, or else says at once that
 * there is nothing: both are right, and a ring's user must know both. */
TEST_F(node, a_read_in_a_ring_waits_or_wants_a_poll_first)
{
	struct input_event events[8];
	int ret = read_in_ring(self, events, sizeof(events));

	if (ret == -EAGAIN) {
		ASSERT_EQ(3, read_events(self->fd, events, 8));
	} else {
		ASSERT_EQ(3 * sizeof(events[0]), ret);
	}
	EXPECT_EVENT(events[0], EV_KEY, BTN_A, 1);
	EXPECT_EVENT(events[1], EV_ABS, ABS_X, 77);
}

#endif

TH_MAIN
