/* SPDX-License-Identifier: MIT */
/*
 * Gamepads when one side stops at every single instruction of a call, one after
 * the other, while the other side goes on. Two parts of memory make one pad: at
 * no instruction do the parts of two pads make a third.
 */
#include "gamepad.h"
#include "snapshot_steps.h"

/* ---- the writer, stopped at every instruction ------------------------ */

struct action {
	struct sealmem_gamepad before;
	struct sealmem_gamepad after;
};

FIXTURE(stepped_writer)
{
	struct action action;
	struct sealmem_readonly_region region;
	/* Has seen all there was before. */
	struct sealmem_gamepad_reader reader;
	struct sealmem_gamepad seen;
	pid_t pid;
};

/* Which device before and after, 0 is none; and how many there were then. */
FIXTURE_VARIANT(stepped_writer)
{
	uint32_t before;
	uint32_t after;
	uint32_t connection;
};

FIXTURE_VARIANT_ADD(stepped_writer, moves) { 1, 1, 4 };
FIXTURE_VARIANT_ADD(stepped_writer, connects) { 0, 1, 4 };
FIXTURE_VARIANT_ADD(stepped_writer, disconnects) { 1, 0, 4 };
FIXTURE_VARIANT_ADD(stepped_writer, replaces) { 1, 2, 5 };

static struct sealmem_gamepad pad_of(uint32_t device, uint32_t number)
{
	if (device == 0)
		return (struct sealmem_gamepad){ 0 };
	return make_pad(device, number);
}

/*
 * Three came before: no part is as it was born, and the functions that are
 * called have been looked up, which takes many instructions and is not ours.
 */
static void write_first(struct sealmem_gamepad_writer *writer,
			const struct action *action)
{
	const struct sealmem_gamepad none = { 0 };

	for (uint32_t i = 3; i < 6; i++) {
		struct sealmem_gamepad pad = make_pad(i, i);

		ASSERT_OK(sealmem_gamepad_write(writer, 0, &pad));
	}
	ASSERT_OK(sealmem_gamepad_write(writer, 0, &none));
	ASSERT_OK(sealmem_gamepad_write(writer, 0, &action->before));
}

__attribute__((noreturn))
static void write_between_stops(struct sealmem_channel *channel,
				const struct action *action)
{
	struct sealmem_gamepad_writer writer = { 0 };
	struct sealmem_readonly_region region = { 0 };

	ASSERT_OK(sealmem_gamepad_writer_create(1, NULL, &region, &writer));
	write_first(&writer, action);
	ASSERT_OK(sealmem_channel_send_readonly(channel, &region, NULL));
	trace_me();
	ASSERT_OK(sealmem_gamepad_write(&writer, 0, &action->after));
	raise(SIGSTOP);
	_exit(0);
}

FIXTURE_SETUP(stepped_writer)
{
	struct sealmem_channel ours = { 0 }, theirs = { 0 };

	share_one_cpu();
	self->action.before = pad_of(variant->before, 11);
	self->action.after = pad_of(variant->after, 12);
	ASSERT_OK(sealmem_channel_pair(&ours, &theirs));
	self->pid = fork();
	ASSERT_SYS(self->pid);
	if (!self->pid)
		write_between_stops(&theirs, &self->action);
	ASSERT_OK(sealmem_channel_receive_readonly(&ours, NULL, -1,
						   &self->region, NULL));
	sealmem_channel_close(&ours);
	sealmem_channel_close(&theirs);
	ASSERT_FALSE(wait_for_trap(self->pid));
	ASSERT_OK(sealmem_gamepad_reader_attach(&self->region, &self->reader));
	ASSERT_EQ(sealmem_gamepad_read(&self->reader, 0, &self->seen),
		  SEALMEM_SNAPSHOT_FRESH);
}

FIXTURE_TEARDOWN(stepped_writer)
{
	ASSERT_SYS(kill(self->pid, SIGKILL));
	ASSERT_EQ(waitpid(self->pid, NULL, 0), self->pid);
	sealmem_gamepad_reader_close(&self->reader);
	sealmem_readonly_region_close(&self->region);
}

/* Before or after, all of it; and what came after stays. True is after. */
static bool is_after(struct th_self_stepped_writer *self,
		     const struct sealmem_gamepad *pad)
{
	struct sealmem_gamepad plain = *pad;

	plain.connection = 0;
	plain.sequence = 0;
	if (memcmp(&plain, &self->action.before, sizeof(plain)) == 0)
		return false;
	EXPECT_MEMEQ(&plain, &self->action.after, sizeof(plain));
	return true;
}

/* Had the writer died here: what does somebody find who comes now? */
static bool newcomer_finds_after(struct th_self_stepped_writer *self)
{
	struct sealmem_gamepad_reader reader = { 0 };
	struct sealmem_gamepad pad;

	ASSERT_OK(sealmem_gamepad_reader_attach(&self->region, &reader));
	EXPECT_EQ(sealmem_gamepad_read(&reader, 0, &pad),
		  SEALMEM_SNAPSHOT_FRESH);
	EXPECT_EQ(sealmem_gamepad_read(&reader, 0, &pad),
		  SEALMEM_SNAPSHOT_UNCHANGED);
	sealmem_gamepad_reader_close(&reader);
	return is_after(self, &pad);
}

/* Who was there all the time goes from the one to the other. */
static bool follower_has_after(struct th_self_stepped_writer *self)
{
	struct sealmem_gamepad before = self->seen;
	int state = sealmem_gamepad_read(&self->reader, 0, &self->seen);

	EXPECT_LE(state, SEALMEM_SNAPSHOT_FRESH);
	EXPECT_GE(state, SEALMEM_SNAPSHOT_UNCHANGED);
	EXPECT_EQ(self->seen.sequence - before.sequence,
		  (uint64_t)(state == SEALMEM_SNAPSHOT_FRESH));
	EXPECT_GE(self->seen.connection, before.connection);
	return is_after(self, &self->seen);
}

TEST_F_TIMEOUT(stepped_writer, may_die_anywhere, 120)
{
	bool found = false, followed = false;
	int steps = 0;

	do {
		bool newer = newcomer_finds_after(self);

		EXPECT_GE(newer, found);
		found = newer;
		newer = follower_has_after(self);
		EXPECT_GE(newer, followed);
		EXPECT_EQ(newer, found);
		followed = newer;
		steps++;
	} while (!th_failed() && step(self->pid));
	TH_LOG("%d instructions", steps);
	EXPECT_TRUE(found);
	EXPECT_EQ(self->seen.connection, variant->connection);
}

/* ---- the reader, overtaken at every instruction ---------------------- */

struct shared {
	int state;
	struct sealmem_gamepad pad;
};

FIXTURE(stepped_reader)
{
	struct sealmem_gamepad_writer writer;
	struct sealmem_readonly_region region;
	struct shared *shared;
	uint32_t number;
	uint32_t device;
	pid_t pid;
};

__attribute__((noreturn))
static void read_between_stops(struct th_self_stepped_reader *self)
{
	struct sealmem_gamepad_reader reader = { 0 };

	ASSERT_OK(sealmem_gamepad_reader_attach(&self->region, &reader));
	for (trace_me();; raise(SIGSTOP))
		self->shared->state = sealmem_gamepad_read(&reader, 0,
							   &self->shared->pad);
}

FIXTURE_SETUP(stepped_reader)
{
	share_one_cpu();
	ASSERT_OK(sealmem_gamepad_writer_create(1, NULL, &self->region,
						&self->writer));
	self->shared = mmap(NULL, sizeof(*self->shared), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_TRUE(self->shared != MAP_FAILED);
	self->pid = fork();
	ASSERT_SYS(self->pid);
	if (!self->pid)
		read_between_stops(self);
	ASSERT_FALSE(wait_for_trap(self->pid));
}

FIXTURE_TEARDOWN(stepped_reader)
{
	ASSERT_SYS(kill(self->pid, SIGKILL));
	ASSERT_EQ(waitpid(self->pid, NULL, 0), self->pid);
	munmap(self->shared, sizeof(*self->shared));
	sealmem_gamepad_writer_close(&self->writer);
	sealmem_readonly_region_close(&self->region);
}

static void write_pad(struct th_self_stepped_reader *self,
		      const struct sealmem_gamepad *pad)
{
	ASSERT_OK(sealmem_gamepad_write(&self->writer, 0, pad));
}

static void move_once(struct th_self_stepped_reader *self)
{
	struct sealmem_gamepad pad = make_pad(self->device, ++self->number);

	write_pad(self, &pad);
}

static void replace_once(struct th_self_stepped_reader *self)
{
	self->device = (self->device + 1) % DEVICES;
	move_once(self);
}

static void reconnect_once(struct th_self_stepped_reader *self)
{
	const struct sealmem_gamepad none = { 0 };

	write_pad(self, &none);
	replace_once(self);
}

typedef void change(struct th_self_stepped_reader *self);

/* The read that has just ended: no mixture, and never nothing. */
static int found(struct th_self_stepped_reader *self)
{
	const struct shared *shared = self->shared;

	EXPECT_TRUE(pad_is_whole(&shared->pad));
	EXPECT_GE(shared->state, SEALMEM_SNAPSHOT_UNCHANGED);
	EXPECT_LE(shared->state, SEALMEM_SNAPSHOT_BUSY);
	return shared->state;
}

static int found_next(struct th_self_stepped_reader *self)
{
	run_on(self->pid);
	return found(self);
}

/* A round for each so many instructions: the sum grows with the square. */
#define STEPS_MAX 100000

static int measure(struct th_self_stepped_reader *self, change *news)
{
	long long count = 0;

	/* The first read also looks up the functions that it calls. */
	move_once(self);
	run_on(self->pid);
	news(self);
	while (step(self->pid))
		count++;
	EXPECT_EQ(found(self), SEALMEM_SNAPSHOT_FRESH);
	return (int)(count * count / 2 / STEPS_MAX) + 1;
}

/* False if the read was over before. */
static bool go_to(struct th_self_stepped_reader *self, int at)
{
	while (at-- > 0)
		if (!step(self->pid))
			return false;
	return true;
}

/* Whatever came meanwhile, the next read has it. */
static void expect_newest(struct th_self_stepped_reader *self)
{
	EXPECT_LE(found_next(self), SEALMEM_SNAPSHOT_FRESH);
	EXPECT_EQ(self->shared->pad.touches[0].surface_height, self->number);
	EXPECT_EQ(found_next(self), SEALMEM_SNAPSHOT_UNCHANGED);
}

static void overtake(struct th_self_stepped_reader *self, change *news,
		     change *meanwhile, int times)
{
	int stride = measure(self, news), at = 0;

	for (;; at += stride) {
		uint64_t sequence = self->shared->pad.sequence;

		news(self);
		if (!go_to(self, at) || th_failed())
			break;
		for (int i = 0; i < times; i++)
			meanwhile(self);
		EXPECT_EQ(found_next(self), SEALMEM_SNAPSHOT_FRESH);
		EXPECT_GT(self->shared->pad.sequence, sequence);
		expect_newest(self);
	}
	TH_LOG("after up to %d instructions, every %d", at, stride);
	EXPECT_GT(at, 40);
}

TEST_F_TIMEOUT(stepped_reader, moves_then_it_is_replaced, 120)
{
	overtake(self, move_once, replace_once, 1);
}

TEST_F_TIMEOUT(stepped_reader, is_replaced_then_it_moves, 120)
{
	overtake(self, replace_once, move_once, 2);
}

TEST_F_TIMEOUT(stepped_reader, is_replaced_then_twice_more, 120)
{
	overtake(self, replace_once, replace_once, 2);
}

TEST_F_TIMEOUT(stepped_reader, is_replaced_then_three_times_more, 120)
{
	overtake(self, replace_once, replace_once, 3);
}

TEST_F_TIMEOUT(stepped_reader, is_replaced_then_reconnected, 120)
{
	overtake(self, replace_once, reconnect_once, 1);
}

TEST_F_TIMEOUT(stepped_reader, is_reconnected_then_twice_more, 120)
{
	overtake(self, reconnect_once, reconnect_once, 2);
}

/*
 * The worst writer there can be: at each instruction of the reader's two others
 * came. The answer is BUSY, after a bounded time, and the pad that was read
 * before is untouched: it is not gone.
 */
TEST_F_TIMEOUT(stepped_reader, busy_is_not_gone, 120)
{
	struct sealmem_gamepad before;
	int steps = 0;

	replace_once(self);
	ASSERT_EQ(found_next(self), SEALMEM_SNAPSHOT_FRESH);
	before = self->shared->pad;
	do {
		replace_once(self);
		replace_once(self);
		steps++;
	} while (step(self->pid));
	TH_LOG("%d instructions", steps);
	EXPECT_EQ(found(self), SEALMEM_SNAPSHOT_BUSY);
	EXPECT_MEMEQ(&self->shared->pad, &before, sizeof(before));
	EXPECT_EQ(found_next(self), SEALMEM_SNAPSHOT_FRESH);
	expect_newest(self);
}

TH_MAIN
