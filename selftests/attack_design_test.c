/* SPDX-License-Identifier: MIT */
/*
 * What other designs do not hold back and regions do. Were a design held by
 * mistake of ours, a comparison with it would say nothing.
 */
#include <fcntl.h>
#include <grp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"
#include "selftests/routes/routes.h"

#define NOBODY	65534

static const struct attack_plan same_user = { 0 };

static struct attack_result attack(const char *id, enum attack_kind kind,
				   const struct attack_plan *plan)
{
	struct attack_target target;
	struct attack_result result;

	ASSERT_OK(attack_target_create(kind, &target));
	ASSERT_OK(attack_run(route_find(id), &target, plan, &result));
	attack_target_close(&target);
	TH_LOG("%s on %s: %s, %s", id, attack_kind_name(kind),
	       route_answer_text(result.answer),
	       attack_outcome_text(result.outcome));
	return result;
}

static void expect_through(const char *id, enum attack_kind kind,
			   unsigned int changed)
{
	struct attack_result result = attack(id, kind, &same_user);

	EXPECT_EQ(result.outcome, ATTACK_THROUGH);
	EXPECT_EQ(result.changed, changed);
	EXPECT_TRUE(result.expected);
}

static void expect_held(const char *id, enum attack_kind kind,
			const struct attack_plan *plan)
{
	struct attack_result result = attack(id, kind, plan);

	EXPECT_EQ(result.outcome, ATTACK_HELD);
	EXPECT_EQ(result.changed, 0);
}

/* ---- what is handed out ------------------------------------------------- */

static void expect_handed_out(enum attack_kind kind, int access, mode_t mode)
{
	struct attack_target target;
	struct stat st;

	ASSERT_OK(attack_target_create(kind, &target));
	EXPECT_EQ(fcntl(target.fd, F_GETFL) & O_ACCMODE, access);
	EXPECT_EQ(fcntl(target.fd, F_GETFD), FD_CLOEXEC);
	ASSERT_SYS(fstat(target.fd, &st));
	/* Memory that cannot be executed is 0666. */
	EXPECT_TRUE((st.st_mode & 0777) == mode ||
		    (st.st_mode & 0777) == (mode & 0666));
	EXPECT_EQ(st.st_nlink, 0);
	EXPECT_NOT_NULL(target.own_map);
	attack_target_close(&target);
}

TEST(consumer_gets_what_each_design_hands_out)
{
	expect_handed_out(ATTACK_TEMP_FILE, O_RDONLY, 0600);
	expect_handed_out(ATTACK_SIZE_SEALS, O_RDONLY, 0777);
	expect_handed_out(ATTACK_PLAIN_DUP, O_RDWR, 0777);
}

TEST(size_seals_are_as_upstream_sets_them)
{
	const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
	const int writing = F_SEAL_WRITE | F_SEAL_FUTURE_WRITE;
	struct attack_target target;
	int set;

	ASSERT_OK(attack_target_create(ATTACK_SIZE_SEALS, &target));
	set = fcntl(target.fd, F_GET_SEALS);
	EXPECT_EQ(set & seals, seals);
	EXPECT_EQ(set & writing, 0);
	attack_target_close(&target);
}

/* It is the producer's, so an attacker has no such memory. */
TEST(producer_writes_and_consumer_reads)
{
	struct attack_target target;
	char byte;

	ASSERT_OK(attack_target_create(ATTACK_TEMP_FILE, &target));
	*(volatile char *)target.own_map = 'p';
	EXPECT_EQ(pread(target.fd, &byte, 1, 0), 1);
	EXPECT_EQ(byte, 'p');
	attack_target_close(&target);
	EXPECT_NULL(target.own_map);
}

/* ---- what gets through -------------------------------------------------- */

TEST(temp_file_is_broken_by_reopening)
{
	expect_through("O06", ATTACK_TEMP_FILE, ROUTE_CONTENT);
	expect_through("O05", ATTACK_TEMP_FILE, ROUTE_SIZE);
	expect_through("C01", ATTACK_TEMP_FILE, ROUTE_SIZE);
}

TEST(size_seals_are_broken_by_reopening)
{
	expect_through("O06", ATTACK_SIZE_SEALS, ROUTE_CONTENT);
	expect_held("O05", ATTACK_SIZE_SEALS, &same_user);
	expect_held("C01", ATTACK_SIZE_SEALS, &same_user);
}

TEST(plain_dup_is_broken_by_writing)
{
	expect_through("A01", ATTACK_PLAIN_DUP, ROUTE_CONTENT);
	expect_through("C01", ATTACK_PLAIN_DUP, ROUTE_SIZE);
	expect_through("O06", ATTACK_PLAIN_DUP, ROUTE_CONTENT);
}

TEST(regions_hold_the_same_routes)
{
	static const char *const ids[] = { "A01", "C01", "O05", "O06" };

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		expect_held(ids[i], ATTACK_LIVE, &same_user);
		expect_held(ids[i], ATTACK_FROZEN, &same_user);
	}
}

/* Mode 0600 is what it has; a memfd is for everybody to open again. */
TEST(other_user_meets_the_mode_of_the_temp_file)
{
	const struct attack_plan other = { .drop = true, .uid = NOBODY };

	if (geteuid() != 0)
		SKIP("only root can become another user");
	expect_held("O06", ATTACK_TEMP_FILE, &other);
	EXPECT_EQ(attack("O06", ATTACK_SIZE_SEALS, &other).outcome,
		  ATTACK_THROUGH);
	EXPECT_EQ(attack("O06", ATTACK_PLAIN_DUP, &other).outcome,
		  ATTACK_THROUGH);
}

/* ---- the whole table ---------------------------------------------------- */

static void become_ordinary_user(void)
{
	if (geteuid() != 0)
		return;
	ASSERT_SYS(setgroups(0, NULL));
	ASSERT_SYS(setresgid(NOBODY, NOBODY, NOBODY));
	ASSERT_SYS(setresuid(NOBODY, NOBODY, NOBODY));
	ASSERT_SYS(prctl(PR_SET_DUMPABLE, 1));
}

static void count(const struct attack_row *row, unsigned int *through)
{
	for (enum attack_kind kind = 0; kind < ATTACK_KINDS; kind++) {
		const struct attack_result *result = &row->results[kind];

		through[kind] += result->outcome == ATTACK_THROUGH ||
				 result->outcome == ATTACK_BROKEN;
		/* Whatever the kernel said: a design has to be changed. */
		if (ATTACK_DESIGNS & 1u << kind) {
			EXPECT_EQ(result->outcome == ATTACK_THROUGH,
				  result->changed != 0);
		}
	}
}

TEST_TIMEOUT(designs_are_broken_and_regions_are_not, 60)
{
	const struct attack_plan plan = {
		.kinds = (1u << ATTACK_KINDS) - 1 - (1u << ATTACK_UNSAFE),
	};
	unsigned int through[ATTACK_KINDS] = { 0 };
	struct attack_tally tally = { 0 };
	const struct route *route;

	become_ordinary_user();
	for (size_t i = 0; (route = route_get(i)); i++) {
		struct attack_row row;

		ASSERT_OK(attack_row_run(route, &plan, &row));
		attack_tally_add(&tally, &row);
		count(&row, through);
	}
	EXPECT_EQ(through[ATTACK_LIVE], 0);
	EXPECT_EQ(through[ATTACK_FROZEN], 0);
	EXPECT_GE(through[ATTACK_TEMP_FILE], ATTACK_TRIED_MIN);
	EXPECT_GE(through[ATTACK_SIZE_SEALS], ATTACK_TRIED_MIN);
	EXPECT_GE(through[ATTACK_PLAIN_DUP], ATTACK_TRIED_MIN);
	EXPECT_TRUE(attack_tally_passed(&tally));
	EXPECT_EQ(tally.unexpected, 0);
}

/* They are references, and no part of what is attacked unasked. */
TEST(designs_are_not_usual)
{
	const unsigned int all = (1u << ATTACK_KINDS) - 1;

	EXPECT_EQ(ATTACK_USUAL_KINDS & ATTACK_DESIGNS, 0);
	EXPECT_EQ(ATTACK_USUAL_KINDS | ATTACK_DESIGNS, all);
}

TH_MAIN
