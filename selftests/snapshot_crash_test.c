/* SPDX-License-Identifier: MIT */
/*
 * Snapshots whose writer is killed or stopped at random moments, as it happens
 * in life. snapshot_step_test.c does it at every instruction.
 */
#include <sched.h>

#include "snapshot_victim.h"

/* More than slots, or each slot would always get the same. */
#define VALUES 3

/* Made before: what is to be hit is the publication. */
static void write_flat_out(struct sealmem_snapshot_writer *writer)
{
	static uint32_t words[VALUES][PARTS][PART_MAX / 4];

	for (uint32_t i = 0; i < VALUES; i++)
		for (uint32_t part = 0; part < PARTS; part++)
			chain_fill(words[i][part], PART_MAX / 4, part, i + 1);
	for (uint32_t i = 0;; i++)
		for (uint32_t part = 0; part < PARTS; part++)
			ASSERT_OK(sealmem_snapshot_write(
				writer, part, words[i % VALUES][part]));
}

static void wait_until_fresh(struct sealmem_snapshot_reader *reader)
{
	uint32_t number;

	for (uint32_t part = 0; part < PARTS; part++)
		while (read_number(reader, part, &number) !=
		       SEALMEM_SNAPSHOT_FRESH)
			sched_yield();
}

/* Every part has a whole value for who comes now, and stays as it is. */
static void expect_readable(const struct victim *victim)
{
	struct sealmem_snapshot_reader reader;
	uint32_t number;

	reader_attach(&victim->region, &victim->layout, &reader);
	for (uint32_t part = 0; part < PARTS; part++) {
		EXPECT_EQ(read_number(&reader, part, &number),
			  SEALMEM_SNAPSHOT_FRESH);
		for (int i = 0; i < 20; i++)
			EXPECT_EQ(read_number(&reader, part, &number),
				  SEALMEM_SNAPSHOT_UNCHANGED);
	}
	EXPECT_TRUE(sealmem_snapshot_has_changed(&reader));
	EXPECT_FALSE(sealmem_snapshot_has_changed(&reader));
	sealmem_snapshot_reader_close(&reader);
}

/* The slots that no generation names: is there half a value in one? */
static bool is_in_mid_publish(const struct victim *victim,
			      const struct sealmem_snapshot_reader *reader)
{
	void *memory = (void *)(uintptr_t)reader->mapping.addr;
	size_t count = reader->sizes.part_size / 4;
	bool found = false;

	for (uint32_t part = 0; part < PARTS; part++) {
		int next = !(part_words(memory, part)->sequence & 1);

		if (!chain_is_whole(slot_at(memory, &victim->layout, part,
					    next), count, part))
			found = true;
	}
	return found;
}

static uint32_t random_below(uint32_t limit)
{
	static uint64_t state = 4;

	state = state * 6364136223846793005 + 1442695040888963407;
	return (uint32_t)(state >> 33) % limit;
}

static bool kill_one(void)
{
	struct sealmem_snapshot_reader reader;
	struct victim victim;
	uint32_t number;
	bool halfway;

	victim_start(&victim, PART_MAX, write_flat_out);
	reader_attach(&victim.region, &victim.layout, &reader);
	wait_until_fresh(&reader);
	for (uint32_t i = random_below(64); i > 0; i--)
		read_number(&reader, i % PARTS, &number);
	victim_kill(&victim);

	halfway = is_in_mid_publish(&victim, &reader);
	expect_readable(&victim);
	for (uint32_t part = 0; part < PARTS; part++) {
		EXPECT_LE(read_number(&reader, part, &number),
			  SEALMEM_SNAPSHOT_FRESH);
		EXPECT_EQ(read_number(&reader, part, &number),
			  SEALMEM_SNAPSHOT_UNCHANGED);
	}
	sealmem_snapshot_reader_close(&reader);
	sealmem_readonly_region_close(&victim.region);
	return halfway;
}

TEST_TIMEOUT(writer_killed_at_random, 60)
{
	int halfway = 0;

	for (int i = 0; i < 200; i++)
		halfway += kill_one();
	TH_LOG("%d of 200 were killed in mid-publish", halfway);
	EXPECT_GT(halfway, 0);
}

TEST_TIMEOUT(writer_stopped_at_random, 60)
{
	struct sealmem_snapshot_reader reader;
	struct victim victim;
	int status, halfway = 0;

	victim_start(&victim, PART_MAX, write_flat_out);
	reader_attach(&victim.region, &victim.layout, &reader);
	for (int i = 0; i < 100; i++) {
		wait_until_fresh(&reader);
		ASSERT_SYS(kill(victim.pid, SIGSTOP));
		ASSERT_EQ(waitpid(victim.pid, &status, WUNTRACED), victim.pid);
		ASSERT_TRUE(WIFSTOPPED(status));
		halfway += is_in_mid_publish(&victim, &reader);
		expect_readable(&victim);
		ASSERT_SYS(kill(victim.pid, SIGCONT));
	}
	TH_LOG("%d of 100 were stopped in mid-publish", halfway);
	EXPECT_GT(halfway, 0);
	victim_kill(&victim);
	sealmem_snapshot_reader_close(&reader);
	sealmem_readonly_region_close(&victim.region);
}

TH_MAIN
