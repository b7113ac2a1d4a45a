/* SPDX-License-Identifier: MIT */
/*
 * A region that comes through a channel again: the same is welcome, another one
 * under its name and a writable one whose sender kept a copy are not.
 */
#include "channel_peer.h"

#define REMEMBERED 16

FIXTURE(replay)
{
	struct peer peer;
	struct sealmem_policy policy;
};

FIXTURE_SETUP(replay)
{
	peer_open(&self->peer);
	self->policy.struct_size = sizeof(self->policy);
}

FIXTURE_TEARDOWN(replay)
{
	peer_close(&self->peer);
}

static void send_as(struct th_self_replay *self, enum sealmem_kind kind,
		    uint64_t token, int fd)
{
	struct letter *letter = &self->peer.letter;

	write_bytes(letter, kind, page_size());
	put(letter->bytes + 32, token, 8);
	enclose(letter, fcntl(fd, F_DUPFD_CLOEXEC, 0));
	send_letter(&self->peer.theirs, letter);
}

static int receive_it(struct th_self_replay *self,
		      struct sealmem_received_region *ret_received,
		      uint32_t *ret_refusal)
{
	return sealmem_channel_receive(&self->peer.ours, &self->policy, 0,
				       ret_received, ret_refusal);
}

static void expect_accepted(struct th_self_replay *self,
			    enum sealmem_kind kind, uint64_t token, int fd)
{
	struct sealmem_received_region received = { 0 };

	send_as(self, kind, token, fd);
	EXPECT_OK(receive_it(self, &received, NULL));
	EXPECT_EQ(received.kind, kind);
	sealmem_received_region_close(&received);
}

static void expect_replayed(struct th_self_replay *self,
			    enum sealmem_kind kind, uint64_t token, int fd)
{
	struct sealmem_received_region received = { 0 };
	uint32_t refusal = 77;
	int files;

	send_as(self, kind, token, fd);
	files = count_files();
	EXPECT_ERR(EPROTO, receive_it(self, &received, &refusal));
	EXPECT_EQ(refusal, SEALMEM_REFUSAL_TOKEN_REPLAYED);
	EXPECT_EQ(received.kind, SEALMEM_KIND_NONE);
	EXPECT_EQ(count_files(), files);
}

static int cook_readonly(void)
{
	return cook(&(struct recipe){ .seals = LIVE_SEALS });
}

static int cook_writable(void)
{
	return cook(&(struct recipe){ .seals = SIZE_SEALS, .access = O_RDWR });
}

static int cook_unsafe(void)
{
	return cook(&(struct recipe){ .seals = UNSAFE_SEALS,
				      .access = O_RDWR });
}

/* ---- tokens ---------------------------------------------------------- */

TEST_F(replay, same_region_is_welcome)
{
	int readonly = cook_readonly(), unsafe = cook_unsafe();

	for (int i = 0; i < 3; i++) {
		expect_accepted(self, SEALMEM_KIND_READONLY, 1000, readonly);
		expect_accepted(self, SEALMEM_KIND_UNSAFE, 1001, unsafe);
	}
	close(readonly);
	close(unsafe);
}

TEST_F(replay, token_with_other_memory)
{
	int first = cook_readonly(), second = cook_readonly();
	int unsafe = cook_unsafe(), writable = cook_writable();

	expect_accepted(self, SEALMEM_KIND_READONLY, 1000, first);
	expect_replayed(self, SEALMEM_KIND_READONLY, 1000, second);
	expect_replayed(self, SEALMEM_KIND_UNSAFE, 1000, unsafe);
	expect_replayed(self, SEALMEM_KIND_WRITABLE, 1000, writable);
	/* Refused is not delivered: under their own names they may come. */
	expect_accepted(self, SEALMEM_KIND_READONLY, 1001, second);
	expect_accepted(self, SEALMEM_KIND_WRITABLE, 1002, writable);
	expect_accepted(self, SEALMEM_KIND_READONLY, 1000, first);
	close(first);
	close(second);
	close(unsafe);
	close(writable);
}

/* One memory under two names: neither name may come with any other. */
TEST_F(replay, second_token_of_the_same_memory)
{
	int first = cook_readonly(), second = cook_readonly();

	expect_accepted(self, SEALMEM_KIND_READONLY, 1000, first);
	expect_accepted(self, SEALMEM_KIND_READONLY, 1001, first);
	expect_replayed(self, SEALMEM_KIND_READONLY, 1000, second);
	expect_replayed(self, SEALMEM_KIND_READONLY, 1001, second);
	close(first);
	close(second);
}

TEST_F(replay, token_once)
{
	int first = cook_readonly();

	expect_accepted(self, SEALMEM_KIND_READONLY, 1000, first);
	self->policy.flags = SEALMEM_POLICY_ONCE;
	expect_replayed(self, SEALMEM_KIND_READONLY, 1000, first);
	expect_accepted(self, SEALMEM_KIND_READONLY, 1001, first);
	expect_replayed(self, SEALMEM_KIND_READONLY, 1001, first);
	close(first);
}

/* Each channel knows its own; and so does a channel that is new. */
TEST_F(replay, other_channel_knows_nothing)
{
	struct sealmem_channel ours, theirs;
	int first = cook_readonly(), second = cook_readonly();

	expect_accepted(self, SEALMEM_KIND_READONLY, 1000, first);
	ours = self->peer.ours;
	theirs = self->peer.theirs;
	ASSERT_OK(sealmem_channel_pair(&self->peer.ours, &self->peer.theirs));
	expect_accepted(self, SEALMEM_KIND_READONLY, 1000, second);
	sealmem_channel_close(&self->peer.ours);
	sealmem_channel_close(&self->peer.theirs);
	self->peer.ours = ours;
	self->peer.theirs = theirs;
	expect_replayed(self, SEALMEM_KIND_READONLY, 1000, second);
	close(first);
	close(second);
}

/* ---- writable regions ------------------------------------------------ */

TEST_F(replay, writable_that_the_sender_kept)
{
	int memory = cook_writable();

	expect_accepted(self, SEALMEM_KIND_WRITABLE, 1000, memory);
	expect_replayed(self, SEALMEM_KIND_WRITABLE, 1000, memory);
	/* Nor under another name. */
	expect_replayed(self, SEALMEM_KIND_WRITABLE, 1001, memory);
	close(memory);
}

/* Back and forth, as honest ends do it. */
TEST_F(replay, writable_that_was_sent_back)
{
	struct sealmem_received_region received = { 0 };
	struct sealmem_writable_region region = { 0 };

	ASSERT_OK(sealmem_writable_region_create(SIZE, NULL, &region));
	for (int i = 0; i < 4; i++) {
		ASSERT_OK(sealmem_channel_send_writable(&self->peer.theirs,
							&region, NULL));
		ASSERT_OK(sealmem_channel_receive(&self->peer.ours, NULL, 0,
						  &received, NULL));
		ASSERT_OK(sealmem_channel_send_writable(
			&self->peer.ours, &received.as.writable, NULL));
		ASSERT_OK(sealmem_channel_receive(&self->peer.theirs, NULL, 0,
						  &received, NULL));
		region = received.as.writable;
	}
	sealmem_writable_region_close(&region);
}

/* It went back once, and comes twice. */
TEST_F(replay, writable_that_was_sent_back_and_kept)
{
	struct sealmem_received_region received = { 0 };
	int memory = cook_writable();

	send_as(self, SEALMEM_KIND_WRITABLE, 1000, memory);
	ASSERT_OK(receive_it(self, &received, NULL));
	ASSERT_OK(sealmem_channel_send_writable(
		&self->peer.ours, &received.as.writable, NULL));
	expect_accepted(self, SEALMEM_KIND_WRITABLE, 1000, memory);
	expect_replayed(self, SEALMEM_KIND_WRITABLE, 1000, memory);
	expect_replayed(self, SEALMEM_KIND_WRITABLE, 1001, memory);
	close(memory);
}

/* What the receiver could not send is still the receiver's. */
TEST_F(replay, writable_that_was_not_sent_back)
{
	struct sealmem_received_region received = { 0 };
	int memory = cook_writable();

	send_as(self, SEALMEM_KIND_WRITABLE, 1000, memory);
	ASSERT_OK(receive_it(self, &received, NULL));
	EXPECT_ERR(EINVAL, sealmem_channel_send_writable(
				   &self->peer.ours, &received.as.writable,
				   "\n"));
	expect_replayed(self, SEALMEM_KIND_WRITABLE, 1000, memory);
	sealmem_received_region_close(&received);
	close(memory);
}

/* ---- how much is remembered ------------------------------------------ */

TEST_F(replay, sixteen_are_remembered)
{
	int memory = cook_writable(), other = cook_readonly();

	expect_accepted(self, SEALMEM_KIND_WRITABLE, 999, memory);
	for (int i = 1; i < REMEMBERED; i++)
		expect_accepted(self, SEALMEM_KIND_READONLY, 1000 + i, other);
	expect_replayed(self, SEALMEM_KIND_WRITABLE, 999, memory);
	/* One that is known already does not push another one out. */
	expect_accepted(self, SEALMEM_KIND_READONLY, 1001, other);
	expect_replayed(self, SEALMEM_KIND_WRITABLE, 999, memory);
	close(memory);
	close(other);
}

/* The limit that <sealmem/channel.h> names. */
TEST_F(replay, not_promised_beyond_sixteen)
{
	int memory = cook_writable(), other = cook_readonly();

	expect_accepted(self, SEALMEM_KIND_WRITABLE, 999, memory);
	for (int i = 0; i < REMEMBERED; i++)
		expect_accepted(self, SEALMEM_KIND_READONLY, 1000 + i, other);
	expect_accepted(self, SEALMEM_KIND_WRITABLE, 999, memory);
	close(memory);
	close(other);
}

TH_MAIN
