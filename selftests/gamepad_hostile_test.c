/* SPDX-License-Identifier: MIT */
/*
 * Gamepads of a hostile producer, which writes what it likes where it likes.
 * Whatever a reader gives out is in its range, and what it read before stays.
 */
#include "gamepad.h"

FIXTURE(hostile)
{
	struct sealmem_gamepad_writer writer;
	struct sealmem_readonly_region region;
	struct sealmem_gamepad_reader reader;
	struct sealmem_gamepad out;
};

FIXTURE_SETUP(hostile)
{
	ASSERT_OK(sealmem_gamepad_writer_create(0, NULL, &self->region,
						&self->writer));
	ASSERT_OK(sealmem_gamepad_reader_attach(&self->region, &self->reader));
}

FIXTURE_TEARDOWN(hostile)
{
	sealmem_gamepad_reader_close(&self->reader);
	sealmem_gamepad_writer_close(&self->writer);
	sealmem_readonly_region_close(&self->region);
}

static void expect_state(struct th_self_hostile *self, int wanted)
{
	const unsigned char *bytes = (const unsigned char *)&self->out;

	memset(&self->out, 0x5a, sizeof(self->out));
	EXPECT_EQ(sealmem_gamepad_read(&self->reader, 1, &self->out), wanted);
	for (size_t i = 0; wanted != SEALMEM_SNAPSHOT_FRESH &&
			   i < sizeof(self->out); i++)
		ASSERT_EQ(bytes[i], 0x5a);
}

static void write_pad(struct th_self_hostile *self,
		      const struct sealmem_gamepad *pad)
{
	ASSERT_OK(sealmem_gamepad_write(&self->writer, 1, pad));
}

static void expect_good(struct th_self_hostile *self,
			const struct sealmem_gamepad *pad)
{
	write_pad(self, pad);
	expect_state(self, SEALMEM_SNAPSHOT_FRESH);
	self->out.connection = self->out.sequence = 0;
	EXPECT_MEMEQ(&self->out, pad, sizeof(*pad));
}

/* ---- members outside their range ------------------------------------- */

#define NAN_QUIET	0x7fc00000u
#define NAN_SIGNALLING	0x7f800001u
#define INFINITE	0x7f800000u
#define ABOVE_ONE	0x3f800001u
#define BELOW_MINUS_ONE	0xbf800001u
#define BELOW_ZERO	0x80000001u

struct wrong {
	uint32_t at;
	uint32_t size;
	uint32_t value;
};

#define AXIS(i)	  (HOT_AXES + 4 * (i))
#define BUTTON(i) (HOT_BUTTONS + 12 * (i))
#define TOUCH(i)  (HOT_TOUCHES + 24 * (i))

static const struct wrong hot_wrongs[] = {
	{ HOT_CONNECTION, 4, 0 },
	{ HOT_CONNECTED, 4, 0 },
	{ HOT_CONNECTED, 4, 2 },
	{ HOT_CONNECTED, 4, UINT32_MAX },
	{ HOT_TOUCH_COUNT, 4, SEALMEM_GAMEPAD_TOUCHES + 1 },
	{ HOT_TOUCH_COUNT, 4, UINT32_MAX },
	{ HOT_RESERVED, 4, 1 },
	{ HOT_RESERVED + 27, 1, 128 },
	{ AXIS(0), 4, NAN_QUIET },
	{ AXIS(0), 4, NAN_SIGNALLING },
	{ AXIS(0), 4, UINT32_MAX },
	{ AXIS(0), 4, INFINITE },
	{ AXIS(0), 4, ABOVE_ONE },
	{ AXIS(0), 4, BELOW_MINUS_ONE },
	{ AXIS(15), 4, ABOVE_ONE },
	{ AXIS(15), 4, BELOW_MINUS_ONE },
	{ BUTTON(0), 4, NAN_QUIET },
	{ BUTTON(0), 4, INFINITE },
	{ BUTTON(0), 4, BELOW_ZERO },
	{ BUTTON(0), 4, ABOVE_ONE },
	{ BUTTON(31), 4, ABOVE_ONE },
	{ BUTTON(31), 4, BELOW_ZERO },
	{ BUTTON(0) + 8, 1, 2 },
	{ BUTTON(31) + 8, 1, 255 },
	{ BUTTON(0) + 9, 1, 2 },
	{ BUTTON(31) + 9, 1, 255 },
	{ BUTTON(0) + 10, 1, SEALMEM_GAMEPAD_BUTTON_TRACKPAD + 1 },
	{ BUTTON(31) + 10, 1, 255 },
	{ BUTTON(0) + 11, 1, 1 },
	{ BUTTON(31) + 11, 1, 128 },
	{ TOUCH(0) + 5, 1, 2 },
	{ TOUCH(0) + 6, 1, 1 },
	{ TOUCH(7) + 7, 1, 128 },
	{ TOUCH(0) + 8, 4, NAN_QUIET },
	{ TOUCH(0) + 12, 4, ABOVE_ONE },
	{ TOUCH(7) + 8, 4, BELOW_MINUS_ONE },
	{ TOUCH(7) + 12, 4, NAN_SIGNALLING },
	{ HOT_POSE, 4, SEALMEM_GAMEPAD_POSE_ALL + 1 },
	{ HOT_POSE + 4, 4, SEALMEM_GAMEPAD_POSE_ALL + 1 },
	{ HOT_POSE + 8, 4, 1 },
	{ HOT_POSE + 12, 4, NAN_QUIET },
	{ HOT_POSE + 12, 4, INFINITE },
	{ HOT_POSE + 84, 4, NAN_SIGNALLING },
};

static const struct wrong cold_wrongs[] = {
	{ COLD_MAPPING, 4, SEALMEM_GAMEPAD_MAPPING_STANDARD + 1 },
	{ COLD_MAPPING, 4, UINT32_MAX },
	{ COLD_AXIS_COUNT, 4, SEALMEM_GAMEPAD_AXES + 1 },
	{ COLD_AXIS_COUNT, 4, UINT32_MAX },
	{ COLD_AXIS_COUNT, 4, 0 },
	{ COLD_BUTTON_COUNT, 4, SEALMEM_GAMEPAD_BUTTONS + 1 },
	{ COLD_BUTTON_COUNT, 4, UINT32_MAX },
	{ COLD_BUTTON_COUNT, 4, 0 },
	{ COLD_AXES_USED, 4, UINT32_MAX },
	{ COLD_BUTTONS_USED, 4, UINT32_MAX },
	{ COLD_HAND, 4, SEALMEM_GAMEPAD_HAND_RIGHT + 1 },
	{ COLD_HAND, 4, UINT32_MAX },
	{ COLD_ACTUATOR, 4, SEALMEM_GAMEPAD_ACTUATOR_TRIGGER_RUMBLE + 1 },
	{ COLD_ACTUATOR, 4, UINT32_MAX },
	{ COLD_ID + SEALMEM_GAMEPAD_ID_SIZE - 1, 1, 'z' },
	{ COLD_SUPPORTS_TOUCH, 4, 2 },
	{ COLD_SUPPORTS_TOUCH, 4, UINT32_MAX },
	{ COLD_RESERVED, 4, 1 },
	{ COLD_RESERVED + 27, 1, 128 },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* An axis and a button less than there can be, so that counts can be wrong. */
static struct sealmem_gamepad good_pad(uint32_t number)
{
	struct sealmem_gamepad pad = make_pad(1, number);

	pad.axis_count = SEALMEM_GAMEPAD_AXES - 1;
	pad.button_count = SEALMEM_GAMEPAD_BUTTONS - 1;
	pad.axes_used = (1u << pad.axis_count) - 1;
	pad.buttons_used = (1u << pad.button_count) - 1;
	return pad;
}

static void plant_wrong(struct th_self_hostile *self, uint32_t part,
			uint32_t offset, const struct wrong *wrong)
{
	unsigned char byte = (unsigned char)wrong->value;

	plant(&self->writer, part, offset + wrong->at,
	      wrong->size == 1 ? (const void *)&byte : &wrong->value,
	      wrong->size);
}

static void log_if_failed(const struct wrong *wrong)
{
	if (th_failed())
		TH_LOG("%u at %u", wrong->value, wrong->at);
}

TEST_F(hostile, what_moves)
{
	for (uint32_t i = 0; i < COUNT(hot_wrongs); i++) {
		struct sealmem_gamepad good = good_pad(i);

		expect_good(self, &good);
		plant_wrong(self, hot_part(1), 0, &hot_wrongs[i]);
		expect_state(self, SEALMEM_SNAPSHOT_CORRUPT);
		log_if_failed(&hot_wrongs[i]);
	}
}

static void connect_pad(struct th_self_hostile *self,
			const struct sealmem_gamepad *pad)
{
	const struct sealmem_gamepad none = { 0 };

	write_pad(self, &none);
	write_pad(self, pad);
}

/* Two descriptions are there, and both are checked, whichever is asked for. */
TEST_F(hostile, what_it_is)
{
	struct sealmem_gamepad good = good_pad(1), other = good_pad(2);

	other.id[0] = 'x';
	for (uint32_t i = 0; i < 2 * COUNT(cold_wrongs); i++) {
		connect_pad(self, &good);
		write_pad(self, &other);
		plant_wrong(self, cold_part(&self->writer, 1),
			    i % 2 ? COLD_SIZE : 0, &cold_wrongs[i / 2]);
		expect_state(self, SEALMEM_SNAPSHOT_CORRUPT);
		log_if_failed(&cold_wrongs[i / 2]);
		expect_state(self, SEALMEM_SNAPSHOT_CORRUPT);
		connect_pad(self, &good);
		expect_state(self, SEALMEM_SNAPSHOT_FRESH);
	}
}

/* UNCHANGED means since the last fresh value, which this was not. */
TEST_F(hostile, corrupt_until_it_is_better)
{
	struct sealmem_gamepad good = good_pad(1);

	expect_good(self, &good);
	plant_wrong(self, hot_part(1), 0, &hot_wrongs[2]);
	for (int i = 0; i < 3; i++)
		expect_state(self, SEALMEM_SNAPSHOT_CORRUPT);
	expect_good(self, &good);
	expect_state(self, SEALMEM_SNAPSHOT_UNCHANGED);
}

/* A pad that a consumer may not see must not be in its memory. */
TEST_F(hostile, disconnected_pad_is_blank)
{
	const struct sealmem_gamepad none = { 0 };
	static const char zero;

	write_pad(self, &none);
	expect_state(self, SEALMEM_SNAPSHOT_FRESH);
	for (uint32_t at = 0; at < HOT_SIZE; at++) {
		if (at < 8 || (at >= HOT_CONNECTION && at < HOT_CONNECTED))
			continue;
		plant(&self->writer, hot_part(1), at, "\1", 1);
		expect_state(self, SEALMEM_SNAPSHOT_CORRUPT);
		/* Then it is the one that was read before. */
		plant(&self->writer, hot_part(1), at, &zero, 1);
		expect_state(self, SEALMEM_SNAPSHOT_UNCHANGED);
		if (th_failed())
			return;
	}
}

/* ---- descriptions that do not fit ------------------------------------ */

/* No honest producer names a connection that it has not described. */
TEST_F(hostile, connection_without_description)
{
	struct sealmem_gamepad good = good_pad(1);
	uint32_t numbers[] = { 2, 3, UINT32_MAX };

	expect_good(self, &good);
	for (size_t i = 0; i < COUNT(numbers); i++) {
		plant(&self->writer, hot_part(1), HOT_CONNECTION, &numbers[i],
		      4);
		for (int j = 0; j < 3; j++)
			expect_state(self, SEALMEM_SNAPSHOT_CORRUPT);
	}
	numbers[0] = 1;
	plant(&self->writer, hot_part(1), HOT_CONNECTION, &numbers[0], 4);
	expect_state(self, SEALMEM_SNAPSHOT_FRESH);
}

TEST_F(hostile, no_description_at_all)
{
	struct sealmem_gamepad good = good_pad(1);
	char hot[HOT_SIZE] = { [HOT_CONNECTION] = 1, [HOT_CONNECTED] = 1 };

	plant(&self->writer, hot_part(1), 0, hot, sizeof(hot));
	expect_state(self, SEALMEM_SNAPSHOT_CORRUPT);
	/* The writer's own memory says connected, too: disconnect it first. */
	connect_pad(self, &good);
	expect_state(self, SEALMEM_SNAPSHOT_FRESH);
	EXPECT_EQ(self->out.connection, 2);
}

/* At the other's place it is nobody's. */
TEST_F(hostile, description_at_the_wrong_place)
{
	struct sealmem_gamepad good = good_pad(1);
	uint32_t swapped[] = { 1, 2 };

	write_pad(self, &good);
	for (uint32_t i = 0; i < 2; i++)
		plant(&self->writer, cold_part(&self->writer, 1),
		      i * COLD_SIZE, &swapped[i], 4);
	expect_state(self, SEALMEM_SNAPSHOT_CORRUPT);
}

/* What was read is in memory of the reader's own: it needs no other. */
TEST_F(hostile, description_goes_while_the_pad_moves)
{
	static const char nothing[2 * COLD_SIZE];
	struct sealmem_gamepad pad = good_pad(1);

	expect_good(self, &pad);
	plant(&self->writer, cold_part(&self->writer, 1), 0, nothing,
	      sizeof(nothing));
	plant(&self->writer, hot_part(1), BUTTON(0) + 8, "", 1);
	expect_state(self, SEALMEM_SNAPSHOT_FRESH);
	EXPECT_EQ(self->out.axis_count, pad.axis_count);
	EXPECT_STREQ(self->out.id, pad.id);
	EXPECT_EQ(self->out.buttons[0].pressed, 0);
}

/* ---- any bytes ------------------------------------------------------- */

static void expect_in_range(const struct sealmem_gamepad *pad)
{
	static const struct sealmem_gamepad none;
	struct sealmem_gamepad_writer writer = { 0 };
	struct sealmem_readonly_region region = { 0 };

	ASSERT_LE(pad->connected, 1);
	if (!pad->connected)
		ASSERT_MEMEQ(pad->axes, none.axes, sizeof(none.axes));
	/* Who writes checks all that is promised of who reads. */
	ASSERT_OK(sealmem_gamepad_writer_create(1, NULL, &region, &writer));
	EXPECT_OK(sealmem_gamepad_write(&writer, 0, pad));
	sealmem_gamepad_writer_close(&writer);
	sealmem_readonly_region_close(&region);
}

static uint32_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005 + 1442695040888963407;
	return (uint32_t)(*state >> 33);
}

/* One bit of an honest pad is another, anywhere: seldom does that matter. */
TEST_F_TIMEOUT(hostile, any_bit, 60)
{
	struct sealmem_gamepad good = good_pad(1);
	unsigned char part[PART_SIZE];
	int fresh = 0, corrupt = 0, state;
	uint64_t random = 1;

	for (int i = 0; i < 3000 && !th_failed(); i++) {
		uint32_t which = i % 2 ? hot_part(1) :
					 cold_part(&self->writer, 1);
		uint32_t at = next_random(&random) % PART_SIZE;

		connect_pad(self, &good);
		memcpy(part, self->writer.snapshot.parts[which].shadow,
		       sizeof(part));
		part[at] ^= (unsigned char)(1 << next_random(&random) % 8);
		plant(&self->writer, which, 0, part, sizeof(part));
		state = sealmem_gamepad_read(&self->reader, 1, &self->out);
		fresh += state == SEALMEM_SNAPSHOT_FRESH;
		corrupt += state == SEALMEM_SNAPSHOT_CORRUPT;
		if (state == SEALMEM_SNAPSHOT_FRESH)
			expect_in_range(&self->out);
	}
	TH_LOG("%d in range, %d corrupt", fresh, corrupt);
	EXPECT_EQ(fresh + corrupt, 3000);
	EXPECT_GT(fresh, 0);
	EXPECT_GT(corrupt, 0);
}

/* ---- other buffers --------------------------------------------------- */

static int attach_to(const struct sealmem_snapshot_layout *layout)
{
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_writable_mapping mapping = { 0 };
	struct sealmem_snapshot_writer writer = { 0 };
	struct sealmem_gamepad_reader reader = { 0 };
	size_t size;
	int ret;

	ASSERT_OK(sealmem_snapshot_size(layout, &size));
	ASSERT_OK(sealmem_readonly_region_create(size, NULL, &region,
						 &mapping));
	ASSERT_OK(sealmem_snapshot_writer_init(&mapping, layout, &writer));
	ret = sealmem_gamepad_reader_attach(&region, &reader);
	EXPECT_EQ(reader.snapshot.mapping.size == 0, ret < 0);
	sealmem_gamepad_reader_close(&reader);
	sealmem_snapshot_writer_close(&writer);
	sealmem_readonly_region_close(&region);
	return ret;
}

static struct sealmem_snapshot_layout layout_of(uint32_t part_count)
{
	return (struct sealmem_snapshot_layout){
		.struct_size = sizeof(struct sealmem_snapshot_layout),
		.part_count = part_count,
		.part_size = PART_SIZE,
		.fingerprint = FINGERPRINT,
	};
}

TEST(attach_to_another_layout)
{
	struct sealmem_snapshot_layout layout = layout_of(8);

	EXPECT_OK(attach_to(&layout));
	for (int bit = 0; bit < 64; bit++) {
		layout.fingerprint = FINGERPRINT ^ (uint64_t)1 << bit;
		EXPECT_ERR(EPROTO, attach_to(&layout));
	}
	layout = layout_of(8);
	layout.part_size = PART_SIZE - 1;
	EXPECT_ERR(EPROTO, attach_to(&layout));
	layout.part_size = PART_SIZE + 1;
	EXPECT_ERR(EPROTO, attach_to(&layout));
	layout = layout_of(8);
	layout.slot_count = 4;
	EXPECT_ERR(EPROTO, attach_to(&layout));
}

/* Two a pad, for as many pads as there can be. */
TEST(attach_to_any_number_of_parts)
{
	for (uint32_t count = 1; count <= SEALMEM_SNAPSHOT_PARTS_MAX; count++) {
		struct sealmem_snapshot_layout layout = layout_of(count);

		EXPECT_EQ(attach_to(&layout), count % 2 ? -EPROTO : 0);
	}
}

/* What the header says is checked against the memory that there is. */
TEST_F(hostile, header_of_more_pads_than_there_are)
{
	uint32_t *header = self->writer.snapshot.mapping.addr;
	struct sealmem_gamepad_reader reader = { 0 };
	uint32_t lies[] = { 0, 1, 7, 9, 10, 64, 65, 66, UINT32_MAX, 1u << 31 };

	for (size_t i = 0; i < COUNT(lies); i++) {
		__atomic_store_n(&header[2], lies[i], __ATOMIC_RELAXED);
		EXPECT_ERR(EPROTO, sealmem_gamepad_reader_attach(&self->region,
								 &reader));
	}
	/* Fewer: that is a whole buffer. */
	__atomic_store_n(&header[2], 2, __ATOMIC_RELAXED);
	EXPECT_OK(sealmem_gamepad_reader_attach(&self->region, &reader));
	EXPECT_EQ(sealmem_gamepad_reader_count(&reader), 1);
	sealmem_gamepad_reader_close(&reader);
	/* Another magic, another version. */
	for (int word = 0; word < 2; word++) {
		header[word]++;
		EXPECT_ERR(EPROTO, sealmem_gamepad_reader_attach(&self->region,
								 &reader));
		header[word]--;
	}
}

TH_MAIN
