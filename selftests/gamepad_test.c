/* SPDX-License-Identifier: MIT */
/*
 * Gamepads: what the producer publishes is what every consumer reads, nothing
 * with a member outside its range gets in or out, and no consumer can write.
 */
#include <fcntl.h>
#include <float.h>
#include <sealmem/sealmem.h>
#include <string.h>
#include <sys/mman.h>

#include "handmade.h"
#include "harness.h"

#define COUNT SEALMEM_GAMEPAD_COUNT

FIXTURE(pads)
{
	struct sealmem_gamepad_writer writer;
	struct sealmem_readonly_region region;
	/* A consumer's: it came from a copy of the region. */
	struct sealmem_gamepad_reader reader;
	struct sealmem_gamepad out;
};

FIXTURE_SETUP(pads)
{
	struct sealmem_readonly_region copy = { 0 };

	ASSERT_OK(sealmem_gamepad_writer_create(0, NULL, &self->region,
						&self->writer));
	ASSERT_OK(sealmem_readonly_region_dup(&self->region, &copy));
	ASSERT_OK(sealmem_gamepad_reader_attach(&copy, &self->reader));
	sealmem_readonly_region_close(&copy);
}

FIXTURE_TEARDOWN(pads)
{
	sealmem_gamepad_reader_close(&self->reader);
	sealmem_gamepad_writer_close(&self->writer);
	sealmem_readonly_region_close(&self->region);
}

/* Every member is used, and those that have a limit are at it. */
static struct sealmem_gamepad full_pad(uint32_t number)
{
	struct sealmem_gamepad pad = {
		.connected = 1,
		.mapping = SEALMEM_GAMEPAD_MAPPING_STANDARD,
		.axis_count = SEALMEM_GAMEPAD_AXES,
		.button_count = SEALMEM_GAMEPAD_BUTTONS,
		.touch_count = SEALMEM_GAMEPAD_TOUCHES,
		.event_time_us = UINT64_MAX,
		.publish_time_us = number,
		.axes_used = 0xffff,
		.buttons_used = UINT32_MAX,
		.hand = SEALMEM_GAMEPAD_HAND_RIGHT,
		.actuator = SEALMEM_GAMEPAD_ACTUATOR_TRIGGER_RUMBLE,
		.supports_touch = 1,
		.pose = {
			.supported = SEALMEM_GAMEPAD_POSE_ALL,
			.valid = SEALMEM_GAMEPAD_POSE_ALL,
			.orientation = { 0, 0, 0, 1 },
			.position = { FLT_MAX, -FLT_MAX },
			.linear_acceleration = { 0, 0, -9.81f },
		},
	};

	for (uint32_t i = 0; i < SEALMEM_GAMEPAD_AXES; i++)
		pad.axes[i] = i % 2 ? -1 : 1;
	for (uint32_t i = 0; i < SEALMEM_GAMEPAD_BUTTONS; i++)
		pad.buttons[i] = (struct sealmem_gamepad_button){
			.value = (float)i / 31, .press_count = ~i,
			.pressed = 1, .touched = 1, .type = i % 3,
		};
	for (uint32_t i = 0; i < SEALMEM_GAMEPAD_TOUCHES; i++)
		pad.touches[i] = (struct sealmem_gamepad_touch){
			.touch_id = ~i, .surface_id = 255,
			.has_surface_size = 1, .x = -1, .y = 1,
			.surface_width = UINT32_MAX, .surface_height = i,
		};
	/* The terminator is the last byte. */
	memset(pad.id, 'a' + (int)number % 26, SEALMEM_GAMEPAD_ID_SIZE - 1);
	return pad;
}

static void expect_pad(struct th_self_pads *self, uint32_t index,
		       const struct sealmem_gamepad *wanted)
{
	memset(&self->out, 0x5a, sizeof(self->out));
	EXPECT_EQ(sealmem_gamepad_read(&self->reader, index, &self->out),
		  SEALMEM_SNAPSHOT_FRESH);
	/* These are the writer's; what they say is tested by itself. */
	self->out.connection = wanted->connection;
	self->out.sequence = wanted->sequence;
	EXPECT_MEMEQ(&self->out, wanted, sizeof(*wanted));
}

/* @wanted is a state or an error other than FRESH: nothing may be written. */
static void expect_no_pad(struct th_self_pads *self, uint32_t index, int wanted)
{
	const unsigned char *bytes = (const unsigned char *)&self->out;

	memset(&self->out, 0x5a, sizeof(self->out));
	EXPECT_EQ(sealmem_gamepad_read(&self->reader, index, &self->out),
		  wanted);
	for (size_t i = 0; i < sizeof(self->out); i++)
		ASSERT_EQ(bytes[i], 0x5a);
}

TEST_F(pads, none_at_first)
{
	EXPECT_FALSE(sealmem_gamepad_has_changed(&self->reader));
	for (uint32_t i = 0; i < COUNT; i++)
		expect_no_pad(self, i, SEALMEM_SNAPSHOT_UNCHANGED);
}

TEST_F(pads, what_goes_in_comes_out)
{
	struct sealmem_gamepad pad;

	for (uint32_t i = 0; i < COUNT * 3; i++) {
		pad = full_pad(i);
		ASSERT_OK(sealmem_gamepad_write(&self->writer, i % COUNT,
						&pad));
		EXPECT_TRUE(sealmem_gamepad_has_changed(&self->reader));
		EXPECT_FALSE(sealmem_gamepad_has_changed(&self->reader));
		expect_pad(self, i % COUNT, &pad);
		expect_no_pad(self, i % COUNT, SEALMEM_SNAPSHOT_UNCHANGED);
	}
}

TEST_F(pads, are_independent)
{
	struct sealmem_gamepad pads[COUNT];

	for (uint32_t i = 0; i < COUNT; i++)
		pads[i] = full_pad(i);
	ASSERT_OK(sealmem_gamepad_write(&self->writer, 3, &pads[3]));
	for (uint32_t i = 0; i < 3; i++)
		expect_no_pad(self, i, SEALMEM_SNAPSHOT_UNCHANGED);
	ASSERT_OK(sealmem_gamepad_write(&self->writer, 0, &pads[0]));
	ASSERT_OK(sealmem_gamepad_write(&self->writer, 1, &pads[1]));
	expect_pad(self, 3, &pads[3]);
	expect_pad(self, 1, &pads[1]);
	expect_pad(self, 0, &pads[0]);
	expect_no_pad(self, 2, SEALMEM_SNAPSHOT_UNCHANGED);
}

TEST_F(pads, disconnected_pad)
{
	struct sealmem_gamepad pad = full_pad(1), none = { 0 };

	ASSERT_OK(sealmem_gamepad_write(&self->writer, 2, &pad));
	expect_pad(self, 2, &pad);
	ASSERT_OK(sealmem_gamepad_write(&self->writer, 2, &none));
	expect_pad(self, 2, &none);
}

TEST_F(pads, no_such_index)
{
	uint32_t wrong[] = { COUNT, COUNT + 1, UINT32_MAX };
	struct sealmem_gamepad pad = full_pad(1);

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		EXPECT_ERR(EINVAL, sealmem_gamepad_write(&self->writer,
							 wrong[i], &pad));
		expect_no_pad(self, wrong[i], -EINVAL);
	}
	EXPECT_FALSE(sealmem_gamepad_has_changed(&self->reader));
}

TEST_F(pads, end)
{
	struct sealmem_gamepad pad = full_pad(1);

	ASSERT_OK(sealmem_gamepad_write(&self->writer, 1, &pad));
	sealmem_gamepad_writer_close(&self->writer);
	EXPECT_TRUE(sealmem_gamepad_has_changed(&self->reader));
	expect_pad(self, 1, &pad);
	expect_no_pad(self, 1, SEALMEM_SNAPSHOT_WRITER_GONE);
	expect_no_pad(self, 0, SEALMEM_SNAPSHOT_WRITER_GONE);

	EXPECT_ERR(EBADF, sealmem_gamepad_write(&self->writer, 1, &pad));
	EXPECT_ERR(EBADF, sealmem_gamepad_write(&self->writer, COUNT, &pad));
	sealmem_gamepad_writer_close(&self->writer);
	for (int i = 0; i < 2; i++)
		sealmem_gamepad_reader_close(&self->reader);
	EXPECT_FALSE(sealmem_gamepad_has_changed(&self->reader));
	expect_no_pad(self, 1, -EBADF);
}

/* ---- members outside their range ------------------------------------- */

#define AT(member) offsetof(struct sealmem_gamepad, member)

#define ONE		0x3f800000u
#define MINUS_ONE	0xbf800000u
#define BELOW_ZERO	0x80000001u
#define MINUS_ZERO	0x80000000u
#define NAN_QUIET	0x7fc00000u
#define NAN_SIGNALLING	0x7f800001u
#define NAN_NEGATIVE	0xffffffffu
#define INFINITE	0x7f800000u
#define MINUS_INFINITE	0xff800000u

struct wrong {
	size_t at;
	size_t size;
	uint32_t value;
};

static const struct wrong wrongs[] = {
	{ AT(connected), 4, 2 },
	{ AT(connected), 4, UINT32_MAX },
	{ AT(mapping), 4, SEALMEM_GAMEPAD_MAPPING_STANDARD + 1 },
	{ AT(mapping), 4, UINT32_MAX },
	{ AT(axis_count), 4, SEALMEM_GAMEPAD_AXES + 1 },
	{ AT(axis_count), 4, UINT32_MAX },
	{ AT(button_count), 4, SEALMEM_GAMEPAD_BUTTONS + 1 },
	{ AT(button_count), 4, UINT32_MAX },
	{ AT(touch_count), 4, SEALMEM_GAMEPAD_TOUCHES + 1 },
	{ AT(touch_count), 4, UINT32_MAX },
	{ AT(axes_used), 4, 1 << 16 },
	{ AT(axes_used), 4, UINT32_MAX },
	{ AT(hand), 4, SEALMEM_GAMEPAD_HAND_RIGHT + 1 },
	{ AT(hand), 4, UINT32_MAX },
	{ AT(actuator), 4, SEALMEM_GAMEPAD_ACTUATOR_TRIGGER_RUMBLE + 1 },
	{ AT(actuator), 4, UINT32_MAX },
	{ AT(supports_touch), 1, 2 },
	{ AT(supports_touch), 1, 255 },
	/* Of buttons that are used. */
	{ AT(button_count), 4, SEALMEM_GAMEPAD_BUTTONS - 1 },
	{ AT(button_count), 4, 0 },
	{ AT(axis_count), 4, SEALMEM_GAMEPAD_AXES - 1 },
	{ AT(reserved[0]), 1, 1 },
	{ AT(reserved[6]), 1, 128 },
	{ AT(id[SEALMEM_GAMEPAD_ID_SIZE - 1]), 1, 'z' },

	{ AT(axes[0]), 4, NAN_QUIET },
	{ AT(axes[0]), 4, NAN_SIGNALLING },
	{ AT(axes[0]), 4, NAN_NEGATIVE },
	{ AT(axes[0]), 4, INFINITE },
	{ AT(axes[0]), 4, MINUS_INFINITE },
	{ AT(axes[0]), 4, ONE + 1 },
	{ AT(axes[0]), 4, MINUS_ONE + 1 },
	{ AT(axes[15]), 4, ONE + 1 },
	{ AT(axes[15]), 4, MINUS_ONE + 1 },

	{ AT(buttons[0].value), 4, NAN_QUIET },
	{ AT(buttons[0].value), 4, NAN_NEGATIVE },
	{ AT(buttons[0].value), 4, INFINITE },
	{ AT(buttons[0].value), 4, BELOW_ZERO },
	{ AT(buttons[0].value), 4, ONE + 1 },
	{ AT(buttons[31].value), 4, ONE + 1 },
	{ AT(buttons[31].value), 4, MINUS_ONE },
	{ AT(buttons[0].pressed), 1, 2 },
	{ AT(buttons[31].pressed), 1, 255 },
	{ AT(buttons[0].touched), 1, 2 },
	{ AT(buttons[31].touched), 1, 255 },
	{ AT(buttons[0].type), 1, SEALMEM_GAMEPAD_BUTTON_TRACKPAD + 1 },
	{ AT(buttons[31].type), 1, 255 },
	{ AT(buttons[0].reserved), 1, 1 },
	{ AT(buttons[31].reserved), 1, 128 },

	{ AT(touches[0].x), 4, NAN_QUIET },
	{ AT(touches[0].x), 4, ONE + 1 },
	{ AT(touches[0].y), 4, MINUS_ONE + 1 },
	{ AT(touches[7].x), 4, MINUS_INFINITE },
	{ AT(touches[7].y), 4, NAN_SIGNALLING },
	{ AT(touches[0].has_surface_size), 1, 2 },
	{ AT(touches[7].has_surface_size), 1, 255 },
	{ AT(touches[0].reserved[0]), 1, 1 },
	{ AT(touches[7].reserved[1]), 1, 128 },

	{ AT(pose.supported), 4, 0 },
	{ AT(pose.supported), 4, SEALMEM_GAMEPAD_POSE_ALL - 1 },
	{ AT(pose.supported), 4, SEALMEM_GAMEPAD_POSE_ALL + 1 },
	{ AT(pose.valid), 4, SEALMEM_GAMEPAD_POSE_ALL + 1 },
	{ AT(pose.valid), 4, UINT32_MAX },
	{ AT(pose.reserved), 4, 1 },
	{ AT(pose.orientation[0]), 4, NAN_QUIET },
	{ AT(pose.orientation[3]), 4, INFINITE },
	{ AT(pose.position[0]), 4, MINUS_INFINITE },
	{ AT(pose.position[2]), 4, NAN_SIGNALLING },
	{ AT(pose.angular_velocity[0]), 4, NAN_NEGATIVE },
	{ AT(pose.linear_velocity[1]), 4, INFINITE },
	{ AT(pose.angular_acceleration[2]), 4, NAN_QUIET },
	{ AT(pose.linear_acceleration[2]), 4, MINUS_INFINITE },
};

#define WRONG_COUNT (sizeof(wrongs) / sizeof(wrongs[0]))

static struct sealmem_gamepad spoilt(struct sealmem_gamepad pad,
				     const struct wrong *wrong)
{
	unsigned char byte = (unsigned char)wrong->value;

	memcpy((char *)&pad + wrong->at,
	       wrong->size == 1 ? (const void *)&byte : &wrong->value,
	       wrong->size);
	return pad;
}

static void expect_refused(struct th_self_pads *self,
			   const struct sealmem_gamepad *pad)
{
	EXPECT_ERR(EINVAL, sealmem_gamepad_write(&self->writer, 1, pad));
	EXPECT_FALSE(sealmem_gamepad_has_changed(&self->reader));
	expect_no_pad(self, 1, SEALMEM_SNAPSHOT_UNCHANGED);
}

TEST_F(pads, wrong_members_do_not_get_in)
{
	struct sealmem_gamepad good = full_pad(1), bad;

	for (size_t i = 0; i < WRONG_COUNT; i++) {
		bad = spoilt(good, &wrongs[i]);
		expect_refused(self, &bad);
		if (th_failed())
			TH_LOG("entry %zu: %u at %zu", i, wrongs[i].value,
			       wrongs[i].at);
	}
	ASSERT_OK(sealmem_gamepad_write(&self->writer, 1, &good));
	expect_pad(self, 1, &good);
}

/* What is at its limit is inside its range. */
TEST_F(pads, limits)
{
	static const struct wrong rights[] = {
		{ AT(axes[3]), 4, ONE },
		{ AT(axes[3]), 4, MINUS_ONE },
		{ AT(axes[3]), 4, MINUS_ZERO },
		{ AT(axes[3]), 4, BELOW_ZERO },
		{ AT(buttons[3].value), 4, ONE },
		{ AT(buttons[3].value), 4, 0 },
		{ AT(buttons[3].value), 4, MINUS_ZERO },
		{ AT(touch_count), 4, 0 },
		{ AT(axes_used), 4, 0 },
		{ AT(buttons_used), 4, 0 },
		{ AT(hand), 4, 0 },
		{ AT(actuator), 4, 0 },
		{ AT(supports_touch), 1, 0 },
		{ AT(pose.valid), 4, 0 },
		{ AT(mapping), 4, 0 },
	};
	struct sealmem_gamepad pad;

	for (size_t i = 0; i < sizeof(rights) / sizeof(rights[0]); i++) {
		pad = spoilt(full_pad(1), &rights[i]);
		ASSERT_OK(sealmem_gamepad_write(&self->writer, 0, &pad));
		expect_pad(self, 0, &pad);
	}
}

/* A pad that a consumer may not see must not be in its memory. */
TEST_F(pads, disconnected_pad_is_all_zero)
{
	struct sealmem_gamepad empty = { 0 }, bad;

	for (size_t at = sizeof(empty.connected); at < sizeof(empty); at++) {
		if (at >= AT(connection) && at < AT(event_time_us))
			continue;
		bad = spoilt(empty, &(struct wrong){ at, 1, 1 });
		EXPECT_ERR(EINVAL,
			   sealmem_gamepad_write(&self->writer, 1, &bad));
		if (th_failed())
			return;
	}
}

/* ---- the region ------------------------------------------------------ */

/* Not such a buffer: other bytes, other layouts, too few bytes. */
TEST(attach_to_something_else)
{
	static const unsigned char zeros[16384];
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_gamepad_reader reader = { 0 };
	size_t sizes[] = { 1, 64, 4096, sizeof(zeros) };

	EXPECT_ERR(EBADF, sealmem_gamepad_reader_attach(&region, &reader));
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		ASSERT_OK(sealmem_readonly_region_create_from(
			zeros, sizes[i], NULL, &region));
		EXPECT_ERR(EPROTO,
			   sealmem_gamepad_reader_attach(&region, &reader));
		sealmem_readonly_region_close(&region);
	}
	EXPECT_EQ(reader.snapshot.mapping.size, 0);
}

/* With the descriptor that it has, and with what that can be turned into. */
TEST_F(pads, consumer_cannot_write)
{
	int fd = dup(sealmem_readonly_region_fd(&self->region));
	const struct sealmem_readonly_mapping *view =
		&self->reader.snapshot.mapping;
	char path[64];

	EXPECT_EQ(sealmem_readonly_region_level(&self->region),
		  SEALMEM_LEVEL_LIVE);
	ASSERT_SYS(fd);
	EXPECT_MAP_ERRNO(EACCES, mmap(NULL, view->size, PROT_WRITE, MAP_SHARED,
				      fd, 0));
	EXPECT_ERRNO(EACCES, mprotect((void *)(uintptr_t)view->addr,
				      view->size, PROT_WRITE));
	EXPECT_ERRNO(EBADF, pwrite(fd, "", 1, 0));
	EXPECT_ERRNO(EINVAL, ftruncate(fd, 0));
	EXPECT_ERRNO(EPERM, fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	if (geteuid() != 0) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		EXPECT_ERRNO(EACCES, open(path, O_RDWR));
	} else {
		fd = handmade_reopen(fd, O_RDWR);
		EXPECT_MAP_ERRNO(EPERM, mmap(NULL, view->size, PROT_WRITE,
					     MAP_SHARED, fd, 0));
		EXPECT_ERRNO(EPERM, pwrite(fd, "", 1, 0));
		EXPECT_ERRNO(EPERM, ftruncate(fd, 0));
	}
	close(fd);
}

TEST_F_SIGNAL(pads, consumer_dies_writing, SIGSEGV)
{
	*(volatile char *)(uintptr_t)self->reader.snapshot.mapping.addr = 1;
}

__attribute__((noreturn))
static void be_consumer(struct sealmem_channel *channel)
{
	struct sealmem_received_region received;
	struct th_self_pads self = { 0 };
	struct sealmem_gamepad pad = full_pad(5);

	ASSERT_OK(sealmem_channel_receive(channel, NULL, -1, &received, NULL));
	ASSERT_EQ(received.kind, SEALMEM_KIND_READONLY);
	ASSERT_OK(sealmem_gamepad_reader_attach(&received.as.readonly,
						&self.reader));
	sealmem_received_region_close(&received);
	expect_pad(&self, 1, &pad);
	expect_no_pad(&self, 0, SEALMEM_SNAPSHOT_UNCHANGED);
	_exit(0);
}

TEST_F(pads, consumer_in_another_process)
{
	struct sealmem_channel ours = { 0 }, theirs = { 0 };
	struct sealmem_gamepad pad = full_pad(5);
	int status;
	pid_t pid;

	ASSERT_OK(sealmem_channel_pair(&ours, &theirs));
	pid = fork();
	ASSERT_SYS(pid);
	if (!pid)
		be_consumer(&theirs);
	ASSERT_OK(sealmem_gamepad_write(&self->writer, 1, &pad));
	ASSERT_OK(sealmem_channel_send_readonly(&ours, &self->region, NULL));
	ASSERT_EQ(waitpid(pid, &status, 0), pid);
	EXPECT_EQ(status, 0);
	sealmem_channel_close(&ours);
	sealmem_channel_close(&theirs);
}

TH_MAIN
