/* SPDX-License-Identifier: MIT */
/* Publishers that misbehave, and what a subscriber makes of it. */
#include "channel_peer.h"
#include "kinds.h"

/* A subscriber of a hostile end. */
static void subscribe_to_peer(struct peer *peer,
			      struct sealmem_subscriber *ret_subscriber)
{
	ASSERT_OK(sealmem_channel_pair(&peer->ours, &peer->theirs));
	ASSERT_OK(sealmem_subscriber_open_channel(&peer->ours, NULL,
						  ret_subscriber));
	EXPECT_EQ(sealmem_channel_fd(&peer->ours), -1);
}

static void write_generation(struct peer *peer, uint64_t generation)
{
	write_honest(&peer->letter);
	put(peer->letter.bytes + 24, 100 + generation, 8);
	put(peer->letter.bytes + 40, generation, 8);
	send_letter(&peer->theirs, &peer->letter);
}

/* The first is taken, the second is refused and ends the connection. */
static void expect_refused_after(uint64_t first, uint64_t second)
{
	struct sealmem_subscriber subscriber = { 0 };
	struct sealmem_readonly_region region = { 0 }, none = { 0 };
	static struct peer peer;
	uint32_t refusal = 77;

	subscribe_to_peer(&peer, &subscriber);
	if (first > 0) {
		write_generation(&peer, first);
		EXPECT_OK(sealmem_subscriber_next(&subscriber, 0, &region,
						  NULL));
	}
	sealmem_readonly_region_close(&region);
	write_generation(&peer, second);
	EXPECT_ERR(EBADMSG, sealmem_subscriber_next(&subscriber, 0, &region,
						   &refusal));
	EXPECT_EQ(refusal, SEALMEM_REFUSAL_GENERATION);
	EXPECT_MEMEQ(&region, &none, sizeof(none));
	EXPECT_EQ(sealmem_subscriber_fd(&subscriber), -1);
	EXPECT_EQ(sealmem_subscriber_generation(&subscriber), first);
	EXPECT_ERR(ENODATA, sealmem_subscriber_next(&subscriber, -1, &region,
						    &refusal));
	EXPECT_EQ(refusal, SEALMEM_REFUSAL_NONE);
	sealmem_subscriber_close(&subscriber);
	sealmem_channel_close(&peer.theirs);
}

TEST(a_generation_that_is_none_is_refused)
{
	expect_refused_after(0, 0);
}

TEST(the_same_generation_again_is_refused)
{
	expect_refused_after(7, 7);
	expect_refused_after(UINT64_MAX, UINT64_MAX);
}

TEST(an_older_generation_is_refused)
{
	expect_refused_after(7, 6);
	expect_refused_after(UINT64_MAX, 1);
}

/* A producer that has a region for each reader, and no publisher. */
TEST(generations_can_be_sent_without_a_publisher)
{
	struct sealmem_subscriber subscriber = { 0 };
	struct sealmem_readonly_region sent = { 0 }, region = { 0 };
	static struct peer peer;

	subscribe_to_peer(&peer, &subscriber);
	ASSERT_OK(sealmem_readonly_region_create_from("x", 1, NULL, &sent));
	EXPECT_ERR(EINVAL, sealmem_channel_send_generation(&peer.theirs, &sent,
							   "pads", 0));
	EXPECT_ERR(EINVAL, sealmem_channel_send_generation(&peer.theirs, &sent,
							   "\n", 1));
	EXPECT_ERR(EBADF, sealmem_channel_send_generation(&peer.theirs,
							  &region, "pads", 1));
	EXPECT_ERR(EBADF, sealmem_channel_send_generation(&peer.ours, &sent,
							  "pads", 0));
	EXPECT_OK(sealmem_channel_send_generation(&peer.theirs, &sent, "pads",
						  3));
	EXPECT_OK(sealmem_subscriber_next(&subscriber, 0, &region, NULL));
	EXPECT_EQ(sealmem_subscriber_generation(&subscriber), 3);
	EXPECT_TRUE(sealmem_token_equal(sealmem_readonly_region_token(&region),
					sealmem_readonly_region_token(&sent)));
	sealmem_readonly_region_close(&region);
	sealmem_readonly_region_close(&sent);
	sealmem_subscriber_close(&subscriber);
	sealmem_channel_close(&peer.theirs);
}

TEST(a_writable_region_is_refused)
{
	struct sealmem_subscriber subscriber = { 0 };
	struct sealmem_writable_region writable = { 0 };
	struct sealmem_readonly_region region = { 0 };
	static struct peer peer;
	uint32_t refusal = 77;

	subscribe_to_peer(&peer, &subscriber);
	ASSERT_OK(sealmem_writable_region_create(1, NULL, &writable));
	ASSERT_OK(sealmem_channel_send_writable(&peer.theirs, &writable,
						NULL));
	EXPECT_ERR(EBADMSG, sealmem_subscriber_next(&subscriber, 0, &region,
						    &refusal));
	EXPECT_EQ(refusal, SEALMEM_REFUSAL_KIND);
	EXPECT_EQ(sealmem_subscriber_fd(&subscriber), -1);
	sealmem_subscriber_close(&subscriber);
	sealmem_channel_close(&peer.theirs);
}

TEST(what_is_no_region_is_refused)
{
	struct sealmem_subscriber subscriber = { 0 };
	struct sealmem_readonly_region region = { 0 };
	static struct peer peer;
	uint32_t refusal = 77;

	subscribe_to_peer(&peer, &subscriber);
	write_bytes(&peer.letter, SEALMEM_KIND_READONLY, 1);
	enclose(&peer.letter, pipe_end(0));
	send_letter(&peer.theirs, &peer.letter);
	EXPECT_ERR(EPROTO, sealmem_subscriber_next(&subscriber, 0, &region,
						   &refusal));
	EXPECT_EQ(refusal, SEALMEM_REFUSAL_NOT_SEALABLE);
	EXPECT_EQ(sealmem_subscriber_fd(&subscriber), -1);
	sealmem_subscriber_close(&subscriber);
	sealmem_channel_close(&peer.theirs);
}

/* After a good one: that one is delivered, and the connection ends. */
TEST(a_bad_message_does_not_take_the_good_one_before_it_along)
{
	struct sealmem_subscriber subscriber = { 0 };
	struct sealmem_readonly_region region = { 0 };
	static struct peer peer;

	subscribe_to_peer(&peer, &subscriber);
	write_generation(&peer, 1);
	write_generation(&peer, 1);
	EXPECT_OK(sealmem_subscriber_next(&subscriber, 0, &region, NULL));
	sealmem_readonly_region_close(&region);
	EXPECT_EQ(sealmem_subscriber_fd(&subscriber), -1);
	EXPECT_ERR(ENODATA, sealmem_subscriber_next(&subscriber, 0, &region,
						    NULL));
	sealmem_subscriber_close(&subscriber);
	sealmem_channel_close(&peer.theirs);
}

static void write_pads(struct peer *peer,
		       const struct sealmem_readonly_region *region,
		       uint64_t generation)
{
	write_bytes(&peer->letter, SEALMEM_KIND_READONLY,
		    sealmem_readonly_region_size(region));
	put(peer->letter.bytes + 40, generation, 8);
	enclose(&peer->letter, dup(sealmem_readonly_region_fd(region)));
	send_letter(&peer->theirs, &peer->letter);
}

TEST(follow_tries_again_what_could_not_be_mapped)
{
	struct sealmem_subscriber subscriber = { 0 };
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_gamepad_writer writer = { 0 };
	struct sealmem_gamepad_reader reader = { 0 };
	static struct peer peer;

	subscribe_to_peer(&peer, &subscriber);
	ASSERT_OK(sealmem_gamepad_writer_create(0, NULL, &region, &writer));
	write_pads(&peer, &region, 1);
	sealmem_budget_set(NULL, 0);
	for (int i = 0; i < 2; i++)
		EXPECT_ERR(EDQUOT, sealmem_gamepad_follow(&subscriber, &reader,
							  0, NULL));
	sealmem_budget_set(NULL, SEALMEM_BUDGET_UNLIMITED);
	/* Even if the publisher is gone by then. */
	sealmem_channel_close(&peer.theirs);
	EXPECT_OK(sealmem_gamepad_follow(&subscriber, &reader, -1, NULL));
	EXPECT_EQ(sealmem_subscriber_generation(&subscriber), 1);
	EXPECT_ERR(ENODATA, sealmem_gamepad_follow(&subscriber, &reader, -1,
						   NULL));
	sealmem_gamepad_reader_close(&reader);
	sealmem_gamepad_writer_close(&writer);
	sealmem_readonly_region_close(&region);
	sealmem_subscriber_close(&subscriber);
}

/* A newer one comes first, and the one that is kept goes with the subscriber. */
TEST(what_is_kept_gives_way_to_what_is_newer)
{
	struct sealmem_subscriber subscriber = { 0 };
	struct sealmem_readonly_region region = { 0 }, newer = { 0 };
	struct sealmem_gamepad_writer writer = { 0 };
	struct sealmem_gamepad_reader reader = { 0 };
	static struct peer peer;

	subscribe_to_peer(&peer, &subscriber);
	ASSERT_OK(sealmem_gamepad_writer_create(0, NULL, &region, &writer));
	sealmem_budget_set(NULL, 0);
	write_pads(&peer, &region, 1);
	EXPECT_ERR(EDQUOT,
		   sealmem_gamepad_follow(&subscriber, &reader, 0, NULL));
	write_generation(&peer, 2);
	EXPECT_OK(sealmem_subscriber_next(&subscriber, 0, &newer, NULL));
	EXPECT_EQ(sealmem_readonly_region_token(&newer).high, 102);
	sealmem_readonly_region_close(&newer);
	EXPECT_ERR(EAGAIN, sealmem_subscriber_next(&subscriber, 0, &newer,
						   NULL));
	write_pads(&peer, &region, 3);
	EXPECT_ERR(EDQUOT,
		   sealmem_gamepad_follow(&subscriber, &reader, 0, NULL));
	sealmem_subscriber_close(&subscriber);
	sealmem_gamepad_writer_close(&writer);
	sealmem_readonly_region_close(&region);
	sealmem_channel_close(&peer.theirs);
}

TH_MAIN
