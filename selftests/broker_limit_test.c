/* SPDX-License-Identifier: MIT */
/*
 * How much a client gets: by its broker's limits, and by the budget of its own
 * process.
 */
#include "broker_letter.h"

#include <sys/resource.h>

/* ---- the broker's limits ------------------------------------------------ */

TEST(limits_of_a_client)
{
	const size_t page = page_size();
	const struct sealmem_broker_limits limits = {
		.struct_size = sizeof(limits),
		.size_max = 2 * page,
		.regions_max = 3,
		.bytes_max = 4 * page,
	};
	struct sealmem_writable_region regions[3] = { 0 }, none = { 0 };
	struct brokered brokered;

	broker_start(&brokered, &limits);
	EXPECT_ERR(EDQUOT,
		   sealmem_writable_region_create(2 * page + 1, NULL, &none));
	EXPECT_OK(sealmem_writable_region_create(2 * page, NULL, &regions[0]));
	/* Whole pages count. */
	EXPECT_OK(sealmem_writable_region_create(1, NULL, &regions[1]));
	EXPECT_ERR(EDQUOT,
		   sealmem_writable_region_create(page + 1, NULL, &none));
	EXPECT_OK(sealmem_writable_region_create(page, NULL, &regions[2]));
	EXPECT_ERR(EDQUOT, sealmem_writable_region_create(1, NULL, &none));
	EXPECT_TRUE(sealmem_writable_region_is_empty(&none));
	for (int i = 0; i < 3; i++)
		sealmem_writable_region_close(&regions[i]);
	/* Nothing tells the broker that they are gone. */
	EXPECT_ERR(EDQUOT, sealmem_writable_region_create(1, NULL, &none));
	broker_stop(&brokered);
}

TEST(number_of_regions)
{
	const struct sealmem_broker_limits limits = {
		.struct_size = sizeof(limits),
		.regions_max = 1,
	};
	struct sealmem_writable_region region = { 0 }, none = { 0 };
	struct sealmem_readonly_region readonly = { 0 };
	struct brokered brokered;

	broker_start(&brokered, &limits);
	EXPECT_OK(sealmem_writable_region_create(1, NULL, &region));
	EXPECT_ERR(EDQUOT, sealmem_writable_region_create(1, NULL, &none));
	/* Conversion makes no new one. */
	EXPECT_OK(sealmem_writable_region_freeze(&region, &readonly));
	sealmem_readonly_region_close(&readonly);
	broker_stop(&brokered);
}

#define NOBODY 65534

/* As many descriptors under way as this user may have. */
static void send_too_many(struct sealmem_channel *channel)
{
	struct sealmem_readonly_region region = { 0 };
	struct rlimit few;
	int ret = 0;

	ASSERT_OK(sealmem_readonly_region_create_from("a", 1, NULL, &region));
	ASSERT_SYS(getrlimit(RLIMIT_NOFILE, &few));
	few.rlim_cur = (rlim_t)sealmem_readonly_region_fd(&region) + 8;
	ASSERT_SYS(setrlimit(RLIMIT_NOFILE, &few));
	for (int i = 0; i < 1000 && ret == 0; i++)
		ret = sealmem_channel_send_readonly(channel, &region, NULL);
	ASSERT_EQ(-ETOOMANYREFS, ret);
	sealmem_readonly_region_close(&region);
}

static void ask_for_what_cannot_be_sent(void)
{
	struct sealmem_channel full[2] = { 0 };
	struct sealmem_broker_usage usage = { 0 };
	static struct peer peer;

	peer_open(&peer);
	ASSERT_OK(sealmem_channel_pair(&full[0], &full[1]));
	send_too_many(&full[0]);
	write_request(&peer.letter, CREATE, 1);
	send_letter(&peer.theirs, &peer.letter);
	EXPECT_OK(sealmem_broker_serve(&peer.ours, NULL, &usage, NULL));
	EXPECT_EQ(ETOOMANYREFS, receive_reply(&peer.theirs).error);
	EXPECT_EQ(1, usage.refused);
	EXPECT_EQ(0, usage.regions);
	EXPECT_EQ(0, usage.bytes);
}

/* Nobody whom the kernel exempts. */
TEST(what_cannot_be_sent_does_not_count)
{
	pid_t pid = fork();

	ASSERT_SYS(pid);
	if (pid == 0) {
		if (geteuid() == 0)
			ASSERT_SYS(setresuid(NOBODY, NOBODY, NOBODY));
		ask_for_what_cannot_be_sent();
		_exit(0);
	}
	expect_exit(pid, 0);
}

/* ---- the budget of the client's process ---------------------------------- */

/* None of it is asked of the broker, which gives one region and no more. */
TEST(what_the_clients_budget_has_no_room_for)
{
	const struct sealmem_broker_limits limits = {
		.struct_size = sizeof(limits),
		.regions_max = 1,
	};
	struct sealmem_writable_region writable = { 0 };
	struct sealmem_unsafe_region unsafe = { 0 };
	struct sealmem_readonly_region readonly = { 0 };
	struct sealmem_writable_mapping writer = { 0 };
	struct brokered brokered;

	broker_start(&brokered, &limits);
	sealmem_budget_set(NULL, page_size());
	EXPECT_ERR(EDQUOT, sealmem_writable_region_create(page_size() + 1, NULL,
							  &writable));
	EXPECT_ERR(EDQUOT, sealmem_unsafe_region_create(page_size() + 1, NULL,
							&unsafe));
	EXPECT_ERR(EDQUOT,
		   sealmem_readonly_region_create(page_size() + 1, NULL,
						  &readonly, &writer));
	EXPECT_OK(sealmem_writable_region_create(page_size(), NULL, &writable));
	sealmem_budget_set(NULL, 0);
	EXPECT_ERR(EDQUOT, sealmem_readonly_region_create_from("a", 1, NULL,
							       &readonly));
	EXPECT_TRUE(sealmem_unsafe_region_is_empty(&unsafe));
	EXPECT_TRUE(sealmem_readonly_region_is_empty(&readonly));
	sealmem_writable_region_close(&writable);
	broker_stop(&brokered);
}

TH_MAIN
