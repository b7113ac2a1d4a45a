/* SPDX-License-Identifier: MIT */
/*
 * Effects: what a consumer may ask for arrives as it was sent, and whatever
 * else it sends is refused, with all that it brought, and leaves the channel as
 * usable as it was.
 */
#include <sys/resource.h>

#include "channel_peer.h"

#define EFFECT_SIZE SEALMEM_GAMEPAD_EFFECT_SIZE

FIXTURE(effects)
{
	struct peer peer;
};

FIXTURE_SETUP(effects)
{
	peer_open(&self->peer);
}

FIXTURE_TEARDOWN(effects)
{
	peer_close(&self->peer);
}

/* All members are at work, and none has the value of another. */
static struct sealmem_gamepad_effect full_effect(void)
{
	return (struct sealmem_gamepad_effect){
		.struct_size = sizeof(struct sealmem_gamepad_effect),
		.index = 31,
		.type = SEALMEM_GAMEPAD_EFFECT_TRIGGER_RUMBLE,
		.duration_ms = SEALMEM_GAMEPAD_EFFECT_MS_MAX,
		.start_delay_ms = 4999,
		.strong = 1,
		.weak = 0.5f,
		.left_trigger = 0.25f,
		.right_trigger = 0.125f,
	};
}

static struct sealmem_gamepad_effect effect_of(uint32_t type)
{
	return (struct sealmem_gamepad_effect){
		.struct_size = sizeof(struct sealmem_gamepad_effect),
		.type = type,
	};
}

static int receive(struct peer *peer, struct sealmem_gamepad_effect *ret_effect)
{
	return sealmem_gamepad_effect_receive(&peer->ours, 0, ret_effect);
}

/* One has come, it is this, and there is no other. */
static void expect_effect(struct peer *peer,
			  const struct sealmem_gamepad_effect *wanted)
{
	struct sealmem_gamepad_effect found;

	memset(&found, 0x5a, sizeof(found));
	EXPECT_OK(receive(peer, &found));
	EXPECT_MEMEQ(&found, wanted, sizeof(found));
	EXPECT_ERR(EAGAIN, receive(peer, &found));
}

static void send_and_expect(struct peer *peer,
			    const struct sealmem_gamepad_effect *effect)
{
	ASSERT_OK(sealmem_gamepad_effect_send(&peer->theirs, effect));
	expect_effect(peer, effect);
}

/* ---- what may be asked for ------------------------------------------- */

TEST_F(effects, arrive_as_they_were_sent)
{
	struct sealmem_gamepad_effect effect = full_effect();

	send_and_expect(&self->peer, &effect);
	for (uint32_t type = SEALMEM_GAMEPAD_EFFECT_DUAL_RUMBLE;
	     type <= SEALMEM_GAMEPAD_EFFECT_RESET; type++) {
		effect = effect_of(type);
		send_and_expect(&self->peer, &effect);
		effect.index = SEALMEM_GAMEPAD_COUNT_MAX - 1;
		send_and_expect(&self->peer, &effect);
	}
	effect = effect_of(SEALMEM_GAMEPAD_EFFECT_DUAL_RUMBLE);
	effect.strong = -0.0f;
	effect.weak = 1;
	send_and_expect(&self->peer, &effect);
}

/* Transcribed from the header: 48 bytes that any machine writes alike. */
TEST(message_byte_by_byte)
{
	static const uint8_t wanted[EFFECT_SIZE] = {
		's', 'e', 'a', 'l', 'm', 'f', 'x', 0, 1, 0, 0, 0,
		2, 0, 0, 0, 31, 0, 0, 0, 0x88, 0x13, 0, 0, 0x87, 0x13, 0, 0,
		0, 0, 0x80, 0x3f, 0, 0, 0, 0x3f, 0, 0, 0x80, 0x3e,
		0, 0, 0, 0x3e, 0, 0, 0, 0,
	};
	struct sealmem_gamepad_effect effect = full_effect(), found;
	uint8_t bytes[EFFECT_SIZE];

	memset(bytes, 0x5a, sizeof(bytes));
	ASSERT_OK(sealmem_gamepad_effect_encode(&effect, bytes));
	EXPECT_MEMEQ(bytes, wanted, EFFECT_SIZE);
	EXPECT_OK(sealmem_gamepad_effect_decode(wanted, EFFECT_SIZE, &found));
	EXPECT_MEMEQ(&found, &effect, sizeof(found));
}

/* ---- what may not ---------------------------------------------------- */

#define AT(member) offsetof(struct sealmem_gamepad_effect, member)

struct wrong {
	uint32_t type;
	size_t at;
	uint32_t value;
};

#define DUAL	SEALMEM_GAMEPAD_EFFECT_DUAL_RUMBLE
#define TRIGGER	SEALMEM_GAMEPAD_EFFECT_TRIGGER_RUMBLE
#define RESET	SEALMEM_GAMEPAD_EFFECT_RESET

#define HALF		0x3f000000u
#define ABOVE_ONE	0x3f800001u
#define BELOW_ZERO	0x80000001u
#define NAN_QUIET	0x7fc00000u
#define NAN_SIGNALLING	0x7f800001u
#define INFINITE	0x7f800000u

static const struct wrong wrongs[] = {
	{ TRIGGER, AT(index), SEALMEM_GAMEPAD_COUNT_MAX },
	{ TRIGGER, AT(index), UINT32_MAX },
	{ TRIGGER, AT(type), 0 },
	{ TRIGGER, AT(type), RESET + 1 },
	{ TRIGGER, AT(type), UINT32_MAX },
	{ TRIGGER, AT(duration_ms), SEALMEM_GAMEPAD_EFFECT_MS_MAX + 1 },
	{ TRIGGER, AT(duration_ms), UINT32_MAX },
	{ TRIGGER, AT(start_delay_ms), SEALMEM_GAMEPAD_EFFECT_MS_MAX + 1 },
	{ TRIGGER, AT(start_delay_ms), UINT32_MAX },
	{ TRIGGER, AT(strong), ABOVE_ONE },
	{ TRIGGER, AT(strong), BELOW_ZERO },
	{ TRIGGER, AT(strong), NAN_QUIET },
	{ TRIGGER, AT(strong), NAN_SIGNALLING },
	{ TRIGGER, AT(strong), INFINITE },
	{ TRIGGER, AT(weak), ABOVE_ONE },
	{ TRIGGER, AT(weak), UINT32_MAX },
	{ TRIGGER, AT(left_trigger), BELOW_ZERO },
	{ TRIGGER, AT(left_trigger), NAN_QUIET },
	{ TRIGGER, AT(right_trigger), INFINITE },
	{ TRIGGER, AT(right_trigger), NAN_SIGNALLING },
	/* What the type does not need. */
	{ DUAL, AT(left_trigger), HALF },
	{ DUAL, AT(right_trigger), 1 },
	{ RESET, AT(duration_ms), 1 },
	{ RESET, AT(start_delay_ms), 1 },
	{ RESET, AT(strong), HALF },
	{ RESET, AT(weak), 1 },
	{ RESET, AT(left_trigger), HALF },
	{ RESET, AT(right_trigger), HALF },
};

#define WRONG_COUNT (sizeof(wrongs) / sizeof(wrongs[0]))

static struct sealmem_gamepad_effect spoilt(const struct wrong *wrong)
{
	struct sealmem_gamepad_effect effect = full_effect();

	if (wrong->type != TRIGGER)
		effect = effect_of(wrong->type);
	memcpy((char *)&effect + wrong->at, &wrong->value, 4);
	return effect;
}

TEST_F(effects, wrong_ones_are_not_sent)
{
	struct sealmem_gamepad_effect effect, found;
	uint8_t bytes[EFFECT_SIZE], before[EFFECT_SIZE];

	memset(before, 0x5a, EFFECT_SIZE);
	for (size_t i = 0; i < WRONG_COUNT; i++) {
		effect = spoilt(&wrongs[i]);
		memcpy(bytes, before, EFFECT_SIZE);
		EXPECT_ERR(EINVAL, sealmem_gamepad_effect_encode(&effect,
								 bytes));
		EXPECT_MEMEQ(bytes, before, EFFECT_SIZE);
		EXPECT_ERR(EINVAL, sealmem_gamepad_effect_send(
			&self->peer.theirs, &effect));
	}
	effect = full_effect();
	effect.struct_size--;
	EXPECT_ERR(EINVAL, sealmem_gamepad_effect_send(&self->peer.theirs,
						       &effect));
	EXPECT_ERR(EAGAIN, receive(&self->peer, &found));
}

/* As an honest peer would write it, whatever it is. */
static void write_effect(struct letter *letter,
			 const struct sealmem_gamepad_effect *effect)
{
	const uint32_t words[] = {
		1, effect->type, effect->index, effect->duration_ms,
		effect->start_delay_ms,
	};
	const float floats[] = {
		effect->strong, effect->weak, effect->left_trigger,
		effect->right_trigger,
	};
	uint32_t bits;

	letter->size = EFFECT_SIZE;
	memset(letter->bytes, 0, EFFECT_SIZE);
	memcpy(letter->bytes, "sealmfx", 8);
	for (int i = 0; i < 5; i++)
		put(letter->bytes + 8 + 4 * i, words[i], 4);
	for (int i = 0; i < 4; i++) {
		memcpy(&bits, &floats[i], 4);
		put(letter->bytes + 28 + 4 * i, bits, 4);
	}
}

/* The letter is refused; nothing is taken of it, and the next one comes. */
static void expect_nothing(struct peer *peer)
{
	struct sealmem_gamepad_effect effect = full_effect(), found, before;

	send_letter(&peer->theirs, &peer->letter);
	ASSERT_OK(sealmem_gamepad_effect_send(&peer->theirs, &effect));
	memset(&before, 0x5a, sizeof(before));
	found = before;
	EXPECT_ERR(EBADMSG, receive(peer, &found));
	EXPECT_MEMEQ(&found, &before, sizeof(found));
	expect_effect(peer, &effect);
}

TEST_F(effects, the_hands_that_write_here_can_write_honestly)
{
	struct sealmem_gamepad_effect effect = full_effect();

	write_effect(&self->peer.letter, &effect);
	send_letter(&self->peer.theirs, &self->peer.letter);
	expect_effect(&self->peer, &effect);
}

TEST_F(effects, wrong_ones_do_not_arrive)
{
	struct sealmem_gamepad_effect effect;

	for (size_t i = 0; i < WRONG_COUNT; i++) {
		effect = spoilt(&wrongs[i]);
		write_effect(&self->peer.letter, &effect);
		expect_nothing(&self->peer);
		if (th_failed())
			TH_LOG("%u at %zu", wrongs[i].value, wrongs[i].at);
	}
}

TEST_F(effects, every_length)
{
	struct sealmem_gamepad_effect effect = full_effect(), found;

	for (size_t size = 0; size <= 2 * EFFECT_SIZE; size++) {
		write_effect(&self->peer.letter, &effect);
		self->peer.letter.size = size;
		if (size == EFFECT_SIZE)
			continue;
		EXPECT_ERR(EBADMSG, sealmem_gamepad_effect_decode(
			self->peer.letter.bytes, size, &found));
		expect_nothing(&self->peer);
	}
	write_effect(&self->peer.letter, &effect);
	self->peer.letter.size = ROOM;
	expect_nothing(&self->peer);
}

/* What is accepted is in its range, and is the same when it is sent on. */
static void check_decoded(const uint8_t *bytes)
{
	struct sealmem_gamepad_effect found, before;
	uint8_t again[EFFECT_SIZE];
	int ret;

	memset(&before, 0x5a, sizeof(before));
	found = before;
	ret = sealmem_gamepad_effect_decode(bytes, EFFECT_SIZE, &found);
	if (ret < 0) {
		ASSERT_EQ(ret, -EBADMSG);
		ASSERT_MEMEQ(&found, &before, sizeof(found));
		return;
	}
	ASSERT_TRUE(found.strong >= 0 && found.strong <= 1);
	ASSERT_TRUE(found.weak >= 0 && found.weak <= 1);
	ASSERT_TRUE(found.left_trigger >= 0 && found.left_trigger <= 1);
	ASSERT_TRUE(found.right_trigger >= 0 && found.right_trigger <= 1);
	ASSERT_LE(found.duration_ms, SEALMEM_GAMEPAD_EFFECT_MS_MAX);
	ASSERT_LE(found.start_delay_ms, SEALMEM_GAMEPAD_EFFECT_MS_MAX);
	ASSERT_LT(found.index, SEALMEM_GAMEPAD_COUNT_MAX);
	ASSERT_OK(sealmem_gamepad_effect_encode(&found, again));
	ASSERT_MEMEQ(again, bytes, EFFECT_SIZE);
}

TEST(every_byte_has_every_value)
{
	struct sealmem_gamepad_effect effect = full_effect(), found;
	uint8_t bytes[EFFECT_SIZE];

	for (int at = 0; at < EFFECT_SIZE; at++) {
		for (int value = 0; value < 256; value++) {
			ASSERT_OK(sealmem_gamepad_effect_encode(&effect,
								bytes));
			bytes[at] = (uint8_t)value;
			check_decoded(bytes);
		}
	}
	/* Magic, version and what is reserved have one value each. */
	for (int at = 0; at < EFFECT_SIZE; at++) {
		ASSERT_OK(sealmem_gamepad_effect_encode(&effect, bytes));
		bytes[at] ^= 0x80;
		if (at < 12 || at >= 44)
			EXPECT_ERR(EBADMSG, sealmem_gamepad_effect_decode(
				bytes, EFFECT_SIZE, &found));
	}
}

/* ---- descriptors ----------------------------------------------------- */

static void expect_refused_with(struct peer *peer, int count, int apart)
{
	struct sealmem_gamepad_effect effect = full_effect();

	write_effect(&peer->letter, &effect);
	for (int i = 0; i < count; i++)
		enclose(&peer->letter, pipe_end(i % 2));
	peer->letter.apart = apart;
	expect_nothing(peer);
}

TEST_F(effects, descriptors_are_closed)
{
	const int counts[] = { 1, 2, 3, 8, 9, MANY_FDS };

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		expect_refused_with(&self->peer, counts[i], 0);
	expect_refused_with(&self->peer, 2, 1);
	expect_refused_with(&self->peer, MANY_FDS, 100);
}

/* A region is no effect, and an effect is no region. */
TEST_F(effects, no_region)
{
	struct sealmem_gamepad_effect effect = full_effect();

	write_honest(&self->peer.letter);
	expect_nothing(&self->peer);
	ASSERT_OK(sealmem_gamepad_effect_send(&self->peer.theirs, &effect));
	write_honest(&self->peer.letter);
	send_letter(&self->peer.theirs, &self->peer.letter);
	expect_answer(&self->peer, EBADMSG, SEALMEM_REFUSAL_DESCRIPTOR_COUNT);
	expect_received(&self->peer);
}

/* No room for what came with it: it is refused all the same. */
TEST_F(effects, no_descriptor_left)
{
	struct sealmem_gamepad_effect effect = full_effect(), found;
	int next = dup(STDIN_FILENO);
	struct rlimit limit, before;

	ASSERT_SYS(next);
	close(next);
	write_effect(&self->peer.letter, &effect);
	enclose(&self->peer.letter, pipe_end(0));
	send_letter(&self->peer.theirs, &self->peer.letter);
	ASSERT_SYS(getrlimit(RLIMIT_NOFILE, &before));
	limit = before;
	limit.rlim_cur = (rlim_t)next;
	ASSERT_SYS(setrlimit(RLIMIT_NOFILE, &limit));
	EXPECT_ERR(EBADMSG, receive(&self->peer, &found));
	ASSERT_SYS(setrlimit(RLIMIT_NOFILE, &before));
	send_and_expect(&self->peer, &effect);
}

/* ---- the channel ----------------------------------------------------- */

TEST_F(effects, channel_ends)
{
	struct sealmem_gamepad_effect effect = full_effect(), found;
	struct sealmem_channel none = { 0 };

	EXPECT_ERR(EBADF, sealmem_gamepad_effect_send(&none, &effect));
	EXPECT_ERR(EBADF, sealmem_gamepad_effect_receive(&none, -1, &found));
	EXPECT_ERR(EAGAIN, sealmem_gamepad_effect_receive(&self->peer.ours, 1,
							  &found));
	ASSERT_OK(sealmem_gamepad_effect_send(&self->peer.theirs, &effect));
	sealmem_channel_close(&self->peer.theirs);
	EXPECT_OK(sealmem_gamepad_effect_receive(&self->peer.ours, -1, &found));
	EXPECT_ERR(ENODATA, sealmem_gamepad_effect_receive(&self->peer.ours,
							   -1, &found));
	EXPECT_ERR(EPIPE, sealmem_gamepad_effect_send(&self->peer.ours,
						      &effect));
}

/* Whoever does not read keeps nobody waiting. */
TEST_F(effects, producer_does_not_read)
{
	struct sealmem_gamepad_effect effect = full_effect(), found;
	int sent = 0, ret;

	do {
		ret = sealmem_gamepad_effect_send(&self->peer.theirs, &effect);
		sent += ret == 0;
	} while (ret == 0);
	EXPECT_EQ(ret, -EAGAIN);
	EXPECT_GT(sent, 0);
	for (; sent > 0; sent--)
		ASSERT_OK(receive(&self->peer, &found));
	EXPECT_ERR(EAGAIN, receive(&self->peer, &found));
}

TEST_F(effects, over_the_channel_of_a_subscriber)
{
	struct sealmem_gamepad_effect effect = full_effect();
	struct sealmem_subscriber subscriber = { 0 };

	EXPECT_TRUE(sealmem_subscriber_channel(&subscriber) == NULL);
	ASSERT_OK(sealmem_subscriber_open_channel(&self->peer.theirs, NULL,
						  &subscriber));
	ASSERT_OK(sealmem_gamepad_effect_send(
		sealmem_subscriber_channel(&subscriber), &effect));
	expect_effect(&self->peer, &effect);
	sealmem_subscriber_close(&subscriber);
	EXPECT_TRUE(sealmem_subscriber_channel(&subscriber) == NULL);
}

/* Nobody is there yet: then there is nobody to send to. */
TEST(subscriber_without_a_publisher)
{
	struct sealmem_subscriber subscriber = { 0 };
	struct sealmem_readonly_region region;

	ASSERT_OK(sealmem_subscriber_open("/nobody/is/here", NULL,
					  &subscriber));
	EXPECT_ERR(EAGAIN, sealmem_subscriber_next(&subscriber, 0, &region,
						   NULL));
	EXPECT_TRUE(sealmem_subscriber_channel(&subscriber) == NULL);
	sealmem_subscriber_close(&subscriber);
}

TH_MAIN
