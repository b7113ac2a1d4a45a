/* SPDX-License-Identifier: MIT */
/*
 * Pads that come and go: which connection a pad is of, how often it was
 * published, and what is left of it when it is gone.
 */
#include "gamepad.h"

FIXTURE(pads)
{
	struct sealmem_gamepad_writer writer;
	struct sealmem_readonly_region region;
	struct sealmem_gamepad_reader reader;
	struct sealmem_gamepad out;
};

static void open_pads(struct th_self_pads *self, uint32_t count)
{
	ASSERT_OK(sealmem_gamepad_writer_create(count, NULL, &self->region,
						&self->writer));
	ASSERT_OK(sealmem_gamepad_reader_attach(&self->region, &self->reader));
}

static void close_pads(struct th_self_pads *self)
{
	sealmem_gamepad_reader_close(&self->reader);
	sealmem_gamepad_writer_close(&self->writer);
	sealmem_readonly_region_close(&self->region);
}

FIXTURE_SETUP(pads)
{
	open_pads(self, 0);
}

FIXTURE_TEARDOWN(pads)
{
	close_pads(self);
}

static void expect_fresh(struct th_self_pads *self, uint32_t index,
			 const struct sealmem_gamepad *wanted)
{
	struct sealmem_gamepad pad = *wanted;

	memset(&self->out, 0x5a, sizeof(self->out));
	EXPECT_EQ(sealmem_gamepad_read(&self->reader, index, &self->out),
		  SEALMEM_SNAPSHOT_FRESH);
	pad.connection = self->out.connection;
	pad.sequence = self->out.sequence;
	EXPECT_MEMEQ(&self->out, &pad, sizeof(pad));
}

static void write_and_expect(struct th_self_pads *self,
			     const struct sealmem_gamepad *pad,
			     uint32_t connection, uint64_t sequence)
{
	ASSERT_OK(sealmem_gamepad_write(&self->writer, 2, pad));
	expect_fresh(self, 2, pad);
	EXPECT_EQ(self->out.connection, connection);
	EXPECT_EQ(self->out.sequence, sequence);
}

/* ---- how many -------------------------------------------------------- */

static void expect_count(uint32_t asked_for, uint32_t count)
{
	struct sealmem_gamepad pad = make_pad(3, 4);
	struct th_self_pads self = { 0 };

	open_pads(&self, asked_for);
	EXPECT_EQ(sealmem_gamepad_writer_count(&self.writer), count);
	EXPECT_EQ(sealmem_gamepad_reader_count(&self.reader), count);
	for (uint32_t i = 0; i < count; i++) {
		ASSERT_OK(sealmem_gamepad_write(&self.writer, i, &pad));
		expect_fresh(&self, i, &pad);
	}
	EXPECT_ERR(EINVAL, sealmem_gamepad_write(&self.writer, count, &pad));
	EXPECT_ERR(EINVAL, sealmem_gamepad_read(&self.reader, count, &pad));
	close_pads(&self);
}

TEST(more_or_fewer)
{
	struct th_self_pads none = { 0 };

	EXPECT_EQ(sealmem_gamepad_writer_count(&none.writer), 0);
	EXPECT_EQ(sealmem_gamepad_reader_count(&none.reader), 0);
	expect_count(0, SEALMEM_GAMEPAD_COUNT);
	for (uint32_t count = 1; count <= SEALMEM_GAMEPAD_COUNT_MAX; count++)
		expect_count(count, count);
}

TEST(create_fails)
{
	struct sealmem_options options = { .struct_size = 1 };
	struct th_self_pads none = { 0 };

	EXPECT_ERR(EINVAL, sealmem_gamepad_writer_create(
		0, &options, &none.region, &none.writer));
	EXPECT_ERR(EINVAL, sealmem_gamepad_writer_create(
		SEALMEM_GAMEPAD_COUNT_MAX + 1, NULL, &none.region,
		&none.writer));
	EXPECT_ERR(EINVAL, sealmem_gamepad_writer_create(
		UINT32_MAX, NULL, &none.region, &none.writer));
	EXPECT_TRUE(sealmem_readonly_region_is_empty(&none.region));
	EXPECT_EQ(none.writer.snapshot.mapping.size, 0);
}

/* ---- connections ----------------------------------------------------- */

static const struct sealmem_gamepad none;

TEST_F(pads, connections_are_counted)
{
	struct sealmem_gamepad pad = make_pad(1, 1);

	write_and_expect(self, &none, 0, 1);
	write_and_expect(self, &pad, 1, 2);
	write_and_expect(self, &pad, 1, 3);
	write_and_expect(self, &none, 1, 4);
	write_and_expect(self, &none, 1, 5);
	/* The same device comes back. */
	write_and_expect(self, &pad, 2, 6);
	write_and_expect(self, &none, 2, 7);
}

/* Its description is all zero, as is the place of one that is gone. */
TEST_F(pads, pad_without_anything)
{
	const struct sealmem_gamepad pad = { .connected = 1 };

	write_and_expect(self, &pad, 1, 1);
	write_and_expect(self, &pad, 1, 2);
	write_and_expect(self, &none, 1, 3);
	write_and_expect(self, &pad, 2, 4);
}

TEST_F(pads, writer_ignores_what_it_is_given_for_them)
{
	struct sealmem_gamepad pad = make_pad(1, 1), gone = none;

	pad.connection = gone.connection = 77;
	pad.sequence = gone.sequence = 88;
	write_and_expect(self, &pad, 1, 1);
	write_and_expect(self, &gone, 1, 2);
}

/* What moves makes no connection; whatever else changes does. */
TEST_F(pads, another_description_is_another_connection)
{
	struct sealmem_gamepad pad = make_pad(2, 1);
	uint32_t connection = 1;
	uint64_t sequence = 1;

	write_and_expect(self, &pad, connection, sequence++);
	for (uint32_t number = 2; number < 40; number++) {
		fill_moves(&pad, number);
		fill_pose(&pad.pose, number);
		pad.buttons[number % 32].type = number % 3;
		write_and_expect(self, &pad, connection, sequence++);
	}
#define CHANGE(change) do {						\
	change;								\
	write_and_expect(self, &pad, ++connection, sequence++);		\
} while (0)
	CHANGE(pad.mapping ^= 1);
	CHANGE(pad.axis_count++);
	CHANGE(pad.button_count++);
	CHANGE(pad.axes_used ^= 1);
	CHANGE(pad.buttons_used ^= 1);
	CHANGE(pad.hand = 2 - pad.hand);
	CHANGE(pad.actuator = 2 - pad.actuator);
	CHANGE(pad.supports_touch ^= 1);
	CHANGE(pad.id[SEALMEM_GAMEPAD_ID_SIZE - 2]++);
	CHANGE(pad.id[0] = '\0'; memset(pad.id, 0, sizeof(pad.id)));
#undef CHANGE
}

/* It is no part of the id, and may be anything. */
TEST_F(pads, nothing_behind_the_end_of_the_id)
{
	struct sealmem_gamepad pad = make_pad(1, 1), wanted = pad;

	memset(wanted.id + 3, 0, sizeof(wanted.id) - 3);
	for (char behind = 'x'; behind <= 'z'; behind++) {
		pad.id[3] = '\0';
		pad.id[4] = behind;
		ASSERT_OK(sealmem_gamepad_write(&self->writer, 2, &pad));
		expect_fresh(self, 2, &wanted);
		EXPECT_EQ(self->out.connection, 1);
	}
}

TEST_F(pads, connections_start_again)
{
	union {
		struct { uint64_t times[3]; uint32_t connection; } hot;
		char bytes[PART_SIZE];
	} *last = self->writer.snapshot.parts[2].shadow;
	struct sealmem_gamepad one = make_pad(1, 1), other = make_pad(2, 2);

	/* As if there had been so many. */
	last->hot.connection = UINT32_MAX - 2;
	write_and_expect(self, &one, UINT32_MAX - 1, 1);
	write_and_expect(self, &other, UINT32_MAX, 2);
	write_and_expect(self, &one, 2, 3);
	write_and_expect(self, &other, 3, 4);
}

/* ---- what is left ---------------------------------------------------- */

#define WORD	 "secretsecretsecretsecret"

static int count_in_memory(const struct th_self_pads *self, const char *word)
{
	const struct sealmem_readonly_mapping *seen =
		&self->reader.snapshot.mapping;
	const char *at = seen->addr, *end = at + seen->size;
	int count = 0;

	while ((at = memmem(at, (size_t)(end - at), word, strlen(word)))) {
		count++;
		at++;
	}
	return count;
}

/* Neither in the slot that is read nor in the one that was. */
TEST_F(pads, disconnected_pad_is_not_in_memory)
{
	struct sealmem_gamepad pad = make_pad(1, 1);

	for (int i = 0; i < 5; i++) {
		snprintf(pad.id, sizeof(pad.id), WORD " %d", i);
		memset(pad.axes, 0x3e, sizeof(pad.axes));
		ASSERT_OK(sealmem_gamepad_write(&self->writer, 2, &pad));
	}
	EXPECT_GT(count_in_memory(self, WORD), 0);
	EXPECT_GT(count_in_memory(self, ">>>>>>>>"), 0);
	ASSERT_OK(sealmem_gamepad_write(&self->writer, 2, &none));
	EXPECT_EQ(count_in_memory(self, WORD), 0);
	EXPECT_EQ(count_in_memory(self, ">>>>>>>>"), 0);
	expect_fresh(self, 2, &none);
}

/* ---- what a reader copies -------------------------------------------- */

/* The description is read once: there is nothing new about it. */
TEST_F(pads, what_moves_is_read_alone)
{
	const uint32_t cold = cold_part(&self->writer, 2);
	const uint64_t *written =
		&self->writer.snapshot.parts[cold].generation;
	struct sealmem_gamepad pad = make_pad(1, 1);

	ASSERT_OK(sealmem_gamepad_write(&self->writer, 2, &pad));
	expect_fresh(self, 2, &pad);
	EXPECT_EQ(*written, 1);
	for (uint64_t number = 2; number < 20; number++) {
		fill_moves(&pad, (uint32_t)number);
		ASSERT_OK(sealmem_gamepad_write(&self->writer, 2, &pad));
		EXPECT_EQ(*written, number - 1);
		/* A publication that no reader has any need of. */
		plant(&self->writer, cold, COLD_SIZE - 1, "", 1);
		expect_fresh(self, 2, &pad);
		EXPECT_EQ(self->reader.snapshot.generations[cold], 1);
	}
}

/* ---- presses --------------------------------------------------------- */

static struct sealmem_gamepad pressed(uint32_t connection, uint32_t count)
{
	struct sealmem_gamepad pad = {
		.connected = 1, .connection = connection, .button_count = 2,
	};

	pad.buttons[1].press_count = count;
	/* What no button may be mistaken for. */
	pad.buttons[2].press_count = 100 + count;
	memset(pad.touches, (int)count & 0xff, sizeof(pad.touches));
	return pad;
}

static uint32_t presses(struct sealmem_gamepad before,
			struct sealmem_gamepad now, uint32_t button)
{
	return sealmem_gamepad_presses(&before, &now, button);
}

TEST(presses_between_two_reads)
{
	EXPECT_EQ(presses(pressed(1, 5), pressed(1, 5), 1), 0);
	EXPECT_EQ(presses(pressed(1, 5), pressed(1, 7), 1), 2);
	EXPECT_EQ(presses(pressed(1, UINT32_MAX), pressed(1, 1), 1), 2);
	EXPECT_EQ(presses(pressed(1, 5), pressed(1, 7), 0), 0);
	/* All presses of a new connection are new. */
	EXPECT_EQ(presses(pressed(1, 5), pressed(2, 3), 1), 3);
	EXPECT_EQ(presses(none, pressed(1, 3), 1), 3);
	EXPECT_EQ(presses(pressed(1, 5), none, 1), 0);
	/* No such button. */
	EXPECT_EQ(presses(pressed(1, 5), pressed(1, 7), 2), 0);
	EXPECT_EQ(presses(pressed(1, 5), pressed(1, 7), UINT32_MAX), 0);
}

TEST(presses_of_a_pad_with_a_wrong_count)
{
	struct sealmem_gamepad before = pressed(1, 0), now = pressed(1, 1);

	now.button_count = UINT32_MAX;
	EXPECT_EQ(sealmem_gamepad_presses(&before, &now, 1), 1);
	EXPECT_EQ(sealmem_gamepad_presses(&before, &now,
					  SEALMEM_GAMEPAD_BUTTONS), 0);
}

/* A press and release between two reads of a reader that polls. */
TEST_F(pads, short_press_is_seen)
{
	struct sealmem_gamepad pad = make_pad(1, 1), before;

	memset(pad.buttons, 0, sizeof(pad.buttons));
	ASSERT_OK(sealmem_gamepad_write(&self->writer, 2, &pad));
	expect_fresh(self, 2, &pad);
	before = self->out;
	pad.buttons[4] = (struct sealmem_gamepad_button){
		.value = 1, .pressed = 1, .press_count = 1,
	};
	ASSERT_OK(sealmem_gamepad_write(&self->writer, 2, &pad));
	pad.buttons[4].pressed = 0;
	pad.buttons[4].value = 0;
	ASSERT_OK(sealmem_gamepad_write(&self->writer, 2, &pad));
	expect_fresh(self, 2, &pad);
	EXPECT_EQ(self->out.buttons[4].pressed, 0);
	EXPECT_EQ(sealmem_gamepad_presses(&before, &self->out, 4), 1);
}

TH_MAIN
